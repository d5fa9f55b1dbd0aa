"""A single number: written large, with what it means, where it comes from and where it goes."""

from itertools import zip_longest

import numpy as np
from rich.cells import cell_len

from nnsim.engine.notation import number
from nnsim.formats.digits import Array, number_format
from nnsim.tui.colors import ink
from nnsim.tui.moment import Moment, parse
from nnsim.tui.renderers.header import four_digits
from nnsim.tui.renderers.names import distinct
from nnsim.tui.renderers.table import bar
from nnsim.tui.rows import Row, aimed, clean, crop, joined, left, right, width_of, wrapped

EARLIER = 8  # iterations before, whose losses are shown
MEANING = 18  # cells that are worth words beside the number
LEAST_ADDED, LONGEST_BAR = 8, 41  # rows that the terms of a sum take, cells of a bar
LEAST_COMPARED = 5  # rows that a comparison of outputs and targets takes
CLASS, LONGEST_CLASS = "class", 16
ITERATION = "   iteration "
FROM, INTO = "  computed from  ", "  goes into      "
_FONT = {
    "0": ("╭─╮", "│ │", "╰─╯"),
    "1": ("╶╮ ", " │ ", "╶┴╴"),
    "2": ("╶─╮", "╭─╯", "╰─╴"),
    "3": ("╶─╮", " ─┤", "╶─╯"),
    "4": ("╷ ╷", "╰─┤", "  ╵"),
    "5": ("╭─╴", "╰─╮", "╶─╯"),
    "6": ("╭─╴", "├─╮", "╰─╯"),
    "7": ("╶─╮", "  │", "  ╵"),
    "8": ("╭─╮", "├─┤", "╰─╯"),
    "9": ("╭─╮", "╰─┤", "╶─╯"),
    "e": (" ╭─╮ ", " ├─╯ ", " ╰─╴ "),
    ".": (" ", " ", "."),
    "−": ("  ", "╶╴", "  "),
    "+": ("   ", "╶┼╴", "   "),
}


def large(text: str) -> tuple[str, str, str] | None:
    """A number in letters three rows high; None where it is made of others than digits."""
    if not set(text) <= _FONT.keys():
        return None
    top, middle, bottom = ("".join(_FONT[letter][row] for letter in text) for row in range(3))
    return top, middle, bottom


def single(moment: Moment, width: int, height: int, mark: str = " ") -> list[Row]:
    """The number of a tensor that has but one, and as much of what it is as there is room for. `mark`: of its cell."""
    text = number(moment.number, moment.view.digits)
    drawn = large(text) or ("", text, "")
    drawn = drawn if cell_len(drawn[1]) + 4 <= width else ("", text, "")
    wide = max(map(cell_len, drawn))
    count = len(drawn) if wide + MEANING + 6 <= width else 0  # lines of words beside the number; the others below
    said: list[Row] = []
    for meaning in _meaning(moment):
        more = wrapped(meaning, max(width - wide - 6, MEANING), "name")
        if 1 + len(drawn) + max(0, len(said) + len(more) - count) <= height:
            said += more
    rows: list[Row] = [[]]
    for sign, line, words in zip_longest((" ", mark, " "), drawn, said[:count], fillvalue=None):
        beside: Row = [("   ", ""), *words] if words else []
        rows.append([(f" {sign} ", "title"), (left(line or "", wide), "lit"), *beside])
    return [crop(row, width) for row in [*rows, *([("   ", ""), *words] for words in said[count:])]]


def _meaning(moment: Moment) -> list[str]:
    """What it is: of a loss which one and of how many samples; of another number its place, or its formula."""
    op, axes = moment.op, moment.tensor.axes
    if op.name == ("data_loss" if "data_loss" in moment.layout else "loss"):
        count = len(moment.frame.rows)
        samples = f"mean over the {count:,} samples of this batch" if count > 1 else "of the one sample of this batch"
        return [moment.about.loss, samples]
    if not axes:
        return [op.formula]
    names = (moment.frame.axis_names(op.name, at)[0] for at in range(len(axes)))
    return [" · ".join(f"{axis.kind} {clean(name)}" for axis, name in zip(axes, names, strict=True))]


def earlier(moment: Moment, width: int) -> list[Row]:
    """The loss of this iteration after those of the iterations before."""
    if moment.op.name != "loss" or moment.iteration == 0:
        return []
    first = max(0, moment.iteration - EARLIER)
    losses = [*map(float, moment.losses[first : moment.iteration]), moment.number]
    texts = [four_digits(loss) for loss in losses]
    counts = [f"{at:,}" for at in range(first, moment.iteration + 1)]
    cell = max(map(cell_len, [*texts, *counts])) + 2
    shown = max(1, min(len(losses), (width - len(ITERATION) - 2) // cell))
    roles = ["dim"] * (shown - 1) + ["lit"]
    above = [(right(text, cell), role) for text, role in zip(counts[-shown:], roles, strict=True)]
    below = [(right(text, cell), role) for text, role in zip(texts[-shown:], roles, strict=True)]
    return [[], [(ITERATION, "dim"), *above], [(left("   L", len(ITERATION)), "dim"), *below]]


def compared(moment: Moment, width: int, height: int) -> list[Row]:
    """What the loss is computed from: of each sample the outputs, and beside them the targets.

    Where there is no room for that, of each sample the class that it belongs to and the output for this class.
    """
    name = f"a{max(parse(name).layer for name in moment.layout)}"
    symbol, samples = moment.layout[name].symbol, moment.frame.axis_names("y", 0)
    room = max(map(cell_len, samples)) + 2
    count = len(samples) if len(samples) <= height - 3 else height - 4
    pieces = _pairs(moment, name, count, width - room) if height >= LEAST_COMPARED else []
    said = f"compares the outputs {symbol} with the targets y"
    if pieces and room + width_of(pieces[0]) > width:
        pieces, said = _right_answers(moment, name, count), f"takes {symbol} of the class that y names"
    if not pieces or room + width_of(pieces[0]) > width:
        return []
    rows: list[Row] = [[], [(f"  {said}", "dim")], [(" " * room, ""), *pieces[0]]]
    rows += [[(left(f"  {sample}", room), "name"), *row] for sample, row in zip(samples, pieces[1:], strict=False)]
    return rows if count == len(samples) else [*rows, [(f"  ↓ {len(samples) - count:,} more", "dim")]]


def added(moment: Moment, width: int, height: int) -> list[Row]:
    """What the gradient of the only bias of a layer is the sum of: a term of each sample, as a number and as a bar."""
    if not moment.op.name.startswith("db") or height < LEAST_ADDED:
        return []
    (name,) = moment.op.reads
    terms, samples = moment.frame[name][:, 0], moment.frame.axis_names(name, 0)
    form, largest = number_format(terms, moment.view.digits), _largest(terms)
    room = max(map(cell_len, samples)) + 2
    long = min(LONGEST_BAR, width - room - form.width - 6)
    count = len(samples) if len(samples) <= height - 2 else height - 3
    rows: list[Row] = [[], [(f"  adds up {moment.layout[name].symbol} of the samples", "dim")]]
    for sample, term in zip(samples[:count], terms.tolist(), strict=False):
        written = (right(form(term), form.width + 2), ink(term, largest))
        rows.append([(left(f"  {sample}", room), "name"), written, ("   ", ""), *bar(term, largest, True, long)])
    return rows if count == len(samples) else [*rows, [(f"  ↓ {len(samples) - count:,} more", "dim")]]


def _pairs(moment: Moment, name: str, count: int, width: int) -> list[Row]:
    """Heads, and of so many samples each output with its target."""
    answers, targets = moment.frame[name], moment.frame["y"]
    forms = [number_format(array, moment.view.digits) for array in (answers, targets)]
    outputs = list(map(clean, moment.frame.axis_names("y", 1)))
    wide, narrow = (max(form.width, 2) + 2 for form in forms)
    wide = max(wide, min(max(map(cell_len, outputs)) + 2, width // len(outputs) - narrow)) if len(outputs) > 1 else wide
    heads = distinct(outputs, wide - 2) if len(outputs) > 1 else [moment.layout[name].symbol]
    largest = _largest(answers)
    rows: list[Row] = [
        [piece for head in heads for piece in ((right(head, wide), "name"), (right("y", narrow), "name"))]
    ]
    for at in range(count):
        row: Row = []
        for answer, target in zip(answers[at].tolist(), targets[at].tolist(), strict=True):
            row.append((right(forms[0](answer), wide), ink(answer, largest)))
            row.append((right(forms[1](target), narrow), "dim"))
        rows.append(row)
    return rows


def _right_answers(moment: Moment, name: str, count: int) -> list[Row]:
    """Heads, and of so many samples the class and the output for it; nothing where targets are no classes."""
    answers, targets = moment.frame[name], moment.frame["y"]
    if not ((targets == 1).sum(axis=1) == 1).all() or np.count_nonzero(targets) != len(targets):
        return []
    form, largest = number_format(answers, moment.view.digits), _largest(answers)
    classes = list(map(clean, moment.frame.axis_names("y", 1)))
    wide = min(max(map(cell_len, classes)), LONGEST_CLASS)
    label = max(wide, len(CLASS)) + 2
    rows: list[Row] = [[(right(CLASS, label), "name"), (right(moment.layout[name].symbol, form.width + 2), "name")]]
    for at, best in enumerate(targets[:count].argmax(axis=1).tolist()):
        answer = float(answers[at, best])
        rows.append(
            [(right(classes[best], label), "name"), (right(form(answer), form.width + 2), ink(answer, largest))]
        )
    return rows


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))


def flow(moment: Moment, width: int) -> list[Row]:
    """What the tensor is computed from, and what is computed from it; a click goes to that op."""
    places = {op.name: at for at, op in enumerate(moment.program)}
    after = [op.name for op in moment.program if moment.op.name in op.reads]
    rows: list[Row] = []
    for label, names in ((FROM, dict.fromkeys(moment.op.reads)), (INTO, after)):
        if names:
            symbols: list[Row] = [
                [(moment.layout[name].symbol, aimed("name", "op", places[name]) if name in places else "name")]
                for name in names
            ]
            rows.append(crop([(label, "dim"), *joined(symbols, ("  ", ""))], width))
    if not after and (said := _read_by_none(moment)):
        rows.append(crop([(INTO, "dim"), (said, "name")], width))
    return [[], *rows] if rows else []


def _read_by_none(moment: Moment) -> str:
    """What becomes of a tensor that no op of this iteration reads."""
    name, part = moment.op.name, parse(moment.op.name)
    if name.endswith(".next"):
        return f"{moment.layout[part.parameter].symbol} of iteration {moment.iteration + 1:,}"
    if name.startswith("d") and part.base in ("W", "b"):
        return f"nothing: {moment.layout[part.parameter].symbol} is frozen"
    sums = next((op for op in moment.program if op.name == f"dz{part.layer}"), None)
    if name.startswith("d") and part.base == "a" and sums:
        sources = " and ".join(moment.layout[source].symbol for source in sums.reads)
        return f"nothing: {moment.layout[sums.name].symbol} comes from {sources}"
    return ""
