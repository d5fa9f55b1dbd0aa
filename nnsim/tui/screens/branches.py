"""The tree of branches: stand on one, compare two, forget one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Label

from nnsim.tui.keys import quiet
from nnsim.tui.renderers.branches import BranchLine
from nnsim.tui.rows import clean
from nnsim.tui.screens.dialog import Dialog
from nnsim.tui.widgets.branches import BranchList

if TYPE_CHECKING:
    from nnsim.debugger.branches import Branch
    from nnsim.debugger.session import Session

KEYS = "⏎ stand there   c compare with ●   x delete   Esc close"
NONE = "Only the original so far: r replaces a number or a setting and so begins a branch."


@dataclass(frozen=True)
class Wanted:
    """What is to be done with a branch: to stand on it, or else to `compare` it."""

    branch: "Branch"
    compare: bool = False


class Branches(Dialog[Wanted | None]):
    """All branches as a list, each below the one that it begins on."""

    CSS_PATH = "branches.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("escape,T", "dismiss", "branch: close", "Close the list"),
        quiet("up", "choose(-1)", "branch: up", "The branch above"),
        quiet("down", "choose(1)", "branch: down", "The branch below"),
        quiet("enter", "stand", "branch: stand there", "Stand on the chosen branch"),
        quiet("c", "compare", "branch: compare", "Compare it with the one that the cursor stands on"),
        quiet("x,delete", "delete", "branch: delete", "Forget the chosen branch"),
    ]

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._branches = [branch for _, branch in session.tree.ordered()]

    def compose(self) -> ComposeResult:
        with Vertical(id="branches"):
            yield BranchList()
            yield Label(id="keys", markup=False)

    def on_mount(self) -> None:
        self.query_one("#branches").border_title = "Branches"
        self._show(self._branches.index(self._session.branch))

    def on_resize(self) -> None:
        self._show(self._chosen)

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(BranchList):
            rows.repaint()

    def _show(self, chosen: int) -> None:
        with self._session.lock:
            ordered = self._session.tree.ordered()
            here = self._session.branch
            lines = [
                BranchLine(each.title, depth, each.start, each.recorded, float(each.losses[-1]), each is here)
                for depth, each in ordered
            ]
        self._branches = [branch for _, branch in ordered]
        self.query_one(BranchList).styles.height = max(2, min(len(lines) + 1, self.size.height // 2 + 1))
        self.query_one(BranchList).show(lines, chosen)
        self.query_one("#keys", Label).update(KEYS if len(lines) > 1 else NONE)

    @property
    def _chosen(self) -> int:
        return self.query_one(BranchList).chosen

    def action_choose(self, step: int) -> None:
        self._show(self._chosen + step)

    def action_stand(self) -> None:
        self.dismiss(Wanted(self._branches[self._chosen]))

    def action_compare(self) -> None:
        branch = self._branches[self._chosen]
        if branch is self._session.branch:
            self._say("Choose another one than ●, on which the cursor stands.")
        else:
            self.dismiss(Wanted(branch, compare=True))

    def action_delete(self) -> None:
        try:
            with self._session.lock:
                self._session.delete(self._branches[self._chosen])
        except ValueError as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        else:
            self._show(self._chosen)

    @on(BranchList.Picked)
    def _picked(self, message: BranchList.Picked) -> None:
        if message.at == self._chosen:
            self.action_stand()
        else:
            self._show(message.at)

    def _say(self, words: str) -> None:
        self.query_one("#keys", Label).update(clean(words))
