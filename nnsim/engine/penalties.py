"""Penalties on large weights: l1·Σ|W| + ½·l2·ΣW², over the weights and not the biases."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from nnsim.engine.expressions import Add, Constant, Node, sign
from nnsim.engine.notation import symbol
from nnsim.engine.spec import Array
from nnsim.engine.workspace import Call, Workspace


@dataclass(frozen=True)
class Penalty:
    """What is added to the loss, and to the gradient of each weight."""

    l1: float
    l2: float

    def __bool__(self) -> bool:
        return bool(self.l1 or self.l2)

    def value(self, weights: list[Array], total: Array, w: Workspace) -> list[Call]:
        """The calls that sum it up over all layers."""
        half, l1 = w.constant(self.l2 / 2), w.constant(self.l1)
        part = w.constant(0)
        calls: list[Call] = [partial(np.copyto, total, 0)]
        for matrix in weights:
            flat = matrix.reshape(-1)
            if self.l1:
                size, ones = w.scratch(flat, "penalty"), np.ones(flat.size, flat.dtype)
                calls += [partial(np.absolute, flat, size), partial(np.dot, size, ones, part)]
                calls += [partial(np.multiply, part, l1, part), partial(np.add, total, part, total)]
            if self.l2:
                calls += [partial(np.dot, flat, flat, part)]
                calls += [partial(np.multiply, part, half, part), partial(np.add, total, part, total)]
        return calls

    def gradient(self, weights: Array, gradient: Array, w: Workspace) -> list[Call]:
        """The calls that add l1·sign(W) + l2·W to a gradient."""
        part = w.scratch(weights, "penalty")
        calls: list[Call] = []
        for factor, shape in ((self.l1, np.sign), (self.l2, np.positive)):
            if factor:
                calls += [
                    partial(shape, weights, part),
                    partial(np.multiply, part, w.constant(factor), part),
                    partial(np.add, gradient, part, gradient),
                ]
        return calls

    def value_of(self, weights: dict[str, Array]) -> Node:
        parts: list[Node] = []
        for name, values in weights.items():
            if self.l1:
                size = Constant(float(np.abs(values).sum()), f"Σ|{symbol(name)}|")
                parts.append(Constant(self.l1, "l1") * size)
            if self.l2:
                squares = Constant(float(np.square(values).sum()), f"Σ{symbol(name)}²")
                parts.append(Constant(self.l2, "l2") / 2 * squares)
        return Add(tuple(parts), ("+",) * len(parts))

    def gradient_of(self, gradient: Node, weight: Node) -> Node:
        if self.l1:
            gradient = gradient + Constant(self.l1, "l1") * sign(weight)
        if self.l2:
            gradient = gradient + Constant(self.l2, "l2") * weight
        return gradient

    @property
    def formula(self) -> str:
        parts = ["l1·Σ|W|"] * bool(self.l1) + ["l2/2·ΣW²"] * bool(self.l2)
        return " + ".join(parts)

    @property
    def numpy(self) -> str:
        parts = ["l1 * sum(abs(W).sum() for W in weights)"] * bool(self.l1)
        return " + ".join(parts + ["l2 / 2 * sum((W**2).sum() for W in weights)"] * bool(self.l2))

    def gradient_formula(self, weight: str) -> str:
        return f" + l1·sign({weight})" * bool(self.l1) + f" + l2·{weight}" * bool(self.l2)

    def gradient_numpy(self, weight: str) -> str:
        return f" + l1 * np.sign({weight})" * bool(self.l1) + f" + l2 * {weight}" * bool(self.l2)
