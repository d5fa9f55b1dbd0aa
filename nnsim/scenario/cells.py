"""The cells of a CSV column in little memory: codes of a few different texts, or numbers.

A column starts as codes. One with very many different values, most of them numbers, goes on as plain numbers; one with
even more different texts is only known to be such: no network can use it.
"""

import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnsim.engine.spec import Array

Codes = NDArray[np.integer]

MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "?")  # cells without a value, in lower case
FEW = 4096  # different values that are kept as texts even if they are numbers
COUNTLESS = 2**17  # different texts: as features or classes of so many rows they would fill more than the memory
LONG = 200  # characters on average: more than FEW texts as long as this are no categories either
KEPT = 1000  # texts that are remembered as examples where not all can be

_GROUPED = {  # by the decimal mark: 1,234.50, which can only mean one thing, other than 1,234
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+"),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+"),
}


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def number(cell: str, decimal: str = ".") -> float | None:
    """The number that a cell holds (it may be infinite), None for text."""
    if _GROUPED[decimal].fullmatch(cell):
        cell = cell.replace("." if decimal == "," else ",", "")
    elif "_" in cell or (decimal == "," and "." in cell):
        return None
    try:
        return float(cell.replace(decimal, "."))
    except ValueError:
        return None


def label(value: float) -> str:
    """A number as somebody would have typed it."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """A column, read. Either `values` are there, or `codes` with their `texts`.

    codes: for each row the position of its text, -1 where it is missing.
    texts: all different texts; of a countless column some.
    parsed: the number that each text is, NaN for words.
    values: a number for each row, NaN where it is missing or a word.
    words: what stands in rows where `values` is NaN and something does, by row; at most KEPT of them.
    word_count: in how many rows that is.
    """

    rows: int
    codes: Codes = field(default_factory=lambda: np.empty(0, np.int32))
    texts: tuple[str, ...] = ()
    parsed: Array = field(default_factory=lambda: np.empty(0))
    values: Array | None = None
    words: dict[int, str] = field(default_factory=dict)
    word_count: int = 0
    countless: bool = False

    @cached_property
    def missing(self) -> int:
        """In how many rows nothing stands; 0 for a countless column."""
        if self.values is not None:
            return int(np.isnan(self.values).sum()) - self.word_count
        return int((self.codes < 0).sum())

    @property
    def present(self) -> int:
        return self.rows - self.missing

    def absent(self) -> NDArray[np.bool_]:
        """Shape (rows,): where nothing stands."""
        if self.values is None:
            return self.codes < 0 if len(self.codes) else np.zeros(self.rows, bool)
        nothing: NDArray[np.bool_] = np.isnan(self.values)
        nothing[list(self.words)] = False
        return nothing

    @cached_property
    def distinct(self) -> int:
        """How many different values there are."""
        if self.values is None:
            return COUNTLESS if self.countless else len(self.texts)
        known = self.values[~np.isnan(self.values)]
        return len(np.unique(known)) + len(set(self.words.values()))

    def share_of_numbers(self) -> float:
        """How many of the values that are there are numbers, from 0 to 1."""
        if self.values is not None:
            return 1 - self.word_count / max(self.present, 1)
        if self.countless:
            return float((~np.isnan(self.parsed)).mean())
        return float(self.counts()[~np.isnan(self.parsed)].sum()) / max(self.present, 1)

    def counts(self) -> NDArray[np.intp]:
        """How often each of `texts` stands there."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def numbers(self) -> tuple[Array, int]:
        """A number for each row, NaN where there is none; and how many rows hold something else, or infinity."""
        if self.values is not None:
            return self.values, self.word_count
        finite = np.where(np.isfinite(self.parsed), self.parsed, math.nan)
        values: Array = np.append(finite, math.nan)[self.codes] if len(self.codes) else np.full(self.rows, math.nan)
        return values, int(np.isnan(values).sum()) - self.missing

    def wrong(self) -> Iterator[tuple[int, str]]:
        """Rows that hold no finite number, and what they hold instead."""
        if self.values is not None:
            yield from self.words.items()
            return
        bad = ~np.isfinite(self.parsed)
        for row in np.flatnonzero(np.append(bad, False)[self.codes]) if len(self.codes) else ():
            yield int(row), self.texts[self.codes[row]]

    def as_texts(self) -> "Cells":
        """The same column as codes, its numbers written out. ValueError where not all of its values are known."""
        if self.countless or self.word_count > len(self.words):
            raise ValueError("too many different values")
        if self.values is None:
            return self
        sizes, positions = np.unique(self.values[~np.isnan(self.values)], return_inverse=True)
        texts = dict.fromkeys([*map(label, sizes.tolist()), *self.words.values()])
        order = {text: code for code, text in enumerate(texts)}
        codes = np.full(self.rows, -1, np.int32)
        codes[~np.isnan(self.values)] = positions
        codes[list(self.words)] = [order[text] for text in self.words.values()]
        return Cells(rows=self.rows, codes=codes, texts=tuple(texts), parsed=_parsed(texts, "."))

    def text(self, row: int) -> str:
        """What stands in a row, numbers perhaps written otherwise than in the file."""
        if self.values is None:
            return self.texts[self.codes[row]] if len(self.codes) and self.codes[row] >= 0 else ""
        value = float(self.values[row])
        return self.words.get(row, "") if math.isnan(value) else label(value)


class _Texts(dict[str, int]):
    """Gives every new text the next number."""

    def __missing__(self, text: str) -> int:
        self[text] = code = len(self)
        return code


class Builder:
    """Collects the cells of one column, a few thousand rows at a time."""

    def __init__(self, decimal: str = ".") -> None:
        self._decimal = decimal
        self._rows = 0
        self._texts = _Texts()
        self._codes = array("i")
        self._limit = FEW
        self._blocks: list[Array] = []
        self._words: dict[int, str] = {}
        self._word_count = 0
        self._countless = False

    def add(self, cells: Sequence[str]) -> None:
        self._rows += len(cells)
        if self._blocks:
            self._add_numbers(cells, self._rows - len(cells))
        elif not self._countless:
            self._codes.extend(map(self._texts.__getitem__, cells))
            if len(self._texts) > self._limit:
                self._limit *= 2
                self._rethink()

    def cells(self) -> Cells:
        """All that was added."""
        if self._blocks:
            values = np.concatenate(self._blocks)
            return Cells(rows=self._rows, values=values, words=self._words, word_count=self._word_count)
        stripped = {text: "" if is_missing(text) else text.strip() for text in self._texts}
        texts = tuple(sorted(set(stripped.values()) - {""}))
        parsed = _parsed(texts, self._decimal)
        if self._countless:
            return Cells(rows=self._rows, texts=texts, parsed=parsed, countless=True)
        positions = {text: code for code, text in enumerate(["", *texts], -1)}
        places = np.array([positions[text] for text in stripped.values()], np.int32)
        codes = places[np.frombuffer(self._codes, np.int32)] if self._rows else places
        return Cells(rows=self._rows, codes=codes, texts=texts, parsed=parsed)

    def _rethink(self) -> None:
        """There are many different texts: numbers they may be, or too many to matter."""
        texts = list(self._texts)
        parsed = _parsed([text.strip() for text in texts], self._decimal)
        if np.isfinite(parsed).mean() > 0.5:
            codes, self._codes, self._texts = self._codes, array("i"), _Texts()
            for start in range(0, len(codes), FEW):
                self._add_numbers([texts[code] for code in codes[start : start + FEW]], start)
        elif len(texts) > COUNTLESS or sum(map(len, texts)) > LONG * len(texts):
            self._countless, self._codes = True, array("i")
            self._texts = _Texts({text: code for code, text in enumerate(texts[:KEPT])})

    def _add_numbers(self, cells: Sequence[str], first: int) -> None:
        """Cells that stand in the rows from `first` on."""
        values = _all_numbers(cells, self._decimal)
        if values is None:
            stripped = ["" if is_missing(cell) else cell.strip() for cell in cells]
            values = _parsed(stripped, self._decimal)
            values[np.isinf(values)] = math.nan
            for row in np.flatnonzero(np.isnan(values)):
                if stripped[row]:
                    self._add_word(first + int(row), stripped[row])
        self._blocks.append(values)

    def _add_word(self, row: int, word: str) -> None:
        self._word_count += 1
        if len(self._words) < KEPT:
            self._words[row] = word


def _parsed(texts: Iterable[str], decimal: str) -> Array:
    """The number that each text is, perhaps infinite; NaN for words."""
    values = (number(text, decimal) for text in texts)
    return np.array([math.nan if value is None else value for value in values], np.float64)


def _all_numbers(cells: Sequence[str], decimal: str) -> Array | None:
    """The fast way for cells that all are finite numbers, or empty. None where it does not go."""
    joined = "\n".join(cells)
    if "_" in joined or (decimal == "," and "." in joined):
        return None
    if decimal == ",":
        cells = joined.replace(",", ".").split("\n")
    try:
        values = np.array([float(cell or "nan") for cell in cells])
    except ValueError:
        return None
    return None if np.isinf(values).any() else values
