"""The learning rate over the iterations: what its schedule makes of it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnsim.engine.notation import number
from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import Frame, chart
from nnsim.tui.pictures.picture import Lab
from nnsim.tui.plots import Curve
from nnsim.tui.rows import Row

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

PLACES = 400


@dataclass(frozen=True)
class RateData:
    iterations: Array
    rates: Array
    at: int
    now: float
    schedule: str


class LearningRate:
    name = "Learning rate"
    help = "How large the optimizer's steps are over the training: α of each iteration."

    def fits(self, session: "Session") -> bool:
        return session.program.rate.changes

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, moment.recorded)

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        return True

    def data(self, lab: Lab, moment: Moment) -> RateData:
        last = max(moment.iterations - 1, moment.recorded, 1)
        iterations = np.unique(np.linspace(0, last, PLACES).astype(int))
        rates = np.array([lab.sim.learning_rate(int(t)) for t in iterations])
        name = lab.past.experiment.training.schedule.name
        schedule = name if lab.sim.program.rate.changes else "the same in every iteration: no schedule"
        return RateData(iterations.astype(float), rates, moment.iteration, moment.learning_rate, schedule)

    def caption(self, data: RateData) -> Row:
        return [(f"  α {number(data.now)}", "title"), (f" at iteration {data.at:,}", "dim")]

    def render(self, data: RateData, width: int, height: int, plain: bool = False) -> list[Row]:
        at, now = np.array([float(data.at)]), np.array([data.now])
        curves = [Curve(data.iterations, data.rates, name=f"α, {data.schedule}"), Curve(at, now, "lit", "●", foot=True)]
        ends = (0.0, float(data.iterations[-1]))
        frame = Frame("iteration", "", ends, (0.0, float(data.rates.max()) or 1.0), whole=True)
        return chart(curves, frame, width, height)
