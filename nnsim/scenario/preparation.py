"""From rows of any source to numbers ready for training: split, then columns encoded by the training rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnsim.engine.randomness import stream
from nnsim.engine.spec import Array, Data, Indices
from nnsim.scenario.columns import Column, category_column, numbers, numeric_column, share_of_numbers
from nnsim.scenario.csvfile import CsvFile, read_csv
from nnsim.scenario.errors import Mistakes, found, plural, safe
from nnsim.scenario.generators import Generated
from nnsim.scenario.schema import MAX_NUMBERS, CsvTable, DataTable, InlineRows, RowsTable
from nnsim.scenario.targets import Target, encode_target

MOSTLY = 0.95  # of the values are numbers: then a text among them is taken for a slip, and told

Prepared = tuple[Data, tuple[Column, ...]]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What preparing needs to know besides the table of the data."""

    seed: int
    loss: str
    folder: Path  # paths of files are relative to it
    mistakes: Mistakes


def prepare(table: DataTable, job: Job, csv: CsvFile | None = None) -> Prepared | None:
    """Data and columns of a table, None where there are mistakes. A CSV already read is not read again."""
    match table:
        case CsvTable():
            return _from_csv(table, csv or read_csv(job.folder / table.csv, str(job.folder / table.csv)), job)
        case RowsTable():
            checked = _checked_rows(table.rows, job.mistakes)
            return _from_matrix(table, *checked, job) if checked else None
        case Generated():
            inputs, targets = table.make(stream(job.seed, "data"))
            return _from_matrix(table, inputs, table.input_names, (targets, table.target_names), job)
    raise TypeError(table)


def split(rows: int, share: float, seed: int) -> tuple[Indices, Indices]:
    """Which rows are for training and which for validation, each in the order of the source."""
    permutation = stream(seed, "split").permutation(rows)
    held_out = round(rows * share)
    return np.sort(permutation[held_out:]), np.sort(permutation[:held_out])


def _split(table: DataTable, rows: int, job: Job) -> tuple[Indices, Indices] | None:
    training, validation = split(rows, table.validation, job.seed)
    if training.size:
        return training, validation
    job.mistakes.add(
        "data.validation", f"found {table.validation}, which leaves none of {plural(rows, 'row')} for training"
    )
    return None


def _from_csv(table: CsvTable, csv: CsvFile, job: Job) -> Prepared | None:
    features = _features(table, csv, job.mistakes)
    parts = _split(table, len(csv.rows), job)
    if features is None or parts is None:
        return None
    wrong = job.mistakes.about(csv.file)
    target = encode_target(csv, table.target, job.loss, wrong)
    columns = [_csv_column(name, table, csv, parts[0], wrong) for name in features]
    return _join([each for each in columns if each], target, parts, job)


def _features(table: CsvTable, csv: CsvFile, mistakes: Mistakes) -> list[str] | None:
    """The names of the feature columns, None where a name is wrong."""
    before = len(mistakes.lines)
    features = table.features if isinstance(table.features, list) else usable(csv, table.target)[0]
    if table.target not in csv.names:
        mistakes.name("data.target", table.target, csv.names)
    elif not features:
        mistakes.add("data.features", f"{safe(csv.file)} has no column that can be used besides the target")
    others = [name for name in csv.names if name != table.target]
    _check_names(features, others, "features", mistakes)
    _check_names(table.categorical, features, "categorical", mistakes)
    _check_names(table.numeric, [name for name in features if name not in table.categorical], "numeric", mistakes)
    return features if len(mistakes.lines) == before else None


def _check_names(names: Sequence[str], known: Sequence[str], key: str, mistakes: Mistakes) -> None:
    for index, name in enumerate(names):
        place = f"data.{key}[{index}]"
        if name in names[:index]:
            mistakes.add(place, f"found {found(name)} a second time")
        elif name not in known:
            mistakes.name(place, name, known)


def _csv_column(name: str, table: CsvTable, csv: CsvFile, training: Indices, mistakes: Mistakes) -> Column | None:
    cells = csv.cells(name)
    place = f'column "{safe(name)}"'
    if name in table.numeric or (name not in table.categorical and share_of_numbers(cells) > 0.5):
        before = len(mistakes.lines)
        values = numbers(csv, name, mistakes)
        if len(mistakes.lines) > before:
            return None
        return numeric_column(name, values, training, table.standardize, place, mistakes)
    return category_column(name, cells, training, place, mistakes)


def usable(csv: CsvFile, target: str) -> tuple[list[str], dict[str, str]]:
    """The columns that can be features, and for the others why not."""
    reasons = {name: _unusable(csv.cells(name)) for name in csv.names if name != target}
    return [name for name, why in reasons.items() if not why], {name: why for name, why in reasons.items() if why}


def _unusable(cells: Sequence[str]) -> str:
    present = [cell for cell in cells if cell]
    levels = len(set(present))
    if not present:
        return "it is empty"
    if levels == 1:
        return "all its values are the same"
    share = share_of_numbers(cells)
    if share > MOSTLY:
        return ""
    if share > 0.5:
        return "it mixes numbers and texts"
    if levels > 2 and levels * 2 > len(present):
        return "almost all its values differ, as names or numbers of tickets do"
    if levels > 20 and levels * 10 > len(present):
        return f"it has {levels} different texts"
    return ""


def _checked_rows(rows: InlineRows, mistakes: Mistakes) -> tuple[Array, tuple[str, ...], Target] | None:
    """Inputs, their names, and targets, None where there are mistakes."""
    before = len(mistakes.lines)
    _check_rectangle(rows.inputs, "inputs", mistakes)
    _check_rectangle(rows.targets, "targets", mistakes)
    if len(rows.inputs) != len(rows.targets):
        counted = f"found {plural(len(rows.targets), 'row')}"
        mistakes.add("data.rows.targets", counted, f"{len(rows.inputs)}, as in inputs")
    inputs = _row_names(rows.input_names, len(rows.inputs[0]), "x", "input_names", mistakes)
    targets = _row_names(rows.target_names, len(rows.targets[0]), "y", "target_names", mistakes)
    if len(mistakes.lines) > before:
        return None
    return np.array(rows.inputs, dtype=np.float64), inputs, (np.array(rows.targets, dtype=np.float64), targets)


def _check_rectangle(rows: list[list[float]], key: str, mistakes: Mistakes) -> None:
    if not rows[0]:
        mistakes.add(f"data.rows.{key}[0]", "found an empty list", "one number or more")
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            wrong = f"found {plural(len(row), 'number')}"
            mistakes.add(f"data.rows.{key}[{index}]", wrong, f"{len(rows[0])}, as in the first row")


def _row_names(given: object, count: int, letter: str, key: str, mistakes: Mistakes) -> tuple[str, ...]:
    if not isinstance(given, list):
        return (letter,) if count == 1 else tuple(f"{letter}{number}" for number in range(1, count + 1))
    if len(given) != count:
        mistakes.add(f"data.rows.{key}", f"found {plural(len(given), 'name')}", str(count))
    return tuple(map(safe, given))


def _from_matrix(table: DataTable, inputs: Array, names: tuple[str, ...], target: Target, job: Job) -> Prepared | None:
    parts = _split(table, len(inputs), job)
    if parts is None:
        return None
    columns = [
        numeric_column(name, values, parts[0], table.standardize, f'data: input "{name}"', job.mistakes)
        for name, values in zip(names, inputs.T, strict=True)
    ]
    return _join([each for each in columns if each], target, parts, job)


def _join(columns: list[Column], target: Target | None, parts: tuple[Indices, Indices], job: Job) -> Prepared | None:
    """Columns side by side and the rows parted; nothing is allocated before the size is known to be fair."""
    names = tuple(name for column in columns for name in column.input_names)
    rows = sum(map(len, parts))
    if rows * len(names) > MAX_NUMBERS:
        counted = f"found {plural(rows, 'row')} of {plural(len(names), 'input')}"
        job.mistakes.add("data", counted, f"up to {MAX_NUMBERS} numbers")
    _check_unique(names, "inputs", job.mistakes)
    if target:
        _check_targets(*target, job)
    if job.mistakes.lines or target is None:
        return None
    x, (y, target_names), (training, validation) = np.hstack([column.inputs() for column in columns]), target, parts
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        job.mistakes.add("data", "holds numbers too large to calculate with")
        return None
    return Data(
        x=x[training],
        y=y[training],
        x_validation=x[validation],
        y_validation=y[validation],
        input_names=names,
        target_names=target_names,
        rows=training,
        rows_validation=validation,
    ), tuple(columns)


def _check_unique(names: Sequence[str], what: str, mistakes: Mistakes) -> None:
    for name in (name for name, count in Counter(names).items() if count > 1):
        mistakes.add("data", f"two {what} would be called {found(name)}", "names that differ")


def _check_targets(y: Array, names: tuple[str, ...], job: Job) -> None:
    """Targets that the loss has no meaning for."""
    _check_unique(names, "targets", job.mistakes)
    if job.loss == "binary_cross_entropy":
        for row, output in np.argwhere((y < 0) | (y > 1))[:1]:
            wrong = f"found {y[row, output]:g}"
            job.mistakes.add(f"data: target of row {row}", wrong, "0 to 1, for binary_cross_entropy")
    if job.loss == "categorical_cross_entropy":
        for row in np.flatnonzero((y < 0).any(axis=1) | (np.abs(y.sum(axis=1) - 1) > 1e-9))[:1]:
            counted = f"found numbers from {y[row].min():g} that sum to {y[row].sum():g}"
            job.mistakes.add(f"data: targets of row {row}", counted, "a 1 and zeros, for categorical_cross_entropy")
