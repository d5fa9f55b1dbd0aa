"""A CSV: the names of its columns, their cells, and the line on which each row stands.

The file is read once, a few thousand rows at a time, so that only the columns' numbers and codes stay in memory. The
csv module does it: beside polars it takes three times the time for half the memory (1.7 s and 130 MB against 0.6 s and
240 MB for 100,000 rows of 50 columns), knows the line of every mistake, and spares 180 MB of library.
`python -m tests.benchmarks.tables` measures both.
"""

import csv
import os
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from nnsim.scenario.cells import Builder, Cells
from nnsim.scenario.dialect import ENCODINGS, Dialect, Given, dialect_of, reason
from nnsim.scenario.document import reading
from nnsim.scenario.errors import Mistakes, found, plural, safe
from nnsim.scenario.schema import MAX_SAMPLES

CHUNK = 4096  # rows at a time, fewer where there are
MANY = 200_000  # cells in them
MAX_COLUMNS = 10_000

Progress = Callable[[float], None]  # is told the share of a file that has been read, from 0 to 1
Record = tuple[int, list[str]]  # its line in the file, and its fields


@dataclass(frozen=True, kw_only=True, eq=False)
class CsvFile:
    """`lines` are line numbers in the file, the header's being 1."""

    file: str
    dialect: Dialect
    columns: dict[str, Cells]
    lines: "array[int]"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def place(self, row: int, name: str) -> str:
        """Where a cell stands, `row` counted from 0."""
        return f'line {self.lines[row]}, column "{safe(name)}"'


def read_csv(path: Path, name: str, given: Given | None = None, progress: Progress | None = None) -> CsvFile:
    """Reads a CSV whose first line is a header; ScenarioError naming line and column of what is wrong."""
    mistakes = Mistakes(name)
    with reading(path, mistakes):
        dialect = dialect_of(path, given or Given(), mistakes)
        codec = ENCODINGS[dialect.encoding]
        with path.open("rb") as file, TextIOWrapper(file, codec, newline="") as text:
            records = _told(_records(text, dialect, mistakes), file, progress)
            columns, lines = _columns(records, dialect.decimal, mistakes)
    return CsvFile(file=name, dialect=dialect, columns=columns, lines=lines)


def column_names(path: Path, name: str) -> tuple[str, ...]:
    """Only those, of a CSV of whatever size. Raises ScenarioError as `read_csv` does."""
    mistakes = Mistakes(name)
    with reading(path, mistakes):
        dialect = dialect_of(path, Given(), mistakes)
        with path.open(encoding=ENCODINGS[dialect.encoding], newline="") as text:
            return _header(_records(text, dialect, mistakes), mistakes)


def _columns(records: Iterator[Record], decimal: str, mistakes: Mistakes) -> tuple[dict[str, Cells], "array[int]"]:
    """The cells of each column, and the line of each row."""
    names = _header(records, mistakes)
    builders = [Builder(decimal) for _ in names]
    lines = _read_rows(records, builders, mistakes)
    if not lines and not mistakes.lines:
        mistakes.add("", "has a header and no rows", "at least one row of data")
    mistakes.stop_if_any()
    return {name: builder.cells() for name, builder in zip(names, builders, strict=True)}, lines


def _header(records: Iterator[Record], mistakes: Mistakes) -> tuple[str, ...]:
    line, header = next(records, (1, []))
    mistakes.stop_if_any()
    names = _names(header, line, mistakes)
    mistakes.stop_if_any()
    return names


def _records(text: TextIOWrapper, dialect: Dialect, mistakes: Mistakes) -> Iterator[Record]:
    """Each record with the line that it starts on; blank lines are passed over."""
    line = 1
    if dialect.declared:
        text.readline()
        line = 2
    before = line - 1
    reader = csv.reader(text, delimiter=dialect.delimiter, skipinitialspace=True, strict=True)
    try:
        for record in reader:
            if record:
                yield line, record
            line = before + reader.line_num + 1
    except csv.Error as error:
        mistakes.add(f"line {line}", f"is not CSV ({reason(error)})")


def _told(records: Iterator[Record], file: BinaryIO, progress: Progress | None) -> Iterator[Record]:
    """The same records, with a word about progress now and then."""
    size = max(os.fstat(file.fileno()).st_size, 1)
    for number, record in enumerate(records):
        if progress and number % CHUNK == 0:
            progress(min(file.tell() / size, 1.0))
        yield record
    if progress:
        progress(1.0)


def _names(header: list[str], line: int, mistakes: Mistakes) -> tuple[str, ...]:
    """The names of the columns; a column without one is called by its number."""
    if not header:
        mistakes.add("", "the file is empty", "a header with the names of the columns, then rows")
    if len(header) > MAX_COLUMNS:
        mistakes.add(f"line {line}", f"found {len(header)} columns", f"up to {MAX_COLUMNS}")
        return ()
    names = tuple(name.strip() or f"column_{number}" for number, name in enumerate(header, 1))
    first: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if first.setdefault(name, number) != number:
            twice = f"found {found(name)}, as in column {first[name]}"
            mistakes.add(f"line {line}, column {number}", twice, "names that differ")
    return names


def _read_rows(records: Iterator[Record], builders: list[Builder], mistakes: Mistakes) -> "array[int]":
    """Hands all cells to the builders of their columns and returns the line of each row."""
    lines, chunk = array("q"), []
    wrong: list[tuple[int, int]] = []  # lines, and how many fields they have
    full = max(1, min(CHUNK, MANY // len(builders)))
    for line, record in records:
        if len(record) != len(builders):
            wrong.append((line, len(record)))
            continue
        chunk.append(record)
        lines.append(line)
        if len(chunk) == full:
            _hand_over(chunk, builders)
        if len(lines) > MAX_SAMPLES:
            mistakes.add(f"line {line}", "found too many rows", f"up to {MAX_SAMPLES}")
            break
    _hand_over(chunk, builders)
    if wrong:
        line, fields = wrong[0]
        more = f"… and {plural(len(wrong) - 1, 'more row')} with another number of fields" if wrong[1:] else ""
        mistakes.add(f"line {line}", f"found {plural(fields, 'field')}", f"{len(builders)}, as in the header", more)
    return lines


def _hand_over(chunk: list[list[str]], builders: list[Builder]) -> None:
    for builder, cells in zip(builders, zip(*chunk, strict=True), strict=False):
        builder.add(cells)
    chunk.clear()
