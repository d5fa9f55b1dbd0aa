"""The glossary on the screen: a line to search in, the terms, and what one of them means."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label

from nnsim.scenario.glossary import Entry, entries, search
from nnsim.tui.keys import quiet
from nnsim.tui.renderers.glossary import meaning, terms
from nnsim.tui.rows import Row, target_at
from nnsim.tui.screens.dialog import Dialog
from nnsim.tui.widgets.canvas import Rows


class Terms(Rows):
    """The list of terms. Tells with `Picked` which one was clicked."""

    class Picked(Message):
        """A click on the term with this number."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    entries: Sequence[Entry] = ()
    chosen = 0
    _first = 0

    def rows(self, width: int, height: int) -> list[Row]:
        first = min(max(self._first, self.chosen - height + 1), self.chosen)
        self._first = max(0, min(first, len(self.entries) - height))
        return terms(self.entries, self.chosen, self._first, width, height)

    def on_click(self, event: events.Click) -> None:
        target = target_at(self._drawn[event.y], event.x) if event.y < len(self._drawn) else None
        if target:
            self.post_message(self.Picked(target.place[0]))


class TermText(Rows):
    entry: Entry | None = None

    def rows(self, width: int, height: int) -> list[Row]:
        return meaning(self.entry, width)


class GlossaryScreen(Dialog[None]):
    """What is typed searches; the arrows choose among what was found."""

    CSS_PATH = "glossary.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (96, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("escape", "dismiss", "view: close", "Close the glossary"),
        quiet("up", "choose(-1)", "view: up", "The term above"),
        quiet("down", "choose(1)", "view: down", "The term below"),
        quiet("pageup", "choose(-10)", "view: page up", "Ten terms up"),
        quiet("pagedown", "choose(10)", "view: page down", "Ten terms down"),
    ]

    def __init__(self, term: str = "") -> None:
        """`term`: the one to begin with."""
        super().__init__()
        self._term = term

    def compose(self) -> ComposeResult:
        with Vertical(id="glossary"):
            with Horizontal(id="search"):
                yield Label("Search: ", markup=False)
                yield Input(placeholder="a term, or a part of it", compact=True, max_length=100)
            with Horizontal(id="found"):
                yield Terms()
                yield TermText()
            yield Label("↑ ↓ another term   Esc close", id="keys", markup=False)

    def on_mount(self) -> None:
        self.query_one("#glossary").border_title = "Glossary"
        every = entries()
        at = next((at for at, entry in enumerate(every) if entry.term == self._term), 0)
        self._show(every, at)

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(Rows):
            rows.repaint()

    def _show(self, found: Sequence[Entry], chosen: int) -> None:
        listed, text = self.query_one(Terms), self.query_one(TermText)
        listed.entries, listed.chosen = found, max(0, min(chosen, len(found) - 1))
        text.entry = found[listed.chosen] if found else None
        listed.redraw()
        text.redraw()

    def action_choose(self, step: int) -> None:
        listed = self.query_one(Terms)
        self._show(listed.entries, listed.chosen + step)

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        if event.value or self.query_one(Terms).entries != entries():
            self._show(search(event.value), 0)

    @on(Terms.Picked)
    def _picked(self, message: Terms.Picked) -> None:
        self._show(self.query_one(Terms).entries, message.at)
