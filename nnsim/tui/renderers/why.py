"""Why this number: its formula, the numbers filled in, the result, and the line of NumPy that computes it."""

from dataclasses import replace
from math import isfinite

from nnsim.engine.checks import EPSILON
from nnsim.engine.notation import number as written
from nnsim.tui.inquiry import Predicting
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.asking import breadcrumb, prediction, shares, standing, touches
from nnsim.tui.renderers.formulas import wrapped
from nnsim.tui.renderers.operands import made_of, terms
from nnsim.tui.rows import Row, clean, crop, left
from nnsim.tui.rows import wrapped as text_rows

LEAST_BELOW, LONGEST = 6, 110  # rows that are worth a reason below a table; cells of its longest line
LEAST_IN_WORDS, INDENT = 4, 9  # rows for a sentence; cells of what stands before it
ROOMY, READABLE = 80, 100  # cells from which on there are bars and words, and of a line of words


def why(moment: Moment, width: int, height: int = 0) -> list[Row]:
    """All there is to say, in rows of at most `width`; the panel scrolls.

    height: where it leaves room the terms of a sum have bars, and words say what such a number is.
    """
    rows = _why(moment, width, height)
    if width >= ROOMY and not moment.covered:
        rows += _in_words(moment, width, height - len(rows))
    return [crop(row, width) for row in rows]


def reason(moment: Moment, width: int, height: int) -> list[Row]:
    """All of it with its title, for below something else; what does not fit into the rows left there is counted."""
    if height < LEAST_BELOW:
        return []
    rows: list[Row] = [[], [("── ", "faint"), *why_title(moment), (" ──", "faint")], *why(moment, min(width, LONGEST))]
    hidden = len(rows) - height + 1
    return rows if hidden <= 1 else [*rows[: height - 1], [(f"  {hidden} more lines", "dim")]]


def _why(moment: Moment, width: int, height: int) -> list[Row]:
    inquiry, asked = moment.inquiry, moment.predicting
    rows = breadcrumb(inquiry.marks, width) + touches(inquiry, moment.layout, width)
    if asked and moment.covered:
        return [*rows, *prediction(asked, width), *made_of(moment, width), [], *standing(_silent(asked), width)]
    rows += standing(asked, width) if asked else []
    if inquiry.shares:
        return rows + shares(inquiry.shares, width, moment.view.digits)
    return rows + _arithmetic(moment, width, height - len(rows))


def _arithmetic(moment: Moment, width: int, height: int) -> list[Row]:
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
    operands = terms(moment, width, height - len(rows) - 1) if width >= ROOMY else []
    operands = operands or made_of(moment, width)
    return [*rows, [], *operands] if operands else rows


def _in_words(moment: Moment, width: int, height: int) -> list[Row]:
    """What the glossary says of the term that fits the op, where there is room for all of it."""
    from nnsim.scenario.glossary import look_up, term_of_op

    term = term_of_op(moment.op.name, moment.about.activations)
    if height < LEAST_IN_WORDS or not term or moment.inquiry.ended:
        return []
    lines = text_rows(f"{term}: {look_up(term).text}", min(width, READABLE) - INDENT, "text")
    label: Row = [(left("in words", INDENT), "dim")]
    rows = [[*(label if at == 0 else [(" " * INDENT, "")]), *line] for at, line in enumerate(lines)]
    rows.append([(" " * INDENT, ""), ("G", "key"), (" all terms", "dim")])
    return [[], *rows] if len(rows) < height else []


def _silent(asked: Predicting) -> Predicting:
    return replace(asked, verdict="")


def _check(moment: Moment, width: int) -> list[Row]:
    """The gradient by finite differences, where it has been asked for, and whether it agrees."""
    if moment.numeric is None:
        return []
    shown, same = written(moment.numeric, max(moment.view.digits, 4)), agree(moment.number, moment.numeric)
    check = f"(L(w + ε) − L(w − ε)) / 2ε = {shown}"
    if not (isfinite(moment.number) and isfinite(moment.numeric)):
        return _labelled("check", f"{check}: no number", width)
    rows = _labelled("check", f"{check} {'✓' if same else '✗'}", width)
    if not same:
        rows += _labelled("", f"differs by {written(moment.numeric - moment.number, 2)}; ε = {EPSILON:g}", width)
    return rows


def agree(analytic: float, numeric: float) -> bool:
    """Whether they are one number but for what ε and rounding take away."""
    return abs(analytic - numeric) <= 1e-5 * max(abs(analytic), abs(numeric)) + 1e-9


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
    lines = wrapped(text, max(8, width - INDENT), "  ")
    rows: list[Row] = [[(f"{label:<{INDENT}}", "dim"), (lines[0], "name")]]
    return rows + [[(" " * INDENT, ""), (line, "name")] for line in lines[1:]]
