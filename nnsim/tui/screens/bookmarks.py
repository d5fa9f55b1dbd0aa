"""Bookmarks: a note for this moment, and the list of all those of the scenario."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from nnsim.debugger.bookmarks import LONGEST_NOTE, Bookmark
from nnsim.tui.keys import key, quiet
from nnsim.tui.renderers.entries import Entry
from nnsim.tui.rows import clean
from nnsim.tui.screens.dialog import Dialog
from nnsim.tui.widgets.entries import EntryList

if TYPE_CHECKING:
    from nnsim.debugger.bookmarks import Bookmarks

KEYS = "⏎ go there   x delete   Esc close"
NONE = "No bookmarks in this scenario yet: m sets one on the moment that you see."


class Note(Dialog[str | None]):
    """A line at the bottom of the screen. An empty note is one, too."""

    CSS_PATH = "bookmarks.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "dismiss(None)", "moment: cancel", "Set no bookmark")]

    def __init__(self, moment: str) -> None:
        super().__init__()
        self._moment = moment

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            with Horizontal():
                yield Label(f"Bookmark {clean(self._moment)}, note ", id="question", markup=False)
                yield Input(id="note", compact=True, max_length=LONGEST_NOTE)
            yield Label("⏎ set it, with or without a note   Esc cancel", id="keys", markup=False)

    @on(Input.Submitted)
    def _set(self, event: Input.Submitted) -> None:
        self.dismiss(" ".join(event.value.split()))


class BookmarkScreen(Dialog[Bookmark | None]):
    """The list. Gives back the one to go to."""

    CSS_PATH = "bookmarks.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("escape,M", "dismiss(None)", "moment: close", "Close the list"),
        quiet("up", "choose(-1)", "moment: up", "The bookmark above"),
        quiet("down", "choose(1)", "moment: down", "The bookmark below"),
        quiet("enter", "go", "moment: go there", "Go to the chosen moment"),
        quiet("x,delete", "remove", "moment: delete", "Take the chosen one away"),
    ]

    def __init__(self, bookmarks: "Bookmarks") -> None:
        super().__init__()
        self._bookmarks = bookmarks

    def compose(self) -> ComposeResult:
        with Vertical(id="list"):
            yield EntryList()
            yield Label(KEYS, id="keys", markup=False)

    def on_mount(self) -> None:
        self.query_one("#list").border_title = "Bookmarks"
        self._show(0)
        self._tell()
        self.query_one(EntryList).focus()

    def _tell(self) -> None:
        """What has gone wrong with the file, once."""
        if problem := self._bookmarks.told():
            self.notify(f"{problem[:1].upper()}{problem[1:]}.", severity="warning", markup=False)

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(EntryList):
            rows.repaint()

    def _show(self, chosen: int) -> None:
        entries = [Entry(f"{each.at}   {each.note}".rstrip(), "  ".join(each.edits)) for each in self._bookmarks.here]
        self.query_one(EntryList).show(entries, chosen)
        self.query_one("#keys", Label).update(KEYS if entries else NONE)

    @property
    def _chosen(self) -> Bookmark | None:
        at = self.query_one(EntryList).chosen
        return self._bookmarks.here[at] if at < len(self._bookmarks.here) else None

    def action_choose(self, step: int) -> None:
        self._show(self.query_one(EntryList).chosen + step)

    def action_go(self) -> None:
        if self._chosen:
            self.dismiss(self._chosen)

    def action_remove(self) -> None:
        if self._chosen:
            self._bookmarks.remove(self._chosen)
            self._show(self.query_one(EntryList).chosen)
            self._tell()

    @on(EntryList.Picked)
    def _picked(self, message: EntryList.Picked) -> None:
        """A click goes there."""
        self._show(message.at)
        self.action_go()
