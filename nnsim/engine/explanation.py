"""The arithmetic of one number, ready to be shown."""

from dataclasses import dataclass

from nnsim.engine.expressions import Add, Node, Sum, filled, leaves, symbolic, terms_only
from nnsim.engine.frame import Frame
from nnsim.engine.notation import number
from nnsim.engine.program import Program

DIGITS = 4


@dataclass(frozen=True)
class Operand:
    """A number of the frame that the explained one was computed from."""

    tensor: str
    index: tuple[int, ...]
    label: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """How one number came about: `label` = `formula` = result."""

    tensor: str
    index: tuple[int, ...]
    label: str
    formula: Node | None
    source: str
    numpy: str
    result: float

    @property
    def symbolic(self) -> str:
        """The formula for this element: z₁[#0,h2] = Σᵢ x[#0,i]·W₁[i,h2] + b₁[h2]."""
        right = self.formula.text(symbolic) if self.formula else self.source
        return f"{self.label} = {right}" if self.formula else f"{self.label}: {right}"

    @property
    def substituted(self) -> tuple[str, ...]:
        """The same with the numbers filled in; for sums also with each term worked out."""
        return self.filled(DIGITS)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The numbers it was computed from, each once, in reading order."""
        found = {(leaf.tensor, leaf.index): leaf for leaf in (leaves(self.formula) if self.formula else ())}
        return tuple(
            Operand(leaf.tensor, tuple(int(i) for i in leaf.index), leaf.label, leaf.value) for leaf in found.values()
        )

    @property
    def value(self) -> float:
        """The formula worked out again from its operands, apart from the engine's own arithmetic."""
        return self.formula.value if self.formula else self.result

    def filled(self, digits: int = DIGITS) -> tuple[str, ...]:
        """The lines with numbers of so many significant digits."""
        if self.formula is None:
            return ()
        lines = [self.formula.text(filled(digits))]
        if isinstance(self.formula, Add | Sum):
            worked = self.formula.text(terms_only(digits, self.formula))
            if worked not in lines:
                lines.append(worked)
        return tuple(lines)

    def lines(self, digits: int = DIGITS) -> list[str]:
        """All of it, a line each: the formula, the numbers, the result."""
        body = [line for line in self.filled(digits) if line != number(self.result, digits)]
        return [self.symbolic, *(f"= {line}" for line in body), f"= {number(self.result, digits)}"]


def explain(program: Program, frame: Frame, tensor: str, index: tuple[int, ...]) -> Explanation:
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
        return Explanation(tensor, index, label, None, _row_of_data(frame, tensor, index), op.numpy, result)
    return Explanation(tensor, index, label, op.explain(frame, index), "", op.numpy, result)


def _origin(tensor: str, iteration: int) -> str:
    if iteration == 0:
        return (
            "where the optimizer's memory starts" if tensor.endswith(".prev") else "the value that training starts from"
        )
    return f"what the update of iteration {iteration - 1} left"


def _row_of_data(frame: Frame, tensor: str, index: tuple[int, ...]) -> str:
    column = frame.axis_names(tensor, 1)[index[1]]
    return f"{'input' if tensor == 'x' else 'target'} {column} of row {frame.rows[index[0]]} of the data"
