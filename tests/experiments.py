"""Small experiments with random data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.spec import Array, Data, Initialization, Layer, Network, Optimizer, Training


@dataclass(frozen=True)
class Experiment:
    network: Network
    training: Training
    data: Data
    seed: int


def make_experiment(
    layers: str = "3 tanh, 1 sigmoid",
    loss: str = "binary_cross_entropy",
    optimizer: str = "sgd",
    options: Mapping[str, float] | None = None,
    rows: int = 6,
    inputs: int = 2,
    batch_size: int | None = None,
    seed: int = 0,
    weights: Mapping[str, Array] | None = None,
    frozen: frozenset[str] = frozenset(),
    **training: Any,
) -> Experiment:
    """Random data for a network written as "3 tanh, 1 sigmoid"; targets fit the loss."""
    rng = np.random.default_rng(seed)
    built = tuple(_layer(text) for text in layers.split(","))
    outputs = built[-1].units
    x = rng.normal(size=(rows, inputs))
    y: Array = rng.normal(size=(rows, outputs))
    if loss == "binary_cross_entropy":
        y = rng.integers(0, 2, (rows, outputs)).astype(float)
    if loss == "categorical_cross_entropy":
        y = np.eye(outputs)[rng.integers(0, outputs, rows)]
    data = Data(
        x=x,
        y=y,
        x_validation=x[:0],
        y_validation=y[:0],
        input_names=tuple(f"x{i}" for i in range(1, inputs + 1)),
        target_names=tuple(f"y{i}" for i in range(1, outputs + 1)),
        rows=np.arange(rows),
        rows_validation=np.arange(0),
    )
    return Experiment(
        Network(inputs=inputs, layers=built, weights=weights or {}, frozen=frozen),
        Training(
            loss=loss,
            optimizer=Optimizer(name=optimizer, options={"learning_rate": 0.1, **(options or {})}),
            epochs=10,
            batch_size=batch_size,
            **training,
        ),
        data,
        seed,
    )


def _layer(text: str) -> Layer:
    units, activation = text.split()
    init = Initialization(name=ACTIVATIONS[activation].default_init)
    return Layer(units=int(units), activation=activation, init=init)
