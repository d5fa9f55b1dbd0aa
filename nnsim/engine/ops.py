"""The rooms: one class an operation, holding everything about it.

An op computes one named tensor from others: `calls` is its kernel (NumPy into preallocated arrays), `formula` and
`numpy` say it for the whole tensor, `explain` for one element with the numbers filled in. Kernels see what belongs to
samples units first, (units, batch); the formulas and frames have rows as samples.

B batch · I inputs of a layer · U units of a layer · P all parameters
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from nnsim.engine.activations import ACTIVATIONS, Activation
from nnsim.engine.expressions import Add, Constant, Node, sqrt, total
from nnsim.engine.frame import Frame
from nnsim.engine.losses import LOSSES, Loss
from nnsim.engine.notation import symbol
from nnsim.engine.optimizers import Step
from nnsim.engine.penalties import Penalty
from nnsim.engine.schedules import Rate
from nnsim.engine.spec import Network, Training
from nnsim.engine.workspace import Call, Workspace

GRADIENTS = ("g", "clipped", "d")  # what an optimizer works with: the last that was made of the gradient
PHASES = ("batch", "forward", "loss", "backward", "update")


@dataclass(frozen=True)
class Op:
    """The smallest step shown: computes the tensor `name` from those in `reads`."""

    name: str
    phase: str
    layer: int | None
    reads: tuple[str, ...]
    formula: str
    numpy: str
    title: str

    @property
    def writes(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def chain(self) -> str:
        """The chain rule behind a gradient: its factors as derivatives, then as what they are. Empty elsewhere."""
        return ""

    def calls(self, w: Workspace) -> list[Call]:
        """The kernel: calls that fill this tensor in the workspace."""
        raise NotImplementedError

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        """How element `index` of this tensor came about, as a formula over numbers of the frame."""
        raise NotImplementedError


class Batch(Op):
    """x or y: rows of the data. They are gathered before the other ops run, when the batch is a new one."""

    def calls(self, w: Workspace) -> list[Call]:
        return []

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        return frame.number(self.name, *index)


class WeightedSum(Op):
    """z = x·W + b"""

    def calls(self, w: Workspace) -> list[Call]:
        assert self.layer
        # one product does both: a bias is the weight of a constant 1. (U, B) = (U, 1 + I) · (1 + I, B)
        return [partial(np.dot, w.with_bias(self.layer).T, w.with_ones(self.reads[0]), w[self.name])]

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        before, weights, bias = self.reads
        sample, unit = index
        products = total("i", [len(frame[weights])], lambda i: _(frame, before, sample, i) * _(frame, weights, i, unit))
        return products + _(frame, bias, unit)


@dataclass(frozen=True)
class Activate(Op):
    """a = f(z)"""

    activation: Activation

    def calls(self, w: Workspace) -> list[Call]:
        return self.activation.forward(w[self.reads[0]], w[self.name], w)

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        sample, unit = index
        z = _row(frame, self.reads[0], sample)
        return self.activation.output(z, unit, frame[self.name].shape[1])


@dataclass(frozen=True)
class DropoutMask(Op):
    """0 for the silenced units, 1 / (1 − p) for the others. Drawn before the other ops run, for each iteration anew."""

    share: float

    def told(self, number: float) -> str:
        """What an element says of its unit. Empty for a number that was set by hand."""
        if number == 0:
            return "silenced: drawn anew for each iteration"
        if number == 1 / (1 - self.share):
            return f"kept, times 1 / (1 − {self.share:g}) for those that are silenced: drawn anew for each iteration"
        return ""

    def calls(self, w: Workspace) -> list[Call]:
        return []

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        return frame.number(self.name, *index)


class Multiply(Op):
    """Two tensors, element by element: activations and a mask, on the way forward or back."""

    @property
    def chain(self) -> str:
        if self.phase != "backward":
            return ""
        after, mask = (symbol(name) for name in self.reads)
        return _chain(self.name, _step(after, symbol(self.name)), f"{after} ⊙ {mask}")

    def calls(self, w: Workspace) -> list[Call]:
        one, other = self.reads
        return [partial(np.multiply, w[one], w[other], w[self.name])]

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        one, other = self.reads
        return _(frame, one, *index) * _(frame, other, *index)


@dataclass(frozen=True)
class MeasureLoss(Op):
    """One number for how wrong the outputs are."""

    loss: Loss
    partner: bool

    def calls(self, w: Workspace) -> list[Call]:
        a, y, z = (w[name] for name in self.reads)
        return self.loss.value(z, a, y, w[self.name], w, self.partner)

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        a, y, z = (partial(_, frame, name) for name in self.reads)
        rows, outputs = frame[self.reads[0]].shape
        return self.loss.value_of(z, a, y, rows, outputs, self.partner)


@dataclass(frozen=True)
class MeasurePenalty(Op):
    """What large weights cost."""

    rule: Penalty

    def calls(self, w: Workspace) -> list[Call]:
        return self.rule.value([w[name] for name in self.reads], w[self.name], w)

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        return self.rule.value_of({name: frame[name] for name in self.reads})


class AddUp(Op):
    """The loss that is minimised: of the data, and of large weights."""

    def calls(self, w: Workspace) -> list[Call]:
        one, other = self.reads
        return [partial(np.add, w[one], w[other], w[self.name])]

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        one, other = self.reads
        return _(frame, one) + _(frame, other)


@dataclass(frozen=True)
class LossGradient(Op):
    """∂L/∂a of the outputs"""

    loss: Loss

    def calls(self, w: Workspace) -> list[Call]:
        a, y = (w[name] for name in self.reads)
        return self.loss.gradient(a, y, w[self.name], w)

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        a, y = (_(frame, name, *index) for name in self.reads)
        rows, outputs = frame[self.name].shape
        return self.loss.gradient_of(a, y, rows, outputs)


@dataclass(frozen=True)
class ActivationGradient(Op):
    """∂L/∂z = ∂L/∂a · f′(z)"""

    activation: Activation

    @property
    def chain(self) -> str:
        da, z, a = (symbol(name) for name in self.reads)
        return _chain(self.name, f"{da} · ∂{a}/∂{z}", f"{da} · {_slope(self.activation.name, z)}")

    def calls(self, w: Workspace) -> list[Call]:
        da, z, a = (w[name] for name in self.reads)
        return self.activation.backward(z, a, da, w[self.name], w)

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        sample, unit = index
        da, z, a = (_row(frame, name, sample) for name in self.reads)
        return self.activation.gradient(z, a, da, unit, frame[self.name].shape[1])


@dataclass(frozen=True)
class CanonicalGradient(Op):
    """∂L/∂z where loss and activation are partners: the chain rule's product is (a − y) / n, which never overflows."""

    loss: Loss

    @property
    def chain(self) -> str:
        a, z = symbol(self.reads[0]), symbol(self.name[1:])
        return _chain(self.name, f"∂L/∂{a} · ∂{a}/∂{z}", f"∂L/∂{a} · {_slope(self.loss.partner or '', z)}")

    def calls(self, w: Workspace) -> list[Call]:
        a, y = (w[name] for name in self.reads)
        dz = w[self.name]
        return [
            partial(np.subtract, a, y, dz),
            partial(np.multiply, dz, w.constant(1 / self.loss.count(w.rows, len(a))), dz),
        ]

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        a, y = (_(frame, name, *index) for name in self.reads)
        rows, outputs = frame[self.name].shape
        return (a - y) / Constant(self.loss.count(rows, outputs), "n")


@dataclass(frozen=True)
class WeightGradient(Op):
    """∂L/∂W = xᵀ·∂L/∂z: how each weight's input and its unit's error go together, summed over the samples."""

    penalty: Penalty
    activation: str

    @property
    def chain(self) -> str:
        penalty = self.penalty.gradient_formula(symbol(f"W{self.layer}"))
        return _chain_of_parameter(self.name, self.activation, symbol(self.reads[0]), penalty)

    def calls(self, w: Workspace) -> list[Call]:
        assert self.layer
        before, dz = self.reads[:2]
        # the row of ones gives ∂L/∂b in the same product. (1 + I, U) = (1 + I, B) · (B, U)
        product = partial(np.dot, w.with_ones(before), w[dz].T, w.with_bias(self.layer, gradient=True))
        return [product, *self.penalty.gradient(w[f"W{self.layer}"], w[self.name], w)]

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        before, dz = self.reads[:2]
        i, unit = index
        products = total("s", [len(frame[dz])], lambda s: _(frame, before, s, i) * _(frame, dz, s, unit))
        return self.penalty.gradient_of(products, _(frame, f"W{self.layer}", i, unit))


@dataclass(frozen=True)
class BiasGradient(Op):
    """∂L/∂b = Σ ∂L/∂z over the samples. Filled together with the weights' gradient."""

    activation: str

    @property
    def chain(self) -> str:
        return _chain_of_parameter(self.name, self.activation, "1")

    def calls(self, w: Workspace) -> list[Call]:
        return []

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        (dz,) = self.reads
        return total("s", [len(frame[dz])], lambda s: _(frame, dz, s, *index))


class InputGradient(Op):
    """∂L/∂a of the layer before = ∂L/∂z·Wᵀ: each unit's share in the errors it fed."""

    @property
    def chain(self) -> str:
        dz, weights = (symbol(name) for name in self.reads)
        return _chain(self.name, _step(dz, symbol(self.name)), f"{dz} · {weights}ᵀ")

    def calls(self, w: Workspace) -> list[Call]:
        dz, weights = self.reads
        return [partial(np.dot, w[weights], w[dz], w[self.name])]  # (I, B) = (I, U) · (U, B)

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        dz, weights = self.reads
        sample, i = index
        units = frame[weights].shape[1]
        return total("j", [units], lambda j: _(frame, dz, sample, j) * _(frame, weights, i, j))


@dataclass(frozen=True)
class LearningRate(Op):
    """α of this iteration. Set before the other ops run."""

    rate: Rate

    def calls(self, w: Workspace) -> list[Call]:
        return []

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        return self.rate.at(frame.iteration)


class GradientNorm(Op):
    """‖∂L‖ = √Σ g² over all gradients of parameters that are trained."""

    def calls(self, w: Workspace) -> list[Call]:
        norm, part = w[self.name], w.constant(0)
        calls: list[Call] = [partial(np.copyto, norm, 0)]
        for name in self.reads:
            flat = w[name].reshape(-1)
            calls += [partial(np.dot, flat, flat, part), partial(np.add, norm, part, norm)]
        return [*calls, partial(np.sqrt, norm, norm)]

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        squares = [Constant(float(np.square(frame[name]).sum()), f"Σ({symbol(name)})²") for name in self.reads]
        return sqrt(Add(tuple(squares), ("+",) * len(squares)))


@dataclass(frozen=True)
class Update(Op):
    """One step of the optimizer for one parameter. The kernel works on all parameters at once: see `Step.calls`."""

    parameter: str
    step: Step
    rate: Rate
    since: int  # the iteration from which the optimizer counts

    def calls(self, w: Workspace) -> list[Call]:
        return []

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        def named(suffix: str) -> Node:
            if suffix == "alpha" and not self.rate.changes:
                return self.rate.at(frame.iteration)
            name = part_of(self.parameter, suffix)
            return _(frame, name, *index) if frame[name].ndim else _(frame, name)

        return self.step.explain(named, frame.iteration - self.since)


def part_of(parameter: str, suffix: str) -> str:
    """The tensor that a step means by "" (the parameter), "d" (its gradient), "m", "m.prev", "alpha" ..."""
    if suffix in ("alpha", "norm"):
        return suffix
    return f"d{parameter}" if suffix == "d" else f"{parameter}.{suffix}".rstrip(".")


def forward_ops(network: Network, training: Training) -> list[Op]:
    """The ops from the batch to the loss."""
    ops: list[Op] = [
        Batch("x", "batch", None, (), "x = rows of the data", "x = data[rows]", "the inputs of this batch"),
        Batch("y", "batch", None, (), "y = targets of these rows", "y = targets[rows]", "the targets of this batch"),
    ]
    for k in range(1, len(network.layers) + 1):
        ops += _layer_forward(network, k)
    return ops + _loss_ops(network, training)


def backward_ops(network: Network, training: Training) -> list[Op]:
    """The ops from the loss back to the first layer's gradients: the chain rule, layer by layer."""
    loss, last = LOSSES[training.loss], len(network.layers)
    a, da, dz = f"a{last}", f"da{last}", f"dz{last}"
    formula = f"{symbol(da)} = {_written(loss.gradient_formula, a=a)}"
    code = f"{da} = {_coded(loss.gradient_numpy, a=a)}"
    title = "how the loss answers to each output"
    ops: list[Op] = [LossGradient(da, "backward", last, (a, "y"), formula, code, title, loss)]
    for k in range(last, 0, -1):
        if k == last and loss.partner == network.layers[-1].activation:
            formula = f"{symbol(dz)} = {symbol(da)} · {symbol(a)}′ = ({symbol(a)} − y) / n"
            code = f"{dz} = {_coded(loss.canonical_numpy, a=a)}"
            ops.append(CanonicalGradient(dz, "backward", last, (a, "y"), formula, code, _of_z(last), loss))
        else:
            ops.append(_activation_gradient(k, ACTIVATIONS[network.layers[k - 1].activation]))
        ops += _layer_backward(network, k, Penalty(training.l1, training.l2))
    return ops


def update_ops(network: Network, steps: tuple[Step, ...], rate: Rate, since: int = 0) -> list[Op]:
    """The optimizer's steps for each parameter that is not frozen, after what they have in common."""
    parameters = [name for name in parameter_names(network) if name not in network.frozen]
    ops: list[Op] = []
    if rate.changes:
        formula, code = f"αₜ = {rate.formula}", f"alpha = {rate.numpy}"
        ops.append(LearningRate("alpha", "update", None, (), formula, code, "the learning rate of this epoch", rate))
    if any("norm" in step.reads for step in steps) and parameters:
        reads = tuple(f"d{name}" for name in parameters)
        code = "norm = np.sqrt(sum((g**2).sum() for g in gradients))"
        title = "how long the gradient is: the norm of all of them together"
        ops.append(GradientNorm("norm", "update", None, reads, "‖∂L‖ = √(Σ g²)", code, title))
    return ops + [_update(name, step, rate, since) for name in parameters for step in steps]


def parameter_names(network: Network) -> list[str]:
    """W1, b1, W2, ..."""
    return [f"{letter}{k}" for k in range(1, len(network.layers) + 1) for letter in "Wb"]


def output_of(network: Network, k: int) -> str:
    """What layer k gives to the next one: x, its activations, or those that dropout left."""
    if k == 0:
        return "x"
    return f"drop{k}" if network.layers[k - 1].dropout else f"a{k}"


def _layer_forward(network: Network, k: int) -> list[Op]:
    x, z, a, weights, bias = output_of(network, k - 1), f"z{k}", f"a{k}", f"W{k}", f"b{k}"
    layer = network.layers[k - 1]
    activation = ACTIVATIONS[layer.activation]
    formula = f"{symbol(z)} = {symbol(x)}·{symbol(weights)} + {symbol(bias)}"
    title = f"weighted sum of each unit of layer {k}"
    activated = f"{symbol(a)} = {activation.formula.format(z=symbol(z))}"
    code = f"{a} = {activation.numpy.format(z=z)}"
    answer = f"activation of each unit of layer {k}: {activation.name}"
    ops: list[Op] = [
        WeightedSum(z, "forward", k, (x, weights, bias), formula, f"{z} = {x} @ {weights} + {bias}", title),
        Activate(a, "forward", k, (z,), activated, code, answer, activation),
    ]
    return ops + (_dropout(k, layer.dropout) if layer.dropout else [])


def _dropout(k: int, share: float) -> list[Op]:
    a, mask, left = f"a{k}", f"mask{k}", f"drop{k}"
    formula = f"{symbol(mask)} = 0 with probability {share:g}, else 1 / (1 − {share:g})"
    code = f"{mask} = (random >= {share:g}) / (1 - {share:g})"
    applied = f"{symbol(left)} = {symbol(a)} ⊙ {symbol(mask)}"
    return [
        DropoutMask(mask, "forward", k, (), formula, code, f"which units of layer {k} dropout silences", share),
        Multiply(left, "forward", k, (a, mask), applied, f"{left} = {a} * {mask}", f"what dropout leaves of layer {k}"),
    ]


def _loss_ops(network: Network, training: Training) -> list[Op]:
    last, loss = len(network.layers), LOSSES[training.loss]
    a, reads = f"a{last}", (f"a{last}", "y", f"z{last}")
    penalty = Penalty(training.l1, training.l2)
    name = "data_loss" if penalty else "loss"
    partner = loss.partner == network.layers[-1].activation
    formula, code = f"{symbol(name)} = {_written(loss.formula, a=a)}", f"{name} = {_coded(loss.numpy, a=a)}"
    title = "how wrong the outputs are"
    measured = MeasureLoss(name, "loss", None, reads, formula, code, title, loss, partner)
    if not penalty:
        return [measured]
    weights = tuple(f"W{k}" for k in range(1, last + 1))
    formula, code = f"Ω = {penalty.formula}", f"penalty = {penalty.numpy}"
    whole = "what is minimised: the loss of the data and the penalty"
    return [
        measured,
        MeasurePenalty("penalty", "loss", None, weights, formula, code, "what large weights cost", penalty),
        AddUp("loss", "loss", None, (name, "penalty"), "L = L₀ + Ω", "loss = data_loss + penalty", whole),
    ]


def _activation_gradient(k: int, activation: Activation) -> Op:
    da, z, a, dz = f"da{k}", f"z{k}", f"a{k}", f"dz{k}"
    written = activation.gradient_formula.format(da=symbol(da), z=symbol(z), a=symbol(a))
    code = f"{dz} = {activation.gradient_numpy.format(da=da, z=z, a=a)}"
    formula = f"{symbol(dz)} = {written}"
    return ActivationGradient(dz, "backward", k, (da, z, a), formula, code, _of_z(k), activation)


def _layer_backward(network: Network, k: int, penalty: Penalty) -> list[Op]:
    x, dz, weights, dw, db = output_of(network, k - 1), f"dz{k}", f"W{k}", f"dW{k}", f"db{k}"
    reads = (x, dz, weights) if penalty else (x, dz)
    formula = f"{symbol(dw)} = {symbol(x)}ᵀ·{symbol(dz)}{penalty.gradient_formula(symbol(weights))}"
    code = f"{dw} = {x}.T @ {dz}{penalty.gradient_numpy(weights)}"
    title = f"how the loss answers to each weight of layer {k}"
    summed = f"{symbol(db)} = Σₛ {symbol(dz)}"
    of_bias = f"how the loss answers to each bias of layer {k}"
    activation = network.layers[k - 1].activation
    ops: list[Op] = [
        WeightGradient(dw, "backward", k, reads, formula, code, title, penalty, activation),
        BiasGradient(db, "backward", k, (dz,), summed, f"{db} = {dz}.sum(axis=0)", of_bias, activation),
    ]
    return ops + (_input_gradient(network, k) if k > 1 else [])


def _input_gradient(network: Network, k: int) -> list[Op]:
    dz, weights, dx = f"dz{k}", f"W{k}", f"d{output_of(network, k - 1)}"
    formula, code = f"{symbol(dx)} = {symbol(dz)}·{symbol(weights)}ᵀ", f"{dx} = {dz} @ {weights}.T"
    title = f"how the loss answers to each activation of layer {k - 1}"
    ops: list[Op] = [InputGradient(dx, "backward", k - 1, (dz, weights), formula, code, title)]
    if network.layers[k - 2].dropout:
        da, mask = f"da{k - 1}", f"mask{k - 1}"
        formula = f"{symbol(da)} = {symbol(dx)} ⊙ {symbol(mask)}"
        ops.append(Multiply(da, "backward", k - 1, (dx, mask), formula, f"{da} = {dx} * {mask}", title))
    return ops


def _update(parameter: str, step: Step, rate: Rate, since: int) -> Op:
    name = part_of(parameter, step.name)
    g = part_of(parameter, next((suffix for suffix in GRADIENTS if suffix in step.reads), "d"))
    formula = f"{symbol(name)} = {step.formula.format(w=symbol(parameter), g=symbol(g))}"
    code = f"{parameter}_{step.name} = {step.numpy.format(w=parameter, g=g.replace('.', '_'))}"
    reads = tuple(part_of(parameter, suffix) for suffix in step.reads if suffix != "alpha" or rate.changes)
    title = f"{symbol(parameter)}: {step.title}"
    return Update(name, "update", int(parameter[1:]), reads, formula, code, title, parameter, step, rate, since)


def _chain(name: str, factors: str, found: str) -> str:
    return f"{symbol(name)} = {factors} = {found}"


def _chain_of_parameter(name: str, activation: str, inner: str, penalty: str = "") -> str:
    """∂L/∂W₁ = ∂L/∂a₁ · ∂a₁/∂z₁ · ∂z₁/∂W₁ = ∂L/∂a₁ · tanh′(z₁) · x: from the activation to the parameter.

    `penalty`: what is added to it where L has a penalty Ω.
    """
    parameter, layer = symbol(name[1:]), name[2:]
    a, z = symbol(f"a{layer}"), symbol(f"z{layer}")
    factors = f"∂L/∂{a} · ∂{a}/∂{z} · ∂{z}/∂{parameter}" + f" + ∂Ω/∂{parameter}" * bool(penalty)
    return _chain(name, factors, f"∂L/∂{a} · {_slope(activation, z)} · {inner}{penalty}")


def _step(outer: str, inner: str) -> str:
    """∂L/∂z₂ and ∂L/∂a₁ make ∂L/∂z₂ · ∂z₂/∂a₁."""
    return f"{outer} · {outer.removeprefix('∂L/')}/{inner.removeprefix('∂L/')}"


def _slope(activation: str, z: str) -> str:
    """The derivative of an activation: σ′(z₁), tanh′(z₁); 1 where it is linear."""
    return "1" if activation == "linear" else f"{'σ' if activation == 'sigmoid' else activation}′({z})"


def _of_z(k: int) -> str:
    return f"how the loss answers to each weighted sum of layer {k}"


def _written(formula: str, a: str) -> str:
    return formula.format(a=symbol(a), y="y")


def _coded(code: str, a: str) -> str:
    return code.format(a=a, y="y")


def _(frame: Frame, name: str, *index: int | str) -> Node:
    return frame.number(name, *index)


def _row(frame: Frame, name: str, sample: int) -> Callable[[int], Node]:
    return lambda unit: frame.number(name, sample, unit)
