"""States and frames of iterations that have been visited, made apart: the session's cursor never moves for them."""

from typing import TYPE_CHECKING

import numpy as np

from nnsim.engine.frame import Frame
from nnsim.engine.metrics import Evaluator
from nnsim.engine.runner import Runner
from nnsim.engine.spec import Array, Experiment

if TYPE_CHECKING:
    from nnsim.debugger.session import Session


class Past:
    """Replays from the session's keyframes in a workspace of its own. Not for two threads at once."""

    def __init__(self, session: "Session") -> None:
        self.session, self.sim = session, session.sim
        self._runner: Runner | None = None
        self._evaluator: Evaluator | None = None

    @property
    def experiment(self) -> Experiment:
        return self.sim.experiment

    def parameters(self, iteration: int) -> Array:
        """The flat vector of weights and biases that an iteration starts from."""
        return self._at(iteration).state[: self.sim.program.layout.parameters]

    def frame(self, iteration: int) -> Frame:
        """Every tensor of an iteration, to the bit the one that the session has there."""
        return self._at(iteration).frame()

    def metrics(self, which: str, parameters: Array) -> dict[str, float]:
        """How good parameters are over all "training" or "validation" rows; empty where there are no such rows."""
        with np.errstate(all="ignore"):
            return self.evaluator.metrics(which, parameters)

    @property
    def evaluator(self) -> Evaluator:
        if self._evaluator is None:
            self._evaluator = Evaluator(self.experiment)
        return self._evaluator

    def _at(self, iteration: int) -> Runner:
        if self._runner is None:
            self._runner = Runner(self.experiment)
        runner = self._runner
        with self.session.lock:
            start, state = self.sim.keyframe(iteration)
        if not start <= runner.iteration <= iteration:
            runner.restore(start, state)
        runner.advance(iteration, np.empty(iteration))
        return runner


def parameters_of(frame: Frame) -> Array:
    """The flat vector of a frame's weights and biases, before the update."""
    return frame.copy_of_buffer()[frame.layout.blocks[""]]
