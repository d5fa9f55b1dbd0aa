"""The networks that are measured, as experiments for nnsim and as loops written by hand."""

from dataclasses import dataclass

import numpy as np

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Data, Initialization, Layer, Network, Optimizer, Training
from tests.benchmarks.handwritten import LEARNING_RATE, Loop
from tests.experiments import Experiment


@dataclass(frozen=True)
class Net:
    name: str
    sizes: list[int]
    hidden: str
    output: str
    batch: int
    rows: int


NETS = [
    Net("2-4-1 tanh/sigmoid, batch 4", [2, 4, 1], "tanh", "sigmoid", 4, 4),
    Net("10-16-8-1 relu/sigmoid, batch 32", [10, 16, 8, 1], "relu", "sigmoid", 32, 1024),
    Net("64-32-10 relu/softmax, batch 32", [64, 32, 10], "relu", "softmax", 32, 1792),
    Net("784-128-64-10 relu/softmax, batch 128", [784, 128, 64, 10], "relu", "softmax", 128, 4096),
]


def data_of(net: Net) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(net.rows, net.sizes[0]))
    if net.output == "sigmoid":
        return x, rng.integers(0, 2, (net.rows, 1)).astype(float)
    return x, np.eye(net.sizes[-1])[rng.integers(0, net.sizes[-1], net.rows)]


def experiment(net: Net, optimizer: str) -> Experiment:
    x, y = data_of(net)
    activations = [net.hidden] * (len(net.sizes) - 2) + [net.output]
    layers = tuple(
        Layer(units=units, activation=name, init=Initialization(name=ACTIVATIONS[name].default_init))
        for units, name in zip(net.sizes[1:], activations, strict=True)
    )
    loss = "binary_cross_entropy" if net.output == "sigmoid" else "categorical_cross_entropy"
    return Experiment(
        Network(inputs=net.sizes[0], layers=layers),
        Training(
            loss=loss,
            optimizer=Optimizer(name=optimizer, options={"learning_rate": LEARNING_RATE}),
            epochs=10,
            batch_size=net.batch,
        ),
        Data(
            x=x,
            y=y,
            x_validation=x[:0],
            y_validation=y[:0],
            input_names=tuple(f"x{i}" for i in range(net.sizes[0])),
            target_names=tuple(f"y{i}" for i in range(net.sizes[-1])),
            rows=np.arange(net.rows),
            rows_validation=np.arange(0),
        ),
        0,
    )


def simulation(net: Net, optimizer: str, memory: int = 256 * 2**20) -> Simulation:
    return Simulation(experiment(net, optimizer), memory)


def loop(net: Net, optimizer: str) -> Loop:
    x, y = data_of(net)
    return Loop(net.sizes, net.hidden, net.output, x, y, net.batch, optimizer == "adam")
