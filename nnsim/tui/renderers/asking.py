"""What stands in "Why this number?" beside the arithmetic: the trail, what a number touches, shares, a prediction."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from nnsim.engine.notation import number as written
from nnsim.tui.colors import ink
from nnsim.tui.inquiry import Inquiry, Predicting
from nnsim.tui.renderers.formulas import wrapped
from nnsim.tui.rows import ELLIPSIS, Row, clean, joined, left, right, shorten, width_of
from nnsim.tui.rows import wrapped as in_lines

if TYPE_CHECKING:
    from nnsim.debugger.provenance import Mark
    from nnsim.debugger.shares import Share, Shares
    from nnsim.engine.workspace import Tensor

TOUCHED = "◆"  # beside numbers that the pinned one goes into
INTO, ELSEWHERE = " › ", " ⋯ "
MOST_SHARES = 200
BAR, LEAST_BAR = 10, 6  # cells of each half of a bar of shares, at the most and at the least
LEAST_LABEL = 10  # cells for what a sample is, before there are bars


def breadcrumb(marks: "Sequence[Mark]", width: int) -> list[Row]:
    """The numbers that the trail came through, the last one lit; the first ones go where there is no room."""
    if not marks:
        return []
    pieces: Row = []
    for at, mark in enumerate(marks):
        last = at == len(marks) - 1
        if at:
            pieces.append((INTO if mark.follows else ELSEWHERE, "dim"))
        moved = at == 0 or mark.iteration != marks[at - 1].iteration
        place = f"{mark.iteration}: " if moved and len({each.iteration for each in marks}) > 1 else ""
        pieces.append((f"{place}{clean(mark.label)}", "lit" if last else "name"))
    out: Row = [("  o out", "dim")]
    room = width - width_of(out)
    while width_of(pieces) > room and len(pieces) > 1:
        pieces = [(f"{ELLIPSIS} ", "dim"), *pieces[3 if pieces[0][0] == f"{ELLIPSIS} " else 2 :]]
    return [[*pieces, *out] if width_of(pieces) <= room else [(shorten(pieces[-1][0], width), "lit")]]


def touches(inquiry: Inquiry, layout: "Mapping[str, Tensor]", width: int) -> list[Row]:
    """What the pinned number goes into, in a line or a few."""
    if inquiry.touched is None:
        return []
    said = inquiry.touched.summary(layout)
    lines = in_lines(f"{TOUCHED} {inquiry.of} touches {said}", width, "accent")
    return [*lines, []]


def shares(found: "Shares", width: int, digits: int) -> list[Row]:
    """A gradient sample by sample: the largest shares first, a bar to the left or to the right by their sign."""
    rows: list[Row] = [[(clean(found.label), "title"), (f" = {written(found.total, digits)}, by samples", "text")]]
    rows += in_lines(found.summary(digits), width, "text")
    shown = found.shares[:MOST_SHARES]
    numbers = [written(share.value, digits) for share in shown]
    widest, names = max(map(cell_len, numbers)), max(cell_len(share.name) for share in shown)
    labels = max(cell_len(clean(share.label)) for share in shown)
    bar = min(BAR, max(LEAST_BAR, (width - names - widest - labels - 7) // 2))
    bar = bar if width - names - widest - 2 * bar - 7 >= LEAST_LABEL else 0
    label = max(0, width - names - widest - 4 - (2 * bar + 3 if bar else 0))
    rows.append(_head(names, label, widest, bar))
    largest = max((abs(share.value) for share in shown), default=0.0)
    for share, number in zip(shown, numbers, strict=True):
        row: Row = [(left(share.name, names), "name"), ("  ", ""), (left(clean(share.label), label), "dim")]
        row += [("  ", ""), (right(number, widest), ink(share.value, largest))]
        rows.append([*row, ("  ", ""), *_bar(share, largest, bar)] if bar else row)
    if len(found.shares) > len(shown):
        rest = sum(share.value for share in found.shares[MOST_SHARES:])
        rows.append([(f"and {len(found.shares) - len(shown):,} smaller ones: {written(rest, digits)}", "dim")])
    if found.apart:
        rows.append([])
        rows += [[(f"{name} adds ", "dim"), (written(value, digits), "name")] for name, value in found.apart]
    return rows


def _head(names: int, label: int, widest: int, bar: int) -> Row:
    sides = f"{right('up ◂', bar)} {left('▸ down', bar)}" if bar >= len("▸ down") else ""
    return [(f"{'':{names + 2 + label}}{right('share', widest + 2)}  {sides}", "dim")]


def _bar(share: "Share", largest: float, half: int) -> Row:
    """To the left a share that pushes the parameter up, to the right one that pushes it down."""
    length = round(half * abs(share.value) / largest) if largest else 0
    role = ink(share.value, largest)
    if share.value < 0:
        return [(" " * (half - length), ""), ("━" * length, role), ("│", "faint")]
    return [(" " * half, ""), ("│", "faint"), ("━" * length, role)]


def prediction(asked: Predicting, width: int) -> list[Row]:
    """The question in place of the arithmetic; what was said to a wrong answer, where it is seen; hints."""
    rows: list[Row] = [[(line, "title")] for line in wrapped(clean(asked.question), width, "    ")]
    if asked.verdict:
        rows += in_lines(f"✗ {asked.verdict}", width, "warning")
    keys: list[Row] = [[("a", "key"), (" answer", "dim")]]
    keys.append([("H", "key"), (" hint" if asked.more_hints else " show it", "dim")])
    if asked.others:
        keys.append([("arrows", "key"), (" another number", "dim")])
    rows.append(joined(keys, ("   ", "")))
    for hint in asked.hints:
        rows += [[(line, "name")] for line in wrapped(f"  {clean(hint)}", width, "    ")]
    return [*rows, []]


def standing(asked: Predicting, width: int) -> list[Row]:
    """The score, and above it what was said to the right answer."""
    rows = in_lines(f"{'✓' if asked.right else '·'} {asked.verdict}", width, "accent") if asked.verdict else []
    return [*rows, [(shorten(f"practice: {asked.score}   P ends it", width), "dim")], []]
