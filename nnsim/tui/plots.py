"""The one place that knows plotext. It draws on one global figure, so every plot is built here, straight to rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from math import ceil, floor, isfinite, log10

import numpy as np

from nnsim.formats.digits import MINUS, Array
from nnsim.tui.rows import Row

Cell = tuple[str, str]  # a letter and its role
LINE, DOTS = "line", "dots"
BEYOND = 0.5  # of an axis: as far as a line is followed that leaves the plot
LARGEST = 1e300
FEW = 5  # cells: so few show more of many powers of ten with ticks at the ends alone
SPARSE = 60  # columns of dots, two in a cell: of more, dots stand in every other cell, so that a line is seen between
LITTLE = 1.25  # times as long an axis may be for the sake of a second tick
_BRAILLE = "braille"
_SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_COLORED = re.compile(r"\x1b\[38;5;(\d+)m|\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Axis:
    """A range and its ticks, already nice."""

    lower: float
    upper: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Curve:
    """Points and how they are drawn: as a LINE, as DOTS (one in a cell or two, over lines), or as a sign.

    With `foot` a dotted line goes down from each sign to the axis.
    """

    x: Array
    y: Array
    role: str = "accent"
    style: str = LINE
    name: str = ""
    foot: bool = False


def load() -> None:
    """Loads what draws, which takes a tenth of a second."""
    import plotext  # noqa: F401


def line_plot(curves: Sequence[Curve], x: Axis, y: Axis, width: int, height: int, in_one: bool = False) -> list[Row]:
    """The curves between a left and a lower axis: `height` rows of `width` cells.

    Faint curves lie behind the others, which would else take their color and their dots within a cell. `in_one`: the
    numbers of the lower axis stand in its line, not below it.
    """
    height += in_one
    ordered = sorted(curves, key=lambda curve: (LINE, DOTS).index(curve.style) if curve.style in (LINE, DOTS) else 2)
    layers = [[c for c in ordered if c.role == "faint"], [c for c in ordered if c.role != "faint"]]
    grid: list[list[Cell]] = []
    for layer in layers:
        if layer or not grid:
            drawn = _build(layer, x, y, width, height)
            grid = [_over(above, below) for above, below in zip(drawn, grid, strict=True)] if grid else drawn
    for curve in curves:
        if curve.foot:
            _draw_foot(grid, curve.style)
    if in_one:
        grid[-2:] = [_into_the_line(*grid[-2:])]
    return [merged(cells) for cells in grid]


def _into_the_line(line: list[Cell], labels: list[Cell]) -> list[Cell]:
    """The line of an axis, broken where its numbers stand."""
    cells = list(line)
    for label in re.finditer(r"\S+", "".join(letter for letter, _ in labels)):
        start, end = label.span()
        cells[start:end] = labels[start:end]
        for beside in (start - 1, end):
            if 0 <= beside < len(cells) and cells[beside][0] == "─":
                cells[beside] = (" ", "dim")
    return cells


def _build(curves: Sequence[Curve], x: Axis, y: Axis, width: int, height: int) -> list[list[Cell]]:
    import plotext

    plotext.terminal.limit(False, False)  # else a plot is clipped to the terminal that plotext believes in
    figure = plotext.figure
    figure.clear.all()
    figure.theme("colorless")
    figure.plot_size(width, height)
    for number, curve in enumerate(curves, 1):
        across, up = _points(curve, x, y, 2 * width)
        if across:
            marker = _BRAILLE if curve.style in (LINE, DOTS) else curve.style
            signal = figure.signal(across, up, marker=plotext.marker(marker, number))
            figure.draw(signal.lines(curve.style == LINE))
    for side in (0, 1):
        figure.axes(False, axis=side, side=1)
    for side, axis in enumerate((x, y)):
        figure.ruler(side, 0).ticks(_shares(np.array(axis.ticks), axis), list(axis.labels)).lim(0, 1)
    return [_cells(line, curves) for line in str(figure.build().string()).split("\n")[:height]]


def _over(above: list[Cell], below: list[Cell]) -> list[Cell]:
    return [cell if cell[0] != " " else under for cell, under in zip(above, below, strict=True)]


def thinned(x: Array, y: Array, columns: int) -> tuple[Array, Array]:
    """At most two points a column, its lowest and its highest: a long curve looks the same and is drawn as quickly."""
    if len(x) <= 2 * columns:
        return x, y
    starts = np.linspace(0, len(x), columns, endpoint=False).astype(np.intp)
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    rises = y[starts] <= y[np.append(starts[1:], len(y)) - 1]
    ends = np.where(rises, (low, high), (high, low)).T.ravel()
    middle = x[(starts + np.append(starts[1:], len(x))) // 2]
    return np.column_stack([x[starts], middle]).ravel(), ends


def cell_axis(
    lower: float, upper: float, cells: int, apart: Iterable[int], whole: bool = False, from_above: bool = False
) -> Axis:
    """An axis over at least `lower` … `upper` along so many cells, its ticks 1, 2 or 5 times a power of ten apart.

    Each tick is the same number of cells from the next, one of `apart`: whichever wastes the least room. The first tick
    stands at the axis's start; `from_above`: the last one at its end.
    """
    lower, upper = _sound(lower, upper)
    if from_above:
        axis = cell_axis(-upper, -lower, cells, apart, whole)
        ticks = tuple(0.0 - tick for tick in reversed(axis.ticks))
        step = ticks[1] - ticks[0] if len(ticks) > 1 else axis.upper - axis.lower
        return Axis(-axis.upper, -axis.lower, ticks, tuple(tick_label(tick, step) for tick in ticks))
    gaps = cells - 1
    if gaps < 2:
        step = nice_step((upper - lower) / 10)
        return Axis(lower, upper, (lower, upper), (tick_label(lower, step), tick_label(upper, step)))
    candidates = [_axis_of(lower, upper, gaps / gap, whole) for gap in apart if gap <= gaps]
    return min(candidates or [_axis_of(lower, upper, gaps, whole)], key=lambda axis: axis.upper - axis.lower)


def _axis_of(lower: float, upper: float, steps: float, whole: bool) -> Axis:
    step = nice_step((upper - lower) / steps)
    step = max(step, 1.0) if whole else step
    while (first := floor(lower / step + 1e-9)) * step + step * steps < upper - 1e-9 * (upper - lower):
        step = nice_step(step * 1.5)
    ticks = tuple((first + i) * step for i in range(floor(steps + 1e-9) + 1))
    return Axis(ticks[0], ticks[0] + step * steps, ticks, tuple(tick_label(tick, step) for tick in ticks))


def free_axis(lower: float, upper: float, cells: int, apart: Iterable[int], whole: bool = False) -> Axis:
    """The same for an axis that may start and end between two ticks, so that it covers hardly more than is asked for.

    It has at least two ticks, where that takes little more room, and none in fewer than three cells. `whole`: its ticks
    are whole numbers.
    """
    lower, upper = _sound(lower, upper)
    if cells < 3:
        return Axis(lower, upper, (), ())
    apart = tuple(apart)
    gaps = [gap for gap in apart if gap < cells]
    every = next((few for few in (5, 10, 20, 50) if few >= min(apart, default=1)), 50)
    finest = _free_axis_of(lower, upper, cells - 1, 1, every)  # a step a cell, most of them without a tick
    candidates = [finest, *(_free_axis_of(lower, upper, cells - 1, gap) for gap in gaps)]
    if whole:
        even = [axis for axis in candidates if all(tick == round(tick) for tick in axis.ticks)]
        candidates = even or candidates[:1]
    least = min(axis.upper - axis.lower for axis in candidates)
    close = [axis for axis in candidates[1:] if axis.upper - axis.lower <= LITTLE * least]
    return min(close or candidates, key=lambda axis: (len(axis.ticks) < 2, axis.upper - axis.lower))


def _free_axis_of(lower: float, upper: float, gaps: int, gap: int, every: int = 1) -> Axis:
    step = nice_step((upper - lower) * gap / gaps)
    while (last := ceil(upper * gap / step - 1e-9)) - floor(lower * gap / step + 1e-9) > gaps:
        step = nice_step(step * 1.5)
    first = last - gaps + (floor(lower * gap / step + 1e-9) - last + gaps) // 2  # what is left over lies at both ends
    ticks = tuple(at // gap * step for at in range(first, first + gaps + 1) if at % (gap * every) == 0)
    labels = tuple(tick_label(tick, step * every) for tick in ticks)
    return Axis(first * step / gap, (first + gaps) * step / gap, ticks, labels)


def _sound(lower: float, upper: float) -> tuple[float, float]:
    """A range that an axis can have."""
    if not (isfinite(lower) and isfinite(upper)):
        lower, upper = 0.0, 1.0
    lower, upper = max(lower, -LARGEST), min(upper, LARGEST)
    if upper - lower <= 1e-9 * max(abs(lower), abs(upper)):
        upper = lower + (abs(lower) or 1.0)
    return lower, upper


def power_axis(lower: float, upper: float, cells: int, apart: Iterable[int]) -> Axis:
    """The same for powers of ten: `lower` and `upper` are exponents, at least two of them whole; labels are numbers.

    Each power has its tick, unless it is much shorter with fewer; then these are 2, 5, 10, … powers apart.
    """
    if floor(upper) < ceil(lower) or upper == lower:  # no power among them
        lower, upper = (floor(lower), ceil(upper)) if ceil(upper) > floor(lower) else (lower - 1, upper + 1)
    gaps, least, length = max(cells - 1, 1), 1 if cells <= FEW else 2, upper - lower
    found: list[Axis] = []
    if cells <= FEW:
        ends = (floor(lower), ceil(upper))
        found.append(Axis(float(ends[0]), float(ends[1]), tuple(map(float, ends)), tuple(map(power_label, ends))))
    for powers in (1, 2, 5, 10, 20, 50, 100):  # from a tick to the next
        gap_most = min(gaps, floor(gaps * powers / length))
        tried = product(range(least, gap_most + 1), range(powers) if powers <= 5 else (0,))
        found += [axis for gap, tick in tried if (axis := _power_axis_of(lower, upper, gaps, powers, gap, tick))]
        if (found and length < 2) or any(axis.upper - axis.lower <= LITTLE * length for axis in found):
            break
    if found:
        return min(found, key=lambda axis: (axis.upper - axis.lower) * LITTLE ** _sparsity(axis))
    axis = cell_axis(floor(lower), ceil(upper), cells, apart, whole=True)
    return Axis(axis.lower, axis.upper, axis.ticks, tuple(power_label(round(tick)) for tick in axis.ticks))


def _sparsity(axis: Axis) -> int:
    return 0 if axis.ticks[1] - axis.ticks[0] < 1.5 else 1 if len(axis.ticks) > 2 else 2


def _power_axis_of(lower: float, upper: float, gaps: int, powers: int, gap: int, tick: int) -> Axis | None:
    """With a tick at `tick` and so many powers from it, `gap` cells apart; None where that leaves out an end."""
    step = powers / gap  # of a cell
    start = tick + floor((lower - tick) / step + 1e-9) * step
    end = start + gaps * step
    if end < upper - 1e-9:
        return None
    first = ceil((start - tick) / powers - 1e-9)
    ticks = range(tick + first * powers, floor(end + 1e-9) + 1, powers)
    return Axis(start, end, tuple(map(float, ticks)), tuple(map(power_label, ticks))) if len(ticks) > 1 else None


def power_label(exponent: int) -> str:
    """0.01, 1, 100, and beyond these 10⁻⁵."""
    if -3 <= exponent <= 3:
        return f"{10.0**exponent:,.{max(0, -exponent)}f}"
    return "10" + str(exponent).replace("-", MINUS).translate(_SUPERSCRIPTS)


def nice_step(at_least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below."""
    power = 10.0 ** floor(log10(at_least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= at_least * (1 - 1e-9))


def tick_label(value: float, step: float) -> str:
    """No more decimals than the step has; thousands with a comma, a real minus."""
    if step < 1e-4 or abs(value) >= 1e7:
        if value == 0:
            return "0"
        decimals = floor(log10(abs(value)) + 1e-9) - floor(log10(step) + 1e-9)
        mantissa, _, power = f"{value:.{min(max(decimals, 0), 3)}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(power)}".replace("-", MINUS)
    decimals = max(0, -floor(log10(step) + 1e-9))
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def _points(curve: Curve, axis: Axis, upright: Axis, columns: int) -> tuple[list[float], list[float]]:
    known = np.isfinite(curve.x) & np.isfinite(curve.y)
    x, y = curve.x[known], curve.y[known]
    if curve.style == DOTS and len(x) > 1:
        across = np.linspace(axis.lower, axis.upper, columns // (4 if columns > SPARSE else 2))
        across = across[(across >= x[0]) & (across <= x[-1])]
        x, y = across, np.interp(across, x, y)
    elif curve.style == LINE:
        x, y = thinned(x, y, columns)
    return _shares(x, axis), _shares(y, upright)


def _shares(values: Array, axis: Axis) -> list[float]:
    """Where values lie on the axis, from 0 to 1: plotext breaks on very large numbers, so it never sees any."""
    shares: Array = (values / 2 - axis.lower / 2) / (axis.upper / 2 - axis.lower / 2)
    return [float(share) for share in np.clip(shares, -BEYOND, 1 + BEYOND)]


def _cells(line: str, curves: Sequence[Curve]) -> list[Cell]:
    """Each letter of a line with its role: a color of plotext is the number of a curve."""
    cells, role, at = [], "dim", 0
    for match in _COLORED.finditer(line):
        cells += [(letter, role) for letter in line[at : match.start()]]
        role = curves[int(match[1]) - 1].role if match[1] else "dim"
        at = match.end()
    return cells + [(letter, role) for letter in line[at:]]


def _draw_foot(grid: list[list[Cell]], sign: str) -> None:
    for y, cells in enumerate(grid):
        for column, (letter, _) in enumerate(cells):
            if letter == sign:
                for below in grid[y + 1 : -2]:
                    if column < len(below) and below[column][0] == " ":
                        below[column] = ("┊", "dim")


def merged(cells: Sequence[Cell]) -> Row:
    """Cells as pieces of text, neighbours of one role together."""
    return [("".join(letter for letter, _ in group), role) for role, group in groupby(cells, key=lambda cell: cell[1])]
