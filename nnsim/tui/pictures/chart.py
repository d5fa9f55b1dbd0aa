"""A chart in a panel: legend and name of the upright axis above, curves between axes, name of the lower axis below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import floor, log10

import numpy as np

from nnsim.formats.digits import Array
from nnsim.tui.plots import DOTS, LINE, Axis, Curve, cell_axis, free_axis, line_plot, power_axis
from nnsim.tui.rows import Row, crop, joined, shorten, width_of, wrapped

SMALLEST = (20, 4)
LOW = 9  # rows: of fewer all are for the curves, and what is to be said of them goes in one
WORDED = 6  # rows: of fewer none is for words
BESIDE = 11  # cells that the foot of a low picture leaves to a key, in the border below
NARROW = 10  # rows: of fewer the numbers of the lower axis stand in its line
FLAT = 10  # half of a curve lower than this part of an even axis lies in its lowest row or two
FEWEST = 16  # points of a curve, of fewer that is not judged
DECADES = 6  # powers of ten spanned, of which an even axis shows only the highest
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
    brief: str = ""  # the name of the lower axis where there is room for few words
    powers: bool = False  # the upright axis is of powers of ten, the curves are their exponents


def chart(curves: Sequence[Curve], frame: Frame, width: int, height: int, footed: bool = False) -> list[Row]:
    """The chart in exactly `height` rows, or a remark where that is too little room.

    `footed`: where it is low, what is to be said of it is one row more, which is for the border below.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return no_room(width)
    title = _legend(curves, frame.up, width)
    low = height < LOW
    beneath = low and footed and bool(frame.across)
    head, foot = not low and bool(title), beneath or (height >= WORDED and bool(frame.across))
    body = height - head - (foot and not beneath)
    in_one = height < NARROW
    y = _upright(curves, frame, body - 2 + in_one)
    margin = max(map(len, y.labels)) + 1
    x = _lower(curves, frame, width - margin)
    rows = line_plot(curves, x, y, width, body, in_one)
    indent = 0 if beneath else margin
    below: Row = [(frame.across.center(width - margin).rstrip(), "dim")]
    if not head and title:
        room = width - (BESIDE if beneath else margin)
        below = next(row for row in _in_one(curves, frame) if width_of(row) <= room)
    return [*([title] if head else []), *rows, *([crop([(" " * indent, ""), *below], width)] if foot else [])]


def _in_one(curves: Sequence[Curve], frame: Frame) -> Iterator[Row]:
    """The name of the lower axis and what curves there are, in one row; less and less of it."""
    items = legend(curves)
    for name in (frame.across, *([frame.brief] if frame.brief else [])):
        for gap in (3, 2):
            yield joined([[(name, "dim")], *items], (" " * gap, ""))
    for count in range(len(items) - 1, -1, -1) if frame.warns else ():
        yield joined([[(frame.across, "dim")], *items[:count]], ("  ", ""))
    while items:
        yield joined(items, ("  ", ""))
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


def needs_powers(judged: Sequence[Curve], low: float, high: float) -> bool:
    """Whether powers of ten on the upright axis, from `low` to `high`, show more of the curves than an even scale.

    What is looked at grows by doubling, so that a run does not turn the scale back and forth.
    """
    if low <= 0 or log10(high) - log10(low) > DECADES:
        return low > 0
    x, y = (np.concatenate([getattr(curve, axis) for curve in judged]) for axis in "xy")
    if len(x) < FEWEST:
        return False
    length = int(x.max() - x.min()) + 1
    seen = y[x < x.min() + 2 ** (length.bit_length() - 1)]
    seen = seen[~np.isnan(seen)]
    return bool(seen.size and np.median(seen) < high / FLAT)


def exponents(curve: Curve) -> Curve:
    """The curve for an axis of powers of ten."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return replace(curve, y=np.log10(curve.y))


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
    if frame.whole and low <= 0:
        return cell_axis(low, high, cells, apart, whole=True)
    return free_axis(low, high, cells, apart, whole=frame.whole)


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
