"""How practice went, and what to practise."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from nnsim.tui.rows import clean
from nnsim.tui.screens.dialog import Dialog


class Report(Dialog[None]):
    CSS_PATH = "report.tcss"

    def __init__(self, score: str, advice: tuple[str, ...], in_all: str = "") -> None:
        """in_all: the score together with that of earlier practice."""
        super().__init__()
        self._score, self._advice, self._in_all = score, advice, in_all

    def compose(self) -> ComposeResult:
        with Vertical(id="report"):
            yield Static(f"Predicted: {self._score}.", id="score", markup=False)
            if self._in_all:
                yield Static(f"With earlier practice of this scenario: {self._in_all}.", markup=False)
            if self._advice:
                yield Static("To practise:", classes="part", markup=False)
                for line in self._advice:
                    yield Static(f"· {clean(line)}", markup=False)
            yield Static("Any key closes this.", classes="part", markup=False)

    def on_mount(self) -> None:
        self.query_one("#report").border_title = "Practice"

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss()

    def on_click(self) -> None:
        self.dismiss()
