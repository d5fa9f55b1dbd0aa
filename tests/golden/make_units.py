"""units.json: small networks that together use every activation, loss, optimizer and way of training, by PyTorch.

Each case stores its inputs plainly (start values, x, y), so a test needs nothing else to repeat it.

    python tests/golden/make_units.py
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import torch
from make_golden import ACTIVATIONS, CONSTANT, HERE, OPTIMIZERS, Array, Model, Table, Trainer, write

ITERATIONS = 3
DIGITS = 13
FEW = ((2, "tanh"), (1, "linear"))  # layers enough for what only concerns the update


@dataclass(frozen=True, kw_only=True)
class Case:
    """`inputs`, then (units, activation) of each layer; `fixed` replaces drawn start values, x or y.

    `dropout` is one share a layer. The batch is full, so `iterations` is also the number of epochs.
    """

    name: str
    layers: tuple[tuple[int, str], ...]
    loss: str = "mean_squared_error"
    optimizer: str = "sgd"
    options: Mapping[str, float] = field(default_factory=lambda: {"learning_rate": 0.1})
    l1: float = 0.0
    l2: float = 0.0
    inputs: int = 3
    batch: int = 3
    fixed: Mapping[str, Array] = field(default_factory=dict)
    dropout: tuple[float, ...] = ()
    frozen: tuple[str, ...] = ()
    clip_norm: float = 0.0
    clip_value: float = 0.0
    schedule: Mapping[str, Any] = field(default_factory=lambda: CONSTANT)
    iterations: int = ITERATIONS


def net(*activations: str) -> tuple[tuple[int, str], ...]:
    """The usual 3-4-2 network."""
    hidden, output = activations
    return (4, hidden), (2, output)


def activation_cases() -> Iterator[Case]:
    for activation in ACTIVATIONS:
        yield Case(name=f"hidden {activation}", layers=net(activation, "linear"))
        yield Case(name=f"output {activation}", layers=net("tanh", activation))


def loss_cases() -> Iterator[Case]:
    bce, cce = "binary_cross_entropy", "categorical_cross_entropy"
    yield Case(name="binary_cross_entropy, 1 output", layers=((4, "tanh"), (1, "sigmoid")), loss=bce)
    yield Case(name="binary_cross_entropy, 2 outputs", layers=net("relu", "sigmoid"), loss=bce)
    yield Case(name="categorical_cross_entropy, 2 outputs", layers=net("tanh", "softmax"), loss=cce)
    yield Case(name="categorical_cross_entropy, 4 outputs", layers=((4, "silu"), (4, "softmax")), loss=cce)
    for loss in ("mean_absolute_error", "half_squared_error", "huber"):
        yield Case(name=f"{loss}, 1 output", layers=((4, "tanh"), (1, "linear")), loss=loss)
        yield Case(name=f"{loss}, 2 outputs", layers=net("sigmoid", "linear"), loss=loss)
    far = {"y": np.array([[0.25, -3.0], [4.0, 0.1], [-0.2, 2.5]])}
    yield Case(name="huber, far targets", layers=net("tanh", "linear"), loss="huber", fixed=far)


def optimizer_cases() -> Iterator[Case]:
    """PyTorch's defaults, then other options; a large epsilon shows where it stands."""
    others: dict[str, list[Mapping[str, float]]] = {
        "sgd": [{"learning_rate": 0.05, "weight_decay": 0.1}],
        "momentum": [{"momentum": 0.9}, {"learning_rate": 0.05, "momentum": 0.5, "weight_decay": 0.1}],
        "nesterov": [{"momentum": 0.9}, {"learning_rate": 0.05, "momentum": 0.5, "weight_decay": 0.1}],
        "adagrad": [{"learning_rate": 0.1, "epsilon": 0.1}, {"weight_decay": 0.1}],
        "rmsprop": [{"learning_rate": 0.05, "decay": 0.9, "epsilon": 0.1}, {"weight_decay": 0.1}],
        "adadelta": [{"learning_rate": 0.5, "decay": 0.8, "epsilon": 0.1}, {"weight_decay": 0.1}],
        "adam": [{"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.1}, {"weight_decay": 0.1}],
        "adamw": [{"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.1, "weight_decay": 0.1}],
    }
    for optimizer in OPTIMIZERS:
        for options in [{}, *others[optimizer]]:
            told = ", ".join(f"{key} {value}" for key, value in options.items())
            name = f"{optimizer}, {told or 'defaults'}"
            yield Case(name=name, layers=net("tanh", "linear"), optimizer=optimizer, options=options)


def penalty_cases() -> Iterator[Case]:
    layers = net("tanh", "linear")
    yield Case(name="l1", layers=layers, l1=0.01)
    yield Case(name="l2", layers=layers, l2=0.1)
    yield Case(name="l1 and l2", layers=layers, l1=0.02, l2=0.05)
    logistic = ((1, "sigmoid"),)
    yield Case(name="l2, binary_cross_entropy", layers=logistic, loss="binary_cross_entropy", l2=0.1)
    yield Case(
        name="l1 and l2, adam", layers=layers, l1=0.02, l2=0.05, optimizer="adam", options={"learning_rate": 0.05}
    )
    zero_weights = {"W1": np.array([[0.0, 0.5], [-0.25, 0.0], [0.125, -1.0]])}
    yield Case(name="l1, weights of zero", layers=((2, "linear"),), l1=0.1, fixed=zero_weights)


def network_cases() -> Iterator[Case]:
    bce, cce = "binary_cross_entropy", "categorical_cross_entropy"
    yield Case(name="no hidden layer, linear", layers=((2, "linear"),))
    yield Case(name="no hidden layer, logistic", layers=((1, "sigmoid"),), loss=bce)
    yield Case(name="no hidden layer, softmax", layers=((3, "softmax"),), loss=cce)
    yield Case(name="batch of 1", layers=net("tanh", "softmax"), loss=cce, batch=1)
    yield Case(name="one unit, one input, one sample", layers=((1, "sigmoid"),), loss=bce, inputs=1, batch=1)
    yield Case(name="one unit a layer", layers=((1, "tanh"), (1, "linear")), inputs=1)
    four = ((3, "tanh"), (2, "gelu"), (3, "elu"), (2, "sigmoid"))
    adam = {"learning_rate": 0.05}
    yield Case(name="four hidden layers", layers=(*four, (2, "softmax")), loss=cce, optimizer="adam", options=adam)
    yield Case(name="softmax hidden, softmax output", layers=net("softmax", "softmax"), loss=cce)
    yield Case(name="softmax output, half_squared_error", layers=net("relu", "softmax"), loss="half_squared_error")


def edge_cases() -> Iterator[Case]:
    """Where a derivative jumps, and where PyTorch's own thresholds and clamps show."""
    x = np.array([[0.0, 0.0, 0.0], [1.0, -0.5, 0.25], [-1.5, 0.5, 2.0]])
    at_zero = {"x": x, "b1": np.zeros(4)}
    for activation in ("relu", "leaky_relu", "elu"):
        yield Case(name=f"edge: {activation} at zero", layers=net(activation, "linear"), fixed=at_zero)
    exact = {"x": x, "b1": np.zeros(2), "y": np.array([[0.0, 0.0], [1.0, 0.5], [-0.5, 0.25]])}
    yield Case(
        name="edge: mean_absolute_error at zero", layers=((2, "linear"),), loss="mean_absolute_error", fixed=exact
    )
    small_steps = {"learning_rate": 0.0001}
    identity = {"W1": np.ones((1, 1)), "b1": np.zeros(1)}
    wide = {**identity, "x": np.array([[21.0], [30.0], [-40.0], [-750.0]])}
    # 1 - a has lost its digits where a is nearly 1, so the sigmoid is only asked for the other side.
    low = {**identity, "x": np.array([[-21.0], [-30.0], [-40.0], [-750.0]])}
    for activation in ("sigmoid", "tanh", "gelu", "silu", "elu", "softplus"):
        yield Case(
            name=f"edge: {activation} of large z",
            layers=((1, activation), (1, "linear")),
            inputs=1,
            batch=4,
            options=small_steps,
            fixed=low if activation == "sigmoid" else wide,
        )
    far_apart = {"x": np.array([[900.0], [-900.0], [1.0]]), "W1": np.array([[1.0, -1.0]]), "b1": np.zeros(2)}
    yield Case(name="edge: softmax of large z", layers=((2, "softmax"),), inputs=1, fixed=far_apart)
    saturated = {**identity, "x": np.array([[50.0], [-50.0], [50.0]]), "y": np.array([[0.0], [1.0], [1.0]])}
    yield Case(
        name="edge: binary_cross_entropy, saturated",
        layers=((1, "sigmoid"),),
        loss="binary_cross_entropy",
        inputs=1,
        fixed=saturated,
    )


def clipping_cases() -> Iterator[Case]:
    """Limits that cut often, sometimes and never; what is clipped includes a penalty, but no weight decay."""
    decays: tuple[Mapping[str, float], ...] = ({}, {"weight_decay": 0.1})
    for optimizer, decay in product(("sgd", "momentum", "adam"), decays):
        how = f"{optimizer}, weight_decay 0.1" if decay else optimizer
        plain = Case(
            name=how, layers=FEW, inputs=2, batch=2, optimizer=optimizer, options={"learning_rate": 0.1, **decay}
        )
        yield replace(plain, name=f"clip_norm, {how}", clip_norm=0.3)
        yield replace(plain, name=f"clip_value, {how}", clip_value=0.2)
    options = {"learning_rate": 0.1, "weight_decay": 0.1}
    yield Case(name="clip_norm, never reached", layers=FEW, inputs=2, batch=2, options=options, clip_norm=100.0)
    yield Case(name="clip_value, never reached", layers=FEW, inputs=2, batch=2, options=options, clip_value=100.0)
    yield Case(name="clip_norm, reached at first", layers=FEW, inputs=2, batch=2, options=options, clip_norm=4.5)
    yield Case(name="clip_norm, l1 and l2", layers=FEW, inputs=2, batch=2, l1=0.02, l2=0.05, clip_norm=0.3)
    yield Case(
        name="clip_norm, adamw", layers=FEW, inputs=2, batch=2, optimizer="adamw", options=options, clip_norm=0.3
    )
    zeros = {"W1": np.zeros((2, 1)), "b1": np.zeros(1), "y": np.zeros((3, 1))}
    yield Case(name="edge: clip_norm, no gradient", layers=((1, "linear"),), inputs=2, fixed=zeros, clip_norm=1.0)


def schedule_cases() -> Iterator[Case]:
    schedules: dict[str, Mapping[str, Any]] = {
        "step": {"name": "step", "every": 2, "factor": 0.5},
        "exponential": {"name": "exponential", "factor": 0.8},
        "cosine": {"name": "cosine", "lowest": 0.01},
        "warmup": {"name": "warmup", "start": 0.25, "over": 4},
    }
    others: dict[str, tuple[str, Mapping[str, float]]] = {
        "step": ("rmsprop", {"learning_rate": 0.05, "epsilon": 0.1}),
        "exponential": ("momentum", {"learning_rate": 0.1, "weight_decay": 0.1}),
        "cosine": ("adamw", {"learning_rate": 0.1, "weight_decay": 0.1}),
        "warmup": ("adam", {"learning_rate": 0.1}),
    }
    for name, schedule in schedules.items():
        for optimizer, options in (("sgd", {"learning_rate": 0.1}), others[name]):
            yield Case(
                name=f"{name}, {optimizer}",
                layers=((1, "sigmoid"),),
                inputs=2,
                batch=2,
                optimizer=optimizer,
                options=options,
                schedule=schedule,
                iterations=6,
            )


def dropout_cases() -> Iterator[Case]:
    cce = "categorical_cross_entropy"
    yield Case(name="dropout 0.5", layers=net("tanh", "linear"), dropout=(0.5, 0.0))
    yield Case(
        name="dropout 0.2, adam", layers=net("relu", "softmax"), loss=cce, optimizer="adam", dropout=(0.2, 0.0), batch=5
    )
    three = ((4, "tanh"), (3, "silu"), (2, "sigmoid"))
    yield Case(name="two dropout layers", layers=three, loss="binary_cross_entropy", dropout=(0.25, 0.4, 0.0))


def frozen_cases() -> Iterator[Case]:
    """Frozen parameters have gradients, but the optimizer and the norm know nothing of them."""
    layers = net("tanh", "linear")
    momentum = {"learning_rate": 0.1, "weight_decay": 0.1}
    yield Case(name="frozen b1 and b2", layers=layers, frozen=("b1", "b2"))
    yield Case(
        name="frozen b1 and b2, clip_norm",
        layers=layers,
        optimizer="momentum",
        options=momentum,
        frozen=("b1", "b2"),
        clip_norm=0.5,
    )
    yield Case(name="frozen W1, l2, adam", layers=layers, optimizer="adam", l2=0.1, frozen=("W1",))


def further_optimizer_cases() -> Iterator[Case]:
    momenta = (
        {"momentum": 0.9},
        {"learning_rate": 0.05, "decay": 0.9, "epsilon": 0.1, "momentum": 0.9, "weight_decay": 0.1},
    )
    for options in momenta:
        told = ", ".join(f"{key} {value}" for key, value in options.items())
        yield Case(name=f"rmsprop, {told}", layers=FEW, inputs=2, batch=2, optimizer="rmsprop", options=options)
    for optimizer in ("nesterov", "adagrad", "adadelta", "adamw"):
        options = {"learning_rate": 0.1}
        yield Case(name=f"l2, {optimizer}", layers=FEW, inputs=2, batch=2, optimizer=optimizer, options=options, l2=0.1)


def combined_cases() -> Iterator[Case]:
    yield Case(
        name="all at once",
        layers=((3, "tanh"), (2, "gelu"), (1, "sigmoid")),
        loss="binary_cross_entropy",
        inputs=2,
        optimizer="adam",
        options={"learning_rate": 0.1, "weight_decay": 0.1},
        l1=0.02,
        l2=0.05,
        dropout=(0.3, 0.2, 0.0),
        frozen=("b2", "W3"),
        clip_norm=0.2,
        schedule={"name": "warmup", "start": 0.5, "over": 3},
        iterations=6,
    )


def drawn_targets(case: Case, rng: np.random.Generator) -> Array:
    """0/1 for binary cross-entropy, one-hot for categorical, numbers otherwise."""
    outputs = case.layers[-1][0]
    if case.loss == "binary_cross_entropy":
        return rng.integers(0, 2, (case.batch, outputs)).astype(np.float64)
    if case.loss == "categorical_cross_entropy":
        one_hot: Array = np.eye(outputs)[rng.integers(0, outputs, case.batch)]
        return one_hot
    return rng.standard_normal((case.batch, outputs)).round(4)


def start_of(case: Case) -> dict[str, Array]:
    """x, y and parameters, drawn from the case's name so that a new case leaves the others as they are."""
    rng = np.random.default_rng(zlib.crc32(case.name.encode()))
    start = {"x": rng.standard_normal((case.batch, case.inputs)).round(4), "y": drawn_targets(case, rng)}
    inputs = case.inputs
    for layer, (units, _) in enumerate(case.layers, start=1):
        start[f"W{layer}"] = rng.standard_normal((inputs, units)).round(4)
        start[f"b{layer}"] = (0.5 * rng.standard_normal(units)).round(4)
        inputs = units
    return {**start, **case.fixed}


def make(case: Case, leave_out: tuple[str, ...] = (".prev", "hat")) -> Table:
    """x and y stand in the inputs; of an optimizer's tensors those that end otherwise are kept."""
    model = Model(
        activations=tuple(activation for _, activation in case.layers),
        loss=case.loss,
        optimizer=case.optimizer,
        options=case.options,
        l1=case.l1,
        l2=case.l2,
        dropout=case.dropout,
        frozen=frozenset(case.frozen),
        clip_norm=case.clip_norm,
        clip_value=case.clip_value,
        schedule=case.schedule,
        epochs=case.iterations,
    )
    start = start_of(case)
    trainer = Trainer(model, start)
    steps = [trainer.step(start["x"], start["y"]) for _ in range(case.iterations)]
    shares = case.dropout or (0.0,) * len(case.layers)
    return {
        "name": case.name,
        "layers": [
            {"units": units, "activation": activation, **({"dropout": share} if share else {})}
            for (units, activation), share in zip(case.layers, shares, strict=True)
        ],
        **({"frozen": list(case.frozen)} if case.frozen else {}),
        "loss": case.loss,
        "optimizer": {"name": case.optimizer, **case.options},
        "l1": case.l1,
        "l2": case.l2,
        "clip_norm": case.clip_norm,
        "clip_value": case.clip_value,
        "schedule": dict(case.schedule),
        "epochs": case.iterations,
        "inputs": start,
        "iterations": [
            {name: value for name, value in step.items() if name not in ("x", "y") and not name.endswith(leave_out)}
            for step in steps
        ],
    }


def main() -> None:
    torch.set_num_threads(1)
    plain = (activation_cases(), loss_cases(), optimizer_cases(), penalty_cases(), network_cases(), edge_cases())
    further = (
        clipping_cases(),
        schedule_cases(),
        dropout_cases(),
        frozen_cases(),
        further_optimizer_cases(),
        combined_cases(),
    )
    cases = [make(case, leave_out=(".prev", "hat", ".g")) for group in plain for case in group]
    cases += [make(case) for group in further for case in group]
    write(HERE / "units.json", {"torch": torch.__version__.partition("+")[0], "cases": cases}, DIGITS)
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
