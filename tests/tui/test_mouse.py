"""The mouse: whatever a key does, a click or the wheel does too."""

from collections.abc import Callable

from rich.cells import cell_len
from textual import events

from nnsim.tui.app import NnsimApp
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.widgets.network import NetworkPanel
from nnsim.tui.widgets.tensor import TensorPanel
from nnsim.tui.widgets.why import WhyPanel
from tests.tui.helpers import click_on, press, screen_text, settled

Build = Callable[..., NnsimApp]


def stepper(app: NnsimApp) -> Stepper:
    assert isinstance(app.screen, Stepper)
    return app.screen


async def test_a_click_on_an_op_goes_there(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        for words, after, tensor in (
            ("∂W₂", "batch", "dW2"),
            ("z₁", "batch", "z1"),
            ("v̂", "update", "W1.vhat"),
            ("backward", "batch", "da2"),
        ):
            await click_on(pilot, words, after)
            assert stepper(app).session.tensor == tensor


async def test_a_click_on_a_number_chooses_it(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n n")
        line = next(line for line in screen_text(app).split("\n") if "#2 (1, 0)" in line)
        column = cell_len(line[: line.index("#2 (1, 0)")]) + 32
        y = screen_text(app).split("\n").index(line)
        await pilot.click(offset=(column, y))
        await settled(pilot)
        assert stepper(app).session.index == (2, 2)
        assert "a₁[#2,h3]" in screen_text(app)


async def test_a_click_on_an_element_of_the_update_chooses_it(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "N N N N")
        await click_on(pilot, "x2 → h3", into=14)
        assert stepper(app).session.index == (1, 2)


async def test_a_click_on_a_unit_chooses_it(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n n down")
        await click_on(pilot, "h4", "Network", width=60)
        assert stepper(app).session.index == (1, 3)
        await press(pilot, "N N n n")
        assert stepper(app).session.tensor == "dW2"
        await click_on(pilot, "h3", "Network", width=60)
        assert stepper(app).session.index == (2, 0)
        await click_on(pilot, "x1", "Network", width=60)
        assert stepper(app).session.index == (2, 0)  # ∂L/∂W₂ has no input x1


async def test_a_click_focuses_a_panel(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.click(WhyPanel, offset=(5, 8))
        assert isinstance(app.focused, WhyPanel)
        await pilot.click(NetworkPanel, offset=(2, 2))
        assert isinstance(app.focused, NetworkPanel)


def wheel(panel: TensorPanel | WhyPanel, kind: type[events.MouseEvent], shift: bool = False) -> None:
    panel.post_message(kind(panel, 3, 3, 0, 0, 0, shift, False, False))


async def test_the_wheel_scrolls_a_table_and_the_arrows_bring_the_cursor_back(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n n")
        first = stepper(app).session.frame.axis_names("a1", 0)[0]
        panel = app.screen.query_one(TensorPanel)
        for _ in range(30):
            wheel(panel, events.MouseScrollDown)
        wheel(panel, events.MouseScrollDown, shift=True)
        await settled(pilot)
        assert "↑" in screen_text(app)
        assert "↓" not in screen_text(app).split("Why")[0]
        assert f"▸ {first} " not in screen_text(app)
        assert stepper(app).session.index == (0, 0)
        await press(pilot, "down up")
        assert f"▸ {first} " in screen_text(app)


async def test_pages_of_a_table(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n pagedown")
        page = app.screen.query_one(TensorPanel).page
        assert stepper(app).session.index == (page, 0)
        await press(pilot, "pagedown pagedown pagedown")
        assert stepper(app).session.index == (31, 0)
        await press(pilot, "pageup")
        assert stepper(app).session.index == (31 - page, 0)


async def test_the_wheel_scrolls_a_long_explanation(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n")
        before = screen_text(app)
        wheel(app.screen.query_one(WhyPanel), events.MouseScrollDown)
        await settled(pilot)
        assert screen_text(app) != before
        wheel(app.screen.query_one(WhyPanel), events.MouseScrollUp)
        await settled(pilot)
        assert screen_text(app) == before


async def test_a_number_is_chosen_where_it_was_seen(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "N")
        stepper = app.screen
        assert isinstance(stepper, Stepper)
        seen = stepper.moment
        stepper.session.go_to_op(stepper.session.program.position("loss") or 0)  # as the background does
        stepper._choose((2, 3), seen)
        assert stepper.session.index_in("z1") == (2, 3)
        assert stepper.session.tensor == "loss"
