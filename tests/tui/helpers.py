from typing import Any

from textual.app import App
from textual.pilot import Pilot

from nnsim.tui.rows import Row, plain, width_of


def lines(rows: list[Row]) -> list[str]:
    return [plain(row).rstrip() for row in rows]


def assert_fits(rows: list[Row], width: int, height: int) -> None:
    assert len(rows) <= height
    assert all(width_of(row) <= width for row in rows), [plain(row) for row in rows if width_of(row) > width]


def screen_text(app: App[Any]) -> str:
    """The screen as plain text."""
    height = app.size.height
    strips = app.screen._compositor.render_strips(app.size)  # pinned with Textual
    return "\n".join(strip.text.rstrip() for strip in strips[:height]) + "\n"


async def press(pilot: Pilot[Any], keys: str) -> None:
    """Presses keys separated by spaces, and lets the screen catch up."""
    await pilot.press(*keys.split())
    await pilot.pause()
