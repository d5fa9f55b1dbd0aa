"""The lessons of the course, with how far one is in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnsim.tui.rows import Row, clean, crop, left, right, spread, wrapped

if TYPE_CHECKING:
    from nnsim.scenario.course import Course, Lesson

STEPS = 10  # of a progress bar


@dataclass(frozen=True)
class Entry:
    """A lesson; `share` of it is done, and `begun` says whether it has been opened."""

    lesson: "Lesson"
    share: float = 0.0
    begun: bool = False

    @property
    def finished(self) -> bool:
        return self.share >= 1


def course_head(course: "Course", entries: Sequence[Entry], width: int) -> list[Row]:
    """What the course is, and how much of it is done."""
    finished = sum(entry.finished for entry in entries)
    minutes = sum(entry.lesson.minutes for entry in entries if not entry.finished)
    rest = f"{finished} of {len(entries)} done"
    if width >= 100 and minutes:
        rest += f", about {minutes} minutes to go"
    return [
        spread([(" nnsim ", "now"), (f"  {clean(course.title)}", "title")], [(rest, "dim")], width),
        crop([(clean(course.summary), "dim")], width),
    ]


def tall(count: int, height: int) -> int:
    """Rows of a lesson: with its summary and space, with its summary, or alone."""
    return next((rows for rows in (3, 2) if rows * count <= height + rows - 2), 1)


def lessons(entries: Sequence[Entry], chosen: int, first: int, width: int, height: int) -> list[Row]:
    """The lessons from `first` on that fit."""
    each = tall(len(entries), height)
    rows: list[Row] = []
    for at, entry in enumerate(entries[first : first + max(1, height // each + 1)], first):
        rows += _lesson(entry, at == chosen, width, each)
    return rows[:height]


def scrolled(chosen: int, first: int, count: int, height: int) -> int:
    """The first lesson in sight, moved no farther than needed to see the chosen one."""
    each = tall(count, height)
    room = max(1, (height + (each > 2)) // each)
    return max(0, min(max(first, chosen - room + 1), chosen, count - room))


def summary(entry: Entry, width: int) -> list[Row]:
    """What the chosen lesson is about, and what Enter does."""
    steps = f"{entry.lesson.steps} steps"
    doing = "⏎ once more" if entry.finished else f"⏎ goes on at {entry.share:.0%}" if entry.begun else "⏎ begins"
    return [
        *wrapped(entry.lesson.summary, width, "text"),
        [(f"{steps} on {clean(entry.lesson.scenario)}   {doing}", "dim")],
    ]


def _lesson(entry: Entry, chosen: bool, width: int, height: int) -> list[Row]:
    back = "bar" if chosen else ""
    start: Row = [
        ("▸ " if chosen else "  ", f"{back} lit"),
        (_mark(entry), f"{back} lit"),
        (right(str(entry.lesson.number), 3), f"{back} key"),
        (f"  {clean(entry.lesson.title)}", f"{back} title"),
    ]
    end: Row = [
        (left(_bar(entry), STEPS + 2), f"{back} accent"),
        (f"{entry.lesson.minutes:>2} min ", f"{back} dim"),
    ]
    rows = [spread(start, end, width, back)]
    if height > 1:
        rows.append(spread([(f"{'':8}{clean(entry.lesson.summary)}", f"{back} dim")], [], width, back))
    return [*rows, *([[]] if height > 2 else [])]


def _mark(entry: Entry) -> str:
    return "✓" if entry.finished else "◐" if entry.begun else "·"


def _bar(entry: Entry) -> str:
    """The part that is done; nothing where a lesson has not been begun or is over."""
    if entry.finished:
        return "done"
    full = int(STEPS * entry.share)
    return "━" * full + "─" * (STEPS - full) if entry.begun else ""
