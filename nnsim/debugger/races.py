"""Races: the same start under several values of the scenario's keys, side by side."""

import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

import numpy as np

from nnsim.debugger.landscape import plane
from nnsim.engine.initializers import INITIALIZERS
from nnsim.engine.metrics import Evaluator
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.schedules import SCHEDULES
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array
from nnsim.engine.stopping import Goal, Stop
from nnsim.scenario.commands import value
from nnsim.scenario.document import with_overrides
from nnsim.scenario.errors import ScenarioError, listing, plural
from nnsim.scenario.loading import Scenario, prepare_again, rebuild

MOST_RUNS = 24
MEMORY = 64 * 2**20  # bytes for the states of all runs
SLICE = 0.02  # seconds of one run before it is the next one's turn
REGISTRIES: dict[str, Mapping[str, Any]] = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "init": INITIALIZERS}
OWN_START = ("seed", ".init", "network.weights")  # keys that say themselves how training starts
SAME_LOSS = ("training.optimizer", "training.schedule", "training.batch_size")  # weights mean the same loss
RATES = (0.1, 0.3, 1, 3, 10)  # times the learning rate of the scenario
COMMON_OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")
COMMON_ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear")
COMMON_INITIALIZERS = ("xavier_normal", "he_normal", "normal", "zeros")
STATES = 24  # of each run's path on the map
GRID, MARGIN = (33, 21), 0.15
WORK, FEWEST_ROWS, MOST_ROWS = 1e9, 32, 500  # multiplications for a map, which bound the rows that it is measured on

Values = Mapping[str, object]


@dataclass(eq=False)
class Run:
    """One of the trainings. values: what is varied; stopped: why it has ended."""

    values: Values
    sim: Simulation
    goal: Goal
    own_start: bool
    stopped: Stop | None = None

    @property
    def label(self) -> str:
        """adam, or adam 0.1: the values in the order of the keys."""
        return "  ".join(map(str, self.values.values()))

    @property
    def losses(self) -> Array:
        return self.sim.losses

    def curve(self, places: int) -> tuple[Array, Array]:
        """Its losses at so many iterations at the most; where an epoch has several batches, means over whole epochs."""
        losses, per_epoch, start = self.losses, self.sim.iterations_per_epoch, self.sim.start
        first, epochs = -(-start // per_epoch), len(losses) // per_epoch
        if per_epoch == 1 or epochs - first < 2:
            at = np.unique(np.linspace(start, len(losses) - 1, places).astype(np.intp))
            return at.astype(float), losses[at]
        ends = np.unique(np.linspace(first, epochs, min(places, epochs - first) + 1).astype(np.intp)) * per_epoch
        sums = np.add.reduceat(losses[: ends[-1]], ends[:-1])
        return ends[1:] - 1.0, sums / np.diff(ends)

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        start = self.sim.start
        return 1.0 if self.stopped else (self.sim.iteration - start) / max(self.goal.stop - start, 1)

    def metrics(self, which: str) -> dict[str, float]:
        """How good it is now, of "training" or "validation" rows."""
        with np.errstate(all="ignore"):
            return self.sim.metrics(which)


@dataclass(frozen=True)
class Choice:
    """Something to vary, in words, and the values to try."""

    title: str
    vary: Mapping[str, Sequence[object]]


def choices(scenario: Scenario) -> list[Choice]:
    """What a race may be about: values around those of the scenario, and other names."""
    training, layers, document = scenario.training, scenario.network.layers, scenario.document
    rate = Simulation(scenario, 1).program.options["learning_rate"]
    rates = [float(f"{rate * factor:.3g}") for factor in RATES]
    found = [
        Choice("optimizer", {"training.optimizer.name": first_of(training.optimizer.name, COMMON_OPTIMIZERS)}),
        Choice("learning rate", {"training.optimizer.learning_rate": rates}),
    ]
    if len(layers) > 1:
        hidden, init = layers[0], layers[0].init.name
        activations = first_of(hidden.activation, COMMON_ACTIVATIONS)
        units = sorted({max(1, hidden.units // 2), hidden.units, 2 * hidden.units, 4 * hidden.units})
        found += [
            Choice("activation of layer 1", {"network.layers.0.activation": activations}),
            Choice("units of layer 1", {"network.layers.0.units": units}),
            Choice("start weights of layer 1", {"network.layers.0.init.name": first_of(init, COMMON_INITIALIZERS)}),
        ]
    rows = len(scenario.data.x)
    sizes = [size for size in (1, 8, 32, 128) if size < rows]
    if sizes and rows > 8:
        found.append(Choice("batch size", {"training.batch_size": [*sizes, rows]}))
    seeds = [scenario.seed + step for step in range(5)]
    penalties = [0.0, 0.0001, 0.001, 0.01, 0.1]
    found += [Choice("seed", {"seed": seeds}), Choice("penalty l2", {"training.l2": penalties})]
    return [choice for choice in found if _fits(document, choice)]


def listed(text: str) -> list[object]:
    """The values that a person has typed, between commas, as in a scenario file; names need no quotes.

    Raises ValueError where there is none, or one stands there twice.
    """
    try:
        values: list[object] = tomllib.loads(f"values = [{text}]")["values"]
    except tomllib.TOMLDecodeError:
        values = [value(each.strip()) for each in text.split(",") if each.strip()]
    if not values:
        raise ValueError("found no value")
    if len({repr(each) for each in values}) < len(values):
        raise ValueError("a value stands there twice")
    return values


def first_of(name: str, names: Sequence[str]) -> list[object]:
    """The names, this one first."""
    return list(dict.fromkeys([name, *names]))


def _fits(document: Mapping[str, Any], choice: Choice) -> bool:
    """Given start weights leave nothing to choose in shapes and initializers."""
    given = bool(document["network"].get("weights"))
    return not (given and any("units" in key or ".init" in key for key in choice.vary))


class Race:
    """Trains a scenario once for each combination of values, by turns."""

    def __init__(
        self,
        scenario: Scenario,
        vary: Mapping[str, Sequence[object]],
        iterations: int | None = None,
        memory: int = MEMORY,
    ) -> None:
        """vary: dotted keys and the values that each takes; iterations: None for as many as each has planned.

        memory: bytes for the states of all runs together.
        Raises ScenarioError, with one line for each mistake.
        """
        self.scenario, self.vary = scenario, vary
        count = prod(len(values) for values in vary.values())
        if not 2 <= count <= MOST_RUNS:
            raise ScenarioError([f"found {plural(count, 'run')} to compare; allowed: 2 to {MOST_RUNS}"])
        self.notes: list[str] = []
        self.runs = list(self._runs(iterations, memory // count))
        self._note_starts()

    def _runs(self, iterations: int | None, memory: int) -> Iterator[Run]:
        starts: dict[object, Mapping[str, Array]] = {}
        for combination in product(*self.vary.values()):
            values = dict(zip(self.vary, combination, strict=True))
            scenario = self._scenario(values)
            first = Simulation(scenario, memory)
            weights = _start(first)
            start = starts.setdefault(repr([value for key, value in values.items() if _own(key)]), weights)
            own = _shapes(start) != _shapes(weights)
            if not own and any(not np.array_equal(start[name], weights[name]) for name in start):
                first = Simulation(replace(scenario, network=replace(scenario.network, weights=start)), memory)
            yield Run(values, first, Goal(first, iterations=iterations), own)

    def _scenario(self, values: Values) -> Scenario:
        """The scenario with these values; a new optimizer takes no options that it does not have."""
        document = dict(self.scenario.document)
        named = {_full(key, value): value for key, value in values.items()}
        try:
            for key in sorted(named, key=lambda key: not key.endswith(".name")):
                change = self._named(document, key, named[key]) if key.endswith(".name") else {key: named[key]}
                document = with_overrides(document, change, "")
            return rebuild(self.scenario, document, prepare_again(self.scenario, document))
        except ScenarioError as error:
            told = ", ".join(f"{key} = {value}" for key, value in values.items())
            mistakes = [mistake.lstrip(": ") for mistake in error.mistakes]
            known = tuple(f"{key}: " for key in values)  # what `told` says already
            shorter = [each.partition(": ")[2] if each.startswith(known) else each for each in mistakes]
            raise ScenarioError([f"{told}: {each}" for each in shorter]) from None

    def _named(self, document: Mapping[str, Any], key: str, name: object) -> dict[str, Any]:
        """Another optimizer, schedule or initializer, with those options of the old one that it has too."""
        above = key.removesuffix(".name")
        registry = REGISTRIES.get(above.rpartition(".")[2], {})
        before = _at(document, above)
        if not isinstance(name, str) or name not in registry or not isinstance(before, dict | str):
            return {key: name}
        table = {"name": before} if isinstance(before, str) else before
        kept = {option: value for option, value in table.items() if option in registry[name].defaults}
        dropped = [option for option in table if option not in kept and option != "name"]
        if dropped:
            self._note(f"{name} has no {listing(dropped)}: left out there")
        if registry is OPTIMIZERS and "learning_rate" not in kept:
            rate = Simulation(self.scenario, 1).program.options["learning_rate"]
            kept["learning_rate"] = rate
        if registry is OPTIMIZERS and not any(each.endswith(".learning_rate") for each in self.vary):
            self._note(f"the learning rate is {kept['learning_rate']:g} for all, as in the scenario")
        return {above: {"name": name, **kept}}

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _note_starts(self) -> None:
        own = [run.label for run in self.runs if run.own_start]
        keys = [key for key in self.vary if _own(key)]
        if keys:
            self._note(f"each {listing(keys)} has start weights of its own")
        if own:
            self._note(f"other shapes, so start weights of their own: {listing(own)}")
        if not keys and not own:
            self._note("all start from the same weights")
        if not self.comparable:
            self._note("their losses measure different things: none is the lowest")

    @property
    def comparable(self) -> bool:
        """Whether the losses of the runs measure the same."""
        return not any(key == "training.loss" or key.startswith("data") for key in self.vary)

    @property
    def same_loss(self) -> bool:
        """Whether the same weights have the same loss in all runs."""
        return all(key.startswith(SAME_LOSS) for key in self.vary)

    @property
    def done(self) -> bool:
        return all(run.stopped for run in self.runs)

    @property
    def share(self) -> float:
        """How much of all is done, from 0 to 1."""
        return sum(run.share for run in self.runs) / len(self.runs)

    def advance(self, seconds: float) -> bool:
        """Trains for about so long, those that are behind first. Whether all are done."""
        end = time.monotonic() + seconds
        while not self.done and time.monotonic() < end:
            last = min((run for run in self.runs if not run.stopped), key=lambda run: run.share)
            last.stopped = last.goal.advance(min(SLICE, seconds))
        return self.done


@dataclass(frozen=True)
class Map:
    """The loss over the plane in which the runs of a race move most, the shared start at (0, 0).

    across, up, losses: (len(up), len(across)) of the first run's network. paths: (places, 2) of each run.
    share: of the squared distances that the plane shows. shared: whether those are the losses of all runs.
    """

    across: Array
    up: Array
    losses: Array
    paths: tuple[Array, ...]
    share: float
    shared: bool


def survey(race: Race) -> Map | None:
    """The runs on one map, as far as they have come; None where their parameters do not have one shape."""
    states = [_path(run) for run in race.runs]
    start = states[0][0]
    if any(path.shape[1] != len(start) or not np.array_equal(path[0], start) for path in states):
        return None
    finite = [path[np.isfinite(path).all(axis=1)] - start for path in states]
    axes, share = plane(np.concatenate(finite), np.zeros_like(start))
    paths = tuple(path @ axes.T for path in finite)
    across, up = (_places(np.concatenate(paths)[:, axis], count) for axis, count in enumerate(GRID))
    data, evaluator = race.runs[0].sim.experiment.data, Evaluator(race.runs[0].sim.experiment)
    most = int(np.clip(WORK / (len(start) * GRID[0] * GRID[1]), FEWEST_ROWS, MOST_ROWS))
    rows = slice(None, None, max(1, -(-len(data.x) // most)))
    points = [[(a, b) for a in across] for b in up]
    losses = [
        [evaluator.evaluate(start + a * axes[0] + b * axes[1], data.x[rows], data.y[rows])[0] for a, b in row]
        for row in points
    ]
    return Map(across, up, np.array(losses), paths, share, race.same_loss)


def _path(run: Run) -> Array:
    """The parameters at places of a run, from its start to where it is: (places, parameters)."""
    here, sim = run.sim.iteration, run.sim
    places = sorted({round(place) for place in np.linspace(sim.start, here, STATES)})
    parameters = sim.program.layout.parameters
    states = []
    for place in places:
        sim.seek(place)
        states.append(sim.parameters)
    sim.seek(here)
    return np.array(states).reshape(len(places), parameters)


def _places(path: Array, count: int) -> Array:
    low, high = min(0.0, float(path.min())), max(0.0, float(path.max()))
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, count)


def heads(vary: Mapping[str, object]) -> list[str]:
    """What the varied keys are called above their values: their last part, where that tells them apart."""
    short = [key.removesuffix(".name").rpartition(".")[2] for key in vary]
    return short if len(set(short)) == len(short) else list(vary)


def _start(sim: Simulation) -> Mapping[str, Array]:
    """The parameters that a training starts from, by name."""
    frame = sim.frame
    names = [f"{letter}{k}" for k in range(1, len(sim.experiment.network.layers) + 1) for letter in "Wb"]
    return {name: frame[name] for name in names}


def _shapes(start: Mapping[str, Array]) -> dict[str, tuple[int, ...]]:
    return {name: values.shape for name, values in start.items()}


def _full(key: str, value: object) -> str:
    """training.optimizer, where a name is its value, means training.optimizer.name."""
    return f"{key}.name" if isinstance(value, str) and key.rpartition(".")[2] in REGISTRIES else key


def _own(key: str) -> bool:
    return any(part in key for part in OWN_START)


def _at(document: Any, key: str) -> Any:
    """What stands at a dotted key; None where nothing does."""
    for part in key.replace("[", ".").replace("]", "").split("."):
        if isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        elif isinstance(document, dict):
            document = document.get(part)
        else:
            return None
    return document
