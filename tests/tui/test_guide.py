"""Guides and lessons on the screen."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.pilot import Pilot

from nnsim.debugger.answers import Asked, Reply
from nnsim.debugger.guide import Page, simulation_of
from nnsim.debugger.progress import Progress
from nnsim.scenario.course import course
from nnsim.scenario.guides import names as guide_names
from nnsim.scenario.guides import read_guide
from nnsim.tui.app import NnsimApp
from nnsim.tui.covering import covered
from nnsim.tui.learning import Learning, start
from nnsim.tui.moment import Moment, describe, take
from nnsim.tui.renderers.course import Entry, course_head, lessons, scrolled, summary
from nnsim.tui.renderers.guide import GuideView, guide, guide_body
from nnsim.tui.rows import width_of, wrapped
from nnsim.tui.screens.answer import Answer
from nnsim.tui.screens.course import CourseScreen
from nnsim.tui.screens.guided import GuidedStepper
from nnsim.tui.screens.help import Help
from nnsim.tui.screens.picker import Picker
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.widgets.guide import GuidePanel
from tests.tui.conftest import CARDS, moment_at, open_session
from tests.tui.helpers import assert_fits, lines, press, screen_text

SIZES = [(60, 7), (80, 7), (100, 9), (120, 9), (200, 14)]
QUESTION = Asked(
    "choice", "Which way is down the hill of the loss?", ("Along the gradient", "Against it"), 2, None,
    "The gradient points uphill.", "It points uphill, so one goes the other way.", True, (),
)  # fmt: skip
PAGE = Page(3, 7, "The way down", "A first paragraph. " * 14 + "\n\nA second one.", (), QUESTION, ())
VIEW = GuideView("Gradients", number=3, of=7, done=frozenset({0, 1}), page=PAGE)


# the renderer


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_step_fits(width: int, height: int) -> None:
    for view in (VIEW, replace(VIEW, hint=True, reply=Reply(False, "No. " * 60), end="The end. " * 9, here=False)):
        for top in (0, 3, 100):
            assert_fits(guide(view, width, height, top), width, height)


def test_the_question_stands_beside_the_text_where_there_is_room() -> None:
    assert "A first paragraph" in lines(guide(VIEW, 120, 9))[1]
    assert "Which way is down" in lines(guide(VIEW, 120, 9))[1]
    narrow = lines(guide_body(VIEW, 80))
    assert "Which way is down" not in narrow[0]
    assert any("1 Along the gradient   2 Against it" in line for line in narrow)


def test_the_first_line_says_how_far_one_is() -> None:
    head = lines(guide(VIEW, 120, 9))[0]
    assert head.startswith("── 3 of 7  The way down ─")
    assert head.endswith("✓✓▶···· ──")
    assert "} 2 more lines" in lines(guide(VIEW, 80, 7))[0]
    assert "{ up" in lines(guide(VIEW, 80, 7, 50))[0]
    assert lines(guide(replace(VIEW, of=40), 120, 9))[0].endswith("2 done ──")


def test_what_is_said_to_an_answer() -> None:
    def text(view: GuideView) -> str:
        return "\n".join(lines(guide_body(view, 120)))

    assert "a answer  H hint" in text(VIEW)
    assert "✗ Look again." in text(replace(VIEW, reply=Reply(False, "Look again.")))
    right = text(replace(VIEW, reply=Reply(True, "Right."), answered=True))
    assert "✓ Right." in right
    assert "a answer" not in right
    assert "✓ Answered. It points uphill" in text(replace(VIEW, answered=True))
    assert "Hint: The gradient points uphill." in text(replace(VIEW, hint=True))


def test_where_one_stands() -> None:
    assert "You are elsewhere" in lines(guide_body(replace(VIEW, here=False), 120))[0]
    assert "reads nan" in " ".join(lines(guide_body(replace(VIEW, here=False, covered=True), 80)))
    assert "Going there" in lines(guide_body(replace(VIEW, page=None, busy=True), 120))[0]
    assert "not come true" in lines(guide_body(replace(VIEW, page=None, notice="It has not come true."), 120))[0]


def test_texts_are_shown_as_text() -> None:
    page = replace(PAGE, title="[b]\x1b[31m", text="[red]x[/red] \x1b]0;y\x07")
    shown = "\n".join(lines(guide(replace(VIEW, page=page), 120, 9)))
    assert "[red]x[/red]" in shown
    assert "\x1b" not in shown


def test_words_are_wrapped_by_their_cells() -> None:
    assert lines(wrapped("one two three", 7)) == ["one two", "three"]
    assert lines(wrapped("一二三四五", 4)) == ["一二", "三四", "五"]
    assert wrapped("", 5) == []
    assert wrapped("endless", 0) == [[("endless", "")]]


ENTRIES = [Entry(lesson, share=min(1.0, at / 4), begun=at > 0) for at, lesson in enumerate(reversed(course().lessons))]


@pytest.mark.parametrize(("width", "height"), [(56, 8), (76, 16), (106, 31), (106, 50)])
def test_the_list_of_lessons_fits_and_shows_the_chosen_one(width: int, height: int) -> None:
    first = 0
    for chosen, entry in enumerate(ENTRIES):
        first = scrolled(chosen, first, len(ENTRIES), height)
        rows = lessons(ENTRIES, chosen, first, width, height)
        assert_fits(rows, width, height)
        assert any(line.startswith("▸") and entry.lesson.title in line for line in lines(rows))
        assert_fits(summary(entry, width), width, 3)
    assert all(width_of(row) <= width for row in course_head(course(), ENTRIES, width))


def test_marks_of_lessons() -> None:
    shown = lines(lessons(ENTRIES, 0, 0, 100, 15))
    assert "·" in shown[0]
    assert "◐" in shown[1]
    assert "━━─" in shown[1]
    assert "✓" in shown[4]
    assert "done" in shown[4]
    assert lines(course_head(course(), ENTRIES, 100))[0].startswith(" nnsim   How a neural network learns")
    assert "11 of 15 done" in lines(course_head(course(), ENTRIES, 100))[0]


def test_a_covered_number_is_nowhere() -> None:
    moment = moment_at("xor", 0, "a1", (3, 1))
    hidden = covered(moment, "z1", (3, 1))
    assert repr(hidden.frame["z1"][3, 1]) == repr(float("nan")) or hidden.frame["z1"][3, 1] != hidden.frame["z1"][3, 1]
    assert (hidden.frame["z1"][:3] == moment.frame["z1"][:3]).all()
    assert hidden.explanation.formula is None
    assert covered(moment, "z1", (0, 0)).explanation == moment.explanation
    before = moment_at("xor", 2, "loss")
    after = covered(before, "loss", ())
    assert after.last_loss != after.last_loss
    assert before.last_loss == before.last_loss


# the screens


def learn(path: Path, **learning: Any) -> NnsimApp:
    return NnsimApp(None, open_session, lambda: CARDS, learning=Learning(Progress(path / "progress.json"), **learning))


def guided(app: NnsimApp) -> GuidedStepper:
    assert isinstance(app.screen, GuidedStepper), app.screen
    return app.screen


async def go(pilot: Pilot[Any], keys: str = "") -> None:
    """Presses keys one after the other, each when the one before has had its effect."""
    for key in keys.split() or [""]:
        if key:
            await press(pilot, key)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        while getattr(pilot.app.screen, "moving", False):
            await pilot.pause(0.01)
        await press(pilot, "")


async def answer(pilot: Pilot[Any], text: str) -> None:
    await go(pilot, "a")
    assert isinstance(pilot.app.screen, Answer)
    pilot.app.screen.query_one("#answer").value = text  # type: ignore[attr-defined]
    await go(pilot, "enter")


def asked(app: NnsimApp) -> Asked:
    question = guided(app).guide_run.question
    assert question
    return question


async def finish(pilot: Pilot[Any], app: NnsimApp) -> None:
    """To the end of the lesson, all questions answered rightly."""
    while not guided(app).over:
        run = guided(app).guide_run
        if run.question and not run.answered:
            question = asked(app)
            await answer(pilot, str(int(question.answer)) if question.kind == "choice" else repr(question.answer))
            assert run.answered
        else:
            await go(pilot, "right_square_bracket")


async def test_a_lesson_step_by_step(tmp_path: Path) -> None:
    app = learn(tmp_path, course_first=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot, "enter")
        screen = guided(app)
        run = screen.guide_run
        assert "1 of 9  Inputs" in screen_text(app)
        await go(pilot, "right_square_bracket")
        assert (run.index, run.here) == (1, True)
        await go(pilot, "left_square_bracket")
        assert run.index == 0
        await go(pilot, "n n")
        assert "You are elsewhere" in screen_text(app)
        await go(pilot, "right_square_bracket")
        assert (run.index, run.here) == (0, True)
        await go(pilot, "enter full_stop")
        assert run.here
        assert screen.session.iteration == 0


async def test_answers_right_and_wrong(tmp_path: Path) -> None:
    app = learn(tmp_path, first=start(read_guide("lesson-02-weighted-sum"), Progress(tmp_path / "p.json")))
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot)
        await go(pilot, "a")
        assert guided(app).guide_run.index == 0  # it asks nothing
        await go(pilot, "right_square_bracket H")
        assert "Hint:" in screen_text(app)
        await answer(pilot, "5")
        assert "✗" in screen_text(app)
        await go(pilot, "a escape")
        assert not guided(app).guide_run.answered
        await answer(pilot, "words")
        assert "not a number" in screen_text(app)
        await answer(pilot, "4,5")
        assert "✓ Right." in screen_text(app)
        assert guided(app).guide_run.answered


async def test_what_is_to_be_foretold_is_covered_until_answered(tmp_path: Path) -> None:
    app = learn(tmp_path, first=start(read_guide("lesson-02-weighted-sum")))
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot)
        await go(pilot, "right_square_bracket n")
        assert guided(app).session.tensor == "z1"
        assert "nan" in screen_text(app)
        assert "4.5" not in screen_text(app)
        await go(pilot, "down down down")
        assert "4.5" not in screen_text(app)
        await answer(pilot, "4.5")
        await go(pilot, "b n")
        assert "+4.5" in screen_text(app)
        assert "nan" not in screen_text(app)


async def test_the_guide_hides_and_comes_back(tmp_path: Path) -> None:
    app = learn(tmp_path, first=start(read_guide("xor")))
    async with app.run_test(size=(80, 24)) as pilot:
        await go(pilot)
        panel = guided(app).query_one(GuidePanel)
        assert panel.display
        assert "1 of" in screen_text(app)
        await go(pilot, "backslash")
        assert not panel.display
        await go(pilot, "n")
        assert guided(app).session.tensor == "a1"
        await go(pilot, "backslash")
        assert panel.display
        assert "You are elsewhere" in screen_text(app)
        await go(pilot, "right_curly_bracket")
        assert "{ up" in screen_text(app) or "more line" in screen_text(app)


async def test_two_lessons_to_their_end(tmp_path: Path) -> None:
    app = learn(tmp_path, course_first=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot, "enter")
        for number, lesson in enumerate(course().lessons[:2], 1):
            assert guided(app).guide_run.guide.name == lesson.guide
            await finish(pilot, app)
            assert f"goes on to lesson {number + 1}" in " ".join(screen_text(app).split())
            await go(pilot, "right_square_bracket")
        assert guided(app).guide_run.guide.name == course().lessons[2].guide
        await go(pilot, "p")
        assert isinstance(app.screen, CourseScreen)
        text = screen_text(app)
        assert "2 of 15 done" in text
        assert "▸ ◐  3" in text or "▸ ·  3" in text
    progress = Progress(tmp_path / "progress.json")
    assert all(progress.finished(lesson.guide, lesson.steps) for lesson in course().lessons[:2])


@pytest.mark.parametrize("name", guide_names())
async def test_every_guide_to_its_end(tmp_path: Path, name: str) -> None:
    progress = Progress(tmp_path / "progress.json")
    run = start(read_guide(name), progress)
    app = NnsimApp(None, open_session, lambda: CARDS, learning=Learning(progress, first=run))
    async with app.run_test(size=(80, 24)) as pilot:
        await go(pilot)
        await finish(pilot, app)
        assert progress.finished(name, len(run.guide.steps))


async def test_a_lesson_is_resumed_and_a_finished_one_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    Progress(path).stand("lesson-01-neuron", 3)
    app = learn(tmp_path, course_first=True)
    async with app.run_test(size=(120, 40)) as pilot:
        assert "◐  1" in screen_text(app)
        await go(pilot, "enter")
        assert guided(app).guide_run.index == 3
        assert guided(app).guide_run.here
    progress = Progress(path)
    for step in range(course().lessons[0].steps):
        progress.mark("lesson-01-neuron", step)
    app = learn(tmp_path, first=start(read_guide("lesson-01-neuron"), Progress(path)))
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot)
        assert guided(app).guide_run.index == 0


async def test_the_list_of_lessons_by_key_and_mouse(tmp_path: Path) -> None:
    app = learn(tmp_path, course_first=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await go(pilot, "down down up pagedown f2")
        assert "▸ ·  7" in screen_text(app)
        await go(pilot, "p")
        assert isinstance(app.screen, Picker)
        await go(pilot, "escape")
        assert isinstance(app.screen, CourseScreen)
        await pilot.click(offset=(10, 5))
        await go(pilot)
        assert guided(app).guide_run.guide.name == "lesson-02-weighted-sum"
        await go(pilot, "p escape")
        assert isinstance(app.screen, GuidedStepper)


async def test_from_the_scenarios_to_a_guide_and_to_the_lessons(tmp_path: Path) -> None:
    app = learn(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot, "backslash")
        assert guided(app).guide_run.guide.name == "xor"
        await go(pilot, "p")
        assert isinstance(app.screen, Picker)
        await go(pilot, "l")
        assert isinstance(app.screen, CourseScreen)
        await go(pilot, "escape escape")
        assert isinstance(app.screen, GuidedStepper)


async def test_from_the_stepper_to_a_guide(tmp_path: Path) -> None:
    session = open_session("xor")
    session.name = "xor"
    app = NnsimApp(session, open_session, lambda: CARDS)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot, "backslash")
        assert guided(app).guide_run.guide.name == "xor"
    session.name = "of-my-own"
    app = NnsimApp(session, open_session, lambda: CARDS)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot, "backslash")
        assert type(app.screen) is Stepper
        assert ["There is no guide" in each.message for each in app._notifications] == [True]


async def test_all_keys_of_a_guide_are_in_the_help(tmp_path: Path) -> None:
    app = learn(tmp_path, first=start(read_guide("xor")))
    async with app.run_test(size=(120, 60)) as pilot:
        await go(pilot, "question_mark")
        assert isinstance(app.screen, Help)
        text = screen_text(app)
        assert "Answer the question of the guide" in text
        assert "Hide the guide" in text
        assert "Let a guide lead" not in text


async def test_a_condition_that_never_comes_true(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "Never"\nscenario = "xor"\nlocked = ["why"]\n[[steps]]\nat = "iteration 0, loss"\ntext = "Here."\n'
        '[[steps]]\nwhen = "loss < 0"\ntext = "There."\n'
    )
    app = learn(tmp_path, first=start(read_guide(file)))
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot)
        assert "The guide keeps this panel closed." in screen_text(app)
        await go(pilot, "right_square_bracket")
        assert "has not come true" in " ".join(screen_text(app).split())
        await go(pilot, "left_square_bracket")
        assert "Here." in screen_text(app)
        await go(pilot, "right_square_bracket")
        assert guided(app).session.iteration == 0


async def test_a_key_of_the_stepper_ends_the_search(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "Never"\nscenario = "xor"\noverrides = { "training.epochs" = 100000000 }\n'
        '[[steps]]\nat = "iteration 0, x"\ntext = "Here."\n[[steps]]\nwhen = "loss < 0"\ntext = "There."\n'
    )
    app = learn(tmp_path, first=start(read_guide(file)))
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot)
        await pilot.press("right_square_bracket")
        assert guided(app).moving
        await go(pilot, "n")
        assert "Interrupted." in screen_text(app)
        assert guided(app).session.iteration == 0


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 60), (40, 10)])
async def test_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    app = learn(tmp_path, first=start(read_guide("lesson-09-backpropagation")))
    async with app.run_test(size=size) as pilot:
        await go(pilot)
        await go(pilot, "right_square_bracket right_square_bracket H z z f3 f3 v")
        assert guided(app).guide_run.index == 2
        await pilot.resize_terminal(100, 30)
        await go(pilot, "f2")
        assert "3 of" in screen_text(app)


def test_a_moment_without_a_guide_is_as_it_was() -> None:
    session = start(read_guide("xor")).session
    moment: Moment = take(session, describe(session))
    assert moment.about.title == "XOR, step by step"
    assert simulation_of(read_guide("xor")).iterations == session.sim.iterations


@pytest.mark.parametrize("seed", range(4))
async def test_any_keys_in_any_order(tmp_path: Path, seed: int) -> None:
    keys = [each.key.split(",")[0] for each in GuidedStepper.BINDINGS if isinstance(each, Binding)]
    keys = [key for key in keys if key not in ("q", "S", "p", "y")] + ["right_square_bracket"] * 9
    rng = random.Random(seed)
    guide_name = rng.choice([lesson.guide for lesson in course().lessons])
    app = learn(tmp_path, first=start(read_guide(guide_name), Progress(tmp_path / "p.json")))
    async with app.run_test(size=rng.choice([(80, 24), (120, 40)])) as pilot:
        for _ in range(60):
            await pilot.press(rng.choice(keys))
            if isinstance(app.screen, Answer):
                await pilot.press("1", "enter")
            elif not isinstance(app.screen, GuidedStepper | CourseScreen):
                await pilot.press("escape")
        await go(pilot)
        assert screen_text(app).strip()


async def test_progress_that_cannot_be_saved_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    app = learn(tmp_path, first=start(read_guide("xor"), Progress(tmp_path / "file" / "progress.json")))
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot)
        await go(pilot, "right_square_bracket")
        assert any("cannot be" in each.message for each in app._notifications)


async def test_leaving_does_not_wait_for_a_search(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "Long"\nscenario = "xor"\noverrides = { "training.epochs" = 100000000 }\n'
        '[[steps]]\nat = "iteration 0, x"\ntext = "Here."\n[[steps]]\nat = "end, x"\ntext = "There."\n'
    )
    run = start(read_guide(file))
    app = learn(tmp_path, first=run)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot)
        await pilot.press("right_square_bracket", "f2", "plus")
        assert guided(app).moving
        for _ in range(200):
            if "Going there" in screen_text(app):
                break
            await pilot.pause(0.02)
        assert "Going there" in screen_text(app)
    assert run.interrupt.is_set()
