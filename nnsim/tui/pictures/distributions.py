"""How the numbers of each layer are spread: histograms of W, z, a and ∂L/∂W, as far as the cursor has come."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import floor, isfinite, log10

import numpy as np

from nnsim.engine.notation import number
from nnsim.formats.digits import MINUS, Array
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import LOW, no_room
from nnsim.tui.pictures.picture import Lab, Quick
from nnsim.tui.rows import Row, center, fit, left, right, shorten, width_of

KINDS = ("W", "z", "a", "dW")
GAP = 2
NARROWEST = 10  # cells of a histogram
POWERS = (-4, 6)  # of ten, of the larger number: beyond these the ends are written with one
_BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Spread:
    """The numbers of one tensor; None where the cursor has not reached it."""

    symbol: str
    values: Array | None
    lit: bool


@dataclass(frozen=True)
class DistributionsData:
    """spreads: by layer, in the order of KINDS."""

    iteration: int
    spreads: tuple[tuple[Spread, ...], ...]
    layer: int


class Distributions(Quick):
    name = "Distributions"
    help = "How the weights, sums, activations and gradients of each layer are spread; zero is at ┊ or in the gray bar."

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, moment.op_index)

    def data(self, lab: Lab, moment: Moment) -> DistributionsData:
        layers = range(1, len(moment.about.activations) + 1)
        spreads = tuple(tuple(_spread(moment, f"{kind}{layer}") for kind in KINDS) for layer in layers)
        return DistributionsData(moment.iteration, spreads, moment.op.layer or 1)

    def caption(self, data: DistributionsData) -> Row:
        return [(f" at iteration {data.iteration:,}", "dim"), ("   ┊", "name"), (" zero", "dim")]

    def render(self, data: DistributionsData, width: int, height: int, plain: bool = False) -> list[Row]:
        columns = min(len(KINDS), (width + GAP) // (NARROWEST + GAP))
        if columns < 2 or height < 4:
            return no_room(width)
        layers = _shown(data, height)
        more = len(data.spreads) > len(layers)
        each = (height - (more and height >= LOW)) // len(layers)
        cell = (width - GAP * (columns - 1)) // columns
        rows: list[Row] = []
        for layer in layers:
            blocks = [_block(spread, cell, each, len(layers) > 1) for spread in data.spreads[layer][:columns]]
            for lines in zip(*blocks, strict=True):
                row: Row = []
                for line in lines:
                    row += [*([(" " * GAP, "")] if row else []), *fit(line, cell)]
                rows.append(row)
        first, last = layers[0] + 1, layers[-1] + 1
        shown = f"layers {first} to {last}" if last > first else f"layer {first}"
        said = f"{shown} of {len(data.spreads)}"
        return [*rows, [(shorten(said, width), "dim")]] if more else rows


def _spread(moment: Moment, name: str) -> Spread:
    values = moment.value(name)
    return Spread(moment.layout[name].symbol, None if values is None else np.ravel(values), moment.op.name == name)


def _shown(data: DistributionsData, height: int) -> list[int]:
    """The layers that there is room for, counted from 0: around the one at work."""
    count = min(len(data.spreads), max(1, height // 5))
    if height >= LOW and count < len(data.spreads):
        count = max(1, (height - 1) // 5)
    first = max(0, min(data.layer - 1, len(data.spreads) - count))
    return list(range(first, first + count))


def _block(spread_of: Spread, width: int, height: int, below: bool) -> list[Row]:
    """Name and extremes around a histogram, in `height` rows. `below`: another one stands there."""
    gap: list[Row] = [[]] if below and height > 5 else []
    title = (spread_of.symbol, "lit" if spread_of.lit else "name")
    values = spread_of.values
    if values is None:
        return [[title], *([[]] * (height - 2 - len(gap))), [("not yet", "dim")], *gap]
    finite = values[np.isfinite(values)]
    if not finite.size:
        return [[title], *([[]] * (height - 2 - len(gap))), [("NaN or ∞", "warning")], *gap]
    low, high = float(finite.min()), float(finite.max())
    count = f"n={finite.size:,}" if finite.size == values.size else f"{finite.size:,} of {values.size:,}"
    bars = _bars(finite, low, high, width, height - 2 - len(gap))
    lower = [_ends(low, high, width)]
    head: Row = [title, (f" {count}", "dim")]
    return [head if width_of(head) <= width else [title], *bars, *lower, *gap]


def _bars(values: Array, low: float, high: float, width: int, height: int) -> list[Row]:
    """A bar a cell, eighths of a cell high; the bar with zero in it has another color, a tick where there is none.

    Numbers that are all the same are one bar in the middle.
    """
    length = high / 2 - low / 2  # half of it: all of it may be too large for a number
    if length <= 0:
        role = "v+6" if low > 0 else "v-6" if low < 0 else "name"
        return [[(center("█" * max(1, width // 5), width), role)]] * height
    bins = min(width, max(5, round(2 * len(values) ** 0.5)))
    places = ((values / 2 - low / 2) / length * bins).astype(int)
    cells = np.arange(width) * bins // width  # the bin of each cell
    counts = np.bincount(np.clip(places, 0, bins - 1), minlength=bins)[cells]
    eighths = np.where(counts > 0, np.maximum(1, np.round(counts / counts.max() * 8 * height)), 0).astype(int)
    share = -low / 2 / length  # of the width, where zero lies
    start, end = (int(np.searchsorted(cells, int(share * bins), side)) for side in ("left", "right"))
    rows: list[Row] = []
    for level in range(height - 1, -1, -1):
        parts = [_BLOCKS[min(8, max(0, eighth - 8 * level))] for eighth in eighths.tolist()]
        if not low < 0 < high:
            rows.append([("".join(parts), "v+6" if low >= 0 else "v-6")])
            continue
        zero = min(max(int(share * width), start), end - 1)  # in the cells of its bin
        parts[zero] = "┊" if parts[zero] == " " else parts[zero]
        pieces = zip((parts[:start], parts[start:end], parts[end:]), ("v-6", "name", "v+6"), strict=True)
        rows.append([("".join(piece), role) for piece, role in pieces])
    return rows


def _ends(low: float, high: float, width: int) -> Row:
    """The lowest and the highest number under their ends of the histogram, rounded and written alike.

    What cannot be told apart in so much room is told as about one number, or as how far it reaches to both sides of 0.
    """
    if low == high:
        return [(center(number(low, 3), width), "dim")]
    power = floor(log10(max(abs(low), abs(high))))
    for write in (_decimal, _with_power) if POWERS[0] <= power < POWERS[1] else (_with_power,):
        for digits in (3, 2, 1):
            start, end = _alike(low, high, digits, write)
            if start != end and len(start) + len(end) < width:
                return [(left(start, width - len(end)), "dim"), (right(end, len(end)), "dim")]
    sign, value = ("in ±", max(-low, high)) if low < 0 < high else ("≈ ", low / 2 + high / 2)
    about = (f"{sign}{number(value, digits)}" for digits in (5, 4, 3, 2, 1))
    return [(center(next((text for text in about if len(text) <= width), ""), width), "dim")]


def _alike(low: float, high: float, digits: int, write: Callable[[float, int], str]) -> tuple[str, str]:
    """Two numbers to the same decimal, the last of so many digits of their distance."""
    distance = log10(high - low) if isfinite(high - low) else log10(high / 2 - low / 2) + log10(2)
    start, end = (write(value, floor(distance) - digits + 1).replace("-", MINUS) for value in (low, high))
    while "." in start and "." in end and start[-1] in "0." and end[-1] == start[-1]:
        start, end = start[:-1], end[:-1]
    return start, end


def _decimal(value: float, place: int) -> str:
    return f"{round(value, -place) + 0.0:.{max(0, -place)}f}" if value else "0"  # 0.0: never −0


def _with_power(value: float, place: int) -> str:
    """As 1.2e-5, rounded at a power of ten."""
    decimals = floor(log10(abs(value))) - place if value else -1
    if decimals < 0:
        return "0"
    mantissa, _, exponent = f"{value:.{min(decimals, 15)}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"
