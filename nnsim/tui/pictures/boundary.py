"""The decision boundary: the network's answer all over two of its inputs, with the data on it."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nnsim.debugger.boundary import Points, Surface, surface
from nnsim.debugger.past import parameters_of
from nnsim.engine.notation import number, subscript
from nnsim.formats.digits import Array
from nnsim.scenario.loading import Scenario
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import Frame, chart, no_room, range_of
from nnsim.tui.pictures.field import Field, Mark, field_rows, scale
from nnsim.tui.pictures.picture import Lab
from nnsim.tui.plots import Curve
from nnsim.tui.rows import Row, clean, crop, joined, width_of

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

TRAINING, VALIDATION = "●○", "◆◇"  # target above the middle, below it
SHARE = 12  # one point for so many cells at the most


@dataclass(frozen=True)
class BoundaryData:
    """names: of the inputs on the axes. unit: what answers. probability: whether its answers lie between 0 and 1.

    target: what the points are marked by, where there are several outputs.
    """

    surface: Surface
    names: tuple[str, ...]
    unit: str
    target: str
    is_output: bool
    probability: bool


class Boundary:
    name = "Decision boundary"
    help = "What the network answers for every pair of two inputs, and the samples on it: ● ○ training, ◆ ◇ held out."
    absent = ""

    def fits(self, session: "Session") -> bool:
        return True

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, _unit(moment), _inputs(moment))

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        parameters = parameters_of(moment.frame)
        experiment = lab.past.experiment
        found = surface(experiment, lab.forward, parameters, moment.iteration, _unit(moment), _inputs(moment))
        lab.kept["boundary"] = _described(lab, moment, found)
        return True

    def data(self, lab: Lab, moment: Moment) -> BoundaryData | None:
        kept = lab.kept.get("boundary")
        return kept if isinstance(kept, BoundaryData) else None

    def caption(self, data: BoundaryData) -> Row:
        where = f" at iteration {data.surface.iteration:,}"
        return [(f"  {data.unit}", "title" if data.is_output else "lit"), (where, "dim")]

    def render(self, data: BoundaryData, width: int, height: int, plain: bool = False) -> list[Row]:
        if width < 24 or height < 6:
            return no_room(width)
        return _curve(data, width, height) if data.surface.up is None else _map(data, width, height, plain)


def _unit(moment: Moment) -> tuple[int, int] | None:
    """The unit that the chosen number belongs to, where its op belongs to a unit; else the first output."""
    tensor, last = moment.tensor, len(moment.about.activations)
    units = [axis.kind in ("hidden", "output") for axis in tensor.axes]
    if moment.op.layer is None or not units or not units[-1]:
        return None
    return (min(moment.op.layer, last), moment.index[-1])


def _inputs(moment: Moment) -> tuple[int, ...]:
    """The input that the chosen number belongs to, if any."""
    for axis, place in zip(moment.tensor.axes, moment.index, strict=True):
        if axis.kind == "input":
            return (place,)
    return ()


def _described(lab: Lab, moment: Moment, found: Surface) -> BoundaryData:
    layer, unit = found.unit
    inputs = moment.layout["x"].axes[1].names
    names = moment.layout[f"a{layer}"].axes[1].names
    last, outputs = layer == len(moment.about.activations), moment.layout["y"].axes[1].names
    return BoundaryData(
        surface=_in_units(lab, found),
        names=tuple(clean(inputs[i]) for i in found.inputs),
        unit=_name(clean(names[unit])) if last else f"a{subscript(layer)}[{clean(names[unit])}]",
        target=clean(outputs[unit if last else 0]) if len(outputs) > 1 else "",
        is_output=last,
        probability=moment.about.activations[layer - 1] in ("sigmoid", "softmax"),
    )


def _name(output: str) -> str:
    """A class that is called 0 is not to be taken for a number."""
    return f"class {output}" if output[:1].isdigit() else output


def _in_units(lab: Lab, found: Surface) -> Surface:
    """The same with the units of the source on its axes, where its columns were standardised."""
    scales = _scales(lab)
    (mean, std), *others = [scales.get(i, (0.0, 1.0)) for i in found.inputs]
    above, height = others[0] if others else (mean, std)

    def moved(points: Points) -> Points:
        return replace(points, across=points.across * std + mean, up=points.up * height + above)

    return replace(
        found,
        across=found.across * std + mean,
        up=None if found.up is None else found.up * height + above,
        training=moved(found.training),
        validation=moved(found.validation),
    )


def _scales(lab: Lab) -> dict[int, tuple[float, float]]:
    """Mean and standard deviation of each standardised input, by its place."""
    experiment = lab.past.experiment
    columns = experiment.columns if isinstance(experiment, Scenario) else ()
    names = experiment.data.input_names
    return {
        names.index(column.name): (column.mean, column.std)
        for column in columns
        if column.standardized and column.mean is not None and column.std is not None
    }


def _map(data: BoundaryData, width: int, height: int, plain: bool) -> list[Row]:
    found = data.surface
    assert found.up is not None
    field = _field(data, found.up)
    points = _marks(found.training, found, TRAINING, width * height // SHARE)
    points += _marks(found.validation, found, VALIDATION, width * height // SHARE // 2)
    heads = 1 + (height >= 9)
    rows = field_rows(field, points, width, height - heads, plain)
    foot = joined([[(f"→ {data.names[0]}", "name")], *_remarks(data)], ("   ", ""))
    return [_head(data, field, width, plain), *rows, *([crop(foot, width)] if heads == 2 else [])]


def _field(data: BoundaryData, up: Array) -> Field:
    found = data.surface
    middle = found.middle if found.middle is not None else 0.0
    low, high = (0.0, 1.0) if data.probability else range_of([found.values])
    return Field(found.across, up, found.values, middle, max(high - middle, middle - low))


def _head(data: BoundaryData, field: Field, width: int, plain: bool) -> Row:
    low, high = field.middle - field.reach, field.middle + field.reach
    colors = [(f"{data.unit} ", "name"), *scale(number(low, 2), number(high, 2), plain)]
    upright: Row = [(f"↑ {data.names[1]}", "name")]
    signs: list[Row] = [[(sign, "title"), (f" {word}", "dim")] for sign, word in _legend(data)]
    items = [upright, colors, *signs]
    while len(items) > 2 and sum(map(width_of, items)) + 3 * len(items) - 3 > width:
        items.pop()
    return crop(joined(items, ("   ", "")), width)


def _legend(data: BoundaryData) -> list[tuple[str, str]]:
    y = data.surface.training.y
    middle = number(float(y.min() + y.max()) / 2, 2)
    binary = bool(np.isin(y, (0, 1)).all())
    above, below = ("y = 1", "y = 0") if binary else (f"y > {middle}", f"y ≤ {middle}")
    if binary and data.target:
        above, below = data.target, "others"
    return [(TRAINING[0], above), (TRAINING[1], below)]


def _remarks(data: BoundaryData) -> list[Row]:
    rest, held_out = data.surface.rest, len(data.surface.validation.y)
    others = f"{rest} others at median" if rest > 1 else "the other input at its median"
    remarks: list[Row] = [[(others, "dim")]] if rest else []
    return [*remarks, [(VALIDATION, "title"), (" held out", "dim")]] if held_out else remarks


def _marks(points: Points, found: Surface, signs: str, most: int) -> list[Mark]:
    """A share of the points where they are too many to see the map behind them."""
    if not len(points.y):
        return []
    every = max(1, -(-len(points.y) // max(most, 8)))
    middle = (found.training.y.min() + found.training.y.max()) / 2
    rows = zip(points.across[::every], points.up[::every], points.y[::every], strict=True)
    return [Mark(float(x), float(up), signs[0] if y > middle else signs[1]) for x, up, y in rows]


def _curve(data: BoundaryData, width: int, height: int) -> list[Row]:
    """One input: the answer as a curve through the points."""
    found = data.surface
    curves = [Curve(found.across, found.values[0], "accent", name=data.unit)]
    if data.is_output:
        curves.append(Curve(found.training.across, found.training.y, "name", "●", "training"))
        if len(found.validation.y):
            curves.append(Curve(found.validation.across, found.validation.y, "dim", "◆", "held out"))
    return chart(curves, Frame(data.names[0], "", (float(found.across[0]), float(found.across[-1]))), width, height)
