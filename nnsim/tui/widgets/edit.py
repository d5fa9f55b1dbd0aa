"""A line to type in what is to change, over the lower edge of a screen."""

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Label

from nnsim.tui.keys import quiet
from nnsim.tui.rows import clean

SENT = 0.02  # seconds until the terminal has what was painted: another thread writes it, between two pieces of work


class Field(Input):
    """What is typed."""

    async def _on_key(self, event: events.Key) -> None:
        line = self.query_ancestor(EditLine)
        if line.pass_on(event):
            event.stop()
            event.prevent_default()
        else:
            await super()._on_key(event)


class EditLine(Vertical):
    """What cannot be is said below the line, and what was typed stays.

    It is a part of the screen and no screen of its own: opening and closing it repaints its few rows only.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("escape", "close(False)", "branch: cancel", "Leave it as it is"),
        quiet("up,down,pageup,pagedown,tab,shift+tab", "stay", "branch: stay", "The keys belong to the line"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.visible = self.is_open = False
        self._attempt: Callable[[str], object] = str
        self._told: Callable[[bool], object] = bool
        self._before: Widget | None = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label(id="question", markup=False)
            yield Field(id="edit", compact=True, max_length=200)
        yield Label(id="allowed", markup=False)
        yield Label(id="keys", markup=False)

    def ask(
        self,
        question: str,
        attempt: Callable[[str], object],
        closed: Callable[[bool], object],
        allowed: str,
        keys: str,
        text: str = "",
    ) -> None:
        """Opens with `text` to be changed.

        attempt: does what was typed; it raises ValueError where that cannot be. closed: is told whether it was done.
        """
        self._attempt, self._told = attempt, closed
        for name, words in (("question", f"{clean(question)} "), ("allowed", allowed), ("keys", keys)):
            self.query_one(f"#{name}", Label).update(words)
        self.query_one("#allowed").remove_class("-wrong")
        field = self.query_one(Input)
        field.value, field.cursor_position = text, len(text)
        self._before = self.screen.focused
        self.visible = self.is_open = True
        field.focus()

    @on(Input.Submitted)
    def _try(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.is_open:  # a second Enter
            return
        try:
            self._attempt(event.value)
        except ValueError as error:
            label = self.query_one("#allowed", Label)
            label.update(clean(str(error)))
            label.add_class("-wrong")
        else:
            self.action_close(True)

    def action_close(self, done: bool) -> None:
        """What follows from it is painted first, then the place that the line has taken."""
        if self.is_open:
            self.is_open = False
            self._told(done)
            self.set_timer(SENT, self._leave)

    def _leave(self) -> None:
        if not self.is_open:  # it may have been opened again
            if self.query_one(Input).has_focus:
                self.screen.set_focus(self._before)
            self.visible = False

    def pass_on(self, event: events.Key) -> bool:
        """A key that comes when the line is closed, and not yet gone, is for what it stood over."""
        if not self.is_open:
            self._leave()
            self.app.post_message(events.Key(event.key, event.character))
        return not self.is_open

    def action_stay(self) -> None:
        """Nothing: these keys would move the cursor away from the number in question."""

    def on_descendant_blur(self) -> None:
        """A click elsewhere leaves it as it is; another window in front does not."""
        if self.screen.focused not in (None, self.query_one(Input)):
            self._before = self.screen.focused
            self.action_close(False)
