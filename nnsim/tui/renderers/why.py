"""Why this number: its formula, the numbers filled in, the result, and the line of NumPy that computes it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from nnsim.engine.checks import EPSILON
from nnsim.engine.notation import number as written
from nnsim.tui.colors import ink
from nnsim.tui.moment import Moment
from nnsim.tui.rows import Row, clean, joined, left, shorten

if TYPE_CHECKING:
    from nnsim.engine.explanation import Operand

_OPERATORS = frozenset(("+", "−", "=", "≈", "·", "/", "×"))

MOST_OPERANDS = 24


def why(moment: Moment, width: int) -> list[Row]:
    """All there is to say, in rows of at most `width`; the panel scrolls."""
    explanation, digits = moment.explanation, moment.view.digits
    lines = [clean(line) for line in explanation.lines(digits)]
    rows = _formula(lines[0], width)
    for line in lines[1:-1]:
        rows += [[(text, "text")] for text in wrapped(f"  {line}", width, "    ")]
    rows += [[(text, "lit")] for text in wrapped(f"  {lines[-1]}", width, "    ")] if len(lines) > 1 else []
    if any(line.startswith("≈") for line in lines[1:]):
        rows += [[(text, "dim")] for text in wrapped("  ≈ rounded as shown; + shows more digits", width, "  ")]
    rows += [[], *_labelled("formula", moment.op.formula, width)]
    if explanation.chain:
        rows += _labelled("chain", explanation.chain, width)
    if explanation.numpy:
        rows += _labelled("NumPy", explanation.numpy, width)
    rows += _check(moment, width)
    return [*rows, [], *_operands(explanation.operands, width, digits)] if explanation.operands else rows


def _check(moment: Moment, width: int) -> list[Row]:
    """The gradient by finite differences, where it has been asked for, and whether it agrees."""
    if moment.numeric is None:
        return []
    shown, same = written(moment.numeric, max(moment.view.digits, 4)), agree(moment.number, moment.numeric)
    rows = _labelled("check", f"(L(w + ε) − L(w − ε)) / 2ε = {shown} {'✓' if same else '✗'}", width)
    if not same:
        rows += _labelled("", f"differs by {written(moment.numeric - moment.number, 2)}; ε = {EPSILON:g}", width)
    return rows


def agree(analytic: float, numeric: float) -> bool:
    """Whether they are one number but for what ε and rounding take away."""
    return abs(analytic - numeric) <= 1e-5 * max(abs(analytic), abs(numeric)) + 1e-9


def _operands(operands: Sequence["Operand"], width: int, digits: int) -> list[Row]:
    """The numbers that went in, each under its name, in as many columns as fit."""
    operands, rest = operands[:MOST_OPERANDS], operands[MOST_OPERANDS:]
    names = [clean(operand.label) for operand in operands]
    numbers = [written(operand.value, digits) for operand in operands]
    name, number = max(map(cell_len, names)), max(map(cell_len, numbers))
    name = min(name, max(1, width - 10 - number))
    columns = max(1, min(3, (width - 6) // (name + number + 4)))
    items: list[Row] = [
        [(left(label, name), "dim"), (f" {text:>{number}}", ink(operand.value, abs(operand.value)))]
        for label, text, operand in zip(names, numbers, operands, strict=True)
    ]
    rows = [items[start : start + columns] for start in range(0, len(items), columns)]
    lines = [[("made of  " if at == 0 else " " * 9, "dim"), *joined(row, ("   ", ""))] for at, row in enumerate(rows)]
    return [*lines, [(f"{'':9}and {len(rest)} more", "dim")]] if rest else lines


def why_title(moment: Moment) -> Row:
    return [("Why ", "text"), (number_in_title(moment), "lit"), ("?", "text")]


def number_in_title(moment: Moment) -> str:
    return written(moment.number, moment.view.digits)


def _formula(line: str, width: int) -> list[Row]:
    rows: list[Row] = []
    for number, text in enumerate(wrapped(line, width, "    ")):
        label, equals, rest = text.partition(" = ") if number == 0 else ("", "", text)
        rows.append([(label, "title"), (equals + rest, "text")])
    return rows


def _labelled(label: str, text: str, width: int) -> list[Row]:
    indent = 9
    lines = wrapped(text, max(8, width - indent), "  ")
    rows: list[Row] = [[(f"{label:<{indent}}", "dim"), (lines[0], "name")]]
    return rows + [[(" " * indent, ""), (line, "name")] for line in lines[1:]]


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
