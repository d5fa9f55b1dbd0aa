"""Random keys, clicks and sizes: whatever is done, the screen lives and shows where the session stands."""

import random

import pytest
from textual.pilot import OutOfBounds

from nnsim.scenario import names
from nnsim.tui.app import NnsimApp
from nnsim.tui.screens.picker import Picker
from nnsim.tui.screens.stepper import Stepper
from tests.tui.conftest import CARDS, open_session

STEPS = ["n", "b", "N", "B", "enter", "backspace", "e", "E", "space", "g", "home", "end"]
NUMBERS = ["up", "down", "left", "right", "pageup", "pagedown", "plus", "minus", "o", "c"]
VIEWS = ["tab", "shift+tab", "question_mark", "escape", "z", "f2", "f3", "f4", "y", "v", "V", *"12345678"]
KEYS = [*STEPS, *NUMBERS, *VIEWS]
SIZES = [(120, 40), (80, 24), (200, 60), (60, 18), (30, 8), (104, 60), (160, 30)]
ACTIONS = 70  # on each of the scenarios: two thousand together


@pytest.mark.parametrize("name", names())
async def test_monkey(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    chance = random.Random(name)
    app = NnsimApp(open_session(name), open_session, lambda: CARDS)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(ACTIONS):
            match chance.random():
                case share if share < 0.05:
                    await pilot.resize_terminal(*chance.choice(SIZES))
                case share if share < 0.25:
                    width, height = app.size
                    try:
                        await pilot.click(offset=(chance.randrange(width), chance.randrange(height)))
                    except OutOfBounds:
                        continue  # between two sizes
                case _:
                    key = chance.choice(KEYS)
                    leaves = key == "escape" and isinstance(app.screen, Picker)
                    await pilot.press("enter" if leaves else key)
        await pilot.resize_terminal(120, 40)
        for _ in range(3):
            await pilot.press(*(["enter"] if isinstance(app.screen, Picker) else []))
            await pilot.press(*([] if isinstance(app.screen, Stepper) else ["escape"]))
            await pilot.pause(0.2)
        screen = app.screen
        assert app.is_running
        assert isinstance(screen, Stepper)
        if screen.running:
            await pilot.press("space")
        await app.workers.wait_for_complete()
        await pilot.press("b", "n", "n")
        await pilot.pause(0.1)
        session, moment = screen.session, screen.moment
        assert (moment.iteration, moment.op.name, moment.index) == (session.iteration, session.tensor, session.index)
        assert moment.frame is session.frame
        assert 0 <= session.iteration <= session.sim.recorded
