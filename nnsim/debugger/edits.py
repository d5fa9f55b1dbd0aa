"""Edits as people type them, `W1[0,2] = 0.5` or `optimizer = adam`, and the simulation that follows from one."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, TypeVar, cast

import numpy as np

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.expressions import Constant, Node
from nnsim.engine.fork import Element
from nnsim.engine.notation import number
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Data, Experiment, Optimizer
from nnsim.scenario.errors import did_you_mean, found, listing
from nnsim.scenario.experiment import PROBABILITIES
from nnsim.scenario.schema import RANGES

_MOMENT = re.compile(r"(.*?)@\s*(\d{1,15})\s*", re.DOTALL)
_LAYER = re.compile(r"layer\s*(\d{1,4})[\s.]+([a-z]\w*)", re.IGNORECASE)
_ELEMENT = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*)\s*(?:\[(.*)\])?", re.DOTALL)
_RATE = {"α", "alpha", "lr"}  # what the learning rate is also called
KINDS = "a number such as W1[0,2], learning_rate, optimizer, layer 1 activation, layer 1 h2"

Name = TypeVar("Name")


class EditError(ValueError):
    """What is wrong with an edit, in one line."""


@dataclass(frozen=True)
class Request:
    """An edit as it was typed. target: empty for the number that is chosen. iteration: None for the cursor's."""

    target: str
    value: str
    iteration: int | None = None


@dataclass(frozen=True)
class Change:
    """What an edit does to a simulation. target and value are written so that they can be read again anywhere.

    told: the same in words, where these say it better.
    """

    target: str
    value: str
    numbers: Mapping[Element, float] = field(default_factory=dict)
    experiment: Experiment | None = None
    held: frozenset[Element] = frozenset()
    told: str = ""

    def word(self, iteration: int) -> str:
        """For the command line: W1[0,2]=0.5@250."""
        return f"{self.target}={self.value}@{iteration}"

    def __str__(self) -> str:
        return self.told or f"{self.target} = {self.value}"


def read(text: str) -> Request:
    """Takes an edit apart. Raises EditError where there is nothing in it, or a word alone that is no number."""
    text = " ".join(text.split())
    moment = _MOMENT.fullmatch(text)
    rest, iteration = (moment[1], int(moment[2])) if moment else (text, None)
    target, equals, value = rest.rpartition("=")
    if not value.strip() or (equals and not target.strip()):
        raise EditError(f"found {found(text)}; allowed: a number, or what is to change = its value: {KINDS}")
    if not equals:
        _check_alone(value)
    return Request(target.strip(), value.strip(), iteration)


def _check_alone(text: str) -> None:
    """Where it is no number, names the setting that it may have been meant for."""
    try:
        parse_number(text)
    except EditError as error:
        name = text.strip().lower()
        setting = f"optimizer = {name}" if name in OPTIMIZERS else "learning_rate = 0.1"
        setting = f"layer 1 activation = {name}" if name in ACTIVATIONS else setting
        raise EditError(f"{error}, or a setting such as {setting}") from None


def change(sim: Simulation, target: str, value: str) -> Change:
    """What an edit does at the iteration that a simulation stands at. Raises EditError."""
    name = target.replace(" ", "_").lower()
    name = "learning_rate" if name in _RATE and name not in sim.frame else name
    layer = _LAYER.fullmatch(target)
    if name == "optimizer":
        return _optimizer(sim, value)
    if name in sim.program.options or any(name in each.defaults for each in OPTIMIZERS.values()):
        return _option(sim, name, value)
    if layer and layer[2].lower() == "activation":
        return _activation(sim, int(layer[1]), value)
    if layer:
        return silenced(sim, *_unit(sim, int(layer[1]), layer[2]), value)
    tensor, index = element(sim, target)
    return _number(sim, tensor, index, value)


def element(sim: Simulation, target: str) -> Element:
    """The number of the frame that a text such as W1[0,2], W₁[0,2] or z1[#17,h2] names. Raises EditError."""
    written, bracket, rest = target.partition("[")
    names = {each.symbol: each.name for each in sim.program.layout.values()}
    parts = _ELEMENT.fullmatch(names.get(written.strip(), written) + bracket + rest)
    if parts is None or parts[1] not in sim.frame:
        known = [name for name in sim.frame if "." not in name]
        hint = did_you_mean(parts[1] if parts else target, list(sim.frame))
        tensors = f"; tensors are {listing(known)}" if bracket or any(map(str.isdecimal, written)) else ""
        raise _wrong(f"there is no {found(target)}", f"{KINDS}{tensors}", hint)
    tensor = parts[1]
    shape, places = sim.frame[tensor].shape, [each.strip() for each in (parts[2] or "").split(",") if each.strip()]
    if len(places) != len(shape):
        example = f"{tensor}[{','.join('0' for _ in shape)}]" if shape else f"{tensor} alone"
        counts = f"{_counted(len(shape), 'axis', 'axes')}, found {_counted(len(places), 'index', 'indices')}"
        raise _wrong(f"{tensor} has {counts}", f"one number, such as {example}")
    return tensor, tuple(_place(sim, tensor, axis, text) for axis, text in enumerate(places))


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _place(sim: Simulation, tensor: str, axis: int, text: str) -> int:
    names = sim.frame.axis_names(tensor, axis)
    if text in names:
        return names.index(text)
    if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < len(names):
        return int(text)
    raise _wrong(f"{tensor} has no {found(text)} on axis {axis}", f"0 to {len(names) - 1}, or {listing(names)}")


def parse_number(text: str) -> float:
    """0.5, −3, 1e-4, 0,5 or 1/3. Raises EditError where it is none, or not finite."""
    plain = text.strip().replace("−", "-")
    plain = plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain
    above, slash, below = plain.partition("/")
    try:
        value = float(above) / float(below) if slash else float(plain)
    except (ValueError, ZeroDivisionError):
        raise _wrong(f"{found(text)} is not a number", "a number such as 0.5, −3, 1/4 or 1e-4") from None
    if not isfinite(value):
        raise _wrong(f"found {found(text)}", "a finite number")
    return value


def _number(sim: Simulation, tensor: str, index: tuple[int, ...], text: str) -> Change:
    with np.errstate(over="ignore"):
        value = float(sim.program.dtype.type(parse_number(text)))
    if not isfinite(value):
        raise _wrong(f"{found(text)} is too large", f"what {sim.program.dtype} can hold")
    target = f"{tensor}[{','.join(map(str, index))}]" if index else tensor
    if tensor not in ("x", "y"):
        return Change(target, repr(value), {(tensor, index): value})
    if tensor == "y" and sim.experiment.training.loss.endswith("cross_entropy") and not 0 <= value <= 1:
        raise _wrong(f"found {found(text)} for a target of {sim.experiment.training.loss}", "a number from 0 to 1")
    data = _with_cell(sim, tensor, index, value)
    return Change(target, repr(value), experiment=_with(sim.experiment, data=data))


def _with_cell(sim: Simulation, tensor: str, index: tuple[int, ...], value: float) -> Data:
    """The training data with one input or target of a row replaced: whenever that row comes up from now on."""
    data, frame = sim.experiment.data, sim.frame
    source = int(frame.rows[index[0]])
    row = int(np.flatnonzero(data.rows == source)[0])
    array = (data.x if tensor == "x" else data.y).copy()
    array[row, index[1]] = value
    array.flags.writeable = False
    told = _Replaced(data.origin, (tensor, source, index[1]), value, float(frame[tensor][index]), sim.iteration)
    return replace(data, x=array, origin=told) if tensor == "x" else replace(data, y=array, origin=told)


@dataclass(frozen=True, eq=False)
class _Replaced:
    """Tells how numbers of the data came about, one of which was set by hand."""

    others: Callable[[str, int, int], tuple[str, Node | None] | None] | None
    place: tuple[str, int, int]
    value: float
    before: float
    iteration: int

    def __call__(self, tensor: str, row: int, column: int) -> tuple[str, Node | None] | None:
        if (tensor, row, column) == self.place:
            note = f"set by hand from iteration {self.iteration} on, in place of {number(self.before)}"
            return note, Constant(self.value)
        return self.others(tensor, row, column) if self.others else None


def by_hand(sim: Simulation) -> frozenset[Element]:
    """The numbers of its frame that were set by hand, its data included, or are held."""
    found = set(sim.fork.by_hand(sim.iteration)) if sim.fork else set()
    told = sim.experiment.data.origin
    while isinstance(told, _Replaced):
        tensor, source, column = told.place
        found |= {(tensor, (int(row), column)) for row in np.flatnonzero(sim.frame.rows == source)}
        told = told.others
    return frozenset(found)


def _option(sim: Simulation, name: str, text: str) -> Change:
    training = sim.experiment.training
    if name not in sim.program.options:
        raise _wrong(f"{training.optimizer.name} has no {name}", listing(sim.program.options))
    value = parse_number(text)
    if name in RANGES and not RANGES[name].holds(value):
        raise _wrong(f"found {found(text)} for {name}", RANGES[name].allowed)
    optimizer = replace(training.optimizer, options={**training.optimizer.options, name: value})
    return Change(name, repr(value), experiment=_with(sim.experiment, training=replace(training, optimizer=optimizer)))


def _optimizer(sim: Simulation, text: str) -> Change:
    """Another optimizer with the same learning rate, and whatever options both have."""
    name, training = _named(text, OPTIMIZERS), sim.experiment.training
    rate = {"learning_rate": sim.program.options["learning_rate"]}
    options = {key: each for key, each in training.optimizer.options.items() if key in OPTIMIZERS[name].defaults}
    changed = replace(training, optimizer=Optimizer(name=name, options={**options, **rate}))
    return Change("optimizer", name, experiment=_with(sim.experiment, training=changed))


def _activation(sim: Simulation, layer: int, text: str) -> Change:
    network = sim.experiment.network
    count, loss = len(network.layers), sim.experiment.training.loss
    if not 1 <= layer <= count:
        raise _wrong(f"there is no layer {layer}", f"1 to {count}")
    name = _named(text, ACTIVATIONS)
    if layer == count and loss.endswith("cross_entropy") and name not in PROBABILITIES:
        raise _wrong(f"found {name} before {loss}", f"{listing(PROBABILITIES)}, which give probabilities")
    if name == "softmax" and network.layers[layer - 1].units == 1:
        raise _wrong("softmax of one unit is always 1", "an activation that is not softmax")
    layers = [replace(each, activation=name) if k == layer else each for k, each in enumerate(network.layers, 1)]
    changed = _with(sim.experiment, network=replace(network, layers=tuple(layers)))
    told = f"layer {layer} activation = {name}"
    return Change(f"layer{layer}.activation", name, experiment=changed, told=told)


def _unit(sim: Simulation, layer: int, name: str) -> tuple[int, int]:
    layers = sim.experiment.network.layers
    if not 1 <= layer < len(layers):
        raise _wrong(f"layer {layer} is not hidden", f"1 to {len(layers) - 1}" if len(layers) > 1 else "no layer is")
    names = sim.program.layout[f"a{layer}"].axes[1].names
    if name not in names:
        raise _wrong(f"layer {layer} has no {found(name)}", f"activation, or a unit: {listing(names)}")
    return layer, names.index(name)


def silenced(sim: Simulation, layer: int, unit: int, text: str = "0") -> Change:
    """Silences a hidden unit: the weights from it to the next layer are 0 and stay 0."""
    if parse_number(text) != 0:
        raise _wrong(f"found {found(text)}: a unit can only be silenced", "0")
    elements = outgoing(sim, layer, unit)
    name = sim.program.layout[f"a{layer}"].axes[1].names[unit]
    told = f"{name} of layer {layer} silenced"
    return Change(f"layer{layer}.{name}", "0", dict.fromkeys(elements, 0.0), held=frozenset(elements), told=told)


def outgoing(sim: Simulation, layer: int, unit: int) -> list[Element]:
    """The weights from a hidden unit to the units of the next layer."""
    units = sim.program.layout.layers[layer][1]
    return [(f"W{layer + 1}", (unit, after)) for after in range(units)]


def _named(text: str, registry: Mapping[str, Name]) -> str:
    name = text.strip().strip("\"'").lower()
    if name not in registry:
        raise _wrong(f"there is no {found(text)}", listing(registry), did_you_mean(text, registry))
    return name


def _with(experiment: Experiment, **parts: Any) -> Experiment:
    """The experiment, whatever dataclass it is, with parts replaced."""
    return cast(Experiment, replace(cast(Any, experiment), **parts))


def _wrong(what: str, allowed: str, hint: str = "") -> EditError:
    return EditError("; ".join(filter(None, [what, f"allowed: {allowed}", hint])))
