"""Runs a program on data: one iteration at a time, or as many as wanted in the fast loop."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from nnsim.engine.batches import Batches
from nnsim.engine.fork import Fork
from nnsim.engine.frame import Frame
from nnsim.engine.log import Log
from nnsim.engine.program import Program
from nnsim.engine.randomness import stream
from nnsim.engine.spec import Array, Experiment
from nnsim.engine.workspace import Call, Workspace

SWEEP = 128  # iterations between two looks for vanished numbers


class Runner:
    """Holds the state of one iteration in a workspace and can go on from it, or be put elsewhere.

    State t+1 = program(state t, t): nothing else is carried along, so a restored state continues to the last bit.
    """

    def __init__(self, experiment: Experiment, fork: Fork | None = None, at_hand: Sequence[Array] = ()) -> None:
        """`fork`: where it starts, if not at the beginning of the experiment. `at_hand`: as `memory` makes it."""
        data, training = experiment.data, experiment.training
        self.batches = Batches(data, training, experiment.seed)
        self.program = fork.program if fork else Program(experiment.network, training, data, self.batches.size)
        self.iteration = 0
        self._rows = data.rows
        dtype = self.program.dtype
        known = fork.gathered if fork else None
        self.gathered: tuple[Array, Array] = known or (_with_ones(data.x, dtype), np.ascontiguousarray(data.y.T, dtype))
        self._inputs, self._targets = self.gathered
        size = self.program.layout.size
        self._at_hand = [block for block in at_hand if (block.size, block.dtype) == (size, dtype)]
        self._buffer = self._at_hand.pop() if self._at_hand else np.zeros(size, dtype)
        self._state = self._buffer[self.program.layout.state]
        self._next = self._buffer[self.program.layout.next]
        self._memory = self._state[self.program.layout.parameters :]
        self._vanished = _vanished(self.program)
        self._loss = self._buffer[self.program.layout["loss"].offset :][:1].reshape(())
        self._whole = whole = Workspace(self.program.layout, self._buffer, 0)
        self._update = self.program.update_calls(whole, in_place=False)
        self._clocks = list(whole.clocks.values())
        self._bound: dict[int, tuple[Workspace, list[Call]]] = {}
        self._seed = experiment.seed
        self._dropout = [(k, layer.dropout) for k, layer in enumerate(experiment.network.layers, 1) if layer.dropout]
        self._loaded = -1
        self._computed = False
        self._forked_at = -1  # the iteration in which numbers are set by hand
        if fork and (puts := fork.in_flight(self.program.layout)):
            self._forked_at = fork.iteration
            w = Workspace(self.program.layout, self._buffer, self.batches.count(fork.iteration))
            w.follows = False
            self._forked = self.program.gradient_calls(w, puts), self.program.update_calls(whole, False, puts)
        if fork:
            self.restore(fork.iteration, fork.state)
        else:
            self.restore(0, self.program.initial_state(experiment.seed))

    @cached_property
    def _update_in_place(self) -> list[Call]:
        """For the fast loop: not needed before it goes on."""
        return self.program.update_calls(self._whole, in_place=True)

    @property
    def state(self) -> Array:
        """A copy of the state that iteration `iteration` starts from."""
        return self._state.copy()

    @property
    def state_now(self) -> Array:
        """The same, to be read before it goes on."""
        return self._state

    @property
    def bytes_of_frame(self) -> int:
        return self._buffer.nbytes

    def memory(self) -> list[Array]:
        """What another runner of the same program needs for its first frame, apart from its state.

        Where pages of memory are dear, to touch them for the first time takes longer than to compute in them: this is
        to be called in idle time.
        """
        return [np.full_like(self._buffer, 0) for _ in range(2)]

    def restore(self, iteration: int, state: Array) -> None:
        """Stands before `iteration`, whose state was `state`."""
        self._state[...] = state
        self.iteration = iteration
        self._computed = False

    def compute(self) -> float:
        """Runs the ops of this iteration without going on to the next one. Returns its loss."""
        if not self._computed:
            gradients, update = self._prepare(self.iteration), self._update
            if self.iteration == self._forked_at:
                gradients, update = self._forked
            with np.errstate(all="ignore"):
                for call in gradients:
                    call()
                for call in update:
                    call()
            self._computed = True
        return float(self._loss)

    def advance(self, stop: int, losses: Array, log: Log | None = None) -> None:
        """The fast loop: runs iterations up to, but not including, `stop`; the loss of t goes to losses[t].

        `log`: what else is copied of each of them.
        """
        if self.iteration == self._forked_at and self.iteration < stop:
            self.compute()
        if self._computed and self.iteration < stop:
            losses[self.iteration] = self._loss
            if log:
                log.copy(self._buffer, self.iteration)
            np.copyto(self._state, self._next)
            self.iteration += 1
            self._computed = False
        if self.iteration < stop:
            self._run(stop, losses, log)

    def _run(self, stop: int, losses: Array, log: Log | None) -> None:
        prepare, loss, update = self._prepare, self._loss, self._update_in_place
        if log:
            update = log.around(update, self._buffer, self.iteration)
        with np.errstate(all="ignore"):
            for t in range(self.iteration, stop):
                for call in prepare(t):
                    call()
                losses[t] = loss
                for call in update:
                    call()
        self.iteration = stop
        self._computed = False

    def frame(self) -> Frame:
        """All tensors of this iteration."""
        self.compute()
        rows = self._rows[self.batches.indices(self.iteration)]
        copy = self._at_hand.pop() if self._at_hand else np.empty_like(self._buffer)
        np.copyto(copy, self._buffer)
        return Frame(self.program.layout, copy, self.iteration, rows)

    def _prepare(self, t: int) -> list[Call]:
        """Sets what depends on the iteration and returns the calls from the batch to the gradients."""
        if t % SWEEP == 0 and self._vanished:
            self._sweep()
        for number, value in self._clocks:
            number[()] = value(t)
        w, calls = self._bind(self.batches.count(t))
        key = self.batches.key(t)
        if key != self._loaded:
            self._loaded = key
            rows = self.batches.indices(t)
            self._inputs.take(rows, 0, w.with_ones("x").T, "clip")
            self._targets.take(rows, 1, w["y"], "clip")
        for k, share in self._dropout:
            kept = stream(self._seed, "dropout", t, k).random(w[f"mask{k}"].shape) >= share
            np.divide(kept, 1 - share, w[f"mask{k}"])
        return calls

    def _sweep(self) -> None:
        """Numbers of the optimizer's memory that have faded away become 0.

        The memory of a unit that gets no gradient any more shrinks by a factor at each iteration. Below the smallest
        normal number processors compute many times slower, and rounding keeps it there for ever. Only the iteration
        decides when this happens, so that a replay does the same.
        """
        size = np.absolute(self._memory, self._next[self.program.layout.parameters :])
        np.copyto(self._memory, 0, where=size < self._vanished)

    def _bind(self, rows: int) -> tuple[Workspace, list[Call]]:
        if rows not in self._bound:
            w = Workspace(self.program.layout, self._buffer, rows)
            self._bound[rows] = (w, self.program.gradient_calls(w))
        return self._bound[rows]


def _vanished(program: Program) -> float:
    """What is smaller no longer counts in the optimizer's memory: 1e-292, in float32 1e-31. 0 where anything counts."""
    if not program.options.get("epsilon", 1):
        return 0.0  # a memory of 0 would be a divisor
    limits = np.finfo(program.dtype)
    return float(limits.tiny / limits.eps)  # so far above the smallest normal number that it lasts until the next look


def _with_ones(x: Array, dtype: np.dtype[np.floating]) -> Array:
    """A constant 1 before the inputs of each row."""
    inputs = np.ones((len(x), x.shape[1] + 1), dtype)
    inputs[:, 1:] = x
    return inputs
