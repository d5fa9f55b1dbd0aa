"""From rows of any source to numbers ready for training: split, then columns encoded by the training rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnsim.engine.randomness import stream
from nnsim.engine.spec import Array, Data, Indices
from nnsim.scenario.columns import Column, category_column, mean_and_std, numbers, numeric_column
from nnsim.scenario.csvfile import CsvFile, Progress, read_csv
from nnsim.scenario.dialect import Given
from nnsim.scenario.errors import Mistakes, found, plural, safe
from nnsim.scenario.generators import Generated
from nnsim.scenario.profile import usable
from nnsim.scenario.schema import MAX_NUMBERS, CsvTable, DataTable, InlineRows, RowsTable
from nnsim.scenario.targets import Target, encode_target

CLASSIFYING = ("binary_cross_entropy", "categorical_cross_entropy")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What preparing needs to know besides the table of the data."""

    seed: int
    loss: str
    folder: Path  # paths of files are relative to it
    mistakes: Mistakes
    progress: Progress | None = None


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """The target as the network sees it: y = (target − mean) / std, statistics of the training rows."""

    mean: float
    std: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """scalings: one for each target, none where targets are as in the source. csv: what was read, if it was."""

    data: Data
    columns: tuple[Column, ...]
    scalings: tuple[Scaling, ...] = ()
    csv: CsvFile | None = None


def prepare(table: DataTable, job: Job, csv: CsvFile | None = None) -> Prepared | None:
    """Data and columns of a table, None where there are mistakes. A CSV already read is not read again."""
    match table:
        case CsvTable():
            read = csv is not None and Path(csv.file) == job.folder / table.csv
            return _from_csv(table, csv if csv and read else _read(table, job), job)
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


def _read(table: CsvTable, job: Job) -> CsvFile:
    path = job.folder / table.csv
    given = Given(encoding=table.encoding, delimiter=table.delimiter, decimal=table.decimal)
    return read_csv(path, str(path), given, job.progress)


def _from_csv(table: CsvTable, csv: CsvFile, job: Job) -> Prepared | None:
    features = _features(table, csv, job.mistakes)
    if table.standardize_target and job.loss in CLASSIFYING:
        allowed = f"false for {job.loss}: its targets are classes, not quantities"
        job.mistakes.add("data.standardize_target", "found true", allowed)
    if features is None:
        return None
    kept = _kept(table, csv)
    parts = _split(table, len(kept), job)
    if parts is None:
        return None
    training, validation = kept[parts[0]], kept[parts[1]]
    wrong = job.mistakes.about(csv.file)
    target = encode_target(csv, table.target, job.loss, table.skip_missing_targets, wrong)
    columns = [_csv_column(name, table, csv, training, wrong) for name in features]
    used = [each for each in columns if each]
    prepared = _join(used, target, (training, validation), job, table.standardize_target)
    return prepared and replace(prepared, csv=csv)


def _kept(table: CsvTable, csv: CsvFile) -> Indices:
    """The rows that take part: all, or those with a target."""
    rows = np.arange(len(csv.lines))
    return rows[~csv.columns[table.target].absent()] if table.skip_missing_targets else rows


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
    allowed, seen = set(known), set[str]()
    for index, name in enumerate(names):
        place = f"data.{key}[{index}]"
        if name in seen:
            mistakes.add(place, f"found {found(name)} a second time")
        elif name not in allowed:
            mistakes.name(place, name, known)
        seen.add(name)


def _csv_column(name: str, table: CsvTable, csv: CsvFile, training: Indices, mistakes: Mistakes) -> Column | None:
    cells = csv.columns[name]
    place = f'column "{safe(name)}"'
    if name in table.numeric or (name not in table.categorical and cells.share_of_numbers() > 0.5):
        before = len(mistakes.lines)
        values = numbers(csv, name, mistakes)
        if len(mistakes.lines) > before:
            return None
        return numeric_column(name, values, training, table.standardize, place, mistakes)
    return category_column(name, cells, training, place, mistakes)


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


def _join(
    columns: list[Column],
    target: Target | None,
    parts: tuple[Indices, Indices],
    job: Job,
    standardize_target: bool = False,
) -> Prepared | None:
    """Columns side by side and the rows parted; nothing is allocated before the size is known to be fair."""
    names = tuple(name for column in columns for name in column.input_names)
    _check_inputs(names, sum(map(len, parts)), job.mistakes)
    if target:
        _check_targets(*target, job)
    if job.mistakes.lines or target is None:
        return None
    (y, target_names), (training, validation) = target, parts
    scalings = _scalings(y[training], target_names, job.mistakes) if standardize_target else ()
    if job.mistakes.lines:
        return None
    data = Data(
        x=_inputs(columns, len(names), training),
        y=_scaled(y[training], scalings),
        x_validation=_inputs(columns, len(names), validation),
        y_validation=_scaled(y[validation], scalings),
        input_names=names,
        target_names=target_names,
        rows=training,
        rows_validation=validation,
        scales=tuple(scaling.std for scaling in scalings),
    )
    if not all(np.isfinite(part).all() for part in (data.x, data.y, data.x_validation, data.y_validation)):
        job.mistakes.add("data", "holds numbers too large to calculate with")
        return None
    return Prepared(data=data, columns=tuple(columns), scalings=scalings)


def _check_inputs(names: tuple[str, ...], rows: int, mistakes: Mistakes) -> None:
    if rows * len(names) > MAX_NUMBERS:
        counted = f"found {plural(rows, 'row')} of {plural(len(names), 'input')}"
        mistakes.add("data", counted, f"up to {MAX_NUMBERS} numbers")
    _check_unique(names, "inputs", mistakes)


def _inputs(columns: list[Column], width: int, rows: Indices) -> Array:
    """The columns side by side, shape (rows, inputs)."""
    x, first = np.empty((len(rows), width)), 0
    with np.errstate(over="ignore"):
        for column in columns:
            last = first + len(column.input_names)
            column.fill(x[:, first:last], rows)
            first = last
    return x


def _scalings(y: Array, names: tuple[str, ...], mistakes: Mistakes) -> tuple[Scaling, ...]:
    """Mean and standard deviation of each target in the training rows, shape (rows, outputs)."""
    with np.errstate(all="ignore"):
        found = [Scaling(mean=mean, std=std) for mean, std in map(mean_and_std, y.T)]
    for name, each in zip(names, found, strict=True):
        if not np.isfinite([each.mean, each.std]).all():
            mistakes.add("data", f'target "{safe(name)}" holds numbers too large to standardise')
    return tuple(found)


def _scaled(y: Array, scalings: tuple[Scaling, ...]) -> Array:
    if not scalings:
        return y
    with np.errstate(over="ignore"):
        scaled: Array = (y - [each.mean for each in scalings]) / [each.std for each in scalings]
    return scaled


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
