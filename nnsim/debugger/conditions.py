"""A small language over the numbers of a training run: `loss < 0.1 and any(isnan(W1))`, `a2[0,0] - y[0,0]`.

Guides quote numbers and wait for conditions with it, breakpoints stop at them, watches show them. An expression is
checked once against the tensors that there are, and becomes closures: nothing is ever evaluated as Python. The same
closures work on the numbers of one iteration and on those of many at once, which then stand along a last axis.
Arithmetic that has no result gives nan or inf, as NumPy's.
"""

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np

from nnsim.debugger.numbers import CLOCKS, Source, Vocabulary
from nnsim.debugger.references import SIGNS, ConditionError, Reader, Reference, Shape, kind, size
from nnsim.scenario.errors import did_you_mean, found, listing

__all__ = ["FUNCTIONS", "ConditionError", "Expression", "Reference", "condition", "expression", "reference", "scalar"]

Run = Callable[[Source], Any]

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
_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "max": np.max,
    "min": np.min,
    "sum": np.sum,
    "mean": np.mean,
    "argmax": np.argmax,
    "norm": lambda values, axis: np.sqrt(np.sum(np.square(values), axis)),
    "any": np.any,
    "all": np.all,
}
_TRUTHS = ("isnan", "isfinite", "any", "all", "changed")  # what these give is a truth
_OF_SEVERAL = {"isnan": _REDUCTIONS["any"], "isfinite": _REDUCTIONS["all"]}  # where one truth is wanted
FUNCTIONS = (*_REDUCTIONS, *_ELEMENTWISE, "changed")


@dataclass(frozen=True)
class Expression:
    """An expression that has been checked. Called with the numbers of a moment it gives its value there.

    references: the tensors that it reads. metrics: whether it needs some; comparing: whether it looks at the iteration
    before, too.
    """

    text: str
    run: Run
    shape: Shape
    references: tuple[Reference, ...] = ()
    metrics: bool = False
    comparing: bool = False

    def __call__(self, numbers: Source) -> Any:
        with np.errstate(all="ignore"):
            return self.run(numbers)

    def value(self, numbers: Source) -> float:
        """As one number; nan beyond the last row of a small batch."""
        return float(self(numbers))

    def holds(self, numbers: Source) -> bool:
        """As a condition. What is not a number does not hold."""
        return bool(truth(self(numbers)))


def truth(values: Any) -> Any:
    """Numbers as truths: all but 0 and what is not a number."""
    return (values != 0) & ~np.isnan(values)


def expression(text: str, vocabulary: Vocabulary) -> Expression:
    """Anything of the language. Raises ConditionError."""
    return _Compiler(text, vocabulary).expression()


def scalar(text: str, vocabulary: Vocabulary) -> Expression:
    """One number, or one truth: what a text may quote and a condition may be. Raises ConditionError."""
    compiler = _Compiler(text, vocabulary)
    found_one = compiler.expression(one=True)
    if found_one.shape:
        node, shape = compiler.whole[0]
        compiler.wrong(node, f"{kind(node)} is {size(shape)}, not one", "an index, or any(…) all(…) max(…) sum(…) …")
    return found_one


def condition(text: str, vocabulary: Vocabulary) -> Expression:
    """What holds or does not: a comparison, `and`, `or`, `not`, or a call that says whether. Raises ConditionError."""
    found_one = scalar(text, vocabulary)
    tree = Reader(text, vocabulary).parse()
    match tree:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return found_one
        case ast.Call(func=ast.Name(id=name)) if name in _TRUTHS:
            return found_one
    raise ConditionError(1, "is a number, not a condition", "a comparison with another one, such as loss < 0.1")


def reference(text: str, vocabulary: Vocabulary) -> Reference:
    """The tensor, row, column or number that a text names. Raises ConditionError."""
    reader = Reader(text, vocabulary)
    return reader.reference(reader.parse())


@dataclass(frozen=True)
class _Part:
    run: Run
    shape: Shape = ()
    metrics: bool = False


class _Compiler(Reader):
    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        super().__init__(text, vocabulary, FUNCTIONS)
        self.references: list[Reference] = []
        self.given = text
        self.whole: list[tuple[ast.expr, Shape]] = []  # the tensors of several numbers that no call has made one of
        self.comparing = False

    def expression(self, one: bool = False) -> Expression:
        """The whole text. one: it is to be one number, or one truth."""
        tree = self.parse()
        part = self.one(tree) if one else self.part(tree)
        references = tuple(dict.fromkeys(self.references))
        return Expression(self.given, part.run, part.shape, references, part.metrics, self.comparing)

    def part(self, node: ast.expr) -> _Part:
        match node:
            case ast.Constant(value=value):
                return self.constant(node, value)
            case ast.Name() | ast.Attribute():
                return self.named(node)
            case ast.Subscript():
                return self.element(node)
            case ast.BinOp(left=left, op=op, right=right):
                return self.both(op, left, right)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                inner = self.part(operand)
                if isinstance(sign, ast.UAdd):
                    return inner
                return _Part(lambda now: -_numbers(inner.run(now)), inner.shape, inner.metrics)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.truth(operand)
                return _Part(lambda now: np.logical_not(inner.run(now)), (), inner.metrics)
            case ast.BoolOp(op=op, values=values):
                return _combined([self.truth(each) for each in values], all_of=isinstance(op, ast.And))
            case ast.Compare():
                return self.comparison(node)
            case ast.Call():
                return self.call(node)
            case ast.Tuple(elts=[first, *others]):
                self.foreign(first, others[0] if others else None, hint="a decimal point is a dot: 0.1")
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
            return _Part(lambda now: now.metric(name), metrics=True)
        if name in CLOCKS:
            return _Part(lambda now: now.clock(name))
        return self.element(node)

    def element(self, node: ast.expr) -> _Part:
        part = self.reference(node)
        self.references.append(part)
        if part.shape:
            self.whole.append((node, part.shape))
        return _Part(lambda now: now.part(part), part.shape)

    def both(self, op: ast.operator, left: ast.expr, right: ast.expr) -> _Part:
        if type(op) not in _BINARY:
            self.foreign(left, right)
        function, one, other = _BINARY[type(op)], self.part(left), self.part(right)
        shape = self.together(left, right, one.shape, other.shape)
        slow = one.metrics or other.metrics
        return _Part(lambda now: function(_numbers(one.run(now)), _numbers(other.run(now))), shape, slow)

    def together(self, left: ast.expr, right: ast.expr, one: Shape, other: Shape) -> Shape:
        try:
            return np.broadcast_shapes(one, other)
        except ValueError:
            at = self.sign(left, right)[0]
            self.wrong_at(at, f"{size(one)} and {size(other)} do not go together", "tensors of one shape")

    def comparison(self, node: ast.Compare) -> _Part:
        nodes = (node.left, *node.comparators)
        for (left, right), op in zip(pairwise(nodes), node.ops, strict=True):
            if type(op) not in _COMPARISONS:
                self.foreign(left, right, "< <= > >= == !=")
        parts = [self.part(each) for each in nodes]
        shape: Shape = ()
        steps = []
        for (one, other), (left, right), op in zip(pairwise(parts), pairwise(nodes), node.ops, strict=True):
            shape = self.together(left, right, shape, self.together(left, right, one.shape, other.shape))
            steps.append((one.run, _COMPARISONS[type(op)], other.run))
        slow = any(part.metrics for part in parts)
        if len(steps) == 1:
            first, compare, second = steps[0]
            return _Part(lambda now: compare(first(now), second(now)), shape, slow)
        return _Part(lambda now: reduce(np.logical_and, [f(a(now), b(now)) for a, f, b in steps]), shape, slow)

    def one(self, node: ast.expr) -> _Part:
        """Whether any of several numbers is nan, or all of them are finite, where that alone is asked."""
        before = len(self.whole)
        part = self.part(node)
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in _OF_SEVERAL and part.shape:
                del self.whole[before:]
                return _reduced(_OF_SEVERAL[name], part)
        return part

    def truth(self, node: ast.expr) -> _Part:
        before = len(self.whole)
        part = self.one(node)
        if part.shape:
            where, shape = self.whole[before]
            what = f"{kind(where)} is {size(shape)}, where one truth is wanted"
            self.wrong(where, what, "any(…) or all(…) around it")
        return part

    def call(self, node: ast.Call) -> _Part:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in FUNCTIONS:
            self.wrong(node, f'there is no function "{name}"', listing(FUNCTIONS), did_you_mean(name, FUNCTIONS))
        several = name in ("max", "min")
        if node.keywords or not node.args or (len(node.args) > 1 and not several):
            takes = f"{name}(a) or {name}(a, b)" if several else f"{name}(a)"
            where = [node, *(node.args[1:] if not several else []), *node.keywords]
            self.wrong(where[min(1, len(where) - 1)], f"found {len(node.args) + len(node.keywords)} arguments", takes)
        if len(node.args) > 1:
            return self.extreme(name, node)
        before = len(self.whole)
        if name in _ELEMENTWISE:
            function, inner = _ELEMENTWISE[name], self.part(node.args[0])
            return _Part(lambda now: function(_numbers(inner.run(now))), inner.shape, inner.metrics)
        if name == "changed":
            found_one = self.changed(node.args[0])
        else:
            found_one = _reduced(_REDUCTIONS[name], self.part(node.args[0]))
        del self.whole[before:]
        return found_one

    def changed(self, node: ast.expr) -> _Part:
        if any(isinstance(each, ast.Call) and ast.unparse(each.func) == "changed" for each in ast.walk(node)):
            self.wrong(node, "changed(…) cannot stand in itself", "a tensor, or an expression without changed(…)")
        if not any(isinstance(each, ast.Name) for each in ast.walk(node)):
            self.wrong(node, f"{kind(node)} never changes", "a tensor, or an expression with one")
        inner = self.part(node)
        self.comparing = True
        return _Part(lambda now: now.compared(inner.run, len(inner.shape)), (), inner.metrics)

    def extreme(self, name: str, node: ast.Call) -> _Part:
        choose = np.maximum if name == "max" else np.minimum
        parts = [self.part(each) for each in node.args]
        shape = parts[0].shape
        for left, right, part in zip(node.args, node.args[1:], parts[1:], strict=False):
            shape = self.together(left, right, shape, part.shape)
        first, *rest = parts

        def run(now: Source) -> Any:
            value = _numbers(first.run(now))
            for each in rest:
                value = choose(value, _numbers(each.run(now)))
            return value

        return _Part(run, shape, any(part.metrics for part in parts))


def _numbers(values: Any) -> Any:
    """Truths and places as numbers; what is one already is not copied."""
    return values if getattr(values, "dtype", None) == np.float64 else values * 1.0


def _reduced(function: Callable[..., Any], inner: _Part) -> _Part:
    """All numbers of a moment as one, in the same order however many moments there are: to the last bit the same."""
    axes = len(inner.shape)

    def run(now: Source) -> Any:
        values = np.asarray(inner.run(now))
        moments = values.reshape(-1, *values.shape[axes:]).T
        return function(np.ascontiguousarray(moments), axis=-1)

    return _Part(run, (), inner.metrics)


def _combined(parts: list[_Part], all_of: bool) -> _Part:
    """and, or: metrics take long, so they are asked for last, and only where the other parts leave it open."""
    first, *rest = sorted(parts, key=lambda part: part.metrics)
    combine = np.logical_and if all_of else np.logical_or

    def run(now: Source) -> Any:
        result = first.run(now)
        for each in rest:
            undecided = result if all_of else np.logical_not(result)
            if not np.any(undecided):
                break
            result = combine(result, each.run(now.where(undecided)))
        return result

    return _Part(run, (), any(part.metrics for part in parts))
