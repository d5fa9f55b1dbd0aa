"""A list of what a person has set: breakpoints, watches, bookmarks."""

from collections.abc import Sequence
from dataclasses import dataclass

from nnsim.tui.rows import Row, aimed, clean, fit, shorten, spread


@dataclass(frozen=True)
class Entry:
    """`remark` stands at the right. `on`: whether it is in force; None for what is not switched."""

    text: str
    remark: str = ""
    on: bool | None = None


def entry_list(entries: Sequence[Entry], chosen: int, first: int, width: int, height: int, focused: bool) -> list[Row]:
    """The entries from `first` on. A click on one is aimed at `entry`."""
    shown = list(enumerate(entries))[first : first + height]
    return [_line(entry, at, focused and at == chosen, width) for at, entry in shown]


def _line(entry: Entry, at: int, chosen: bool, width: int) -> Row:
    back = "bar " if chosen else ""
    text = "dim" if entry.on is False else "title" if chosen else "text"
    mark = {True: "● ", False: "○ ", None: ""}[entry.on]
    remark = clean(entry.remark)
    start: Row = [
        ("▸ " if chosen else "  ", f"{back}lit"),
        (mark, f"{back}{'dim' if entry.on is False else 'lit'}"),
        (shorten(clean(entry.text), max(8, width - len(remark) - 7)), f"{back}{text}"),
    ]
    row = spread(start, [(f" {remark} ", f"{back}dim")], width, back.strip()) if remark else start
    return [(words, aimed(role, "entry", at)) for words, role in fit(row, width, back.strip())]


def pointed_at(text: str, column: int, message: str, before: int, width: int, scrolled: int = 0) -> list[Row]:
    """A caret below the character of a text that is wrong, and what is wrong with it.

    column: of the character, from 1; before: cells before the text; scrolled: cells of the text that are out of sight.
    """
    from rich.cells import cell_len

    from nnsim.tui.rows import wrapped

    place = min(before + max(0, cell_len(text[: column - 1]) - scrolled), max(width - 1, 0))
    return [[(" " * place + "^", "warning")], *wrapped(message, width, "warning")]
