"""Inputs that are pixels, drawn as the image that they are; what belongs to them one by one, such as weights, too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import isqrt

import numpy as np

from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment, parse
from nnsim.tui.renderers.heatmap import heatmap
from nnsim.tui.rows import Row, clean, fit, left, width_of

_PLACED = re.compile(r"([A-Za-z]*)_?(?:(\d)(\d)|(\d+)[_x,.:](\d+))")  # p07, p12_03, 3x14
_COUNTED = re.compile(r"(?:p|px|pix|pixel)_?(\d+)", re.IGNORECASE)
FEWEST = 9
CONTRAST = 0.9  # share of the pixels below full color
_NOISE = 1e-12  # of a mean: what rounding leaves of a zero


@dataclass(frozen=True)
class Grid:
    """Pixels in rows and columns; `places`: the row and column of each input."""

    rows: int
    columns: int
    places: tuple[tuple[int, int], ...]

    def image(self, values: Array) -> Array:
        """A number for each input as (rows, columns); nan where the data have no such pixel."""
        image = np.full((self.rows, self.columns), np.nan)
        image[self._places] = values
        return image

    @cached_property
    def _places(self) -> tuple[Array, ...]:
        return tuple(np.array(self.places).T)


@lru_cache(maxsize=16)
def pixel_grid(names: tuple[str, ...]) -> Grid | None:
    """The grid that inputs called p00 ... p77, 1x1 ... 28x28 or pixel0 ... pixel783 stand for; None for other names.

    Some may be missing: pixels that never change are of no use to training.
    """
    if len(names) < FEWEST:
        return None
    placed = [_PLACED.fullmatch(name) for name in names]
    if all(placed) and len({match[1] for match in placed if match}) == 1:
        return _grid([(int(m[2] or m[4]), int(m[3] or m[5])) for m in placed if m])
    counted = [_COUNTED.fullmatch(name) for name in names]
    if all(counted):
        numbers = [int(match[1]) for match in counted if match]
        side = isqrt(max(numbers) - min(min(numbers), 1)) + 1
        return _grid([divmod(number - min(min(numbers), 1), side) for number in numbers])
    return None


def _grid(places: Sequence[tuple[int, int]]) -> Grid | None:
    first = min(1, min(min(place) for place in places))  # counted from 0 or from 1
    moved = tuple((row - first, column - first) for row, column in places)
    rows, columns = (max(place[axis] for place in moved) + 1 for axis in (0, 1))
    full = len(set(moved)) == len(moved) >= rows * columns // 2 and min(rows, columns) > 2
    return Grid(rows, columns, moved) if full else None


@dataclass(frozen=True)
class Image:
    title: str
    pixels: Array

    @property
    def largest(self) -> float:
        return full_color(self.pixels)

    def rows(self, width: int, height: int, plain: bool) -> list[Row]:
        drawn = heatmap(self.pixels, width, height - 1, self.largest, None, plain, square=True).rows
        wide = max(map(width_of, drawn))
        return [[(left(self.title, min(width, max(wide, len(self.title)))), "name")], *_silent(drawn)]


def images(moment: Moment) -> list[Image]:
    """What of the moment can be seen as an image: the sample, and the weights of the chosen unit of the first layer."""
    grid = pixel_grid(moment.layout["x"].axes[1].names)
    if grid is None:
        return []
    part, found = parse(moment.op.name), []
    if moment.tensor.per_sample and part.layer <= 1:  # x and y have no layer
        title = f"x of sample {moment.frame.axis_names('x', 0)[moment.sample]}{_class(moment)}"
        found.append(Image(title, grid.image(pixels(moment, moment.frame["x"][moment.sample]))))
    if part.layer == 1 and moment.index:
        name = moment.op.name if part.base == "W" else "W1"
        unit = moment.layout["W1"].axes[1].names[moment.index[-1]]
        column = moment.frame[name][:, moment.index[-1]]
        found.append(Image(f"{moment.layout[name].symbol} of {clean(unit)}", grid.image(column)))
    return found


def pixels(moment: Moment, inputs: Array) -> Array:
    """Inputs as the source has them: standardised, each by itself, they would hardly be known for what they show."""
    mean, std = np.array(moment.about.scales).T
    values: Array = inputs * std + mean
    values[np.abs(values) < _NOISE * np.abs(mean)] = 0.0
    return values


def full_color(values: Array) -> float:
    """The size from which on pixels are in full color: where they are standardized, rare ones are far larger."""
    sizes = np.abs(values)
    sizes = sizes[sizes > 0]
    place = int(CONTRAST * sizes.size)
    return float(np.partition(sizes, place)[place]) if sizes.size else 0.0


def _class(moment: Moment) -> str:
    """Which class the sample belongs to, where its target says so."""
    y = moment.value("y")
    if y is None or y.shape[1] < 2 or np.count_nonzero(y[moment.sample]) != 1:
        return ""
    return f": {clean(moment.layout['y'].axes[1].names[int(y[moment.sample].argmax())])}"


def gallery(pictures: Sequence[Image], width: int, height: int, plain: bool) -> list[Row]:
    """As many of the images as fit, below each other or side by side, as large as they can be; empty if none does.

    Side by side only where they are larger then: that leaves less to the table.
    """
    for count in range(len(pictures), 0, -1):
        best: list[Row] = []
        largest = 0
        for across in (1, count):
            down = count // across
            room = ((width - 2 * (across - 1)) // across, (height - (down - 1)) // down)
            if _fits(pictures[0], *room, plain):
                drawn = [picture.rows(*room, plain) for picture in pictures[:count]]
                size = width_of(drawn[0][1]) * len(drawn[0])
                if size > largest:
                    best, largest = _arranged(drawn, across), size
        if best:
            return best
    return []


def _fits(picture: Image, width: int, height: int, plain: bool) -> bool:
    rows, columns = picture.pixels.shape
    return bool(columns * (2 if plain else 1) <= width and rows <= (height - 1) * (1 if plain else 2))


def _arranged(drawn: list[list[Row]], across: int) -> list[Row]:
    if across == 1:
        return [row for at, rows in enumerate(drawn) for row in ([[], *rows] if at else rows)]
    wide = max(width_of(row) for rows in drawn for row in rows)
    height = max(map(len, drawn))
    padded = [rows + [[]] * (height - len(rows)) for rows in drawn]
    return [[span for row in line for span in fit(row, wide + 2)] for line in zip(*padded, strict=True)]


def _silent(rows: list[Row]) -> list[Row]:
    """Without targets: a pixel is not a cell of the tensor."""
    return [[(text, role.partition(" @")[0]) for text, role in row] for row in rows]
