"""When training ends: after so many epochs or iterations, at a loss, or when the validation loss stops falling."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nnsim.engine.simulation import Simulation

SLICE = 128  # iterations at the most between two looks at the clock


@dataclass(frozen=True)
class Stop:
    """Why training ended: "epochs", "iterations", "loss", "patience" or "breakpoint"; and the epoch with the best
    validation loss.

    An epoch's validation loss is measured when it is over. None where nothing was watched.
    """

    reason: str
    best_epoch: int | None = None


class Goal:
    """What a training runs to: whichever comes first."""

    def __init__(
        self,
        sim: "Simulation",
        epochs: int | None = None,
        iterations: int | None = None,
        loss: float | None = None,
        step: Callable[[int], object] | None = None,
    ) -> None:
        """Without epochs and iterations: the epochs of the scenario. `loss`: the first batch that gets as low.

        step: goes on by so many iterations instead of `sim.step`, and says whether it has come upon a place to stop.
        """
        planned = sim.experiment.training.epochs if epochs is None and iterations is None else epochs
        ends = [("epochs", planned * sim.iterations_per_epoch)] if planned is not None else []
        ends += [("iterations", iterations)] if iterations is not None else []
        self._sim, self._loss, self.step = sim, loss, step or sim.step
        self._reason, self.stop = min(ends, key=lambda end: end[1])
        held_out = len(sim.experiment.data.x_validation) > 0
        self._patience = sim.experiment.training.patience if held_out else None
        self._best = (np.inf, 0)
        self._until = 0.0

    def remember(self, earlier: "Goal") -> None:
        """What an earlier goal has found of the epochs before this one still counts."""
        if earlier._best[1] < self._sim.epoch_of(self._sim.iteration):
            self._best = earlier._best

    def hurry(self) -> None:
        """For another thread: `advance` returns as soon as it can."""
        self._until = 0.0

    def advance(self, seconds: float) -> Stop | None:
        """Trains for about so long. The reason where it has come to its end."""
        sim, count = self._sim, 1
        self._until = time.monotonic() + seconds
        while time.monotonic() < self._until:
            if sim.iteration >= self.stop:
                return Stop(self._reason, self._best_epoch)
            start = sim.iteration
            if self.step(min(count, self._next_stop() - start)):
                return Stop("breakpoint", self._best_epoch)
            if self._loss is not None and (low := np.flatnonzero(sim.losses[start:] <= self._loss)).size:
                sim.seek(start + int(low[0]))
                return Stop("loss", self._best_epoch)
            if self._out_of_patience():
                return Stop("patience", self._best_epoch)
            count = min(2 * count, SLICE)
        return None

    @property
    def _best_epoch(self) -> int | None:
        return None if self._patience is None else self._best[1]

    def _next_stop(self) -> int:
        if self._patience is None:
            return self.stop
        per_epoch = self._sim.iterations_per_epoch
        return min(self.stop, (self._sim.iteration // per_epoch + 1) * per_epoch)

    def _out_of_patience(self) -> bool:
        """Looks at the validation loss where an epoch has just ended. A loss that is not a number is never better."""
        sim = self._sim
        if self._patience is None or sim.iteration % sim.iterations_per_epoch:
            return False
        epoch = sim.iteration // sim.iterations_per_epoch - 1
        loss = sim.metrics("validation")["loss"]
        if loss < self._best[0]:
            self._best = (loss, epoch)
        return epoch - self._best[1] >= self._patience
