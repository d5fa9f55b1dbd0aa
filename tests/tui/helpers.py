from typing import Any

from rich.cells import cell_len
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
    await settled(pilot)


async def settled(pilot: Pilot[Any]) -> None:
    """Waits until the screen shows where the session stands."""
    await pilot.pause()
    while getattr(pilot.app.screen, "behind", False):
        await pilot.pause(0.01)


async def click_on(pilot: Pilot[Any], words: str, after: str = "", into: int = 0, width: int = 200) -> None:
    """Clicks the first place where `words` stand, in the first `width` cells from the line with `after` on."""
    lines = [line[:width] for line in screen_text(pilot.app).split("\n")]
    start = next(y for y, line in enumerate(lines) if after in line)
    y = next(y for y in range(start, len(lines)) if words in lines[y])
    x = cell_len(lines[y][: lines[y].index(words) + into])
    await pilot.click(offset=(x, y))
    await settled(pilot)
