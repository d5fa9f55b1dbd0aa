"""A simulation: one training run that can be walked through in both directions."""

from itertools import pairwise

import numpy as np

from nnsim.engine import threads
from nnsim.engine.explanation import Explanation, explain
from nnsim.engine.frame import Frame
from nnsim.engine.metrics import Evaluator
from nnsim.engine.program import Program
from nnsim.engine.runner import Runner
from nnsim.engine.spec import Array, Experiment, Indices
from nnsim.engine.stopping import Goal, Stop
from nnsim.engine.timeline import DEFAULT_BUDGET, Timeline


class Simulation:
    """The training of one experiment, standing at one iteration.

    Iteration t starts from the parameters that iteration t - 1 left behind; its frame holds both these and what its
    own update makes of them.
    """

    def __init__(self, experiment: Experiment, memory: int = DEFAULT_BUDGET) -> None:
        """`memory` bounds the bytes kept for going back in time."""
        self.experiment = experiment
        self._threads = threads.wanted(_largest_product(experiment))
        threads.use(self._threads)
        self._runner = Runner(experiment)
        self._timeline = Timeline(self._runner, memory)
        self._evaluator = Evaluator(experiment)

    @property
    def program(self) -> Program:
        """The ops of an iteration, in order."""
        return self._runner.program

    @property
    def iteration(self) -> int:
        """The iteration it stands at, counted from 0."""
        return self._timeline.iteration

    @property
    def recorded(self) -> int:
        """The latest iteration visited so far."""
        return self._timeline.recorded

    @property
    def iterations_per_epoch(self) -> int:
        return self._runner.batches.per_epoch

    @property
    def iterations(self) -> int:
        """How long training is planned to be: epochs times iterations per epoch. One may go beyond."""
        return self.experiment.training.epochs * self.iterations_per_epoch

    @property
    def frame(self) -> Frame:
        """Every tensor of this iteration by name: read-only arrays whose rows are samples. A copy that stays valid."""
        return self._timeline.frame()

    @property
    def losses(self) -> Array:
        """The loss of every iteration up to this one, shape (iteration + 1,), read-only."""
        return self._timeline.losses(self.iteration + 1)

    @property
    def all_losses(self) -> Array:
        """The loss of every iteration visited so far, shape (recorded + 1,) or (recorded,) before the last has run."""
        stop = self.recorded + 1 if self.iteration == self.recorded else self.recorded
        return self._timeline.losses(stop)

    def step(self, iterations: int = 1) -> None:
        """Goes forwards by so many iterations. Raises ValueError where that number is negative."""
        if iterations < 0:
            raise ValueError(f"step takes 0 or more iterations, not {iterations}: back() goes backwards")
        self.seek(self.iteration + iterations)

    def back(self, iterations: int = 1) -> None:
        """Goes backwards by so many iterations, at the most to the first."""
        if iterations < 0:
            raise ValueError(f"back takes 0 or more iterations, not {iterations}: step() goes forwards")
        self.seek(max(0, self.iteration - iterations))

    def seek(self, iteration: int) -> None:
        """Goes to any iteration, in either direction. Raises ValueError where it is negative."""
        if iteration < 0:
            raise ValueError(f"iterations are counted from 0: there is no iteration {iteration}")
        threads.use(self._threads)
        self._timeline.seek(int(iteration))

    def keyframe(self, iteration: int) -> tuple[int, Array]:
        """A kept state from which a visited iteration can be replayed: the iteration it belongs to, and the flat state.

        The state is shared: it is not to be changed.
        """
        return self._timeline.keyframe(iteration)

    def epoch_of(self, iteration: int) -> int:
        """The epoch that an iteration belongs to, counted from 0."""
        return iteration // self.iterations_per_epoch

    def batch_of(self, iteration: int) -> int:
        """The place of an iteration in its epoch, counted from 0."""
        return iteration % self.iterations_per_epoch

    def learning_rate(self, iteration: int) -> float:
        """α of an iteration."""
        return self.program.rate.at(iteration).value

    def explain(self, tensor: str, index: tuple[int, ...] = ()) -> Explanation:
        """How one number of this frame came about.

        Raises KeyError for a name that the frame does not have, IndexError for an index outside the tensor.
        """
        return explain(self.program, self.experiment.data, self.frame, tensor, index)

    def metrics(self, which: str = "training") -> dict[str, float]:
        """How good the parameters of this iteration are over all "training" or "validation" rows.

        The loss without penalties, and without dropout; for classes the accuracy, else "mae" and "r2". Empty for
        validation where no rows are held out. Raises ValueError for another word.
        """
        return self._evaluator.metrics(which, self._parameters)

    def confusion(self, which: str = "training") -> Indices:
        """How many rows of each true class (row) were taken for each class (column). ValueError without classes."""
        return self._evaluator.confusion(which, self._parameters)

    def train(self, *, epochs: int | None = None, iterations: int | None = None, loss: float | None = None) -> Stop:
        """Trains to a goal, whichever comes first, and says which that was.

        epochs, iterations: counted from the start; the scenario's epochs where neither is given.
        loss: the first iteration whose batch has a loss as low as that.
        Where the scenario has patience, also when the validation loss has not got better for so many epochs.
        """
        goal = Goal(self, epochs, iterations, loss)
        while (stop := goal.advance(seconds=1)) is None:
            pass
        return stop

    def outputs(self, x: Array) -> Array:
        """What the network of this iteration answers to inputs (rows, inputs): shape (rows, outputs)."""
        return self._evaluator.outputs(np.asarray(x, float), self._parameters)

    @property
    def _parameters(self) -> Array:
        return self._runner.state[: self.program.layout.parameters]


def _largest_product(experiment: Experiment) -> int:
    """Multiplications in the largest matrix product of an iteration."""
    batch = experiment.training.batch_size or len(experiment.data.x)
    sizes = [experiment.network.inputs, *(layer.units for layer in experiment.network.layers)]
    return batch * max(inputs * units for inputs, units in pairwise(sizes))
