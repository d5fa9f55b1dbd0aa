"""What expressions can name, and the numbers behind the names at one iteration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from nnsim.engine.frame import Frame
from nnsim.engine.simulation import Simulation

if TYPE_CHECKING:
    from nnsim.debugger.references import Reference

SETS = ("training", "validation")
CLOCKS = ("iteration", "epoch", "learning_rate")


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


class Source(Protocol):
    """Where the closures of an expression get their numbers: of one iteration, or of many along a last axis."""

    def part(self, reference: "Reference") -> Any:
        """A tensor, or the part of it that is meant; nan for rows that a small batch does not have."""

    def metric(self, name: str) -> Any:
        """Such as accuracy.validation."""

    def clock(self, name: str) -> Any:
        """One of CLOCKS."""

    def where(self, wanted: Any) -> "Source":
        """The same, of which only the iterations that are `wanted` matter."""

    def compared(self, run: "Callable[[Source], Any]", axes: int) -> Any:
        """Whether what `run` gives, an array of so many axes, differs from the iteration before.

        No where there is none, or none with such a tensor.
        """


class Numbers:
    """The numbers of the iteration that a simulation stands at, each fetched when it is first asked for."""

    def __init__(self, sim: Simulation, parent: Simulation | None = None) -> None:
        """`parent`: has the iteration before the one that a branch begins at."""
        self._sim, self._parent = sim, parent
        self._metrics: dict[str, dict[str, float]] = {}
        self._measured_at = -1
        self._seen: dict[object, tuple[int, Any]] = {}  # what was compared last, and where

    @property
    def frame(self) -> Frame:
        return self._sim.frame

    def part(self, reference: "Reference") -> Any:
        """The loss needs no frame."""
        return self._sim.losses[-1] if reference.tensor == "loss" else part_of(self.frame, reference)

    def metric(self, name: str) -> Any:
        metric, _, which = name.partition(".")
        if self._measured_at != self._sim.iteration:
            self._metrics, self._measured_at = {}, self._sim.iteration
        if which not in self._metrics:
            self._metrics[which] = self._sim.metrics(which)
        return np.float64(self._metrics[which].get(metric, np.nan))

    def clock(self, name: str) -> Any:
        return np.float64(clock(self._sim, name, self._sim.iteration))

    def where(self, wanted: Any) -> "Numbers":
        return self

    def compared(self, run: "Callable[[Source], Any]", axes: int) -> Any:
        t = self._sim.iteration
        now = run(self)
        seen_at, before = self._seen.get(run, (-1, None))
        self._seen[run] = t, now
        if t == self._sim.start:
            return changed_since(self._parent, t - 1, run, now)
        if seen_at != t - 1:
            self._sim.seek(t - 1)
            before = run(Numbers(self._sim))
            self._sim.seek(t)
        return np.bool_(differ(before, now))


def part_of(frame: Frame, reference: "Reference") -> Any:
    """The part of a frame that is meant; nan for a row that it does not have."""
    try:
        return frame[reference.tensor][reference.place]
    except IndexError:  # the last batch of an epoch may have fewer rows
        return np.float64(np.nan)


def clock(sim: Simulation, name: str, t: int) -> float:
    """One of CLOCKS at iteration t."""
    if name == "learning_rate":
        return sim.learning_rate(t)
    return float(t if name == "iteration" else sim.epoch_of(t))


def changed_since(parent: Simulation | None, t: int, run: "Callable[[Source], Any]", now: Any) -> np.bool_:
    """Whether what `run` gives now differs from iteration t of the simulation that a branch has left."""
    if parent is None:
        return np.False_
    here = parent.iteration
    parent.seek(t)
    try:
        return np.bool_(differ(run(Numbers(parent)), now))
    except KeyError:  # another optimizer has other tensors
        return np.False_
    finally:
        parent.seek(here)


def differ(one: Any, other: Any) -> bool:
    """Whether two values differ in a number or in their shape."""
    return not np.array_equal(one, other, equal_nan=True)
