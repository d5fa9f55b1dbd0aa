"""Breakpoints, watches, the self-check and bookmarks on the screen."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from nnsim.debugger.bookmarks import Bookmark, Bookmarks, default_path
from nnsim.debugger.selfcheck import Report
from nnsim.debugger.session import Session
from nnsim.debugger.watches import Reading
from nnsim.engine.activations import Tanh
from nnsim.engine.simulation import Simulation
from nnsim.tui.app import NnsimApp
from nnsim.tui.renderers.badge import badge
from nnsim.tui.renderers.header import REMARK
from nnsim.tui.renderers.watches import BLOCKS, sparkline, watch_rows
from nnsim.tui.rows import plain, width_of
from nnsim.tui.screens.breakpoints import BreakpointScreen
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.settings import Store
from tests.tui.conftest import CARDS, open_session
from tests.tui.helpers import assert_fits, click_on, lines, press, screen_text
from tests.tui.test_monkey import back_to_the_stepper

AppFor = Callable[..., NnsimApp]
SIZES = [(120, 40), (80, 24), (200, 60), (60, 18)]


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnsim.tui.aside.QUIET", 0.02)


async def typed(pilot: Pilot[Any], text: str) -> None:
    """Types into the field that has the focus."""
    field = pilot.app.focused
    assert isinstance(field, Input)
    field.value = text
    await press(pilot, "enter")


async def arrived(pilot: Pilot[Any]) -> str:
    """Waits until nothing runs: what the screen then shows."""
    while isinstance(pilot.app.screen, Stepper) and pilot.app.screen.running:
        await pilot.pause(0.01)
    await pilot.pause()
    await pilot.pause()
    return screen_text(pilot.app)


async def until(pilot: Pilot[Any], words: str) -> str:
    for _ in range(500):
        text = screen_text(pilot.app)
        if words in text:
            return text
        await pilot.pause(0.01)
    raise AssertionError(f"{words!r} never came:\n{text}")


async def said(pilot: Pilot[Any], words: str) -> None:
    """Waits until a notice says so."""
    await arrived(pilot)
    notices = [notice.message for notice in pilot.app._notifications]  # pinned with Textual
    assert any(words in notice for notice in notices), notices


def first_below(losses: np.ndarray, bound: float) -> int:
    return int(np.flatnonzero(losses < bound)[0])


def losses_of_xor() -> np.ndarray:
    session = open_session("xor")
    session.go_to(499)
    return session.sim.losses


@pytest.mark.parametrize("key", ["f", "space"])
async def test_a_run_stops_at_a_breakpoint_and_says_at_which(app_for: AppFor, key: str) -> None:
    hit = first_below(losses_of_xor(), 0.1)
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "t")
        await typed(pilot, "loss < 0.1")
        await typed(pilot, "loss < -1")
        await press(pilot, "escape")
        await press(pilot, key)
        text = await arrived(pilot)
        session = app.screen.session  # type: ignore[attr-defined]
        assert session.iteration == hit
        assert session.tensor == "loss"
        assert "◉ loss < 0.1 begins to hold here" in text
        await said(pilot, f"loss < 0.1 begins to hold at iteration {hit}.")
        await press(pilot, "n")
        assert "begins to hold here" in screen_text(app)
        await press(pilot, "enter")
        assert "begins to hold here" not in screen_text(app)


async def test_back_to_the_hit_before_and_to_the_first_of_all(app_for: AppFor) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.screen.session  # type: ignore[attr-defined]
        session.go_to(60)
        await press(pilot, "t")
        await typed(pilot, "iteration == 20 or iteration == 7")
        await press(pilot, "escape F")
        await arrived(pilot)
        assert session.iteration == 20
        await press(pilot, "F")
        await arrived(pilot)
        assert session.iteration == 7
        await press(pilot, "F")
        await said(pilot, "No hit before this iteration.")
        assert session.iteration == 7
        await press(pilot, "end t down g")
        await said(pilot, "first begins to hold at iteration 7.")
        assert session.iteration == 7


@pytest.mark.parametrize("key", ["f", "space"])
async def test_without_a_hit_the_run_ends_at_the_planned_end_and_says_so(app_for: AppFor, key: str) -> None:
    app = app_for("xor", training__epochs=40)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "f")
        await said(pilot, "No breakpoint is set")
        await press(pilot, "t")
        await typed(pilot, "isnan(loss)")
        await press(pilot, f"escape {key}")
        await said(pilot, "No breakpoint was hit up to iteration 39, where training ends.")
        await press(pilot, "f")
        await said(pilot, "This is the last iteration planned")


async def test_a_wrong_expression_is_marked_and_kept(app_for: AppFor) -> None:
    app = app_for("xor")
    for size in SIZES:
        async with app_for("xor").run_test(size=size) as pilot:
            app = pilot.app  # type: ignore[assignment]
            await press(pilot, "t")
            await typed(pilot, "loss < lss")
            assert isinstance(app.focused, Input)
            assert app.focused.value == "loss < lss"
            rows = screen_text(app).split("\n")
            at = next(y for y, row in enumerate(rows) if "Stop where" in row)
            assert rows[at + 1].index("^") == rows[at].index("lss")
            assert 'there is no "lss"' in rows[at + 2]
            await typed(pilot, "loss < 0.1")
            assert "there is no" not in screen_text(app)
            assert "● loss < 0.1" in screen_text(app)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_caret_follows_a_text_that_is_longer_than_the_field(app_for: AppFor, size: tuple[int, int]) -> None:
    text = " and ".join(f"max(abs(W{1 + i % 2})) < 1{i:02}" for i in range(5)) + " and lss < 1"
    async with app_for("xor").run_test(size=size) as pilot:
        await press(pilot, "t")
        field = pilot.app.focused
        assert isinstance(field, Input)
        field.insert_text_at_cursor(text)
        await press(pilot, "home end enter")
        assert field.cursor_position == text.index("lss")
        assert (field.scroll_offset.x > 0) == (len(text) > field.size.width)
        for _ in range(2):
            rows = screen_text(pilot.app).split("\n")
            at = next(y for y, row in enumerate(rows) if "Stop where" in row)
            assert rows[at + 1].index("^") == rows[at].index("lss")
            await press(pilot, "home end")


async def test_a_condition_that_holds_all_the_way_is_told(app_for: AppFor) -> None:
    app = app_for("xor", training__epochs=40)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "t")
        await typed(pilot, "loss < 9")
        await press(pilot, "escape f")
        await said(pilot, "where training ends. loss < 9 has held all the way.")


@pytest.mark.parametrize("size", [(40, 18), (200, 60)])
async def test_how_far_a_search_is_and_that_escape_stops_it(app_for: AppFor, size: tuple[int, int]) -> None:
    app = app_for("xor", training__epochs=2_000_000)
    async with app.run_test(size=size) as pilot:
        app.screen.session.go_to(60_000)  # type: ignore[attr-defined]
        app.screen.session.breakpoints.add("W1[0,2] > 1e9")  # type: ignore[attr-defined]
        app.simulate_key("F")
        if size[0] > 100:
            await until(pilot, "looking back: ")
            assert not app._notifications
        else:
            for _ in range(500):
                if any("Esc stops." in notice.message for notice in app._notifications):
                    break
                await pilot.pause(0.01)
            else:
                raise AssertionError("it never said how far the search is")
        await press(pilot, "escape")
        assert not app.screen.running  # type: ignore[attr-defined]
        assert not app._notifications
        assert "looking back" not in screen_text(app)


async def test_the_plot_ends_where_a_run_has_stopped(app_for: AppFor) -> None:
    hit = first_below(losses_of_xor(), 0.1)
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        app.screen.session.breakpoints.add("loss < 0.1")  # type: ignore[attr-defined]
        await press(pilot, "f")
        await arrived(pilot)
        assert app.screen.moment.recorded == hit  # type: ignore[attr-defined]
        await press(pilot, "end")
        assert app.screen.session.iteration == hit  # type: ignore[attr-defined]


async def test_breakpoints_and_watches_are_switched_changed_and_taken_away(app_for: AppFor) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.screen.session  # type: ignore[attr-defined]
        await press(pilot, "t")
        for text in ("loss < 0.1", "loss < 9", "iteration == 3"):
            await typed(pilot, text)
        assert "holds here" in screen_text(app)
        await press(pilot, "down up space")
        assert [each.enabled for each in session.breakpoints.all] == [True, False, True]
        assert "○ loss < 9" in screen_text(app)
        await press(pilot, "up x")
        assert [each.text for each in session.breakpoints.all] == ["loss < 9", "iteration == 3"]
        await press(pilot, "down enter")
        assert isinstance(app.focused, Input)
        assert app.focused.value == "iteration == 3"
        await typed(pilot, "iteration ==")
        assert [each.text for each in session.breakpoints.all] == ["loss < 9", "iteration == 3"]
        await typed(pilot, "iteration == 4")
        assert [each.text for each in session.breakpoints.all] == ["loss < 9", "iteration == 4"]
        await click_on(pilot, "iteration == 4")
        assert not session.breakpoints.all[-1].enabled
        assert "▸ ○ iteration == 4" in screen_text(app)
        await press(pilot, "down")
        assert "▸" not in screen_text(app).split("Stop where")[1].split("Watch")[0]
        await typed(pilot, "loss")
        assert [each.text for each in session.watches.all] == ["loss"]
        await press(pilot, "down x escape")
        assert session.watches.all == []
        assert isinstance(app.screen, Stepper)


async def test_keys_that_come_before_the_focus_has_left_an_empty_list(app_for: AppFor) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        for key in ("space", "x", "enter", "down", "up", "g"):
            await press(pilot, "t")
            await typed(pilot, "loss < 0.1")
            await press(pilot, "down")
            app.simulate_key("x")
            app.simulate_key(key)
            await press(pilot, "escape")
            assert isinstance(app.screen, Stepper)
            assert not app.screen.session.breakpoints.all


async def test_escape_stops_a_run_and_a_search_at_once(app_for: AppFor) -> None:
    app = app_for("xor", training__epochs=2_000_000)
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.screen.session  # type: ignore[attr-defined]
        await press(pilot, "t")
        await typed(pilot, "W1[0,2] > 1e9")
        await press(pilot, "escape f")
        await pilot.pause(0.3)
        assert app.screen.running  # type: ignore[attr-defined]
        await press(pilot, "escape")
        assert isinstance(app.screen, Stepper)
        assert not app.screen.running
        here = session.iteration
        assert here > 0
        session.go_to(50_000)
        app.simulate_key("F")
        await until(pilot, "back: ")
        await press(pilot, "escape")
        assert not app.screen.running
        assert session.iteration == 50_000
        await press(pilot, "b")
        assert "back: " not in screen_text(app)


async def test_escape_in_the_moment_when_a_run_ends_is_for_the_run(
    app_for: AppFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnsim.tui.screens.watching.JUST", 1000.0)
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "t")
        await typed(pilot, "iteration == 20")
        await press(pilot, "escape f")
        await said(pilot, "begins to hold at iteration 20")
        await press(pilot, "escape")
        assert isinstance(app.screen, Stepper)
        monkeypatch.setattr("nnsim.tui.screens.watching.JUST", 0.0)
        await press(pilot, "escape")
        assert not isinstance(app.screen, Stepper)


@pytest.mark.parametrize("size", SIZES)
async def test_watches_stand_where_there_is_room(app_for: AppFor, size: tuple[int, int], idle: None) -> None:
    app = app_for("titanic")
    async with app.run_test(size=size) as pilot:
        await press(pilot, "5 enter enter" if size[1] < 20 else "enter enter")
        assert "b1[0]" not in screen_text(app)
        await press(pilot, "t tab")
        for text in ("b1[0]", "accuracy.training", "loss"):
            await typed(pilot, text)
        await press(pilot, "escape")
        session = app.screen.session  # type: ignore[attr-defined]
        text = await until(pilot, "accuracy.training " if size[0] > 60 else "b1[0]")
        value = f"{abs(session.frame['b1'][0]):.4g}"
        row = next(row for row in text.split("\n") if row.startswith(" b1[0]"))
        assert value in row
        assert "+" in row or "loss" in text
        text = await until(pilot, f"{session.sim.metrics()['accuracy']:.4g}" if size[0] > 60 else "b1[0]")
        await until(pilot, "▁")
        await press(pilot, "t tab tab x x x escape")


async def test_a_watch_that_is_not_reached_is_that_of_the_iteration_before(app_for: AppFor, idle: None) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        app.screen.session.watches.add("loss")  # type: ignore[attr-defined]
        session = app.screen.session  # type: ignore[attr-defined]
        await press(pilot, "b")
        assert " loss ·" in screen_text(app)
        await press(pilot, "enter")
        await until(pilot, f"{session.sim.losses[0]:.4g} t−1")
        await press(pilot, "N N")
        assert f" loss {session.sim.losses[1]:.4g} " in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("plain_colors", [False, True])
async def test_the_badge_says_what_the_self_check_found(
    app_for: AppFor, size: tuple[int, int], plain_colors: bool, idle: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_for("xor")
    if plain_colors:
        monkeypatch.setenv("NO_COLOR", "1")
    async with app.run_test(size=size) as pilot:
        if size[0] < 80:  # the help says what the mark means
            await until(pilot, "✓")
            await press(pilot, "question_mark")
            while "central" not in screen_text(app):  # page by page
                before = screen_text(app)
                await press(pilot, "pagedown")
                assert screen_text(app) != before
            return
        await until(pilot, "✓ gradients agree to")
        if size[0] >= 200:
            assert "replay identical\n" in screen_text(app)
            monkeypatch.setattr("nnsim.tui.aside.QUIET", 3600.0)
            await press(pilot, "enter")
            assert "replay identical (at 0)\n" in screen_text(app)


async def test_a_wrong_gradient_is_told(app_for: AppFor, idle: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tanh, "backward", lambda self, z, a, da, dz, w: [partial(np.copyto, dz, da)])
    app = app_for("xor")
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, "from central differences · replay identical")
        assert "✗ ∂L/∂" in screen_text(app)


async def test_bookmarks_and_the_command_that_opens_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("nnsim.debugger.bookmarks.user_state_path", lambda name: tmp_path / name)
    store = Store(tmp_path / "settings.toml")
    store.change(welcomed=True)
    app = NnsimApp(open_session("xor", seed=3), open_session, lambda: CARDS, store)
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.screen.session  # type: ignore[attr-defined]
        session.go_to(40)
        session.go_to_op(session.program.position("dW1"))
        session.choose((1, 2))
        await press(pilot, "m")
        await typed(pilot, "here it ‹turns› [bold]")
        await press(pilot, "at")
        assert app.clipboard == "nnsim xor --seed 3 --at '40:backward.dW1[1,2]'"
        await press(pilot, "home m")
        await typed(pilot, "")
        await press(pilot, "M")
        text = screen_text(app)
        assert "40:backward.dW1[1,2]   here it ‹turns› [bold]" in text
        await press(pilot, "down enter")
        await arrived(pilot)
        assert (session.iteration, session.tensor, session.index) == (40, "dW1", (1, 2))
    again = NnsimApp(open_session("xor", seed=3), open_session, lambda: CARDS, store)
    async with again.run_test(size=(80, 24)) as pilot:
        await press(pilot, "M down enter")
        await arrived(pilot)
        session = again.screen.session  # type: ignore[attr-defined]
        assert (session.iteration, session.tensor, session.index) == (40, "dW1", (1, 2))
        await press(pilot, "M x x")
        assert "No bookmarks in this scenario yet" in screen_text(again)


async def test_a_bookmark_on_a_branch_leads_back_to_the_branch(app_for: AppFor) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.screen.session  # type: ignore[attr-defined]
        session.go_to(5)
        branch = session.edit("W1[0,2] = 0.5")
        await press(pilot, "m")
        await typed(pilot, "")
        await press(pilot, "at")
        assert app.clipboard == f"nnsim xor --edit 'W1[0,2]=0.5@5' --at '5:{session.phase}.{session.tensor}[0,0]'"
        session.switch(session.tree.root)
        await press(pilot, "M enter")
        assert session.branch is branch
        loss = float(session.frame["loss"])
        session.undo()
        await press(pilot, "M enter")
        await said(pilot, "Making its branch again: W1[0,2]=0.5@5.")
        assert session.branch is not branch
        assert session.branch.words == branch.words
        assert float(session.frame["loss"]) == loss


async def test_a_bookmark_on_a_branch_of_an_earlier_start_makes_the_branch_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("nnsim.debugger.bookmarks.user_state_path", lambda name: tmp_path / name)
    edits = ("W1[0,2]=0.5@5", "learning_rate=0.2@2000", "optimizer=sgd@2000")
    Bookmarks(("xor",), default_path()).add(Bookmark("2100:backward.dW1[1,2]", edits=edits))
    (tmp_path / "settings.toml").write_text("welcomed = true", encoding="utf-8")
    store = Store(tmp_path / "settings.toml")
    app = NnsimApp(open_session("xor", training__epochs=3000), open_session, lambda: CARDS, store)
    monkeypatch.setattr("nnsim.tui.screens.watching.WatchingScreen._words", lambda self: ("xor",))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "M enter")
        session = app.screen.session  # type: ignore[attr-defined]
        while session.iteration < 2100:
            await pilot.pause(0.02)
        await arrived(pilot)
        assert session.branch.words == edits
        assert (session.iteration, session.tensor, session.index) == (2100, "dW1", (1, 2))
    wanted = open_session("xor", training__epochs=3000)
    for iteration, edit in zip((5, 2000, 2000), edits, strict=True):
        wanted.go_to(iteration)
        wanted.edit(edit)
    wanted.go_to(2100)
    assert np.array_equal(session.frame["W1"], wanted.frame["W1"])


async def test_a_bookmark_whose_edits_cannot_be_made_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("nnsim.debugger.bookmarks.user_state_path", lambda name: tmp_path / name)
    Bookmarks(("xor",), default_path()).add(Bookmark("7", edits=("W1[0,9]=0.5@5",)))
    (tmp_path / "settings.toml").write_text("welcomed = true", encoding="utf-8")
    app = NnsimApp(open_session("xor"), open_session, lambda: CARDS, Store(tmp_path / "settings.toml"))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "M enter")
        await said(pilot, 'W1 has no "9" on axis 1')
        assert app.screen.session.branch.parent is None  # type: ignore[attr-defined]


async def test_the_dialog_lives_with_a_change_of_theme_and_size(app_for: AppFor) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "t")
        await typed(pilot, "loss < ")
        await press(pilot, "f2")
        await pilot.resize_terminal(60, 18)
        assert isinstance(app.screen, BreakpointScreen)
        assert "cannot be read" in screen_text(app)


REPORTS = [
    Report(3, 17, 17, 0, 3.2e-10, "W1", wrong=False, identical=True),
    Report(3, 17, 15, 2, 3.2e-10, "W1", wrong=False, identical=True),
    Report(3, 109_386, 322, 0, 3.2e-10, "W1", wrong=False, identical=True),
    Report(3, 17, 17, 0, 0.4, "b2", wrong=False, identical=True),
    Report(3, 17, 17, 0, 0.4, "b2", wrong=True, identical=True),
    Report(3, 17, 17, 0, 3.2e-10, "W1", wrong=False, identical=False),
    Report(3, 17, 0, 17, 0.0, "", wrong=False, identical=True),
    Report(3, 17, 0, 0, 0.0, "", wrong=False, identical=True, by_hand=True),
    Report(3, 17, 13, 0, 3.2e-10, "W1", wrong=False, identical=True, nonfinite=4),
    Report(3, 17, 0, 0, 0.0, "", wrong=False, identical=True, nonfinite=17),
    Report(3, 17, 13, 0, 3.2e-10, "W1", wrong=False, identical=True, too_large=4),
]


@pytest.mark.parametrize("report", REPORTS)
def test_the_badge_fits_and_shows_its_sign_without_color(report: Report) -> None:
    for iteration in (3, 12_345):
        shorter = ""
        for width in range(100):
            row = badge(report, iteration, width)
            assert width_of(row) <= width
            assert len(plain(row)) >= len(shorter.rstrip())
            if row:
                assert plain(row).startswith("✓" if report.clear else "▲" if report.good else "✗")
                assert plain(row)[2:].strip()  # a sign alone says nothing
            assert row or width < REMARK or iteration != report.iteration
            shorter = plain(row)


def test_the_words_of_the_badge() -> None:
    words = [plain(badge(report, 3, 200)).strip() for report in REPORTS]
    assert words == [
        "✓ gradients agree to 3e-10 · replay identical",
        "✓ gradients agree to 3e-10, 2 left out at a kink of the loss · replay identical",
        "✓ 322 of 109,386 gradients agree to 3e-10 · replay identical",
        "✓ gradients agree within rounding · replay identical",
        "✗ ∂L/∂b₂ off by 4e-01 from central differences · replay identical",
        "✗ a replay from the keyframe before differs",
        "✓ kinks of the loss: gradients cannot be compared · replay identical",
        "✓ replay identical · gradients follow numbers set by hand",
        "▲ nan or ∞ in 4 of 17 gradients, the others agree · replay identical",
        "▲ nan or ∞: gradients cannot be compared · replay identical",
        "▲ 4 of 17 gradients too large to be compared, the others agree · replay identical",
    ]


def test_the_badge_never_says_all_of_what_was_a_sample() -> None:
    sampled = REPORTS[2]
    told = {plain(badge(sampled, 3, width)).strip() for width in range(100)} - {""}
    assert all(words == "✓ checked" or "322 of 109,386" in words for words in told)


def test_the_badge_names_what_is_too_large_as_long_as_it_can() -> None:
    report = replace(REPORTS[-1], checked=0, too_large=17)
    said = {plain(badge(report, 3, width)).strip() for width in range(REMARK, 100)}
    assert {"▲ gradients too large to be compared", "▲ gradients too large", "▲ too large"} <= said


def test_watches_in_rows() -> None:
    history = tuple(float(i) for i in range(60))
    readings = [
        Reading("loss", 0.125, False, history),
        Reading("max(abs(dW1)) / norm(W1) + a very long expression", -1e-9, True, history),
        Reading("accuracy.validation", None, False, ()),
    ]
    for width in range(1, 140):
        for height in (1, 2, 3):
            assert_fits(watch_rows(readings, width, height), width, height)
    text = lines(watch_rows(readings, 120, 3))
    assert text[0].startswith(" loss ")
    assert "0.125" in text[0]
    assert "−1e−9 t−1" in text[1]
    assert " · " in text[2] + " "
    assert lines(watch_rows(readings, 60, 1))[0].endswith("+2")
    assert watch_rows([], 80, 1) == []


def test_a_line_of_blocks_rises_with_its_values() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6], 7) == BLOCKS
    assert sparkline([6.0, np.nan, 0.0], 7) == f"{BLOCKS[-1]}·{BLOCKS[0]}"
    assert sparkline([5.0] * 3, 7) == BLOCKS[0] * 3
    assert sparkline(list(range(1000)), 14) == "".join(2 * block for block in BLOCKS)
    assert sparkline([], 7) == sparkline([1.0], 0) == ""
    assert sparkline([np.inf, -np.inf], 7) == "··"


KEYS = [*"nbNBeffFFFtxgmM5u", "escape", "escape", "down", "up", "enter", "space", "home", "end", "at", "backspace"]


@pytest.mark.parametrize("name", ["xor", "titanic"])
async def test_random_keys_with_breakpoints_and_watches_set(app_for: AppFor, name: str, idle: None) -> None:
    chance = random.Random(name)
    app = app_for(name, training__epochs=30)
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.screen.session  # type: ignore[attr-defined]
        for text in ("loss < 0.6", "iteration == 7", "changed(argmax(a2))", "accuracy.training > 0.6"):
            session.breakpoints.add(text)
        for text in ("loss", "accuracy.training", "W1[0,0]", "changed(W1)"):
            session.watches.add(text)
        for _ in range(30):
            for _ in range(10):
                app.simulate_key(chance.choice(KEYS))
            await pilot.resize_terminal(*chance.choice(SIZES))
        await pilot.resize_terminal(120, 40)
        screen = await back_to_the_stepper(app, pilot)
        await press(pilot, "b n n")
        session = screen.session  # a new one, where the keys have opened a scenario anew
        assert screen.moment.iteration == session.iteration
        assert screen.moment.frame.copy_of_buffer().tobytes() == session.frame.copy_of_buffer().tobytes()
        fresh = Session(Simulation(session.sim.experiment))
        fresh.go_to(session.iteration)
        assert fresh.frame["W1"].tobytes() == session.frame["W1"].tobytes()


async def test_breakpoints_and_watches_that_a_branch_has_no_numbers_for(app_for: AppFor) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "t")
        await typed(pilot, "max(W1.v) > 1e-9")
        await press(pilot, "down down")
        await typed(pilot, "W1.v[0,0]")
        assert "not on this branch" not in screen_text(app)
        await press(pilot, "escape r")
        await typed(pilot, "optimizer = sgd")
        await press(pilot, "t")
        assert screen_text(app).count("not on this branch") == 2
        await press(pilot, "escape f")
        await said(pilot, "No breakpoint can be tested on this branch")
        assert isinstance(app.screen, Stepper)
        assert app.screen.session.iteration == 0


async def test_a_broken_file_of_bookmarks_is_told_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bookmarks.json"
    path.write_text("{", encoding="utf-8")
    monkeypatch.setattr("nnsim.debugger.bookmarks.default_path", lambda: path)
    store = Store(tmp_path / "settings.toml")
    store.change(welcomed=True)
    app = NnsimApp(open_session("xor"), open_session, lambda: CARDS, store)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "M")
        assert "it is kept as bookmarks.json.broken" in " ".join(n.message for n in app._notifications)
        app.clear_notifications()
        await press(pilot, "escape m enter")
        await said(pilot, "Bookmark set at")
        assert not any("cannot be read" in notice.message for notice in app._notifications)
