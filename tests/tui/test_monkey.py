"""Random keys, clicks and sizes: whatever is done, the screen lives and shows where the session stands."""

import random
from pathlib import Path

import pytest
from textual import events
from textual.binding import Binding
from textual.pilot import Pilot

from nnsim.scenario import names
from nnsim.tui.app import NnsimApp
from nnsim.tui.screens.bookmarks import BookmarkScreen
from nnsim.tui.screens.branches import Branches
from nnsim.tui.screens.breakpoints import BreakpointScreen
from nnsim.tui.screens.compare import Compare
from nnsim.tui.screens.picker import Picker
from nnsim.tui.screens.race import RaceScreen
from nnsim.tui.screens.silence import Silence
from nnsim.tui.screens.stepper import Stepper
from tests.tui.conftest import CARDS, open_session

MOST = 10  # times as often as others: the keys that a person presses most
OFTEN = ["n", "b", "N", "enter", "e", "up", "down", "left", "right", "tab", "v", "escape", "space"]
SIZES = [(120, 40), (80, 24), (200, 60), (60, 18), (30, 8), (104, 60), (160, 30)]
ROUNDS, BURST = 6, 60  # on each of the scenarios: ten thousand keys, clicks and sizes together


def all_keys() -> list[str]:
    """Of every command of the stepper, of what it opens, and of the app; and what is typed into a question."""
    opened = (BookmarkScreen, Branches, BreakpointScreen, Compare, RaceScreen, Silence)
    bindings = [
        each for screen in (Stepper, NnsimApp, *opened) for each in screen.BINDINGS if isinstance(each, Binding)
    ]
    keys = {key for binding in bindings for key in binding.key.split(",")}
    return [*sorted(keys), *OFTEN * MOST, *"0123456789."]


def act(app: NnsimApp, chance: random.Random, keys: list[str]) -> None:
    """A click or a key, without waiting for what comes of the one before."""
    width, height = app.size
    if chance.random() < 0.25:
        x, y = chance.randrange(width), chance.randrange(height - 1)  # not on the keys: these are pressed anyway
        for kind in (events.MouseDown, events.MouseUp):
            app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
    else:
        app.simulate_key(chance.choice(keys))


async def back_to_the_stepper(app: NnsimApp, pilot: Pilot[None]) -> Stepper:
    """Out of what has been opened, and to where nothing runs."""
    for _ in range(40):
        await pilot.pause(0.02)
        if isinstance(app.screen, Stepper):
            break
        if isinstance(app.screen, Picker):
            await pilot.press("enter")
            await app.workers.wait_for_complete()
        else:
            await pilot.press("escape")
    assert isinstance(app.screen, Stepper)
    if app.screen.running:
        await pilot.press("space")
    await app.workers.wait_for_complete()
    return app.screen


@pytest.mark.parametrize("name", names())
async def test_monkey(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)  # some commands write files
    chance, keys = random.Random(name), all_keys()
    app = NnsimApp(open_session(name), open_session, lambda: CARDS)
    monkeypatch.setattr(app, "exit", lambda *_, **__: None)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(ROUNDS):
            await pilot.resize_terminal(*chance.choice(SIZES))
            for number in range(BURST):
                act(app, chance, keys)
                if number % 5 == 0:
                    await pilot.pause()
            await pilot.resize_terminal(120, 40)
            screen = await back_to_the_stepper(app, pilot)
            await pilot.press("b", "n", "n")
            await app.workers.wait_for_complete()
            await pilot.pause(0.05)
            session, moment = screen.session, screen.moment
            assert app.is_running
            assert moment.iteration == session.iteration
            assert (moment.op.name, moment.index) == (session.tensor, session.index)
            others = [name for name in session.frame if name != moment.op.name]  # which practice may hide
            assert all(moment.frame[name].tobytes() == session.frame[name].tobytes() for name in others)
            assert 0 <= session.iteration <= session.sim.recorded
