"""Asks for the answer to a question: of a guide, or of practice."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from nnsim.tui.keys import key
from nnsim.tui.rows import clean
from nnsim.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from nnsim.debugger.answers import Asked


class Answer(Dialog[str | None]):
    """The question, its options, and a line to type in."""

    CSS_PATH = "answer.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "dismiss(None)", "guide: cancel", "Answer later")]

    def __init__(
        self, question: "Asked", how: str = "A number, like 0.25, −3, 1/4 or 1e-4.", above: bool = False
    ) -> None:
        """`how`: how a number may be written. above: over what is covered, so that the operands stay in sight."""
        super().__init__(classes="above" if above else None)
        self._question, self._number = question, how

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Label(clean(self._question.text), id="question", markup=False)
            for at, option in enumerate(self._question.options, 1):
                yield Label(f"{at}  {clean(option)}", classes="option", markup=False)
            with Horizontal():
                yield Label("Answer ", markup=False)
                yield Input(id="answer", compact=True, max_length=200)
            yield Label(f"{self._how()}   ⏎ answer   Esc later", id="allowed", markup=False)

    def _how(self) -> str:
        count = len(self._question.options)
        return f"A number from 1 to {count}, or a letter." if count else self._number

    @on(Input.Submitted)
    def _answer(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value)
