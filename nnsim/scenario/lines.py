"""Where the keys of a TOML text stand: its parser gives values without their lines."""

import re
from collections.abc import Iterator

from nnsim.scenario.errors import Mistakes

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z_][\w.\- ]*?)\s*\]\]?\s*(#|$)")
_KEY = re.compile(r"^\s*([\w\-]+(?:\s*\.\s*[\w\-]+)*)\s*=")
_QUOTES = re.compile(r'"""|' + r"'''")


class Lines:
    """The line of each key, as errors write it: steps[2].question.answer."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        counts: dict[str, int] = {}
        prefix = ""
        for line, content in _outside_of_strings(text):
            if header := _HEADER.match(content):
                name = "".join(header[2].split())
                if header[1] == "[[":
                    full = _counted(name, counts, last=False)
                    counts[full] = counts.get(full, 0) + 1
                prefix = _counted(name, counts)
                self._lines.setdefault(prefix, line)
            elif key := _KEY.match(content):
                self._lines.setdefault(f"{prefix}.{''.join(key[1].split())}".removeprefix("."), line)

    def of(self, place: str) -> int | None:
        """The line of a key, or of the nearest thing around it. None where that is the whole file."""
        while place:
            if place in self._lines:
                return self._lines[place]
            place = re.sub(r"(^|\.)[^.\[]*$|\[\d+\]$", "", place)
        return None


class LinedMistakes(Mistakes):
    """Puts the line before each key."""

    def __init__(self, file: str, where: Lines) -> None:
        super().__init__(file)
        self.where = where

    def add(self, place: str, found: str, allowed: str = "", hint: str = "") -> None:
        line = self.where.of(place)
        super().add(f"line {line}, {place}" if line else place, found, allowed, hint)


def _outside_of_strings(text: str) -> Iterator[tuple[int, str]]:
    """The lines that do not begin inside a string of several lines, with their numbers."""
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not inside:
            yield number, line
        if not inside and line.lstrip().startswith("#"):
            continue
        for quotes in _QUOTES.findall(line):
            if not inside:
                inside = quotes
            elif quotes == inside:
                inside = ""


def _counted(name: str, counts: dict[str, int], last: bool = True) -> str:
    """A dotted name with the index of each array in it: steps.question is steps[2].question."""
    parts = name.split(".")
    full = ""
    for depth, part in enumerate(parts, 1):
        full = f"{full}.{part}".removeprefix(".")
        if full in counts and (last or depth < len(parts)):
            full += f"[{counts[full] - 1}]"
    return full
