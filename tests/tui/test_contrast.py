"""What is written can be read, in the dark theme and in the light one."""

from collections.abc import Callable, Iterator

import pytest
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from nnsim.tui.app import NnsimApp
from nnsim.tui.widgets.canvas import Rows
from tests.tui.helpers import press

LEAST = 3.0  # of WCAG 2.2, success criterion 1.4.3, for large or bold text; what matters here has more
MOMENTS = [("titanic", "enter enter N N N n n"), ("xor", "n n n"), ("titanic", "N N N N n n 7"), ("digits", "n n n 3")]


@pytest.mark.parametrize("theme", ["nnsim-dark", "nnsim-light"])
@pytest.mark.parametrize(("name", "keys"), MOMENTS)
async def test_letters_stand_out(app_for: Callable[..., NnsimApp], name: str, keys: str, theme: str) -> None:
    app = app_for(name)
    app.theme = theme
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, keys)
        await app.workers.wait_for_complete()
        await pilot.pause()
        pieces = list(written(app))
        assert len(pieces) > 100
        assert [text for text, style in pieces if contrast(style) < LEAST] == []


@pytest.mark.parametrize("theme", ["nnsim-dark", "nnsim-light"])
async def test_rows_are_painted_as_textual_would(app_for: Callable[..., NnsimApp], theme: str) -> None:
    """They hand their lines over themselves, without Textual's borders, padding and filters: these change nothing."""
    app = app_for("titanic")
    app.theme = theme
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n")
        for widget in app.screen.query(Rows):
            for crop in (widget.size.region, widget.size.region.shrink((1, 3, 1, 3))):
                if crop.area:
                    assert cells(widget.render_lines(crop)) == cells(Widget.render_lines(widget, crop))


def cells(lines: list[Strip]) -> list[list[tuple[str, str, str]]]:
    """Each cell with its colors, whatever pieces it came in."""
    return [
        [(letter, str(style.color), str(style.bgcolor)) for text, style, _ in line if style for letter in text]
        for line in lines
    ]


def written(app: NnsimApp) -> Iterator[tuple[str, Style]]:
    """All on the screen that has letters or digits."""
    for strip in app.screen._compositor.render_strips(app.size):  # pinned with Textual
        for text, style, _ in strip:
            if style and any(letter.isalnum() for letter in text):
                yield text, style


def contrast(style: Style) -> float:
    """Of the letters with their ground: 1 for none, 21 for black on white (WCAG 2.2)."""
    assert style.color
    assert style.bgcolor
    light, dark = sorted((luminance(Color.from_rich_color(c)) for c in (style.color, style.bgcolor)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
