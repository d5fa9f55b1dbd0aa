"""The picker: which scenario to step through."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from nnsim.tui.keys import key, quiet, without_back
from nnsim.tui.renderers.cards import Entry
from nnsim.tui.widgets.canvas import Rows
from nnsim.tui.widgets.details import Details
from nnsim.tui.widgets.footer import KeyBar
from nnsim.tui.widgets.scenarios import Scenarios
from nnsim.tui.widgets.welcome import Welcome


class Picker(Screen[None]):
    HORIZONTAL_BREAKPOINTS = [(0, "-thin"), (32, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (7, "-flat"), (18, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "open", "scenario: open", "Step through the chosen scenario"),
        key("up", "choose(-1)", "scenario: up", "Choose the scenario above"),
        key("down", "choose(1)", "scenario: down", "Choose the scenario below"),
        quiet("pageup", "choose(-5)", "scenario: page up", "Five scenarios up"),
        quiet("pagedown", "choose(5)", "scenario: page down", "Five scenarios down"),
        quiet("home", "end(-1)", "scenario: first", "The first scenario"),
        quiet("end", "end(1)", "scenario: last", "The last scenario"),
        key("l", "app.course", "guide: lessons", "The lessons of the course, in order"),
        key("backslash", "app.offer_guide", "guide: guide", "Let a guide lead through the chosen scenario"),
        key("escape", "back", "scenario: back", "Back to the scenario that is open"),
        key("q", "app.quit", "app: quit", "Leave nnsim"),
    ]

    def __init__(self, entries: Sequence[Entry], opened: str = "") -> None:
        """`opened`: the scenario that is open below, to which Esc goes back."""
        super().__init__()
        self._entries, self._opened = entries, opened

    def compose(self) -> ComposeResult:
        bindings = without_back(self.BINDINGS) if self.app.screen_stack[0] is self else self.BINDINGS
        with Vertical(id="picker"):
            yield Welcome()
            with Horizontal():
                yield Scenarios(self._entries, self._opened)
                yield Details()
        yield KeyBar(self.app.remapped(bindings))  # type: ignore[attr-defined]
        yield Static("needs 32×7", id="no-room", markup=False)

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(Rows):
            rows.repaint()

    def action_choose(self, step: int) -> None:
        self.query_one(Scenarios).choose(step)

    def action_end(self, which: int) -> None:
        """To the first scenario (-1) or the last (1)."""
        self.query_one(Scenarios).choose(which * len(self._entries))

    def action_open(self) -> None:
        self.query_one(Scenarios).open()

    def action_back(self) -> None:
        """To what is open; where nothing is, out."""
        if self.app.screen_stack[0] is self:
            self.app.exit()
        else:
            self.dismiss()

    @on(Scenarios.Chosen)
    def _chosen(self, event: Scenarios.Chosen) -> None:
        self.query_one(Details).show(event.entry)

    @on(Scenarios.Opened)
    def _open(self, event: Scenarios.Opened) -> None:
        self.app.open(event.name)  # type: ignore[attr-defined]
