"""Where a person stands in a training run, and every move from there. Knows nothing of screens."""

from threading import RLock

import numpy as np
from numpy.typing import NDArray

from nnsim.engine.checks import numeric_gradient
from nnsim.engine.explanation import Explanation
from nnsim.engine.frame import Frame
from nnsim.engine.ops import Op
from nnsim.engine.program import Program
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array
from nnsim.engine.stopping import Goal, Stop
from nnsim.engine.workspace import Layout


class Session:
    """A cursor on a simulation: an iteration, an op of it, and for each tensor the number last chosen.

    The frame always belongs to the cursor's iteration; what its later ops compute counts as not reached yet.
    """

    def __init__(self, simulation: Simulation, title: str = "", summary: str = "", name: str = "") -> None:
        self.sim = simulation
        self.title, self.summary, self.name = title, summary, name
        self.lock = RLock()
        self.op_index = 0
        self._chosen: dict[str, tuple[int, ...]] = {}
        self.stopped: Stop | None = None
        self._goal: Goal | None = None
        self._left_at = 0
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
            self.sim.back()
            self._previous = self.sim.frame
            self.sim.seek(now.iteration)
        before, after = self._previous[name], now[name]
        return before != after if before.shape == after.shape else None

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
        self._checked = (self._here, numeric_gradient(self.sim, self.tensor[1:], self.index))

    @property
    def _here(self) -> object:
        return (self.iteration, self.tensor, self.index)

    # moves

    def next_op(self) -> None:
        if self.op_index + 1 < len(self.program):
            self.op_index += 1
        else:
            self.sim.step()
            self.op_index = 0

    def back_op(self) -> None:
        """At the first op of an iteration, to the last one of the iteration before; at the very start, nowhere."""
        if self.op_index > 0:
            self.op_index -= 1
        elif self.iteration > 0:
            self.sim.back()
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
        self.sim.step()

    def previous_iteration(self) -> None:
        self.sim.back()

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
        self.sim.seek(iteration)

    def go_to_op(self, op_index: int) -> None:
        """To an op of this iteration."""
        self.op_index = max(0, min(op_index, len(self.program) - 1))

    def first(self) -> None:
        """To the very start."""
        self.sim.seek(0)
        self.op_index = 0

    def last(self) -> None:
        """To the latest iteration visited so far."""
        self.sim.seek(self.sim.recorded)

    @property
    def ended(self) -> Stop | None:
        """Why training has ended where the cursor stands, None where it has not."""
        if self.stopped and self.stopped.reason == "patience" and self.iteration == self._left_at:
            return self.stopped
        return Stop("epochs") if self.iteration >= self.sim.iterations - 1 else None

    def advance(self, seconds: float, stop: int | None = None) -> bool:
        """Trains for about so long, up to iteration `stop` (None: the last one planned). False once it is there.

        Where the scenario has patience it may end earlier: `stopped` says why.
        For a thread that runs in the background: it holds `lock` meanwhile.
        """
        if self._goal is None or self.iteration != self._left_at:
            self._goal = Goal(self.sim, iterations=self.sim.iterations - 1 if stop is None else stop)
        self.stopped = self._goal.advance(seconds)
        self._left_at = self.iteration
        if self.stopped:
            self._goal = None  # whoever goes on after that means it
        return self.stopped is None
