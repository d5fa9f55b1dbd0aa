"""Where a simulation begins in the middle of another one: numbers set by hand, the rest as it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nnsim.engine.notation import number
from nnsim.engine.spec import Array
from nnsim.engine.workspace import Call, Layout, Workspace

if TYPE_CHECKING:
    from nnsim.engine.program import Program

Element = tuple[str, tuple[int, ...]]  # a number of the frame: its tensor and its index


@dataclass(frozen=True)
class Put:
    """A number of the frame that is set by hand; `before` is what stood there."""

    tensor: str
    index: tuple[int, ...]
    value: float
    before: float

    @property
    def element(self) -> Element:
        return self.tensor, self.index


@dataclass(frozen=True, eq=False)
class Fork:
    """The first iteration of a branch and what it starts from.

    program: the branch's own; where only numbers are set, that of the training it leaves. state: flat, laid out for it.
    losses: of the iterations before, shape (iteration,).
    numbers: set by hand in that iteration: those of the state stand in it, each other one as soon as its op has run.
    held: weights that training leaves as they are. since: the iteration from which the optimizer counts its steps.
    gathered: inputs and targets as a runner keeps them, to be shared where the data are the same.
    """

    iteration: int
    program: "Program"
    state: Array
    losses: Array
    numbers: tuple[Put, ...] = ()
    held: frozenset[Element] = frozenset()
    since: int = 0
    gathered: tuple[Array, Array] | None = None

    def put(self, tensor: str, index: tuple[int, ...]) -> Put | None:
        """The number that was set by hand there."""
        return next((each for each in self.numbers if each.element == (tensor, index)), None)

    def in_flight(self, layout: Layout) -> tuple[Put, ...]:
        """The numbers that are set while the iteration runs."""
        return tuple(each for each in self.numbers if not layout[each.tensor].in_state)

    def by_hand(self, iteration: int) -> frozenset[Element]:
        """Every number of an iteration that is set by hand or held."""
        here = {each.element for each in self.numbers} if iteration == self.iteration else set()
        return frozenset(here | {(f"{name}{part}", index) for name, index in self.held for part in ("", ".step")})

    def note(self, iteration: int, tensor: str, index: tuple[int, ...]) -> str:
        """Why a number of the branch does not follow from its formula; empty where it does."""
        found = self.put(tensor, index) if iteration == self.iteration else None
        if found:
            return f"set by hand, in place of {number(found.before)}"
        parameter, _, suffix = tensor.partition(".")
        if suffix == "step" and (parameter, index) in self.held:
            return f"0 by hand: training leaves {parameter} there as it is"
        if suffix.endswith("prev") and iteration == self.since > 0:
            return "where the optimizer's memory starts"
        return ""


def settings(puts: Sequence[Put], tensor: str, w: Workspace) -> list[Call]:
    """Calls that set the numbers of one tensor in a workspace."""
    layout = w.layout[tensor]
    view = w[tensor].T if layout.per_sample else w[tensor]  # rows are samples
    return [partial(view.__setitem__, each.index, each.value) for each in puts if each.tensor == tensor]
