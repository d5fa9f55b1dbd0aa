"""States and frames of iterations that have been visited, made apart: the session's cursor never moves for them."""

from typing import TYPE_CHECKING

import numpy as np

from nnsim.engine.frame import Frame
from nnsim.engine.metrics import Evaluator
from nnsim.engine.runner import Runner
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array, Experiment

if TYPE_CHECKING:
    from nnsim.debugger.branches import Branch
    from nnsim.debugger.session import Session


class Past:
    """Replays from the session's keyframes in workspaces of its own. Not for two threads at once.

    It belongs to a branch, by default the one that the session stands on; `sim` is the part of it that matters here:
    where the cursor is, or the branch's own.
    """

    def __init__(self, session: "Session", branch: "Branch | None" = None) -> None:
        self.session, self.branch = session, branch or session.branch
        self.sim = branch.sim if branch else session.sim
        self._runners: dict[Branch, Runner] = {}
        self._evaluators: dict[Simulation, Evaluator] = {}

    @property
    def experiment(self) -> Experiment:
        return self.sim.experiment

    def parameters(self, iteration: int) -> Array:
        """The flat vector of weights and biases that an iteration starts from."""
        runner = self._at(iteration)
        return runner.state[: runner.program.layout.parameters]

    def frame(self, iteration: int) -> Frame:
        """Every tensor of an iteration, to the bit the one that the session has there."""
        return self._at(iteration).frame()

    def replayed(self, iteration: int) -> Frame:
        """The same, run anew from a keyframe before it; where the branch begins, from its start."""
        sim = self.branch.segment(iteration).sim
        with self.session.lock:
            start, state = sim.keyframe(max(sim.start, iteration - 1))
        self._at(iteration).restore(start, state)
        return self._at(iteration).frame()

    def metrics(self, which: str, iteration: int) -> dict[str, float]:
        """How good the parameters that an iteration starts from are over all "training" or "validation" rows.

        Measured with the data and activations of then; empty where there are no such rows.
        """
        evaluator = self._evaluator(self.branch.segment(iteration).sim)
        with np.errstate(all="ignore"):
            return evaluator.metrics(which, self.parameters(iteration))

    @property
    def evaluator(self) -> Evaluator:
        return self._evaluator(self.sim)

    def _evaluator(self, sim: Simulation) -> Evaluator:
        if sim not in self._evaluators:
            self._evaluators[sim] = Evaluator(sim.experiment)
        return self._evaluators[sim]

    def _at(self, iteration: int) -> Runner:
        segment = self.branch.segment(iteration)
        if segment not in self._runners:
            self._runners[segment] = Runner(segment.sim.experiment, segment.sim.fork)
        runner = self._runners[segment]
        with self.session.lock:
            start, state = segment.sim.keyframe(iteration)
        if not start <= runner.iteration <= iteration:
            runner.restore(start, state)
        runner.advance(iteration, np.empty(iteration))
        return runner


def parameters_of(frame: Frame) -> Array:
    """The flat vector of a frame's weights and biases, before the update."""
    return frame.copy_of_buffer()[frame.layout.blocks[""]]
