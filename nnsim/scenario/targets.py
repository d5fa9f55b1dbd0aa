"""What a target column becomes: 0 and 1, one-hot classes, or the numbers themselves, as the loss needs it."""

from collections.abc import Callable, Sequence

import numpy as np

from nnsim.engine.spec import Array, Indices
from nnsim.scenario.cells import Cells, label
from nnsim.scenario.columns import MOST_CELLS, numbers, texts_of
from nnsim.scenario.csvfile import CsvFile
from nnsim.scenario.errors import Mistakes, found, listing, safe
from nnsim.scenario.schema import MAX_NUMBERS

Target = tuple[Array, tuple[str, ...]]  # shape (rows, outputs), and the names of the outputs
Level = float | str


def encode_target(csv: CsvFile, name: str, loss: str, skip_missing: bool, mistakes: Mistakes) -> Target | None:
    """The targets of each row, None where there are mistakes. Rows without one hold anything if they are skipped."""
    before = len(mistakes.lines)
    if not skip_missing:
        _tell_missing(csv, name, mistakes)
    target = ENCODERS.get(loss, _numbers)(csv, name, mistakes) if len(mistakes.lines) == before else None
    return None if len(mistakes.lines) > before else target


def _tell_missing(csv: CsvFile, name: str, mistakes: Mistakes) -> None:
    rows = np.flatnonzero(csv.columns[name].absent())
    for row in rows[:MOST_CELLS]:
        mistakes.add(csv.place(int(row), name), "the target is missing", "a value in every row")
    if len(rows) > MOST_CELLS:
        more = f"… and {len(rows) - MOST_CELLS} more like this"
        mistakes.add(f'column "{safe(name)}"', more, hint="data.skip_missing_targets = true leaves such rows out")


def levels_of(cells: Cells) -> list[Level]:
    """The different values in order: by size if all are numbers, else as text."""
    if np.isfinite(cells.parsed).all():
        return sorted(set(cells.parsed.tolist()))
    return sorted(cells.texts)


def label_of(level: Level) -> str:
    return safe(level) if isinstance(level, str) else label(level)


def _codes(cells: Cells, levels: Sequence[Level]) -> Indices:
    """The position of each row's level; the first where the value is missing."""
    positions = {level: code for code, level in enumerate(levels)}
    keys: Sequence[Level] = cells.texts if isinstance(levels[0], str) else cells.parsed.tolist()
    return np.array([*(positions[key] for key in keys), 0], np.intp)[cells.codes]


def _binary(csv: CsvFile, name: str, mistakes: Mistakes) -> Target | None:
    place = f'column "{safe(name)}"'
    cells = texts_of(csv.columns[name], place, mistakes)
    if cells is None:
        return None
    levels = levels_of(cells)
    if len(levels) != 2:
        values = listing(label_of(level) for level in levels[:5]) + (", …" if len(levels) > 5 else "")
        counted = f"found {len(levels)} different values ({values})"
        mistakes.add(place, counted, "two, for binary_cross_entropy")
        return None
    output = safe(name) if levels == [0.0, 1.0] else f"{safe(name)}_{label_of(levels[1])}"
    return _codes(cells, levels).astype(np.float64)[:, np.newaxis], (output,)


def _classes(csv: CsvFile, name: str, mistakes: Mistakes) -> Target | None:
    place = f'column "{safe(name)}"'
    cells = texts_of(csv.columns[name], place, mistakes)
    if cells is None:
        return None
    levels = levels_of(cells)
    fraction = next((level for level in levels if isinstance(level, float) and not level.is_integer()), None)
    if fraction is not None:
        row = int(np.flatnonzero(csv.columns[name].numbers()[0] == fraction)[0])
        allowed = "text or whole numbers, for categorical_cross_entropy"
        mistakes.add(csv.place(row, name), f"found {found(cells.text(row))}", allowed)
    elif len(levels) < 2:
        only = f"found only one value, {label_of(levels[0])}" if levels else "has no values"
        mistakes.add(place, only, "two or more classes")
    elif len(levels) * cells.rows > MAX_NUMBERS:
        mistakes.add(place, f"found {len(levels)} classes", f"up to {MAX_NUMBERS // cells.rows}")
    else:
        targets = np.zeros((cells.rows, len(levels)))
        targets[np.arange(cells.rows), _codes(cells, levels)] = 1
        return targets, tuple(map(label_of, levels))
    return None


def _numbers(csv: CsvFile, name: str, mistakes: Mistakes) -> Target:
    return numbers(csv, name, mistakes)[:, np.newaxis], (safe(name),)


ENCODERS: dict[str, Callable[[CsvFile, str, Mistakes], Target | None]] = {
    "binary_cross_entropy": _binary,
    "categorical_cross_entropy": _classes,
}
