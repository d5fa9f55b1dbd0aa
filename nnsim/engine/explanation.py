"""The arithmetic of one number, ready to be shown."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, cast

from nnsim.engine.expressions import (
    Add,
    Node,
    Sum,
    Write,
    filled,
    leaves,
    reckoned,
    summands,
    symbolic,
    terms_only,
    written,
)
from nnsim.engine.frame import Frame
from nnsim.engine.notation import number
from nnsim.engine.ops import DropoutMask
from nnsim.engine.program import Program
from nnsim.engine.spec import Data

DIGITS = 4
CERTAIN = 14  # digits that do not depend on the order of adding up


class Operand(Protocol):
    """A number of the frame that the explained one was computed from."""

    @property
    def tensor(self) -> str: ...
    @property
    def index(self) -> tuple[int, ...]: ...
    @property
    def label(self) -> str: ...
    @property
    def value(self) -> float: ...


@dataclass(frozen=True)
class Explanation:
    """How one number came about: `label` = `formula` = result. `source` says where it is from if not from others."""

    tensor: str
    index: tuple[int, ...]
    label: str
    formula: Node | None
    source: str
    numpy: str
    result: float
    chain: str = ""

    @property
    def symbolic(self) -> str:
        """The formula for this element: z₁[#0,h2] = Σᵢ x[#0,i]·W₁[i,h2] + b₁[h2]."""
        right = self.formula.text(symbolic) if self.formula else self.source
        return f"{self.label} = {right}" if self.formula else f"{self.label}: {right}"

    @property
    def substituted(self) -> tuple[str, ...]:
        """The same with the numbers filled in; for sums also with each term worked out."""
        return self.filled(DIGITS)

    @cached_property
    def operands(self) -> tuple[Operand, ...]:
        """The numbers it was computed from, each once, in reading order."""
        found = {(leaf.tensor, leaf.index): leaf for leaf in (leaves(self.formula) if self.formula else ())}
        return cast("tuple[Operand, ...]", tuple(found.values()))  # no letters where there are values

    @property
    def value(self) -> float:
        """The formula worked out again from its operands, apart from the engine's own arithmetic."""
        return self.formula.value if self.formula else self.result

    def filled(self, digits: int = DIGITS) -> tuple[str, ...]:
        """The lines with numbers of so many significant digits."""
        return tuple(text for text, _ in self._filled(digits))

    def lines(self, digits: int = DIGITS) -> list[str]:
        """All of it, a line each: the formula, the numbers, the result.

        A line begins with ≈ in place of = where the numbers before it, rounded as they are shown, do not give it.
        """
        result = number(self.result, digits)
        compared = min(digits, CERTAIN)
        known: tuple[float, ...] = ()
        lines = [self.symbolic, self.source] if self.formula and self.source else [self.symbolic]
        for text, values in self._filled(digits):
            if text != result:
                same = all(number(a, compared) == number(b, compared) for a, b in zip(known, values, strict=False))
                lines.append(f"{'=' if same else '≈'} {text}")
                known = values
        exact = not known or number(known[0], compared) == number(self.result, compared)
        return [*lines, f"{'=' if exact else '≈'} {result}"]

    def _filled(self, digits: int) -> list[tuple[str, tuple[float, ...]]]:
        """Each line with numbers, and what a reader gets who works it out: all of it, then each term of a sum."""
        if self.formula is None:
            return []
        writers: list[Write] = [filled(digits)]
        nodes: list[Node] = [self.formula]
        if isinstance(self.formula, Add | Sum):
            writers.append(terms_only(digits, self.formula))
            nodes += summands(self.formula)
        lines = [(written(self.formula, write), tuple(reckoned(node, write) for node in nodes)) for write in writers]
        return lines[:1] if lines[0][0] == lines[-1][0] else lines


def explain(program: Program, data: Data, frame: Frame, tensor: str, index: tuple[int, ...]) -> Explanation:
    """Raises KeyError for an unknown tensor and IndexError for an index outside of it."""
    if tensor not in frame:
        raise KeyError(f"there is no tensor {tensor!r}; the frame has {', '.join(frame)}")
    shape = frame[tensor].shape
    index = tuple(int(i) for i in index)
    if len(index) != len(shape) or not all(0 <= i < length for i, length in zip(index, shape, strict=True)):
        raise IndexError(f"{tensor} has shape {shape}: there is no element {index}")
    position = program.position(tensor)
    label, result = frame.label(tensor, index), float(frame[tensor][index])
    if position is None:
        return Explanation(tensor, index, label, None, _origin(tensor, frame.iteration), "", result)
    op = program[position]
    if op.phase == "batch":
        told = data.origin and data.origin(tensor, int(frame.rows[index[0]]), index[1])
        source, formula = told or (_row_of_data(frame, tensor, index), None)
        return Explanation(tensor, index, label, formula, source, op.numpy, result)
    if isinstance(op, DropoutMask) and (drawn := op.told(result)):
        return Explanation(tensor, index, label, None, drawn, op.numpy, result)
    return Explanation(tensor, index, label, op.explain(frame, index), "", op.numpy, result, op.chain)


def _origin(tensor: str, iteration: int) -> str:
    if iteration == 0:
        return (
            "where the optimizer's memory starts" if tensor.endswith(".prev") else "the value that training starts from"
        )
    return f"what the update of iteration {iteration - 1} left"


def _row_of_data(frame: Frame, tensor: str, index: tuple[int, ...]) -> str:
    column = frame.axis_names(tensor, 1)[index[1]]
    return f"{'input' if tensor == 'x' else 'target'} {column} of row {frame.rows[index[0]]} of the data"
