"""Arithmetic as a tree: one tree gives the symbolic line, the line with the numbers filled in, and the value.

An op builds the tree of one element from the numbers of a frame. `Node`s combine with + - * / and **, so that the
code of an explanation reads like its formula.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Protocol, Union

from nnsim.engine.notation import number

Write = Callable[["Node"], str | None]
Operand = Union["Node", float]

SHOWN_TERMS = 6  # of a long sum
ZEROS = 2  # of these, where every term is 0
GIVEN = 6  # digits of a number that the scenario gives, which is not rounded then
SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4  # how tightly a node holds together


class Node:
    """A part of a formula. `value` is its number, computed in double precision."""

    __slots__ = ()
    precedence: ClassVar[int] = ATOM

    if TYPE_CHECKING:

        @property
        def value(self) -> float: ...

    def __add__(self, other: Operand) -> "Node":
        return Add((self, _node(other)), ("+", "+"))

    def __radd__(self, other: Operand) -> "Node":
        return Add((_node(other), self), ("+", "+"))

    def __sub__(self, other: Operand) -> "Node":
        return Add((self, _node(other)), ("+", "−"))

    def __rsub__(self, other: Operand) -> "Node":
        return Add((_node(other), self), ("+", "−"))

    def __mul__(self, other: Operand) -> "Node":
        return Multiply((self, _node(other)))

    def __rmul__(self, other: Operand) -> "Node":
        return Multiply((_node(other), self))

    def __truediv__(self, other: Operand) -> "Node":
        return Divide(self, _node(other))

    def __rtruediv__(self, other: Operand) -> "Node":
        return Divide(_node(other), self)

    def __pow__(self, exponent: Operand) -> "Node":
        return Power(self, _node(exponent))

    def __neg__(self) -> "Node":
        return Multiply((Constant(-1.0), self))

    @property
    def children(self) -> Sequence["Node"]:
        return ()

    def text(self, write: Write) -> str:
        """This node in words; `write` says how a leaf, or a node to be shown as one number, is written."""
        raise NotImplementedError


Place = tuple[int | str, ...]


class Labels(Protocol):
    """Whoever knows what the numbers of a frame are called."""

    def label(self, name: str, index: Place) -> str: ...


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number of the frame: an element of a tensor. A `str` in its index is the letter a sum runs over."""

    tensor: str
    index: Place
    value: float
    labels: Labels = field(compare=False, repr=False)

    @property
    def label(self) -> str:
        """Made when it is asked for: of the thousand numbers of a long sum few are shown."""
        return self.labels.label(self.tensor, self.index)

    def text(self, write: Write) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A number of the scenario or of mathematics: α, β₁, n, 1."""

    value: float
    name: str = ""

    def text(self, write: Write) -> str:
        return self.name or number(self.value, 17 if self.value != round(self.value, 6) else 6)


class Operation(Node):
    """Makes a number of others: those of its children."""

    __slots__ = ()

    @property
    def value(self) -> float:
        return self.compute([child.value for child in self.children])

    def compute(self, values: Sequence[float]) -> float:
        """What it makes of the values of its children."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Add(Operation):
    items: tuple[Node, ...]
    signs: tuple[str, ...]
    precedence: ClassVar[int] = SUM

    def compute(self, values: Sequence[float]) -> float:
        return sum(value if sign == "+" else -value for value, sign in zip(values, self.signs, strict=True))

    @property
    def children(self) -> Sequence[Node]:
        return self.items

    def text(self, write: Write) -> str:
        first, *rest = zip(self.items, self.signs, strict=True)
        text = _inside(first[0], SUM, write)
        for item, sign in rest:
            part = _inside(item, SUM if sign == "+" else PRODUCT, write, signed=sign == "+")
            text += f" − {part[1:]}" if part.startswith("−") else f" {sign} {part}"
        return text


@dataclass(frozen=True, slots=True)
class Multiply(Operation):
    items: tuple[Node, ...]
    precedence: ClassVar[int] = PRODUCT

    def compute(self, values: Sequence[float]) -> float:
        return math.prod(values)

    @property
    def children(self) -> Sequence[Node]:
        return self.items

    def text(self, write: Write) -> str:
        first, *rest = self.items
        if isinstance(first, Constant) and first.value == -1 and not first.name:
            return "−" + "·".join(_inside(item, PRODUCT, write, signed=False) for item in rest)
        head = _inside(first, PRODUCT, write)
        return "·".join([head, *(_inside(item, PRODUCT, write, signed=False) for item in rest)])


@dataclass(frozen=True, slots=True)
class Divide(Operation):
    above: Node
    below: Node
    precedence: ClassVar[int] = PRODUCT

    def compute(self, values: Sequence[float]) -> float:
        above, below = values
        if below:
            return above / below
        return math.nan if above == 0 or math.isnan(above) else math.copysign(math.inf, above) * math.copysign(1, below)

    @property
    def children(self) -> Sequence[Node]:
        return (self.above, self.below)

    def text(self, write: Write) -> str:
        return f"{_inside(self.above, PRODUCT, write)} / {_inside(self.below, POWER, write, signed=False)}"


@dataclass(frozen=True, slots=True)
class Power(Operation):
    base: Node
    exponent: Node
    precedence: ClassVar[int] = POWER
    _SMALL: ClassVar[dict[str, str]] = {"2": "²", "3": "³"}

    def compute(self, values: Sequence[float]) -> float:
        base, exponent = values
        try:
            return float(base**exponent)
        except OverflowError:
            return math.inf
        except (ZeroDivisionError, TypeError):  # rounded operands may leave the range: 0^−1, (−1)^0.5
            return math.nan

    @property
    def children(self) -> Sequence[Node]:
        return (self.base, self.exponent)

    def text(self, write: Write) -> str:
        exponent = written(self.exponent, write)
        small = self._SMALL.get(exponent)
        base = _inside(self.base, ATOM, write, signed=False)
        if small:
            return base + small
        return f"{base}^{exponent}" if self.exponent.precedence == ATOM else f"{base}^({exponent})"


@dataclass(frozen=True, slots=True)
class Function(Operation):
    """A named function; `pattern` writes it around its argument, as `ln({})`."""

    pattern: str
    function: Callable[[float], float]
    argument: Node

    def compute(self, values: Sequence[float]) -> float:
        try:
            return self.function(*values)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    @property
    def children(self) -> Sequence[Node]:
        return (self.argument,)

    def text(self, write: Write) -> str:
        return self.pattern.format(written(self.argument, write))


@dataclass(frozen=True)
class Sum(Operation):
    """Σ over `letter` of terms that look alike; `general` is the term with the letter in place of a number."""

    letter: str
    general: Node
    terms: tuple[Node, ...]
    precedence: ClassVar[int] = SUM

    def compute(self, values: Sequence[float]) -> float:
        return sum(values)

    @property
    def children(self) -> Sequence[Node]:
        return self.terms

    def text(self, write: Write) -> str:
        if write is symbolic:
            return f"Σ{self.letter} {_inside(self.general, PRODUCT, write, signed=False)}"
        if not self.long:
            return _plus(_term(term, write) for term in self.terms)
        shown, rest = self.abridged
        half = (len(shown) + 1) // 2
        left, right = shown[:half], shown[half:]
        middle = f"({len(self.terms) - len(shown)} {rest.name} terms: {written(rest, write)})"
        return _plus([*(_term(term, write) for term in left), middle, *(_term(term, write) for term in right)])

    @property
    def long(self) -> bool:
        """Whether it is shown abridged."""
        return len(self.terms) > SHOWN_TERMS + 1

    @property
    def shown(self) -> Sequence[Node]:
        """The terms that are written out."""
        return self.abridged[0] if self.long else self.terms

    @cached_property
    def abridged(self) -> tuple[list[Node], "Constant"]:
        """The largest terms of a long sum in their order, none of them 0 unless all are, and the sum of the others.

        The name of that sum says whether all of these are smaller.
        """
        values = [term.value for term in self.terms]
        by_size = sorted(range(len(values)), key=lambda i: -abs(values[i]))
        count = min(SHOWN_TERMS, sum(value != 0 for value in values) or ZEROS)
        shown = [self.terms[i] for i in sorted(by_size[:count])]
        smaller = abs(values[by_size[count]]) < abs(values[by_size[count - 1]])
        return shown, Constant(sum(values[i] for i in by_size[count:]), "smaller" if smaller else "other")


def total(letters: str, ranges: Sequence[int], term: Callable[..., Node]) -> Node:
    """Σ of `term(i, ...)` over all combinations; one letter and one length for each index."""
    names = letters.split(",")
    indices: list[tuple[int, ...]] = [()]
    for length in ranges:
        indices = [(*index, i) for index in indices for i in range(length)]
    return Sum(_small(letters), term(*names), tuple(term(*index) for index in indices))


def exp(argument: Node) -> Node:
    return Function("e^({})", math.exp, argument)


def ln(argument: Node) -> Node:
    return Function("ln({})", lambda x: math.log(x) if x else -math.inf, argument)


def log1p_exp(argument: Node) -> Node:
    """ln(1 + e^argument), keeping its digits where e^argument is tiny."""
    return Function("ln(1 + e^({}))", lambda x: math.log1p(math.exp(x)), argument)


def sign(argument: Node) -> Node:
    return Function("sign({})", lambda x: math.copysign(1, x) if x else 0.0, argument)


def sqrt(argument: Node) -> Node:
    return Function("√({})", math.sqrt, argument)


def call(pattern: str, function: Callable[[float], float], argument: Node) -> Node:
    return Function(pattern, function, argument)


def symbolic(node: Node) -> str | None:
    """Writes every leaf as its symbol."""
    return None


def filled(digits: int) -> Write:
    """Writes every leaf as its number."""

    def write(node: Node) -> str | None:
        named = isinstance(node, Constant) and node.name
        return _rounded(node, digits) if isinstance(node, Number) or named else None

    return write


def _rounded(node: Node, digits: int) -> str:
    """Its value with so many digits; β₁ = 0.999 and n = 1,309 stay what they are, and are not rounded to 1 or 1.3e3."""
    given = number(node.value, GIVEN)
    exact = isinstance(node, Constant) and shown_value(given) == node.value
    return given if exact else number(node.value, digits)


def terms_only(digits: int, root: Node) -> Write:
    """Writes each term of the outermost sum as one number."""
    parts = {id(part) for part in (root.children if isinstance(root, Add | Sum) else ())}
    parts |= {id(term) for part in root.children if isinstance(part, Sum) for term in part.terms}

    def write(node: Node) -> str | None:
        if isinstance(node, Sum):
            return None
        return _rounded(node, digits) if id(node) in parts or not node.children else None

    return write


def summands(root: Add | Sum) -> list[Node]:
    """The terms of the outermost sum as they are shown: of a long Σ only the largest."""
    parts = [root] if isinstance(root, Sum) else root.children
    return [term for part in parts for term in (part.shown if isinstance(part, Sum) else (part,))]


def reckoned(node: Node, write: Write) -> float:
    """The value that a reader gets who works with the numbers as `write` shows them, rounded as they are."""
    short = write(node)
    if short is not None:
        return shown_value(short)
    if isinstance(node, Sum) and node.long:
        shown, rest = node.abridged
        return sum(reckoned(part, write) for part in (*shown, rest))
    if isinstance(node, Operation):
        return node.compute([reckoned(child, write) for child in node.children])
    return node.value


def shown_value(text: str) -> float:
    """The value of a number as it is written: −0.5."""
    return float(text.replace("−", "-").replace("∞", "inf"))


def leaves(node: Node) -> Iterator[Number]:
    """The numbers of the frame that the value was computed from, in reading order."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Number):
            yield part
        else:
            waiting.extend(reversed(part.children))


def _node(value: Operand) -> Node:
    return value if isinstance(value, Node) else Constant(float(value))


def written(node: Node, write: Write) -> str:
    """A node as `write` has it: short where that says so, else in words."""
    text = write(node)
    return node.text(write) if text is None else text


def _inside(node: Node, precedence: int, write: Write, signed: bool = True) -> str:
    """The text of a part, in parentheses where it would otherwise be read wrongly."""
    short = write(node)
    text = node.text(write) if short is None else short
    loose = short is None and node.precedence < precedence
    negative = text.startswith("−") and not signed
    return f"({text})" if loose or negative else text


def _term(node: Node, write: Write) -> str:
    return _inside(node, PRODUCT, write)


def _plus(terms: Iterable[str]) -> str:
    first, *rest = terms
    return first + "".join(f" − {term[1:]}" if term.startswith("−") else f" + {term}" for term in rest)


_LETTERS = str.maketrans("sijk,", "ₛᵢⱼₖ,")


def _small(letters: str) -> str:
    return letters.translate(_LETTERS)
