"""A guide beside a session: moves, wandering off, conditions, questions, score."""

from pathlib import Path

import pytest

from nnsim.debugger.guide import GuideRun, simulation_of
from nnsim.debugger.progress import Progress
from nnsim.debugger.session import Session
from nnsim.engine.simulation import Simulation
from nnsim.scenario import ScenarioError, load
from nnsim.scenario.guides import read_guide

TEXT = """
title = "A guide"
scenario = "xor"
overrides = { "training.epochs" = 60 }

[[steps]]
at = "iteration 2, forward"
text = "z is {z1[1,h1]:3} at {iteration}"
light = ["z1[1,h1]"]
claims = ["loss > 0", "loss > 100"]

[[steps]]
when = "loss < 0.5"
at = "backward"
text = "{loss}"

[steps.question]
kind = "predict"
text = "db2?"
answer = "db2[0]"
hint = "Add up dz2, {sum(dz2)}"
explanation = "It is {db2[0]}"
mistakes = [{ answer = "0 - db2[0]", text = "Mind the sign" }]

[[steps]]
at = "epoch 3, W1.next"
text = "back at {iteration}"

[steps.question]
kind = "choice"
text = "Which?"
options = ["the first", "Second."]
answer = 2
reveal = false

[[steps]]
when = "LAST"
text = "after"
"""


def begin(last: str, progress: Progress | None = None, limit: int | None = None) -> GuideRun:
    Path("guide.toml").write_text(TEXT.replace("LAST", last), encoding="utf-8")
    guide = read_guide("guide.toml")
    return GuideRun(guide, Session(simulation_of(guide)), progress, limit)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def place(run: GuideRun) -> tuple[int, str]:
    return run.session.iteration, run.session.tensor


def test_there_and_back() -> None:
    run = begin("iteration > 10")
    assert len(run) == 4
    assert not run.here
    assert run.page is None
    assert run.begin().there
    assert place(run) == (2, "z1")
    assert run.page is not None
    frame = run.session.frame
    assert run.page.text == f"z is {frame['z1'][1, 0]:.3g} at 2".replace("-", "−")
    assert run.page.light[0].element == (1, 0)
    assert run.page.claims == (("loss > 0", True), ("loss > 100", False))
    assert run.next().there
    found, tensor = place(run)
    assert tensor == "da2"
    losses = run.session.sim.all_losses
    assert losses[found] < 0.5 <= losses[found - 1]
    assert run.next().there
    assert place(run) == (3, "W1.next")
    assert run.next().there
    assert place(run) == (11, "x")
    assert run.last
    run.next()
    assert place(run) == (11, "x")
    run.back()
    run.back()
    assert place(run) == (found, "da2")
    run.go(-5)
    assert run.first
    assert place(run) == (2, "z1")


def test_the_person_may_go_elsewhere_and_come_back() -> None:
    run = begin("loss < 1")
    run.begin()
    page = run.page
    for move in (run.session.next_op, run.session.next_iteration, lambda: run.session.go_to(50)):
        move()
        assert not run.here
        assert run.page is page
    assert run.again().there
    assert run.here
    run.session.go_to(40)
    run.next()
    assert run.session.sim.losses[-1] == pytest.approx(0.5, abs=0.02)  # found from the step before, not from 40


def test_a_condition_that_does_not_come_true_leaves_the_session_where_it_was() -> None:
    run = begin("loss > 100")
    run.go(2)
    arrival = run.next()
    assert not arrival.there
    assert arrival.text == "“loss > 100” has not come true up to iteration 60."
    assert place(run) == (3, "W1.next")
    assert run.page is None
    assert not run.here
    assert run.back().there


def test_a_limit() -> None:
    run = begin("iteration == 30", limit=20)
    run.go(2)
    assert run.next().text == "“iteration == 30” has not come true up to iteration 20."


def test_a_search_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin("loss > 100")
    run.go(2)
    seek = run.session.sim.seek

    def seek_and_interrupt(iteration: int) -> None:
        seek(iteration)
        if iteration == 20:
            run.interrupt.set()

    monkeypatch.setattr(run.session.sim, "seek", seek_and_interrupt)
    assert run.next().text == "Interrupted."
    assert place(run) == (3, "W1.next")
    assert run.back().there


def test_jumping_over_a_condition_finds_it_first() -> None:
    run = begin("loss < 0.3 or 1 > 0")
    assert run.go(3).there
    assert place(run) == (3, "x")


def test_questions() -> None:
    run = begin("loss < 1")
    run.begin()
    assert run.question is None
    with pytest.raises(ValueError, match="asks nothing"):
        run.answer("1")
    run.next()
    assert run.hidden == ("db2", (0,))
    question = run.question
    assert question is not None
    value = float(run.session.frame["db2"][0])
    assert question.answer == value
    assert question.hint == f"Add up dz2, {value:.4g}".replace("-", "−")
    assert not run.answer("dunno").understood
    assert run.tries == 0
    assert run.answer(f"{-value}").text == "Mind the sign"
    assert run.answer(f"{2 * value}").text == "That is twice the right number."
    run.session.go_to(50)  # wherever the session is, the question is about its own moment
    reply = run.answer(f"{value:.3g}")
    assert reply.right
    assert reply.text.startswith("Right. It is ")
    assert run.hidden is None
    assert run.tries == 3
    run.next()
    assert run.question is not None
    assert run.question.right_answer == ""
    assert not run.answer("a").right
    assert run.answer("second").right
    assert (run.score.right, run.score.at_once, run.score.asked) == (2, 0, 2)


def test_progress_is_kept() -> None:
    progress = Progress(Path("progress.json"))
    run = begin("loss < 1", progress)
    run.begin()
    run.next()
    assert run.done == {0}
    assert run.answer(f"{float(run.session.frame['db2'][0])}").right
    assert run.done == {0, 1}
    run.next()

    later = begin("loss < 1", Progress(Path("progress.json")))
    assert later.begin().there
    assert later.index == 2
    assert (later.score.right, later.score.at_once) == (1, 1)
    later.back()
    assert later.answered
    assert later.hidden is None
    later.go(3)
    assert later.done == {0, 1, 3}
    assert later.progress is not None
    assert not later.progress.finished(later.guide.name, len(later))
    later.go(2)
    later.next()
    assert later.progress.finished(later.guide.name, len(later))


def test_a_shorter_guide_than_last_time() -> None:
    progress = Progress(Path("progress.json"))
    run = begin("loss < 1", progress)
    progress.stand(run.guide.name, 99)
    assert run.begin().there
    assert run.last


def test_a_guide_does_not_fit_another_scenario() -> None:
    Path("guide.toml").write_text(TEXT.replace("LAST", "loss < 1"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"line 26, steps\[2\].at: there is no op .W1.next."):
        GuideRun(read_guide("guide.toml"), Session(Simulation(load("xor", {"network.frozen": ["W1"]}))))
