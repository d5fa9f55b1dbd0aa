"""How strongly training pulls at each layer: gradient norms, and updates beside the weights that they change."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from nnsim.debugger.history import Flow, stride_of
from nnsim.engine.notation import number, subscript
from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import Frame, chart, legend, no_room, range_of
from nnsim.tui.pictures.picture import Lab, iterations_done
from nnsim.tui.plots import DOTS, LINE, Curve
from nnsim.tui.rows import Row, crop, fit, joined, shorten

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

GRADIENT, UPDATE = "gradient  ‖∂L/∂W,b‖", "update  ‖ΔW‖ / ‖W‖"
MOST_LAYERS = 4  # of a deep network: the first, the last, and two between
_ROLES = ("v-6", "accent", "v+6", "name")
_STYLES = (LINE, DOTS, LINE, DOTS)


@dataclass(frozen=True)
class GradientsData:
    """samples: at every so manieth iteration. at: the cursor."""

    samples: tuple[Flow, ...]
    at: int
    last: int
    stride: int


class Gradients:
    name = "Gradients"
    help = "The length of each layer's gradient, and how large an update is beside the weights (about 0.001 is usual)."
    absent = ""

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
        return GradientsData(samples, moment.iteration, last, stride_of(max(last, 0)))

    def caption(self, data: GradientsData) -> Row:
        if not data.samples:
            return []
        here = min(data.samples, key=lambda sample: abs(sample.iteration - data.at))
        row: Row = [(f"  iteration {here.iteration:,}", "dim")]
        for layer in _layers(here)[:3]:
            row.append((f"  ‖∂L{subscript(layer + 1)}‖ {number(here.gradients[layer], 2)}", "title"))
        return row

    def render(self, data: GradientsData, width: int, height: int, plain: bool = False) -> list[Row]:
        if width < 24 or height < 5:
            return no_room(width)
        if not data.samples:
            return [[(shorten("The gradients of each iteration will be drawn here.", width), "dim")]]
        gradients = _curves(data, np.array([sample.gradients for sample in data.samples]))
        updates = _curves(data, np.array([sample.updates for sample in data.samples]))
        foot = _foot(data, gradients, width)
        if width < 50:
            return [[(GRADIENT, "name")], *_chart(data, gradients, width, height - 2), foot]
        half = (width - 2) // 2
        left = _chart(data, gradients, half, height - 2)
        right = _chart(data, updates, width - half - 2, height - 2)
        head: Row = [*fit([(GRADIENT, "name")], half + 2), (UPDATE, "name")]
        return [head, *([*fit(a, half), ("  ", ""), *b] for a, b in zip(left, right, strict=True)), foot]


def _foot(data: GradientsData, curves: list[Curve], width: int) -> Row:
    across = "iteration" + (f" (one in {data.stride})" if data.stride > 1 else "")
    return crop(joined([[(across, "dim")], *legend(curves)], ("   ", "")), width)


def _curves(data: GradientsData, values: Array) -> list[Curve]:
    """A curve for each layer, and the mark at the cursor on the first of them."""
    iterations = np.array([float(sample.iteration) for sample in data.samples])
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.where(np.isfinite(values), np.log10(values), np.nan)
    looks = zip(_layers(data.samples[0]), cycle(_ROLES), cycle(_STYLES), strict=False)
    curves = [Curve(iterations, powers[:, layer], role, style, f"layer {layer + 1}") for layer, role, style in looks]
    here = int(np.abs(iterations - data.at).argmin())
    return [*curves, Curve(iterations[here : here + 1], curves[0].y[here : here + 1], "lit", "●", foot=True)]


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
