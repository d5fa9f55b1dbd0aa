"""Reads the text of an expression, and what it names: tensors, their rows, columns and numbers."""

import ast
import re
import warnings
from dataclasses import dataclass
from typing import NoReturn

from nnsim.debugger.numbers import CLOCKS, Vocabulary
from nnsim.scenario.errors import did_you_mean, listing, plural

LONGEST = 500  # characters of an expression
DEEPEST = 40  # levels of nesting
SIGNS = "numbers, names, + - * / **, < <= > >= == !=, and, or, not, and calls such as max(…)"

OURS = {"<=", ">=", "==", "!="}
FOREIGN = {  # signs of other languages, and what they are here; the longest first
    "AND && =< => <> || NOT OR": "and and <= >= != or not or",
    "& ∧ | ∨ ! ~ ¬ = ≠ ≤ ≥ ^ · × −": "and and or or not not not == != <= >= ** * * -",
}

Shape = tuple[int, ...]


class ConditionError(ValueError):
    """What is wrong with an expression. `column` counts its characters from 1; `message` leaves it out."""

    def __init__(self, column: int, wrong: str, allowed: str = "", hint: str = "") -> None:
        self.column = column
        self._said = (wrong, allowed, hint)
        self.message = "; ".join(filter(None, [wrong, f"allowed: {allowed}" if allowed else "", hint]))
        super().__init__(f"column {column}: {self.message}")

    def moved(self, columns: int) -> "ConditionError":
        """The same for an expression that stands further to the right in a text."""
        return ConditionError(self.column + columns, *self._said)


@dataclass(frozen=True)
class Reference:
    """A tensor or a part of it. `index` has a place for each axis, None for the whole of it."""

    tensor: str
    index: tuple[int | None, ...]
    shape: Shape

    @property
    def place(self) -> tuple[int | slice, ...]:
        """Where it stands in the tensor, as NumPy says it."""
        return tuple(slice(None) if i is None else i for i in self.index)

    @property
    def element(self) -> tuple[int, ...] | None:
        """The index of its one number; None where it has several."""
        places = tuple(i for i in self.index if i is not None)
        return places if len(places) == len(self.index) else None


class Reader:
    """Takes a text apart."""

    def __init__(self, text: str, vocabulary: Vocabulary, functions: tuple[str, ...] = ()) -> None:
        """functions: those that it knows; without any, only tensors have names."""
        self.text = text.replace("\n", " ").lstrip()
        self.skipped = len(text) - len(self.text)
        self.vocabulary, self.functions = vocabulary, functions
        self.only_tensors = not functions

    def parse(self) -> ast.expr:
        if not self.text.strip():
            raise ConditionError(1, "is empty", "an expression such as loss < 0.1")
        if len(self.text) > LONGEST:
            raise ConditionError(LONGEST, f"is longer than {LONGEST} characters")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            at, meant = _meant(self.text, min(error.offset or len(self.text), len(self.text)) - 1)  # none: at the end
            raise ConditionError(at + 1 + self.skipped, f"cannot be read ({error.msg})", SIGNS, meant) from None
        except (ValueError, RecursionError, MemoryError):
            raise ConditionError(1, "cannot be read", SIGNS) from None
        self.check_depth(tree)
        return tree

    def check_depth(self, tree: ast.expr) -> None:
        level: list[ast.AST] = [tree]
        for _ in range(DEEPEST):
            level = [child for node in level for child in ast.iter_child_nodes(node)]
        if level:
            raise ConditionError(1, "is nested too deeply", f"up to {DEEPEST} levels")

    def wrong(self, node: ast.AST, what: str, allowed: str = "", hint: str = "") -> NoReturn:
        self.wrong_at(self.character(getattr(node, "col_offset", 0)), what, allowed, hint)

    def wrong_at(self, character: int, what: str, allowed: str = "", hint: str = "") -> NoReturn:
        raise ConditionError(character + 1 + self.skipped, what, allowed, hint)

    def character(self, byte: int) -> int:
        """The place of a byte, as Python's parser counts."""
        return len(self.text.encode()[:byte].decode(errors="ignore"))

    def sign(self, left: ast.expr, right: ast.expr | None) -> tuple[int, str]:
        """What stands between two parts, or behind the last one: its first character, and the sign itself."""
        start = self.character(left.end_col_offset or 0)
        stop = len(self.text) if right is None else self.character(right.col_offset)
        found = re.search(r"[^\s()](.*[^\s()])?", self.text[start:stop])
        return (start + found.start(), found[0]) if found else (start, "")

    def foreign(self, left: ast.expr, right: ast.expr | None, allowed: str = SIGNS, hint: str = "") -> NoReturn:
        """For a sign between two parts that means nothing here."""
        at, sign = self.sign(left, right)
        self.wrong_at(at, f"“{sign}” is not part of this language", allowed, hint or _meant(self.text, at)[1])

    def dotted(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=value, attr=attribute):
                return f"{self.dotted(value)}.{attribute}"
        return self.wrong(node, f"{kind(node)} has no parts with names", "a name such as accuracy.validation or W1.m")

    def reference(self, node: ast.expr) -> Reference:
        base, places = (node.value, node.slice) if isinstance(node, ast.Subscript) else (node, None)
        if isinstance(base, ast.Subscript) and places is not None:
            both = f"{ast.unparse(base)[:-1]},{ast.unparse(places)}]"
            self.wrong_at(self.sign(base, places)[0], "an index has one pair of brackets", hint=f"did you mean {both}?")
        if not isinstance(base, ast.Name | ast.Attribute):
            self.wrong(base, f"{kind(base)} is not a tensor", "a tensor such as z1, with an index such as [0,1]")
        name = self.dotted(base)
        if name not in self.vocabulary.shapes:
            self.unknown(base, name)
        shape = self.vocabulary.shapes[name]
        given = places.elts if isinstance(places, ast.Tuple) else [places] if places is not None else []
        if len(given) > len(shape):
            axes = f"has {len(shape)} {'axis' if len(shape) == 1 else 'axes'}" if shape else "is one number"
            what = f"{name} {axes}, found {plural(len(given), 'place')} in its index"
            self.wrong(given[len(shape)], what, f"{name}{_places(shape)}")
        index = [self.place(each, name, axis) for axis, each in enumerate(given)]
        index += [None] * (len(shape) - len(index))
        left = tuple(length for i, length in zip(index, shape, strict=True) if i is None)
        return Reference(name, tuple(index), left)

    def unknown(self, node: ast.expr, name: str) -> NoReturn:
        if name in self.functions:
            self.wrong(node, f"{name} is a function", f"{name}(…)")
        tensors = self.vocabulary.shapes
        others = () if self.only_tensors else (*CLOCKS, *self.vocabulary.metrics)
        names = [*others, *tensors]
        metric = f"{name}.training"
        similar = f'did you mean "{metric}"?' if metric in others else did_you_mean(name, names)
        if asked := {"nan": "isnan", "inf": "isfinite"}.get(name):
            similar = f"did you mean {asked}(…)?"
        elif name.endswith(".validation") and f"{name.removesuffix('.validation')}.training" in others:
            similar = "no rows are held out for validation"
        short = [each for each in names if "." not in each or each in others]
        self.wrong(node, f'there is no "{name}"', listing(short), similar)

    def place(self, node: ast.expr, name: str, axis: int) -> int | None:
        length, names = self.vocabulary.shape(name)[axis], self.vocabulary.axis_names(name, axis)
        match node:
            case ast.Slice(lower=None, upper=None, step=None):
                return None
            case ast.Constant(value=int(i)) if not isinstance(node.value, bool) and 0 <= i < length:
                return i
            case ast.Name(id=unit) | ast.Constant(value=str(unit)) if unit in names:
                return names.index(unit)
        shown = ast.unparse(node)
        also = f", or {listing(names)}" if names else ""
        return self.wrong(node, f"{name} has no {shown} on axis {axis}", f"0 to {length - 1}, :{also}")


def _meant(text: str, at: int) -> tuple[int, str]:
    """Where a sign of another language stands around a character, and a hint at what it is here; else the character."""
    for signs, meanings in FOREIGN.items():
        for sign, here in zip(signs.split(), meanings.split(), strict=True):
            start = text.find(sign, max(0, at - len(sign) + 1), at + len(sign))
            if start >= 0 and not OURS & {text[max(0, start - 1) : start + 1], text[start : start + 2]}:
                return start, f'did you mean "{here}"?'
    return at, ""


def kind(node: ast.AST) -> str:
    """A part of the text, to be quoted."""
    return f"“{ast.unparse(node)[:30]}”"


def size(shape: Shape) -> str:
    """2 × 4 numbers."""
    lengths = ["samples" if length == Vocabulary.ANY_ROWS else str(length) for length in shape]
    return f"{' × '.join(lengths)} numbers" if shape else "one number"


def _places(shape: Shape) -> str:
    return f"[{','.join('i' if axis == 0 else 'j' for axis in range(len(shape)))}]" if shape else " alone"
