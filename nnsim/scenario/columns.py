"""Raw columns and how each becomes inputs: missing values filled, categories one-hot, numbers standardised.

All statistics are those of the training rows, so that nothing of the validation rows leaks into training.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnsim.engine.spec import Array, Indices
from nnsim.scenario.csvfile import CsvFile
from nnsim.scenario.errors import Mistakes, found, safe

MOST_CELLS = 3  # wrong cells of one column that are told one by one


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """A column of the source and what was done to it.

    values: a number for each row of the source, NaN where it is missing; of a category its position in `categories`,
        -1 where it is missing.
    median, mean, std: of the training rows, the last two after filling with the median; None for a category.
    categories: all values, sorted; the first is the one without an input of its own.
    commonest: what stands in for a missing category.
    """

    name: str
    kind: Literal["numeric", "category"]
    values: Array | Indices
    median: float | None = None
    mean: float | None = None
    std: float | None = None
    standardized: bool = False
    categories: tuple[str, ...] = ()
    commonest: str | None = None

    @property
    def input_names(self) -> tuple[str, ...]:
        """The inputs made of this column: Age, or Embarked_Q and Embarked_S."""
        if self.kind == "numeric":
            return (self.name,)
        return tuple(f"{self.name}_{category}" for category in self.categories[1:])

    def raw(self, row: int) -> float | str | None:
        """What the source says in that row (counted from 0), None where it says nothing."""
        value = self.values[row]
        if self.kind == "category":
            return self.categories[int(value)] if value >= 0 else None
        return None if math.isnan(value) else float(value)

    def inputs(self) -> Array:
        """The numbers that the network sees, shape (rows, inputs of this column)."""
        return self._number()[:, np.newaxis] if self.kind == "numeric" else self._one_hot()

    def _number(self) -> Array:
        assert self.median is not None
        assert self.mean is not None
        assert self.std is not None
        filled: Array = np.where(np.isnan(self.values), self.median, self.values)
        return (filled - self.mean) / self.std if self.standardized else filled

    def _one_hot(self) -> Array:
        assert self.commonest is not None
        filled = np.where(self.values < 0, self.categories.index(self.commonest), self.values)
        hot: Array = (filled[:, np.newaxis] == np.arange(1, len(self.categories))).astype(np.float64)
        return hot


def numeric_column(
    name: str, values: Array, training: Indices, standardize: bool, place: str, mistakes: Mistakes
) -> Column | None:
    """A column of numbers, shape (rows,), NaN where one is missing."""
    known = values[training][~np.isnan(values[training])]
    if not known.size:
        mistakes.add(place, "has no values in the training rows", "a column with values")
        return None
    with np.errstate(all="ignore"):
        median = float(np.median(known))
        filled = np.where(np.isnan(values), median, values)[training]
        mean, std = _mean_and_std(filled)
    if standardize and not (math.isfinite(mean) and math.isfinite(std)):
        mistakes.add(place, "holds numbers too large to standardise")
        return None
    return Column(
        name=safe(name), kind="numeric", values=values, median=median, mean=mean, std=std, standardized=standardize
    )


def _mean_and_std(values: Array) -> tuple[float, float]:
    """Mean and population standard deviation; 1 for a constant column, whose rounding errors would count otherwise."""
    if values.min() == values.max():
        return float(values[0]), 1.0
    return float(values.mean()), float(values.std()) or 1.0


def category_column(
    name: str, cells: Sequence[str], training: Indices, place: str, mistakes: Mistakes
) -> Column | None:
    """A column of text, empty where a value is missing."""
    levels = sorted(set(cells) - {""})
    if len(levels) < 2:
        only = f"has only one value, {found(levels[0])}" if levels else "has no values"
        mistakes.add(place, only, "a column whose values differ")
        return None
    codes = {level: code for code, level in enumerate(["", *levels], -1)}
    values = np.array([codes[cell] for cell in cells], dtype=np.intp)
    counts = np.bincount(values[training][values[training] >= 0], minlength=len(levels))
    if not counts.any():
        mistakes.add(place, "has no values in the training rows", "a column with values")
        return None
    categories = tuple(map(safe, levels))
    return Column(
        name=safe(name),
        kind="category",
        values=values,
        categories=categories,
        commonest=categories[int(counts.argmax())],
    )


def number(cell: str) -> float | None:
    """The number that a cell holds (it may be infinite), None for text."""
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def share_of_numbers(cells: Sequence[str]) -> float:
    """How many of the values that are there are numbers, from 0 to 1."""
    present = [cell for cell in cells if cell]
    return sum(number(cell) is not None for cell in present) / max(len(present), 1)


def numbers(csv: CsvFile, name: str, mistakes: Mistakes) -> Array:
    """A column as numbers, NaN where one is missing; text and infinite numbers are mistakes."""
    cells = csv.cells(name)
    parsed = [number(cell) if cell else math.nan for cell in cells]
    wrong = [row for row, value in enumerate(parsed) if value is None or math.isinf(value)]
    for row in wrong[:MOST_CELLS]:
        mistakes.add(csv.place(row, name), f"found {found(cells[row])}", "a finite number, or nothing")
    if len(wrong) > MOST_CELLS:
        hint = "a column of categories belongs into data.categorical"
        mistakes.add(f'column "{safe(name)}"', f"… and {len(wrong) - MOST_CELLS} more like this", hint=hint)
    return np.array([math.nan if value is None else value for value in parsed])
