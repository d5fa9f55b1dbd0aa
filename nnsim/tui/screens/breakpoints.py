"""Breakpoints and watches: type one, switch it off and on, take it away."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from nnsim.debugger.breakpoints import Breakpoint
from nnsim.debugger.conditions import ConditionError
from nnsim.tui.keys import quiet
from nnsim.tui.renderers.entries import Entry, pointed_at
from nnsim.tui.rows import Row
from nnsim.tui.screens.dialog import Dialog
from nnsim.tui.widgets.canvas import Rows
from nnsim.tui.widgets.entries import MOST, EntryList

if TYPE_CHECKING:
    from nnsim.debugger.session import Session
    from nnsim.debugger.watches import Watch

ASKED = "Stop where "
TYPING = "⏎ add   ↓ list   ⇥ next field   Esc close"
LISTED = "␣ on/off   x delete   ⏎ change{}   ↑ field   Esc close"
FIRST = "   g first time"
AFTER = "then f runs on to the next hit, F goes back to the last one"
ABSENT = "not on this branch"


class Fault(Rows):
    """Points at the wrong character of what stands above, and says what is wrong."""

    _lines: tuple[str, int, str] | None = None

    def show(self, text: str, error: ConditionError) -> None:
        self._lines = text, error.column, error.message
        self.display = True
        self.styles.height = len(self._pointed(self.parent.size.width if isinstance(self.parent, Vertical) else 60))
        self.redraw()

    def clear(self) -> None:
        self.display, self._lines = False, None

    def rows(self, width: int, height: int) -> list[Row]:
        return self._pointed(width)

    def _pointed(self, width: int) -> list[Row]:
        if self._lines is None:
            return []
        text, column, message = self._lines
        scrolled = self.parent.query_one(Input).scroll_offset.x if self.parent else 0
        return pointed_at(text, column, message, len(ASKED), width, scrolled)


class Field(Vertical):
    """A line to type in, and the list of what has been typed there. `changing`: what is to be replaced by the next."""

    changing: "Breakpoint | Watch | None" = None

    def __init__(self, name: str, question: str, example: str) -> None:
        super().__init__(id=name)
        self._question, self._example = question, example

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label(f"{self._question:<{len(ASKED)}}", markup=False)
            yield Input(placeholder=self._example, compact=True, max_length=500)
        yield Fault()
        yield EntryList()

    def on_mount(self) -> None:
        fault = self.query_one(Fault)
        fault.clear()
        self.watch(self.query_one(Input), "scroll_x", fault.redraw, init=False)


class BreakpointScreen(Dialog[Breakpoint | None]):
    """Gives back the breakpoint whose first time is to be found, if any."""

    CSS_PATH = "breakpoints.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("escape", "dismiss(None)", "break: close", "Close the list"),
        quiet("up", "move(-1)", "break: up", "The entry above"),
        quiet("down", "move(1)", "break: down", "The entry below"),
        quiet("space", "switch", "break: on or off", "Switch the chosen one off or on"),
        quiet("enter", "change", "break: change", "Change the chosen one in its field"),
        quiet("x,delete", "remove", "break: delete", "Take the chosen one away"),
        quiet("g", "first", "break: first time", "Go to where the chosen one first begins to hold"),
    ]

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Field("breakpoints", ASKED, "loss < 0.1, max(abs(dW1)) < 1e-6, changed(argmax(a2)) …")
            yield Field("watches", "Watch", "loss, W1[0,2], accuracy.validation …")
            yield Label(TYPING, id="keys", markup=False)
            yield Label(AFTER, id="after", markup=False)

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = "Breakpoints and watches"
        for field in self.query(Field):
            self._show(field)
        self.query(Input).first().focus()

    def on_resize(self) -> None:
        for field in self.query(Field):
            self._show(field)

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(Rows):
            rows.repaint()

    # what is there

    def _all(self, field: Field) -> "list[Breakpoint] | list[Watch]":
        return self._session.breakpoints.all if field.id == "breakpoints" else self._session.watches.all

    def _show(self, field: Field, chosen: int | None = None) -> None:
        entries = field.query_one(EntryList)
        shown = [Entry(each.text, self._remark(each), each.enabled) for each in self._all(field)]
        entries.show(shown, entries.chosen if chosen is None else chosen)
        entries.styles.height = max(1, min(len(shown), MOST, self.size.height // 5))
        if not shown and entries.has_focus:
            field.query_one(Input).focus()

    def _remark(self, each: "Breakpoint | Watch") -> str:
        if not each.enabled:
            return "off"
        breakpoints, watches = self._session.breakpoints, self._session.watches
        with self._session.lock:
            if isinstance(each, Breakpoint):
                words = "holds here" if breakpoints.holds(each) else ""
                return words if breakpoints.readable(each) else ABSENT
            return "" if watches.expression(each, self._session.sim) else ABSENT

    # typing

    @on(Input.Submitted)
    def _add(self, event: Input.Submitted) -> None:
        field = next(each for each in event.input.ancestors if isinstance(each, Field))
        add: Callable[[str], object] = (
            self._session.breakpoints.add if field.id == "breakpoints" else self._session.watches.add
        )
        try:
            with self._session.lock:
                add(event.value)
        except ConditionError as error:
            event.input.cursor_position = error.column - 1
            field.query_one(Fault).show(event.value, error)
            return
        kept: list[Any] = self._all(field)
        if field.changing in kept:  # the new one takes its place
            at = kept.index(field.changing)
            kept[at] = kept.pop()
        else:
            at = len(kept) - 1
        event.input.value, field.changing = "", None
        field.query_one(Fault).clear()
        self._show(field, at)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        for field in event.input.ancestors:
            if isinstance(field, Field):
                field.query_one(Fault).clear()
                field.changing = field.changing if event.value else None

    # the lists

    @property
    def _at(self) -> tuple[Field, EntryList] | None:
        """The list that has the focus, and its field. None where its last entry has just been taken away."""
        focused = self.focused
        if not isinstance(focused, EntryList) or not focused.entries:
            return None
        return next(each for each in focused.ancestors if isinstance(each, Field)), focused

    def on_descendant_focus(self) -> None:
        at = self._at
        keys = TYPING if at is None else LISTED.format(FIRST * (at[0].id == "breakpoints"))
        self.query_one("#keys", Label).update(keys)

    def action_move(self, step: int) -> None:
        """Through the list; above its first entry is the field, below the last one the next field."""
        at = self._at
        if at is None:
            for field in self.query(Field):
                if field.query_one(Input).has_focus:
                    self._move_from(field, step)
                    break
            return
        field, entries = at
        if 0 <= entries.chosen + step < len(entries.entries):
            self._show(field, entries.chosen + step)
        elif step < 0:
            field.query_one(Input).focus()
        elif (after := self._after(field)) is not None:
            after.query_one(Input).focus()

    def _move_from(self, field: Field, step: int) -> None:
        if step > 0 and self._all(field):
            field.query_one(EntryList).focus()
        elif step > 0 and (after := self._after(field)) is not None:
            after.query_one(Input).focus()
        elif step < 0 and field.id == "watches":
            before = self.query_one("#breakpoints", Field)
            (before.query_one(EntryList) if self._all(before) else before.query_one(Input)).focus()

    def _after(self, field: Field) -> Field | None:
        return self.query_one("#watches", Field) if field.id == "breakpoints" else None

    def action_switch(self) -> None:
        if self._at:
            field, entries = self._at
            each = self._all(field)[entries.chosen]
            each.enabled = not each.enabled
            self._show(field)

    def action_remove(self) -> None:
        if self._at:
            field, entries = self._at
            del self._all(field)[entries.chosen]
            self._show(field)

    def action_change(self) -> None:
        if self._at:
            field, entries = self._at
            field.changing = self._all(field)[entries.chosen]
            field.query_one(Input).value = field.changing.text
            field.query_one(Input).focus()

    def action_first(self) -> None:
        if self._at and self._at[0].id == "breakpoints":
            self.dismiss(self._session.breakpoints.all[self._at[1].chosen])

    @on(EntryList.Picked)
    def _picked(self, message: EntryList.Picked) -> None:
        """A click switches."""
        message.entries.focus()
        field = next(each for each in message.entries.ancestors if isinstance(each, Field))
        each = self._all(field)[message.at]
        each.enabled = not each.enabled
        self._show(field, message.at)
