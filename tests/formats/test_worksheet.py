"""Worksheets: the same numbers as the frame, keys that add up, and names that stay names."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import nnsim
from nnsim.engine.notation import number
from nnsim.engine.simulation import Simulation
from nnsim.formats.pages import BLANK, Block, Code, Heading, Table, Text, html, markdown
from nnsim.formats.worksheet import MOST_BLANKS, MOST_SAMPLES, MOST_UNITS, Worksheet, worksheet

ODD = "<b>x|1</b> & *y* `z` [l](u) $\n# h"


def make(name: str = "xor", iteration: int = 0, digits: int = 4, **overrides: Any) -> tuple[Worksheet, Simulation]:
    scenario = nnsim.load(name, overrides)
    sim = nnsim.Simulation(scenario)
    sim.step(iteration)
    return worksheet(scenario, sim, digits), sim


def tables(blocks: tuple[Block, ...]) -> list[Table]:
    return [block for block in blocks if isinstance(block, Table)]


def words(blocks: tuple[Block, ...]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Heading | Text))


@pytest.mark.parametrize("iteration", [0, 3])
@pytest.mark.parametrize("name", ["xor", "titanic", "digits"])
def test_the_key_has_the_numbers_of_the_frame(name: str, iteration: int) -> None:
    sheet, sim = make(name, iteration)
    frame = sim.frame
    by_symbol = {frame.layout[each].symbol: each for each in frame}
    seen = set()
    for table in tables(sheet.key):
        tensor = by_symbol[table.corner]
        seen.add(tensor)
        values = np.atleast_2d(frame[tensor])[:, : len(table.columns)]
        assert [cell for _, cells in table.rows for cell in cells] == [
            number(float(value), 4) for value in values[: len(table.rows)].flat
        ]
    zero = {each for each in frame if each.endswith(".prev") and not frame[each].any()}
    assert seen | zero == set(frame)


@pytest.mark.parametrize("name", ["xor", "titanic", "digits", "mazur", "sine"])
def test_the_blank_sheet_is_the_key_without_the_answers(name: str) -> None:
    sheet, _ = make(name, 2)
    asked = 0
    for blank, key in zip(tables(sheet.blank), tables(sheet.key), strict=True):
        assert blank.columns == key.columns
        assert [label for label, _ in blank.rows] == [label for label, _ in key.rows]
        for (_, empty), (_, full) in zip(blank.rows, key.rows, strict=True):
            assert BLANK not in full
            for cell, answer in zip(empty, full, strict=True):
                assert cell in (BLANK, answer)
                asked += cell is BLANK
        assert (blank.corner == f"{key.corner} ?") == any(BLANK in cells for _, cells in blank.rows)
    assert asked > 5
    assert not [block for block in sheet.blank if isinstance(block, Code)]


@pytest.mark.parametrize(
    ("name", "overrides", "constants", "signs"),
    [
        ("xor", {}, "n = 4, t = 3, β₁ = 0.9, β₂ = 0.999, ε = 1e−8, α = 0.05.", "⊙ ᵀ Σₛ ′"),
        ("mazur", {}, "n = 1, α = 0.5.", "⊙ ᵀ Σₛ"),
        ("xor", {"training.optimizer": {"name": "sgd"}, "training.l1": 0.1, "training.l2": 0.2,
                 "training.clip_norm": 2.0}, "n = 4, l1 = 0.1, l2 = 0.2, c = 2, α = 0.001.", "⊙ ᵀ Σₛ ′"),
    ],
)  # fmt: skip
def test_what_the_formulas_mean_is_said(name: str, overrides: dict[str, Any], constants: str, signs: str) -> None:
    scenario = nnsim.load(name, overrides)
    sim = nnsim.Simulation(scenario)
    sim.step(3)
    said = words(worksheet(scenario, sim).blank)
    assert f"Constants: {constants}\n" in said
    legend = next(line for line in said.split("\n") if line.startswith("Signs: "))
    assert [sign for sign in ("⊙", "ᵀ", "Σₛ", "′") if sign in legend] == signs.split()


def test_the_key_works_out_what_is_not_all_zeros() -> None:
    sheet, sim = make("xor", 0)
    assert not sim.frame["x"][0].any()
    first = next(block for block in sheet.key if isinstance(block, Code))
    assert first.lines[0].startswith("z₁[#3,h1]")  # #3 is (1, 1)


def test_every_op_of_xor_is_asked_for_in_order() -> None:
    sheet, sim = make()
    tasks = [block.text for block in sheet.blank if isinstance(block, Heading) and block.level == 3]
    assert tasks == [f"{k}. {op.formula}" for k, op in enumerate([op for op in sim.program if op.reads], 1)]
    assert sum(BLANK in cells for table in tables(sheet.blank) for _, cells in table.rows) > 20
    assert "Left out" not in words(sheet.blank)


def value(text: str) -> float:
    """The arithmetic of a line of a key, in Python."""
    python = text.replace("−", "-").replace("·", "*").replace("²", "**2").replace("^", "**").replace("√", "sqrt")
    names = {"e": np.e, "ln": np.log, "tanh": np.tanh, "sqrt": np.sqrt, "__builtins__": {}}
    try:
        return float(eval(python, names))
    except ZeroDivisionError:  # 0.9996 is 1 in two digits
        return np.nan


def test_the_key_adds_up_at_the_digits_shown_or_says_that_it_does_not() -> None:
    checked = approximate = 0
    for digits in (2, 4, 6):
        sheet, _ = make("xor", 5, digits)
        for block in sheet.key:
            if not isinstance(block, Code):
                continue
            lines = [line for line in block.lines[1:] if re.match("[=≈] ", line) and "σ(" not in line]
            for before, after in pairwise(lines):
                computed, shown = value(before[2:]), value(after[2:])
                if after.startswith("="):
                    assert number(computed, digits) == number(shown, digits), (before, after)
                    checked += 1
                else:
                    approximate += 1
    assert checked > 20
    assert approximate > 0


def test_of_a_large_network_it_says_what_is_left_out_and_gives_what_needs_it() -> None:
    sheet, sim = make("digits")
    said = words(sheet.blank)
    rows, inputs = sim.frame["x"].shape
    assert f"{MOST_SAMPLES} of {rows} samples, {MOST_UNITS} of {inputs} inputs" in said
    assert "z₁ = x·W₁ + b₁ (given)" in said  # its sums need all inputs
    assert "a₁ = " in said
    assert not re.search(r"\. a₁ = .*given", said)
    asked = [sum(cells.count(BLANK) for _, cells in table.rows) for table in tables(sheet.blank)]
    assert max(asked) == MOST_BLANKS
    assert max(len(table.rows) for table in tables(sheet.blank)) <= MOST_UNITS
    assert max(len(table.columns) for table in tables(sheet.blank)) <= MOST_UNITS
    assert len(markdown(sheet.key)) < 60_000


class Page(HTMLParser):
    """Checks that tags match, and keeps the text of headings and cells."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "meta":
            self.open.append(tag)
        assert tag not in ("script", "link", "img", "b"), tag

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.found.append((self.open[-1] if self.open else "", data))


def test_html_is_whole_and_needs_nothing_else() -> None:
    sheet, sim = make()
    page = Page()
    text = html(sheet.key)
    page.feed(text)
    assert page.open == []
    assert text.startswith("<!DOCTYPE html>")
    assert "@media print" in text
    assert "http" not in text
    assert ("td", number(float(sim.frame["z1"][2, 3]), 4)) in page.found
    assert ("h3", "1. z₁ = x·W₁ + b₁") in page.found
    assert html(sheet.blank).count('class="blank"') == sum(
        cells.count(BLANK) for table in tables(sheet.blank) for _, cells in table.rows
    )


def rows_of(text: str) -> list[list[str]]:
    """The cells of each row of each table of a page."""
    rows = re.findall("<tr>(.*?)</tr>", text)
    return [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]


@pytest.mark.parametrize(("name", "digits"), [("xor", 4), ("digits", 4), ("digits", 12), ("titanic", 12)])
def test_no_table_is_wider_than_paper_and_none_loses_a_number(name: str, digits: int) -> None:
    sheet, _ = make(name, 3, digits)
    text = html(sheet.key)
    rows = rows_of(text)
    most = 104 if 'class="small"' in text else 60  # of the letters that 18 cm hold
    assert max(sum(map(len, row)) for row in rows) <= most
    told = [cell for block in tables(sheet.key) for _, cells in block.rows for cell in cells]
    assert sorted(re.findall("<td>(.*?)</td>", text)) == sorted(filter(None, told))


def test_a_page_does_not_end_between_a_question_and_its_table() -> None:
    sheet, _ = make()
    sections = re.findall("<section>(.*?)</section>", html(sheet.blank), re.DOTALL)
    asked = [section for section in sections if "<h3>" in section]
    assert len(asked) == sum(isinstance(block, Heading) and block.level == 3 for block in sheet.blank)
    assert all(section.count("<table") == 1 for section in asked)
    given = next(section for section in sections if "<h2>Given" in section)
    assert given.count("<table") == 4
    assert "section, table, pre { break-inside: avoid; }" in html(sheet.blank)


def test_names_with_markup_stay_names() -> None:
    blocks = (
        Heading(ODD, 1), Text(f"1. {ODD}"), Code((ODD, "```")), Table(ODD, (ODD,), ((ODD, (ODD,)), ("", (BLANK,)))),
    )  # fmt: skip
    page = Page()
    page.feed(html(blocks))
    seen = ODD.replace("\n", "\\n")
    assert [text for tag, text in page.found if tag in ("h1", "th", "td")] == [seen] * 5
    lines = markdown(blocks).splitlines()
    assert lines[0] == r"# &lt;b&gt;x\|1&lt;/b&gt; &amp; \*y\* \`z\` \[l\](u) $\\n\# h"
    assert lines[2].startswith(r"1\. &lt;b")
    assert lines[4] == "````text"
    assert lines[7] == "````"
    for row in lines[9:]:
        assert len(re.findall(r"(?<!\\)\|", row)) == 3


def test_markdown_tables_are_tables() -> None:
    sheet, _ = make()
    text = markdown(sheet.blank)
    assert "| W₁ | h1 | h2 | h3 | h4 |\n| :-- | --: | --: | --: | --: |\n| x1 |" in text
    assert f"| \\#0 | {' | '.join(['&nbsp;' * 10] * 4)} |" in text
