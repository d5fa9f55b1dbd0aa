"""One iteration on paper: a worksheet with blanks, and a key with the same numbers and the arithmetic filled in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nnsim.engine.frame import Frame
from nnsim.engine.notation import OPTIONS, number
from nnsim.engine.ops import PHASES, MeasureLoss, Op
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.simulation import Simulation
from nnsim.engine.workspace import SAMPLES
from nnsim.formats.pages import BLANK, Block, Code, Heading, Table, Text
from nnsim.formats.trace import epoch
from nnsim.scenario import Scenario
from nnsim.scenario.summary import architecture

DIGITS = 4
MOST_SAMPLES, MOST_UNITS = 4, 8  # rows and units on paper
MOST_BLANKS = 16  # numbers of an op that are asked for: beyond that it is the same again
WORKED = 4  # numbers of an op whose arithmetic the key shows in full

SIGNS = (  # how a formula shows that it has a sign, and what it says
    ("∂L/∂", "∂L/∂W is the derivative of the loss by W"),
    ("·W", "between tables · is the matrix product"),
    ("⊙", "⊙ multiplies element by element"),
    ("ᵀ", "ᵀ swaps rows and columns"),
    ("Σₛ", "Σₛ adds up over the samples"),
    ("′", "a′ is the derivative of the activation"),
    ("[z", "[z > 0] is 1 where that holds, else 0"),
)

Index = tuple[int, ...]


@dataclass(frozen=True)
class Worksheet:
    """The two pages: `blank` to be filled in, `key` with the answers."""

    blank: tuple[Block, ...]
    key: tuple[Block, ...]


def worksheet(scenario: Scenario, sim: Simulation, digits: int = DIGITS) -> Worksheet:
    """The worksheet of the iteration that a simulation stands at, with so many significant digits.

    Of large networks the first samples and units only; what cannot be computed from these is given.
    """
    sheet = _Sheet(scenario, sim, digits)
    return Worksheet(tuple(sheet.page(key=False)), tuple(sheet.page(key=True)))


class _Sheet:
    def __init__(self, scenario: Scenario, sim: Simulation, digits: int) -> None:
        self.scenario, self.sim, self.digits = scenario, sim, digits
        self.frame: Frame = sim.frame
        self.formulas = "\n".join(op.formula for op in sim.program if op.reads)

    def page(self, key: bool) -> Iterator[Block]:
        t = self.sim.iteration
        yield Heading(f"{self.scenario.title}: {'answer key' if key else 'worksheet'}, iteration {t}", 1)
        batch = f"batch {self.sim.batch_of(t)} of {self.sim.iterations_per_epoch}"
        yield Text(f"Epoch {epoch(self.sim)}, {batch}. Iterations, epochs and batches count from 0.")
        yield from self._network()
        rounded = f"All numbers are rounded to {self.digits} significant digits"
        if key:
            yield Text(
                f"{rounded}; ≈ stands where the numbers before it, rounded as they are, come to another last digit."
            )
        else:
            yield Text(
                f"A table with a question mark has cells to fill in, {MOST_BLANKS} at the most. {rounded}: "
                "work with them as they stand. Your last digits may differ from the key."
            )
        if left_out := self._left_out():
            yield Text(left_out)
        yield Heading("Given")
        yield from self._given()
        yield from self._ops(key)

    def _network(self) -> Iterator[Block]:
        training = self.scenario.training
        loss, optimizer = training.loss.replace("_", " "), OPTIMIZERS[training.optimizer.name].title
        yield Text(f"Network: {architecture(self.scenario)}. Loss: {loss}. Optimizer: {optimizer}.")
        yield Text(f"Constants: {', '.join(f'{name} = {number(value, 6)}' for name, value in self._constants())}.")
        yield Text(f"Signs: {'; '.join(says for sign, says in SIGNS if sign in self.formulas)}.")

    def _constants(self) -> Iterator[tuple[str, float]]:
        """What the formulas have by a letter and no table gives."""
        training, options = self.sim.experiment.training, self.sim.program.options
        loss = next(op for op in self.sim.program if isinstance(op, MeasureLoss))
        known = {
            "n": loss.loss.count(*self.frame[loss.reads[0]].shape),
            "t": self.sim.iteration,
            "l1": training.l1,
            "l2": training.l2,
            "c": training.clip_norm or training.clip_value,
            **{letter: options.get(name) for letter, name in OPTIONS.items()},
        }
        if "alpha" in self.frame:  # one that changes is a number of its own
            del known["α"]
        for letter, value in known.items():
            if value is not None and re.search(rf"(?<!\w){letter}(?!\w)", self.formulas):
                yield letter, float(value)

    def _left_out(self) -> str:
        """What does not fit on paper, in words."""
        rows = len(self.frame.rows)
        sizes = [(self.sim.experiment.network.inputs, "inputs")]
        sizes += [(layer.units, f"units of layer {k}") for k, layer in enumerate(self.scenario.network.layers, 1)]
        parts = [f"{MOST_SAMPLES} of {rows:,} samples"] if rows > MOST_SAMPLES else []
        parts += [f"{MOST_UNITS} of {size:,} {what}" for size, what in sizes if size > MOST_UNITS]
        if not parts:
            return ""
        smaller = f" --set training.batch_size={MOST_SAMPLES} makes batches that fit." if rows > MOST_SAMPLES else ""
        return (
            f"Left out to fit on paper: all but the first {', '.join(parts)}. "
            f"What needs the others is given, marked “given”.{smaller}"
        )

    def _given(self) -> Iterator[Block]:
        started = [name for name in self.frame if self.sim.program.position(name) is None]
        memories = [name for name in started if name.endswith(".prev")]
        for name in [each for each in started if each not in memories]:
            yield self._table(name, self.frame.layout[name].symbol)
        if memories and all(not self.frame[name].any() for name in memories):
            yield Text("The optimizer's memories (those with t − 1) are all 0.")
        else:
            for name in memories:
                yield self._table(name, self.frame.layout[name].symbol)

    def _ops(self, key: bool) -> Iterator[Block]:
        asked = 0
        phase = ""
        for op in self.sim.program:
            if op.phase != phase and op.phase in PHASES[1:]:
                yield Heading(op.phase.capitalize())
            phase = op.phase
            if not op.reads:
                yield Text(f"{op.formula}: {op.title} (given)")
                yield self._table(op.name, self.frame.layout[op.name].symbol)
                continue
            asked += 1
            yield from self._task(op, asked, key)

    def _task(self, op: Op, place: int, key: bool) -> Iterator[Block]:
        computable = [index for index in self._indices(op.name) if self._can_be_computed(op, index)]
        blanks = computable[:MOST_BLANKS]
        mark = " (given)" if not blanks else ""
        yield Heading(f"{place}. {op.formula}{mark}", 3)
        yield Text(op.title)
        symbol = self.frame.layout[op.name].symbol
        yield self._table(op.name, f"{symbol} ?" if blanks and not key else symbol, () if key else tuple(blanks))
        if key and blanks:
            yield from self._worked(op, blanks)

    def _worked(self, op: Op, blanks: list[Index]) -> Iterator[Block]:
        for index in sorted(sorted(blanks, key=lambda index: self._zeros(op, index))[:WORKED]):
            yield Code(tuple(self.sim.explain(op.name, index).lines(self.digits)))
        if len(blanks) > WORKED:
            yield Text(f"The other {len(blanks) - WORKED} in the same way.")

    def _zeros(self, op: Op, index: Index) -> int:
        """How many zeros go into a number: the arithmetic of those with few of them shows more."""
        return sum(operand.value == 0 for operand in self.sim.explain(op.name, index).operands)

    def _can_be_computed(self, op: Op, index: Index) -> bool:
        """Whether all that a number is made of stands on the sheet."""
        operands = self.sim.explain(op.name, index).operands
        if operands:
            return all(self._on_paper(each.tensor, each.index) for each in operands)
        return all(self._whole(name) for name in op.reads)

    def _on_paper(self, name: str, index: Index) -> bool:
        return all(i < limit for i, limit in zip(index, self._limits(name), strict=True))

    def _whole(self, name: str) -> bool:
        return self._limits(name) == self.frame[name].shape

    def _limits(self, name: str) -> tuple[int, ...]:
        """How many along each axis fit on paper."""
        most = (MOST_SAMPLES if axis is SAMPLES else MOST_UNITS for axis in self.frame.layout[name].axes)
        return tuple(min(length, limit) for length, limit in zip(self.frame[name].shape, most, strict=True))

    def _indices(self, name: str) -> list[Index]:
        indices: list[Index] = [()]
        for limit in self._limits(name):
            indices = [(*index, i) for index in indices for i in range(limit)]
        return indices

    def _table(self, name: str, corner: str, blanks: tuple[Index, ...] = ()) -> Table:
        """A tensor as far as it fits; `blanks` are to be filled in."""
        limits, frame = self._limits(name), self.frame
        columns = frame.axis_names(name, len(limits) - 1)[: limits[-1]] if limits else ("",)
        names = frame.axis_names(name, 0)[: limits[0]] if len(limits) > 1 else ("",)
        rows = []
        for row, label in enumerate(names):
            places: list[Index] = [(row, k)[2 - len(limits) :] for k in range(len(columns))]
            cells = (BLANK if place in blanks else number(float(frame[name][place]), self.digits) for place in places)
            rows.append((label, tuple(cells)))
        return Table(corner, tuple(columns), tuple(rows))
