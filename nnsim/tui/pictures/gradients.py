"""How strongly training pulls at each layer: gradient norms, and updates beside the weights that they change."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from nnsim.debugger.history import Flow, flow, stride_of
from nnsim.engine.notation import number
from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import SMALLEST, Frame, chart, legend, no_room, range_of, remark
from nnsim.tui.pictures.picture import Lab, iterations_done
from nnsim.tui.plots import DOTS, LINE, Curve
from nnsim.tui.rows import Row, crop, fit, joined, width_of

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

GRADIENT, UPDATE = "gradient  ‖∂L/∂W,b‖", "update  ‖ΔW‖ / ‖W‖"
_SHORT = 8  # rows: of fewer none is spent on the names of the curves
MOST_LAYERS = 4  # of a deep network: the first, the last, and two between
_ROLES = ("v-6", "accent", "v+6", "name")
_STYLES = (LINE, DOTS, LINE, DOTS)


@dataclass(frozen=True)
class GradientsData:
    """samples: at every so manieth iteration, and at the cursor's where its gradients are known. at: the cursor."""

    samples: tuple[Flow, ...]
    at: int
    last: int
    stride: int


class Gradients:
    name = "Gradients"
    help = "The length of each layer's gradient, and how large an update is beside the weights (about 0.001 is usual)."

    def fits(self, session: "Session") -> bool:
        return True

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, iterations_done(moment))

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        done = iterations_done(moment)
        return not done or lab.history.flows.fill(done - 1, seconds)

    def data(self, lab: Lab, moment: Moment) -> GradientsData | None:
        last = iterations_done(moment) - 1
        samples = lab.history.flows.until(last) if last >= 0 else ()
        if not samples and last >= 0:
            return None
        if moment.iteration <= last:
            known = {sample.iteration: sample for sample in (*samples, flow(moment.frame))}
            samples = tuple(known[iteration] for iteration in sorted(known))
        return GradientsData(samples, moment.iteration, last, stride_of(max(last, 0)))

    def caption(self, data: GradientsData) -> Row:
        if not data.samples:
            return []
        here = _here(data)
        ends = dict.fromkeys((0, len(here.gradients) - 1))
        if here.iteration != data.at:  # which is said before the numbers, lest it has no room after them
            layers = f"layer{'s' * (len(ends) > 1)} {', '.join(str(layer + 1) for layer in ends)}"
            norms = ", ".join(number(here.gradients[layer], 3) for layer in ends)
            return [(f"  {layers} (at {here.iteration:,}): {norms}", "title")]
        norms = "  ".join(f"layer {layer + 1}: {number(here.gradients[layer], 3)}" for layer in ends)
        return [(f"  {norms}", "title"), (f" at iteration {here.iteration:,}", "dim")]

    def render(self, data: GradientsData, width: int, height: int, plain: bool = False) -> list[Row]:
        if width < 24 or height < SMALLEST[1] + 2:
            return no_room(width)
        if not data.samples:
            return remark("The gradients of each iteration will be drawn here.", width, height)
        gradients = _curves(data, np.array([sample.gradients for sample in data.samples]))
        updates = _curves(data, np.array([sample.updates for sample in data.samples]))
        short = height < _SHORT
        foot = [] if short else [_foot(data, gradients, width)]
        if width < 50:
            head = _named(gradients, GRADIENT, width) if short else _titled(data, "gradients", GRADIENT, width)
            return [head, *_chart(data, gradients, width, height - 1 - len(foot)), *foot]
        half = (width - 2) // 2
        left = _chart(data, gradients, half, height - 1 - len(foot))
        right = _chart(data, updates, width - half - 2, height - 1 - len(foot))
        named = (
            _named(updates, UPDATE, width - half - 2) if short else _titled(data, "updates", UPDATE, width - half - 2)
        )
        head = [*fit(_titled(data, "gradients", GRADIENT, half), half + 2), *named]
        return [head, *([*fit(a, half), ("  ", ""), *b] for a, b in zip(left, right, strict=True)), *foot]


def _named(curves: list[Curve], name: str, width: int) -> Row:
    """The name of a chart and the layers that are in it, as far as there is room."""
    brief, short = _brief(name), _by_number(curves)
    for said, word, layers in (
        (name, [], curves),
        (name, ["layer"], short),
        (brief, ["layer"], short),
        (brief, [], short),
    ):
        items: list[Row] = [[(said, "name")], *([(each, "dim")] for each in word), *legend(layers)]
        if width_of(row := joined(items, ("  ", ""))) <= width:
            return row
    return [(name, "name")]


def _titled(data: GradientsData, which: str, name: str, width: int) -> Row:
    """The name of a chart, and what has no place at the cursor on an axis of powers of ten, as far as there is room."""
    sample = _here(data)
    values: tuple[float, ...] = getattr(sample, which)
    layers = _layers(sample)
    missing = [layer for layer in layers if not 0 < values[layer] < np.inf]
    if not missing:
        return [(name, "name")]
    said = "0 here" if values[missing[0]] == 0 else "none here"
    if missing != layers:
        said = f"layer{'s' * (len(missing) > 1)} {' '.join(str(layer + 1) for layer in missing)}: {said}"
    titles: list[Row] = [[(each, "name"), (f"  {said}", "warning")] for each in (name, _brief(name))]
    return next((title for title in titles if width_of(title) <= width), [(name, "name")])


def _here(data: GradientsData) -> Flow:
    """The sample at the cursor, or nearest to it."""
    return min(data.samples, key=lambda sample: abs(sample.iteration - data.at))


def _brief(name: str) -> str:
    return name.rsplit("  ", maxsplit=1)[-1]


def _foot(data: GradientsData, curves: list[Curve], width: int) -> Row:
    across = "iteration" + (f" (one in {data.stride})" if data.stride > 1 else "")
    layers, numbers = legend(curves), [[("layer", "dim")], *legend(_by_number(curves))]
    for words, named in ((across, layers), ("iteration", layers), ("iteration", numbers)):
        row = joined([[(words, "dim")], *named], ("  ", ""))
        if width_of(row) <= width:
            return row
    return crop(joined(numbers, ("  ", "")), width)


def _by_number(curves: list[Curve]) -> list[Curve]:
    return [replace(curve, name=curve.name.removeprefix("layer ")) for curve in curves]


def _curves(data: GradientsData, values: Array) -> list[Curve]:
    """A curve for each layer, and a mark of its color at the cursor if it has a place there: the first lies on top."""
    iterations = np.array([float(sample.iteration) for sample in data.samples])
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.where(np.isfinite(values), np.log10(values), np.nan)
    looks = zip(_layers(data.samples[0]), cycle(_ROLES), cycle(_STYLES), strict=False)
    curves = [Curve(iterations, powers[:, layer], role, style, f"layer {layer + 1}") for layer, role, style in looks]
    here = int(np.abs(iterations - data.at).argmin())
    marked = [curve for curve in curves if np.isfinite(curve.y[here])] or curves[:1]
    now = slice(here, here + 1)
    marks = [Curve(curve.x[now], curve.y[now], curve.role, "●", foot=curve is marked[0]) for curve in marked]
    return [*curves, *reversed(marks)]


def _chart(data: GradientsData, curves: list[Curve], width: int, height: int) -> list[Row]:
    low, high = range_of([curve.y for curve in curves])
    unnamed = [replace(curve, name="") for curve in curves]
    return chart(unnamed, Frame("", "", (0, max(data.last, 10)), (low, high), whole=True, powers=True), width, height)


def _layers(flow: Flow) -> list[int]:
    """The layers shown, counted from 0."""
    count = len(flow.gradients)
    if count <= MOST_LAYERS:
        return list(range(count))
    return sorted({round(place * (count - 1) / (MOST_LAYERS - 1)) for place in range(MOST_LAYERS)})
