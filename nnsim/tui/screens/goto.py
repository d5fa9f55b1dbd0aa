"""Asks for an iteration."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from nnsim.tui.keys import key
from nnsim.tui.screens.dialog import Dialog


class GoTo(Dialog[int | None]):
    """A line at the bottom of the screen. What is not an iteration is answered with what would be one."""

    CSS_PATH = "goto.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "dismiss(None)", "go: cancel", "Stay where you are")]

    def __init__(self, here: int, recorded: int, most: int) -> None:
        super().__init__()
        self._here, self._recorded, self._most = here, recorded, most

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            with Horizontal():
                yield Label("Go to iteration ", id="question", markup=False)
                yield Input(placeholder=str(self._here), id="iteration", compact=True)
            yield Label(self._allowed(), id="allowed", markup=False)

    def _allowed(self) -> str:
        return f"0 to {self._most:,}; recorded so far: 0 to {self._recorded:,}.   ⏎ go   Esc stay"

    @on(Input.Submitted)
    def _go(self, event: Input.Submitted) -> None:
        iteration = parse_iteration(event.value, self._most)
        if iteration is None:
            label = self.query_one("#allowed", Label)
            label.update(f"Not an iteration: type a whole number from 0 to {self._most:,}.")
            label.add_class("-wrong")
        else:
            self.dismiss(iteration)


def parse_iteration(text: str, most: int) -> int | None:
    """The iteration that was typed, 1,000 and 1_000 too; None where there is no such iteration."""
    digits = text.strip().replace(",", "").replace("_", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return None
    return int(digits) if int(digits) <= most else None
