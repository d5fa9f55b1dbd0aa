"""The loss of every iteration visited so far, its mean over each epoch, and the loss of the rows held out."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, log10
from typing import TYPE_CHECKING

import numpy as np

from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import FEWEST, Frame, chart, exponents, needs_powers, range_of, remark
from nnsim.tui.pictures.outline import Outline
from nnsim.tui.pictures.picture import Lab, epochs_done, without
from nnsim.tui.plots import DOTS, Curve
from nnsim.tui.renderers.header import four_digits
from nnsim.tui.rows import Row

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

_SHORTEST = 10  # iterations on the axis when hardly any has been visited
MARK = "●"


class Thinned:
    """The curves of a growing number of losses as few points."""

    def __init__(self) -> None:
        self._batches, self._epochs = Outline(), Outline()
        self._means: Array = np.empty(0)

    def batches(self, losses: Array) -> tuple[Array, Array]:
        """Iterations and their losses."""
        return self._batches.of(losses)

    def epochs(self, losses: Array, per_epoch: int) -> tuple[Array, Array]:
        """The middle and the mean loss of each epoch that is over."""
        over = len(losses) // per_epoch
        known = self._means[:over]
        new = losses[len(known) * per_epoch : over * per_epoch].reshape(-1, per_epoch)
        self._means = np.concatenate([known, new.mean(axis=1)])
        epochs, means = self._epochs.of(self._means)
        return epochs * per_epoch + (per_epoch - 1) / 2, means


@dataclass(frozen=True)
class LossData:
    """`losses`: of every iteration visited, NaN where not computed yet. `at`: where the mark is.

    validation: (epochs over, loss) pairs; left_out: what they do not have. per_epoch: iterations in an epoch.
    """

    name: str
    losses: Array
    at: int
    per_epoch: int
    recorded: int
    validation: tuple[tuple[int, float], ...] = ()
    left_out: str = ""
    thinned: Thinned = field(default_factory=Thinned)

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        return (*_of_batches(self), *_of_epochs(self), *_held_out(self))

    @cached_property
    def powers(self) -> bool:
        """Whether the upright axis is logarithmic: judged by the epochs' means where there are some."""
        means = (curve for curve in self.curves if curve.role == "accent" and len(curve.x) >= FEWEST)
        judged = next(means, self.curves[0])
        return needs_powers([judged], *range_of([curve.y for curve in self.curves]))


class Loss:
    name = "Loss"
    help = "How wrong the network is on each batch: training moves the weights so that it falls."

    def fits(self, session: "Session") -> bool:
        return True

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, moment.recorded, "loss" in moment.hidden)

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        if not len(lab.past.experiment.data.x_validation):
            return True
        return lab.history.epochs.fill(epochs_done(moment), seconds)

    def data(self, lab: Lab, moment: Moment) -> LossData:
        hidden = "loss" in moment.hidden
        known = moment.recorded + 1 - (hidden and moment.iteration == moment.recorded)
        sampled = lab.history.epochs.until(epochs_done(moment))
        validation = tuple((s.epochs, s.validation["loss"]) for s in sampled if s.validation)
        losses = moment.losses[:known]
        at = moment.iteration - hidden
        left_out = without("penalty" in moment.layout, any(name.startswith("mask") for name in moment.layout))
        thinned = lab.kept.setdefault("loss", Thinned())
        return LossData(moment.about.loss, losses, at, moment.batches, moment.recorded, validation, left_out, thinned)

    def caption(self, data: LossData) -> Row:
        about = (f"  {data.name}", "dim")
        if data.at < 0:
            return [about]
        where = f" at iteration {data.at:,}"
        loss = (f"  {four_digits(float(data.losses[data.at]))}", "title")
        scale: Row = [(", logarithmic scale", "text")] if data.powers else []
        return [loss, (where, "dim"), *scale, about]

    def render(self, data: LossData, width: int, height: int, plain: bool = False) -> list[Row]:
        if data.at < 0 and len(data.losses) < 2:
            return remark("The loss of every iteration will be drawn here.", width, height)
        curves = list(data.curves)
        low, high = range_of([curve.y for curve in curves])
        if data.at >= 0:
            at = np.array([float(data.at)])
            curves.append(Curve(at, data.losses[data.at : data.at + 1], "lit", MARK, foot=True))
        x, y = (0.0, float(max(data.recorded, _SHORTEST))), (min(0.0, low), high or 1.0)
        if data.powers:
            curves, y = [exponents(curve) for curve in curves], (log10(low), log10(high))
        across = f"iteration{(broken := _broken(data.losses))}"
        frame = Frame(across, "loss", x, y, whole=True, powers=data.powers, warns=bool(broken))
        return chart(curves, frame, width, height, footed=True)


def _broken(losses: Array) -> str:
    """From which iteration on there is nothing to draw."""
    if not len(losses) or isfinite(losses[-1]):
        return ""
    finite = np.flatnonzero(np.isfinite(losses))
    return f": no finite loss from {finite[-1] + 1:,} on" if len(finite) else ""


def _of_batches(data: LossData) -> list[Curve]:
    batches = data.per_epoch > 1
    name, role = ("each batch", "faint") if batches else ("each iteration", "accent")
    return [Curve(*data.thinned.batches(data.losses), role, name=name)]


def _of_epochs(data: LossData) -> list[Curve]:
    """The mean loss of each epoch that is over, drawn in the middle of it: at its end it would lie off its losses."""
    if data.per_epoch == 1 or len(data.losses) < data.per_epoch:
        return []
    return [Curve(*data.thinned.epochs(data.losses, data.per_epoch), "accent", name="epoch mean")]


def _held_out(data: LossData) -> list[Curve]:
    if not data.validation:
        return []
    epochs, losses = np.array(data.validation).T
    name = f"validation{',' * bool(data.left_out)}{data.left_out}"
    return [Curve(epochs * data.per_epoch, losses, "v+6", DOTS, name)]
