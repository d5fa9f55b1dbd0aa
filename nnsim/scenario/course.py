"""The course: its lessons in order."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nnsim.scenario import builtin

FOLDER = builtin.FOLDER / "learn"
GUIDES = builtin.FOLDER / "guides"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson in a list. `guide`: the name to read it by; `steps`: how many, for the progress."""

    number: int  # from 1
    guide: str
    title: str
    summary: str
    scenario: str
    minutes: int
    steps: int


@dataclass(frozen=True, kw_only=True)
class Course:
    title: str
    summary: str
    lessons: tuple[Lesson, ...]

    def after(self, guide: str) -> Lesson | None:
        """The lesson that follows a guide. None after the last one and for what is no lesson."""
        numbers = [lesson.number for lesson in self.lessons if lesson.guide == guide]
        return self.lessons[numbers[0]] if numbers and numbers[0] < len(self.lessons) else None


@cache
def course() -> Course:
    """The built-in course. Reads only TOML, so that a list of it needs nothing heavy."""
    document = _read(FOLDER / "course.toml")
    lessons = [_lesson(number, each["guide"], each["minutes"]) for number, each in enumerate(document["lessons"], 1)]
    return Course(title=document["title"], summary=document["summary"], lessons=tuple(lessons))


def guide_for(scenario: str) -> str | None:
    """The name of the guide of a built-in scenario: its own, else the first lesson about it. None where none is."""
    if (GUIDES / f"{scenario}.toml").is_file():
        return scenario
    return next((lesson.guide for lesson in course().lessons if lesson.scenario == scenario), None)


def _lesson(number: int, guide: str, minutes: int) -> Lesson:
    document = _read(GUIDES / f"{guide}.toml")
    return Lesson(
        number=number,
        guide=guide,
        title=document["title"],
        summary=document["summary"],
        scenario=document["scenario"],
        minutes=minutes,
        steps=len(document["steps"]),
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
