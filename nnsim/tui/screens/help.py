"""Help: how to read the screen, and all keys, from the bindings themselves."""

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from nnsim.tui.keys import area, key_name, quiet
from nnsim.tui.screens.dialog import Dialog
from nnsim.tui.widgets.panel import Panel

READING = (
    ("iteration", "one batch through forward, loss, backward and update; counted from 0"),
    ("epoch", "one pass over all training rows"),
    ("phase line", "✓ done, ▶ now, · to come; what is to come shows no numbers yet"),
    ("✓ checked", "gradients agree with central differences, a replay gives the same bits; ✗ if not; ▲ nan, ∞ or near"),
    ("∂L/∂W", "how the loss answers to a small change of W: the gradient"),
)
_RIGHT = ("view", "picture", "app")  # areas in the right column


class Help(Dialog[None]):
    CSS_PATH = "help.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (96, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("escape,question_mark,q,enter,space", "dismiss", "view: close", "Close the help"),
    ]

    def __init__(
        self,
        bindings: Sequence[BindingType],
        panel: Panel | None = None,
        reading: Sequence[tuple[str, str]] = READING,
    ) -> None:
        """`reading`: what stands on the screen, and what it means."""
        super().__init__()
        self._reading = reading
        self._panel = panel if panel and panel.about else None
        self._shown = [binding for binding in bindings if isinstance(binding, Binding)]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            if self._panel:
                yield Static(Text(self._panel.heading, "bold"))
                yield Static(_listed(self._panel.about), classes="part")
            yield Static(Text("How to read the screen", "bold"))
            yield Static(_listed(self._reading), classes="part")
            with Container(id="keys"):
                yield Static(keys([b for b in self._shown if area(b) not in _RIGHT]), classes="part")
                yield Static(keys([b for b in self._shown if area(b) in _RIGHT]), classes="part")
            yield Static(Text("Esc closes this. ^p finds every command by its name."))

    def on_mount(self) -> None:
        self.query_one("#help").border_title = "Help"


def keys(bindings: Sequence[Binding]) -> Table:
    """Keys by area."""
    table = _table()
    for name, members in groupby(bindings, key=area):
        table.add_row(Text(name.capitalize(), "bold"), "")
        for binding in members:
            table.add_row(Text(f"  {key_name(binding)}", "bold"), Text(binding.tooltip))
    return table


def _listed(pairs: Sequence[tuple[str, str]]) -> Table:
    table = _table()
    for name, meaning in pairs:
        table.add_row(Text(f"  {name}", "bold"), Text(meaning))
    return table


def _table() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True, min_width=10)
    table.add_column(ratio=1)
    return table
