"""Raw columns and how each becomes inputs: missing values filled, categories one-hot, numbers standardised.

All statistics are those of the training rows, so that nothing of the validation rows leaks into training.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnsim.engine.spec import Array, Indices
from nnsim.scenario.cells import Cells, Codes
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
    values: Array | Codes
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

    def fill(self, out: Array, rows: Indices) -> None:
        """Writes the numbers that the network sees in these rows into `out`, shape (rows, inputs of this column)."""
        if self.kind == "numeric":
            out[:, 0] = self._numbers(rows)
            return
        assert self.commonest is not None
        codes = self.values[rows]
        codes[codes < 0] = self.categories.index(self.commonest)
        out[...] = 0
        hot = np.flatnonzero(codes > 0)
        out[hot, codes[hot].astype(np.intp) - 1] = 1

    def _numbers(self, rows: Indices) -> Array:
        assert self.median is not None
        assert self.mean is not None
        assert self.std is not None
        values = self.values[rows]
        filled: Array = np.where(np.isnan(values), self.median, values)
        return (filled - self.mean) / self.std if self.standardized else filled


def numeric_column(
    name: str, values: Array, training: Indices, standardize: bool, place: str, mistakes: Mistakes
) -> Column | None:
    """A column of numbers, shape (rows,), NaN where one is missing."""
    mine = values[training]
    known = mine[~np.isnan(mine)]
    if not known.size:
        mistakes.add(place, "has no values in the training rows", "a column with values")
        return None
    with np.errstate(all="ignore"):
        median = median_of(known)
        mean, std = mean_and_std(np.where(np.isnan(mine), median, mine))
    if standardize and not (math.isfinite(mean) and math.isfinite(std)):
        mistakes.add(place, "holds numbers too large to standardise")
        return None
    return Column(
        name=safe(name), kind="numeric", values=values, median=median, mean=mean, std=std, standardized=standardize
    )


def median_of(values: Array) -> float:
    """np.median would load np.ma, which takes as long as all the rest of a small scenario."""
    middle = len(values) // 2
    ordered = np.sort(values)
    return float(ordered[middle]) if len(values) % 2 else float(ordered[middle - 1 : middle + 1].mean())


def mean_and_std(values: Array) -> tuple[float, float]:
    """Mean and population standard deviation; 1 for a constant column, whose rounding errors would count otherwise."""
    if values.min() == values.max():
        return float(values[0]), 1.0
    return float(values.mean()), float(values.std()) or 1.0


def category_column(name: str, cells: Cells, training: Indices, place: str, mistakes: Mistakes) -> Column | None:
    """A column of texts; the categories are in the order of the alphabet."""
    texts = texts_of(cells, place, mistakes)
    if texts is None:
        return None
    if len(texts.texts) < 2:
        only = f"has only one value, {found(texts.texts[0])}" if texts.texts else "has no values"
        mistakes.add(place, only, "a column whose values differ")
        return None
    levels = sorted(texts.texts)
    places = {level: code for code, level in enumerate(levels)}
    values = np.array([*(places[text] for text in texts.texts), -1], np.int32)[texts.codes]
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


def texts_of(cells: Cells, place: str, mistakes: Mistakes) -> Cells | None:
    """The column as codes of texts, None where it has too many for that."""
    try:
        return cells.as_texts()
    except ValueError:
        mistakes.add(place, "has too many different texts", "a column of categories")
        return None


def numbers(csv: CsvFile, name: str, mistakes: Mistakes) -> Array:
    """A column as numbers, NaN where one is missing; text and infinite numbers are mistakes."""
    cells = csv.columns[name]
    place = f'column "{safe(name)}"'
    if cells.countless:
        mistakes.add(place, "holds texts", "numbers")
        return np.full(cells.rows, math.nan)
    values, wrong = cells.numbers()
    allowed = "a finite number, or nothing" if csv.dialect.decimal == "." else "a finite number such as 1,5, or nothing"
    for (row, text), _ in zip(cells.wrong(), range(MOST_CELLS), strict=False):
        mistakes.add(csv.place(row, name), f"found {found(text)}", allowed)
    if wrong > MOST_CELLS:
        hint = "a column of categories belongs into data.categorical"
        mistakes.add(place, f"… and {wrong - MOST_CELLS} more like this", hint=hint)
    return values
