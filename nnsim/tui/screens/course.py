"""The course: which lesson to go through."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from nnsim.scenario.course import course
from nnsim.tui.keys import key, quiet, without_back
from nnsim.tui.renderers.course import Entry
from nnsim.tui.widgets.canvas import Rows
from nnsim.tui.widgets.footer import KeyBar
from nnsim.tui.widgets.lessons import CourseHead, Lessons, LessonSummary


class CourseScreen(Screen[None]):
    """`entries` gives the lessons as they stand now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("up", "choose(-1)", "lesson: up", "Choose the lesson above"),
        key("down", "choose(1)", "lesson: down", "Choose the lesson below"),
        key("enter", "open", "lesson: open", "Go through the chosen lesson, from where it was left"),
        quiet("pageup", "choose(-5)", "lesson: page up", "Five lessons up"),
        quiet("pagedown", "choose(5)", "lesson: page down", "Five lessons down"),
        quiet("home", "end(-1)", "lesson: first", "The first lesson"),
        quiet("end", "end(1)", "lesson: last", "The last lesson"),
        key("p", "scenarios", "lesson: scenarios", "Choose a scenario instead"),
        quiet("escape", "back", "lesson: back", "Back to what is open"),
        key("q", "app.quit", "app: quit", "Leave nnsim"),
    ]

    def __init__(self, entries: Callable[[], Sequence[Entry]]) -> None:
        super().__init__()
        self._entries = entries

    def compose(self) -> ComposeResult:
        entries = self._entries()
        bindings = without_back(self.BINDINGS) if self.app.screen_stack[0] is self else self.BINDINGS
        with Vertical(id="course"):
            yield CourseHead(course(), entries)
            yield Lessons(entries)
            yield LessonSummary()
        yield KeyBar(self.app.remapped(bindings))  # type: ignore[attr-defined]

    def on_screen_resume(self) -> None:
        """Back from a lesson: more of it may be done."""
        if self.is_mounted and (found := self.query(Lessons)):
            entries = self._entries()
            found.first().update(entries)
            head = self.query_one(CourseHead)
            head.entries = entries
            head.redraw()

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(Rows):
            rows.repaint()

    def action_choose(self, step: int) -> None:
        self.query_one(Lessons).choose(step)

    def action_end(self, which: int) -> None:
        """To the first lesson (-1) or the last (1)."""
        self.query_one(Lessons).choose(which * len(course().lessons))

    def action_open(self) -> None:
        self.query_one(Lessons).open()

    def action_scenarios(self) -> None:
        self.app.open_picker()  # type: ignore[attr-defined]

    def action_back(self) -> None:
        """To what is open; where nothing is, out."""
        if self.app.screen_stack[0] is self:
            self.app.exit()
        else:
            self.dismiss()

    @on(Lessons.Chosen)
    def _chosen(self, event: Lessons.Chosen) -> None:
        self.query_one(LessonSummary).show(event.entry)

    @on(Lessons.Opened)
    def _open(self, event: Lessons.Opened) -> None:
        self.app.open_guide(event.guide)  # type: ignore[attr-defined]
