"""A small language over the numbers of a training run: `loss < 0.1 and any(isnan(W1))`, `a2[0,0] - y[0,0]`.

Guides quote numbers and wait for conditions with it. An expression is checked once against the tensors that there are,
and becomes closures: nothing is ever evaluated as Python. Arithmetic that has no result gives nan or inf, as NumPy's.
"""

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise
from typing import Any

import numpy as np

from nnsim.debugger.numbers import Numbers, Vocabulary
from nnsim.debugger.references import SIGNS, ConditionError, Reader, Reference, Shape, kind, size
from nnsim.scenario.errors import did_you_mean, found, listing

__all__ = ["FUNCTIONS", "ConditionError", "Expression", "Reference", "expression", "reference", "scalar"]

Run = Callable[[Numbers], Any]

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "isnan": np.isnan,
    "isfinite": np.isfinite,
}
_REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "max": np.max,
    "min": np.min,
    "sum": np.sum,
    "mean": np.mean,
    "argmax": np.argmax,
    "norm": lambda values: np.sqrt(np.sum(np.square(values))),
    "any": np.any,
    "all": np.all,
}
FUNCTIONS = (*_REDUCTIONS, *_ELEMENTWISE, "changed")


@dataclass(frozen=True)
class Expression:
    """An expression that has been checked. Called with the numbers of a moment it gives its value there."""

    text: str
    run: Run
    shape: Shape

    def __call__(self, numbers: Numbers) -> Any:
        with np.errstate(all="ignore"):
            return self.run(numbers)

    def value(self, numbers: Numbers) -> float:
        """As one number; nan beyond the last row of a small batch."""
        return float(self(numbers))

    def holds(self, numbers: Numbers) -> bool:
        """As a condition. What is not a number does not hold."""
        value = self(numbers)
        return bool(value) and not np.isnan(value)


def expression(text: str, vocabulary: Vocabulary) -> Expression:
    """Anything of the language. Raises ConditionError."""
    part = _Compiler(text, vocabulary, FUNCTIONS).compile()
    return Expression(text, part.run, part.shape)


def scalar(text: str, vocabulary: Vocabulary) -> Expression:
    """One number, or one truth: what a text may quote and a condition may be. Raises ConditionError."""
    found_one = expression(text, vocabulary)
    if found_one.shape:
        raise ConditionError(1, f"is {size(found_one.shape)}, not one", "an index, or any(…) all(…) max(…) sum(…) …")
    return found_one


def reference(text: str, vocabulary: Vocabulary) -> Reference:
    """The tensor, row, column or number that a text names. Raises ConditionError."""
    reader = Reader(text, vocabulary)
    return reader.reference(reader.parse())


@dataclass(frozen=True)
class _Part:
    run: Run
    shape: Shape = ()


class _Compiler(Reader):
    def compile(self) -> _Part:
        return self.part(self.parse())

    def part(self, node: ast.expr) -> _Part:
        match node:
            case ast.Constant(value=value):
                return self.constant(node, value)
            case ast.Name() | ast.Attribute():
                return self.named(node)
            case ast.Subscript():
                return self.element(self.reference(node))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return self.both(node, _BINARY[type(op)], left, right)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                inner = self.part(operand)
                return inner if isinstance(sign, ast.UAdd) else _Part(lambda now: -(inner.run(now) * 1.0), inner.shape)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                truth = self.truth(operand)
                return _Part(lambda now: not truth(now))
            case ast.BoolOp(op=op, values=values):
                truths = [self.truth(each) for each in values]
                combine = all if isinstance(op, ast.And) else any
                return _Part(lambda now: combine(each(now) for each in truths))
            case ast.Compare():
                return self.comparison(node)
            case ast.Call():
                return self.call(node)
        return self.wrong(node, f"{kind(node)} is not part of this language", SIGNS)

    def constant(self, node: ast.expr, value: Any) -> _Part:
        if isinstance(value, bool):
            return _Part(lambda now: value)
        if not isinstance(value, int | float):
            self.wrong(node, f"found {found(value)}", "a number")
        try:
            number = np.float64(value)
        except OverflowError:
            self.wrong(node, "found a number that is too large", "a number below 1e308")
        return _Part(lambda now: number)

    def named(self, node: ast.expr) -> _Part:
        name = self.dotted(node)
        if name in self.vocabulary.metrics:
            return _Part(lambda now: np.float64(now.metric(name)))
        if name in Numbers.CLOCKS:
            return _Part(lambda now: np.float64(now.clock(name)))
        return self.element(self.reference(node))

    def element(self, part: Reference) -> _Part:
        name, index = part.tensor, tuple(slice(None) if i is None else i for i in part.index)
        if name == "loss":
            return _Part(lambda now: now.loss)
        if part.element is None:
            return _Part(lambda now: _at(now.tensor(name), index), part.shape)
        return _Part(lambda now: _at(now.tensor(name), index))

    def both(self, node: ast.expr, function: Callable[[Any, Any], Any], left: ast.expr, right: ast.expr) -> _Part:
        one, other = self.part(left), self.part(right)
        shape = self.together(node, one.shape, other.shape)
        return _Part(lambda now: function(one.run(now) * 1.0, other.run(now) * 1.0), shape)

    def together(self, node: ast.expr, one: Shape, other: Shape) -> Shape:
        try:
            return np.broadcast_shapes(one, other)
        except ValueError:
            self.wrong(node, f"{size(one)} and {size(other)} do not go together", "tensors of one shape")

    def comparison(self, node: ast.Compare) -> _Part:
        parts = [self.part(each) for each in (node.left, *node.comparators)]
        shape: Shape = ()
        steps = []
        for (one, other), op in zip(pairwise(parts), node.ops, strict=True):
            if type(op) not in _COMPARISONS:
                self.wrong(node, "this comparison is not part of the language", "< <= > >= == !=")
            shape = self.together(node, shape, self.together(node, one.shape, other.shape))
            steps.append((one.run, _COMPARISONS[type(op)], other.run))
        if len(steps) == 1:
            left, compare, right = steps[0]
            return _Part(lambda now: compare(left(now), right(now)), shape)
        return _Part(lambda now: reduce(np.logical_and, [f(a(now), b(now)) for a, f, b in steps]), shape)

    def truth(self, node: ast.expr) -> Run:
        part = self.part(node)
        if part.shape:
            self.wrong(node, f"is {size(part.shape)}, where one truth is wanted", "any(…) or all(…) around it")
        return part.run

    def call(self, node: ast.Call) -> _Part:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in FUNCTIONS:
            self.wrong(node, f'there is no function "{name}"', listing(FUNCTIONS), did_you_mean(name, FUNCTIONS))
        several = name in ("max", "min")
        if node.keywords or not node.args or (len(node.args) > 1 and not several):
            takes = f"{name}(a) or {name}(a, b)" if several else f"{name}(a)"
            self.wrong(node, f"found {len(node.args) + len(node.keywords)} arguments", takes)
        if name == "changed":
            part = self.reference(node.args[0])
            return _Part(partial(_changed, part.tensor, tuple(slice(None) if i is None else i for i in part.index)))
        if len(node.args) > 1:
            return self.extreme(name, node)
        inner = self.part(node.args[0])
        if name in _ELEMENTWISE:
            function = _ELEMENTWISE[name]
            return _Part(lambda now: function(inner.run(now) * 1.0), inner.shape)
        reduction = _REDUCTIONS[name]
        return _Part(lambda now: reduction(inner.run(now)))

    def extreme(self, name: str, node: ast.Call) -> _Part:
        choose = np.maximum if name == "max" else np.minimum
        parts = [self.part(each) for each in node.args]
        shape: Shape = ()
        for part in parts:
            shape = self.together(node, shape, part.shape)
        first, *rest = parts

        def run(now: Numbers) -> Any:
            value = first.run(now) * 1.0
            for each in rest:
                value = choose(value, each.run(now) * 1.0)
            return value

        return _Part(run, shape)


def _at(values: Any, index: tuple[Any, ...]) -> Any:
    try:
        return values[index]
    except IndexError:  # the last batch of an epoch may have fewer rows
        return np.float64(np.nan)


def _changed(name: str, index: tuple[Any, ...], now: Numbers) -> bool:
    """Whether any number of it differs from the iteration before. Nothing has changed at iteration 0."""
    before, after = now.before(name), now.tensor(name)
    if before is None:
        return False
    one, other = _at(before, index), _at(after, index)
    return np.shape(one) != np.shape(other) or not np.array_equal(one, other, equal_nan=True)
