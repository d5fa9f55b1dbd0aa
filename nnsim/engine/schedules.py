"""Learning-rate schedules: α of an epoch as a multiple of the scenario's learning rate.

They follow `torch.optim.lr_scheduler`, stepped once an epoch; epochs are counted from 0.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nnsim.engine import spec
from nnsim.engine.expressions import Constant, Node, call

Options = Mapping[str, float]


@dataclass(frozen=True)
class Schedule:
    """`rate` writes α as a formula of the learning rate, the options, the epoch and the number of epochs."""

    name: str
    formula: str
    numpy: str
    defaults: Options
    rate: Callable[[Node, Options, Node, int], Node]


def _step(alpha: Node, options: Options, epoch: Node, epochs: int) -> Node:
    passed = call("⌊{}⌋", math.floor, epoch / Constant(options["every"], "every"))
    return alpha * Constant(options["factor"], "factor") ** passed


def _exponential(alpha: Node, options: Options, epoch: Node, epochs: int) -> Node:
    return alpha * Constant(options["factor"], "factor") ** epoch


def _cosine(alpha: Node, options: Options, epoch: Node, epochs: int) -> Node:
    lowest = Constant(options["lowest"], "lowest")
    wave = call("cos(π·{})", lambda x: math.cos(math.pi * x), epoch / Constant(epochs, "epochs"))
    return lowest + (alpha - lowest) * ((1 + wave) / 2)


def _warmup(alpha: Node, options: Options, epoch: Node, epochs: int) -> Node:
    start = Constant(options["start"], "start")
    done = call("min(1, {})", lambda x: min(1.0, x), epoch / Constant(options["over"], "over"))
    return alpha * (start + (1 - start) * done)


_ALL = (
    Schedule("constant", "α", "learning_rate", {}, lambda alpha, options, epoch, epochs: alpha),
    Schedule(
        "step",
        "α·factor^⌊epoch / every⌋",
        "learning_rate * factor ** (epoch // every)",
        {"every": 10, "factor": 0.1},
        _step,
    ),
    Schedule("exponential", "α·factor^epoch", "learning_rate * factor ** epoch", {"factor": 0.95}, _exponential),
    Schedule(
        "cosine",
        "lowest + (α − lowest)·(1 + cos(π·epoch / epochs)) / 2",
        "lowest + (learning_rate - lowest) * (1 + np.cos(np.pi * epoch / epochs)) / 2",
        {"lowest": 0.0},
        _cosine,
    ),
    Schedule(
        "warmup",
        "α·(start + (1 − start)·min(1, epoch / over))",
        "learning_rate * (start + (1 - start) * min(1, epoch / over))",
        {"start": 1 / 3, "over": 5},
        _warmup,
    ),
)
SCHEDULES: dict[str, Schedule] = {schedule.name: schedule for schedule in _ALL}


class Rate:
    """α of each iteration of a training."""

    def __init__(self, schedule: spec.Schedule, learning_rate: float, epochs: int, per_epoch: int) -> None:
        self._schedule = SCHEDULES[schedule.name]
        self._options = {**self._schedule.defaults, **schedule.options}
        self._learning_rate, self._epochs, self._per_epoch = learning_rate, epochs, per_epoch
        self.changes = schedule.name != "constant"
        self.formula, self.numpy = self._schedule.formula, self._schedule.numpy

    def at(self, t: int) -> Node:
        """α of iteration t, as a formula."""
        epoch = Constant(t // self._per_epoch, "epoch")
        return self._schedule.rate(Constant(self._learning_rate, "α"), self._options, epoch, self._epochs)
