"""What is sent to the terminal means the same as what Textual would send, in fewer bytes."""

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from nnsim.tui.terminal import _render_segments, lean
from nnsim.tui.widgets.canvas import changed_spans, pieces

SGR = re.compile(r"\x1b\[([0-9;]*)m")
Cell = tuple[str, frozenset[str], str, str]


def cells(text: str) -> list[Cell]:
    """Each letter with its attributes and colors, as a terminal understands the codes."""
    shown: list[Cell] = []
    attributes, front, back = frozenset[str](), "", ""
    for at, part in enumerate(SGR.split(text)):
        if at % 2 == 0:
            shown += [(letter, attributes, front, back) for letter in part]
            continue
        codes = part.split(";")
        while codes:
            code = codes.pop(0)
            if code in ("", "0"):
                attributes, front, back = frozenset(), "", ""
            elif code in ("38", "48"):
                color, codes = ";".join(codes[:4]), codes[4:]
                front, back = (color, back) if code == "38" else (front, color)
            elif code == "39" or (code[0] in "39" and len(code) == 2):
                front = "" if code == "39" else code
            elif code == "49" or (code[0] == "4" and len(code) == 2):
                back = "" if code == "49" else code
            else:
                attributes |= {code}
    assert (attributes, front, back) == (frozenset(), "", "")
    return shown


colors = st.sampled_from([None, "#102030", "#ffcc00", "red", "blue", "default"])
styles = st.none() | st.builds(
    lambda front, back, bold, dim, under, reverse: Style(
        color=front, bgcolor=back, bold=bold, dim=dim, underline=under, reverse=reverse
    ),
    colors,
    colors,
    *[st.sampled_from([None, True, False])] * 4,
)


@given(st.lists(st.builds(Segment, st.text("ab ─", min_size=1, max_size=3), styles), max_size=8))
def test_the_same_cells(segments: list[Segment]) -> None:
    usual = "".join(
        Strip.render_style(style, text, ColorSystem.TRUECOLOR) if style else text for text, style, _ in segments
    )
    assert cells(lean(segments, ColorSystem.TRUECOLOR)) == cells(usual)


def test_fewer_bytes() -> None:
    styles = [Style(color=color, bgcolor="#101010") for color in ("#ff0000", "#00ff00", "#ff0000")]
    sent = lean([Segment("x", style) for style in styles], ColorSystem.TRUECOLOR)
    assert sent.count("48;2") == 1
    assert sent.endswith("\x1b[0m")


Line = list[tuple[str, str]]
LETTERS = {"red": Style(color="red"), "blue": Style(bgcolor="blue"), "": Style()}
line_of = st.lists(st.tuples(st.text("ab ─", min_size=1, max_size=4), st.sampled_from(sorted(LETTERS))), max_size=8)


def as_strip(line: Line, width: int) -> Strip:
    text = [Segment(text, LETTERS[role]) for text, role in line]
    return Strip(text).adjust_cell_length(width, LETTERS[""])


def shown(sent: str, screen: dict[tuple[int, int], Cell]) -> None:
    """Obeys moves of the cursor and letters as a terminal does."""
    for row, column, text in re.findall(r"\x1b\[(\d+);(\d+)H((?:\x1b\[[0-9;]*m|[^\x1b])*)", sent):
        for at, cell in enumerate(cells(text)):
            screen[int(row) - 1, int(column) - 1 + at] = cell


@given(st.lists(st.tuples(line_of, line_of), min_size=1, max_size=3))
def test_what_has_changed_is_enough(changes: list[tuple[Line, Line]]) -> None:
    width, screen, wanted = 12, dict[tuple[int, int], Cell](), dict[tuple[int, int], Cell]()
    console = Console(color_system="truecolor", force_terminal=True)
    befores, afters = ([as_strip(line[i], width).crop(0, width) for line in changes] for i in (0, 1))
    for strips, on in ((befores, screen), (afters, wanted)):
        for y, strip in enumerate(strips):
            shown(f"\x1b[{y + 1};1H{lean(strip, ColorSystem.TRUECOLOR)}", on)
    lines = enumerate(zip(befores, afters, strict=True))
    spans = [(y, *span) for y, (a, b) in lines for span in changed_spans(pieces(a), pieces(b))]
    update = ChopsUpdate([{0: strip} for strip in afters], spans, [[width]] * len(afters))
    shown(_render_segments(update, console), screen)
    assert screen == wanted


def test_what_stays_is_not_sent() -> None:
    red, blue = (Segment("x" * 20, LETTERS[role]) for role in ("red", "blue"))
    before, after = Strip([red, blue, red]), Strip([red, Segment("y" * 20, LETTERS["blue"]), red])
    assert changed_spans(pieces(before), pieces(after)) == [(20, 40)]
    assert changed_spans(pieces(before), pieces(before)) == []
    sent = _render_segments(ChopsUpdate([{0: after}], [(0, 20, 40)], [[60]]), Console(color_system="truecolor"))
    assert sent.count("y") == 20
    assert "x" not in sent
