"""What is sent to the terminal means the same as what Textual would send, in fewer bytes."""

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from nnsim.tui.terminal import lean

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
