"""Asks for the values of a race."""

from collections.abc import Callable

from textual.app import ComposeResult

from nnsim.tui.screens.dialog import Dialog
from nnsim.tui.widgets.edit import EditLine


class Edit(Dialog[bool]):
    """An edit line over a screen that has none of its own."""

    def __init__(self, question: str, attempt: Callable[[str], object], text: str, allowed: str, keys: str) -> None:
        """As `EditLine.ask` takes them."""
        super().__init__()
        self._question, self._attempt = question, attempt
        self._text, self._allowed, self._keys = text, allowed, keys

    def compose(self) -> ComposeResult:
        yield EditLine()

    def on_mount(self) -> None:
        line = self.query_one(EditLine)
        line.ask(self._question, self._attempt, self.dismiss, self._allowed, self._keys, self._text)
