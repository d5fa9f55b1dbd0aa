"""The picture panel, driven by keys."""

from collections.abc import Callable

import pytest

from nnsim.tui.app import NnsimApp
from nnsim.tui.pictures.panel import PicturePanel
from nnsim.tui.pictures.shelf import PICTURES
from nnsim.tui.screens.stepper import Stepper
from tests.tui.helpers import press, screen_text

Build = Callable[..., NnsimApp]


def panel(app: NnsimApp) -> PicturePanel:
    return app.screen.query_one(PicturePanel)


def session_of(app: NnsimApp) -> tuple[int, int, bytes]:
    assert isinstance(app.screen, Stepper)
    session = app.screen.session
    return session.iteration, session.op_index, session.frame.copy_of_buffer().tobytes()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ["xor", "titanic"])
async def test_all_pictures_in_turn(app_for: Build, name: str, size: tuple[int, int]) -> None:
    app = app_for(name)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "enter enter enter N n")
        before = session_of(app)
        await press(pilot, "1")
        seen = []
        for _ in range(len(PICTURES) - 1):  # all but the learning rate, which stays the same
            await app.workers.wait_for_complete()
            await pilot.pause()
            text = screen_text(app)
            title = f"{panel(app).current.name} {panel(app).chosen + 1}/{len(PICTURES)}"
            assert title in text
            assert "computing" not in text
            assert "v next" in text
            seen.append(panel(app).chosen)
            await press(pilot, "v")
        assert panel(app).chosen == 0
        assert sorted(seen) == [i for i, picture in enumerate(PICTURES) if picture.name != "Learning rate"]
        await press(pilot, "V")
        assert panel(app).chosen == len(PICTURES) - 1
        assert session_of(app) == before


async def test_a_low_picture_has_its_words_in_the_border(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter enter enter 1")
        await app.workers.wait_for_complete()
        await pilot.pause()
        border = next(line for line in screen_text(app).split("\n") if "v next" in line)
        assert border.startswith("╰─")
        assert "iteration   ── each batch   ·· validation   v next picture ─╯" in border
        assert "iteration   ── each batch" in panel(app).text().split("\n")[-2], "a copy has them as well"
        await press(pilot, "8")
        await app.workers.wait_for_complete()
        await pilot.pause()
        border = next(line for line in screen_text(app).split("\n") if "v next" in line)
        assert "○ start  • the way here  ● here  + higher  − lower than here" in border


async def test_digits_go_to_a_picture(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "6")
        assert "Learning rate 6/9" in screen_text(app)
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "no schedule" in screen_text(app)
        await press(pilot, "7 8 3")
        assert "Distributions 3/9" in screen_text(app)


async def test_pictures_follow_the_cursor_and_a_run(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "7")
        await app.workers.wait_for_complete()
        await press(pilot, "enter enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "y at iteration 2" in screen_text(app)
        await press(pilot, "space")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "y at iteration 499" in screen_text(app)


async def test_a_key_goes_to_the_first_bad_number(app_for: Build) -> None:
    app = app_for(
        "xor",
        network__layers=[{"units": 8, "activation": "linear"}] * 3 + [{"units": 1, "activation": "linear"}],
        training__loss="mean_squared_error",
        training__optimizer={"name": "sgd", "learning_rate": 0.6},
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "x")
        assert session_of(app)[0] == 0
        await press(pilot, " ".join(["enter"] * 9) + " 9")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "x goes to this number" in screen_text(app)
        await press(pilot, "x")
        assert isinstance(app.screen, Stepper)
        session = app.screen.session
        assert not abs(session.frame[session.tensor][session.index]) < float("inf")


async def test_both_themes_and_no_color(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "7")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "▀" in screen_text(app)
        app.theme = "ansi-dark"
        await pilot.pause()
        await pilot.pause()
        assert "▀" not in screen_text(app)
        assert "▓" in screen_text(app) or "░" in screen_text(app)


async def test_a_click_on_the_lower_border_turns_to_the_next(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        assert panel(app).current.name == "Loss"
        await pilot.click(PicturePanel, offset=(10, panel(app).size.height - 1))
        await pilot.pause()
        assert panel(app).current.name == "Accuracy"
        assert "Picture: accuracy" in panel(app).heading


async def test_a_key_changes_the_axes_of_the_boundary(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        for keys, words in (("7", "→ Pclass"), ("A", "→ component 1"), ("A", "→ Pclass")):
            await press(pilot, keys)
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert words in screen_text(app)
            assert "A other axes   v next picture" in screen_text(app)


async def test_two_inputs_have_no_other_axes(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "7")
        await app.workers.wait_for_complete()
        await pilot.pause()
        before = screen_text(app)
        assert "other axes" not in before
        await press(pilot, "A")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert screen_text(app) == before
