"""How an input came from its source: the raw row, what stands in for a missing value, and the arithmetic."""

from dataclasses import dataclass
from pathlib import Path

from nnsim.engine.expressions import Constant, Node
from nnsim.engine.notation import number as written
from nnsim.scenario.columns import Column
from nnsim.scenario.csvfile import CsvFile
from nnsim.scenario.errors import safe

MOST_CELLS, LONGEST = 16, 40  # of a row that is quoted: its cells, and their letters


@dataclass(frozen=True, eq=False)
class Origins:
    """Knows the raw columns of a scenario, and the file that they were read from, where there is one."""

    columns: tuple[Column, ...]
    csv: CsvFile | None = None

    def __call__(self, tensor: str, row: int, column: int) -> tuple[str, Node | None] | None:
        """What the source says of x[row of the source, input] and how it became a number.

        Of a target only what its row says; None where that is all there is.
        """
        if tensor != "x":
            return (f"{self._place(row)}: {self._whole(self.csv, row)}", None) if self.csv else None
        for each in self.columns:
            if column < len(each.input_names):
                return self._of(each, row, column)
            column -= len(each.input_names)
        raise IndexError(f"there is no input {column}")

    def _of(self, column: Column, row: int, at: int) -> tuple[str, Node]:
        raw = column.raw(row)
        if column.kind == "category":
            value = column.commonest if raw is None else raw
            level = column.categories[at + 1]
            number: Node = Constant(float(value == level), f"[{safe(column.name)} = {safe(level)}]")
            return self._note(column.name, row, raw, f"{safe(str(value))}, the commonest value"), number
        value = column.median if raw is None else raw
        assert isinstance(value, float)
        number = Constant(value, safe(column.name))
        if column.standardized:
            assert column.mean is not None
            assert column.std is not None
            number = (number - Constant(column.mean, "mean")) / Constant(column.std, "standard deviation")
        return self._note(column.name, row, raw, f"{written(value, 6)}, the median"), number

    def _place(self, row: int) -> str:
        csv = self.csv
        return f"line {csv.lines[row]} of {safe(Path(csv.file).name)}" if csv else f"row {row} of the data"

    def _note(self, name: str, row: int, raw: object, substitute: str) -> str:
        name, place = safe(name), self._place(row)
        if raw is None:
            said = f"{place} has no {name}: {substitute} of the training rows, stands in"
        else:
            told = written(raw, 6) if isinstance(raw, float) else safe(str(raw))
            said = f"{place} says {name} {told}"
        return f"{said}; the whole line: {self._whole(self.csv, row)}" if self.csv else said

    def _whole(self, csv: CsvFile, row: int) -> str:
        """All cells of a row with the names of their columns, as far as they are known.

        Of very many the first ones, the target before the inputs.
        """
        texts = [(name, cells.text(row)) for name, cells in csv.columns.items() if not cells.countless]
        if len(texts) > MOST_CELLS:
            inputs = {column.name for column in self.columns}
            texts.sort(key=lambda cell: cell[0] in inputs)
        said = [f"{safe(name)} {safe(_shortened(text)) or '–'}" for name, text in texts[:MOST_CELLS]]
        left = len(csv.columns) - len(said)
        return ", ".join([*said, f"… {left} more"] if left else said)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
