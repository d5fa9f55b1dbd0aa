"""The list of lessons, one of them chosen."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from nnsim.scenario.course import Course
from nnsim.tui.renderers.course import Entry, course_head, lessons, scrolled, summary, tall
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Rows


class Lessons(Rows):
    """Tells with `Opened` which one was asked for, with `Chosen` which one is pointed at."""

    class Opened(Message):
        """A lesson is to be gone through."""

        def __init__(self, guide: str) -> None:
            super().__init__()
            self.guide = guide

    class Chosen(Message):
        """Another one is chosen."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.entries = entries
        self._chosen = next((at for at, entry in enumerate(entries) if not entry.finished), 0)
        self._first = 0

    def on_mount(self) -> None:
        self.choose(0)

    def rows(self, width: int, height: int) -> list[Row]:
        self._first = scrolled(self._chosen, self._first, len(self.entries), height)
        return lessons(self.entries, self._chosen, self._first, width, height)

    def update(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.choose(0)

    def choose(self, step: int) -> None:
        self._chosen = max(0, min(self._chosen + step, len(self.entries) - 1))
        self.redraw()
        self.post_message(self.Chosen(self.entries[self._chosen]))

    def open(self) -> None:
        self.post_message(self.Opened(self.entries[self._chosen].lesson.guide))

    def on_click(self, event: events.Click) -> None:
        at = self._first + event.y // tall(len(self.entries), self.size.height)
        if at < len(self.entries):
            self._chosen = at
            self.choose(0)
            self.open()


class CourseHead(Rows):
    """What the course is."""

    def __init__(self, course: Course, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._course, self.entries = course, entries

    def rows(self, width: int, height: int) -> list[Row]:
        return course_head(self._course, self.entries, width)


class LessonSummary(Rows):
    """What the chosen lesson is about."""

    entry: Entry | None = None

    def show(self, entry: Entry) -> None:
        self.entry = entry
        self.redraw()

    def rows(self, width: int, height: int) -> list[Row]:
        return summary(self.entry, width) if self.entry else []
