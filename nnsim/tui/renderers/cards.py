"""The scenarios as cards: title, summary, architecture and size; and what there is to say about one of them."""

import textwrap
from collections.abc import Sequence
from typing import Protocol

from nnsim.tui.rows import Row, clean, fit, spread, width_of

HEIGHT = 4  # rows of a card and the space below it


class Entry(Protocol):
    """A scenario that can be opened."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def architecture(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def description(self) -> str: ...


def cards(entries: Sequence[Entry], chosen: int, first: int, width: int, height: int) -> list[Row]:
    """The cards from `first` on that fit; the last row tells of those that do not."""
    end = first + visible(len(entries), height)
    rows = [row for at in range(first, min(end, len(entries))) for row in _card(entries[at], at == chosen, width)]
    if hidden := len(entries) - min(end, len(entries)) + first:
        rows.append([(f"  {hidden} more: ↑ ↓", "dim")])
    return rows[:height]


def visible(count: int, height: int) -> int:
    """How many cards there is room for."""
    fits = (height + 1) // HEIGHT
    return count if fits >= count else max(1, (height - 1) // HEIGHT)


def scrolled(chosen: int, first: int, count: int, height: int) -> int:
    """The first card in sight, moved no farther than needed to see the chosen one."""
    room = visible(count, height)
    return max(0, min(max(first, chosen - room + 1), chosen, count - room))


def details(entry: Entry, width: int) -> list[Row]:
    """What to look for in a scenario, in paragraphs."""
    rows: list[Row] = [[(clean(entry.title), "title")], []]
    for paragraph in entry.description.split("\n\n"):
        rows += [[(line, "text")] for line in textwrap.wrap(clean(paragraph), width)]
        rows.append([])
    return rows


def _card(entry: Entry, chosen: bool, width: int) -> list[Row]:
    back = "bar" if chosen else ""
    edge = ("▌ ", f"{back} lit") if chosen else ("  ", "")
    mark = ("▸ ", f"{back} lit") if chosen else ("  ", "")
    name: Row = [(f"nnsim {clean(entry.name)} ", f"{back} dim")]
    size = f"{entry.rows:,} {'row' if entry.rows == 1 else 'rows'}"
    head: Row = [mark, (clean(entry.title), f"{back} title")]
    if width_of(head) + width_of(name) >= width - 2:
        name = []
    facts = f"  {clean(entry.architecture)}  ·  {size}"
    lines: tuple[Row, Row, Row] = (
        spread(head, name, width - 2, back),
        fit([("  " + clean(entry.summary), f"{back} text")], width - 2, back),
        fit([(facts, f"{back} dim")], width - 2, back),
    )
    return [*([edge, *line] for line in lines), []]
