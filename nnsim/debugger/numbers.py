"""What expressions can name, and the numbers behind the names at one iteration."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nnsim.engine.frame import Frame
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array

SETS = ("training", "validation")


@dataclass(frozen=True)
class Vocabulary:
    """The names of a simulation. `shapes` has a stand-in for the number of samples: only what fits any batch fits."""

    sim: Simulation
    batch: int
    shapes: dict[str, tuple[int, ...]]
    metrics: tuple[str, ...]

    ANY_ROWS: ClassVar[int] = 1_000_003

    @classmethod
    def of(cls, sim: Simulation) -> "Vocabulary":
        rows = len(sim.experiment.data.x)
        layout = sim.program.layout
        return cls(
            sim,
            min(sim.experiment.training.batch_size or rows, rows),
            {name: tensor.shape(cls.ANY_ROWS) for name, tensor in layout.items()},
            tuple(f"{name}.{which}" for which in SETS for name in sim.metrics(which)),
        )

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor in a full batch."""
        return self.sim.program.layout[name].shape(self.batch)

    def axis_names(self, name: str, axis: int) -> tuple[str, ...]:
        """What rows or columns are called; nothing for samples."""
        return self.sim.program.layout[name].axes[axis].names


class Numbers:
    """The numbers of the iteration that a simulation stands at, each fetched when it is first asked for."""

    CLOCKS: ClassVar[tuple[str, ...]] = ("iteration", "epoch", "learning_rate")

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._frame: Frame | None = None
        self._before: Frame | None = None
        self._metrics: dict[str, dict[str, float]] = {}
        self._measured_at = -1

    @property
    def frame(self) -> Frame:
        frame = self._sim.frame
        if frame is not self._frame:
            self._before, self._frame = self._frame, frame
        return frame

    @property
    def loss(self) -> Any:
        """Of the batch. Needs no frame."""
        return self._sim.losses[-1]

    def tensor(self, name: str) -> Array:
        return self.frame[name]

    def before(self, name: str) -> Array | None:
        """The tensor of the iteration before; None at the first."""
        iteration = self.frame.iteration
        if iteration == 0:
            return None
        if self._before is None or self._before.iteration != iteration - 1:
            self._sim.seek(iteration - 1)
            self._before = self._sim.frame
            self._sim.seek(iteration)
        return self._before[name]

    def metric(self, name: str) -> float:
        """Such as accuracy.validation."""
        metric, _, which = name.partition(".")
        if self._measured_at != self._sim.iteration:
            self._metrics, self._measured_at = {}, self._sim.iteration
        if which not in self._metrics:
            self._metrics[which] = self._sim.metrics(which)
        return self._metrics[which].get(metric, np.nan)

    def clock(self, name: str) -> float:
        t = self._sim.iteration
        if name == "learning_rate":
            return self._sim.learning_rate(t)
        return float(t if name == "iteration" else self._sim.epoch_of(t))
