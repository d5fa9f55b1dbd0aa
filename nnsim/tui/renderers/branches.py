"""The tree of branches, and what the metrics lose without a unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from nnsim.engine.notation import number
from nnsim.tui.rows import Row, aimed, clean, crop, fit, left, right, shorten, width_of

NAMES = {"loss": "loss", "accuracy": "accuracy", "mae": "mean absolute error", "r2": "R²"}
LABEL, NUMBERS = 30, (8, 8, 8)  # cells of the columns of an ablation


@dataclass(frozen=True)
class BranchLine:
    """A branch in the list. `depth`: how many edits lead to it; `here`: whether the cursor stands on it."""

    title: str
    depth: int
    start: int
    recorded: int
    loss: float
    here: bool


def branch_list(lines: Sequence[BranchLine], chosen: int, first: int, width: int, height: int) -> list[Row]:
    """The branches from `first` on, each below the one that it begins on, and a line of headings."""
    facts = [_facts(line) for line in lines]
    heads = ("from", "to", "loss")
    widths = [max(len(head), *(len(each[at]) for each in facts)) for at, head in enumerate(heads)]
    room = width - sum(widths) - 3 * len(heads) - 4
    rows: list[Row] = [[(left("", room + 4), "dim"), *_columns(heads, widths, "dim")]]
    for at, (line, fact) in enumerate(zip(lines, facts, strict=True)):
        if first <= at < first + height - 1:
            rows.append(_line(line, at, at == chosen, room, _columns(fact, widths, "dim"), width))
    return rows


def _line(line: BranchLine, at: int, chosen: bool, room: int, facts: Row, width: int) -> Row:
    back = "bar " if chosen else ""
    mark = "▸" if chosen else " "
    indent = shorten("  " * (line.depth - 1), room // 3)
    title = f"{indent}└ {clean(line.title)}" if line.depth else clean(line.title)
    row: Row = [
        (f"{mark} ", f"{back}lit"),
        ("● " if line.here else "  ", f"{back}lit"),
        (left(shorten(title, room), room), f"{back}{'title' if line.here else 'text'}"),
        *((text, f"{back}{role}") for text, role in facts),
    ]
    return [(text, aimed(role, "branch", at)) for text, role in fit(row, width, back.strip())]


def _facts(line: BranchLine) -> tuple[str, str, str]:
    return f"{line.start:,}", f"{line.recorded:,}", number(line.loss)


def _columns(texts: Sequence[str], widths: Sequence[int], role: str) -> Row:
    return [(f"   {right(text, width)}", role) for text, width in zip(texts, widths, strict=True)]


Pair = tuple[dict[str, float], dict[str, float]]


def ablation_rows(training: Pair, validation: Pair, width: int) -> list[Row]:
    """The metrics with the unit and without it, side by side."""
    label_width = min(LABEL, width - sum(NUMBERS) - 3 * len(NUMBERS))
    rows: list[Row] = [[(left("", label_width), "dim"), *_columns(("with", "without", "change"), NUMBERS, "dim")]]
    for which, (whole, without) in (("training", training), ("validation", validation)):
        for name, before in whole.items():
            after = without[name]
            label = left(f"{NAMES.get(name, name)}, {which}", label_width)
            change = f"{'+' if after > before else ''}{number(after - before, 2)}"
            rows.append([(label, "text"), *_columns((number(before), number(after), change), NUMBERS, "title")])
    return [crop(row, width) if width_of(row) > width else row for row in rows]
