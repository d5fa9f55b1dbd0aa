"""The screen on which a scenario is changed before it starts."""

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.widgets import Input

import nnsim
from nnsim.cli import main
from nnsim.debugger.session import Session
from nnsim.scenario import Scenario, ScenarioError, from_csv
from nnsim.scenario import preparation as preparing
from nnsim.scenario.editing import Draft
from nnsim.scenario.fields import Field
from nnsim.tui.app import NnsimApp
from nnsim.tui.learning import Learning, start
from nnsim.tui.renderers.design import field_rows, remarks, scrolled
from nnsim.tui.screens import design
from nnsim.tui.screens.design import Ask, Design
from nnsim.tui.screens.guided import GuidedStepper
from nnsim.tui.screens.picker import Picker
from nnsim.tui.screens.stepper import Stepper
from tests.tui.conftest import CARDS, open_session
from tests.tui.helpers import assert_fits, click_on, lines, press, screen_text

Build = Callable[..., NnsimApp]
SIZES = [(80, 24), (200, 60), (60, 18)]


def designing(app: NnsimApp) -> Design:
    assert isinstance(app.screen, Design)
    return app.screen


def session(app: NnsimApp) -> Session:
    assert isinstance(app.screen, Stepper)
    return app.screen.session


def choose(app: NnsimApp, label: str, group: str = "") -> None:
    """Goes to a field by its label."""
    screen = designing(app)
    at = next(at for at, each in enumerate(screen.fields) if each.label == label and each.group.startswith(group))
    screen.action_choose(at - screen.chosen)


async def started(app: NnsimApp, pilot: object) -> None:
    await app.workers.wait_for_complete()
    await pilot.pause()  # type: ignore[attr-defined]


async def test_a_change_starts_and_esc_changes_nothing(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        before = session(app)
        await press(pilot, "n n D")
        choose(app, "units", "Hidden")
        await press(pilot, "right right")
        assert "2 inputs → 6 tanh → 1 sigmoid" in screen_text(app)
        assert "h6" in screen_text(app)
        await press(pilot, "escape")
        assert session(app) is before
        assert session(app).sim.experiment.network.layers[0].units == 4
        await press(pilot, "D")
        choose(app, "units", "Hidden")
        await press(pilot, "right enter")
        await started(app, pilot)
        assert session(app) is not before
        assert session(app).sim.experiment.network.layers[0].units == 5
        assert session(app).iteration == 0
        assert "XOR, changed" in screen_text(app)


async def test_the_same_start_and_a_new_one(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        first = session(app).sim.frame["W1"]
        await press(pilot, "enter enter D enter")
        await started(app, pilot)
        assert session(app).iteration == 0
        assert (session(app).sim.frame["W1"] == first).all()
        await press(pilot, "D n")
        await started(app, pilot)
        assert session(app).sim.experiment.seed == 8
        assert not (session(app).sim.frame["W1"] == first).any()


async def test_what_was_typed_stays_until_it_is_right(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D")
        choose(app, "learning rate")
        await press(pilot, "0 x enter")
        assert isinstance(app.screen, Ask)
        assert app.screen.query_one(Input).value == "0x"
        assert 'training.optimizer.learning_rate: found "0x"; allowed: a number above 0' in screen_text(app)
        await press(pilot, "backspace . 2 enter")
        assert designing(app).draft.document["training"]["optimizer"]["learning_rate"] == 0.2
        await press(pilot, "space")
        assert isinstance(app.screen, Ask)
        assert app.screen.query_one(Input).value == "0.2"
        await press(pilot, "7 escape")
        assert designing(app).draft.document["training"]["optimizer"]["learning_rate"] == 0.2


async def test_layers_undo_and_what_follows_is_said(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D plus")
        assert "8 inputs → 8 relu → 8 relu → 1 sigmoid" in screen_text(app)
        choose(app, "loss")
        await press(pilot, "right")
        text = screen_text(app)
        assert "8 inputs → 8 relu → 8 relu → 2 softmax" in text
        assert "The output layer is softmax now, which goes with categorical_cross_entropy." in text
        await press(pilot, "u")
        assert "8 relu → 1 sigmoid" in screen_text(app)
        await press(pilot, "minus minus minus")
        assert designing(app).draft.document["network"]["layers"][0]["activation"] == "sigmoid"
        assert "there is no hidden layer to drop" in screen_text(app)
        await press(pilot, "u u u u")
        assert not designing(app).draft.changed
        assert "nothing has been changed" in screen_text(app)


async def test_it_is_saved_and_never_over_another_file(
    app_for: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.toml").write_text("kept")
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D right plus w")
        assert isinstance(app.screen, Ask)
        app.screen.query_one(Input).value = "taken.toml"
        await press(pilot, "enter")
        assert "taken.toml is there already" in screen_text(app)
        assert (tmp_path / "taken.toml").read_text() == "kept"
        assert isinstance(app.screen, Ask)
        app.screen.query_one(Input).value = "no"
        await press(pilot, "enter")
        assert "a name that ends with .toml" in screen_text(app)
        assert isinstance(app.screen, Ask)
        assert app.screen.query_one(Input).value == "no"
        app.screen.query_one(Input).value = "mine.toml"
        await press(pilot, "enter")
        assert "nnsim mine.toml opens it" in screen_text(app)
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, Ask)
        app.screen.query_one(Input).value = "taken.toml"
        await press(pilot, "enter enter")
        assert designing(app)
    document = tomllib.loads((tmp_path / "mine.toml").read_text())
    assert document["seed"] == 6
    assert [layer["units"] for layer in document["network"]["layers"]] == [8, 8, 1]
    assert (tmp_path / "taken.toml").read_text() == (tmp_path / "mine.toml").read_text()
    assert main(["check", "mine.toml"]) == 0
    assert "8 → 8 relu → 8 relu → 1 sigmoid" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["", " ", "~nobody-is-called-this/x.toml", "x" * 400 + ".toml", "no/folder/x.toml", ".."]
)
async def test_a_name_that_cannot_be_is_said(
    app_for: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D w")
        assert isinstance(app.screen, Ask)
        app.screen.query_one(Input).value = name
        await press(pilot, "enter enter")
        assert isinstance(app.screen, Ask)
        assert "cannot be" in screen_text(app)
    assert not list(tmp_path.iterdir())


async def test_leaving_a_changed_table_asks_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = table_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        choose(app, "epochs")
        await press(pilot, "right escape")
        assert "Esc once more leaves nnsim" in screen_text(app)
        assert app.is_running
        await press(pilot, "right escape")  # there is more to lose than was said
        assert app.is_running
        await press(pilot, "w enter")
        assert "Saved: nnsim my-my.toml opens it." in screen_text(app)
        await press(pilot, "escape")
        assert not app.is_running


async def test_an_unchanged_table_is_left_at_once(tmp_path: Path) -> None:
    app = table_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "down escape")
        assert not app.is_running


async def test_another_column_is_the_target(tmp_path: Path) -> None:
    app = table_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        choose(app, "target")
        assert "It holds 0 (40 rows), 1 (40 rows)." in screen_text(app)
        await press(pilot, "left")
        text = screen_text(app)
        assert "Design: [red]colour of my.csv" in text
        assert "2 inputs → 8 relu → 3 softmax" in text
        assert "Passed over: note; " in text
        await press(pilot, "u")
        assert "2 softmax" not in screen_text(app)
        assert "3 inputs → 8 relu → 1 sigmoid" in screen_text(app)
        await press(pilot, "left enter")
        await started(app, pilot)
        assert session(app).sim.experiment.data.input_names == ("size", "y")


def table_app(tmp_path: Path) -> NnsimApp:
    rows = "".join(f"{row % 9},{'rgb'[row % 3]},[b]{row},{row % 2}\n" for row in range(80))
    (tmp_path / "my.csv").write_text("size,[red]colour,note,y\n" + rows)
    scenario = from_csv(tmp_path / "my.csv", "y")
    return NnsimApp(None, open_session, lambda: CARDS, design=scenario)


async def test_a_table_is_shown_before_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = table_app(tmp_path)
    monkeypatch.setattr(preparing, "read_csv", lambda *_: pytest.fail("the table is read again"))
    async with app.run_test(size=(120, 40)) as pilot:
        text = screen_text(app)
        assert "Found 80 rows; the target asks for two classes (binary classification)." in text
        assert "Left out: note; the list of inputs says why." in text
        choose(app, "[red]colour")
        assert "[x] [red]colour" in screen_text(app)
        await press(pilot, "right")
        assert "[ ] [red]colour" in screen_text(app)
        assert "1 input → 8 relu" in screen_text(app)
        choose(app, "size")
        await press(pilot, "space")
        assert "data.features: found an empty list" in screen_text(app)
        await press(pilot, "enter")
        await started(app, pilot)
        assert session(app).sim.experiment.data.input_names == ("size",)
        await press(pilot, "D")
        assert designing(app).draft.scenario is session_below(app).sim.experiment
        await press(pilot, "escape p")
        assert isinstance(app.screen, Picker)


def session_below(app: NnsimApp) -> Session:
    screen = app.screen_stack[-2]
    assert isinstance(screen, Stepper)
    return screen.session


def test_the_command_line_shows_a_table_before_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my.csv").write_text("a,y\n" + "".join(f"{row},{row % 2}\n" for row in range(20)))
    shown: list[tuple[object, dict[str, object]]] = []
    monkeypatch.setattr("nnsim.tui.run", lambda session, *_, **others: shown.append((session, others)))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main([str(tmp_path / "my.csv"), "--target", "y", "--seed", "3", "--memory", "7"]) == 0
    assert main(["xor"]) == 0
    (nothing, table), (xor, others) = shown
    assert nothing is None
    assert isinstance(scenario := table["design"], Scenario)
    assert (scenario.seed, scenario.data.input_names) == (3, ("a",))
    assert isinstance(xor, Session)
    assert others["design"] is None


async def test_esc_on_the_first_screen_leaves(tmp_path: Path) -> None:
    app = table_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "escape")
    assert app.return_value is None
    assert not app.is_running


async def test_very_many_data_are_prepared_in_the_background(app_for: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(design, "LARGE", 0)
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D right")
        await started(app, pilot)
        assert designing(app).draft.scenario.seed == 6
        await press(pilot, "8 x enter")
        await started(app, pilot)
        assert isinstance(app.screen, Ask)
        await press(pilot, "escape n")
        await started(app, pilot)
        await started(app, pilot)
        assert session(app).sim.experiment.seed == 7


async def test_who_leaves_meanwhile_starts_nothing(app_for: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = Event()
    attempt = design._attempt

    def slow(draft: Draft, change: design.Change) -> Draft | str:
        go_on.wait(10)
        return attempt(draft, change)

    monkeypatch.setattr(design, "LARGE", 0)
    monkeypatch.setattr(design, "_attempt", slow)
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        before = session(app)
        await press(pilot, "D n right enter")
        assert "One moment" in screen_text(app)
        await press(pilot, "escape")
        go_on.set()
        await started(app, pilot)
        assert session(app) is before


async def test_the_mouse(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D")
        await click_on(pilot, "units", after="Hidden")
        assert designing(app).field.key == "network.layers.0.units"
        await click_on(pilot, "›", after="Hidden")
        await click_on(pilot, "›", after="Hidden")
        await click_on(pilot, "‹", after="Hidden")
        assert designing(app).draft.document["network"]["layers"][0]["units"] == 5
        await click_on(pilot, "5", after="Hidden")
        assert isinstance(app.screen, Ask)


@pytest.mark.parametrize("size", SIZES)
async def test_every_field_comes_into_sight(app_for: Build, size: tuple[int, int]) -> None:
    app = app_for("titanic")
    async with app.run_test(size=size) as pilot:
        await press(pilot, "D")
        for each in designing(app).fields:
            marked = next(line for line in screen_text(app).split("\n") if "▸" in line)
            assert each.label[:8] in marked
            await press(pilot, "down")
        assert designing(app).chosen == len(designing(app).fields) - 1
        await press(pilot, "tab")
        assert designing(app).chosen == 0
        await press(pilot, "shift+tab")
        assert designing(app).field.kind == "column"


async def test_no_room_and_no_color(app_for: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D")
        await pilot.resize_terminal(50, 15)
        await pilot.pause()
        assert "needs 60×18" in screen_text(app)
    monkeypatch.setenv("NO_COLOR", "1")
    app = NnsimApp(open_session("digits"), open_session, lambda: CARDS)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "D right down f2")
        assert "▸" in screen_text(app)


async def test_a_network_with_very_many_weights_has_no_picture(app_for: Build) -> None:
    app = app_for("digits")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D")
        choose(app, "units", "Hidden")
        await press(pilot, "9 0 0 0 enter")
        assert "9,000 relu" in screen_text(app)
        assert "675,010 parameters" in screen_text(app)
        await press(pilot, "9 9 9 9 9 9 enter")
        assert "network.layers: found" in screen_text(app)
        assert "up to 5000000" in screen_text(app)


GUIDE = """
title = "Locked"
scenario = "xor"
locked = [{locked}]
[[steps]]
at = "iteration 0, z1"
text = "Look."
"""


@pytest.mark.parametrize("locked", [True, False])
async def test_a_guide_can_keep_the_settings(tmp_path: Path, locked: bool) -> None:
    from nnsim.scenario.guides import read_guide

    (tmp_path / "g.toml").write_text(GUIDE.format(locked='"settings"' if locked else ""))
    run = start(read_guide(tmp_path / "g.toml"))
    app = NnsimApp(None, open_session, lambda: CARDS, learning=Learning(first=run))
    async with app.run_test(size=(120, 40)) as pilot:
        await started(app, pilot)
        await press(pilot, "D")
        assert isinstance(app.screen, GuidedStepper if locked else Design)
        if locked:
            assert any("keeps the settings" in each.message for each in app._notifications)


async def test_a_guide_beside_a_scenario_is_offered(tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text('title = "Beside"\n[[steps]]\nat = "iteration 0, z1"\ntext = "Look."\n')
    xor = nnsim.load("xor", {"guide": str(tmp_path / "g.toml")})
    from nnsim.scenario.saving import save

    save(xor, tmp_path / "my.toml")
    scenario = nnsim.load(tmp_path / "my.toml")
    app = NnsimApp(Session(nnsim.Simulation(scenario), "Mine", name="my"), open_session, lambda: CARDS)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert any("A guide leads through" in each.message for each in app._notifications)
        await press(pilot, "backslash")
        await started(app, pilot)
        await started(app, pilot)
        assert isinstance(app.screen, GuidedStepper)
        assert "Look." in screen_text(app)
        assert app.screen.session.sim.experiment.source == str(tmp_path / "my.toml")  # type: ignore[attr-defined]


KEYS = "left right up down plus minus u tab shift+tab space enter n 1 0 . x backspace escape pagedown end home D w G f2"


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(keys=st.lists(st.sampled_from(KEYS.split()), max_size=30), name=st.sampled_from(["xor", "titanic", "mazur"]))
async def test_any_keys(keys: list[str], name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("here"))
        app = NnsimApp(open_session(name), open_session, lambda: CARDS)
        async with app.run_test(size=(80, 24)) as pilot:
            await press(pilot, " ".join(["D", *keys]))
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert screen_text(app).strip()


# renderers


def test_a_long_value_is_whole_on_a_small_screen() -> None:
    every = nnsim_fields()
    at = next(at for at, each in enumerate(every) if each.label == "loss")
    for chosen in (at, at + 1):
        shown = lines(field_rows(every, chosen, frozenset(), 34)[0])
        assert any("loss" in line and "binary_cross_entropy" in line for line in shown)


@pytest.mark.parametrize("width", [20, 34, 48])
def test_rows_of_fields_fit(width: int) -> None:
    every = nnsim_fields()
    for chosen in (0, 7, len(every) - 1):
        rows, place = field_rows(every, chosen, frozenset(), width)
        assert_fits(rows, width, len(rows))
        assert lines(rows)[place].startswith("▸")
        assert sum(line.startswith("▸") for line in lines(rows)) == 1


def nnsim_fields() -> tuple[Field, ...]:
    return Design(nnsim.load("titanic")).fields


def test_remarks_fit_and_end_with_what_is_wrong() -> None:
    for each in nnsim_fields():
        for height in (2, 4, 6):
            rows = remarks(each, ["what is wrong with it"], True, 40, height)
            assert_fits(rows, 40, height)
            assert "what is wrong with it" in lines(rows)
            assert_fits(remarks(each, [], False, 40, height), 40, height)


@given(st.integers(0, 100), st.integers(1, 100), st.integers(1, 40), st.data())
def test_the_chosen_row_is_in_sight(first: int, count: int, height: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, count - 1))
    top = scrolled(first, place, count, height)
    assert 0 <= top <= place < top + height


def test_refusals_are_scenario_errors() -> None:
    with pytest.raises(ScenarioError):
        Design(nnsim.load("xor")).draft.drop_layer(5)
