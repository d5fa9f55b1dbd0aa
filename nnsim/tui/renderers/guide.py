"""A step of a guide: its text and its question, under a line that says how far one is."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from nnsim.engine.notation import symbol
from nnsim.tui.rows import Row, clean, crop, fit, width_of, wrapped

if TYPE_CHECKING:
    from nnsim.debugger.answers import Asked, Reply
    from nnsim.debugger.guide import Page

BESIDE = 100  # cells from which on the question stands beside the text
LINE = 96  # longest line of a text
GAP = 3


@dataclass(frozen=True)
class GuideView:
    """What there is to show of a guide. `end`: what to say when it is over; `notice`: why a step was not reached;
    `covered`: whether the number that is asked for is kept covered.
    """

    title: str
    number: int = 1
    of: int = 1
    done: frozenset[int] = frozenset()
    page: "Page | None" = None
    here: bool = True
    busy: bool = False
    hint: bool = False
    answered: bool = False
    reply: "Reply | None" = None
    notice: str = ""
    covered: bool = False
    end: str = ""


def guide(view: GuideView, width: int, height: int, top: int = 0) -> list[Row]:
    """At most `height` rows; `top`: how many of the text are scrolled away."""
    body = guide_body(view, width)
    room = height - 1
    top = max(0, min(top, len(body) - room))
    return [_head(view, width, top > 0, len(body) - room - top), *body[top : top + room]][:height]


def guide_body(view: GuideView, width: int) -> list[Row]:
    """All that a step says: side by side where there is room, else one below the other."""
    room = width - 2
    if width >= BESIDE and (right := _answering(view, half := (room - GAP) // 2)):
        return _beside(_said(view, half), right, half)
    room = min(room, LINE)
    return _indented([*_said(view, room), *_answering(view, room)])


def _head(view: GuideView, width: int, above: bool, below: int) -> Row:
    """── 3 of 7  Do it yourself ───── ✓✓▶···· ──"""
    name = view.page.title if view.page and view.page.title else view.title
    start: Row = [("── ", "faint"), (f"{view.number} of {view.of}", "key"), (f"  {clean(name)} ", "title")]
    more = f" }} {below} more {'line' if below == 1 else 'lines'}" if below > 0 else " { up" if above else ""
    end: Row = [(f"{more} " if more else "", "lit"), *_dots(view), (" ──", "faint")]
    if width_of(start) + width_of(end) >= width:
        start = crop(start, max(width - width_of(end) - 1, 0))
    space = width - width_of(start) - width_of(end)
    return [*start, ("─" * space, "faint"), *end] if space > 0 else fit(start, width)


def _dots(view: GuideView) -> Row:
    """A mark for each step: ✓ done, ▶ here, · to come."""
    marks = [
        ("▶", "lit") if at == view.number - 1 else ("✓", "accent") if at in view.done else ("·", "dim")
        for at in range(view.of)
    ]
    return [(" ", ""), *marks] if view.of <= 30 else [(f" {len(view.done)} done", "dim")]


def _said(view: GuideView, width: int) -> list[Row]:
    rows = _state(view, width)
    if view.page is None:
        return rows
    for part in view.page.text.split("\n\n"):
        rows += wrapped(part, width, "text")
    return rows + _lit(view.page, width)


def _state(view: GuideView, width: int) -> list[Row]:
    """Where the person stands, if not at the step."""
    if view.busy:
        return [[("Going there …", "dim")]]
    if view.notice:
        return wrapped(view.notice, width, "warning")
    elsewhere = "You are elsewhere. ] or . returns to this step."
    if view.covered:
        elsewhere += " The number that is asked for reads nan until you answer."
    return [] if view.here else wrapped(elsewhere, width, "warning")


def _lit(page: "Page", width: int) -> list[Row]:
    names = list(dict.fromkeys(symbol(each.tensor) for each in page.light))
    return [crop([("look at ", "dim"), ("  ".join(names), "accent")], width)] if names else []


def _answering(view: GuideView, width: int) -> list[Row]:
    """The question, and what has been said to answers; at last, that it is over."""
    question = view.page.question if view.page else None
    rows = _asked(question, width) if question else []
    if question and view.reply:
        rows += _marked("✓ " if view.reply.right else "✗ ", view.reply.text, width, view.reply.right)
    elif question and view.answered:
        rows += _marked("✓ ", f"Answered. {question.explanation}".rstrip(), width, True)
    if question and view.hint and not view.answered:
        rows += wrapped(f"Hint: {question.hint or 'there is none.'}", width, "name")
    if question and not view.answered:
        rows.append([("a", "key"), (" answer  ", "dim"), ("H", "key"), (" hint", "dim")])
    return [*rows, *(row for line in view.end.split("\n") for row in wrapped(line, width, "lit"))]


def _asked(question: "Asked", width: int) -> list[Row]:
    rows = wrapped(question.text, width, "title")
    options: list[Row] = [[(f"{at} ", "key"), (clean(text), "text")] for at, text in enumerate(question.options, 1)]
    line: Row = [span for option in options for span in (*option, ("   ", ""))]
    if options and width_of(line) <= width:
        return [*rows, line]
    return rows + [row for at, text in enumerate(question.options, 1) for row in wrapped(f"{at} {text}", width, "text")]


def _marked(mark: str, text: str, width: int, right: bool) -> list[Row]:
    rows = wrapped(text, width - 2, "text")
    return [[(mark if at == 0 else "  ", "lit" if right else "warning"), *row] for at, row in enumerate(rows)]


def _indented(rows: Iterable[Row]) -> list[Row]:
    return [[(" ", ""), *row] for row in rows]


def _beside(left: list[Row], right: list[Row], width: int) -> list[Row]:
    between = (" " * (GAP // 2) + "│ ", "faint")
    nothing: Row = []
    pairs = zip_longest(left, right, fillvalue=nothing)
    return _indented([*fit(first, width), between, *second] for first, second in pairs)
