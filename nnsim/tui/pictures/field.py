"""A field of numbers as a map: two places a cell in half blocks, or shades where there are no colors of our own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnsim.formats.digits import Array
from nnsim.tui.colors import STEPS
from nnsim.tui.plots import Axis, free_axis, merged
from nnsim.tui.rows import Row

_SHADES = " ░▒▓█"
FEW = 8  # rows: of so few none is spent on a line without labels
_EVERY = (4, 9)  # rows and columns between two signs
Signs = Mapping[tuple[int, int], tuple[str, str]]  # sign and role by row and column
EDGE = 0.06  # of a field, at each of its ends: may be left out, so that ticks are evenly spaced cells


@dataclass(frozen=True)
class Field:
    """Numbers over two axes: values (len(up), len(across)), from below; `middle` is neutral, ± `reach` full color."""

    across: Array
    up: Array
    values: Array
    middle: float
    reach: float


@dataclass(frozen=True)
class Mark:
    """A sign at a place of the field. Later marks cover earlier ones."""

    x: float
    y: float
    sign: str
    role: str = "title"


def field_rows(field: Field, marks: list[Mark], width: int, height: int, plain: bool) -> list[Row]:
    """The map with its axes: `height` rows of `width` cells, the last two, or of few the last, for the lower axis."""
    rows = height - 2 if height > FEW else height - 1
    up = _axis(field.up, rows, range(2, 8))
    labels = {_place(tick, up, rows): label for tick, label in zip(up.ticks, up.labels, strict=True)}
    margin = max(map(len, labels.values()), default=0)
    columns = width - margin - 1
    across = _axis(field.across, columns, range(8, 21))
    levels = _levels(field, across, up, columns, rows)
    signs = _signs(marks, across, up, columns, rows)
    drawn: list[Row] = []
    for y in range(rows):
        label = labels.get(rows - 1 - y, "")
        edge: Row = [(f"{label:>{margin}}{'┤' if label else '│'}", "dim")]
        above, below = levels[2 * y], levels[2 * y + 1]
        drawn.append([*edge, *(_shaded if plain else _colored)(above, below, signs, y)])
    return [*drawn, *(_lower if height > FEW else _lower_in_one)(across, columns, margin)]


def _axis(places: Array, cells: int, apart: range) -> Axis:
    low, high = float(places[0]), float(places[-1])
    edge = EDGE * (high - low)
    return free_axis(low + edge, high - edge, cells, apart)


def _place(value: float, axis: Axis, cells: int) -> int:
    """The cell of a value, counted from the axis's start."""
    return round((value - axis.lower) / (axis.upper - axis.lower) * (cells - 1))


def signed_level(values: Array, middle: float, reach: float) -> Array:
    """−8 … 8: how far each value lies from the middle, in shares of `reach`; 0 for what is not a number."""
    with np.errstate(invalid="ignore"):
        share = np.clip((values - middle) / (reach or 1.0), -1, 1)
    share = np.nan_to_num(share)
    level: Array = np.sign(share) * np.ceil(np.abs(share) * STEPS)
    return level.astype(int)


def _levels(field: Field, across: Axis, up: Axis, columns: int, rows: int) -> Array:
    """The level of each half cell, from above, interpolated between the places of the field."""
    half = (up.upper - up.lower) / max(rows - 1, 1) / 4  # from the middle of a cell to that of its upper half
    middles = np.linspace(up.upper, up.lower, rows)
    y = np.column_stack([middles + half, middles - half]).ravel()
    x = np.linspace(across.lower, across.upper, columns)
    places = (np.interp(wanted, known, np.arange(len(known))) for wanted, known in ((y, field.up), (x, field.across)))
    return signed_level(_between(field.values, *places), field.middle, field.reach)


def _between(values: Array, y: Array, x: Array) -> Array:
    """Bilinear interpolation at fractional rows y and columns x."""
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    bottom, right = np.minimum(top + 1, len(values) - 1), np.minimum(left + 1, values.shape[1] - 1)
    down, aside = (y - top)[:, None], (x - left)[None, :]
    with np.errstate(invalid="ignore"):
        upper = values[np.ix_(top, left)] * (1 - aside) + values[np.ix_(top, right)] * aside
        lower = values[np.ix_(bottom, left)] * (1 - aside) + values[np.ix_(bottom, right)] * aside
        between: Array = upper * (1 - down) + lower * down
    return between


def _signs(marks: list[Mark], across: Axis, up: Axis, columns: int, rows: int) -> Signs:
    placed = {}
    for mark in marks:
        x, y = _place(mark.x, across, columns), rows - 1 - _place(mark.y, up, rows)
        if 0 <= x < columns and 0 <= y < rows:
            placed[y, x] = (mark.sign, mark.role)
    return placed


def _colored(above: Array, below: Array, signs: Signs, y: int) -> Row:
    """Half blocks; a sparse + and − says the sides without color."""
    cells = []
    for x, (top, bottom) in enumerate(zip(above.tolist(), below.tolist(), strict=True)):
        if (y, x) in signs:
            sign, role = signs[y, x]
            cells.append((sign, f"b{top:+d} {role}"))
        elif (
            top * bottom > 0
            and abs(top - bottom) <= 1
            and _is_signed(y, x)
            and not {(y, x - 1), (y, x + 1)} & signs.keys()
        ):
            cells.append(("+" if top > 0 else "−", f"b{top:+d} dim"))
        elif top == bottom:
            cells.append((" ", f"b{top:+d}"))
        else:
            cells.append(("▀", f"b{bottom:+d} f{top:+d}"))
    return merged(cells)


def _is_signed(y: int, x: int) -> bool:
    """Whether a + or − stands there: in every few rows, shifted from one to the next."""
    rows, columns = _EVERY
    return y % rows == 1 and (x + y // rows * 4) % columns == 3


def _shaded(above: Array, below: Array, signs: Signs, y: int) -> Row:
    """The darkest shade for the highest numbers, none for the lowest; the middle lies between the second and third."""
    cells = []
    for x, (top, bottom) in enumerate(zip(above.tolist(), below.tolist(), strict=True)):
        share = (top + bottom) / (2 * STEPS)
        shade = _SHADES[0 if share < -0.5 else 1 if share <= 0 else 2 if share < 0.5 else 3]
        sign, role = signs.get((y, x), (shade, "dim"))
        cells.append((sign, role))
    return merged(cells)


def _lower(axis: Axis, columns: int, margin: int) -> list[Row]:
    line, labels = list("─" * columns), [" "] * (columns + margin + 1)
    for tick, label in zip(axis.ticks, axis.labels, strict=True):
        x = _place(tick, axis, columns)
        start = x + margin + 1 - len(label) // 2
        line[x] = "┬"
        if start + len(label) <= len(labels):
            labels[start : start + len(label)] = label
    return [[(" " * margin + "└" + "".join(line), "dim")], [("".join(labels), "dim")]]


def _lower_in_one(axis: Axis, columns: int, margin: int) -> list[Row]:
    """The labels in the axis itself."""
    line = list("─" * columns)
    for tick, label in zip(axis.ticks, axis.labels, strict=True):
        start = _place(tick, axis, columns) - len(label) // 2 - 1
        if start >= 0 and start + len(label) + 2 <= columns:
            line[start : start + len(label) + 2] = f" {label} "
    return [[(" " * margin + "└" + "".join(line), "dim")]]


def scale(low: str, high: str, plain: bool, from_middle: bool = False) -> Row:
    """The legend of the colors: low ▪▪▪▪ high. `from_middle`: nothing on the map lies below it."""
    if plain:
        return [(f"{low} ", "dim"), ("░▒▓" if from_middle else " ░▒▓", "dim"), (f" {high}", "dim")]
    signs = {-STEPS: "−", STEPS: "+"}  # as they stand on the map
    levels = range(0 if from_middle else -STEPS, STEPS + 1, 2)
    blocks = [(signs.get(level, " "), f"b{level:+d} text") for level in levels]
    return [(f"{low} ", "dim"), *blocks, (f" {high}", "dim")]
