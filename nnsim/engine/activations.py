"""The activation functions: each with its kernel, its derivative, and both as formulas.

`forward` and `backward` return the calls that fill `a` from `z`, and `dz` from `da`; arrays are (units, batch).
None of them overwrites what it reads. `output` and `gradient` say the same of one element, as a formula.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from nnsim.engine.expressions import Node, call, exp, total
from nnsim.engine.spec import Array
from nnsim.engine.workspace import Call, Workspace

Row = Callable[[int], Node]  # the numbers of one sample, by unit


class Activation(Protocol):
    name: str
    default_init: str  # initializer of a layer that names none
    formula: str  # of a, with {z}
    numpy: str
    gradient_formula: str  # of ∂L/∂z, with {da} {z} {a}
    gradient_numpy: str

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]: ...
    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]: ...
    def output(self, z: Row, unit: int, units: int) -> Node: ...
    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node: ...


class Linear:
    name = "linear"
    default_init = "xavier_normal"
    formula, numpy = "{z}", "{z}"
    gradient_formula, gradient_numpy = "{da}", "{da}"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [partial(np.copyto, a, z)]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        return [partial(np.copyto, dz, da)]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return z(unit)

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return da(unit)


class Sigmoid:
    """σ(z) = 1 / (1 + e^(−z)). For z below −709 e^(−z) is infinite and σ(z) rightly 0."""

    name = "sigmoid"
    default_init = "xavier_normal"
    formula, numpy = "1 / (1 + e^(−{z}))", "1 / (1 + np.exp(-{z}))"
    gradient_formula, gradient_numpy = "{da} ⊙ {a} ⊙ (1 − {a})", "{da} * {a} * (1 - {a})"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        one = w.constant(1)
        return [
            partial(np.negative, z, a),
            partial(np.exp, a, a),
            partial(np.add, one, a, a),
            partial(np.reciprocal, a, a),
        ]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        slope = w.scratch(z)
        return [
            partial(np.subtract, w.constant(1), a, slope),
            partial(np.multiply, a, slope, slope),
            partial(np.multiply, da, slope, dz),
        ]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return 1 / (1 + exp(-z(unit)))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return da(unit) * a(unit) * (1 - a(unit))


class Tanh:
    name = "tanh"
    default_init = "xavier_normal"
    formula, numpy = "tanh({z})", "np.tanh({z})"
    gradient_formula, gradient_numpy = "{da} ⊙ (1 − {a}²)", "{da} * (1 - {a}**2)"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [partial(np.tanh, z, a)]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        slope = w.scratch(z)
        return [
            partial(np.multiply, a, a, slope),
            partial(np.subtract, w.constant(1), slope, slope),
            partial(np.multiply, da, slope, dz),
        ]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return call("tanh({})", math.tanh, z(unit))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return da(unit) * (1 - a(unit) ** 2)


class Relu:
    """max(0, z); its derivative at exactly 0 is taken as 0, as everyone does."""

    name = "relu"
    default_init = "he_normal"
    formula, numpy = "max(0, {z})", "np.maximum(0, {z})"
    gradient_formula, gradient_numpy = "{da} ⊙ [{z} > 0]", "{da} * ({z} > 0)"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [partial(np.maximum, z, w.constant(0), out=a)]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        slope = w.scratch(z)
        # a is never negative, so its sign is 1 where z > 0 and 0 elsewhere: quicker than a comparison
        return [partial(np.sign, a, slope), partial(np.multiply, da, slope, dz)]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return call("max(0, {})", lambda value: value if value > 0 or math.isnan(value) else 0.0, z(unit))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return da(unit) * call("[{} > 0]", lambda value: math.nan if math.isnan(value) else float(value > 0), z(unit))


class Softmax:
    """softmax(z)ⱼ = e^zⱼ / Σₖ e^zₖ over the units of a layer. The largest z is subtracted first: nothing overflows."""

    name = "softmax"
    default_init = "xavier_normal"
    formula, numpy = "e^{z} / Σ e^{z}", "np.exp({z}) / np.exp({z}).sum(axis=1, keepdims=True)"
    gradient_formula = "{a} ⊙ ({da} − Σⱼ {da}·{a})"
    gradient_numpy = "{a} * ({da} - ({da} * {a}).sum(axis=1, keepdims=True))"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        shifted, ones, row = w.scratch(z, "shifted"), np.ones((1, len(z)), z.dtype), w.scratch(z[:1], "total")
        return [
            partial(np.maximum.reduce, z, 0, None, row, True),
            partial(np.subtract, z, row, shifted),
            partial(np.exp, shifted, a),
            partial(np.dot, ones, a, row),
            partial(np.divide, a, row, a),
        ]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        ones, row = np.ones((1, len(z)), z.dtype), w.scratch(z[:1])
        return [
            partial(np.multiply, da, a, dz),
            partial(np.dot, ones, dz, row),
            partial(np.subtract, da, row, dz),
            partial(np.multiply, a, dz, dz),
        ]

    def output(self, z: Row, unit: int, units: int) -> Node:
        largest = max(z(j).value for j in range(units))
        if abs(largest) < 700:
            return exp(z(unit)) / total("k", [units], lambda j: exp(z(j)))
        return exp(z(unit) - largest) / total("k", [units], lambda j: exp(z(j) - largest))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return a(unit) * (da(unit) - total("k", [units], lambda k: da(k) * a(k)))


_ALL: tuple[Activation, ...] = (Linear(), Sigmoid(), Tanh(), Relu(), Softmax())
ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _ALL}
