"""Judges what a person answers, and says what may have gone wrong."""

import math
import re
from dataclasses import dataclass

from nnsim.debugger.templates import quoted_number

RELATIVE = 0.02  # how far a number may be off where the guide does not say it
NEAR_ZERO = 0.005
SIGN = "The size is right, the sign is not."


@dataclass(frozen=True)
class Asked:
    """A question with the numbers of its moment in it. `answer`: a number, or that of the right option, from 1."""

    kind: str
    text: str
    options: tuple[str, ...]
    answer: float
    tolerance: float | None
    hint: str
    explanation: str
    reveal: bool
    mistakes: tuple[tuple[float, str], ...]
    predicted: tuple[str, tuple[int, ...]] | None = None
    also: tuple[float, ...] = ()  # answers that are as right: what comes of numbers rounded as they are shown

    @property
    def right_answer(self) -> str:
        """As a person would write it; empty where it is not to be told."""
        if not self.reveal:
            return ""
        return self.options[int(self.answer) - 1] if self.kind == "choice" else quoted_number(self.answer)


@dataclass(frozen=True)
class Reply:
    """What to say to an answer. Where it was not understood it does not count."""

    right: bool
    text: str
    understood: bool = True


def judge(asked: Asked, text: str) -> Reply:
    """Whether an answer is right; if not, why not."""
    return _choice(asked, text) if asked.kind == "choice" else _number(asked, text)


def _choice(asked: Asked, text: str) -> Reply:
    chosen = _option(asked.options, text)
    if chosen is None:
        return Reply(False, f"Answer with the number of an option, 1 to {len(asked.options)}.", understood=False)
    if chosen == int(asked.answer):
        return Reply(True, _praise(asked))
    return Reply(False, next((each for wrong, each in asked.mistakes if wrong == chosen), "No. Look again."))


def _option(options: tuple[str, ...], text: str) -> int | None:
    """1, "b" or "b)", or the words of an option."""
    short = text.strip().casefold().rstrip(".)")
    if short.isdecimal() and len(short) < 4 and 1 <= int(short) <= len(options):
        return int(short)
    if len(short) == 1 and 1 <= ord(short) - ord("a") + 1 <= len(options):
        return ord(short) - ord("a") + 1
    words = [" ".join(option.casefold().split()).rstrip(".)") for option in options]
    plain = " ".join(short.split())
    return words.index(plain) + 1 if plain in words else None


def _number(asked: Asked, text: str) -> Reply:
    given = number_of(text)
    if given is None:
        return Reply(False, "That is not a number. Write it like 0.25, −3 or 1e-4.", understood=False)
    if any(_same(given, answer, asked.tolerance) for answer in (asked.answer, *asked.also)):
        return Reply(True, _praise(asked))
    return Reply(False, " Or: ".join(_recognised(given, asked)) or _diagnosis(given, asked))


def _recognised(given: float, asked: Asked) -> list[str]:
    """What is said to the mistakes that give this number: where several do, to the two likeliest."""
    said = dict.fromkeys(text for wrong, text in asked.mistakes if _same(given, wrong, asked.tolerance))
    return list(said)[:2]


def number_of(text: str) -> float | None:
    """A number as people write it: −0.5, 0,5, 1e-3, 1/4, 81 %. None where it is none."""
    plain = text.strip().replace("−", "-").replace("–", "-").replace(" ", "").removeprefix("=")
    share = plain.endswith("%")
    above, slash, below = plain.removesuffix("%").partition("/")
    parts = [_float(above), _float(below) if slash else 1.0]
    if parts[0] is None or not parts[1]:
        return None
    value = parts[0] / parts[1] / (100 if share else 1)
    return value if math.isfinite(value) else None


def precision_of(text: str) -> tuple[int, float] | None:
    """The significant digits of a number as it is written, and the size of one in the last: 0,120 has 3, of 0.001 each.

    None for a fraction, which has no digits but is exact, and for what is no number.
    """
    plain = text.strip().casefold().replace(" ", "").lstrip("=+-−–").replace(",", ".")
    mantissa, _, power = plain.removesuffix("%").partition("e")
    whole, _, part = mantissa.partition(".")
    if number_of(text) is None or "/" in plain:
        return None
    exponent = int(power.replace("−", "-").replace("–", "-") or 0) - len(part) - 2 * plain.endswith("%")
    return len((whole + part).lstrip("0")), 10.0**exponent


def _float(text: str) -> float | None:
    text = text.replace(",", ".") if "." not in text else text
    return float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", text, re.I | re.A) else None


def _same(given: float, answer: float, tolerance: float | None) -> bool:
    allowed = tolerance if tolerance is not None else RELATIVE * abs(answer) if answer else NEAR_ZERO
    return abs(given - answer) <= allowed + 1e-12


def _diagnosis(given: float, asked: Asked) -> str:
    answer, tolerance = asked.answer, asked.tolerance
    if _same(-given, answer, tolerance):
        return SIGN
    for factor, words in ((2.0, "twice"), (0.5, "half"), (10.0, "ten times"), (0.1, "a tenth of")):
        if answer and _same(given / factor, answer, tolerance):
            return f"That is {words} the right number."
    if answer and abs(given - answer) <= 0.1 * abs(answer):
        return "Very near, but not near enough: count with more digits."
    if answer and given and (given > 0) != (answer > 0):
        return "The sign is not right, nor is the size."
    return "Too large." if given > answer else "Too small."


def _praise(asked: Asked) -> str:
    return f"Right. {asked.explanation}".rstrip()
