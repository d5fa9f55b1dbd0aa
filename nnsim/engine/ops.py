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
from nnsim.engine.expressions import Constant, Node, total
from nnsim.engine.frame import Frame
from nnsim.engine.losses import LOSSES, Loss
from nnsim.engine.notation import symbol
from nnsim.engine.optimizers import Options, Step
from nnsim.engine.spec import Network
from nnsim.engine.workspace import Call, Workspace

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


class WeightGradient(Op):
    """∂L/∂W = xᵀ·∂L/∂z: how each weight's input and its unit's error go together, summed over the samples."""

    def calls(self, w: Workspace) -> list[Call]:
        assert self.layer
        before, dz = self.reads
        # the row of ones gives ∂L/∂b in the same product. (1 + I, U) = (1 + I, B) · (B, U)
        return [partial(np.dot, w.with_ones(before), w[dz].T, w.with_bias(self.layer, gradient=True))]

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        before, dz = self.reads
        i, unit = index
        return total("s", [len(frame[dz])], lambda s: _(frame, before, s, i) * _(frame, dz, s, unit))


class BiasGradient(Op):
    """∂L/∂b = Σ ∂L/∂z over the samples. Filled together with the weights' gradient."""

    def calls(self, w: Workspace) -> list[Call]:
        return []

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        (dz,) = self.reads
        return total("s", [len(frame[dz])], lambda s: _(frame, dz, s, *index))


class InputGradient(Op):
    """∂L/∂a of the layer before = ∂L/∂z·Wᵀ: each unit's share in the errors it fed."""

    def calls(self, w: Workspace) -> list[Call]:
        dz, weights = self.reads
        return [partial(np.dot, w[weights], w[dz], w[self.name])]  # (I, B) = (I, U) · (U, B)

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        dz, weights = self.reads
        sample, i = index
        units = frame[weights].shape[1]
        return total("j", [units], lambda j: _(frame, dz, sample, j) * _(frame, weights, i, j))


@dataclass(frozen=True)
class Update(Op):
    """One step of the optimizer for one parameter. The kernel works on all parameters at once: see `Step.calls`."""

    parameter: str
    step: Step
    options: Options

    def calls(self, w: Workspace) -> list[Call]:
        return []

    def explain(self, frame: Frame, index: tuple[int, ...]) -> Node:
        def named(suffix: str) -> Node:
            return _(frame, part_of(self.parameter, suffix), *index)

        return self.step.explain(named, self.options, frame.iteration)


def part_of(parameter: str, suffix: str) -> str:
    """The tensor that an optimizer's step means by "" (the parameter), "d" (its gradient), "m", "m.prev", ..."""
    return f"d{parameter}" if suffix == "d" else f"{parameter}.{suffix}".rstrip(".")


def forward_ops(network: Network, loss_name: str) -> list[Op]:
    """The ops from the batch to the loss."""
    loss, last = LOSSES[loss_name], len(network.layers)
    ops: list[Op] = [
        Batch("x", "batch", None, (), "x = rows of the data", "x = data[rows]", "the inputs of this batch"),
        Batch("y", "batch", None, (), "y = their targets", "y = targets[rows]", "the targets of this batch"),
    ]
    for k, layer in enumerate(network.layers, start=1):
        ops += _layer_forward(k, ACTIVATIONS[layer.activation])
    a, z = f"a{last}", f"z{last}"
    partner = loss.partner == network.layers[-1].activation
    formula, code = _written(loss.formula, a=a), _coded(loss.numpy, a=a)
    reads = (a, "y", z)
    return [
        *ops,
        MeasureLoss(
            "loss", "loss", None, reads, f"L = {formula}", f"loss = {code}", "how wrong the outputs are", loss, partner
        ),
    ]


def backward_ops(network: Network, loss_name: str) -> list[Op]:
    """The ops from the loss back to the first layer's gradients: the chain rule, layer by layer."""
    loss, last = LOSSES[loss_name], len(network.layers)
    a, da, dz = f"a{last}", f"da{last}", f"dz{last}"
    title = "how the loss answers to each output"
    formula = f"{symbol(da)} = {_written(loss.gradient_formula, a=a)}"
    ops: list[Op] = [
        LossGradient(da, "backward", last, (a, "y"), formula, f"{da} = {_coded(loss.gradient_numpy, a=a)}", title, loss)
    ]
    for k in range(last, 0, -1):
        if k == last and loss.partner == network.layers[-1].activation:
            formula = f"{symbol(dz)} = {symbol(da)} · {symbol(a)}′ = ({symbol(a)} − y) / n"
            code = f"{dz} = {_coded(loss.canonical_numpy, a=a)}"
            ops.append(CanonicalGradient(dz, "backward", last, (a, "y"), formula, code, _of_z(last), loss))
        else:
            ops.append(_activation_gradient(k, ACTIVATIONS[network.layers[k - 1].activation]))
        ops += _layer_backward(k)
    return ops


def update_ops(network: Network, steps: tuple[Step, ...], options: Options) -> list[Op]:
    """The optimizer's steps for each parameter that is not frozen."""
    return [
        _update(part, step, options)
        for k in range(1, len(network.layers) + 1)
        for part in (f"W{k}", f"b{k}")
        if part not in network.frozen
        for step in steps
    ]


def _layer_forward(k: int, activation: Activation) -> list[Op]:
    x, z, a, weights, bias = "x" if k == 1 else f"a{k - 1}", f"z{k}", f"a{k}", f"W{k}", f"b{k}"
    formula = f"{symbol(z)} = {symbol(x)}·{symbol(weights)} + {symbol(bias)}"
    title = f"weighted sum of each unit of layer {k}"
    activated = f"activation of each unit of layer {k}: {activation.name}"
    return [
        WeightedSum(z, "forward", k, (x, weights, bias), formula, f"{z} = {x} @ {weights} + {bias}", title),
        Activate(
            a,
            "forward",
            k,
            (z,),
            f"{symbol(a)} = {activation.formula.format(z=symbol(z))}",
            f"{a} = {activation.numpy.format(z=z)}",
            activated,
            activation,
        ),
    ]


def _activation_gradient(k: int, activation: Activation) -> Op:
    da, z, a, dz = f"da{k}", f"z{k}", f"a{k}", f"dz{k}"
    formula = activation.gradient_formula.format(da=symbol(da), z=symbol(z), a=symbol(a))
    code = activation.gradient_numpy.format(da=da, z=z, a=a)
    return ActivationGradient(
        dz, "backward", k, (da, z, a), f"{symbol(dz)} = {formula}", f"{dz} = {code}", _of_z(k), activation
    )


def _layer_backward(k: int) -> list[Op]:
    x, dz, weights = "x" if k == 1 else f"a{k - 1}", f"dz{k}", f"W{k}"
    ops: list[Op] = [
        WeightGradient(
            f"dW{k}",
            "backward",
            k,
            (x, dz),
            f"{symbol(f'dW{k}')} = {symbol(x)}ᵀ·{symbol(dz)}",
            f"dW{k} = {x}.T @ {dz}",
            f"how the loss answers to each weight of layer {k}",
        ),
        BiasGradient(
            f"db{k}",
            "backward",
            k,
            (dz,),
            f"{symbol(f'db{k}')} = Σₛ {symbol(dz)}",
            f"db{k} = {dz}.sum(axis=0)",
            f"how the loss answers to each bias of layer {k}",
        ),
    ]
    if k > 1:
        da = f"da{k - 1}"
        formula, code = f"{symbol(da)} = {symbol(dz)}·{symbol(weights)}ᵀ", f"{da} = {dz} @ {weights}.T"
        title = f"how the loss answers to each activation of layer {k - 1}"
        ops.append(InputGradient(da, "backward", k - 1, (dz, weights), formula, code, title))
    return ops


def _update(parameter: str, step: Step, options: Options) -> Op:
    name, gradient = part_of(parameter, step.name), f"d{parameter}"
    left = f"{symbol(parameter)} next" if step.name == "next" else symbol(name)
    formula = step.formula.format(w=symbol(parameter), g=symbol(gradient))
    code = f"{parameter}_{step.name} = {step.numpy.format(w=parameter, g=gradient)}"
    reads = tuple(part_of(parameter, suffix) for suffix in step.reads)
    title = f"{symbol(parameter)}: {step.title}"
    return Update(
        name, "update", int(parameter[1:]), reads, f"{left} = {formula}", code, title, parameter, step, options
    )


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
