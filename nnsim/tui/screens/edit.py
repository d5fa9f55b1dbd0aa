"""Asks what a number, a setting or the values of a race are to be."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from nnsim.tui.keys import key
from nnsim.tui.rows import clean

HOW = "A number, or: learning_rate = 0.1 · optimizer = adam · layer 1 activation = relu · W1[0,2] = 0.5"
KEYS = "⏎ replace, in a branch of its own   Esc leave it"


class Edit(ModalScreen[bool]):
    """A line at the bottom of the screen. What cannot be is said below it, and what was typed stays."""

    CSS_PATH = "edit.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "dismiss(False)", "branch: cancel", "Leave it as it is")]

    def __init__(
        self, question: str, attempt: Callable[[str], object], text: str = "", allowed: str = HOW, keys: str = KEYS
    ) -> None:
        """`attempt` makes the edit; it raises ValueError where that cannot be. `text` stands there at first."""
        super().__init__()
        self._question, self._attempt = question, attempt
        self._text, self._allowed, self._keys = text, allowed, keys

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            with Horizontal():
                yield Label(f"{clean(self._question)} ", id="question", markup=False)
                yield Input(self._text, id="edit", compact=True, max_length=200)
            yield Label(self._allowed, id="allowed", markup=False)
            yield Label(self._keys, id="keys", markup=False)

    @on(Input.Submitted)
    def _try(self, event: Input.Submitted) -> None:
        if not self.is_current:  # a second Enter
            return
        try:
            self._attempt(event.value)
        except ValueError as error:
            label = self.query_one("#allowed", Label)
            label.update(clean(str(error)))
            label.add_class("-wrong")
        else:
            self.dismiss(True)
