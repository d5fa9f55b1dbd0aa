"""Where a person stands in a training run, and every move from there. Knows nothing of screens."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnsim.debugger.branches import Branch, Tree
from nnsim.debugger.edits import EditError, change, read
from nnsim.engine.checks import numeric_gradient
from nnsim.engine.explanation import Explanation
from nnsim.engine.frame import Frame
from nnsim.engine.ops import Op
from nnsim.engine.program import Program
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array
from nnsim.engine.stopping import Goal, Stop
from nnsim.engine.workspace import Layout

if TYPE_CHECKING:
    from nnsim.debugger.breakpoints import Breakpoints, Hit, Scan
    from nnsim.debugger.provenance import Trail
    from nnsim.debugger.watches import Watches

FOLLOWED = 64  # iterations between two looks at the clock on the way to a branch


@dataclass(frozen=True)
class Standing:
    """Exactly where a cursor stands: iteration, op, and the chosen number of every tensor."""

    iteration: int
    op_index: int
    chosen: Mapping[str, tuple[int, ...]]


class Session:
    """A cursor on a simulation: an iteration, an op of it, and for each tensor the number last chosen.

    The frame always belongs to the cursor's iteration; what its later ops compute counts as not reached yet.
    """

    def __init__(self, simulation: Simulation, title: str = "", summary: str = "", name: str = "") -> None:
        self.tree = Tree(simulation)
        self.branch = self.tree.root
        self.sim = simulation  # of the part of the branch that the cursor's iteration lies in
        self.title, self.summary, self.name = title, summary, name
        self.lock = RLock()
        self.op_index = 0
        self._chosen: dict[str, tuple[int, ...]] = {}
        self.stopped: Stop | None = None
        self._goal: Goal | None = None
        self._left_at = 0
        self.hit: Hit | None = None  # the breakpoint that the last run has stopped at
        self._scan: Scan | None = None
        self._shown: Frame | None = None
        self._previous: Frame | None = None
        self._checked: tuple[object, float] | None = None

    @property
    def program(self) -> Program:
        return self.sim.program

    @property
    def layout(self) -> Layout:
        return self.program.layout

    @property
    def iteration(self) -> int:
        return self.sim.iteration

    @property
    def recorded(self) -> int:
        """The latest iteration visited on this branch."""
        return self.branch.recorded

    @property
    def frame(self) -> Frame:
        """The frame of the cursor's iteration."""
        if self._shown is None or self._shown.iteration != self.iteration:
            self._previous, self._shown = self._shown, self.sim.frame
        return self._shown

    @property
    def op(self) -> Op:
        """The op that has just run."""
        return self.program[self.op_index]

    @property
    def phase(self) -> str:
        return self.op.phase

    @property
    def tensor(self) -> str:
        """The tensor that the op has just written."""
        return self.op.name

    def reached(self, op_index: int) -> bool:
        """Whether the op has run at the cursor."""
        return op_index <= self.op_index

    def value(self, name: str) -> Array | None:
        """A tensor of the frame, or None where the cursor has not reached it."""
        position = self.program.position(name)
        return self.frame[name] if position is None or self.reached(position) else None

    def changed(self, name: str) -> NDArray[np.bool_] | None:
        """Which numbers of a tensor differ from the iteration before. None where nothing can be compared."""
        if self.iteration == 0:
            return None
        now = self.frame
        if self._previous is None or self._previous.iteration != self.iteration - 1:
            self._previous = self._frame_before(now.iteration)
        before, after = self._previous.get(name), now[name]
        return before != after if before is not None and before.shape == after.shape else None

    def _frame_before(self, iteration: int) -> Frame:
        sim = self.branch.segment(iteration - 1).sim
        sim.seek(iteration - 1)
        frame = sim.frame
        self.sim.seek(iteration)
        return frame

    # the chosen number

    @property
    def index(self) -> tuple[int, ...]:
        """The chosen number of the current tensor."""
        return self.index_in(self.tensor)

    def index_in(self, name: str) -> tuple[int, ...]:
        """The number last chosen in a tensor, within its bounds."""
        shape = self.frame[name].shape
        chosen = self._chosen.get(name, (0,) * len(shape))
        return tuple(min(i, length - 1) for i, length in zip(chosen, shape, strict=True))

    def choose(self, index: tuple[int, ...], name: str | None = None) -> None:
        """Chooses a number of a tensor (the current one if not said), the nearest where it is out of bounds."""
        name = name or self.tensor
        shape = self.frame[name].shape
        self._chosen[name] = tuple(max(0, min(i, length - 1)) for i, length in zip(index, shape, strict=True))

    def move(self, down: int, right: int) -> None:
        """Moves the choice by rows and columns; along a vector either way moves along it."""
        if len(self.index) == 2:
            self.choose((self.index[0] + down, self.index[1] + right))
        elif len(self.index) == 1:
            self.choose((self.index[0] + down + right,))

    def explanation(self) -> Explanation:
        """How the chosen number came about."""
        return self.sim.explain(self.tensor, self.index)

    @property
    def checkable(self) -> bool:
        """Whether the chosen number is a gradient that finite differences can check: of a weight or a bias."""
        return self.phase == "backward" and self.tensor[:2] in ("dW", "db")

    @property
    def checked(self) -> float | None:
        """The chosen gradient by finite differences, where that has been asked for."""
        return self._checked[1] if self._checked and self._checked[0] == self._here else None

    def check(self) -> None:
        """Works out the chosen gradient anew: (L(w + ε) − L(w − ε)) / 2ε. Raises ValueError where it is no gradient."""
        if not self.checkable:
            raise ValueError("only gradients of weights and biases can be checked: choose a number of ∂L/∂W or ∂L/∂b")
        if self.sim.in_flight:
            raise ValueError("a number of this iteration is set by hand: its gradients follow from that number alone")
        self._checked = (self._here, numeric_gradient(self.sim, self.tensor[1:], self.index))

    @property
    def _here(self) -> object:
        return (self.sim, self.iteration, self.tensor, self.index)

    @cached_property
    def trail(self) -> "Trail":
        """The way into operands, and back out."""
        from nnsim.debugger.provenance import Trail

        return Trail(self)

    # exactly here

    def standing(self) -> Standing:
        """Where the cursor stands, to come back to."""
        return Standing(self.iteration, self.op_index, dict(self._chosen))

    def stand(self, standing: Standing) -> None:
        """Exactly there again."""
        self.go_to(standing.iteration)
        self.op_index, self._chosen = standing.op_index, dict(standing.chosen)

    # moves

    def next_op(self) -> None:
        if self.op_index + 1 < len(self.program):
            self.op_index += 1
        else:
            self.go_to(self.iteration + 1)
            self.op_index = 0

    def back_op(self) -> None:
        """At the first op of an iteration, to the last one of the iteration before; at the very start, nowhere."""
        if self.op_index > 0:
            self.op_index -= 1
        elif self.iteration > 0:
            self.go_to(self.iteration - 1)
            self.op_index = len(self.program) - 1

    def next_phase(self) -> None:
        """To the first op of the next phase, at the end to the next iteration's first."""
        phase = self.phase
        self.next_op()
        while self.phase == phase:
            self.next_op()

    def previous_phase(self) -> None:
        """To the first op of this phase, or from there to the first op of the phase before."""
        self.back_op()
        while self.op_index > 0 and self.program[self.op_index - 1].phase == self.phase:
            self.op_index -= 1

    def next_iteration(self) -> None:
        self.go_to(self.iteration + 1)

    def previous_iteration(self) -> None:
        self.go_to(max(0, self.iteration - 1))

    @property
    def next_epoch_start(self) -> int:
        return (self.sim.epoch_of(self.iteration) + 1) * self.sim.iterations_per_epoch

    def next_epoch(self) -> None:
        """To the first iteration of the next epoch."""
        self.go_to(self.next_epoch_start)

    def previous_epoch(self) -> None:
        """To the first iteration of this epoch, or from there to that of the epoch before."""
        self.go_to(self.sim.epoch_of(max(0, self.iteration - 1)) * self.sim.iterations_per_epoch)

    def go_to(self, iteration: int) -> None:
        """Raises ValueError where it is negative."""
        sim = self.branch.segment(iteration).sim
        sim.seek(iteration)
        if sim is not self.sim:
            self._enter(sim)

    def _enter(self, sim: Simulation) -> None:
        """Into another part of the branch. Where its ops are others, the cursor stays near."""
        position = sim.program.position(self.tensor)
        self.op_index = min(self.op_index, len(sim.program) - 1) if position is None else position
        self.sim, self._shown, self._previous = sim, None, None
        self.stopped, self._goal = None, None

    def go_to_op(self, op_index: int) -> None:
        """To an op of this iteration."""
        self.op_index = max(0, min(op_index, len(self.program) - 1))

    def first(self) -> None:
        """To the very start."""
        self.go_to(0)
        self.op_index = 0

    def last(self) -> None:
        """To the latest iteration visited so far."""
        self.go_to(self.recorded)

    @property
    def ended(self) -> Stop | None:
        """Why training has ended where the cursor stands, None where it has not."""
        if self.stopped and self.stopped.reason == "patience" and self.iteration == self._left_at:
            return self.stopped
        return Stop("epochs") if self.iteration >= self.sim.iterations - 1 else None

    def advance(self, seconds: float, stop: int | None = None) -> bool:
        """Trains for about so long, up to iteration `stop` (None: the last one planned). False once it is there.

        At a breakpoint it stops, and `hit` says which. Where the scenario has patience it may end earlier: `stopped`
        says why. For a thread that runs in the background: it holds `lock` meanwhile.
        """
        self.hit, self.stopped, scan = None, None, self._scanning()
        leaves = self.branch.end(self.branch.segment(self.iteration))
        if leaves is not None:
            return self._follow(seconds, leaves, self.sim.iterations - 1 if stop is None else stop)
        end = self.sim.iterations - 1 if stop is None else stop
        if self._goal is None or self.iteration != self._left_at:
            earlier, self._goal = self._goal, Goal(self.sim, iterations=end)
            if earlier:
                self._goal.remember(earlier)
        self._goal.stop = end
        self._goal.step = self._watched if scan else self.sim.step
        self.stopped = self._goal.advance(seconds)
        if scan and self.stopped and self.iteration >= self.sim.iterations - 1 and not self.hit:
            self.hit = scan.here()
        if self.hit:
            self.breakpoints.reveal(self.hit)
        self._left_at = self.iteration
        if self.stopped and self.stopped.reason != "iterations":
            self._goal = None  # whoever goes on after that means it
        return self.stopped is None

    def prepare_back(self, seconds: float) -> bool:
        """Works in idle time on what the next steps back need, unless another thread is at work. Whether it is done."""
        if not self.lock.acquire(blocking=False):
            return False
        try:
            return self.sim.prepare_back(seconds)
        finally:
            self.lock.release()

    def hurry(self) -> None:
        """For another thread that waits for `lock`: `advance` returns as soon as it can."""
        if goal := self._goal:
            goal.hurry()

    def _follow(self, seconds: float, leaves: int, stop: int) -> bool:
        """As `advance`, before the branch begins: over iterations that have been visited."""
        end = time.monotonic() + seconds
        while self.iteration < min(leaves, stop) and time.monotonic() < end:
            to = min(self.iteration + FOLLOWED, leaves, stop)
            if self._scan and self._watched(to - self.iteration):
                assert self.hit
                self.breakpoints.reveal(self.hit)
                return False
            self.go_to(to)
        return self.iteration < stop

    @cached_property
    def breakpoints(self) -> "Breakpoints":
        """Conditions at which `advance` stops."""
        from nnsim.debugger.breakpoints import Breakpoints

        return Breakpoints(self)

    def stop_at(self, hit: "Hit") -> None:
        """Stands where a search has found something, as if a run had stopped there."""
        self.go_to(hit.iteration)
        self.hit = hit
        self.breakpoints.reveal(hit)

    @cached_property
    def watches(self) -> "Watches":
        """Expressions to be shown beside the run."""
        from nnsim.debugger.watches import Watches

        return Watches(self)

    def _scanning(self) -> "Scan | None":
        """What looks out for breakpoints while it runs on from here; None without any."""
        enabled = self.breakpoints.enabled if "breakpoints" in self.__dict__ else ()
        known = self._scan
        if not enabled:
            self._scan = None
        elif known is None or known.of != enabled or known.left_at != self.iteration or known.sim is not self.sim:
            from nnsim.debugger.breakpoints import Scan

            goes_on = known is not None and known.of == enabled and known.left_at == self.iteration == self.sim.start
            self._scan = Scan(self, known if goes_on else None)
        return self._scan

    def _watched(self, iterations: int) -> bool:
        """Goes on by so many iterations, or to the first hit on the way. Whether there is one."""
        assert self._scan
        self.hit = self._scan.step(iterations)
        return self.hit is not None

    # branches

    def edit(self, text: str) -> Branch:
        """Changes something from the cursor's iteration on and stands on the branch that follows: see `edits.read`.

        A number alone is for the one that is chosen. Raises EditError where it cannot be, and nothing has changed.
        """
        request, here = read(text), self.iteration
        if request.iteration is not None and request.iteration > self.recorded:
            raise EditError(f"iteration {request.iteration:,} has not been visited; allowed: 0 to {self.recorded:,}")
        self.go_to(here if request.iteration is None else request.iteration)
        try:
            parent = self.branch.segment(self.iteration)
            chosen = f"{self.tensor}[{','.join(map(str, self.index))}]" if self.index else self.tensor
            branch = self.tree.add(parent, change(parent.sim, request.target or chosen, request.value))
        except EditError:
            self.go_to(here)
            raise
        known = self._previous  # before this iteration nothing is different
        self.switch(branch)
        self._shown, self._previous = self.sim.frame, known
        return branch

    def switch(self, branch: Branch) -> None:
        """Stands on another branch at the same iteration, or at the latest that it has."""
        self.branch = branch
        self.__dict__.pop("trail", None)
        self.stopped, self._goal, self.hit = None, None, None
        self.go_to(min(self.iteration, branch.recorded))

    def undo(self) -> Branch:
        """Takes back the edit that this branch began with: forgets the branch. Raises EditError where it cannot."""
        if self.branch.parent is None:
            raise EditError("there is no edit to undo here: this is the original")
        undone = self.branch
        self.delete(undone)
        return undone

    def delete(self, branch: Branch) -> None:
        """Forgets a branch; whoever stands on it then stands on its parent. Raises EditError where that cannot be."""
        self.tree.delete(branch)
        if branch is self.branch and branch.parent:
            self.switch(branch.parent)
