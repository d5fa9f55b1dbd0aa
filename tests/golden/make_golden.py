"""Golden files of the built-in scenarios: NAME.json, every tensor of a few iterations.

An oracle has to be independent, so nothing of nnsim is imported: the data are prepared with csv and NumPy, and
everything from the weighted sums to the updated weights is PyTorch's (float64): its functional, autograd and optim.

    python tests/golden/make_golden.py [scenario ...]
"""

import csv
import json
import math
import statistics
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Table = dict[str, Any]  # a table of a TOML or JSON file

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "nnsim" / "scenarios"
NAMES = ("xor", "neuron", "logistic-titanic", "titanic")
MAX_BYTES = 700_000
LATE_FULL_BATCH_ITERATION = 100


# The network: PyTorch's functions under the names of scenario files -------------------------------------------------


def step(z: torch.Tensor) -> torch.Tensor:
    """The Heaviside step with H(0) = 0, and a derivative of zero everywhere."""
    return torch.heaviside(z.detach(), torch.zeros((), dtype=z.dtype)) + 0.0 * z


def softmax_cross_entropy(a: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """PyTorch's cross_entropy on probabilities: it takes logits itself, which would leave no derivative by `a`."""
    return -(y * a.log()).sum(dim=1).mean()


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "linear": lambda z: z.clone(),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
    "elu": lambda z: functional.elu(z, 1.0),
    "gelu": lambda z: functional.gelu(z, approximate="tanh"),
    "silu": functional.silu,
    "softplus": functional.softplus,
    "softmax": lambda z: functional.softmax(z, dim=1),
    "step": step,
}

LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "binary_cross_entropy": functional.binary_cross_entropy,
    "categorical_cross_entropy": softmax_cross_entropy,
    "mean_squared_error": functional.mse_loss,
    "mean_absolute_error": functional.l1_loss,
    "half_squared_error": lambda a, y: 0.5 * functional.mse_loss(a, y, reduction="none").sum(dim=1).mean(),
    "huber": lambda a, y: functional.huber_loss(a, y, delta=1.0),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """An optimizer: its class, PyTorch's names of our options, and where its state holds our memories."""

    kind: Callable[..., torch.optim.Optimizer]
    options: Mapping[str, str]
    memories: Mapping[str, str]
    fixed: Mapping[str, Any]


def rule(kind: Callable[..., torch.optim.Optimizer], options: str = "", memories: str = "", **fixed: Any) -> Rule:
    """A Rule from "ours=torch" pairs; every optimizer takes learning_rate and weight_decay."""
    pairs = [pair.split("=") for pair in f"learning_rate=lr weight_decay=weight_decay {options}".split()]
    held = [pair.split("=") for pair in memories.split()]
    return Rule(kind=kind, options=dict(pairs), memories=dict(held), fixed=fixed)


# PyTorch has momentum and Nesterov's variant as options of SGD, whose momentum is 0 unless given.
OPTIMIZERS = {
    "sgd": rule(torch.optim.SGD),
    "momentum": rule(torch.optim.SGD, "momentum=momentum", "m=momentum_buffer", momentum=0.9),
    "nesterov": rule(torch.optim.SGD, "momentum=momentum", "m=momentum_buffer", momentum=0.9, nesterov=True),
    "adagrad": rule(torch.optim.Adagrad, "epsilon=eps", "v=sum"),
    "rmsprop": rule(torch.optim.RMSprop, "decay=alpha epsilon=eps momentum=momentum", "v=square_avg m=momentum_buffer"),
    "adadelta": rule(torch.optim.Adadelta, "decay=rho epsilon=eps", "v=square_avg u=acc_delta"),
    "adam": rule(torch.optim.Adam, "epsilon=eps beta1=beta1 beta2=beta2", "m=exp_avg v=exp_avg_sq"),
    "adamw": rule(torch.optim.AdamW, "epsilon=eps beta1=beta1 beta2=beta2", "m=exp_avg v=exp_avg_sq"),
}


def make_optimizer(
    name: str, options: Mapping[str, float], parameters: Sequence[torch.Tensor]
) -> torch.optim.Optimizer:
    """PyTorch's optimizer, with its own default for each option that is left out."""
    chosen = OPTIMIZERS[name]
    keywords = {**chosen.fixed, **{chosen.options[key]: value for key, value in options.items()}}
    if "beta1" in keywords or "beta2" in keywords:
        keywords["betas"] = (keywords.pop("beta1", 0.9), keywords.pop("beta2", 0.999))
    return chosen.kind(parameters, foreach=False, **keywords)


def make_scheduler(
    optimizer: torch.optim.Optimizer, schedule: Mapping[str, Any], epochs: int
) -> torch.optim.lr_scheduler.LRScheduler | None:
    """PyTorch's scheduler of that name, with our options; none where the learning rate is constant."""
    schedulers = torch.optim.lr_scheduler
    match schedule:
        case {"name": "constant"}:
            return None
        case {"name": "step", "every": every, "factor": factor}:
            return schedulers.StepLR(optimizer, step_size=every, gamma=factor)
        case {"name": "exponential", "factor": factor}:
            return schedulers.ExponentialLR(optimizer, gamma=factor)
        case {"name": "cosine", "lowest": lowest}:
            return schedulers.CosineAnnealingLR(optimizer, T_max=epochs, eta_min=lowest)
        case {"name": "warmup", "start": start, "over": over}:
            return schedulers.LinearLR(optimizer, start_factor=start, end_factor=1.0, total_iters=over)
    raise ValueError(f"schedule {schedule} is not known here")


CONSTANT: Mapping[str, Any] = {"name": "constant"}


@dataclass(frozen=True, kw_only=True)
class Model:
    """What is trained: one activation a layer, what is minimised, and how.

    `dropout` is one share a layer, or nothing at all. A limit of 0 does not clip. `epochs` is only asked for by a
    cosine, whose schedule is stepped after every iteration: it fits a full batch.
    """

    activations: tuple[str, ...]
    loss: str
    optimizer: str
    options: Mapping[str, float]
    l1: float = 0.0
    l2: float = 0.0
    dropout: tuple[float, ...] = ()
    frozen: frozenset[str] = frozenset()
    clip_norm: float = 0.0
    clip_value: float = 0.0
    schedule: Mapping[str, Any] = field(default_factory=lambda: CONSTANT)
    epochs: int = 0
    seed: int = 0


class Trainer:
    """A network in PyTorch. Each `step` is one iteration and gives back all its tensors by name."""

    def __init__(self, model: Model, start: Mapping[str, Array]) -> None:
        self.model = model
        self.parameters = {
            f"{kind}{layer}": torch.tensor(start[f"{kind}{layer}"], dtype=torch.float64, requires_grad=True)
            for layer in range(1, len(model.activations) + 1)
            for kind in "Wb"
        }
        self.trained = {name: value for name, value in self.parameters.items() if name not in model.frozen}
        self.optimizer = make_optimizer(model.optimizer, model.options, list(self.trained.values()))
        self.scheduler = make_scheduler(self.optimizer, model.schedule, model.epochs)
        self.rule = OPTIMIZERS[model.optimizer]
        self.iteration = 0
        self.from_logits = (model.loss, model.activations[-1]) == ("binary_cross_entropy", "sigmoid")

    def masks(self, samples: int) -> dict[str, torch.Tensor]:
        """mask1 …: what dropout leaves of each hidden unit and sample in this iteration, 0 or 1 / (1 - p)."""
        found = {}
        for layer, p in enumerate(self.model.dropout, start=1):
            if p:
                units = len(self.parameters[f"b{layer}"])
                generator = np.random.default_rng([self.model.seed, DROPOUT, self.iteration, layer])
                draws = generator.random((units, samples))
                found[f"mask{layer}"] = torch.from_numpy((draws >= p).T / (1 - p))
        return found

    def forward(self, x: torch.Tensor, masks: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """z1 a1 drop1 z2 a2 … PyTorch takes weights as (units, inputs), ours are (inputs, units)."""
        tensors: dict[str, torch.Tensor] = {}
        a = x
        for layer, activation in enumerate(self.model.activations, start=1):
            z = functional.linear(a, self.parameters[f"W{layer}"].T, self.parameters[f"b{layer}"])
            a = ACTIVATIONS[activation](z)
            tensors |= {f"z{layer}": z, f"a{layer}": a}
            if f"mask{layer}" in masks:
                a = a * masks[f"mask{layer}"]
                tensors[f"drop{layer}"] = a
        return tensors

    def losses(self, forward: Mapping[str, torch.Tensor], y: torch.Tensor) -> dict[str, torch.Tensor]:
        """The loss, and what it is the sum of if weights are penalised.

        After a sigmoid, cross-entropy goes from z, as PyTorch recommends: exact also where a is rounded to 0 or 1.
        """
        last = len(self.model.activations)
        if self.from_logits:
            data_loss = functional.binary_cross_entropy_with_logits(forward[f"z{last}"], y)
        else:
            data_loss = LOSSES[self.model.loss](forward[f"a{last}"], y)
        if not self.model.l1 and not self.model.l2:
            return {"loss": data_loss}
        weights = [value for name, value in self.parameters.items() if name.startswith("W")]
        absolute = torch.stack([w.abs().sum() for w in weights]).sum()
        squares = torch.stack([w.square().sum() for w in weights]).sum()
        penalty = self.model.l1 * absolute + 0.5 * self.model.l2 * squares
        return {"data_loss": data_loss, "penalty": penalty, "loss": data_loss + penalty}

    def step(self, x: Array, y: Array) -> dict[str, Array]:
        """Forward, loss, backward and update on one batch; x is (batch, inputs), y is (batch, outputs)."""
        start = {name: array(value) for name, value in self.parameters.items()}
        start |= {f"{name}.prev": value for name, value in self.memories().items()}
        masks = self.masks(len(x))
        forward = self.forward(torch.from_numpy(x), masks)
        for tensor in forward.values():
            tensor.retain_grad()
        losses = self.losses(forward, torch.from_numpy(y))
        for value in self.parameters.values():  # zero_grad would leave out the frozen ones
            value.grad = None
        torch.autograd.backward(losses["loss"])
        if self.from_logits:
            outputs = forward[f"a{len(self.model.activations)}"]
            again = outputs.detach().requires_grad_()
            loss = LOSSES[self.model.loss](again, torch.from_numpy(y))
            (outputs.grad,) = torch.autograd.grad(loss, again)
        computed = {name: array(tensor) for name, tensor in (masks | forward | losses).items()}
        return start | {"x": x, "y": y} | computed | self.gradients(forward) | self.update()

    def gradients(self, forward: Mapping[str, torch.Tensor]) -> dict[str, Array]:
        """da2 dz2 dW2 db2 ddrop1 da1 … as autograd left them behind."""
        tensors = {**forward, **self.parameters}
        layers = range(len(self.model.activations), 0, -1)
        names = [f"{kind}{layer}" for layer in layers for kind in ("drop", "a", "z", "W", "b")]
        return {f"d{name}": array(tensors[name].grad) for name in names if name in tensors}

    def update(self) -> dict[str, Array]:
        """Lets torch.optim do its step, and reads what it did."""
        tensors = self.clip() | self.decayed()
        before = {name: array(value) for name, value in self.trained.items()}
        self.optimizer.step()
        self.iteration += 1
        if self.scheduler:
            tensors["alpha"] = np.array(self.optimizer.param_groups[0]["lr"])
            self.scheduler.step()
        memories = self.memories()
        for name, value in self.trained.items():
            after = array(value)
            tensors |= {key: memory for key, memory in memories.items() if key.startswith(f"{name}.")}
            tensors |= self.corrected(name, memories)
            tensors |= {f"{name}.step": before[name] - after, f"{name}.next": after}
        return tensors

    def clip(self) -> dict[str, Array]:
        """Clips the gradients of the trained parameters in place: W1.clipped …, and by norm also the norm before."""
        tensors: dict[str, Array] = {}
        trained = list(self.trained.values())
        if self.model.clip_norm:
            norm = torch.nn.utils.clip_grad_norm_(trained, self.model.clip_norm, foreach=False)
            tensors["norm"] = array(norm)
        if self.model.clip_value:
            torch.nn.utils.clip_grad_value_(trained, self.model.clip_value, foreach=False)
        if self.model.clip_norm or self.model.clip_value:
            tensors |= {f"{name}.clipped": array(value.grad) for name, value in self.trained.items()}
        return tensors

    def decayed(self) -> dict[str, Array]:
        """W1.g …: the gradients with the decay that all but AdamW add to them, which PyTorch never stores."""
        decay = self.optimizer.defaults["weight_decay"]
        if not decay or self.model.optimizer == "adamw":
            return {}
        return {f"{name}.g": array(value.grad) + decay * array(value) for name, value in self.trained.items()}

    def memories(self) -> dict[str, Array]:
        """W1.m W1.v …: what the optimizer carries along; zeros before its first step."""
        found = {}
        for name, value in self.trained.items():
            for ours, theirs in self.rule.memories.items():
                if theirs == "momentum_buffer" and not self.optimizer.defaults["momentum"]:
                    continue  # RMSprop has a momentum only if asked for
                found[f"{name}.{ours}"] = array(self.optimizer.state[value].get(theirs, torch.zeros_like(value)))
        return found

    def corrected(self, name: str, memories: Mapping[str, Array]) -> dict[str, Array]:
        """Adam's m̂ and v̂, which PyTorch folds into the step and never stores."""
        if "betas" not in self.optimizer.defaults:
            return {}
        betas = zip("mv", self.optimizer.defaults["betas"], strict=True)
        return {f"{name}.{m}hat": memories[f"{name}.{m}"] / (1.0 - beta**self.iteration) for m, beta in betas}

    def metrics(self, x: Array, y: Array) -> dict[str, float | None] | None:
        """Loss and accuracy with the present parameters; the accuracy is None where there are no classes."""
        if not len(x):
            return None
        with torch.no_grad():
            forward = self.forward(torch.from_numpy(x), masks={})
            a = forward[f"a{len(self.model.activations)}"]
            loss = float(self.losses(forward, torch.from_numpy(y))["loss"])
        return {"loss": loss, "accuracy": accuracy(self.model.loss, array(a), y)}


def accuracy(loss: str, a: Array, y: Array) -> float | None:
    """Share of right answers. A probability of exactly one half says class 0."""
    if loss == "binary_cross_entropy":
        return float(np.mean((a > 0.5) == (y > 0.5)))
    if loss == "categorical_cross_entropy":
        return float(np.mean(a.argmax(axis=1) == y.argmax(axis=1)))
    return None


def array(tensor: torch.Tensor | None) -> Array:
    """A copy that later steps cannot change; + 0.0 makes -0.0 plain."""
    assert tensor is not None, "autograd left no gradient"
    copy: Array = tensor.detach().numpy() + 0.0
    return copy


# The data: csv and NumPy --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Data:
    x: Array
    y: Array
    input_names: list[str]
    target_names: list[str]
    training: Rows
    validation: Rows


def rng(seed: int, purpose: int, i: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, i, 0])


SPLIT, INIT, SHUFFLE, DROPOUT = 1, 2, 3, 4


def split(n: int, share: float, seed: int) -> tuple[Rows, Rows]:
    """Row numbers for training and for validation, each in the order of the source."""
    permutation = rng(seed, SPLIT).permutation(n)
    held_out = round(n * share)
    return np.sort(permutation[held_out:]), np.sort(permutation[:held_out])


def prepare(scenario: Table, folder: Path) -> Data:
    """The data of a scenario, whose paths are relative to `folder`."""
    data = scenario["data"]
    reject_unknown(data, {"generator", "csv", "target", "features", "rows", "validation", "standardize"})
    if "csv" in data:
        return prepare_csv(scenario, folder)
    if data.get("standardize"):
        raise ValueError("standardize is only known for csv here")
    table = data["rows"] if "rows" in data else generate(data["generator"])
    x = np.array(table["inputs"], dtype=np.float64)
    y = np.array(table["targets"], dtype=np.float64)
    training, validation = split(len(x), data.get("validation", 0.0), scenario["seed"])
    names = {key: list(table[key]) for key in ("input_names", "target_names")}
    return Data(x=x, y=y, training=training, validation=validation, **names)


def generate(name: str) -> Table:
    if name != "xor":
        raise ValueError(f"generator {name!r} is not known here")
    inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
    targets = [[a ^ b] for a, b in inputs]
    return {"inputs": inputs, "targets": targets, "input_names": ["x1", "x2"], "target_names": ["y"]}


def prepare_csv(scenario: Table, folder: Path) -> Data:
    data = scenario["data"]
    with (folder / data["csv"]).open(newline="", encoding="utf-8") as file:
        records = list(csv.DictReader(file))
    training, validation = split(len(records), data.get("validation", 0.0), scenario["seed"])
    columns: dict[str, Array] = {}
    for feature in data["features"]:
        cells = [record[feature] for record in records]
        if all(is_number(cell) for cell in cells if cell):
            columns[feature] = numeric(cells, training, standardize=data.get("standardize", False))
        else:
            columns |= {f"{feature}_{level}": column for level, column in one_hot(cells, training)}
    target = [float(record[data["target"]]) for record in records]
    if set(target) != {0.0, 1.0}:
        raise ValueError("only targets of 0 and 1 are known here")
    return Data(
        x=np.column_stack(list(columns.values())),
        y=np.array(target)[:, np.newaxis],
        input_names=list(columns),
        target_names=[data["target"]],
        training=training,
        validation=validation,
    )


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def numeric(cells: Sequence[str], training: Rows, *, standardize: bool) -> Array:
    """Missing cells get the median, then mean 0 and standard deviation 1, all by the training rows."""
    median = statistics.median(float(cells[i]) for i in training if cells[i])
    column = np.array([float(cell) if cell else median for cell in cells])
    if standardize:
        column = (column - column[training].mean()) / column[training].std()
    return column


def one_hot(cells: Sequence[str], training: Rows) -> Iterator[tuple[str, Array]]:
    """A 0/1 column for every level but the first; missing cells get the commonest level of the training rows."""
    commonest = statistics.mode(cells[i] for i in training if cells[i])
    filled = np.array([cell or commonest for cell in cells])
    for level in sorted(set(filled.tolist()))[1:]:
        yield level, (filled == level).astype(np.float64)


# The scenario -------------------------------------------------------------------------------------------------------


def reject_unknown(table: Table, known: set[str]) -> None:
    """Better no golden file than one that left something out."""
    if unknown := set(table) - known:
        raise ValueError(f"not known here: {', '.join(sorted(unknown))}")


def initial_weights(name: str, shape: tuple[int, int], generator: np.random.Generator) -> Array:
    """W as (inputs, units): Glorot & Bengio 2010 ("xavier"), He et al. 2015 ("he")."""
    inputs, units = shape
    if name == "zeros":
        return np.zeros(shape)
    scheme, _, distribution = name.partition("_")
    fan = {"xavier": inputs + units, "he": inputs}[scheme]
    if distribution == "uniform":
        limit = math.sqrt(6.0 / fan)
        return generator.uniform(-limit, limit, shape)
    return generator.standard_normal(shape) * math.sqrt(2.0 / fan)


def initial_parameters(scenario: Table, inputs: int) -> dict[str, Array]:
    network = scenario["network"]
    reject_unknown(network, {"layers", "weights"})
    given = network.get("weights", {})
    parameters = {}
    for layer, table in enumerate(network["layers"], start=1):
        reject_unknown(table, {"units", "activation", "init"})
        units = table["units"]
        w, b = f"W{layer}", f"b{layer}"
        parameters[w] = (
            np.array(given[w], dtype=np.float64)
            if w in given
            else initial_weights(table["init"], (inputs, units), rng(scenario["seed"], INIT, layer))
        )
        parameters[b] = np.array(given.get(b, [0.0] * units), dtype=np.float64)
        inputs = units
    return parameters


def model_of(scenario: Table) -> Model:
    training = scenario["training"]
    reject_unknown(training, {"loss", "optimizer", "batch_size", "shuffle", "epochs", "l1", "l2"})
    options = dict(training["optimizer"])
    return Model(
        activations=tuple(layer["activation"] for layer in scenario["network"]["layers"]),
        loss=training["loss"],
        optimizer=options.pop("name"),
        options=options,
        l1=training.get("l1", 0.0),
        l2=training.get("l2", 0.0),
    )


def batches(n: int, size: int, seed: int, *, shuffle: bool) -> Iterator[npt.NDArray[np.int64]]:
    """Positions among the training rows, batch after batch, for ever; the last batch of an epoch may be smaller."""
    epoch = 0
    while True:
        order = rng(seed, SHUFFLE, epoch).permutation(n) if shuffle and size < n else np.arange(n)
        for start in range(0, n, size):
            yield order[start : start + size]
        epoch += 1


def iterations_to_keep(n: int, size: int) -> list[int]:
    """0, 1 and a later one; with mini-batches that is the start of the third epoch, and a smaller batch before it."""
    per_epoch = -(-n // size)
    if per_epoch == 1:
        return [0, 1, LATE_FULL_BATCH_ITERATION]
    smaller = [2 * per_epoch - 1] if n % size else []
    return [0, 1, *smaller, 2 * per_epoch]


def make(name: str) -> Table:
    """The golden file of a scenario, as a table."""
    path = SCENARIOS / f"{name}.toml"
    scenario = tomllib.loads(path.read_text(encoding="utf-8"))
    data = prepare(scenario, path.parent)
    trainer = Trainer(model_of(scenario), initial_parameters(scenario, data.x.shape[1]))
    n = len(data.training)
    size = min(scenario["training"].get("batch_size", n), n)
    shuffle = scenario["training"].get("shuffle", False)
    keep = iterations_to_keep(n, size)
    kept = []
    for iteration, batch in enumerate(batches(n, size, scenario["seed"], shuffle=shuffle)):
        rows = data.training[batch]
        metrics = trainer.metrics(data.x[data.validation], data.y[data.validation])
        tensors = trainer.step(data.x[rows], data.y[rows])
        if iteration in keep:
            kept.append({"iteration": iteration, "rows": rows, "validation": metrics, "tensors": tensors})
        if iteration == keep[-1]:
            break
    return {
        "scenario": name,
        "torch": torch.__version__.partition("+")[0],
        "input_names": data.input_names,
        "target_names": data.target_names,
        "training_rows": n,
        "validation_rows": len(data.validation),
        "iterations": kept,
    }


# The file -----------------------------------------------------------------------------------------------------------


def render(value: Any, digits: int | None = None, indent: str = "") -> str:
    """JSON with a line for each row of a tensor; floats in full, or rounded to that many significant digits."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(key)}: {render(item, digits, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list):
        items = [render(item, digits, inner) for item in value]
        if not any(isinstance(item, list | dict) for item in value):
            return "[" + ", ".join(items) + "]"
        return "[\n" + ",\n".join(inner + item for item in items) + f"\n{indent}]"
    if isinstance(value, float) and digits is not None:
        value = float(f"{value:.{digits}g}")
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write(path: Path, table: Table, digits: int | None = None) -> None:
    text = render(table, digits) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{path.name}  {len(text.encode()):,} bytes" + (f"  {digits} significant digits" if digits else ""))


def main(names: Sequence[str]) -> None:
    torch.set_num_threads(1)
    for name in names or NAMES:
        table = make(name)
        too_large = len(render(table).encode()) > MAX_BYTES
        write(HERE / f"{name}.json", table, 13 if too_large else None)


if __name__ == "__main__":
    main(sys.argv[1:])
