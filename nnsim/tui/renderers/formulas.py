"""Formulas in lines: broken before operators."""

from collections.abc import Iterator

from rich.cells import cell_len

from nnsim.tui.rows import shorten

_OPERATORS = frozenset(("+", "−", "=", "≈", "·", "/", "×"))


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """`text` in lines of at most `width` cells, broken before operators where that can be; later lines are indented.

    What stands in brackets stays together where it fits into a line.
    """
    if cell_len(text) <= width:
        return [text]
    lead = text[: len(text) - len(text.lstrip())]
    lines: list[str] = []
    line = lead
    for piece in _pieces(text.lstrip(), width - cell_len(indent)):
        longer = line + piece if line in (lead, indent) else f"{line} {piece}"
        if line not in (lead, indent) and cell_len(longer) > width:
            lines.append(line)
            longer = indent + piece
        line = longer
    return [part for line in [*lines, line] for part in _cut(line, width)]


def _pieces(text: str, width: int) -> list[str]:
    """Words; an operator that stands free stays with what follows it."""
    pieces: list[str] = []
    for word in _bracketed(text.split(" "), width - 2):  # an operator and a space
        if pieces and pieces[-1] in _OPERATORS:
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    return pieces


def _bracketed(words: list[str], width: int) -> Iterator[str]:
    """Words, those from a bracket to where it closes as one if they fit into so many cells."""
    at = 0
    while at < len(words):
        last = _closing(words, at)
        whole = " ".join(words[at : last + 1])
        if cell_len(whole) > width:
            whole, last = words[at], at
        yield whole
        at = last + 1


def _closing(words: list[str], start: int) -> int:
    """The word that closes the brackets which the word at `start` opens; that word itself where none does."""
    depth = 0
    for at in range(start, len(words)):
        depth += sum(letter in "([" for letter in words[at]) - sum(letter in ")]" for letter in words[at])
        if depth <= 0:
            return at
    return start


def _cut(line: str, width: int) -> list[str]:
    """A line without a place to break at is cut where it must be."""
    parts = []
    while cell_len(line) > width > 1:
        head = shorten(line, width + 1)[:-1]
        parts.append(head)
        line = line[len(head) :]
    return [*parts, line]
