"""The activation function of the layer at work and its derivative, with the layer's weighted sums marked on it."""

from collections.abc import Hashable
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.notation import number, subscript
from nnsim.engine.spec import Array
from nnsim.engine.workspace import Layout, Workspace
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import Frame, chart
from nnsim.tui.pictures.picture import Lab, Quick
from nnsim.tui.plots import DOTS, Curve
from nnsim.tui.rows import Row, clean, crop, left, wrapped

MOST_MARKS = 400
REACH, WIDEST = 3.0, 8.0  # of z to both sides of zero, at the least, and at the most where the curve is flat by then
FLAT, FARTHEST = 0.01, 1e6  # a smaller slope; as far as an axis follows sums where it is larger
PLACES = 241
CHOSEN, OTHERS = "●", "∘"
_NUMBER = 9  # cells of a number beside a class
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


@dataclass(frozen=True)
class Share:
    """What softmax makes of the sum of a class for the sample shown; None before the cursor has reached it."""

    name: str
    z: float | None
    a: float | None
    lit: bool


@dataclass(frozen=True)
class ActivationData:
    """z, a, slope: of the function itself. sums: of the layer, None before the cursor has reached them.

    shares: of the classes of the sample shown, where the function is softmax, which has no curve.
    """

    layer: int
    activation: str
    formula: str
    z: Array
    a: Array
    slope: Array
    sums: Array | None
    chosen: float | None
    shares: tuple[Share, ...] = ()


class ActivationPicture(Quick):
    name = "Activation"
    help = "The activation function of the layer at work and its slope; marked is where its units are."

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, moment.op_index, moment.index)

    def data(self, lab: Lab, moment: Moment) -> ActivationData:
        layer = min(moment.op.layer or 1, len(moment.about.activations))
        name = moment.about.activations[layer - 1]
        sums = moment.value(f"z{layer}")
        per_unit = moment.tensor.axes[-1:] == moment.layout[f"z{layer}"].axes[-1:]
        chosen = None if sums is None else float(sums[moment.sample, moment.index[-1] if per_unit else 0])
        z = _range(sums, name)
        a, slope = curve_of(name, z)
        formula = ACTIVATIONS[name].formula.format(z="z")
        shares = _shares(moment, layer, per_unit) if name == "softmax" else ()
        return ActivationData(layer, name, formula, z, a, slope, sums, chosen, shares)

    def caption(self, data: ActivationData) -> Row:
        row: Row = [(f"  layer {data.layer}: {data.activation}", "title")]
        if data.chosen is not None:
            row.append((f"  ● z{subscript(data.layer)} = {number(data.chosen, 3)}", "lit"))
        return row

    def render(self, data: ActivationData, width: int, height: int, plain: bool = False) -> list[Row]:
        if data.shares:
            return _classes(data, width, height)
        curves = [
            Curve(data.z, data.slope, "v+6", DOTS, "slope a′"),
            Curve(data.z, data.a, "accent", name=f"a = {data.formula}"),
        ]
        if data.sums is not None and data.chosen is not None:
            sums = np.ravel(data.sums)[:MOST_MARKS]
            sums = sums[(sums >= data.z[0]) & (sums <= data.z[-1])]
            curves.append(Curve(sums, np.interp(sums, data.z, data.a), "name", OTHERS, "this batch"))
            at = np.clip([data.chosen], data.z[0], data.z[-1])
            curves.append(Curve(at, np.interp(at, data.z, data.a), "lit", CHOSEN, foot=True))
        ends = (float(data.z[0]), float(data.z[-1]))
        beyond = _beyond(data)
        sum_, warns = f"z{subscript(data.layer)}", "●" in beyond
        frame = Frame(f"weighted sum {sum_}{beyond}", "", ends, warns=warns, brief="" if warns else sum_)
        return chart(curves, frame, width, height, footed=True)


def _beyond(data: ActivationData) -> str:
    """A word where the chosen sum, or others, lie beyond the ends of the axis."""
    if data.sums is None or data.chosen is None:
        return ""
    if isnan(data.chosen):
        return ": ● is not a number"
    if not data.z[0] <= data.chosen <= data.z[-1]:
        return f": ● lies further {'left' if data.chosen < 0 else 'right'}"
    count = int(((data.sums < data.z[0]) | (data.sums > data.z[-1])).sum())
    return f": {count:,} of {data.sums.size:,} lie beyond" if count else ""


def _shares(moment: Moment, layer: int, per_unit: bool) -> tuple[Share, ...]:
    sums, answers = moment.value(f"z{layer}"), moment.value(f"a{layer}")
    row = moment.sample
    return tuple(
        Share(
            name=clean(name),
            z=None if sums is None else float(sums[row, at]),
            a=None if answers is None else float(answers[row, at]),
            lit=at == (moment.index[-1] if per_unit else 0),
        )
        for at, name in enumerate(moment.layout[f"a{layer}"].axes[1].names)
    )


def _classes(data: ActivationData, width: int, height: int) -> list[Row]:
    """A line a class: its sum, and as a bar what softmax makes of it; the rows end with the function."""
    said = "a = e^z / Σ e^z: each class's share of the sum over all"
    count = len(data.shares)
    shown = data.shares if count < height else _around(data.shares, max(1, height - 2))
    names = min(max(len(share.name) for share in data.shares), max(6, width // 4))
    room = max(0, width - names - 2 * _NUMBER - 5)
    head = f"{'':{names + 2}}{'z' + subscript(data.layer):>{_NUMBER}} {'a' + subscript(data.layer):>{_NUMBER}}"
    rows: list[Row] = [[(head, "dim")]]
    for share in shown:
        role = "lit" if share.lit else "name"
        z, a = ("not yet" if value is None else number(value, 3) for value in (share.z, share.a))
        rows.append(
            [
                (f"{'▸' if share.lit else ' '} {left(share.name, names)}", role),
                (f"{z:>{_NUMBER}} {a:>{_NUMBER}} ", "text"),
                (_bar(share.a or 0.0, room), "v+6"),
            ]
        )
    if more := count - len(shown):
        rows.append([(f"  {more} more class{'es' * (more > 1)}", "dim")])
    end: list[Row] = [[], *wrapped(said, width, "dim")]
    rows += end if len(rows) + len(end) <= height else []
    return [crop(row, width) for row in rows[: max(height, 0)]]


def _around(shares: tuple[Share, ...], count: int) -> tuple[Share, ...]:
    """So many of the classes, the chosen one among them."""
    chosen = next((at for at, share in enumerate(shares) if share.lit), 0)
    first = max(0, min(chosen - count // 2, len(shares) - count))
    return shares[first : first + count]


def _bar(share: float, width: int) -> str:
    if not isfinite(share):
        return ""
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def _range(sums: Array | None, activation: str) -> Array:
    """Places of z around zero, as far as the sums go within bounds."""
    finite = np.zeros(0) if sums is None else np.abs(sums[np.isfinite(sums)])
    reach = max(REACH, min(float(finite.max(initial=0.0)) * 1.05, FARTHEST))
    if reach > WIDEST and np.abs(curve_of(activation, np.array([-WIDEST, WIDEST]))[1]).max() < FLAT:
        reach = WIDEST
    return np.linspace(-reach, reach, PLACES)


def curve_of(activation: str, z: Array) -> tuple[Array, Array]:
    """The activation's values and its slopes at z, by the very kernels that train."""
    function = ACTIVATIONS[activation]
    w = Workspace(Layout([(1, 1)], (), ()), np.zeros(8), 1)
    row = z.reshape(1, -1).copy()
    a, slope = np.empty_like(row), np.empty_like(row)
    with np.errstate(all="ignore"):
        for call in (*function.forward(row, a, w), *function.backward(row, a, np.ones_like(row), slope, w)):
            call()
    return a[0], slope[0]
