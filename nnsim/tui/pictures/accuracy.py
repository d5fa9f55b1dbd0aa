"""How good the network is on training rows and on those held out, epoch by epoch: accuracy, or R² for a regression."""

from collections.abc import Hashable
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from nnsim.debugger.history import EpochMetrics, stride_of
from nnsim.engine.notation import number
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import Frame, chart, remark
from nnsim.tui.pictures.picture import Lab, epochs_done
from nnsim.tui.plots import DOTS, LINE, Curve
from nnsim.tui.rows import Row

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

MARK = "●"


@dataclass(frozen=True)
class AccuracyData:
    """`now`: epochs completed at the cursor. stride: epochs from one sample to the next, but for that of `now`."""

    metric: str
    samples: tuple[EpochMetrics, ...]
    now: int
    last: int
    stride: int

    @property
    def title(self) -> str:
        return "Accuracy" if self.metric == "accuracy" else "R²"

    @property
    def here(self) -> EpochMetrics | None:
        """The newest sample at or before the cursor."""
        return next((sample for sample in reversed(self.samples) if sample.epochs <= self.now), None)

    @property
    def defined(self) -> bool:
        """R² is not where all targets are the same."""
        return any(isfinite(sample.training[self.metric]) for sample in self.samples)


class Accuracy:
    name = "Accuracy"
    help = "The share of rows answered rightly after each epoch (R² for numbers), training rows and validation rows."

    def fits(self, session: "Session") -> bool:
        return True

    def key(self, moment: Moment) -> Hashable:
        return (moment.epoch, epochs_done(moment))

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        return lab.history.epochs.fill(epochs_done(moment), seconds, moment.epoch)

    def data(self, lab: Lab, moment: Moment) -> AccuracyData | None:
        samples = lab.history.epochs.until(epochs_done(moment), moment.epoch)
        if not samples:
            return None
        metric = "accuracy" if "accuracy" in samples[0].training else "r2"
        return AccuracyData(metric, samples, moment.epoch, epochs_done(moment), stride_of(epochs_done(moment)))

    def caption(self, data: AccuracyData) -> Row:
        if not data.here or not data.defined:
            return []
        values = [("training", data.here.training), ("validation", data.here.validation)]
        row: Row = []
        for name, metrics in values:
            if metrics:
                row.append((f"  {name} {_written(metrics[data.metric], data.metric)}", "title"))
        over = data.here.epochs
        return [*row, (f" after {over:,} epoch{'s' * (over != 1)}" if over else " at first", "dim")]

    def render(self, data: AccuracyData, width: int, height: int, plain: bool = False) -> list[Row]:
        if not data.defined:
            said = "R² compares answers with the mean target of each output: here every row has the same targets."
            return remark(said, width, height)
        curves = [_curve(data, "training", LINE, "accent"), _curve(data, "validation", DOTS, "v+6")]
        curves = [curve for curve in curves if len(curve.x)]
        if data.here:
            at, value = np.array([float(data.here.epochs)]), np.array([_value(data.here.training, data.metric)])
            curves.append(Curve(at, value, "lit", MARK, foot=True))
        across = brief = "epochs completed"
        across += "" if data.last else ": e trains one"
        up = "accuracy in %" if data.metric == "accuracy" else "R²"
        low, high = _span(data, curves)
        warns = False
        half = (high - low) / (2 * height)  # of a row, and what it is drawn in
        if data.here and not low - half <= (shown := _value(data.here.training, data.metric)) <= high:
            warns = True
            brief = f"here {up} is {'below the axis' if isfinite(shown) else 'no longer a number'}"
            across = f"epochs completed: {brief}"
        elif data.stride > 1:
            across += f" (one in {data.stride} measured)"
        ends = (0, max(data.last, 5))
        frame = Frame(across, up, ends, (low, high), whole=True, ceiling=True, warns=warns, brief=brief)
        return chart(curves, frame, width, height, footed=True)


def _curve(data: AccuracyData, which: str, style: str, role: str) -> Curve:
    samples = [sample for sample in data.samples if getattr(sample, which)]
    values = np.array([_value(getattr(sample, which), data.metric) for sample in samples])
    return Curve(np.array([float(sample.epochs) for sample in samples]), values, role, style, which)


def _value(metrics: dict[str, float], metric: str) -> float:
    return metrics[metric] * (100 if metric == "accuracy" else 1)


def _written(value: float, metric: str) -> str:
    if not isfinite(value):
        return "not a number"
    return f"{100 * value:.1f} %" if metric == "accuracy" else number(value, 3)


def _span(data: AccuracyData, curves: list[Curve]) -> tuple[float, float]:
    """From a little below the lowest value to what is perfect; R² far below zero counts only where it is all there is.

    Then the axis ends at 0, which is where the mean of the targets would be.
    """
    values = np.concatenate([curve.y for curve in curves])
    values = values[np.isfinite(values)]
    low, best = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if data.metric == "accuracy":
        return max(0.0, low), 100.0
    return (low, 0.0) if best < -1 else (max(-1.0, min(0.0, low)), 1.0)
