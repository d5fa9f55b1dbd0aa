"""Runs a program on data: one iteration at a time, or as many as wanted in the fast loop."""

import numpy as np

from nnsim.engine.batches import Batches
from nnsim.engine.frame import Frame
from nnsim.engine.program import Program
from nnsim.engine.randomness import stream
from nnsim.engine.spec import Array, Experiment
from nnsim.engine.workspace import Call, Workspace


class Runner:
    """Holds the state of one iteration in a workspace and can go on from it, or be put elsewhere.

    State t+1 = program(state t, t): nothing else is carried along, so a restored state continues to the last bit.
    """

    def __init__(self, experiment: Experiment) -> None:
        data, training = experiment.data, experiment.training
        self.batches = Batches(data, training, experiment.seed)
        self.program = Program(experiment.network, training, data, self.batches.size)
        self.iteration = 0
        self._rows = data.rows
        dtype = self.program.dtype
        self._inputs = np.ones((len(data.x), data.x.shape[1] + 1), dtype)
        self._inputs[:, 1:] = data.x
        self._targets = np.ascontiguousarray(data.y.T, dtype)
        self._buffer = np.zeros(self.program.layout.size, dtype)
        self._state = self._buffer[self.program.layout.state]
        self._next = self._buffer[self.program.layout.next]
        self._loss = self._buffer[self.program.layout["loss"].offset :][:1].reshape(())
        whole = Workspace(self.program.layout, self._buffer, 0)
        self._update = self.program.update_calls(whole, in_place=False)
        self._update_in_place = self.program.update_calls(whole, in_place=True)
        self._clocks = list(whole.clocks.values())
        self._bound: dict[int, tuple[Workspace, list[Call]]] = {}
        self._seed = experiment.seed
        self._dropout = [(k, layer.dropout) for k, layer in enumerate(experiment.network.layers, 1) if layer.dropout]
        self._loaded = -1
        self._computed = False
        self.restore(0, self.program.initial_state(experiment.seed))

    @property
    def state(self) -> Array:
        """A copy of the state that iteration `iteration` starts from."""
        return self._state.copy()

    @property
    def bytes_of_frame(self) -> int:
        return self._buffer.nbytes

    def restore(self, iteration: int, state: Array) -> None:
        """Stands before `iteration`, whose state was `state`."""
        self._state[...] = state
        self.iteration = iteration
        self._computed = False

    def compute(self) -> float:
        """Runs the ops of this iteration without going on to the next one. Returns its loss."""
        if not self._computed:
            with np.errstate(all="ignore"):
                for call in self._prepare(self.iteration):
                    call()
                for call in self._update:
                    call()
            self._computed = True
        return float(self._loss)

    def advance(self, stop: int, losses: Array) -> None:
        """The fast loop: runs iterations up to, but not including, `stop`; the loss of t goes to losses[t]."""
        if self._computed and self.iteration < stop:
            losses[self.iteration] = self._loss
            np.copyto(self._state, self._next)
            self.iteration += 1
            self._computed = False
        if self.iteration < stop:
            self._run(stop, losses)

    def _run(self, stop: int, losses: Array) -> None:
        prepare, loss, update = self._prepare, self._loss, self._update_in_place
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
        return Frame(self.program.layout, self._buffer.copy(), self.iteration, rows)

    def _prepare(self, t: int) -> list[Call]:
        """Sets what depends on the iteration and returns the calls from the batch to the gradients."""
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

    def _bind(self, rows: int) -> tuple[Workspace, list[Call]]:
        if rows not in self._bound:
            w = Workspace(self.program.layout, self._buffer, rows)
            self._bound[rows] = (w, self.program.gradient_calls(w))
        return self._bound[rows]
