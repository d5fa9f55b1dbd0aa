"""A simulation: one training run that can be walked through in both directions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from nnsim.engine import threads
from nnsim.engine.explanation import Explanation, explain
from nnsim.engine.fork import Element, Fork, Put
from nnsim.engine.frame import Frame
from nnsim.engine.log import Log, Part
from nnsim.engine.metrics import Evaluator
from nnsim.engine.program import Program
from nnsim.engine.runner import Runner
from nnsim.engine.spec import Array, Experiment, Indices
from nnsim.engine.stopping import Goal, Stop
from nnsim.engine.timeline import DEFAULT_BUDGET, Timeline

LARGE = 2**20  # bytes whose first touch takes its time


class Simulation:
    """The training of one experiment, standing at one iteration.

    Iteration t starts from the parameters that iteration t - 1 left behind; its frame holds both these and what its
    own update makes of them.
    """

    def __init__(
        self,
        experiment: Experiment,
        memory: int = DEFAULT_BUDGET,
        fork: Fork | None = None,
        at_hand: Sequence[Array] = (),
    ) -> None:
        """`memory` bounds the bytes kept for going back in time; `fork`, `at_hand`: where `branch` makes it."""
        self.experiment, self.memory, self.fork = experiment, memory, fork
        self._threads = threads.wanted(_largest_product(experiment))
        threads.use(self._threads)
        self._runner = Runner(experiment, fork, at_hand)
        self._at_hand: list[Array] = []
        self._timeline = Timeline(self._runner, memory, fork)

    @cached_property
    def _evaluator(self) -> Evaluator:
        return Evaluator(self.experiment)

    @property
    def program(self) -> Program:
        """The ops of an iteration, in order."""
        return self._runner.program

    @property
    def iteration(self) -> int:
        """The iteration it stands at, counted from 0."""
        return self._timeline.iteration

    @property
    def start(self) -> int:
        """The iteration that it begins at: 0, or where it branched off."""
        return self._timeline.start

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
        """Goes backwards by so many iterations, at the most to the one it begins at."""
        if iterations < 0:
            raise ValueError(f"back takes 0 or more iterations, not {iterations}: step() goes forwards")
        self.seek(max(self.start, self.iteration - iterations))

    def seek(self, iteration: int, log: Log | None = None) -> None:
        """Goes to any iteration, in either direction. Raises ValueError where there is none.

        `log`: what is copied of each iteration on the way forwards, which are all run then.
        """
        if iteration < 0:
            raise ValueError(f"iterations are counted from 0: there is no iteration {iteration}")
        if iteration < self.start:
            raise ValueError(f"the branch begins at iteration {self.start}: iteration {iteration} is before it")
        threads.use(self._threads)
        self._timeline.seek(int(iteration), log)

    def forget(self, last: int) -> None:
        """Takes the iterations after `last` for not visited; it goes there, where it stands later."""
        self.seek(min(self.iteration, last))
        self._timeline.forget(min(self.recorded, last))

    def log(self, parts: Sequence[Part], length: int) -> Log:
        """A table for numbers of about so many iterations. Raises IndexError for a place outside a tensor."""
        return Log(self.program, self._runner.batches, parts, length)

    def losses_before(self, iteration: int) -> Array:
        """The losses of the iterations before a visited one, shape (iteration,), read-only."""
        return self._timeline.losses(iteration)

    def rows(self, iteration: int) -> Indices:
        """The batch of any iteration: its rows' numbers in the source."""
        return self.experiment.data.rows[self._runner.batches.indices(iteration)]

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

    @property
    def parameters(self) -> Array:
        """The weights and biases that this iteration starts from, as one flat vector: a copy."""
        return self._runner.state[: self.program.layout.parameters]

    def explain(self, tensor: str, index: tuple[int, ...] = ()) -> Explanation:
        """How one number of this frame came about.

        Raises KeyError for a name that the frame does not have, IndexError for an index outside the tensor.
        """
        found = explain(self.program, self.experiment.data, self.frame, tensor, index)
        note = self.fork.note(self.iteration, tensor, found.index) if self.fork else ""
        return replace(found, formula=None, source=note, numpy="", chain="") if note else found

    @property
    def in_flight(self) -> tuple[Put, ...]:
        """The numbers that were set by hand while this iteration ran: its gradients know nothing of that."""
        here = self.fork is not None and self.fork.iteration == self.iteration
        return self.fork.in_flight(self.program.layout) if self.fork and here else ()

    def branch(
        self,
        numbers: Mapping[Element, float] | None = None,
        experiment: Experiment | None = None,
        held: Iterable[Element] = (),
    ) -> "Simulation":
        """Another simulation that begins at this iteration, with changes; this one stays as it is.

        numbers: of this iteration's frame, by tensor and index. Those that it starts from are set before it runs; any
            other one as soon as its op has run, and what follows is computed from it.
        experiment: with other settings, other data of the same shape, or another activation, from this iteration on.
            The memory of the optimizer goes on where that is the same, else it starts anew.
        held: weights that stay as they are from now on.

        Raises KeyError or IndexError where there is no such number.
        """
        experiment, here, runner = experiment or self.experiment, self.iteration, self._runner
        same = experiment.training.optimizer.name == self.experiment.training.optimizer.name
        since, known = (self.fork.since, self.fork.held) if self.fork else (0, frozenset())
        since, held = since if same else here, known | frozenset(held)
        program = self.program
        if experiment is not self.experiment or held != known:
            program = Program(
                experiment.network, experiment.training, experiment.data, runner.batches.size, since, held
            )
        puts = [self._put(element, value) for element, value in (numbers or {}).items()]
        anew = {each.element for each in puts}
        inherited = self.fork.numbers if self.fork and self.fork.iteration == here else ()
        kept = [each for each in inherited if each.element not in anew]
        fork = Fork(
            iteration=here,
            program=program,
            state=program.continued(self.program, runner.state_now, puts, same),
            losses=self.losses[:-1],
            numbers=tuple(each for each in (*kept, *puts) if each.tensor in program.layout),
            held=held,
            since=since,
            gathered=runner.gathered if experiment.data is self.experiment.data else None,
        )
        at_hand, self._at_hand = self._at_hand, []
        return Simulation(experiment, self.memory, fork, at_hand)

    def prepare_back(self, seconds: float) -> bool:
        """Works in idle time for about so long on what the next steps back need. Whether all of it is there.

        Where an iteration is quick there is nothing to prepare. The simulation stays where it is.
        """
        threads.use(self._threads)
        return self._timeline.prepare_back(seconds)

    def prepare_branch(self) -> None:
        """Gets memory ready for the next branch: in idle time, where states are large."""
        if self._runner.bytes_of_frame > LARGE and not self._at_hand:
            self._at_hand = self._runner.memory()

    def _put(self, element: Element, value: float) -> Put:
        tensor, index = element
        frame = self.frame
        if len(index) != frame[tensor].ndim:
            raise IndexError(f"{tensor} has shape {frame[tensor].shape}: there is no element {index}")
        return Put(tensor, index, value, float(frame[tensor][index]))

    @property
    def bytes_of_state(self) -> int:
        """Of all that is carried from one iteration to the next."""
        return self._runner.state_now.nbytes

    def limit(self, memory: int) -> None:
        """Bounds the bytes kept for going back in time anew."""
        self.memory = memory
        self._timeline.limit(memory)

    def metrics(self, which: str = "training") -> dict[str, float]:
        """How good the parameters of this iteration are over all "training" or "validation" rows.

        The loss without penalties, and without dropout; for classes the accuracy, else "mae", in the unit that the
        targets have in their source, and "r2". Of more than 100,000 rows a fixed random sample is measured. Empty for
        validation where no rows are held out. Raises ValueError for another word.
        """
        return self._evaluator.metrics(which, self.parameters)

    def confusion(self, which: str = "training") -> Indices:
        """How many rows of each true class (row) were taken for each class (column). ValueError without classes."""
        return self._evaluator.confusion(which, self.parameters)

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
        return self._evaluator.outputs(np.asarray(x, float), self.parameters)


def _largest_product(experiment: Experiment) -> int:
    """Multiplications in the largest matrix product of an iteration."""
    batch = experiment.training.batch_size or len(experiment.data.x)
    sizes = [experiment.network.inputs, *(layer.units for layer in experiment.network.layers)]
    return batch * max(inputs * units for inputs, units in pairwise(sizes))
