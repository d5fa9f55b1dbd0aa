"""The decision boundary: the network's answer all over two of its inputs, with the data on it."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TYPE_CHECKING

import numpy as np

from nnsim.debugger.boundary import Components, Points, Surface, parting, principal_components, surface, thinned
from nnsim.debugger.past import parameters_of
from nnsim.engine.notation import number, subscript
from nnsim.formats.digits import Array
from nnsim.tui.colors import STEPS
from nnsim.tui.moment import Moment, scales_of
from nnsim.tui.pictures.chart import Frame, chart, no_room, range_of
from nnsim.tui.pictures.field import Field, Mark, field_rows, scale
from nnsim.tui.pictures.picture import Lab
from nnsim.tui.plots import Curve
from nnsim.tui.rows import Row, clean, crop, joined, shorten, width_of

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

TRAINING, VALIDATION = "●○", "◆◇"  # target above the middle, below it
_GAPS = (3, 2)  # cells between two parts of the legend, the latter where there is little room
_NAMES = (99, 14, 12, 10, 9)  # cells for the names of axes and classes, the fewer the less room there is
LOW = 12  # rows: of fewer none is spent on words where these have room beside the map
SHORT = 9  # rows: of fewer there are none below the map
NARROWEST = 36  # cells of a map with words beside it
SHARE, LOW_SHARE = 12, 18  # one point for so many cells at the most; the latter where words stand beside the map
MANY_INPUTS = 16  # of more, two features say little, so that the axes are principal components by themselves


@dataclass(frozen=True)
class BoundaryData:
    """names: of the axes. unit: what answers. probability: whether its answers lie between 0 and 1.

    target: what the points are marked by, where there are several outputs.
    """

    surface: Surface
    names: tuple[str, ...]
    unit: str
    target: str
    is_output: bool
    probability: bool

    @property
    def title(self) -> str:
        """A boundary there is between classes; what else is answered is a map of numbers."""
        return "Decision boundary" if len(np.unique(self.surface.training.y)) == 2 else "Answers"

    @property
    def has_other_axes(self) -> bool:
        """Whether there are more inputs than those on the axes."""
        return bool(self.surface.rest or self.surface.components)


class Boundary:
    name = "Decision boundary"
    help = "What the network answers for every pair of two inputs, and the samples on it: ● ○ training, ◆ ◇ validation."

    def fits(self, session: "Session") -> bool:
        return True

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, _unit(moment), _inputs(moment), _on_components(moment))

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        parameters = parameters_of(moment.frame)
        experiment = lab.past.experiment
        plane = _components(lab) if _on_components(moment) else None
        found = surface(experiment, lab.forward, parameters, moment.iteration, _unit(moment), _inputs(moment), plane)
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


def _on_components(moment: Moment) -> bool:
    """Whether the axes are principal components: of many inputs, or where that was asked for."""
    inputs = len(moment.layout["x"].axes[1].names)
    return inputs > 2 and (inputs > MANY_INPUTS) != moment.view.other_axes


def _components(lab: Lab) -> Components:
    if "components" not in lab.kept:
        lab.kept["components"] = principal_components(lab.past.experiment.data.x)
    found: Components = lab.kept["components"]
    return found


def _described(lab: Lab, moment: Moment, found: Surface) -> BoundaryData:
    layer, unit = found.unit
    inputs = moment.layout["x"].axes[1].names
    names = moment.layout[f"a{layer}"].axes[1].names
    last, outputs = layer == len(moment.about.activations), moment.layout["y"].axes[1].names
    return BoundaryData(
        surface=_in_units(lab, found),
        names=_of_components(found.components) or tuple(clean(inputs[i]) for i in found.inputs),
        unit=_name(clean(names[unit])) if last else f"a{subscript(layer)}[{clean(names[unit])}]",
        target=clean(outputs[unit if last else 0]) if len(outputs) > 1 else "",
        is_output=last,
        probability=moment.about.activations[layer - 1] in ("sigmoid", "softmax"),
    )


def _of_components(components: Components | None) -> tuple[str, ...]:
    if components is None:
        return ()
    return tuple(f"component {at} ({share:.0%})" for at, share in enumerate(components.shares, 1))


def _name(output: str) -> str:
    """A class that is called 0 is not to be taken for a number."""
    return f"class {output}" if output[:1].isdigit() else output


def _in_units(lab: Lab, found: Surface) -> Surface:
    """The same with the units of the source on its axes, where its columns were standardised."""
    if found.components:
        return found
    scales = scales_of(lab.past.experiment)
    (mean, std), *others = [scales[i] for i in found.inputs]
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


def _map(data: BoundaryData, width: int, height: int, plain: bool) -> list[Row]:
    found = data.surface
    assert found.up is not None
    field = _field(data, found.up)
    colors = _colors(data, field, plain)
    most = width * height // (SHARE if height >= LOW else LOW_SHARE)
    points = _marks(found.training, found, TRAINING, most) + _marks(found.validation, found, VALIDATION, most // 2)
    share = _share(found, len(points))
    beside = _beside(data, colors, share, width - NARROWEST, height) if height < LOW else []
    side = max(map(width_of, beside), default=-2) + 2
    if beside:
        rows = field_rows(field, points, width - side, height, plain)
        words = [*beside, *([[]] * (len(rows) - len(beside)))]
        return [[*row, ("  ", ""), *said] for row, said in zip(rows, words, strict=True)]
    head, *feet = _above_and_below(data, colors, share, width, height)
    return [head, *field_rows(field, points, width, height - 1 - len(feet), plain), *feet]


def _colors(data: BoundaryData, field: Field, plain: bool) -> Row:
    """What the colors stand for; of answers that hardly differ, one for all."""
    low, high = range_of([field.values])
    if high - low <= field.reach / STEPS:
        about, where = "is" if high == low else "≈", "all over this map" if data.has_other_axes else "everywhere"
        return [(f"{data.unit} {about} {number((low + high) / 2, 2)} {where}", "name")]
    above = low >= field.middle
    low, high = field.middle - field.reach * (not above), field.middle + field.reach
    return [(f"{data.unit} ", "name"), *scale(number(low, 2), number(high, 2), plain, above)]


def _share(found: Surface, shown: int) -> list[Row]:
    """How many of the points can be seen: not all are drawn, or many lie on each other."""
    every = (found.training, found.validation)
    points = sum(len(each.y) for each in every)
    if shown < points:
        return [[(f"{shown:,} of {points:,} points", "dim")]]
    places = len({place for each in every for place in zip(each.across.tolist(), each.up.tolist(), strict=True)})
    return [[(f"{points:,} points on {places:,} places", "dim")]] if 2 * places <= points else []


def _beside(data: BoundaryData, colors: Row, share: list[Row], most: int, height: int) -> list[Row]:
    """All that is to be said, as narrow as it can be in so many rows; empty where it has no room."""
    for names, brief in _levels():
        across, up = [(f"→ {_axis_name(data, 0, names)}", "name")], [(f"↑ {_axis_name(data, 1, names)}", "name")]
        groups = [[up, across], [colors], _signs(data, names), _remarks(data, brief), share]
        for wide in range(max(map(width_of, chain(*groups))), most + 1):
            if len(rows := [row for group in groups for row in _packed(group, wide)]) <= height:
                return rows
    return []


def _packed(items: list[Row], width: int) -> list[Row]:
    """The items in their order, as many in a row as fit."""
    rows: list[list[Row]] = []
    for item in items:
        if rows and _width([*rows[-1], item], _GAPS[-1]) <= width:
            rows[-1].append(item)
        else:
            rows.append([item])
    return [joined(row, (" " * _GAPS[-1], "")) for row in rows]


def _levels() -> Iterator[tuple[int, int]]:
    """Shorter and shorter: the cells for names, and how brief remarks are, from 0 to 2."""
    yield from ((_NAMES[0], brief) for brief in (0, 1))
    yield from ((names, 2) for names in _NAMES)


def _axis_name(data: BoundaryData, axis: int, cells: int) -> str:
    """The name of an axis in so many cells. Of a component its number is kept."""
    name = data.names[axis]
    if data.surface.components and len(name) > cells:
        name = name.partition(" (")[0]
        name = name if len(name) <= cells else name.replace("component", "comp.")
    return shorten(name, cells)


def _above_and_below(data: BoundaryData, colors: Row, share: list[Row], width: int, height: int) -> list[Row]:
    """The names of the axes above and below the map, and beside them what else is to be said, as far as it fits.

    In a high map it has a row more, before anything is said in too few words.
    """
    for feet, (names, brief), gap in product((1, 2), ((_NAMES[0], 0), (_NAMES[0], 1)), _GAPS) if height >= LOW else ():
        words, missing = _laid_out(data, colors, _groups(data, share, names, brief), names, feet, width, gap)
        if not missing:
            return words
    feet = (height >= SHORT) + (height >= LOW)
    for left_out, (names, brief), gap in product(range(3), _levels(), _GAPS):
        groups = _groups(data, share if not left_out else [], names, brief, left_out == 2)
        words, missing = _laid_out(data, colors, groups, names, feet, width, gap)
        if not missing:
            break
    return words


def _groups(
    data: BoundaryData, share: list[Row], names: int, brief: int, without_validation: bool = False
) -> list[list[Row]]:
    """What is to be said beside the names of the axes; what belongs together stays together."""
    return [_signs(data, names), *([one] for one in [*_remarks(data, brief)[without_validation:], *share])]


def _laid_out(
    data: BoundaryData, colors: Row, groups: list[list[Row]], names: int, feet: int, width: int, gap: int
) -> tuple[list[Row], int]:
    """A row above and `feet` below, as far as these are needed; and how much has no room."""
    head: list[Row] = [[(f"↑ {_axis_name(data, 1, names)}", "name")], colors]
    below: list[list[Row]] = [[[(f"→ {_axis_name(data, 0, names)}", "name")]], []][:feet]
    missing = 0
    for at, items in enumerate(groups):
        places = [*below[:1], head, *below[1:]] if at else [head, *below]
        place = next((place for place in places if _width([*place, *items], gap) <= width), None)
        missing += place is None
        if place is not None:
            place += items
    rows = (items for items in (head, *below) if items)
    return [crop(joined(items, (" " * gap, "")), width) for items in rows], missing


def _field(data: BoundaryData, up: Array) -> Field:
    found = data.surface
    middle = found.middle if found.middle is not None else 0.0
    low, high = (0.0, 1.0) if data.probability else range_of([found.values])
    return Field(found.across, up, found.values, middle, max(high - middle, middle - low))


def _width(items: list[Row], gap: int) -> int:
    return sum(map(width_of, items)) + gap * (len(items) - 1)


def _signs(data: BoundaryData, names: int) -> list[Row]:
    """What the signs of the points say, the name of a class in so many cells."""
    y = data.surface.training.y
    targets = np.unique(y)
    target = f"y[{shorten(data.target, names)}]" if data.target else "y"
    if len(targets) == 1:
        return [[(TRAINING[1], "title"), (f" {target} = {number(float(targets[0]), 2)}", "dim")]]
    if len(targets) > 2:
        above, below = f"{target} > {number(parting(y), 2)}, the median", "the others"
    elif data.target and np.isin(targets, (0, 1)).all():
        above, below = shorten(data.target, names), f"not {shorten(data.target, names)}"
    else:
        below, above = (f"{target} = {number(float(each), 2)}" for each in targets)
    words = zip(TRAINING, (above, below), strict=True)
    return [[(sign, "title"), (f" {word}", "dim")] for sign, word in words]


def _remarks(data: BoundaryData, brief: int) -> list[Row]:
    """What points are held out, and where the other inputs are; `brief`: in fewer words, from 0 to 2."""
    rest, held_out = data.surface.rest, len(data.surface.validation.y)
    remarks: list[Row] = [[(VALIDATION, "title"), (" validation", "dim")]] if held_out else []
    if components := data.surface.components:
        return [*remarks, [(f"{'' if brief else 'projected, '}{sum(components.shares):.0%} of variance", "dim")]]
    if not rest:
        return remarks
    others = f"the {rest} other inputs are at their medians" if rest > 1 else "the other input is at its median"
    inputs = f"{rest} other inputs at median" if rest > 1 else "1 other input at median"
    return [*remarks, [((others, inputs, inputs)[brief], "dim")]]


def _marks(points: Points, found: Surface, signs: str, most: int) -> list[Mark]:
    """A share of the points where they are too many to see the map behind them."""
    above = points.y > parting(found.training.y)
    kept = thinned(above, max(most, 8))
    rows = zip(points.across[kept], points.up[kept], above[kept], strict=True)
    return [Mark(float(x), float(up), signs[0] if y else signs[1]) for x, up, y in rows]


def _curve(data: BoundaryData, width: int, height: int) -> list[Row]:
    """One input: the answer as a curve through the points."""
    found = data.surface
    curves = [Curve(found.across, found.values[0], "accent", name=data.unit)]
    if data.is_output:
        curves.append(Curve(found.training.across, found.training.y, "name", "●", "training"))
        if len(found.validation.y):
            curves.append(Curve(found.validation.across, found.validation.y, "dim", "◆", "validation"))
    return chart(
        curves, Frame(data.names[0], "", (float(found.across[0]), float(found.across[-1]))), width, height, footed=True
    )
