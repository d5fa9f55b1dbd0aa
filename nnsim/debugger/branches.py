"""What would have been: branches of a training, each begun by an edit, that leave the others as they are."""

from dataclasses import dataclass

from nnsim.debugger.edits import Change, EditError
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array

LEAST_STATES = 10  # that fit the memory of each branch: else there is no room for going back
ORIGINAL = "the original"


@dataclass(frozen=True, eq=False)
class Branch:
    """A training from an edit on. Before that it is what its parent is. The first one has neither parent nor edit.

    number: counted from 1 in the order of making, 0 for the original.
    """

    number: int
    sim: Simulation
    parent: "Branch | None" = None
    change: Change | None = None

    @property
    def start(self) -> int:
        """The iteration that it begins at."""
        return self.sim.start

    @property
    def title(self) -> str:
        """W1[0,2] = 0.5 at 250"""
        return f"{self.change} at {self.start}" if self.change else ORIGINAL

    @property
    def path(self) -> tuple["Branch", ...]:
        """From the original to this one."""
        return (*(self.parent.path if self.parent else ()), self)

    @property
    def words(self) -> tuple[str, ...]:
        """The edits that lead to it, as the command line takes them."""
        return tuple(each.change.word(each.start) for each in self.path if each.change)

    def segment(self, iteration: int) -> "Branch":
        """The branch on the way to this one that an iteration belongs to."""
        return self if self.parent is None or iteration >= self.start else self.parent.segment(iteration)

    def end(self, segment: "Branch") -> int | None:
        """The iteration at which the way to this branch leaves a segment; None for this one itself."""
        return next((each.start for each in self.path if each.parent is segment), None)

    @property
    def recorded(self) -> int:
        """The latest iteration visited on it."""
        return self.sim.recorded

    @property
    def losses(self) -> Array:
        """Of every iteration visited on it, also of those before it began."""
        return self.sim.all_losses


class Tree:
    """All branches of a training. They share the memory for going back."""

    def __init__(self, simulation: Simulation) -> None:
        self.root = Branch(0, simulation)
        self.branches: list[Branch] = [self.root]
        self._memory = simulation.memory
        self._made = 0

    def add(self, parent: Branch, change: Change) -> Branch:
        """A branch that begins where the parent's simulation stands. Raises EditError where there is no room for it."""
        share = self._memory // (len(self.branches) + 1)
        if share < LEAST_STATES * parent.sim.bytes_of_state:
            raise EditError("there is no memory for another branch: delete one, or start with a larger --memory")
        sim = parent.sim.branch(change.numbers, change.experiment, change.held)
        self._made += 1
        branch = Branch(self._made, sim, parent, change)
        self.branches.append(branch)
        self._share()
        return branch

    def children(self, branch: Branch) -> tuple[Branch, ...]:
        return tuple(each for each in self.branches if each.parent is branch)

    def ordered(self) -> list[tuple[int, Branch]]:
        """Every branch below its parent, with how deep it lies."""

        def below(branch: Branch, depth: int) -> list[tuple[int, Branch]]:
            inner = [pair for child in self.children(branch) for pair in below(child, depth + 1)]
            return [(depth, branch), *inner]

        return below(self.root, 0)

    def delete(self, branch: Branch) -> None:
        """Forgets a branch. Raises EditError where that is the original, or others begin on it."""
        if branch.parent is None:
            raise EditError("the original cannot be deleted")
        if children := self.children(branch):
            raise EditError(f"delete first what begins on it: {', '.join(each.title for each in children)}")
        self.branches.remove(branch)
        self._share()

    def limit(self, memory: int) -> None:
        """Bounds the bytes kept for going back in time, of all branches together."""
        self._memory = memory
        self._share()

    def _share(self) -> None:
        for each in self.branches:
            each.sim.limit(self._memory // len(self.branches))
