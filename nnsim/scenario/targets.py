"""What a target column becomes: 0 and 1, one-hot classes, or the numbers themselves, as the loss needs it."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from nnsim.engine.spec import Array
from nnsim.scenario.columns import number, numbers
from nnsim.scenario.csvfile import CsvFile
from nnsim.scenario.errors import Mistakes, found, listing, safe
from nnsim.scenario.schema import MAX_NUMBERS

Target = tuple[Array, tuple[str, ...]]  # shape (rows, outputs), and the names of the outputs
Level = float | str


def encode_target(csv: CsvFile, name: str, loss: str, mistakes: Mistakes) -> Target | None:
    """The targets of each row, None where there are mistakes."""
    before = len(mistakes.lines)
    cells = csv.cells(name)
    for row, cell in enumerate(cells):
        if not cell:
            mistakes.add(csv.place(row, name), "the target is missing", "a value in every row")
    target = ENCODERS.get(loss, _numbers)(csv, name, cells, mistakes) if len(mistakes.lines) == before else None
    return None if len(mistakes.lines) > before else target


def levels_of(cells: Sequence[str]) -> list[Level]:
    """The different values in order: by size if all are numbers, else as text."""
    values = sorted(set(cells))
    sizes = [size for size in map(number, values) if size is not None and math.isfinite(size)]
    return [*sorted(set(sizes))] if len(sizes) == len(values) else [*values]


def _label(level: Level) -> str:
    if isinstance(level, str):
        return safe(level)
    return str(int(level)) if level.is_integer() else str(level)


def _codes(cells: Sequence[str], levels: Sequence[Level]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    positions = {level: code for code, level in enumerate(levels)}
    keys = cells if isinstance(levels[0], str) else [float(cell) for cell in cells]
    return np.array([positions[key] for key in keys], dtype=np.intp)


def _binary(csv: CsvFile, name: str, cells: Sequence[str], mistakes: Mistakes) -> Target | None:
    levels = levels_of(cells)
    if len(levels) != 2:
        values = listing(_label(level) for level in levels[:5]) + (", …" if len(levels) > 5 else "")
        counted = f"found {len(levels)} different values ({values})"
        mistakes.add(f'column "{safe(name)}"', counted, "two, for binary_cross_entropy")
        return None
    output = safe(name) if levels == [0.0, 1.0] else f"{safe(name)}_{_label(levels[1])}"
    return _codes(cells, levels).astype(np.float64)[:, np.newaxis], (output,)


def _classes(csv: CsvFile, name: str, cells: Sequence[str], mistakes: Mistakes) -> Target | None:
    levels = levels_of(cells)
    fraction = next((level for level in levels if isinstance(level, float) and not level.is_integer()), None)
    if fraction is not None:
        row = next(row for row, cell in enumerate(cells) if float(cell) == fraction)
        allowed = "text or whole numbers, for categorical_cross_entropy"
        mistakes.add(csv.place(row, name), f"found {found(cells[row])}", allowed)
    elif len(levels) < 2:
        mistakes.add(f'column "{safe(name)}"', f"found only one value, {_label(levels[0])}", "two or more classes")
    elif len(levels) * len(cells) > MAX_NUMBERS:
        mistakes.add(f'column "{safe(name)}"', f"found {len(levels)} classes", f"up to {MAX_NUMBERS // len(cells)}")
    else:
        targets = (_codes(cells, levels)[:, np.newaxis] == np.arange(len(levels))).astype(np.float64)
        return targets, tuple(map(_label, levels))
    return None


def _numbers(csv: CsvFile, name: str, cells: Sequence[str], mistakes: Mistakes) -> Target:
    return numbers(csv, name, mistakes)[:, np.newaxis], (safe(name),)


ENCODERS: dict[str, Callable[[CsvFile, str, Sequence[str], Mistakes], Target | None]] = {
    "binary_cross_entropy": _binary,
    "categorical_cross_entropy": _classes,
}
