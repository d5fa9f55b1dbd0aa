"""The usual slips: what one gets who forgets the bias, takes a sum for a mean, mixes up rows; from a frame."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nnsim.debugger.answers import SIGN
from nnsim.engine.activations import ACTIVATIONS, Activation
from nnsim.engine.expressions import Constant, Node
from nnsim.engine.frame import Frame
from nnsim.engine.notation import OPTIONS, symbol
from nnsim.engine.ops import (
    Activate,
    ActivationGradient,
    AddUp,
    BiasGradient,
    CanonicalGradient,
    GradientNorm,
    InputGradient,
    LossGradient,
    MeasureLoss,
    MeasurePenalty,
    Multiply,
    Op,
    Update,
    WeightedSum,
    WeightGradient,
    part_of,
)
from nnsim.engine.program import Program
from nnsim.engine.spec import Array

Index = tuple[int, ...]

BESIDES = "And the sign is not right."
FEW = 64  # samples or units that are looked at one by one
_MISTAKABLE = ("sigmoid", "tanh", "relu")


@dataclass(frozen=True)
class Slip:
    """A wrong number and how one comes by it. `name`: what to practise, in a word or two."""

    name: str
    value: float
    text: str


@dataclass(frozen=True)
class Case:
    """The number that is asked for: an element of an op's tensor in a frame."""

    program: Program
    frame: Frame
    op: Op
    index: Index

    @property
    def right(self) -> float:
        return float(self.frame[self.op.name][self.index])

    def at(self, name: str, index: Index | None = None) -> float:
        """A number of the frame, by default at the same place."""
        return float(self.frame[name][self.index if index is None else index])

    def array(self, name: str) -> Array:
        return self.frame[name].astype(float)

    def has(self, name: str) -> bool:
        return name in self.frame.layout


def slips(program: Program, frame: Frame, op: Op, index: Index) -> tuple[Slip, ...]:
    """The wrong numbers that are near at hand for an element of an op's tensor, the likelier first.

    What comes to the right number is no slip.
    """
    case = Case(program, frame, op, index)
    of_op: Callable[[Any], Iterator[Slip]] | None = _OF_OP.get(type(op))
    with np.errstate(all="ignore"):
        of_its_own = list(of_op(case)) if of_op else []
        found = [*of_its_own, Slip("the sign", -case.right, SIGN), *_elsewhere(case)]
        found += [Slip(slip.name, -slip.value, f"{slip.text} {BESIDES}") for slip in of_its_own]
    return tuple(slip for slip in found if math.isfinite(slip.value) and not _same(slip.value, case.right))


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


# forwards


def _weighted_sum(case: Case) -> Iterator[Slip]:
    before, weights, bias = case.op.reads
    sample, unit = case.index
    x, w, b = case.array(before)[sample], case.array(weights), case.at(bias, (unit,))
    own, k = symbol(case.op.name), case.op.layer
    yield Slip("the bias", case.right - b, f"That is without the bias: {symbol(bias)} is still to be added.")
    yield Slip(
        "z and a", case.at(f"a{k}"), f"That is the activation {symbol(f'a{k}')}: {own} is what goes into the function."
    )
    if case.has(f"{weights}.next") and case.has(f"{bias}.next"):
        updated = x @ case.array(f"{weights}.next")[:, unit] + case.at(f"{bias}.next", (unit,))
        yield Slip("old and new weights", updated, _updated(weights))
    if unit < len(w) <= w.shape[1]:
        yield Slip("rows and columns", x @ w[unit, : len(w)] + b, _transposed(weights, "row", "column"))
    yield Slip("the bias", case.right - 2 * b, f"The bias {symbol(bias)} is added, not subtracted.")
    sums = f"z{k - 1}" if k else ""
    if sums in case.frame and case.frame[sums].shape == case.frame[before].shape:
        summed = float(case.array(sums)[sample] @ w[:, unit]) + b
        yield Slip("z and a", summed, f"That is with {symbol(sums)} in place of {symbol(before)}.")


def _activate(case: Case) -> Iterator[Slip]:
    op = case.op
    assert isinstance(op, Activate)
    sample, unit = case.index
    z, name, units = case.array(op.reads[0])[sample], symbol(op.reads[0]), case.frame[op.name].shape[1]
    b = case.array(f"b{op.layer}")
    yield Slip("z and a", z[unit], f"That is {name}: {op.activation.name} is still to be applied.")
    yield Slip(
        "the bias", _applied(op.activation, z - b, unit, units), f"That leaves the bias {symbol(f'b{op.layer}')} out."
    )
    yield Slip(
        "the function and its slope",
        _slope(op.activation, z, case.array(op.name)[sample], unit, units),
        "That is the derivative of the activation, not the activation.",
    )
    if op.activation.name == "sigmoid":
        yield Slip("the sign", 1 - case.right, "The exponent needs a minus: 1 / (1 + e^(−z)).")
    if op.activation.name == "softmax":
        text = "That is e^z: divide it by the sum over the units."
        yield Slip("the sum below", float(np.exp(z[unit])), text)
    for other in _MISTAKABLE:
        value = _applied(ACTIVATIONS[other], z, unit, units)
        if other != op.activation.name and value != z[unit]:  # which relu leaves as it is
            yield Slip("the function", value, f"That is {other} of {name}; this layer has {op.activation.name}.")


def _multiply(case: Case) -> Iterator[Slip]:
    one, mask = case.op.reads
    yield Slip("the mask", case.at(one), f"That is {symbol(one)}: the mask is still to be applied.")
    kept = case.at(one) * (case.at(mask) > 0)
    yield Slip("the mask", kept, "What is kept is also scaled up, by 1 / (1 − p).")


def _measure_loss(case: Case) -> Iterator[Slip]:
    op = case.op
    assert isinstance(op, MeasureLoss)
    rows, outputs = case.frame[op.reads[0]].shape
    n = op.loss.count(rows, outputs)
    yield Slip("sum or mean", case.right * n, f"That is the sum: the loss is the mean, divided by n = {n}.")
    if outputs > 1:
        other, words = (rows, "samples alone") if n != rows else (rows * outputs, "all outputs")
        yield Slip(
            "sum or mean", case.right * n / other, f"That divides by the number of {words}, {other}; here n = {n}."
        )
    if "cross_entropy" in op.loss.name:
        yield Slip("the logarithm", case.right / math.log(10), "That is the logarithm to base 10; ln is to base e.")
        yield Slip("the logarithm", case.right / math.log(2), "That is the logarithm to base 2; ln is to base e.")
    if op.loss.name == "mean_squared_error":
        yield Slip("the factor", case.right / 2, "There is no ½ in this loss.")
        yield Slip("the root", math.sqrt(max(case.right, 0)), "No root is taken: it is the mean of the squares.")
    if op.loss.name == "half_squared_error":
        yield Slip("the factor", case.right * 2, "The ½ is missing.")


def _measure_penalty(case: Case) -> Iterator[Slip]:
    op = case.op
    assert isinstance(op, MeasurePenalty)
    weights = {name: case.array(name) for name in op.reads}
    l1 = op.rule.l1 * sum(float(np.abs(w).sum()) for w in weights.values())
    l2 = op.rule.l2 * sum(float(np.square(w).sum()) for w in weights.values())
    yield Slip("the factor", l1 + l2, "The ½ of the squares is missing.")
    biases = [case.array(f"b{name[1:]}") for name in op.reads]
    more = op.rule.l1 * sum(float(np.abs(b).sum()) for b in biases)
    more += op.rule.l2 / 2 * sum(float(np.square(b).sum()) for b in biases)
    yield Slip("the penalty", case.right + more, "Biases are not punished, only weights.")


def _add_up(case: Case) -> Iterator[Slip]:
    data, penalty = case.op.reads
    yield Slip("the penalty", case.at(data), f"That is without the penalty {symbol(penalty)}.")
    yield Slip("the penalty", case.at(penalty), "That is the penalty alone.")


# backwards


def _loss_gradient(case: Case) -> Iterator[Slip]:
    op = case.op
    assert isinstance(op, LossGradient)
    rows, outputs = case.frame[op.name].shape
    n, dz = op.loss.count(rows, outputs), f"dz{op.layer}"
    yield Slip("sum or mean", case.right * n, _of_the_mean(n))
    if outputs > 1 and n != rows:
        yield Slip("sum or mean", case.right * outputs, f"That divides by the number of samples alone; here n = {n}.")
    if op.loss.name == "mean_squared_error":
        yield Slip("the factor", case.right / 2, "The 2 of the square's derivative is missing.")
    if op.loss.name == "half_squared_error":
        yield Slip("the factor", case.right * 2, "The 2 of the square cancels the ½.")
    yield Slip("σ′", case.at(dz), f"That is {symbol(dz)}: the derivative of the activation does not belong here yet.")


def _canonical(case: Case) -> Iterator[Slip]:
    op = case.op
    assert isinstance(op, CanonicalGradient)
    a, n = case.at(op.reads[0]), op.loss.count(*case.frame[op.name].shape)
    yield Slip("sum or mean", case.right * n, _of_the_mean(n))
    yield Slip("σ′", case.at(f"da{op.layer}"), _without_slope(op, op.loss.partner or ""))
    text = "The derivative of the activation is already in a − y: it comes once only."
    yield Slip("σ′", case.right * a * (1 - a), text)


def _activation_gradient(case: Case) -> Iterator[Slip]:
    op = case.op
    assert isinstance(op, ActivationGradient)
    da, z, a = op.reads
    sample, unit = case.index
    z_row, a_row, units = case.array(z)[sample], case.array(a)[sample], case.frame[op.name].shape[1]
    yield Slip("σ′", case.at(da), _without_slope(op, op.activation.name))
    slope = _slope(op.activation, z_row, a_row, unit, units)
    yield Slip("σ′", slope, f"That is the derivative of the activation alone: times {symbol(da)}.")
    if op.activation.name in ("sigmoid", "tanh"):
        value = z_row[unit] * (1 - z_row[unit]) if op.activation.name == "sigmoid" else 1 - z_row[unit] ** 2
        text = f"The derivative is written with the activation {symbol(a)}, not with {symbol(z)}."
        yield Slip("z and a", case.at(da) * value, text)
    yield Slip("σ′", case.at(da) * a_row[unit], f"That is times {symbol(a)}: times the derivative of the activation.")


def _weight_gradient(case: Case) -> Iterator[Slip]:
    op = case.op
    assert isinstance(op, WeightGradient)
    before, dz = op.reads[:2]
    i, unit = case.index
    inputs, errors = case.array(before)[:, i], case.array(dz)[:, unit]
    total, k = float(inputs @ errors), op.layer or 1
    if op.penalty:
        yield Slip("the penalty", total, "That is without the penalty's share.")
    yield from _of_the_batch(case, total, inputs * errors)
    slopeless = float(inputs @ case.array(f"da{k}")[:, unit])
    yield Slip("σ′", slopeless, f"That is with {symbol(f'da{k}')} in place of {symbol(dz)}: the slope is missing.")
    if k > 1:
        summed = float(case.array(f"z{k - 1}")[:, i] @ errors)
        yield Slip("z and a", summed, f"That is with {symbol(f'z{k - 1}')} in place of {symbol(before)}.")
    yield Slip("the input", float(errors.sum()), f"That is the sum of {symbol(dz)} alone: each times {symbol(before)}.")
    mixed = float(inputs @ np.roll(errors, 1))
    text = f"{symbol(before)} and {symbol(dz)} have to be of the same sample: yours are a row apart."
    yield Slip("rows mixed up", mixed, text)


def _bias_gradient(case: Case) -> Iterator[Slip]:
    errors = case.array(case.op.reads[0])[:, case.index[0]]
    yield from _of_the_batch(case, float(errors.sum()), errors)
    da = f"da{case.op.layer}"
    text = f"That is with {symbol(da)} in place of {symbol(case.op.reads[0])}: the slope is missing."
    yield Slip("σ′", float(case.array(da)[:, case.index[0]].sum()), text)


def _of_the_batch(case: Case, total: float, parts: Array) -> Iterator[Slip]:
    """Slips of what is summed up over the samples."""
    op, rows = case.op, len(parts)
    last = case.frame[f"a{len(case.program.network.layers)}"].shape
    n = _count(case.program, *last)
    yield Slip("sum or mean", total / rows, f"The {rows} samples are added up: the 1 / n is in {symbol(op.reads[-1])}.")
    yield Slip("sum or mean", total * n, _of_the_mean(n))
    if 1 < rows <= FEW:
        for sample, value in enumerate(parts):
            name = f"#{case.frame.rows[sample]}"
            yield Slip("the sum over samples", float(value), f"That is the share of {name} alone: add up all samples.")


def _input_gradient(case: Case) -> Iterator[Slip]:
    dz, weights = case.op.reads
    sample, i = case.index
    errors, w = case.array(dz)[sample], case.array(weights)
    da = f"d{dz[1:].replace('z', 'a')}"
    slopeless = float(w[i] @ case.array(da)[sample])
    yield Slip("σ′", slopeless, f"That is with {symbol(da)} in place of {symbol(dz)}: the slope is missing.")
    if case.has(f"{weights}.next"):
        updated = float(case.array(f"{weights}.next")[i] @ errors)
        yield Slip("old and new weights", updated, _updated(weights))
    if i < w.shape[1] <= len(w):
        transposed = float(w[: w.shape[1], i] @ errors)
        yield Slip("rows and columns", transposed, _transposed(weights, "column", "row"))
    if 1 < len(errors) <= FEW:
        names = case.frame.axis_names(weights, 1)
        for unit, value in enumerate(w[i] * errors):
            text = f"That is what comes back from {names[unit]} alone: add up all units of the layer."
            yield Slip("the sum over units", float(value), text)


# the update


def _norm(case: Case) -> Iterator[Slip]:
    yield Slip("the root", case.right**2, "That is the sum of the squares: take the root.")


def _update(case: Case) -> Iterator[Slip]:
    op = case.op
    assert isinstance(op, Update)
    number = partial(_part, case, op)
    rate = op.rate.at(case.frame.iteration).value
    yield from {"step": _step, "next": _next}.get(op.step.name, _memory)(case, op, number, rate)


def _step(case: Case, op: Update, number: Callable[[str], float], rate: float) -> Iterator[Slip]:
    yield Slip("the learning rate", case.right / rate if rate else math.nan, "The learning rate α is missing.")
    options = case.program.options
    reads = op.step.reads
    if "mhat" in reads:
        decay = rate * options["weight_decay"] * number("") if "" in reads else 0.0
        epsilon = options["epsilon"]
        raw = rate * number("m") / (math.sqrt(number("v")) + epsilon) + decay
        yield Slip("bias correction", raw, "The bias correction is missing: m̂ and v̂, not m and v.")
        rootless = rate * number("mhat") / (number("vhat") + epsilon) + decay
        yield Slip("the root", rootless, "The root of v̂ is missing.")
        if decay:
            yield Slip("weight decay", case.right - decay, "The weight decay λ·W is missing.")
    elif "v" in reads:
        gradient = next(number(suffix) for suffix in reads if suffix not in ("v", "alpha"))
        yield Slip("the root", rate * gradient / (number("v") + options["epsilon"]), "The root of v is missing.")
    yield Slip("the optimizer", rate * number("d"), "That is α times the gradient: plain gradient descent.")


def _next(case: Case, op: Update, number: Callable[[str], float], rate: float) -> Iterator[Slip]:
    before, step, name = number(""), number("step"), symbol(op.parameter)
    yield Slip("the sign", before + step, "The step is subtracted: training goes down the slope.")
    yield Slip("the learning rate", before - (step / rate if rate else math.nan), "The learning rate α is missing.")
    yield Slip("the learning rate", before - number("d"), "That subtracts the gradient itself, without α.")
    yield Slip("the optimizer", before - rate * number("d"), "That is a step of plain gradient descent.")
    yield Slip("the old value", step, f"That is the step: it is subtracted from {name}.")
    yield Slip("the old value", before, f"That is {name} before the update.")


def _memory(case: Case, op: Update, number: Callable[[str], float], rate: float) -> Iterator[Slip]:
    """Of what an optimizer remembers or prepares."""
    name, t = op.step.name, case.frame.iteration
    letter = op.step.formula.partition("·")[0]
    share = case.program.options.get(OPTIONS.get(letter, ""), math.nan)
    new = next((number(suffix) for suffix in op.step.reads if suffix not in (f"{name}.prev", "v")), math.nan)
    old = number(f"{name}.prev") if f"{name}.prev" in op.step.reads else math.nan
    if name in ("mhat", "vhat"):
        memory = number(name[0])
        yield Slip("bias correction", memory, f"That is {name[0]}: the bias correction is still to be done.")
        beta = case.program.options["beta1" if name == "mhat" else "beta2"]
        power = 1 - beta**t
        text = f"The exponent is t + 1 = {t + 1}: iterations are counted from 0."
        yield Slip("bias correction", memory / power if power else math.nan, text)
    elif letter == "μ":
        yield Slip("the velocity", new, "That is the gradient alone: the old velocity counts too.")
        yield Slip("the velocity", share * old, "That is the old velocity alone: the gradient is added.")
    elif "²" in op.step.formula:
        yield Slip("the square", share * old + (1 - share) * new, "The gradient is to be squared.")
        yield from _averaged(share, old, new**2)
    elif name == "m":
        yield from _averaged(share, old, new)
    elif name == "clipped":
        yield Slip("clipping", number("d"), "That is the gradient before it is clipped.")
    elif name == "g":
        yield Slip("weight decay", new, "That is the gradient without the weight decay.")


def _averaged(share: float, old: float, new: float) -> Iterator[Slip]:
    """Slips of share·old + (1 − share)·new."""
    yield Slip("the average", share * old + new, "The new value counts with 1 − β only.")
    yield Slip("the average", (1 - share) * old + share * new, "The old value counts with β, the new one with 1 − β.")
    yield Slip("the average", (1 - share) * new, "That is the new part alone: the old value counts too.")
    yield Slip("the average", share * old, "That is the old part alone: the new value counts too.")


def _part(case: Case, op: Update, suffix: str) -> float:
    """A number of the parameter by suffix: "" itself, "d" its gradient, "m.prev" ..."""
    name = part_of(op.parameter, suffix)
    return case.at(name, () if case.frame[name].ndim == 0 else None)


# anywhere


def _elsewhere(case: Case) -> Iterator[Slip]:
    """Numbers of the same tensor: transposed, of another sample, of another unit."""
    values, name = case.frame[case.op.name], case.op.name
    if values.ndim == 2 and case.index[1] < len(values) and case.index[0] < values.shape[1]:
        i, j = case.index
        other = case.frame.label(name, (j, i))
        yield Slip("rows and columns", float(values[j, i]), f"That is {other}: row and column are swapped.")
    for axis, length in enumerate(values.shape):
        kind = case.frame.layout[name].axes[axis].kind
        what = {"sample": "rows mixed up", "input": "another input"}.get(kind, "another unit")
        for i in range(length if length <= FEW else 0):
            index = (*case.index[:axis], i, *case.index[axis + 1 :])
            words = "another sample" if kind == "sample" else what
            yield Slip(what, float(values[index]), f"That is {case.frame.label(name, index)}: {words}.")


def _applied(activation: Activation, z: Array, unit: int, units: int) -> float:
    return activation.output(_row(z), unit, units).value


def _slope(activation: Activation, z: Array, a: Array, unit: int, units: int) -> float:
    """∂a/∂z of one unit."""
    return activation.gradient(_row(z), _row(a), _row(np.eye(units)[unit]), unit, units).value


def _row(values: Array) -> Callable[[int], Node]:
    return lambda unit: Constant(math.nan if isinstance(unit, str) else float(values[unit]))  # a letter has no value


def _count(program: Program, rows: int, outputs: int) -> int:
    """What the mean of the loss is taken over."""
    return next(op.loss.count(rows, outputs) for op in program if isinstance(op, MeasureLoss))


def _of_the_mean(n: int) -> str:
    return f"That is of the sum: the loss is a mean, so divide by n = {n}."


def _without_slope(op: Op, activation: str) -> str:
    return f"That is {symbol(f'da{op.layer}')}: the derivative of {activation} is missing."


def _updated(weights: str) -> str:
    return f"That is with weights that are already updated: {symbol(weights)} still has its old values here."


def _transposed(weights: str, taken: str, wanted: str) -> str:
    return f"That takes a {taken} of {symbol(weights)}: take the {wanted}."


_OF_OP: Mapping[type[Op], Callable[[Case], Iterator[Slip]]] = {
    WeightedSum: _weighted_sum,
    Activate: _activate,
    Multiply: _multiply,
    MeasureLoss: _measure_loss,
    MeasurePenalty: _measure_penalty,
    AddUp: _add_up,
    LossGradient: _loss_gradient,
    CanonicalGradient: _canonical,
    ActivationGradient: _activation_gradient,
    WeightGradient: _weight_gradient,
    BiasGradient: _bias_gradient,
    InputGradient: _input_gradient,
    GradientNorm: _norm,
    Update: _update,
}
