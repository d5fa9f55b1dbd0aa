"""The screens, driven by keys."""

from collections.abc import Callable

import pytest
from textual.widgets import Input

from nnsim.tui.app import NnsimApp
from nnsim.tui.screens.goto import GoTo, parse_iteration
from nnsim.tui.screens.help import Help
from nnsim.tui.screens.picker import Picker
from nnsim.tui.screens.stepper import Stepper
from tests.tui.conftest import CARDS, open_session
from tests.tui.helpers import press, screen_text

Build = Callable[..., NnsimApp]


def stepper(app: NnsimApp) -> Stepper:
    assert isinstance(app.screen, Stepper)
    return app.screen


def at(app: NnsimApp) -> tuple[int, str]:
    session = stepper(app).session
    return session.iteration, session.tensor


async def test_ops_forwards_and_backwards(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        assert at(app) == (0, "x")
        await press(pilot, "b")
        assert at(app) == (0, "x")
        await press(pilot, "n n n")
        assert at(app) == (0, "a1")
        await press(pilot, "b")
        assert at(app) == (0, "z1")
        await press(pilot, "b b enter b")
        assert at(app) == (0, "b2.next")
        await press(pilot, "n")
        assert at(app) == (1, "x")


async def test_phases_iterations_and_epochs(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "N N")
        assert at(app) == (0, "loss")
        await press(pilot, "B")
        assert at(app) == (0, "z1")
        await press(pilot, "enter enter backspace")
        assert at(app) == (1, "z1")
        await press(pilot, "e")
        assert at(app) == (33, "z1")
        await press(pilot, "e E E")
        assert at(app) == (0, "z1")
        await press(pilot, "end")
        assert at(app) == (66, "z1")
        await press(pilot, "home")
        assert at(app) == (0, "x")


async def test_what_is_shown_follows_the_cursor(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n down right right")
        assert stepper(app).session.index == (1, 2)
        text = screen_text(app)
        assert "▶z₁" in text
        assert "z₁[#1,h3]" in text
        assert "sample #1" in text


async def test_go_to_an_iteration(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "g")
        assert isinstance(app.screen, GoTo)
        await press(pilot, "7 x enter")
        assert isinstance(app.screen, GoTo)
        assert app.screen.query_one(Input).value == "7x"
        assert "a whole number from 0 to 499" in screen_text(app)
        await press(pilot, "backspace 3 enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert at(app) == (73, "x")
        assert stepper(app).session.sim.recorded == 73
        await press(pilot, "g 5 enter")
        assert at(app) == (5, "x")
        await press(pilot, "g escape")
        assert at(app) == (5, "x")


@pytest.mark.parametrize(
    ("text", "iteration"),
    [("12", 12), (" 1,000 ", 1000), ("1_0", 10), ("-1", None), ("1.5", None), ("", None), ("²", None)],
)
def test_only_iterations_are_taken(text: str, iteration: int | None) -> None:
    assert parse_iteration(text, 1000) == iteration


def test_not_beyond_the_plan() -> None:
    assert parse_iteration("1001", 1000) is None


async def test_where_iterations_take_long_the_next_steps_back_are_prepared_between_two_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nnsim.engine.timeline.LARGE", 0)  # as if those of a small network did
    session = open_session("xor", training__epochs=10_000)
    session.go_to(5000)
    session.go_to(2399)
    assert not session.prepare_back(0)
    app = NnsimApp(session, lambda name: open_session(name), lambda: CARDS)
    async with app.run_test(size=(120, 40)) as pilot:
        for iteration in range(2398, 2388, -1):
            while not session.prepare_back(0):
                await pilot.pause(0.01)
            await press(pilot, "backspace")
            assert session.iteration == iteration
            assert f"{iteration:,}" in screen_text(app)
        await press(pilot, "end space")
        assert stepper(app).running
        await press(pilot, "space")
        while not session.prepare_back(0):
            await pilot.pause(0.01)


async def test_run_and_pause(app_for: Build) -> None:
    app = app_for("titanic", training__epochs=100_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space")
        await pilot.pause(0.3)
        assert "▶ running" in screen_text(app)
        await press(pilot, "n")
        await app.workers.wait_for_complete()
        iteration = stepper(app).session.iteration
        assert iteration > 5
        assert at(app)[1] == "y"
        await pilot.pause(0.1)
        assert stepper(app).session.iteration == iteration
        assert "paused" in screen_text(app)


async def test_it_stops_at_the_planned_end(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert stepper(app).session.iteration == 499
        assert "iteration 499, the last of 500" in screen_text(app)
        assert "finished" in screen_text(app)


async def test_help_comes_from_the_bindings(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(200, 150)) as pilot:
        await press(pilot, "question_mark")
        assert isinstance(app.screen, Help)
        text = screen_text(app)
        for binding in Stepper.BINDINGS:
            assert binding.tooltip[:16] in text  # type: ignore[union-attr]
        await press(pilot, "escape")
        assert isinstance(app.screen, Stepper)


async def test_every_action_is_in_the_palette(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)):
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {"step: next", "run: run", "go: go to", "view: light or dark", "app: quit"} <= titles


async def test_from_the_picker_and_back(app_for: Build) -> None:
    app = app_for()
    async with app.run_test(size=(120, 40)) as pilot:
        assert isinstance(app.screen, Picker)
        await press(pilot, "down down up down enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert stepper(app).session.title == "Titanic"
        await press(pilot, "n p")
        assert isinstance(app.screen, Picker)
        await press(pilot, "q")
    assert app.return_value is None


async def test_what_was_open_first_gives_its_memory_back(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        first = stepper(app).session
        first.go_to(2000)
        await press(pilot, "p down enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert stepper(app).session is not first
        assert len(first.sim._timeline._keyframes) <= 4
        first.go_to(1999)
        assert first.iteration == 1999


async def test_tab_brings_every_panel_to_a_small_screen(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(80, 24)) as pilot:
        seen = []
        for _ in range(4):
            seen.append(type(app.focused).__name__)
            assert app.focused is not None
            assert app.focused.size.height >= 5
            await press(pilot, "tab")
        assert seen == ["TensorPanel", "WhyPanel", "PicturePanel", "NetworkPanel"]


async def test_a_long_explanation_scrolls(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "N N N n n tab")
        before = screen_text(app)
        await press(pilot, "down down")
        assert screen_text(app) != before
        assert stepper(app).session.index == (0, 0)


@pytest.mark.parametrize("size", [(20, 5), (30, 8), (40, 12), (59, 30), (120, 17)])
async def test_too_small_is_said_and_nothing_breaks(app_for: Build, size: tuple[int, int]) -> None:
    app = app_for("xor")
    async with app.run_test(size=size) as pilot:
        assert "60×18" in screen_text(app)
        await press(pilot, "n N tab tab enter question_mark escape g 3 enter space n")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "Network" in screen_text(app)


@pytest.mark.parametrize("size", [(32, 7), (40, 12), (60, 18)])
async def test_a_small_picker(app_for: Build, size: tuple[int, int]) -> None:
    app = app_for()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "down up down")
        text = screen_text(app)
        assert "▸ Titanic" in text
        assert "⏎ open" in text


@pytest.mark.parametrize("size", [(20, 5), (31, 20), (80, 6)])
async def test_a_picker_that_is_too_small_says_so(app_for: Build, size: tuple[int, int]) -> None:
    app = app_for()
    async with app.run_test(size=size) as pilot:
        assert screen_text(app).strip() == "needs 32×7"
        await press(pilot, "down")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "▸ Titanic" in screen_text(app)


async def test_themes_change_at_once(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        before = app.palette
        await press(pilot, "f2")
        assert app.theme == "nnsim-light"
        assert app.palette is not before


async def test_no_color_starts_with_the_terminals_own(app_for: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = NnsimApp(open_session("xor"), open_session, lambda: CARDS)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n")
        assert app.theme == "ansi-dark"
        assert "▶z₁" in screen_text(app)
