"""What was found in a table and what is made of each of its columns, for `nnsim check`."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnsim.scenario.cells import Cells
from nnsim.scenario.columns import Column
from nnsim.scenario.csvfile import CsvFile
from nnsim.scenario.errors import listing, safe
from nnsim.scenario.preparation import CLASSIFYING, Prepared
from nnsim.scenario.profile import profile
from nnsim.scenario.schema import CsvTable
from nnsim.scenario.targets import label_of, levels_of

SHOWN = 6  # categories or classes that are named

Role = Literal["target", "number", "category", "left out"]


@dataclass(frozen=True)
class Field:
    """One column of the source."""

    name: str
    role: Role
    text: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """rows: all of the source; skipped: those without a target, which take no part."""

    rows: int
    skipped: int
    dialect: str
    task: str
    fields: tuple[Field, ...]


def report_on(table: CsvTable, prepared: Prepared, loss: str) -> Report | None:
    """What a table was read as."""
    csv = prepared.csv
    if csv is None:
        return None
    columns = {column.name: column for column in prepared.columns}
    data = prepared.data
    return Report(
        rows=len(csv.lines),
        skipped=len(csv.lines) - len(data.rows) - len(data.rows_validation),
        dialect=str(csv.dialect),
        task=_task(loss, len(data.target_names)),
        fields=tuple(_field(name, table, csv, columns, loss) for name in csv.names),
    )


def _task(loss: str, outputs: int) -> str:
    match loss:
        case "binary_cross_entropy":
            return "two classes (binary classification)"
        case "categorical_cross_entropy":
            return f"{outputs} classes (classification)"
    return "a quantity (regression)"


def _field(name: str, table: CsvTable, csv: CsvFile, columns: dict[str, Column], loss: str) -> Field:
    shown, cells = safe(name), csv.columns[name]
    if name == table.target:
        return Field(shown, "target", _classes(cells) if loss in CLASSIFYING else _range(cells))
    if shown not in columns:
        return Field(shown, "left out", profile(name, cells).why or "it is not among the features")
    column = columns[shown]
    if column.kind == "category":
        text = f"{len(column.categories)}: {_some(list(column.categories))}"
        return Field(shown, "category", text + _missing(cells, f"{column.commonest} (the commonest)"))
    return Field(shown, "number", _range(cells) + _missing(cells, f"{column.median:.6g} (the median)"))


def _some(names: list[str]) -> str:
    return listing(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def _classes(cells: Cells) -> str:
    """How often each class is there: "0 (809 rows), 1 (500 rows)"."""
    texts = cells.as_texts()
    levels, counts = levels_of(texts), texts.counts()
    keys = texts.texts if isinstance(levels[0], str) else texts.parsed.tolist()
    rows = {level: sum(int(n) for key, n in zip(keys, counts, strict=True) if key == level) for level in levels[:SHOWN]}
    told = [f"{label_of(level)} ({count:,} {'row' if count == 1 else 'rows'})" for level, count in rows.items()]
    return ", ".join(told) + (f", … ({len(levels)} in all)" if len(levels) > SHOWN else "")


def _range(cells: Cells) -> str:
    values = cells.numbers()[0]
    return f"{np.nanmin(values):.6g} to {np.nanmax(values):.6g}"


def _missing(cells: Cells, stand_in: str) -> str:
    verb = "becomes" if cells.missing == 1 else "become"
    return f"; {cells.missing:,} missing {verb} {stand_in}" if cells.missing else ""
