"""Formulas in lines: broken before operators."""

from rich.cells import cell_len

from nnsim.tui.rows import shorten

_OPERATORS = frozenset(("+", "−", "=", "≈", "·", "/", "×"))


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """`text` in lines of at most `width` cells, broken before operators where that can be; later lines are indented."""
    if cell_len(text) <= width:
        return [text]
    lead = text[: len(text) - len(text.lstrip())]
    lines: list[str] = []
    line = lead
    for piece in _pieces(text.lstrip()):
        longer = line + piece if line in (lead, indent) else f"{line} {piece}"
        if line not in (lead, indent) and cell_len(longer) > width:
            lines.append(line)
            longer = indent + piece
        line = longer
    return [part for line in [*lines, line] for part in _cut(line, width)]


def _pieces(text: str) -> list[str]:
    """Words; an operator that stands free stays with what follows it."""
    pieces: list[str] = []
    for word in text.split(" "):
        if pieces and pieces[-1] in _OPERATORS:
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    return pieces


def _cut(line: str, width: int) -> list[str]:
    """A line without a place to break at is cut where it must be."""
    parts = []
    while cell_len(line) > width > 1:
        head = shorten(line, width + 1)[:-1]
        parts.append(head)
        line = line[len(head) :]
    return [*parts, line]
