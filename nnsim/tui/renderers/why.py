"""Why this number: its formula, the numbers filled in, the result, and the line of NumPy that computes it."""

from collections.abc import Sequence
from dataclasses import replace

from rich.cells import cell_len

from nnsim.engine.checks import EPSILON
from nnsim.engine.explanation import Operand
from nnsim.engine.notation import number as written
from nnsim.tui.colors import ink
from nnsim.tui.inquiry import Predicting
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.asking import breadcrumb, prediction, shares, standing, touches
from nnsim.tui.renderers.formulas import wrapped
from nnsim.tui.rows import Row, aimed, clean, crop, joined, left

MOST_OPERANDS = 24
CHOSEN = "▸"
LEAST_BELOW, LONGEST = 6, 110  # rows that are worth a reason below a table; cells of its longest line


def why(moment: Moment, width: int) -> list[Row]:
    """All there is to say, in rows of at most `width`; the panel scrolls."""
    return [crop(row, width) for row in _why(moment, width)]


def reason(moment: Moment, width: int, height: int) -> list[Row]:
    """All of it with its title, for below something else; what does not fit into the rows left there is counted."""
    if height < LEAST_BELOW:
        return []
    rows: list[Row] = [[], [("── ", "faint"), *why_title(moment), (" ──", "faint")], *why(moment, min(width, LONGEST))]
    hidden = len(rows) - height + 1
    return rows if hidden <= 1 else [*rows[: height - 1], [(f"  {hidden} more lines", "dim")]]


def _why(moment: Moment, width: int) -> list[Row]:
    inquiry, asked = moment.inquiry, moment.predicting
    rows = breadcrumb(inquiry.marks, width) + touches(inquiry, moment.layout, width)
    if asked and moment.covered:
        return [*rows, *prediction(asked, width), *_operands(moment, width), [], *standing(_silent(asked), width)]
    rows += standing(asked, width) if asked else []
    if inquiry.shares:
        return rows + shares(inquiry.shares, width, moment.view.digits)
    return rows + _arithmetic(moment, width)


def _arithmetic(moment: Moment, width: int) -> list[Row]:
    explanation, digits = moment.explanation, moment.view.digits
    lines = [clean(line) for line in explanation.lines(digits)]
    rows = _formula(lines[0], width)
    for line in lines[1:-1]:
        rows += [[(text, "text")] for text in wrapped(f"  {line}", width, "    ")]
    rows += [[(text, "lit")] for text in wrapped(f"  {lines[-1]}", width, "    ")] if len(lines) > 1 else []
    if any(line.startswith("≈") for line in lines[1:]):
        rows += [[(text, "dim")] for text in wrapped("  ≈ rounded as shown; + shows more digits", width, "  ")]
    if not moment.inquiry.ended:
        rows += [[], *_labelled("formula", moment.op.formula, width)]
    if explanation.chain:
        rows += _labelled("chain", explanation.chain, width)
    if explanation.numpy:
        rows += _labelled("NumPy", explanation.numpy, width)
    rows += _check(moment, width)
    operands = _operands(moment, width)
    return [*rows, [], *operands] if operands else rows


def _silent(asked: Predicting) -> Predicting:
    return replace(asked, verdict="")


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


def _operands(moment: Moment, width: int) -> list[Row]:
    """The numbers that went in, each under its name, in as many columns as fit; ▸ stands before the chosen one."""
    every, digits, choice = moment.inquiry.operands, moment.view.digits, moment.inquiry.choice
    start = choice // MOST_OPERANDS * MOST_OPERANDS
    operands = (every or moment.explanation.operands)[start : start + MOST_OPERANDS]
    if not operands:
        return []
    names = [clean(operand.label) for operand in operands]
    numbers = [written(operand.value, digits) for operand in operands]
    name, number = max(map(cell_len, names)), max(map(cell_len, numbers))
    name = min(name, max(1, width - 10 - number))
    fitting = (width - 6) // (name + number + 4)
    most = (4 if fitting >= 4 else 2) if _in_pairs(operands) else 3
    columns = max(1, min(most, fitting))
    items: list[Row] = []
    for at, (label, text, operand) in enumerate(zip(names, numbers, operands, strict=True), start):
        chosen = at == choice and bool(every)
        lead: Row = [(CHOSEN if chosen else " ", "title"), (left(label, name), "title" if chosen else "dim")]
        item = [*lead, (f" {text:>{number}}", ink(operand.value, abs(operand.value)))]
        items.append([(text, aimed(role, "operand", at)) for text, role in item] if every else item)
    rows = [items[first : first + columns] for first in range(0, len(items), columns)]
    lines = [[("made of " if at == 0 else " " * 8, "dim"), *joined(row, ("  ", ""))] for at, row in enumerate(rows)]
    total = len(every or moment.explanation.operands)
    if total > len(operands):
        lines.append([(f"{'':9}{start + 1:,} to {start + len(operands):,} of {total:,}; j and J go on", "dim")])
    return lines


def _in_pairs(operands: Sequence[Operand]) -> bool:
    """Whether two belong together, as the factors of a product do in a sum of products."""
    first = [operand.tensor for operand in operands[:3]]
    return len(first) == 3 and first[0] == first[2] != first[1]


def why_title(moment: Moment) -> Row:
    return [("Why ", "text"), (number_in_title(moment), "lit"), ("?", "text")]


def number_in_title(moment: Moment) -> str:
    return "▢" if moment.covered else written(moment.explanation.result, moment.view.digits)


def _formula(line: str, width: int) -> list[Row]:
    rows: list[Row] = []
    for number, text in enumerate(wrapped(line, width, "    ")):
        sign = " = " if " = " in text else ": "
        label, equals, rest = text.partition(sign) if number == 0 else ("", "", text)
        rows.append([(label, "title"), (equals + rest, "text")])
    return rows


def _labelled(label: str, text: str, width: int) -> list[Row]:
    indent = 9
    lines = wrapped(text, max(8, width - indent), "  ")
    rows: list[Row] = [[(f"{label:<{indent}}", "dim"), (lines[0], "name")]]
    return rows + [[(" " * indent, ""), (line, "name")] for line in lines[1:]]
