"""One line for every mistake in a file: where, what was found, what is allowed."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

LONGEST = 60  # characters of a quoted value
MOST_LINES = 20  # lines of one error


class ScenarioError(ValueError):
    """What is wrong with a scenario or its data. Its text has one line a mistake; `mistakes` has all of them."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(_shortened(self.mistakes)))


class Mistakes:
    """Collects the mistakes of one file, so that all of them can be told at once."""

    def __init__(self, file: str, lines: list[str] | None = None) -> None:
        self.file = file
        self.lines = [] if lines is None else lines

    def about(self, file: str) -> "Mistakes":
        """Collects into the same list, for another file."""
        return Mistakes(file, self.lines)

    def add(self, place: str, found: str, allowed: str = "", hint: str = "") -> None:
        """`place` is a key or a line and column; empty parts are left out."""
        parts = [f"allowed: {allowed}" if allowed else "", hint]
        self.lines.append(": ".join(filter(None, [safe(self.file), place, "; ".join(filter(None, [found, *parts]))])))

    def name(self, place: str, name: Any, names: Iterable[str], text: str = "found {}") -> None:
        """A name that is not one of `names`."""
        names = [safe(each) for each in names]
        self.add(place, text.format(found(name)), listing(names), did_you_mean(name, names))

    def stop_if_any(self) -> None:
        if self.lines:
            raise ScenarioError(self.lines)


def safe(text: str) -> str:
    """The text with control and other invisible characters escaped, so that no terminal obeys them."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def found(value: Any) -> str:
    """A short description of a value of a document, on one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{_cut(safe(value))}"'
        case dict():
            return "a table" if value else "an empty table"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case int() if abs(value) >= 2**63:
            return "a number that is too large"
        case _:
            return _cut(safe(str(value)))


def listing(names: Iterable[str]) -> str:
    """Names separated by commas, shortened when there are very many."""
    names = list(names)
    more = [f"… ({len(names)} in all)"] if len(names) > MOST_LINES else []
    return ", ".join([*map(_cut, names[:MOST_LINES]), *more])


def did_you_mean(name: Any, names: Iterable[str]) -> str:
    """A hint at the closest name, or an empty text."""
    by_case = {each.lower(): each for each in names}
    close = get_close_matches(str(name).lower()[:LONGEST], by_case, n=1, cutoff=0.6)
    return f'did you mean "{_cut(by_case[close[0]])}"?' if close else ""


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _shortened(lines: tuple[str, ...]) -> list[str]:
    rest = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([f"… and {plural(rest, 'more mistake')}"] if rest > 0 else [])]
