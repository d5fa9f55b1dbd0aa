"""What if, on the screen: replacing numbers, taking back, silencing, the tree, two branches, races."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input, Label

import nnsim
from nnsim.debugger.races import Race, choices, survey
from nnsim.debugger.session import Session
from nnsim.tui.app import NnsimApp
from nnsim.tui.moment import describe, take
from nnsim.tui.renderers.branches import BranchLine, ablation_rows, branch_list
from nnsim.tui.renderers.compare import Compared, boundary_of, facts, losses_over
from nnsim.tui.renderers.header import header
from nnsim.tui.renderers.race import Start, choice_list, curves_of, map_of, table_of
from nnsim.tui.renderers.tensor import tensor
from nnsim.tui.rows import plain
from nnsim.tui.screens.branching import hidden_unit
from nnsim.tui.screens.compare import Compare
from nnsim.tui.screens.race import RaceScreen, _standings
from nnsim.tui.screens.silence import Losses, Silence
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.settings import Store
from nnsim.tui.widgets.compare import ComparePart
from nnsim.tui.widgets.edit import EditLine
from nnsim.tui.widgets.race import Choices, Table
from nnsim.tui.widgets.tensor import TensorPanel
from tests.tui.conftest import CARDS, moment_at, open_session
from tests.tui.helpers import assert_fits, click_on, lines, press, screen_text

Build = Callable[..., NnsimApp]
SIZES = [(120, 40), (80, 24), (200, 60), (60, 18)]
FROM_START = Start(False, 0)


def stepper(app: NnsimApp) -> Stepper:
    assert isinstance(app.screen, Stepper)
    return app.screen


def editing(app: App[None]) -> bool:
    return app.screen.query_one(EditLine).is_open


async def replace_by(pilot: Pilot[None], text: str) -> None:
    """Types an edit into the prompt."""
    await press(pilot, "r")
    assert editing(pilot.app)
    pilot.app.screen.query_one(Input).value = text
    await press(pilot, "enter")


async def until(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    for _ in range(600):
        if done():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came")


async def test_the_chosen_number_is_replaced_and_taken_back(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter enter n n n down right")
        before = stepper(app).moment.number
        await replace_by(pilot, "0,5")
        assert stepper(app).moment.number == 0.5
        assert stepper(app).session.branch.words == ("a1[1,1]=0.5@2",)
        text = screen_text(app)
        assert "branch: a1[1,1] = 0.5 at 2" in text
        assert "set by hand, in place of" in text
        await press(pilot, "backspace")
        assert "branch: a1" in screen_text(app)
        await press(pilot, "enter u")
        assert stepper(app).moment.number == before
        assert "branch:" not in screen_text(app)
        await press(pilot, "u")
        assert len(stepper(app).session.tree.branches) == 1


async def test_a_wrong_edit_is_told_where_it_was_typed_and_stays(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "n n")
        for text, told in [("abc", "is not a number"), ("W1[0,9]=1", "allowed: 0 to 3"), ("", "allowed: a number")]:
            await press(pilot, "r")
            app.screen.query_one(Input).value = text
            await press(pilot, "enter")
            assert editing(app)
            assert app.screen.query_one(Input).value == text
            label = app.screen.query_one("#allowed", Label)
            assert told in str(label.content)
            assert label.has_class("-wrong")
            await press(pilot, "escape")
        assert len(stepper(app).session.tree.branches) == 1


async def test_the_header_follows_the_settings_of_the_branch(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter enter enter")
        await replace_by(pilot, "optimizer = sgd")
        await replace_by(pilot, "learning rate = 0.25")
        await replace_by(pilot, "layer 1 activation = relu")
        first = screen_text(app).split("\n")[0]
        assert "SGD α 0.25" in first
        assert "4 relu" in first
        await press(pilot, "backspace")
        first = screen_text(app).split("\n")[0]
        assert "Adam α 0.05" in first
        assert "4 tanh" in first


@pytest.mark.parametrize("width", [200, 120, 80, 60])
def test_the_header_names_the_branch_beside_a_remark(width: int) -> None:
    moment = moment_at("xor", 300, "loss")
    branched = replace(moment, about=replace(moment.about, branch="layer 1 activation = sigmoid at 250"))
    rows = header(branched, width, 2, lambda room: [("✓", "bar")] if room > 0 else [])
    assert_fits(rows, width, 2)
    last = plain(rows[1]).rstrip()
    assert last.endswith("✓")
    assert "layer 1 activ" in last
    assert "iteration 300" in last
    assert ("branch: layer 1 activation = sigmoid at 250" in last) == (width >= 120)


async def test_a_unit_is_silenced_after_a_look_at_what_it_is_worth(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "d")
        assert isinstance(app.screen, Stepper)  # an input belongs to no hidden unit
        await press(pilot, "e n n n right right d")
        assert isinstance(app.screen, Silence)
        await until(pilot, lambda: app.screen.query_one(Losses).found is not None)
        found = app.screen.query_one(Losses).found
        assert found
        assert (found.layer, found.unit) == (1, "h3")
        await press(pilot, "escape d")
        await until(pilot, lambda: app.screen.query_one(Losses).found is not None)
        assert "without" in screen_text(app)
        await press(pilot, "enter")
        session = stepper(app).session
        assert session.branch.title == "h3 of layer 1 silenced at 33"
        assert not session.frame["W2"][2].any()
        assert session.sim.metrics() == found.training[1]


def test_the_hidden_unit_of_a_number() -> None:
    for op, index, unit in [
        ("x", (0, 1), None),
        ("z1", (0, 2), (1, 2)),
        ("dW1", (1, 2), (1, 2)),
        ("db1", (3,), (1, 3)),
        ("dW2", (3, 0), (1, 3)),
        ("W2.next", (1, 0), (1, 1)),
        ("a2", (0, 0), None),
        ("loss", (), None),
    ]:
        assert hidden_unit(moment_at("xor", 1, op, index)) == unit


async def test_the_tree_of_branches(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "T")
        assert "Only the original so far" in screen_text(app)
        await press(pilot, "escape enter enter")
        await replace_by(pilot, "W1[0,0] = 1")
        await replace_by(pilot, "b1[0] = 1")
        await press(pilot, "home enter")
        session = stepper(app).session
        await press(pilot, "T")
        lines = [line for line in screen_text(app).split("\n") if "at 2" in line or "the original" in line]
        assert any("● " in line and "  └ b1[0] = 1.0 at 2" in line for line in lines)
        await press(pilot, "up x")
        assert "delete first what begins on it" in screen_text(app).lower()
        await press(pilot, "enter")
        assert session.branch.title == "W1[0,0] = 1.0 at 2"
        assert session.iteration == 1
        await press(pilot, "T down x x")
        assert [branch.title for branch in session.tree.branches] == ["the original"]
        assert session.branch is session.tree.root
        await press(pilot, "x")
        assert "cannot be deleted" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, Stepper)


async def test_a_click_in_the_tree(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter")
        await replace_by(pilot, "W1[0,0] = 1")
        await press(pilot, "T")
        await click_on(pilot, "the original")
        await click_on(pilot, "the original")
        assert stepper(app).session.branch is stepper(app).session.tree.root


def compared(app: NnsimApp) -> Compared:
    assert isinstance(app.screen, Compare)
    shown = app.screen.query(ComparePart).first().shown
    assert shown
    return shown


@pytest.mark.parametrize("size", SIZES)
async def test_two_branches_side_by_side(app_for: Build, size: tuple[int, int]) -> None:
    app = app_for("xor")
    async with app.run_test(size=size) as pilot:
        await press(pilot, "C")
        assert isinstance(app.screen, Stepper)  # there is only one
        await press(pilot, "enter enter enter n n n")
        await replace_by(pilot, "0.5")
        session = stepper(app).session
        await press(pilot, "enter enter C")
        await until(pilot, lambda: app.screen.query(ComparePart).first().shown is not None)
        await until(pilot, lambda: compared(app).first is not None)
        first = compared(app).first
        assert first
        assert (first.iteration, first.tensor, first.other) == (3, "a1", 0.5)
        await press(pilot, "enter enter enter")
        await until(pilot, lambda: compared(app).iteration == 6)
        assert session.iteration == 5  # the cursor has not moved
        assert {branch.recorded for branch in session.tree.branches} == {6}
        text = screen_text(app)
        assert "iteration 6" in text
        await press(pilot, "space")
        await until(pilot, lambda: compared(app).iteration == 499)
        for branch, side in zip((session.tree.root, session.branch), compared(app).sides, strict=True):
            assert len(side.losses) >= 499
            with session.lock:
                here = session.iteration
                session.switch(branch)
                session.go_to(499)
                assert side.training == session.sim.metrics()
                session.switch(session.tree.branches[1])
                session.go_to(here)
        await press(pilot, "tab tab home escape")
        assert session.iteration == 5
        assert isinstance(app.screen, Stepper)


@pytest.mark.parametrize("size", SIZES)
async def test_a_race_from_the_screen(app_for: Build, size: tuple[int, int]) -> None:
    app = app_for("xor")
    async with app.run_test(size=size) as pilot:
        await press(pilot, "enter R")
        assert isinstance(app.screen, RaceScreen)
        await press(pilot, "down up enter")
        table = app.screen.query_one(Table)
        await until(pilot, lambda: table.standings is not None and table.standings.map is not None)
        standings = table.standings
        assert standings
        alone = Race(nnsim.load("xor"), {"training.optimizer.name": ["adam", "sgd", "momentum", "rmsprop"]})
        while not alone.advance(5):
            pass
        for shown, run in zip(standings.runs, alone.runs, strict=True):
            assert shown.metrics["training"] == run.metrics("training")
            assert shown.label == run.label
        await press(pilot, "v space down down enter escape")
        assert isinstance(app.screen, Stepper)
        assert stepper(app).session.iteration == 1


async def test_another_race_takes_the_place_of_the_first(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "R enter")
        await press(pilot, "down enter")
        table = app.screen.query_one(Table)
        await until(pilot, lambda: table.standings is not None)
        assert table.standings
        assert table.standings.title == "learning rate"
        await click_on(pilot, "seed")
        assert app.screen.query_one(Choices).chosen == 6


@pytest.mark.parametrize("name", ["neuron", "xor", "titanic", "logistic-titanic"])
def test_every_race_on_offer_can_be_run(name: str) -> None:
    for choice in choices(nnsim.load(name)):
        race = Race(nnsim.load(name), choice.vary, 2)
        assert race.advance(10)


@pytest.mark.parametrize(("width", "height"), [(120, 30), (60, 12), (30, 6), (20, 3)])
def test_pictures_fit(width: int, height: int) -> None:
    race = Race(nnsim.load("xor"), {"seed": [1, 2], "training.optimizer.name": ["sgd", "adam"]}, 5)
    race.advance(10)
    standings = _standings(choices(race.scenario)[0], FROM_START, race)
    for shown in (None, standings):
        for rows in (
            curves_of(shown, width, height),
            table_of(shown, width, height),
            map_of(shown, width, height, False),
            choice_list(choices(race.scenario), FROM_START, 3, 1, width, height),
        ):
            assert_fits(rows, width, height)


def test_the_table_of_a_race_keeps_what_it_is_judged_by() -> None:
    race = Race(nnsim.load("titanic"), {"training.optimizer.learning_rate": [0.001, 0.01]}, 40)
    race.advance(20)
    standings = _standings(choices(race.scenario)[0], FROM_START, race)
    wide, narrow = ("\n".join(map(plain, table_of(standings, width, 12))) for width in (100, 44))
    assert wide.count("validation") == 3
    assert "training" in wide
    assert narrow.count("validation") == 2
    assert "training" not in narrow
    best = min(race.runs, key=lambda run: run.metrics("validation")["loss"])
    marked = [line for line in wide.split("\n") if "◂" in line and "lowest" not in line]
    assert [best.label in line for line in marked] == [True]


def test_the_list_of_branches_fits() -> None:
    lines = [BranchLine(f"W1[0,{at}] = 0.5 at 1000", at, 1000 * at, 9999, float("nan"), at == 2) for at in range(9)]
    for width, height in ((100, 12), (50, 4), (30, 3)):
        rows = branch_list(lines, 4, 2, width, height)
        assert_fits(rows, width, height)
    assert "└ W1[0,4]" in plain(rows[-1]) or "└" in plain(branch_list(lines, 4, 0, 100, 12)[5])
    assert_fits(ablation_rows(({"loss": 1.0}, {"loss": np.nan}), ({}, {}), 20), 20, 3)


async def test_a_picture_never_shows_another_branch(app_for: Build) -> None:
    """The boundary at the same iteration, on the original and on a branch."""
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "e e e e")
        await pilot.press("7")
        seen = {}
        for key in ("", "W2[0,0] = 9", "u"):
            if key == "u":
                await press(pilot, "u")
            elif key:
                await replace_by(pilot, key)
            await pilot.pause(0.6)
            panel = stepper(app).query_one("PicturePanel")
            seen[key] = "\n".join(map(plain, panel._drawn))  # type: ignore[attr-defined]
        assert seen[""] == seen["u"]
        assert seen[""] != seen["W2[0,0] = 9"]


async def test_edits_while_it_runs(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space")
        await pilot.pause(0.3)
        await replace_by(pilot, "learning_rate = 0.01")
        assert not stepper(app).running
        start = stepper(app).session.branch.start
        await press(pilot, "space")
        await pilot.pause(0.3)
        await press(pilot, "space")
        session = stepper(app).session
        assert session.iteration > start
        assert session.sim.learning_rate(session.iteration) == 0.01
        assert stepper(app).moment.about.branch == session.branch.title


TYPED = [
    "0.5",
    "W1[0,0] = 1",
    "a1[0,1] = -2",
    "learning_rate = 0.2",
    "optimizer = sgd",
    "nonsense",
    "layer 1 h2 = 0",
    "",
    "nan",
]
MOVES = ["n", "N", "b", "enter", "backspace", "e", "E", "space", "home", "end", "right", "down", "v", "1", "7", "9"]
WHAT_IF = ["u", "d", "T", "C", "R", "u", "x", "c", "up", "tab", "escape", "escape"]


@pytest.mark.parametrize("name", ["xor", "titanic", "circles"])
async def test_random_branches(app_for: Build, name: str) -> None:
    app, chance = app_for(name), random.Random(name)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(70):
            on_stepper = isinstance(app.screen, Stepper)
            match chance.random():
                case share if share < 0.04:
                    await pilot.resize_terminal(*chance.choice(SIZES))
                case share if share < 0.2 and on_stepper:
                    await replace_by(pilot, chance.choice(TYPED))
                case share if share < 0.6 and on_stepper:
                    await pilot.press(chance.choice(MOVES))
                case _:
                    await pilot.press(chance.choice([key for key in WHAT_IF if key != "escape" or not on_stepper]))
        for _ in range(3):
            await pilot.press(*([] if isinstance(app.screen, Stepper) else ["escape"]))
            await pilot.pause(0.1)
        screen = stepper(app)
        await pilot.press(*(["space"] if screen.running else []))
        await pilot.resize_terminal(120, 40)
        await app.workers.wait_for_complete()
        await pilot.press("n", "b")
        await pilot.pause(0.1)
        session, moment = screen.session, screen.moment
        assert moment.frame is session.frame
        assert (moment.iteration, moment.op.name, moment.index) == (session.iteration, session.tensor, session.index)
        assert moment.about.branch == (session.branch.title if session.branch.parent else "")
        assert session.branch in session.tree.branches
        assert session.sim is session.branch.segment(session.iteration).sim


def test_pictures_of_a_comparison_fit() -> None:
    session = open_session("xor")
    session.go_to(40)
    session.go_to(20)
    session.edit("W1[0,0] = 3")
    session.go_to(40)
    from nnsim.debugger.comparison import Comparison

    comparison = Comparison(session, session.tree.root, session.branch)
    comparison.advance(10)
    shown = Compared(
        "XOR", comparison.sides(30), 30, 500, 40, 20, comparison.first, comparison.searched, True, ("x1", "x2")
    )
    for width, height in ((80, 20), (60, 10), (28, 5)):
        for rows in (
            losses_over(shown, width, height),
            facts(shown, width, height),
            boundary_of(shown, 0, width, height, False),
            boundary_of(shown, 1, width, height, True),
        ):
            assert_fits(rows, width, height)


@pytest.mark.parametrize("size", SIZES)
async def test_the_chosen_of_many_branches_is_in_sight(app_for: Build, size: tuple[int, int]) -> None:
    app = app_for("xor")
    async with app.run_test(size=size) as pilot:
        session = stepper(app).session
        for at in range(40):
            session.edit(f"W1[0,0] = {at}")
        await press(pilot, "T")
        assert "▸ ●" in screen_text(app)
        assert "⏎ stand there" in screen_text(app)
        await press(pilot, " ".join(["up"] * 40))
        assert "▸   the original" in screen_text(app)
        await press(pilot, "x")
        assert "The original cannot be deleted." in screen_text(app)
        await press(pilot, "down")
        assert "cannot be deleted" not in screen_text(app)
        assert "⏎ stand there" in screen_text(app)


async def test_values_of_a_race_can_be_typed(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "R down r")
        field = app.focused
        assert isinstance(field, Input)
        assert field.value == "0.005, 0.015, 0.05, 0.15, 0.5"
        for wrong, told in (
            ("0.1, abc", "allowed: a number above 0"),
            ("0.1", "found 1 run to compare; allowed: 2 to 24"),
            ("0.1, 0.1", "a value stands there twice"),
            (" , ", "found no value"),
        ):
            field.value = wrong
            await press(pilot, "enter")
            assert told in " ".join(screen_text(app).replace("│", "").split())
            assert field.value == wrong
        field.value = "0.02, .2"
        await press(pilot, "enter")
        table = app.screen.query_one(Table)
        await until(pilot, lambda: table.standings is not None and table.standings.done)
        assert table.standings
        alone = Race(nnsim.load("xor"), {"training.optimizer.learning_rate": [0.02, 0.2]})
        while not alone.advance(5):
            pass
        for shown, run in zip(table.standings.runs, alone.runs, strict=True):
            assert shown.metrics["training"] == run.metrics("training")


def offered(app: NnsimApp) -> str:
    """What the choices of a race say, in a line."""
    text = "\n".join(lines(app.screen.query_one(Choices).rows(38, 36)))
    return " ".join(text.replace("│", "").split())


async def test_on_a_branch_the_race_goes_on_from_here(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        session = stepper(app).session
        session.go_to(20)
        session.edit("W1[0,2] = 0.5")
        session.go_to(30)
        await press(pilot, "n R")
        assert "From iteration 30 of W1[0,2] = 0.5 at 20, with its weights:" in offered(app)
        assert "f from the start of training" in offered(app)
        await press(pilot, "down enter")
        table = app.screen.query_one(Table)
        await until(pilot, lambda: table.standings is not None and table.standings.done)
        assert table.standings
        assert "from iteration 30" in screen_text(app).split("\n")[0]
        session.go_to(500)  # the third one is the learning rate that the branch has
        same = next(run for run in table.standings.runs if run.label == "0.05")
        assert same.at[0] == 30
        assert same.losses[-1] == session.branch.losses[-1]
        await press(pilot, "f")
        assert "From the start of training, without the edits of the branch:" in offered(app)
        assert "start weights of layer 1" in offered(app)
        await press(pilot, "escape")
        assert stepper(app).session.iteration == 500


async def test_at_the_very_start_there_is_one_start(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "R")
        assert "From the start of training:" in screen_text(app)
        await press(pilot, "f")
        assert "From the start of training:" in screen_text(app)


async def test_at_the_end_of_training_nothing_is_left_to_race_for(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(80, 24)) as pilot:
        stepper(app).session.go_to(499)
        await press(pilot, "n R f")
        assert "From iteration 499" in screen_text(app)
        await press(pilot, "enter")
        await until(pilot, lambda: any("nothing is left" in each.message for each in app._notifications))


async def test_typed_values_are_there_the_next_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("nnsim.debugger.race_values.user_state_path", lambda name: tmp_path / name)
    (tmp_path / "settings.toml").write_text("welcomed = true", encoding="utf-8")
    for again in (False, True):
        app = NnsimApp(open_session("xor"), open_session, lambda: CARDS, Store(tmp_path / "settings.toml"))
        async with app.run_test(size=(120, 40)) as pilot:
            await press(pilot, "R down r")
            field = app.focused
            assert isinstance(field, Input)
            assert field.value == ("0.02, 0.2" if again else "0.005, 0.015, 0.05, 0.15, 0.5")
            field.value = "0.02, .2"
            await press(pilot, "enter" if not again else "escape")
            await press(pilot, "escape R")  # also in the same start
            assert app.screen.query_one(Choices).choices[1].vary == {"training.optimizer.learning_rate": [0.02, 0.2]}


async def test_the_theme_may_change_before_a_unit_is_measured(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n")
        for key in "d", "f2", "f2":
            app.simulate_key(key)
        await until(pilot, lambda: "loss, training" in screen_text(app))


def test_runs_that_have_no_room_are_counted() -> None:
    race = Race(nnsim.load("xor"), {"seed": [1, 2, 3, 4, 5]}, 2)
    race.advance(10)
    shown = _standings(choices(race.scenario)[0], FROM_START, race)
    assert "… 2 more" in "\n".join(lines(table_of(shown, 60, 8)))
    assert "more" not in "\n".join(lines(table_of(shown, 60, 9)))


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ({"network.layers.0.activation": ["tanh", "relu"]}, True),
        ({"training.l2": [0.0, 0.1]}, True),
        ({"training.optimizer.name": ["sgd", "adam"]}, False),
    ],
)
def test_a_map_says_whose_loss_it_shows(vary: dict[str, list[object]], said: bool) -> None:
    race = Race(nnsim.load("xor"), vary, 5)
    race.advance(10)
    shown = _standings(choices(race.scenario)[0], FROM_START, race, survey(race))
    assert ("heights: run a" in "\n".join(lines(map_of(shown, 90, 20, False)))) == said


def frame_is_bright(app: App[None]) -> bool:
    """Whether the tensor's panel looks as if it had the focus."""
    return app.screen.query_one(TensorPanel)._drawn[0][0][1] == "focus"


async def test_the_edit_line_has_its_own_keys_and_gives_the_others_back(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter n n n down")
        before = stepper(app).session.standing()
        await press(pilot, "r 0 n tab up down pageup pagedown shift+tab 5")
        assert editing(app)
        assert not frame_is_bright(app)
        assert app.screen.query_one(Input).value == "0n5"
        assert stepper(app).session.standing() == before
        await press(pilot, "escape")
        assert not editing(app)
        assert "replace, in a branch of its own" not in screen_text(app)
        assert frame_is_bright(app)
        await press(pilot, "right")
        assert stepper(app).session.index == (1, 1)
        await press(pilot, "r")
        assert app.screen.query_one(Input).value == ""
        await press(pilot, "0 . 5 enter n")  # the next key is the stepper's again
        assert stepper(app).session.tensor == "z2"
        assert len(stepper(app).session.tree.branches) == 2


@pytest.mark.parametrize("leave", ["click", "palette"])
async def test_an_edit_never_meets_another_number_than_it_asked_for(app_for: Build, leave: str) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n n r 7")
        if leave == "click":
            await click_on(pilot, "#2")
        else:
            await press(pilot, "ctrl+p")
            await press(pilot, "escape")
        assert not editing(app)
        await press(pilot, "enter")
        assert len(stepper(app).session.tree.branches) == 1


def marked(session: Session, op: str) -> list[str]:
    """The rows of the table in which a number is marked as set by hand, and the line below it."""
    position = session.program.position(op)
    assert position is not None
    session.go_to_op(position)
    picture = tensor(take(session, describe(session)), 100, 24)
    return [line.strip("▸ ").split("  ")[0] for line in lines(picture.rows) if "✎" in line] + [plain(picture.remark)]


def test_numbers_set_by_hand_are_marked_where_they_stand() -> None:
    session = open_session("xor")
    session.go_to(3)
    session.edit("a1[1,2] = 0.5")
    *rows, below = marked(session, "a1")
    assert [row[:2] for row in rows] == ["#1"]
    assert "✎ set by hand" in below
    session.edit("W1[0,1] = 2")
    assert marked(session, "W1.m")[:-1] == ["x1 → h2"]
    assert "✎" not in marked(session, "a2")[-1]
    session.next_iteration()
    assert not any("✎" in row for op in ("a1", "W1.m") for row in marked(session, op))
    session.previous_iteration()
    assert marked(session, "W1.m")[:-1] == ["x1 → h2"]
    session.switch(session.tree.root)
    assert not any("✎" in row for op in ("a1", "W1.m") for row in marked(session, op))


def test_data_and_held_weights_stay_marked() -> None:
    session = open_session("xor")
    session.go_to(3)
    session.edit("x[2,0] = 4")
    session.edit("layer 1 h2 = 0")
    session.go_to(9)
    assert [row[:2] for row in marked(session, "x")[:-1]] == ["#2"]
    assert marked(session, "W2.step")[:-1] == ["h2"]
    session.go_to(2)
    assert "✎" not in marked(session, "x")[-1]


async def test_a_key_is_not_lost_in_a_line_that_is_closing(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter r 5")
        line, at = app.screen.query_one(EditLine), stepper(app).session.op_index
        line.action_close(False)
        app.post_message(Key("n", "n"))
        await until(pilot, lambda: stepper(app).session.op_index == at + 1)
        assert line.query_one(Input).value == "5"
        assert not line.visible
