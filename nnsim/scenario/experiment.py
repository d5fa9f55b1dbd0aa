"""From the checked tables of a file to what the engine compiles, and the checks that need both network and data."""

from typing import Any

import numpy as np
from msgspec import UNSET

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.spec import Data, Initialization, Layer, Network, Optimizer, Schedule, Training
from nnsim.scenario.errors import Mistakes, did_you_mean, listing, plural
from nnsim.scenario.schema import (
    MAX_NUMBERS,
    MAX_PARAMETERS,
    LayerTable,
    Matrix,
    NetworkTable,
    TrainingTable,
    Vector,
    below,
    check_value,
    name_and_options,
)

Shape = tuple[int, ...]
PROBABILITIES = ("sigmoid", "softmax")  # activations whose outputs a cross-entropy can take


def check_network(table: NetworkTable, loss: str, mistakes: Mistakes) -> None:
    """What can be wrong with a network whatever its data are."""
    names = [f"{letter}{layer}" for layer in range(1, len(table.layers) + 1) for letter in "Wb"]
    for index, name in enumerate(table.frozen):
        if name not in names:
            mistakes.name(f"network.frozen[{index}]", name, names)
    for name, value in table.weights.items():
        if name not in names:
            mistakes.add(below("network.weights", name), "unknown parameter", listing(names), did_you_mean(name, names))
        else:
            _check_numbers(name, value, mistakes)
    for index, layer in enumerate(table.layers):
        if layer.dropout and index == len(table.layers) - 1:
            place = f"network.layers[{index}].dropout"
            mistakes.add(
                place, f"found {layer.dropout} on the output layer", "0 there: dropout belongs to hidden layers"
            )
        if layer.activation == "softmax" and layer.units == 1:
            mistakes.add(f"network.layers[{index}].activation", "softmax of one unit is always 1", "two or more units")
    output = table.layers[-1].activation
    if loss.endswith("cross_entropy") and output not in PROBABILITIES:
        place = f"network.layers[{len(table.layers) - 1}].activation"
        mistakes.add(place, f"found {output} before {loss}", f"{listing(PROBABILITIES)}, which give probabilities")
    if loss == "categorical_cross_entropy" and table.layers[-1].units == 1:
        place = f"network.layers[{len(table.layers) - 1}].units"
        mistakes.add(place, "found 1", "two or more for categorical_cross_entropy, one for each class")


def _check_numbers(name: str, value: Any, mistakes: Mistakes) -> None:
    key = f"network.weights.{name}"
    before = len(mistakes.lines)
    check_value(Matrix if name.startswith("W") else Vector, value, key, mistakes)
    if len(mistakes.lines) == before and name.startswith("W"):
        for index, row in enumerate(value):
            if len(row) != len(value[0]):
                wrong = f"found {plural(len(row), 'number')}"
                mistakes.add(f"{key}[{index}]", wrong, f"{len(value[0])}, as in the first row")


def check_fit(network: NetworkTable, training: TrainingTable, data: Data, mistakes: Mistakes) -> None:
    """What can be wrong between the network and its data: sizes, and the shapes of given weights."""
    shapes = shapes_of(network.layers, data.x.shape[1])
    parameters = sum(int(np.prod(shape, dtype=object)) for shape in shapes.values())
    if parameters > MAX_PARAMETERS:
        mistakes.add("network.layers", f"found {parameters} weights and biases", f"up to {MAX_PARAMETERS}")
        return
    _check_batch(network, training, data, mistakes)
    _check_outputs(network, data, mistakes)
    for name, value in network.weights.items():
        given = (len(value), len(value[0])) if name.startswith("W") else (len(value),)
        if given != shapes[name]:
            kind = "inputs × units" if name.startswith("W") else "units"
            mistakes.add(f"network.weights.{name}", f"found {_times(given)}", f"{_times(shapes[name])} ({kind})")


def _check_batch(network: NetworkTable, training: TrainingTable, data: Data, mistakes: Mistakes) -> None:
    rows = _batch_size(training, data) or len(data.x)
    units = sum(layer.units for layer in network.layers)
    if rows * units > MAX_NUMBERS:
        counted = f"found batches of {plural(rows, 'row')} for {plural(units, 'unit')}"
        mistakes.add("training.batch_size", counted, f"up to {MAX_NUMBERS // units} rows in a batch")


def _check_outputs(network: NetworkTable, data: Data, mistakes: Mistakes) -> None:
    outputs, targets = network.layers[-1].units, len(data.target_names)
    if outputs != targets:
        columns = f"{plural(targets, 'target column')}: {listing(data.target_names)}"
        mistakes.add(f"network.layers[{len(network.layers) - 1}].units", f"found {outputs}", f"{targets} ({columns})")


def shapes_of(layers: list[LayerTable], inputs: int) -> dict[str, Shape]:
    """The shape of each parameter, by name."""
    shapes: dict[str, Shape] = {}
    for index, layer in enumerate(layers, 1):
        shapes |= {f"W{index}": (inputs, layer.units), f"b{index}": (layer.units,)}
        inputs = layer.units
    return shapes


def network_of(table: NetworkTable, data: Data) -> Network:
    weights = {name: np.array(value, dtype=np.float64) for name, value in table.weights.items()}
    for array in weights.values():
        array.flags.writeable = False
    return Network(
        inputs=data.x.shape[1],
        layers=tuple(map(_layer, table.layers)),
        weights=weights,
        frozen=frozenset(table.frozen),
    )


def _layer(table: LayerTable) -> Layer:
    init = ACTIVATIONS[table.activation].default_init if table.init is UNSET else table.init
    name, options = name_and_options(init)
    return Layer(
        units=table.units,
        activation=table.activation,
        init=Initialization(name=name, options=options),
        dropout=table.dropout,
    )


def training_of(table: TrainingTable, data: Data) -> Training:
    name, options = name_and_options(table.optimizer)
    schedule, schedule_options = name_and_options(table.schedule)
    return Training(
        loss=table.loss,
        optimizer=Optimizer(name=name, options=options),
        epochs=table.epochs,
        batch_size=_batch_size(table, data),
        shuffle=table.shuffle,
        l1=table.l1,
        l2=table.l2,
        clip_norm=table.clip_norm,
        clip_value=table.clip_value,
        schedule=Schedule(name=schedule, options=schedule_options),
        patience=None if table.patience is UNSET else table.patience,
        dtype=table.dtype,
    )


def _batch_size(table: TrainingTable, data: Data) -> int | None:
    """Never more than there are rows, so that nobody makes room for them."""
    return None if table.batch_size is UNSET else min(table.batch_size, len(data.x))


def _times(shape: Shape) -> str:
    return " × ".join(map(str, shape))
