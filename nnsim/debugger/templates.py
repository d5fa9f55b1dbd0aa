"""Texts that quote live numbers: "z₁ is {z1[0,h2]}, {accuracy.validation:%} are right, {loss:6}"."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnsim.debugger.conditions import ConditionError, scalar
from nnsim.debugger.numbers import Numbers, Vocabulary
from nnsim.engine.notation import number

DIGITS = 4
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True)
class Template:
    """A text in parts: words, and functions that write a number of a moment."""

    parts: tuple[str | Callable[[Numbers], str], ...]

    def filled(self, numbers: Numbers) -> str:
        return "".join(part if isinstance(part, str) else part(numbers) for part in self.parts)


def template(text: str, vocabulary: Vocabulary) -> Template:
    """Raises ConditionError, whose column counts in the text."""
    parts: list[str | Callable[[Numbers], str]] = []
    end = 0
    for match in _PART.finditer(text):
        parts.append(text[end : match.start()])
        parts.append(_part(match, vocabulary))
        end = match.end()
    parts.append(text[end:])
    return Template(tuple(part for part in parts if part != ""))


def _part(match: re.Match[str], vocabulary: Vocabulary) -> str | Callable[[Numbers], str]:
    if match[0] in ("{{", "}}"):
        return match[0][0]
    if match[1] is None:
        allowed = "{loss}, {loss:3} or {loss:%}; {{ and }} for a brace"
        raise ConditionError(match.start() + 1, f"found a lone {match[0]}", allowed)
    text, way = _split(match[1])
    try:
        quoted = scalar(text, vocabulary)
    except ConditionError as error:
        raise error.moved(match.start() + 1) from None
    if way != "%" and not (way.isdecimal() and 1 <= int(way) <= 17):
        raise ConditionError(match.start() + 2 + len(text), f'found ":{way}"', ":1 to :17 for digits, :% for a share")
    return lambda numbers: _written(quoted(numbers), way)


def _split(text: str) -> tuple[str, str]:
    """The expression and how it is to be written; the colon of z1[:,0] belongs to the expression."""
    expression, colon, way = text.rpartition(":")
    if not colon or "]" in way:
        return text, str(DIGITS)
    return expression, way.strip()


def _written(value: object, way: str) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return quoted_number(float(value), way)  # type: ignore[arg-type]


def quoted_number(value: float, way: str = str(DIGITS)) -> str:
    """A number with so many digits, whole ones in full; "%": as a percentage."""
    if way == "%":
        return f"{number(100 * value, 3)} %"
    return f"{value:.0f}".replace("-", "−") if value.is_integer() and 0 < abs(value) < 1e9 else number(value, int(way))
