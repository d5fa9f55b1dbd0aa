"""Races from here: the same weights, in the middle of a training, go on under several values."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from nnsim.debugger.edits import EditError, change
from nnsim.debugger.races import COMMON_ACTIVATIONS, COMMON_OPTIMIZERS, MEMORY, RATES, Choice, Race, Run, first_of
from nnsim.engine.simulation import Simulation
from nnsim.engine.stopping import Goal
from nnsim.scenario.errors import ScenarioError
from nnsim.scenario.loading import Scenario


def choices_onward(sim: Simulation) -> list[Choice]:
    """What may be otherwise from the iteration on that a simulation stands at."""
    training, layers = sim.experiment.training, sim.experiment.network.layers
    rate = sim.program.options["learning_rate"]
    found = [
        Choice("optimizer", {"optimizer": first_of(training.optimizer.name, COMMON_OPTIMIZERS)}),
        Choice("learning rate", {"learning_rate": [float(f"{rate * factor:.3g}") for factor in RATES]}),
    ]
    if len(layers) > 1:
        names = first_of(layers[0].activation, COMMON_ACTIVATIONS)
        found.append(Choice("activation of layer 1", {"layer1.activation": names}))
    return found


class RaceOnward(Race):
    """Each run begins where a simulation stands, with its weights and one edit a key. The simulation stays there."""

    def __init__(
        self, sim: Simulation, scenario: Scenario, vary: Mapping[str, Sequence[object]], memory: int = MEMORY
    ) -> None:
        """vary: what `edits.change` takes, and the values. Raises ScenarioError where that cannot be."""
        self._sim = sim
        super().__init__(scenario, vary, memory=memory)

    def _runs(self, iterations: int | None, memory: int) -> Iterator[Run]:
        for combination in product(*self.vary.values()):
            values = dict(zip(self.vary, combination, strict=True))
            begun = self._begun(values)
            begun.limit(memory)
            goal = Goal(begun, iterations=iterations)
            if begun.start >= goal.stop - 1:
                raise ScenarioError([f"training ends at iteration {goal.stop - 1:,}: nothing is left to race for here"])
            yield Run(values, begun, goal, own_start=False)

    def _begun(self, values: Mapping[str, object]) -> Simulation:
        sim = self._sim
        for key, value in values.items():
            try:
                made = change(sim, key, str(value))
            except EditError as error:
                raise ScenarioError([f"{key} = {value}: {error}"]) from None
            sim = sim.branch(made.numbers, made.experiment, made.held)
        return sim

    def _note_starts(self) -> None:
        self._note(f"all go on from the weights of iteration {self._sim.iteration:,}")
        if "optimizer" in self.vary:
            rate = self._sim.program.options["learning_rate"]
            self._note(f"another optimizer begins with an empty memory; the learning rate is {rate:g} for all")

    @property
    def same_loss(self) -> bool:
        return not any("activation" in key for key in self.vary)
