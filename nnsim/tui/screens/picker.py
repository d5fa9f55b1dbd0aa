"""The picker: which scenario to step through."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from nnsim.tui.keys import key
from nnsim.tui.renderers.cards import Entry
from nnsim.tui.widgets.canvas import Rows
from nnsim.tui.widgets.footer import KeyBar
from nnsim.tui.widgets.scenarios import Scenarios
from nnsim.tui.widgets.welcome import Welcome


class Picker(Screen[None]):
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        key("up", "choose(-1)", "scenario: up", "Choose the scenario above"),
        key("down", "choose(1)", "scenario: down", "Choose the scenario below"),
        key("enter", "open", "scenario: open", "Step through the chosen scenario"),
        key("q,escape", "app.quit", "app: quit", "Leave nnsim"),
    ]

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._entries = entries

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield Welcome()
            yield Scenarios(self._entries)
        yield KeyBar(self.BINDINGS)

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(Rows):
            rows.repaint()

    def action_choose(self, step: int) -> None:
        self.query_one(Scenarios).choose(step)

    def action_open(self) -> None:
        self.query_one(Scenarios).open()

    @on(Scenarios.Opened)
    def _open(self, event: Scenarios.Opened) -> None:
        self.app.open(event.name)  # type: ignore[attr-defined]
