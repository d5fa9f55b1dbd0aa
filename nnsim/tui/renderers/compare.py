"""Two branches side by side: losses over each other, the first number that differs, metrics, boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING

import numpy as np

from nnsim.debugger.comparison import Difference, Side
from nnsim.engine.notation import number
from nnsim.tui.pictures.chart import Frame, chart, exponents, needs_powers, range_of
from nnsim.tui.pictures.field import Field, Mark, field_rows, scale
from nnsim.tui.plots import DOTS, LINE, Curve
from nnsim.tui.renderers.box import box
from nnsim.tui.renderers.branches import NAMES
from nnsim.tui.rows import Row, clean, crop, fit, left, right, shorten, spread

if TYPE_CHECKING:
    from nnsim.debugger.boundary import Points

ROLES, STYLES, SAMPLES = ("accent", "v+6"), (LINE, DOTS), ("──", "··")
SHARE = 12  # one point for so many cells at the most
SHORTEST = 10  # iterations on the axis


@dataclass(frozen=True)
class Compared:
    """What is known of both. `parting`: the first iteration that can differ; `searched`: how many have been looked at.

    running: whether both are being trained on. names: of the inputs.
    """

    title: str
    sides: tuple[Side, Side]
    iteration: int
    iterations: int
    recorded: int
    parting: int
    first: Difference | None
    searched: int
    done: bool
    names: tuple[str, ...]
    running: bool = False


def compare_head(shown: Compared, width: int) -> list[Row]:
    """What is compared, and where both stand."""
    status = "▶ running" if shown.running else "❚❚ paused"
    last = shown.iterations - 1
    hint = ": ␣ trains both to the end" if not shown.running and shown.recorded < last else ""
    reach = "both trained to the end" if shown.recorded >= last else f"both trained to {shown.recorded:,}{hint}"
    where: Row = [
        (" iteration ", "bar dim"),
        (f"{shown.iteration:,}", "bar title"),
        (f"{', the last' * (shown.iteration == last)} of {shown.iterations:,}   {reach}", "bar dim"),
    ]
    name: Row = [
        (" nnsim ", "now"),
        (f" {clean(shown.title)} ", "bar title"),
        ("  two branches side by side", "bar name"),
    ]
    return [spread(name, [(f"{status} ", "bar dim")], width, "bar"), fit(where, width, "bar")]


def losses_over(shown: Compared, width: int, height: int, focused: bool = False) -> list[Row]:
    """Both curves in one chart."""
    curves = [
        Curve(np.arange(float(len(side.losses))), side.losses, role, style, clean(side.title))
        for side, role, style in zip(shown.sides, ROLES, STYLES, strict=True)
    ]
    low, high = range_of([curve.y for curve in curves])
    powers = needs_powers(curves, low, high)
    at = np.array([float(shown.iteration)])
    for side, sign in zip(shown.sides, ("●", "○"), strict=True):
        curves.append(Curve(at, side.losses[shown.iteration :][:1], "lit", sign, foot=sign == "●"))
    longest = max(len(side.losses) for side in shown.sides)
    x, y = (0, max(longest - 1, SHORTEST)), (min(0.0, low), high or 1.0)
    if powers:
        curves, y = [exponents(curve) for curve in curves], (log10(low), log10(high))
    rows = chart(curves, Frame("iteration", "loss", x, y, whole=True, powers=powers), width - 4, height - 2)
    return box([("Loss", "text"), (" of both" + ", logarithmic scale" * powers, "dim")], rows, [], width, height)


def facts(shown: Compared, width: int, height: int) -> list[Row]:
    """The first number that differs and by how much, then the metrics of both."""
    first, metrics = _first(shown, width - 4), _metrics(shown, width - 4)
    rows = [*first, *([[]] if len(first) + len(metrics) < height - 2 else []), *metrics]
    room = height - 3 - len(rows)
    if room >= 7 and shown.recorded > shown.parting:
        rows += [[], *_apart(shown, width - 4, room)]
    return box([("Where they part", "text")], rows, [], width, height)


def _first(shown: Compared, width: int) -> list[Row]:
    first = shown.first
    if first is None:
        until = shown.parting + shown.searched - 1
        words = (
            f"No number differs up to iteration {until:,}." if shown.searched else "Looking for the first difference …"
        )
        told = words if shown.done else f"Looking on from iteration {until + 1:,} …"
        return [[(shorten(told, width), "text")]]
    what = f"First to differ: {clean(first.label)} of iteration {first.iteration:,}"
    by = first.other - first.one
    difference = f"by {'+' if by > 0 else ''}{number(by)}"
    return [
        [(shorten(what, width), "title")],
        crop(
            [
                (f"{SAMPLES[0]} ", ROLES[0]),
                (number(first.one), "text"),
                (f"   {SAMPLES[1]} ", ROLES[1]),
                (number(first.other), "text"),
                (f"   differs {difference}", "lit"),
            ],
            width,
        ),
    ]


def _apart(shown: Compared, width: int, height: int) -> list[Row]:
    """How far the losses are apart since the parting."""
    one, other = (side.losses[shown.parting : shown.recorded + 1] for side in shown.sides)
    known = min(len(one), len(other))
    with np.errstate(invalid="ignore"):
        apart = other[:known] - one[:known]
    at = shown.parting + np.arange(float(known))
    name = f"loss of {SAMPLES[1]} minus that of {SAMPLES[0]}"
    span = (float(shown.parting), float(max(shown.recorded, shown.parting + SHORTEST)))
    return chart([Curve(at, apart, "name", name=name)], Frame("iteration", "", span, whole=True), width, height)


def _metrics(shown: Compared, width: int) -> list[Row]:
    one, other = shown.sides
    wide = max(18, min(36, width - 30))
    rows: list[Row] = [
        [(left(f"at iteration {shown.iteration:,}", wide), "dim"), *_heads()],
    ]
    for which, before, after in (
        ("training", one.training, other.training),
        ("validation", one.validation, other.validation),
    ):
        for name, value in before.items():
            label = left(f"{NAMES.get(name, name)}, {which}", wide)
            numbers = [(right(number(each), 12), "title") for each in (value, after[name])]
            rows.append([(label, "text"), *numbers])
    return [crop(row, width) for row in rows]


def _heads() -> Row:
    return [(right(sample, 12), role) for sample, role in zip(SAMPLES, ROLES, strict=True)]


def boundary_of(shown: Compared, at: int, width: int, height: int, plain: bool) -> list[Row]:
    """What one of the two answers over two inputs, or over its only one."""
    side = shown.sides[at]
    title: Row = [(f"{SAMPLES[at]} ", ROLES[at]), (clean(side.title), "text")]
    found = side.surface
    names = [clean(shown.names[each]) for each in found.inputs]
    if width < 28 or height < 9:
        return box(title, [[("more room is needed", "dim")]], [], width, height)
    if found.up is None:
        curves = [
            Curve(found.across, found.values[0], ROLES[at]),
            Curve(found.training.across, found.training.y, "name", "•"),
        ]
        span = (float(found.across[0]), float(found.across[-1]))
        return box(title, chart(curves, Frame(names[0], "", span), width - 4, height - 2), [], width, height)
    middle = found.middle if found.middle is not None else 0.0
    low, high = _range(shown)
    field = Field(found.across, found.up, found.values, middle, max(high - middle, middle - low))
    marks = _marks(found.training, (width * height) // SHARE)
    title += [("   ", ""), *scale(number(low, 2), number(high, 2), plain), (f"   {_signs(found.training)}", "dim")]
    axes = _axes(names[0], names[1], width - 6)
    others = f"{found.rest} other input{'s' * (found.rest > 1)} at median" if found.rest else ""
    beside = bool(others) and len(axes) + 2 + len(others) <= width - 6
    remark: Row = [(f"{axes}  {others}" if beside else axes, "dim")]
    below: list[Row] = [[(shorten(others, width - 4), "dim")]] if others and not beside else []
    rows = field_rows(field, marks, width - 4, height - 2 - len(below), plain)
    return box(title, [*rows, *below], remark, width, height)


def _axes(across: str, up: str, width: int) -> str:
    """The names of the axes; what both say is said once where there is little room."""
    full, suffix = f"↑ {up}  → {across}", " (standardised)"
    if len(full) > width and up.endswith(suffix) and across.endswith(suffix):
        full = f"↑ {up.removesuffix(suffix)}  → {across.removesuffix(suffix)}, standardised"
    return shorten(full, width)


def _range(shown: Compared) -> tuple[float, float]:
    """One scale of colors for both."""
    values = [side.surface.values for side in shown.sides]
    low, high = range_of(values)
    return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)


def _signs(points: "Points") -> str:
    """What the signs of the points say."""
    targets = np.unique(points.y)
    if len(targets) == 2:
        return f"● {number(float(targets[1]), 2)}  ○ {number(float(targets[0]), 2)}"
    return f"● above {number(_parting(points), 2)}  ○ others"


def _parting(points: "Points") -> float:
    return float(points.y.min() / 2 + points.y.max() / 2) if len(points.y) else 0.0


def _marks(points: "Points", most: int) -> list[Mark]:
    every = max(1, -(-len(points.y) // max(most, 8)))
    middle = _parting(points)
    rows: Sequence[tuple[float, float, float]] = list(
        zip(points.across[::every], points.up[::every], points.y[::every], strict=True)
    )
    return [Mark(float(x), float(up), "●" if y > middle else "○") for x, up, y in rows]
