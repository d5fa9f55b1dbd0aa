"""The glossary: a list of terms, and what one of them means."""

from collections.abc import Sequence

from nnsim.scenario.glossary import Entry, lines
from nnsim.tui.rows import Row, aimed, fit, shorten


def terms(entries: Sequence[Entry], chosen: int, first: int, width: int, height: int) -> list[Row]:
    """The terms from `first` on."""
    rows = [_term(entry, at, at == chosen, width) for at, entry in enumerate(entries)][first : first + height]
    return rows or [[(shorten("no such term", width), "dim")]]


def meaning(entry: Entry | None, width: int) -> list[Row]:
    """An entry, its term above."""
    if entry is None:
        return [[(shorten("Another word, or a part of it, may find something.", width), "dim")]]
    title, *rest = lines(entry, width)
    return [[(shorten(title, width), "title")], *([(shorten(line, width), "text")] for line in rest)]


def _term(entry: Entry, at: int, chosen: bool, width: int) -> Row:
    back = "bar " if chosen else ""
    role = aimed(f"{back}title" if chosen else "name", "term", at)
    return fit([(f"{'▸' if chosen else ' '} ", role), (entry.term, role)], width, role)
