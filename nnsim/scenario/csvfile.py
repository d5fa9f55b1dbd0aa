"""A CSV as text: its header, its rows, and the line on which each row stands."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from nnsim.scenario.document import read_text
from nnsim.scenario.errors import Mistakes, found, plural, safe
from nnsim.scenario.schema import MAX_SAMPLES

MISSING = ("", "na", "nan")  # cells without a value, in lower case


@dataclass(frozen=True, kw_only=True, eq=False)
class CsvFile:
    """`lines` are line numbers in the file, the header's being 1."""

    file: str
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def cells(self, name: str) -> list[str]:
        """A column; cells without a value are empty."""
        index = self.names.index(name)
        stripped = (row[index].strip() for row in self.rows)
        return ["" if cell.lower() in MISSING else cell for cell in stripped]

    def place(self, row: int, name: str) -> str:
        """Where a cell stands, `row` counted from 0."""
        return f'line {self.lines[row]}, column "{safe(name)}"'


def read_csv(path: Path, file: str) -> CsvFile:
    """Reads a CSV whose first line is a header; ScenarioError naming line and column of what is wrong."""
    text = read_text(path, file)
    mistakes = Mistakes(file)
    records = _records(text, mistakes)
    line, header = next(records, (1, []))
    mistakes.stop_if_any()
    if not header:
        mistakes.add("", "the file is empty", "a header with the names of the columns, then rows")
    names = _names(header, line, mistakes)
    rows, lines = _rows(records, len(names), mistakes)
    if names and not rows and not mistakes.lines:
        mistakes.add("", "has a header and no rows", "at least one row of data")
    mistakes.stop_if_any()
    return CsvFile(file=file, names=names, rows=rows, lines=lines)


def _records(text: str, mistakes: Mistakes) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it starts on; blank lines are passed over."""
    reader = csv.reader(StringIO(text, newline=""))
    line = 1
    try:
        for record in reader:
            if record:
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        mistakes.add(f"line {line}", f"is not CSV ({safe(str(error))})")


def _names(header: list[str], line: int, mistakes: Mistakes) -> tuple[str, ...]:
    """The names of the columns; a column without one is called by its number."""
    names = tuple(name.strip() or f"column_{number}" for number, name in enumerate(header, 1))
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            twice = f"found {found(name)}, as in column {names.index(name) + 1}"
            mistakes.add(f"line {line}, column {number}", twice, "names that differ")
    return names


def _rows(
    records: Iterator[tuple[int, list[str]]], columns: int, mistakes: Mistakes
) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, record in records:
        if len(record) != columns:
            mistakes.add(f"line {line}", f"found {plural(len(record), 'field')}", f"{columns}, as in the header")
            continue
        rows.append(record)
        lines.append(line)
        if len(rows) > MAX_SAMPLES:
            mistakes.add(f"line {line}", "found too many rows", f"up to {MAX_SAMPLES}")
            break
    return rows, lines
