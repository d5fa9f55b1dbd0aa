"""Rows of a picture: pieces of text with the role that colors them. A role gets its color in colors.py.

The last word of a role may say what a click there means: `dim @op:12`. It has no color.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len

Span = tuple[str, str]  # text, role
Row = list[Span]

ELLIPSIS = "…"
# ASCII, Latin, Greek, dashes and quotes, superscripts, arrows, mathematical operators, lines and blocks, braille
_narrow = re.compile(
    r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u2010-\u2027\u2070-\u2071\u2074-\u208e"
    r"\u2190-\u22ff\u2500-\u25fc\u2800-\u28ff]*"
).fullmatch


@dataclass(frozen=True)
class Target:
    """What a click means: an op, a cell of the tensor, a unit of a layer."""

    kind: str
    place: tuple[int, ...]


@lru_cache(4096)
def aimed(role: str, kind: str, *place: int) -> str:
    """`role`, and what a click there means."""
    return f"{role} @{kind}:{','.join(map(str, place))}"


def color_of(role: str) -> str:
    """`role` without its target."""
    return role.partition("@")[0].rstrip() if "@" in role else role


def target_at(row: Row, x: int) -> Target | None:
    """What is aimed at in cell `x` of a row."""
    for text, role in row:
        x -= cell_len(text)
        if x < 0:
            return _target(role)
    return None


def _target(role: str) -> Target | None:
    kind, _, place = role.partition("@")[2].partition(":")
    return Target(kind, tuple(map(int, filter(None, place.split(","))))) if kind else None


def plain(row: Row) -> str:
    return "".join([text for text, _ in row])


def cells(text: str) -> int:
    """How many cells of the terminal a text takes."""
    return len(text) if text.isascii() or _narrow(text) else cell_len(text)


def width_of(row: Row) -> int:
    return cells(plain(row))


def clean(text: str) -> str:
    """`text` without anything a terminal would obey: a control character becomes a visible dot."""
    if text.isprintable():
        return text
    return "".join("·" if unicodedata.category(letter).startswith("C") else letter for letter in text)


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` cells; what was cut shows as …"""
    if cell_len(text) <= width:
        return text
    return _cut(text, width - 1) + ELLIPSIS if width > 0 else ""


def left(text: str, width: int) -> str:
    short = shorten(text, width)
    return short + " " * (width - cell_len(short))


def right(text: str, width: int) -> str:
    short = shorten(text, width)
    return " " * (width - cell_len(short)) + short


def center(text: str, width: int) -> str:
    short = shorten(text, width)
    space = width - cell_len(short)
    return " " * (space // 2) + short + " " * (space - space // 2)


def crop(row: Row, width: int) -> Row:
    """`row` in at most `width` cells; what was cut shows as …"""
    return row if width_of(row) <= width else _cropped(row, width)


def fit(row: Row, width: int, role: str = "") -> Row:
    """`row` in exactly `width` cells."""
    missing = width - width_of(row)
    if missing < 0:
        row = _cropped(row, width)
        missing = width - width_of(row)
    return [*row, (" " * missing, role)] if missing else row


def _cropped(row: Row, width: int) -> Row:
    kept: Row = []
    room = width
    for text, role in row:
        length = cell_len(text)
        if length >= room:
            piece = (_cut(text, room - 1) + ELLIPSIS) if room > 0 else ""
            return [*kept, (piece, role)]
        kept.append((text, role))
        room -= length
    return kept


def spread(start: Row, end: Row, width: int, role: str = "") -> Row:
    """`start` at the left and `end` at the right; `end` goes where both do not fit."""
    space = width - width_of(start) - width_of(end)
    return [*start, (" " * space, role), *end] if space > 0 else fit(start, width, role)


def joined(pieces: Iterable[Row], separator: Span) -> Row:
    row: Row = []
    for piece in pieces:
        if row:
            row.append(separator)
        row.extend(piece)
    return row


def _cut(text: str, width: int) -> str:
    length = 0
    for position, letter in enumerate(text):
        length += cell_len(letter)
        if length > width:
            return text[:position]
    return text


def wrapped(text: str, width: int, role: str = "") -> list[Row]:
    """A text in lines of at most `width` cells; a word that is longer is cut in two."""
    rows: list[Row] = []
    line = ""
    for word in clean(text).split():
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
            continue
        if line:
            rows.append([(line, role)])
        while cell_len(word) > width > 0 and (piece := _cut(word, width)):
            rows.append([(piece, role)])
            word = word[len(piece) :]
        line = word
    return [*rows, [(line, role)]] if line else rows
