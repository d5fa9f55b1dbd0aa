"""What a number is made of: its operands, each under its name; of a sum of products the terms."""

from collections.abc import Sequence
from math import fsum, isclose, prod

from rich.cells import cell_len

from nnsim.engine.explanation import Operand
from nnsim.engine.notation import number as written
from nnsim.tui.colors import ink
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.table import bar
from nnsim.tui.rows import Row, aimed, clean, joined, left, right

MOST_OPERANDS = 24
CHOSEN = "▸"
LABEL = "made of "
BAR, SHORTEST_BAR, FEWEST = 31, 9, 3  # cells for the bar of a term; so many terms are worth bars


def made_of(moment: Moment, width: int) -> list[Row]:
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
    items = [_item(moment, operand, at, name, number) for at, operand in enumerate(operands, start)]
    rows = [items[first : first + columns] for first in range(0, len(items), columns)]
    lines = [[(LABEL if at == 0 else " " * len(LABEL), "dim"), *joined(row, ("  ", ""))] for at, row in enumerate(rows)]
    total = len(every or moment.explanation.operands)
    if total > len(operands):
        lines.append([(f"{'':9}{start + 1:,} to {start + len(operands):,} of {total:,}; j and J go on", "dim")])
    return lines


def _in_pairs(operands: Sequence[Operand]) -> bool:
    """Whether two belong together, as the factors of a product do in a sum of products."""
    first = [operand.tensor for operand in operands[:3]]
    return len(first) == 3 and first[0] == first[2] != first[1]


def _item(moment: Moment, operand: Operand, at: int, name: int, number: int) -> Row:
    """An operand's name and number in so many cells each; ▸ stands before the chosen one, a click chooses it."""
    every, choice = moment.inquiry.operands, moment.inquiry.choice
    chosen = at == choice and bool(every)
    text = right(written(operand.value, moment.view.digits), number)
    item: Row = [
        (CHOSEN if chosen else " ", "title"),
        (left(clean(operand.label), name), "title" if chosen else "dim"),
        (f" {text}", ink(operand.value, abs(operand.value))),
    ]
    return [(text, aimed(role, "operand", at)) for text, role in item] if every else item


def terms(moment: Moment, width: int, height: int) -> list[Row]:
    """A sum of products in at most `height` rows: in each the factors of a term, what it comes to, and that as a bar.

    Empty where the number is no such sum.
    """
    operands = moment.inquiry.operands or moment.explanation.operands
    if not FEWEST <= len(operands) // 2 <= MOST_OPERANDS or not _in_pairs(operands):
        return []
    groups = _products(operands)
    values = [prod(operand.value for operand in group) for group in groups]
    largest = max(map(abs, values))
    adds_up = isclose(fsum(values), moment.explanation.result, rel_tol=1e-9, abs_tol=1e-12 * largest)
    if len(groups) > height or not adds_up:
        return []
    digits = moment.view.digits
    texts = [written(value, digits) for value in values]
    last = max(map(cell_len, texts))
    wide = [_widths(column, digits) for column in (operands[::2], operands[1::2])]
    room = min(BAR, width - len(LABEL) - sum(map(sum, wide)) - last - 16)
    rows: list[Row] = []
    at = 0
    for group, value, text in zip(groups, values, texts, strict=True):
        row: Row = [(LABEL if not rows else " " * len(LABEL), "dim")]
        for place, operand in enumerate(group):
            row += [*([("  ·", "dim")] if place else []), *_item(moment, operand, at + place, *wide[place])]
        if len(group) == 1:
            row.append((" " * (sum(wide[1]) + 5), ""))
        role = ink(value, largest)
        drawn: Row = [("   ", ""), *bar(value, largest, True, room)] if room >= SHORTEST_BAR else []
        rows.append([*row, ("   = ", "dim"), (right(text, last), role), *drawn])
        at += len(group)
    return rows


def _products(operands: Sequence[Operand]) -> list[Sequence[Operand]]:
    """The factors of each product, and what is added to these at last one by one."""
    first = [operand.tensor for operand in operands[:2]]
    groups: list[Sequence[Operand]] = []
    at = 0
    while at < len(operands):
        pair = [operand.tensor for operand in operands[at : at + 2]] == first
        groups.append(operands[at : at + 1 + pair])
        at += 1 + pair
    return groups


def _widths(operands: Sequence[Operand], digits: int) -> tuple[int, int]:
    """The cells of the longest name and of the longest number."""
    names, numbers = (
        (clean(operand.label) for operand in operands),
        (written(operand.value, digits) for operand in operands),
    )
    return max(map(cell_len, names)), max(map(cell_len, numbers))
