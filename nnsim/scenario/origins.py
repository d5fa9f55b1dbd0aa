"""How an input came from its source: the raw value, what stands in for a missing one, and the arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

from nnsim.engine.expressions import Constant, Node
from nnsim.scenario.columns import Column
from nnsim.scenario.errors import safe


@dataclass(frozen=True, eq=False)
class Origins:
    """Knows the raw columns of a scenario. `lines` are the line numbers of its rows in `file`, where it has one."""

    columns: tuple[Column, ...]
    file: str = ""
    lines: Sequence[int] | None = None

    def __call__(self, tensor: str, row: int, column: int) -> tuple[str, Node] | None:
        """What the source says of x[row of the source, input] and how it became a number. None for targets."""
        if tensor != "x":
            return None
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
        return self._note(column.name, row, raw, f"{value:g}, the median"), number

    def _note(self, name: str, row: int, raw: object, substitute: str) -> str:
        name = safe(name)
        place = f"row {row} of the data" if self.lines is None else f"line {self.lines[row]} of {self.file}"
        if raw is None:
            return f"{place} has no {name}: {substitute} of the training rows, stands in"
        return f"{place} says {name} {raw:g}" if isinstance(raw, float) else f"{place} says {name} {safe(str(raw))}"
