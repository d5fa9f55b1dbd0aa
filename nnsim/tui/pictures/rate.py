"""The learning rate over the iterations as its schedule plans it; where there is none, the steps that come of it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnsim.engine.notation import number
from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import Frame, chart, no_room
from nnsim.tui.pictures.picture import Lab
from nnsim.tui.plots import DOTS, Curve
from nnsim.tui.rows import Row, crop, left, right, shorten

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

PLACES = 400
_NUMBER, _LEAST = 10, 40  # cells of a number, and those that a table needs


@dataclass(frozen=True)
class Steps:
    """How long the steps of a layer's weights are: the middle and the largest; None before they are computed."""

    symbol: str
    middle: float | None
    largest: float | None


@dataclass(frozen=True)
class RateData:
    """rates: of the whole training. schedule: empty where the rate stays: then `formula` and `steps` are shown."""

    iterations: Array
    rates: Array
    at: int
    now: float
    schedule: str
    formula: str
    steps: tuple[Steps, ...]


class LearningRate:
    name = "Learning rate"
    help = "How large the optimizer's steps are: α of each iteration as planned, or the steps where α stays the same."

    def fits(self, session: "Session") -> bool:
        return session.program.rate.changes

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, moment.recorded, moment.op_index)

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        return True

    def data(self, lab: Lab, moment: Moment) -> RateData:
        last = max(moment.iterations - 1, moment.recorded, 1)
        iterations = np.unique(np.append(np.linspace(0, last, PLACES).astype(int), moment.iteration))
        rates = np.array([lab.sim.learning_rate(int(t)) for t in iterations])
        schedule = lab.past.experiment.training.schedule.name if lab.sim.program.rate.changes else ""
        weights = [f"W{layer}" for layer in range(1, len(moment.about.activations) + 1)]
        steps = tuple(_steps(moment, name) for name in weights)
        formula = next((op.formula for op in moment.program if op.name == "W1.step"), "").rpartition(" = ")[2]
        formula = formula.replace(moment.layout["W1"].symbol, "W")
        return RateData(
            iterations.astype(float), rates, moment.iteration, moment.learning_rate, schedule, formula, steps
        )

    def caption(self, data: RateData) -> Row:
        return [(f"  α {number(data.now)}", "title"), (f" at iteration {data.at:,}", "dim")]

    def render(self, data: RateData, width: int, height: int, plain: bool = False) -> list[Row]:
        if not data.schedule:
            return _constant(data, width, height)
        so_far = data.iterations <= data.at
        curves = [
            Curve(data.iterations[so_far], data.rates[so_far], name="α so far"),
            Curve(data.iterations[~so_far], data.rates[~so_far], "name", DOTS, f"planned: {data.schedule}"),
            Curve(np.array([float(data.at)]), np.array([data.now]), "lit", "●", foot=True),
        ]
        ends = (0.0, float(data.iterations[-1]))
        frame = Frame("iteration", "", ends, (0.0, float(data.rates.max()) or 1.0), whole=True)
        return chart(curves, frame, width, height, footed=True)


def _steps(moment: Moment, weights: str) -> Steps:
    symbol, found = moment.layout[weights].symbol, moment.value(f"{weights}.step")
    if found is None:
        return Steps(symbol, None, None)
    sizes = np.abs(found)
    return Steps(symbol, float(np.median(sizes)), float(sizes.max()))


def _constant(data: RateData, width: int, height: int) -> list[Row]:
    """In words that the rate stays, and a line a layer: how long its steps are nevertheless."""
    if width < _LEAST or height < 4:
        return no_room(width)
    said = f"α is {number(data.now)} in every iteration: there is no schedule."
    rows: list[Row] = [[(shorten(said, width), "text")]]
    if data.formula:
        rows.append([(shorten(f"Each weight's own step is {data.formula}", width), "dim")])
    if all(step.middle is None for step in data.steps):
        return [*rows, *[[]] * (height >= 5), [(shorten("no step yet in this iteration", width), "dim")]]
    rows += [[]] * (height >= 5 + len(data.steps))
    heads = f"{'':5}{right('median', _NUMBER)}{right('largest', _NUMBER)}  "
    rows.append([(heads, "dim"), ("━", "accent"), (" median  ", "dim"), ("┄", "accent"), (" largest step", "dim")])
    count = height - len(rows)
    shown = _spaced(data.steps, count if len(data.steps) <= count else max(count - 1, 1))
    most = max((step.largest for step in data.steps if step.largest and np.isfinite(step.largest)), default=0.0)
    rows += [_step_row(step, most, width - 7 - 2 * _NUMBER) for step in shown]
    if more := len(data.steps) - len(shown):
        rows.append([(f"+ {more} more layer{'s' * (more > 1)}", "dim")])
    return [crop(row, width) for row in rows]


def _spaced(steps: Sequence[Steps], count: int) -> Sequence[Steps]:
    """At most so many: the first, the last, and some between."""
    if count < 2 or len(steps) <= count:
        return steps[:count]
    return [steps[round(at * (len(steps) - 1) / (count - 1))] for at in range(count)]


def _step_row(step: Steps, most: float, room: int) -> Row:
    if step.middle is None or step.largest is None:
        return [(left(step.symbol, 5), "name"), ("no step yet", "dim")]
    numbers = "".join(right(number(value, 3), _NUMBER) for value in (step.middle, step.largest))
    if not (most > 0 and np.isfinite(step.largest)):
        return [(left(step.symbol, 5), "name"), (numbers, "text")]
    middle, largest = (round(value / most * room) for value in (step.middle, step.largest))
    bars: Row = [("━" * middle, "accent"), ("┄" * (largest - middle), "accent")]
    return [(left(step.symbol, 5), "name"), (f"{numbers}  ", "text"), *bars]
