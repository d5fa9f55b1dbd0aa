"""Digits, overview, check, zoom, copies, settings: what changes the view and not the session."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nnsim.debugger.progress import Progress
from nnsim.scenario import catalogue
from nnsim.tui.app import NnsimApp
from nnsim.tui.learning import Learning
from nnsim.tui.screens.help import Help
from nnsim.tui.screens.picker import Picker
from nnsim.tui.screens.running import GENTLE, followable
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.screens.welcome import WelcomeScreen
from nnsim.tui.settings import Settings, Store, as_toml
from nnsim.tui.widgets.panel import Panel
from nnsim.tui.widgets.tensor import TensorPanel
from tests.tui.conftest import CARDS, open_session
from tests.tui.helpers import press, screen_text

Build = Callable[..., NnsimApp]


def stored(path: Path) -> NnsimApp:
    return NnsimApp(open_session("xor"), open_session, lambda: CARDS, Store(path))


@pytest.fixture(autouse=True)
def _in_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


async def test_digits_in_table_and_explanation(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n n down")
        value = float(stepper(app).session.frame["a1"][1, 0])
        assert f"{value:.4f}" in screen_text(app)
        await press(pilot, "minus minus")
        assert f"Why {value:.2f}?" in screen_text(app)
        await press(pilot, "plus " * 12)
        assert screen_text(app).count(repr(value)) >= 3


def stepper(app: NnsimApp) -> Stepper:
    assert isinstance(app.screen, Stepper)
    return app.screen


async def test_rounded_operands_that_do_not_give_the_result_say_so(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter N N N n n minus minus")
        assert "≈ rounded as shown; + shows more digits" in screen_text(app)


async def test_the_overview_and_back(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n")
        before = screen_text(app)
        await press(pilot, "h")
        assert "▀▀▀▀" in screen_text(app)
        assert "h numbers" in screen_text(app)
        await press(pilot, "right")
        assert stepper(app).session.index == (0, 1)
        await press(pilot, "left h")
        assert screen_text(app) == before


async def test_a_gradient_is_checked_on_request(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await press(pilot, "enter N N N n n")
        assert stepper(app).session.tensor == "dW2"
        assert "check" not in screen_text(app)
        await press(pilot, "c")
        assert "(L(w + ε) − L(w − ε)) / 2ε" in screen_text(app)
        assert "✓" in next(line for line in screen_text(app).split("\n") if "2ε" in line)
        await press(pilot, "down")
        assert "2ε" not in screen_text(app)
        await press(pilot, "b c")
        await pilot.pause(0.2)
        assert "Only gradients of weights and biases" in screen_text(app)


async def test_numbers_that_are_none_are_not_said_to_differ(app_for: Build) -> None:
    app = app_for("exploding")
    async with app.run_test(size=(120, 40)) as pilot:
        session = stepper(app).session
        session.go_to(159)
        session.go_to_op([op.name for op in session.program].index("dW1"))
        await press(pilot, "c")
        assert "2ε = nan: no number" in screen_text(app)
        assert "✗" not in screen_text(app)


async def test_one_panel_fills_the_screen_and_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "nnsim" / "settings.toml"
    path.parent.mkdir()
    path.write_text("welcomed = true\n")
    app = stored(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "z")
        shown = [panel for panel in app.screen.query(Panel) if panel.display]
        assert [type(panel) for panel in shown] == [TensorPanel]
        assert shown[0].size.width == 120
        await press(pilot, "tab")
        assert [panel.key for panel in app.screen.query(Panel) if panel.display] == ["why"]
    app = stored(path)
    async with app.run_test(size=(120, 40)) as pilot:
        assert [panel.key for panel in app.screen.query(Panel) if panel.display] == ["why"]
        await press(pilot, "z")
        assert len([panel for panel in app.screen.query(Panel) if panel.display]) == 4


async def test_the_projector_shows_two_panels(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "f3")
        assert len([panel for panel in app.screen.query(Panel) if panel.display]) == 2
        await press(pilot, "tab tab")
        assert isinstance(app.focused, Panel)
        assert app.focused.display
        await press(pilot, "f3")
        assert len([panel for panel in app.screen.query(Panel) if panel.display]) == 4


async def test_the_welcome_is_shown_once_and_any_key_closes_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    app = stored(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, WelcomeScreen)
        await press(pilot, "n")
        assert stepper(app).session.tensor == "x"
        await press(pilot, "n")
        assert stepper(app).session.tensor == "y"
    app = stored(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, Stepper)


async def test_the_welcome_waits_for_a_screen_where_its_keys_work(tmp_path: Path) -> None:
    app = NnsimApp(None, open_session, lambda: CARDS, Store(tmp_path / "settings.toml"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, Picker)
        assert "Esc" not in screen_text(app)
        await press(pilot, "enter")
        await app.workers.wait_for_complete()
        await pilot.pause(0.05)
        assert isinstance(app.screen, WelcomeScreen)
        await press(pilot, "x p")
        assert isinstance(app.screen, Picker)
        assert "Esc back" in screen_text(app)


async def test_the_ends_of_a_list_of_scenarios_and_of_lessons(tmp_path: Path) -> None:
    learning = Learning(Progress(tmp_path / "progress.json"), course_first=True)
    app = NnsimApp(None, open_session, catalogue, learning=learning)
    async with app.run_test(size=(120, 40)) as pilot:
        for keys in ("", "p"):
            await press(pilot, f"{keys} end")
            last = chosen(app)
            await press(pilot, "down")
            assert chosen(app) == last
            await press(pilot, "home")
            first = chosen(app)
            await press(pilot, "up")
            assert chosen(app) == first != last
            assert ("Esc back" in screen_text(app)) == bool(keys)


def chosen(app: NnsimApp) -> str:
    """The line with the mark of what is chosen."""
    return next(line for line in screen_text(app).split("\n") if "▸" in line)


async def test_keys_are_remapped_also_where_they_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('welcomed = true\n[keys]\n"step.next" = "j"\n')
    app = stored(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "j n")
        assert stepper(app).session.tensor == "y"
        assert "j next" in screen_text(app)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, Help)
        assert any(line.strip(" │").startswith("j ") for line in screen_text(app).split("\n"))


async def test_theme_and_digits_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("welcomed = true\n")
    app = stored(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "f2 plus")
    assert Store(path).settings == Settings(theme="nnsim-light", digits=5, welcomed=True)


async def test_a_broken_file_is_one_notice_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("digits = = 4")
    app = stored(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "plus")
        assert "cannot be read" in " ".join(app.store.notice.split())
        assert isinstance(app.screen, Stepper)
    assert path.read_text() == "digits = = 4"


def test_what_means_nothing_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('digits = 99\nnonsense = 1\ntheme = "nord"\nkeys = { a = 1 }\n')
    store = Store(path)
    assert store.settings == Settings(theme="nord")
    assert "digits, nonsense, keys" in store.notice


def test_settings_survive_their_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    settings = Settings(theme='a "b"\\', digits=6, keys={"step.next": "j", "go.go-to": "ctrl+g"})
    path.write_text(as_toml(settings), encoding="utf-8")
    assert Store(path).settings == settings


def test_a_folder_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "settings.toml")
    store.change(digits=6)
    assert store.settings.digits == 6


async def test_a_panel_is_copied_as_text(app_for: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n n down tab y")
        assert "a₁[#1,h1] = tanh(z₁[#1,h1])" in app.clipboard
        assert "│" not in app.clipboard


async def test_copies_and_pictures_as_files(app_for: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        app.store.change(copy="file")
        await press(pilot, "n n y S S")
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == [
            "nnsim-xor-iteration-0-2.svg",
            "nnsim-xor-iteration-0-tensor.txt",
            "nnsim-xor-iteration-0.svg",
        ]
        assert (tmp_path / names[2]).read_text(encoding="utf-8").startswith("<svg")
        assert "weighted sum" in (tmp_path / names[1]).read_text(encoding="utf-8")


@pytest.mark.parametrize("keys", ["", "tab", "tab tab tab"])
async def test_help_belongs_to_the_focused_panel(app_for: Build, keys: str) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 60)) as pilot:
        await press(pilot, keys)
        panel = app.focused
        assert isinstance(panel, Panel)
        await press(pilot, "question_mark")
        assert panel.heading in screen_text(app)
        assert panel.about[0][1] in screen_text(app)


def test_a_run_starts_so_that_it_can_be_followed() -> None:
    assert followable(0) <= 2
    assert followable(0.5) < 30
    assert followable(1.5) > 100
    assert followable(GENTLE) == float("inf")


async def test_block_markers_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    async with stored(path).run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter enter")
        assert any("⠁" <= letter <= "⣿" for letter in screen_text(pilot.app))
        await press(pilot, "f5")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert not any("⠁" <= letter <= "⣿" for letter in screen_text(pilot.app))
        assert any(letter in "▖▗▘▝▚▞▙▟▛▜▌▐" for letter in screen_text(pilot.app))
    assert "blocks = true" in path.read_text()
    app = stored(path)
    async with app.run_test(size=(120, 40)):
        assert "view: block markers" in {command.title for command in app.get_system_commands(app.screen)}
        assert not any("⠁" <= letter <= "⣿" for letter in screen_text(app))


@pytest.mark.parametrize("size", [(120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_one_panel_alone_takes_all_the_room(app_for: Build, size: tuple[int, int]) -> None:
    app = app_for("xor")
    async with app.run_test(size=size) as pilot:
        room = app.screen.query_one("#panels").region
        panels = list(app.screen.query(Panel))
        assert sum(panel.region.area for panel in panels) == room.area
        await press(pilot, "z")
        assert [panel.region for panel in panels if panel.display] == [room]
        await press(pilot, "z f3")
        assert {panel.region.width for panel in panels if panel.display} == {room.width - 16}


async def test_a_change_of_focus_draws_frames_only(app_for: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        panel = app.screen.query_one(TensorPanel)
        before = panel.render_lines(panel.size.region)
        monkeypatch.setattr(TensorPanel, "inside", lambda *_: pytest.fail("drawn anew"))
        await press(pilot, "tab")
        assert not panel.has_focus
        after = panel.render_lines(panel.size.region)
        assert [line.text for line in after] == [line.text for line in before]
        assert after != before
