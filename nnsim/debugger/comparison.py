"""Two branches side by side: from where on they differ, in which number first, and by how much."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnsim.debugger.boundary import Forward, Surface, surface
from nnsim.debugger.branches import Branch
from nnsim.debugger.past import Past
from nnsim.engine.frame import Frame
from nnsim.engine.spec import Array

if TYPE_CHECKING:
    from nnsim.debugger.session import Session


@dataclass(frozen=True)
class Difference:
    """The first number, in the order of computing, that two branches have differently."""

    iteration: int
    tensor: str
    index: tuple[int, ...]
    label: str
    one: float
    other: float


@dataclass(frozen=True)
class Side:
    """One of two branches at an iteration: its losses so far, its metrics, and what it answers over two inputs."""

    title: str
    losses: Array
    training: dict[str, float]
    validation: dict[str, float]
    surface: Surface


STRIDE = 64  # iterations between two looks at the clock


class Comparison:
    """Looks for the first difference in workspaces of its own, a slice of time after another."""

    def __init__(self, session: "Session", one: Branch, other: Branch) -> None:
        self.one, self.other = one, other
        self.pasts = Past(session, one), Past(session, other)
        self.parting = parting(one, other)
        self.first: Difference | None = None
        self._session, self._next = session, self.parting
        self._forwards = tuple(Forward(past.experiment) for past in self.pasts)

    @property
    def searched(self) -> int:
        """So many iterations from the parting on are known to be equal, or up to the first difference."""
        return self._next - self.parting

    @property
    def done(self) -> bool:
        """Whether there is no more to be found in what both have visited."""
        return self.first is not None or self._next > self.recorded

    @property
    def recorded(self) -> int:
        """The latest iteration that both have visited."""
        return min(self.one.recorded, self.other.recorded)

    def train(self, iteration: int, seconds: float) -> bool:
        """Takes both on to an iteration for about so long; the session stays where it is. Whether they are there."""
        end, session = time.monotonic() + seconds, self._session
        while self.recorded < iteration and time.monotonic() < end:
            with session.lock:
                here = session.iteration
                for branch in (self.one, self.other):
                    if branch.recorded < iteration:
                        branch.sim.seek(min(iteration, branch.recorded + STRIDE))
                session.sim.seek(here)
        return self.recorded >= iteration

    def sides(self, iteration: int) -> tuple[Side, Side]:
        """Both at an iteration that both have visited."""
        one, other = (self._side(at, iteration) for at in (0, 1))
        return one, other

    def _side(self, at: int, iteration: int) -> Side:
        past, branch = self.pasts[at], (self.one, self.other)[at]
        with self._session.lock:
            losses = branch.losses.copy()
        if iteration == len(losses):  # the branch has gone elsewhere before the loss of its last iteration was needed
            losses = np.append(losses, past.frame(iteration)["loss"])
        training, validation = (past.metrics(which, iteration) for which in ("training", "validation"))
        drawn = surface(past.experiment, self._forwards[at], past.parameters(iteration), iteration)
        return Side(branch.title, losses, training, validation, drawn)

    def advance(self, seconds: float) -> bool:
        """Looks on for about so long. Whether it is done."""
        end = time.monotonic() + seconds
        while not self.done and time.monotonic() < end:
            one, other = (past.frame(self._next) for past in self.pasts)
            self.first = difference(one, other)
            self._next += 1
        return self.done


def parting(one: Branch, other: Branch) -> int:
    """The first iteration that can differ: where the first edit stands that only one of them has."""
    apart = [each.start for each in {*one.path} ^ {*other.path}]
    return min(apart, default=min(one.recorded, other.recorded))


def difference(one: Frame, other: Frame) -> Difference | None:
    """The first number that two frames of an iteration have differently, among the tensors that both have."""
    for name in one:
        before, after = one[name], other.get(name)
        if after is None or before.shape != after.shape:
            continue
        places = np.argwhere((before != after) & ~(np.isnan(before) & np.isnan(after)))
        if len(places):
            index = tuple(map(int, places[0]))
            label = one.label(name, index)
            return Difference(one.iteration, name, index, label, float(before[index]), float(after[index]))
    return None
