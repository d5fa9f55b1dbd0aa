"""Every screen as a file that can be read in review: its text, its styles in both themes, and itself without color.

`pytest tests/tui/test_snapshots.py --snapshot-update` writes them anew; read what has changed before it is committed.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input

from nnsim.debugger.progress import Progress
from nnsim.scenario import catalogue
from nnsim.tui.app import NnsimApp
from nnsim.tui.learning import Learning
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.settings import Store
from tests.tui.conftest import open_session, pixel_session
from tests.tui.helpers import press
from tests.tui.styles import Picture, as_text, picture_of

LONGEST = 60  # seconds: what computes longer hangs
SIZES = ((80, 24), (120, 40), (200, 60))


@dataclass(frozen=True)
class Way:
    """How to get to a screen: what is opened first, and the keys from there."""

    keys: str = ""
    first: str = "xor"


WAYS = {
    "start": Way(),
    "forward": Way("n n n down"),
    "loss": Way("enter enter N N"),
    "backward": Way("enter enter N N N n n down"),
    "update": Way("enter enter N N N N n n n n down down"),
    "wide-forward": Way("n n n down", "titanic"),
    "wide-backward": Way("enter enter N N N n n down", "titanic"),
    "wide-update": Way("enter enter N N N N n n n n down down", "titanic"),
    "images": Way("enter n n down right", "pixels"),
    "overview": Way("enter n n down right h z", "pixels"),
    "projector": Way("n n n down f3"),
    "touches": Way("enter N N N n n w"),
    "shares": Way("enter N N N n n s"),
    "predict": Way("P n n n a"),
    "report": Way("P n n n a 1 enter P"),
    "silence": Way("n n n right d"),
    "accuracy": Way("e e e 2", "titanic"),
    "distributions": Way("e N N N n n 3", "titanic"),
    "gradients": Way("e e e 4", "titanic"),
    "activation": Way("n n n down 5"),
    "boundary": Way("e e e 7"),
    "landscape": Way("e e e 8"),
    "health": Way("e e e 9", "titanic"),
    "edit": Way("n n n n n r"),
    "branches": Way("enter r 1 enter enter T"),
    "compare": Way("enter r 1 enter enter C"),
    "race": Way("R"),
    "breakpoints": Way("t"),
    "bookmark": Way("enter n m"),
    "bookmarks": Way("M"),
    "go-to": Way("enter enter g"),
    "help": Way("question_mark"),
    "glossary": Way("n n G"),
    "design": Way("D tab tab tab right", "titanic"),
    "picker": Way("down", "picker"),
    "picker-over": Way("p"),
    "course": Way("down", "course"),
    "lesson": Way("", "lesson-01-neuron"),
    "welcome": Way("", "welcome"),
}


def opened(first: str, folder: Path) -> NnsimApp:
    progress = Progress(folder / "progress.json")
    match first:
        case "picker":
            return NnsimApp(None, open_session, catalogue)
        case "course":
            return NnsimApp(None, open_session, catalogue, learning=Learning(progress, course_first=True))
        case "welcome":
            return NnsimApp(open_session("xor"), open_session, catalogue, Store(folder / "settings.toml"))
        case "pixels":
            return NnsimApp(pixel_session(), open_session, catalogue)
        case name if name.startswith("lesson"):
            learning = Learning(progress, first=Learning(progress).open(name))
            return NnsimApp(None, open_session, catalogue, learning=learning)
    return NnsimApp(open_session(first), open_session, catalogue)


async def still(pilot: Pilot[None]) -> None:
    """Waits until nothing moves on the screen any more."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await pilot.pause(0.05)
    async with asyncio.timeout(LONGEST):
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.fixture
def app_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Way, bool], NnsimApp]:
    def build(way: Way, colors: bool) -> NnsimApp:
        if colors:
            monkeypatch.delenv("NO_COLOR", raising=False)
        else:
            monkeypatch.setenv("NO_COLOR", "1")
        folder = tmp_path / ("colors" if colors else "plain")
        folder.mkdir()
        for kind in ("STATE", "CONFIG", "DATA", "CACHE"):
            monkeypatch.setenv(f"XDG_{kind}_HOME", str(folder / kind))
        monkeypatch.chdir(folder)
        app = opened(way.first, folder)
        app.animation_level = "none"
        return app

    return build


@pytest.mark.parametrize("name", WAYS)
async def test_screen(app_at: Callable[[Way, bool], NnsimApp], screen_snapshot: SnapshotAssertion, name: str) -> None:
    way = WAYS[name]
    seen: dict[tuple[int, int], list[Picture]] = {}
    for colors in (True, False):
        app = app_at(way, colors)
        async with app.run_test(size=SIZES[0]) as pilot:
            await still(pilot)
            await press(pilot, way.keys)
            for size in SIZES:
                await pilot.resize_terminal(*size)
                for theme in ("nnsim-dark", "nnsim-light") if colors else ("ansi-dark",):
                    app.theme = theme
                    await still(pilot)
                    seen.setdefault(size, []).append(picture_of(app))
    for (width, height), (dark, light, plain) in seen.items():
        assert not plain.colors
        assert dark.text == light.text
        assert as_text(dark, light, plain, width < 200) == screen_snapshot(name=f"{width}x{height}")


async def test_without_color_sign_selection_and_progress_are_told_apart(
    app_at: Callable[[Way, bool], NnsimApp],
) -> None:
    app = app_at(WAYS["wide-backward"], False)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, WAYS["wide-backward"].keys)
        await still(pilot)
        seen = picture_of(app)
        assert isinstance(app.screen, Stepper)
        session = app.screen.session
    assert "✓∂z₂ ▶∂W₂  ∂b₂" in "\n".join(seen.text)
    table = [(text[60:82], row[60:82]) for text, row in zip(seen.text, seen.rows, strict=True)]
    for unit, (value,) in enumerate(session.frame["dW2"], 1):
        written = next(text for text, _ in table if f" h{unit} " in text)
        assert f"{'−' if value < 0 else '+'}{abs(value):.4f}" in written
    reversed_rows = [text for text, row in table[6:] if any("reverse" in cell.attributes for cell in row)]
    assert len(reversed_rows) == 1
    assert f"▸ h{session.index[0] + 1}" in reversed_rows[0]
