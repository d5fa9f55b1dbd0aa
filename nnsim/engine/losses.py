"""The loss functions: each with its kernel, its derivative by the outputs, and both as formulas.

Definitions and reductions are PyTorch's. Where the output activation is the loss's `partner` (sigmoid for binary,
softmax for categorical cross-entropy) the loss is computed from z, which cannot overflow, and ∂L/∂z is (a − y) / n at
once: the chain rule's product, simplified. ∂L/∂a stays in the frame as the textbook has it.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from nnsim.engine.expressions import Constant, Node, Sum, call, exp, ln, log1p_exp, sign, total
from nnsim.engine.spec import Array
from nnsim.engine.workspace import Call, Workspace

Cell = Callable[[int, int], Node]  # the number of a sample and an output

SMALLEST_SLOPE = float(np.float32(1e-12))  # of a·(1 − a): the floor in the derivative of PyTorch's BCELoss, to the bit
LARGEST_LOG = 100.0  # PyTorch's bound on −ln in the binary cross-entropy
TINY = sys.float_info.min
WELL_CONDITIONED = 9.0  # |z| up to which ln(1 − σ(z)) keeps twelve digits


class Loss(Protocol):
    name: str
    partner: str | None
    formula: str  # of the loss, with {a} {y}
    numpy: str
    gradient_formula: str  # of ∂L/∂a
    gradient_numpy: str
    canonical_numpy: str  # of ∂L/∂z after the partner activation

    def count(self, rows: int, outputs: int) -> int:
        """What the mean is taken over: n."""
        ...

    def value(self, z: Array, a: Array, y: Array, loss: Array, w: Workspace, partner: bool) -> list[Call]: ...
    def gradient(self, a: Array, y: Array, da: Array, w: Workspace) -> list[Call]: ...
    def value_of(self, z: Cell, a: Cell, y: Cell, rows: int, outputs: int, partner: bool) -> Node: ...
    def gradient_of(self, a: Node, y: Node, rows: int, outputs: int) -> Node: ...


class _MeanOverAll:
    def count(self, rows: int, outputs: int) -> int:
        return rows * outputs


class BinaryCrossEntropy(_MeanOverAll):
    """−1/n Σ [y·ln a + (1 − y)·ln(1 − a)], n = samples × outputs. `torch.nn.BCELoss`; from z, `BCEWithLogitsLoss`."""

    name = "binary_cross_entropy"
    partner: str | None = "sigmoid"
    formula = "−1/n · Σ [{y}·ln {a} + (1 − {y})·ln(1 − {a})]"
    numpy = "-np.mean({y} * np.log({a}) + (1 - {y}) * np.log(1 - {a}))"
    gradient_formula = "({a} − {y}) / ({a}·(1 − {a})) / n"
    gradient_numpy = "({a} - {y}) / np.maximum({a} * (1 - {a}), 1e-12) / {a}.size"
    canonical_numpy = "({a} - {y}) / {a}.size"

    def value(self, z: Array, a: Array, y: Array, loss: Array, w: Workspace, partner: bool) -> list[Call]:
        terms, other = w.scratch(z), w.scratch(z, 1)
        n = self.count(w.rows, len(a))
        if partner:  # −ln σ(z) and −ln(1 − σ(z)) are ln(1 + e^z) − y·z for y = 1 and y = 0
            return [
                partial(np.logaddexp, w.constant(0), z, terms),
                partial(np.multiply, y, z, other),
                partial(np.subtract, terms, other, terms),
                _mean(terms, n, loss),
            ]
        one, bound = w.constant(1), w.constant(-LARGEST_LOG)
        return [
            partial(np.log, a, terms),
            partial(np.maximum, terms, bound, out=terms),
            partial(np.multiply, y, terms, terms),
            partial(np.subtract, one, a, other),
            partial(np.log, other, other),
            partial(np.maximum, other, bound, out=other),
            partial(np.add, terms, other, terms),
            lambda: np.subtract(terms, y * other, terms),
            _mean(terms, -n, loss),
        ]

    def gradient(self, a: Array, y: Array, da: Array, w: Workspace) -> list[Call]:
        slope = w.scratch(a)
        return [
            partial(np.subtract, w.constant(1), a, slope),
            partial(np.multiply, a, slope, slope),
            partial(np.maximum, slope, w.constant(SMALLEST_SLOPE), out=slope),
            partial(np.multiply, slope, w.constant(self.count(w.rows, len(a))), slope),
            partial(np.subtract, a, y, da),
            partial(np.divide, da, slope, da),
        ]

    def value_of(self, z: Cell, a: Cell, y: Cell, rows: int, outputs: int, partner: bool) -> Node:
        n = Constant(self.count(rows, outputs), "n")
        steep = any(abs(z(s, k).value) > WELL_CONDITIONED for s in range(rows) for k in range(outputs))

        def term(s: int, k: int) -> Node:
            if partner and steep:
                return _softplus(z(s, k)) - y(s, k) * z(s, k)
            target = y(s, k).value
            if target == 1:
                return -_bounded_ln(a(s, k))
            if target == 0:
                return -_bounded_ln(1 - a(s, k))
            return -(y(s, k) * _bounded_ln(a(s, k)) + (1 - y(s, k)) * _bounded_ln(1 - a(s, k)))

        return _over_all(term, rows, outputs) / n

    def gradient_of(self, a: Node, y: Node, rows: int, outputs: int) -> Node:
        slope = a * (1 - a)
        if slope.value < SMALLEST_SLOPE:
            slope = Constant(SMALLEST_SLOPE)
        return (a - y) / slope / Constant(self.count(rows, outputs), "n")


class CategoricalCrossEntropy:
    """−1/n Σ y·ln a, n = samples; y holds one-hot rows. `torch.nn.CrossEntropyLoss` applied to z."""

    name = "categorical_cross_entropy"
    partner: str | None = "softmax"
    formula = "−1/n · Σ {y}·ln {a}"
    numpy = "-np.sum({y} * np.log({a})) / len({a})"
    gradient_formula = "−{y} / {a} / n"
    gradient_numpy = "-{y} / {a} / len({a})"
    canonical_numpy = "({a} - {y}) / len({a})"

    def count(self, rows: int, outputs: int) -> int:
        return rows

    def value(self, z: Array, a: Array, y: Array, loss: Array, w: Workspace, partner: bool) -> list[Call]:
        terms = w.scratch(a)
        mean = _mean(terms, -w.rows, loss)
        if partner:  # ln softmax(z) = z − max − ln Σ e^(z − max): softmax left both parts behind
            shifted, row = w.scratch(z, "shifted"), w.scratch(z[:1], "total")
            return [
                partial(np.log, row, row),
                partial(np.subtract, shifted, row, terms),
                partial(np.multiply, y, terms, terms),
                mean,
            ]
        return [
            partial(np.maximum, a, w.constant(TINY), out=terms),
            partial(np.log, terms, terms),
            partial(np.multiply, y, terms, terms),
            mean,
        ]

    def gradient(self, a: Array, y: Array, da: Array, w: Workspace) -> list[Call]:
        safe = w.scratch(a)
        return [
            partial(np.maximum, a, w.constant(TINY), out=safe),
            partial(np.multiply, safe, w.constant(-w.rows), safe),
            partial(np.divide, y, safe, da),
        ]

    def value_of(self, z: Cell, a: Cell, y: Cell, rows: int, outputs: int, partner: bool) -> Node:
        n = Constant(self.count(rows, outputs), "n")

        def term(s: int, k: int) -> Node:
            if partner and a(s, k).value < TINY:  # too small for a number: its logarithm from z
                largest = max(z(s, j).value for j in range(outputs))
                return y(s, k) * (z(s, k) - largest - ln(total("j", [outputs], lambda j: exp(z(s, j) - largest))))
            return y(s, k) * ln(_at_least(a(s, k), TINY))

        if all(y(s, k).value in (0, 1) for s in range(rows) for k in range(outputs)):
            return -_over_one_hot(term, y, rows, outputs) / n
        return -_over_all(term, rows, outputs) / n

    def gradient_of(self, a: Node, y: Node, rows: int, outputs: int) -> Node:
        return -y / _at_least(a, TINY) / Constant(self.count(rows, outputs), "n")


class MeanSquaredError(_MeanOverAll):
    """1/n Σ (a − y)², n = samples × outputs. `torch.nn.MSELoss`."""

    name = "mean_squared_error"
    partner: str | None = None
    formula = "1/n · Σ ({a} − {y})²"
    numpy = "np.mean(({a} - {y})**2)"
    gradient_formula = "2·({a} − {y}) / n"
    gradient_numpy = "2 * ({a} - {y}) / {a}.size"
    canonical_numpy = ""

    def value(self, z: Array, a: Array, y: Array, loss: Array, w: Workspace, partner: bool) -> list[Call]:
        error = w.scratch(a)
        flat = error.reshape(-1)
        return [
            partial(np.subtract, a, y, error),
            partial(np.dot, flat, flat, loss),
            partial(np.multiply, loss, w.constant(1 / self.count(w.rows, len(a))), loss),
        ]

    def gradient(self, a: Array, y: Array, da: Array, w: Workspace) -> list[Call]:
        scale = w.constant(2 / self.count(w.rows, len(a)))
        return [partial(np.subtract, a, y, da), partial(np.multiply, da, scale, da)]

    def value_of(self, z: Cell, a: Cell, y: Cell, rows: int, outputs: int, partner: bool) -> Node:
        n = Constant(self.count(rows, outputs), "n")
        return _over_all(lambda s, k: (a(s, k) - y(s, k)) ** 2, rows, outputs) / n

    def gradient_of(self, a: Node, y: Node, rows: int, outputs: int) -> Node:
        return 2 * (a - y) / Constant(self.count(rows, outputs), "n")


class MeanAbsoluteError(_MeanOverAll):
    """1/n Σ |a − y|, n = samples × outputs; the derivative at 0 is 0. `torch.nn.L1Loss`."""

    name = "mean_absolute_error"
    partner: str | None = None
    formula = "1/n · Σ |{a} − {y}|"
    numpy = "np.mean(np.abs({a} - {y}))"
    gradient_formula = "sign({a} − {y}) / n"
    gradient_numpy = "np.sign({a} - {y}) / {a}.size"
    canonical_numpy = ""

    def value(self, z: Array, a: Array, y: Array, loss: Array, w: Workspace, partner: bool) -> list[Call]:
        error = w.scratch(a)
        return [
            partial(np.subtract, a, y, error),
            partial(np.absolute, error, error),
            _mean(error, self.count(w.rows, len(a)), loss),
        ]

    def gradient(self, a: Array, y: Array, da: Array, w: Workspace) -> list[Call]:
        scale = w.constant(1 / self.count(w.rows, len(a)))
        return [partial(np.subtract, a, y, da), partial(np.sign, da, da), partial(np.multiply, da, scale, da)]

    def value_of(self, z: Cell, a: Cell, y: Cell, rows: int, outputs: int, partner: bool) -> Node:
        n = Constant(self.count(rows, outputs), "n")
        return _over_all(lambda s, k: call("|{}|", abs, a(s, k) - y(s, k)), rows, outputs) / n

    def gradient_of(self, a: Node, y: Node, rows: int, outputs: int) -> Node:
        return sign(a - y) / Constant(self.count(rows, outputs), "n")


class HalfSquaredError:
    """½ Σ (a − y)² over the outputs, mean over the samples: the error of most worked examples, without the 2."""

    name = "half_squared_error"
    partner: str | None = None
    formula = "1/n · Σ ½·({a} − {y})²"
    numpy = "0.5 * np.sum(({a} - {y})**2) / len({a})"
    gradient_formula = "({a} − {y}) / n"
    gradient_numpy = "({a} - {y}) / len({a})"
    canonical_numpy = ""

    def count(self, rows: int, outputs: int) -> int:
        return rows

    def value(self, z: Array, a: Array, y: Array, loss: Array, w: Workspace, partner: bool) -> list[Call]:
        error = w.scratch(a)
        flat = error.reshape(-1)
        return [
            partial(np.subtract, a, y, error),
            partial(np.dot, flat, flat, loss),
            partial(np.multiply, loss, w.constant(0.5 / w.rows), loss),
        ]

    def gradient(self, a: Array, y: Array, da: Array, w: Workspace) -> list[Call]:
        scale = w.constant(1 / w.rows)
        return [partial(np.subtract, a, y, da), partial(np.multiply, da, scale, da)]

    def value_of(self, z: Cell, a: Cell, y: Cell, rows: int, outputs: int, partner: bool) -> Node:
        n = Constant(self.count(rows, outputs), "n")
        half = Constant(0.5, "½")
        return _over_all(lambda s, k: half * (a(s, k) - y(s, k)) ** 2, rows, outputs) / n

    def gradient_of(self, a: Node, y: Node, rows: int, outputs: int) -> Node:
        return (a - y) / Constant(self.count(rows, outputs), "n")


class Huber(_MeanOverAll):
    """½ e² where |e| ≤ 1, |e| − ½ beyond, with e = a − y; mean over all. `torch.nn.HuberLoss` with δ = 1."""

    name = "huber"
    partner: str | None = None
    formula = "1/n · Σ (½·e² where |e| ≤ 1, else |e| − ½), e = {a} − {y}"
    numpy = "np.mean(np.where(abs({a} - {y}) <= 1, 0.5 * ({a} - {y})**2, abs({a} - {y}) - 0.5))"
    gradient_formula = "({a} − {y}, kept within ±1) / n"
    gradient_numpy = "np.clip({a} - {y}, -1, 1) / {a}.size"
    canonical_numpy = ""

    def value(self, z: Array, a: Array, y: Array, loss: Array, w: Workspace, partner: bool) -> list[Call]:
        size, inner = w.scratch(a), w.scratch(a, 1)
        return [  # with q = min(|e|, 1): ½q² + (|e| − q) is both branches at once
            partial(np.subtract, a, y, size),
            partial(np.absolute, size, size),
            partial(np.minimum, size, w.constant(1), out=inner),
            partial(np.subtract, size, inner, size),
            partial(np.multiply, inner, inner, inner),
            partial(np.multiply, inner, w.constant(0.5), inner),
            partial(np.add, size, inner, size),
            _mean(size, self.count(w.rows, len(a)), loss),
        ]

    def gradient(self, a: Array, y: Array, da: Array, w: Workspace) -> list[Call]:
        return [
            partial(np.subtract, a, y, da),
            partial(np.minimum, da, w.constant(1), out=da),
            partial(np.maximum, da, w.constant(-1), out=da),
            partial(np.multiply, da, w.constant(1 / self.count(w.rows, len(a))), da),
        ]

    def value_of(self, z: Cell, a: Cell, y: Cell, rows: int, outputs: int, partner: bool) -> Node:
        half = Constant(0.5, "½")

        def term(s: int, k: int) -> Node:
            error = a(s, k) - y(s, k)
            return half * error**2 if not abs(error.value) > 1 else call("|{}|", abs, error) - half

        return _over_all(term, rows, outputs) / Constant(self.count(rows, outputs), "n")

    def gradient_of(self, a: Node, y: Node, rows: int, outputs: int) -> Node:
        error = a - y
        if abs(error.value) > 1:
            error = sign(error)
        return error / Constant(self.count(rows, outputs), "n")


_ALL: tuple[Loss, ...] = (
    BinaryCrossEntropy(),
    CategoricalCrossEntropy(),
    MeanSquaredError(),
    MeanAbsoluteError(),
    HalfSquaredError(),
    Huber(),
)
LOSSES: dict[str, Loss] = {loss.name: loss for loss in _ALL}


def _over_all(term: Cell, rows: int, outputs: int) -> Node:
    """Σ over samples, and over outputs where there are several."""
    if outputs == 1:
        return total("s", [rows], lambda s: term(s, 0))
    return total("s,k", [rows, outputs], term)


def _over_one_hot(term: Cell, y: Cell, rows: int, outputs: int) -> Node:
    """The same without the terms that a target of 0 takes away."""
    general = total("s,k", [1, 1], term)
    assert isinstance(general, Sum)
    pairs = [(s, k) for s in range(rows) for k in range(outputs) if y(s, k).value]
    return Sum(general.letter, general.general, tuple(term(s, k) for s, k in pairs))


def _softplus(z: Node) -> Node:
    """ln(1 + e^z), written as z + ln(1 + e^(−z)) where e^z would be too large."""
    return z + log1p_exp(-z) if z.value > 0 else log1p_exp(z)


def _mean(terms: Array, n: int, loss: Array) -> Call:
    return partial(np.dot, terms.reshape(-1), np.full(terms.size, 1 / n, terms.dtype), loss)


def _at_least(a: Node, floor: float) -> Node:
    return a if not a.value < floor else Constant(floor)


def _bounded_ln(a: Node) -> Node:
    return ln(a) if not a.value < 3.7e-44 else Constant(-LARGEST_LOG)
