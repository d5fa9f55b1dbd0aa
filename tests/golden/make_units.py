"""units.json: small networks that together use every activation, loss, optimizer and penalty, computed by PyTorch.

Each case stores its inputs plainly (start values, x, y), so a test needs nothing else to repeat it.

    python tests/golden/make_units.py
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from make_golden import ACTIVATIONS, HERE, OPTIMIZERS, Array, Model, Table, Trainer, write

ITERATIONS = 3
DIGITS = 13


@dataclass(frozen=True, kw_only=True)
class Case:
    """`inputs`, then (units, activation) of each layer; `fixed` replaces drawn start values, x or y."""

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


def wanted(name: str) -> bool:
    """x and y stand in the inputs; of an optimizer only what PyTorch itself holds is kept."""
    return name not in ("x", "y") and not name.endswith((".prev", "hat"))


def make(case: Case) -> Table:
    model = Model(
        activations=tuple(activation for _, activation in case.layers),
        loss=case.loss,
        optimizer=case.optimizer,
        options=case.options,
        l1=case.l1,
        l2=case.l2,
    )
    start = start_of(case)
    trainer = Trainer(model, start)
    steps = [trainer.step(start["x"], start["y"]) for _ in range(ITERATIONS)]
    return {
        "name": case.name,
        "layers": [{"units": units, "activation": activation} for units, activation in case.layers],
        "loss": case.loss,
        "optimizer": {"name": case.optimizer, **case.options},
        "l1": case.l1,
        "l2": case.l2,
        "inputs": start,
        "iterations": [{name: value for name, value in step.items() if wanted(name)} for step in steps],
    }


def main() -> None:
    torch.set_num_threads(1)
    groups = (activation_cases(), loss_cases(), optimizer_cases(), penalty_cases(), network_cases(), edge_cases())
    cases = [make(case) for group in groups for case in group]
    write(HERE / "units.json", {"torch": torch.__version__.partition("+")[0], "cases": cases}, DIGITS)
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
