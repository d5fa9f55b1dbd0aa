"""Whoever presses keys faster than a dialog closes leaves that dialog, and nothing below it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nnsim.tui.app import NnsimApp
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.screens.welcome import WelcomeScreen
from nnsim.tui.settings import Store
from tests.tui.conftest import CARDS, open_session
from tests.tui.helpers import press

AppFor = Callable[..., NnsimApp]
# what opens a dialog, what is pressed there at once, and whether the stepper is in front then
DIALOGS = {
    "go to": ("g 5", "enter enter enter", True),
    "note": ("m x", "enter enter enter", True),
    "answer": ("P n n a 1 2", "enter enter enter", True),
    "report": ("P n n a 1 2 enter P", "n n n", True),
    "name of a file": ("D w", "enter enter enter", False),
    "values of a race": ("R r", "enter enter enter", False),
}


@pytest.mark.parametrize(("opened", "keys", "in_front"), DIALOGS.values(), ids=DIALOGS.keys())
async def test_keys_that_come_at_once(
    app_for: AppFor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, opened: str, keys: str, in_front: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_for("xor")
    async with app.run_test(size=(80, 24)) as pilot:
        stepper = app.screen
        await press(pilot, opened)
        for key in keys.split():
            app.simulate_key(key)
        await press(pilot, "")
        await pilot.pause(0.1)
        assert app.is_running
        assert app.screen_stack[0] is stepper
        assert not in_front or app.screen is stepper


async def test_keys_typed_while_the_welcome_is_closing(tmp_path: Path) -> None:
    app = NnsimApp(open_session("xor"), open_session, lambda: CARDS, Store(tmp_path / "settings.toml"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, WelcomeScreen)
        for _ in range(5):
            app.simulate_key("n")
        await pilot.pause(0.1)
        assert app.is_running
        assert isinstance(app.screen, Stepper)
