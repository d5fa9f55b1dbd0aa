"""The activation functions: each with its kernel, its derivative, and both as formulas.

`forward` and `backward` return the calls that fill `a` from `z`, and `dz` from `da`; arrays are (units, batch).
None of them overwrites what it reads. `output` and `gradient` say the same of one element, as a formula.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from nnsim.engine.expressions import Constant, Node, call, exp, log1p_exp, total
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
        return _sigmoid(z, a, w)

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
        above = [] if w.follows else [partial(np.maximum, z, w.constant(0), out=slope)]
        return [*above, partial(np.sign, slope if above else a, slope), partial(np.multiply, da, slope, dz)]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return call("max(0, {})", lambda value: value if value > 0 or math.isnan(value) else 0.0, z(unit))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return da(unit) * _positive(z(unit))


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


class LeakyRelu:
    """z where z > 0, 0.01·z elsewhere. `torch.nn.LeakyReLU`; the derivative at 0 is 0.01."""

    name = "leaky_relu"
    default_init = "he_normal"
    formula, numpy = "max({z}, 0.01·{z})", "np.maximum({z}, 0.01 * {z})"
    gradient_formula = "{da} ⊙ (1 where {z} > 0, else 0.01)"
    gradient_numpy = "{da} * np.where({z} > 0, 1, 0.01)"
    SLOPE = 0.01

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [partial(np.multiply, z, w.constant(self.SLOPE), a), partial(np.maximum, z, a, out=a)]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        slope = w.scratch(z)
        return [
            partial(np.heaviside, z, w.constant(0), slope),
            partial(np.maximum, slope, w.constant(self.SLOPE), out=slope),
            partial(np.multiply, da, slope, dz),
        ]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return z(unit) if z(unit).value > 0 else self.SLOPE * z(unit)

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return da(unit) * (1 if z(unit).value > 0 else self.SLOPE)


class Elu:
    """z where z > 0, e^z − 1 elsewhere. Clevert et al. (2016), `torch.nn.ELU` with α = 1."""

    name = "elu"
    default_init = "he_normal"
    formula, numpy = "{z} where {z} > 0, else e^{z} − 1", "np.where({z} > 0, {z}, np.expm1({z}))"
    gradient_formula = "{da} ⊙ (1 where {z} > 0, else {a} + 1)"
    gradient_numpy = "{da} * np.where({z} > 0, 1, {a} + 1)"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [  # e^min(z, 0) − 1 is 0 where z > 0, and the larger of the two elsewhere
            partial(np.minimum, z, w.constant(0), out=a),
            partial(np.expm1, a, a),
            partial(np.maximum, z, a, out=a),
        ]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        slope = w.scratch(z)
        return [
            partial(np.minimum, z, w.constant(0), out=slope),
            partial(np.exp, slope, slope),
            partial(np.multiply, da, slope, dz),
        ]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return z(unit) if z(unit).value > 0 else exp(z(unit)) - 1

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return da(unit) * (1 if z(unit).value > 0 else exp(z(unit)))


class Silu:
    """z·σ(z), also called swish. `torch.nn.SiLU`."""

    name = "silu"
    default_init = "he_normal"
    formula, numpy = "{z}·σ({z})", "{z} / (1 + np.exp(-{z}))"
    gradient_formula = "{da} ⊙ σ({z}) ⊙ (1 + {z} ⊙ (1 − σ({z})))"
    gradient_numpy = "{da} * s * (1 + {z} * (1 - s)) where s = 1 / (1 + np.exp(-{z}))"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [*_sigmoid(z, a, w), partial(np.multiply, z, a, a)]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        sigma, slope = w.scratch(z), w.scratch(z, 1)
        return [
            *_sigmoid(z, sigma, w),
            partial(np.subtract, w.constant(1), sigma, slope),
            partial(np.multiply, z, slope, slope),
            partial(np.add, slope, w.constant(1), slope),
            partial(np.multiply, sigma, slope, slope),
            partial(np.multiply, da, slope, dz),
        ]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return z(unit) / (1 + exp(-z(unit)))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        sigma = _sigma(z(unit))
        return da(unit) * (sigma * (1 + z(unit) * (1 - sigma)))


class Gelu:
    """½ z (1 + tanh(√(2/π)·(z + 0.044715 z³))). Hendrycks & Gimpel (2016), `torch.nn.GELU(approximate="tanh")`."""

    name = "gelu"
    default_init = "he_normal"
    formula = "½·{z}·(1 + tanh(√(2/π)·({z} + 0.044715·{z}³)))"
    numpy = "0.5 * {z} * (1 + np.tanh(np.sqrt(2 / np.pi) * ({z} + 0.044715 * {z}**3)))"
    gradient_formula = "{da} ⊙ (½·(1 + t) + ½·{z}·(1 − t²)·√(2/π)·(1 + 0.134145·{z}²)), t = the tanh of {a}"
    gradient_numpy = (
        "{da} * (0.5 * (1 + t) + 0.5 * {z} * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 0.134145 * {z}**2))"
        " where t = np.tanh(np.sqrt(2 / np.pi) * ({z} + 0.044715 * {z}**3))"
    )
    SCALE, CUBE = math.sqrt(2 / math.pi), 0.044715

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [
            *self._bend(z, a, w),
            partial(np.add, a, w.constant(1), a),
            partial(np.multiply, a, z, a),
            partial(np.multiply, a, w.constant(0.5), a),
        ]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        t, slope, one = w.scratch(z), w.scratch(z, 1), w.constant(1)
        return [
            *self._bend(z, t, w),
            partial(np.multiply, z, z, dz),
            partial(np.multiply, dz, w.constant(3 * self.CUBE), dz),
            partial(np.add, dz, one, dz),
            partial(np.multiply, dz, w.constant(self.SCALE), dz),
            partial(np.multiply, dz, z, dz),
            partial(np.multiply, t, t, slope),
            partial(np.subtract, one, slope, slope),
            partial(np.multiply, slope, dz, slope),
            partial(np.add, slope, t, slope),
            partial(np.add, slope, one, slope),
            partial(np.multiply, slope, w.constant(0.5), slope),
            partial(np.multiply, da, slope, dz),
        ]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return Constant(0.5, "½") * z(unit) * (1 + self._tanh(z(unit)))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        t, half = self._tanh(z(unit)), Constant(0.5, "½")
        bent = Constant(self.SCALE, "√(2/π)") * (1 + 3 * self.CUBE * z(unit) ** 2)
        return da(unit) * (half * (1 + t) + half * z(unit) * (1 - t**2) * bent)

    def _bend(self, z: Array, t: Array, w: Workspace) -> list[Call]:
        """t = tanh(√(2/π)·z·(1 + 0.044715 z²))"""
        return [
            partial(np.multiply, z, z, t),
            partial(np.multiply, t, w.constant(self.CUBE), t),
            partial(np.add, t, w.constant(1), t),
            partial(np.multiply, t, z, t),
            partial(np.multiply, t, w.constant(self.SCALE), t),
            partial(np.tanh, t, t),
        ]

    def _tanh(self, z: Node) -> Node:
        return call("tanh({})", math.tanh, Constant(self.SCALE, "√(2/π)") * (z + self.CUBE * z**3))


class Softplus:
    """ln(1 + e^z), a smooth relu. `torch.nn.Softplus` is linear above 20; the two differ by 2e-9 there at most."""

    name = "softplus"
    default_init = "he_normal"
    formula, numpy = "ln(1 + e^{z})", "np.logaddexp(0, {z})"
    gradient_formula, gradient_numpy = "{da} ⊙ σ({z})", "{da} / (1 + np.exp(-{z}))"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [partial(np.logaddexp, w.constant(0), z, a)]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        slope = w.scratch(z)
        return [*_sigmoid(z, slope, w), partial(np.multiply, da, slope, dz)]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return z(unit) + log1p_exp(-z(unit)) if z(unit).value > 0 else log1p_exp(z(unit))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return da(unit) * _sigma(z(unit))


class Step:
    """1 where z > 0, else 0: the perceptron's threshold. Its derivative is 0 everywhere, so nothing below it learns."""

    name = "step"
    default_init = "xavier_normal"
    formula, numpy = "1 where {z} > 0, else 0", "np.heaviside({z}, 0)"
    gradient_formula, gradient_numpy = "0 · {da}", "0 * {da}"

    def forward(self, z: Array, a: Array, w: Workspace) -> list[Call]:
        return [partial(np.heaviside, z, w.constant(0), a)]

    def backward(self, z: Array, a: Array, da: Array, dz: Array, w: Workspace) -> list[Call]:
        return [partial(np.multiply, da, w.constant(0), dz)]

    def output(self, z: Row, unit: int, units: int) -> Node:
        return _positive(z(unit))

    def gradient(self, z: Row, a: Row, da: Row, unit: int, units: int) -> Node:
        return 0 * da(unit)


def _sigmoid(z: Array, sigma: Array, w: Workspace) -> list[Call]:
    return [
        partial(np.negative, z, sigma),
        partial(np.exp, sigma, sigma),
        partial(np.add, w.constant(1), sigma, sigma),
        partial(np.reciprocal, sigma, sigma),
    ]


def _sigma(z: Node) -> Node:
    return call("σ({})", lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0, z)


def _positive(z: Node) -> Node:
    return call("[{} > 0]", lambda x: math.nan if math.isnan(x) else float(x > 0), z)


_ALL: tuple[Activation, ...] = (
    Linear(),
    Sigmoid(),
    Tanh(),
    Relu(),
    LeakyRelu(),
    Elu(),
    Gelu(),
    Silu(),
    Softplus(),
    Step(),
    Softmax(),
)
ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _ALL}
