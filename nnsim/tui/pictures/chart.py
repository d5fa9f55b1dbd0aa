"""A chart in a panel: legend and name of the upright axis above, curves between axes, name of the lower axis below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np

from nnsim.formats.digits import Array
from nnsim.tui.plots import DOTS, LINE, Axis, Curve, cell_axis, free_axis, line_plot, power_axis
from nnsim.tui.rows import Row, crop, joined, shorten, width_of, wrapped

SMALLEST = (20, 4)
WRITTEN = 8  # digits: a number with so many stands as a power of ten on an axis
_SAMPLES = {LINE: "──", DOTS: "··"}


@dataclass(frozen=True)
class Frame:
    """What the axes show: names with units, and ranges where these do not follow from the curves."""

    across: str
    up: str = ""
    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None
    whole: bool = False  # the lower axis counts something
    ceiling: bool = False  # the upright axis has nothing above its range
    warns: bool = False  # the name of the lower axis says what must be known, where there is room for few words
    powers: bool = False  # the upright axis is of powers of ten, the curves are their exponents


def chart(curves: Sequence[Curve], frame: Frame, width: int, height: int) -> list[Row]:
    """The chart in exactly `height` rows, or a remark where that is too little room."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return no_room(width)
    title = _legend(curves, frame.up, width)
    head, foot = height >= 7 and bool(title), height >= 6 and bool(frame.across)
    body = height - head - foot
    y = _upright(curves, frame, body - 2)
    margin = max(map(len, y.labels)) + 1
    x = _lower(curves, frame, width - margin)
    rows = line_plot(curves, x, y, width, body)
    below: Row = [(" " * margin, ""), (frame.across.center(width - margin).rstrip(), "dim")]
    if not head and title:
        below = next(row for row in _in_one(curves, frame, margin) if width_of(row) <= width)
    return [*([title] if head else []), *rows, *([crop(below, width)] if foot else [])]


def _in_one(curves: Sequence[Curve], frame: Frame, margin: int) -> Iterator[Row]:
    """The name of the lower axis and what curves there are, in one row; less and less of it."""
    items = legend(curves)
    for name in (frame.across, frame.across.partition(" (")[0]):
        for gap in (3, 2):
            yield [(" " * margin, ""), *joined([[(name, "dim")], *items], (" " * gap, ""))]
    for count in range(len(items) - 1, -1, -1) if frame.warns else ():
        yield [(" " * margin, ""), *joined([[(frame.across, "dim")], *items[:count]], ("  ", ""))]
    while items:
        yield [(" " * margin, ""), *joined(items, ("  ", ""))]
        items = items[:-1]
    yield []


def remark(text: str, width: int, height: int) -> list[Row]:
    """A sentence in place of a picture; where it does not fit, its start."""
    rows = wrapped(text, width, "dim")
    return rows if len(rows) <= height else [[(shorten(text, width), "dim")]]


def no_room(width: int) -> list[Row]:
    return [[(shorten("more room is needed for this picture", width), "dim")]]


def range_of(arrays: Sequence[Array]) -> tuple[float, float]:
    """The lowest and the highest finite number."""
    numbers = [array[np.isfinite(array)] for array in arrays]
    numbers = [array for array in numbers if array.size]
    if not numbers:
        return 0.0, 1.0
    return float(min(array.min() for array in numbers)), float(max(array.max() for array in numbers))


def _upright(curves: Sequence[Curve], frame: Frame, cells: int) -> Axis:
    low, high = frame.y or range_of([curve.y for curve in curves])
    apart = range(1, 4) if cells < 6 else range(2, 5) if cells < 14 else range(3, 8)
    if frame.powers:
        return power_axis(low, high, cells, apart)
    return cell_axis(low, high, cells, apart, from_above=frame.ceiling)


def _lower(curves: Sequence[Curve], frame: Frame, cells: int) -> Axis:
    low, high = frame.x or range_of([curve.x for curve in curves])
    digits = floor(log10(max(abs(low), abs(high), 1.0))) + 1
    least = max(7, digits + digits // 3 + 4) if digits < WRITTEN else 9
    apart = range(least, max(2 * least, cells * 2 // 5))
    return cell_axis(low, high, cells, apart, whole=True) if frame.whole else free_axis(low, high, cells, apart)


def legend(curves: Sequence[Curve]) -> list[Row]:
    """A sample and the name of each curve that has one."""
    named = {curve.name: curve for curve in curves if curve.name}
    return [
        [(_SAMPLES.get(curve.style, curve.style), curve.role), (f" {name}", "dim")] for name, curve in named.items()
    ]


def _legend(curves: Sequence[Curve], up: str, width: int) -> Row:
    items = legend(curves)
    full = joined([*([[(up, "name")]] if up else []), *items], ("   ", ""))
    return full if width_of(full) <= width else crop(joined(items, ("  ", "")), width)
