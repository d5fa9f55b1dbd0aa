"""Into operands and out, touches, shares, predictions: through the keys, on the screen."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nnsim.debugger.practice import Practice
from nnsim.debugger.progress import Progress
from nnsim.engine.notation import number
from nnsim.scenario.guides import read_guide
from nnsim.tui.app import NnsimApp
from nnsim.tui.covering import covered, unpredicted
from nnsim.tui.inquiry import predicting
from nnsim.tui.learning import Learning, start
from nnsim.tui.moment import Moment, View, describe, take
from nnsim.tui.renderers.network import network
from nnsim.tui.renderers.phase_line import phase_line
from nnsim.tui.renderers.tensor import tensor
from nnsim.tui.renderers.why import why
from nnsim.tui.rows import color_of, width_of
from nnsim.tui.screens.answer import Answer
from nnsim.tui.screens.guided import GuidedStepper
from nnsim.tui.screens.report import Report
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.settings import Store
from tests.tui.conftest import CARDS, open_session
from tests.tui.helpers import click_on, lines, press, screen_text

Build = Callable[..., NnsimApp]


def stepper(app: NnsimApp) -> Stepper:
    assert isinstance(app.screen, Stepper)
    return app.screen


def said(app: NnsimApp) -> str:
    """The newest notification."""
    return list(app._notifications)[-1].message


def place(app: NnsimApp) -> tuple[int, str, tuple[int, ...]]:
    session = stepper(app).session
    return session.iteration, session.tensor, session.index


async def test_into_an_operand_and_out_again(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter enter N N N n n")
        assert place(app) == (2, "dW2", (0, 0))
        assert "made of ▸a₁[#0,h1]" in screen_text(app)
        await press(pilot, "j")
        assert "▸∂L/∂z₂[#0,y]" in screen_text(app)
        await press(pilot, "i")
        assert place(app) == (2, "dz2", (0, 0))
        assert "∂L/∂W₂[h1,y] › ∂L/∂z₂[#0,y]  o out" in screen_text(app)
        await press(pilot, "i")
        assert place(app) == (2, "a2", (0, 0))
        await press(pilot, "down i")
        assert "› ∂L/∂z₂[#0,y] ⋯ a₂[#1,y] › z₂[#1,y]" in screen_text(app)
        await press(pilot, "o")
        assert place(app) == (2, "a2", (1, 0))
        await press(pilot, "o o o")
        assert place(app) == (2, "dW2", (0, 0))
        assert "o out" not in screen_text(app)
        await press(pilot, "o")
        assert "There is nothing to go back out to" in said(app)
        assert place(app) == (2, "dW2", (0, 0))


async def test_down_to_the_weight_that_training_starts_from(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter n n j i")
        assert place(app) == (0, "W1.next", (0, 0))
        session = stepper(app).session
        while session.trail.source is None:
            tensors = [each.tensor for each in session.trail.operands]
            await press(pilot, "j " * tensors.index("W1") + "i")
        text = screen_text(app)
        assert "W₁[x1,h1]: the value that training starts from" in text
        assert "drawn by xavier_normal from" in session.trail.explanation.source
        assert f"Why {number(session.frame['W1'][0, 0])}?" in text
        await press(pilot, "i")
        assert "Nothing lies behind W₁[x1,h1]" in said(app)
        await press(pilot, "n")
        assert "training starts from" not in screen_text(app)


async def test_a_click_chooses_an_operand_and_another_goes_into_it(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter N N N n n tab z")
        await click_on(pilot, "∂L/∂z₂[#2,y]", after="made of")
        assert "▸∂L/∂z₂[#2,y]" in screen_text(app)
        assert place(app) == (1, "dW2", (0, 0))
        await click_on(pilot, "∂L/∂z₂[#2,y]", after="made of")
        assert place(app) == (1, "dz2", (2, 0))


async def test_the_chosen_operand_is_kept_in_sight(app_for: Build) -> None:
    app = app_for("digits")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "n n tab")
        for _ in range(70):
            await pilot.press("j")
        await press(pilot, "j")
        text = screen_text(app)
        assert "▸" in text.split("Why")[1]
        assert stepper(app).session.trail.choice == 71


async def test_touches_are_told_and_marked_in_every_panel(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n down right w")
        assert "◆ z₁[#1,h2] touches a₁ 1 of 16 · z₂ a₂ 1 of 4 · L" in screen_text(app)
        await press(pilot, "n")
        moment = stepper(app).moment
        table = lines(tensor(moment, 56, 17).rows)
        assert [line.count("◆") for line in table[1:5]] == [0, 1, 0, 0]
        assert "touches a₁ 1 of 16" in screen_text(app)
        await press(pilot, "up up left left w")
        assert "a₁[#0,h1] touches" in screen_text(app)
        await press(pilot, "w")
        assert "touches" not in screen_text(app)
        assert "◆" not in screen_text(app)


def moment_with(name: str, iteration: int, op: str, index: tuple[int, ...], **view: object) -> Moment:
    session = open_session(name)
    session.go_to(iteration)
    session.go_to_op(session.program.position(op) or 0)
    session.choose(index)
    return take(session, describe(session), View(**view))  # type: ignore[arg-type]


def test_what_is_touched_is_underlined_in_the_phase_line() -> None:
    moment = moment_with("xor", 1, "z2", (0, 0), pinned=("dz2", (0, 0)))
    names = {text.strip() for row in phase_line(moment, 118, 2) for text, role in row if "changed" in color_of(role)}
    assert names == {"∂W₂", "∂b₂", "∂a₁", "∂z₁", "∂W₁", "∂b₁", "m", "v", "m̂", "v̂", "step", "next"}
    assert not any(
        "changed" in color_of(role)
        for row in phase_line(moment_with("xor", 1, "z2", (0, 0)), 118, 2)
        for _, role in row
    )


async def test_of_a_new_weight_the_touches_are_those_of_the_weight(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        session = stepper(app).session
        session.go_to_op(session.program.position("W1.next") or 0)
        stepper(app)._refresh()
        await press(pilot, "right w")
        assert "◆ W₁[x1,h2] touches z₁ a₁ 4 of 16" in screen_text(app)


async def test_the_shares_of_a_gradient(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n n s")
        assert "Only gradients of weights and biases are sums over samples" in said(app)
        await press(pilot, "b enter N N N n n s")
        text = screen_text(app)
        assert "by samples" in text
        assert "rows push W₂[h1,y] up (−" in text
        assert "#1  x1 0, x2 1 → y 1" in text
        await press(pilot, "b")
        assert "by samples" not in screen_text(app)
        assert "formula" in screen_text(app)
        await press(pilot, "n")
        assert "by samples" in screen_text(app)
        await press(pilot, "s")
        assert "by samples" not in screen_text(app)


async def type_in(pilot: object, app: NnsimApp, text: str) -> None:
    await press(pilot, "a")  # type: ignore[arg-type]
    assert isinstance(app.screen, Answer)
    await press(pilot, " ".join({"−": "minus", ".": "full_stop"}.get(each, each) for each in text) + " enter")  # type: ignore[arg-type]


async def test_predict_then_check(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter n n P")
        session = stepper(app).session
        frame = session.frame
        text = screen_text(app)
        assert "What is z₁[#0,h1]?" in text
        assert text.count("▢") >= 17
        assert "arrows another number" in text
        await press(pilot, "down right")  # of #1: x is (0, 1)
        assert number(frame["z1"][1, 1], 3) not in screen_text(app)
        wrong = number(frame["z1"][1, 1] - frame["b1"][1], 4)
        await type_in(pilot, app, wrong)
        assert "✗ That is without the bias" in screen_text(app)
        await press(pilot, "H")
        assert "z₁ = x·W₁ + b₁" in screen_text(app)
        await type_in(pilot, app, number(frame["z1"][1, 1], 4))
        text = screen_text(app)
        assert "✓ Right. z₁[#1,h2] = " in text
        assert "practice: 1 of 1 right, 0 at the first try" in text
        assert "▢" not in text
        await press(pilot, "n")
        assert "What is a₁[#0,h1]?" in screen_text(app)
        await press(pilot, "H H H H")
        assert "· a₁[#0,h1] = " in screen_text(app)
        await press(pilot, "P")
        assert isinstance(app.screen, Report)
        text = screen_text(app)
        assert "Predicted: 1 of 2 right, 0 at the first try." in text
        assert "weighted sums z: 0 of 1" in text
        assert "Look out for the bias (1×)." in text
        await press(pilot, "x")
        assert stepper(app).practice is None


async def test_the_loss_is_kept_from_every_panel_until_it_is_predicted(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter N N P")
        session = stepper(app).session
        assert session.tensor == "loss"
        shown = number(float(session.frame["loss"]))
        assert shown not in screen_text(app)
        assert "last loss" in screen_text(app)
        await press(pilot, "P")
        assert shown in screen_text(app)


@pytest.mark.parametrize("picture", "489")
async def test_pictures_of_the_whole_iteration_wait_for_the_prediction(app_for: Build, picture: str) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, f"enter enter N N {picture}")
        await app.workers.wait_for_complete()
        await press(pilot, "P")
        assert "Kept from view until" in screen_text(app)
        await type_in(pilot, app, number(float(stepper(app).session.frame["loss"])))
        await app.workers.wait_for_complete()
        await press(pilot, "x")
        assert "Kept from view" not in screen_text(app)


async def test_the_newest_distribution_is_covered_and_uncovered(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter enter N N n n n 3")
        assert screen_text(app).count("not yet") == 1  # ∂L/∂W₁
        await press(pilot, "P")
        assert screen_text(app).count("not yet") == 2
        await press(pilot, "P")
        assert screen_text(app).count("not yet") == 1


async def test_the_prompt_leaves_the_operands_in_sight(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter n n P a")
        assert isinstance(app.screen, Answer)
        text = screen_text(app)
        assert "Answer" in text
        assert "made of ▸x[#0,x1]" in text
        await press(pilot, "escape r")
        assert "Replace z₁[#0,h1] by" in screen_text(app)


async def test_what_was_wrong_is_seen_beside_all_hints(app_for: Build) -> None:
    app = app_for("titanic")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter n n n n P H H H")
        await type_in(pilot, app, "77")
        assert "✗ Too large." in screen_text(app)


def test_the_lines_of_a_touched_weight_are_lit() -> None:
    def lit(moment: Moment) -> int:
        rows = network(moment, 56, 16)[2:-2]
        return sum("⠀" < letter <= "⣿" for row in rows for text, role in row if role == "lit" for letter in text)

    plain = moment_with("xor", 2, "z2", (0, 0))
    assert lit(plain) == 0
    assert lit(moment_with("xor", 2, "z2", (0, 0), pinned=("W1", (0, 1)))) > 0
    assert lit(moment_with("xor", 2, "z2", (0, 0), pinned=("dz2", (0, 0)))) == 0  # touches ∂L/∂W₂, which is not shown
    assert lit(moment_with("xor", 2, "dW1", (0, 0), pinned=("dz1", (0, 0)))) > 0


def test_a_bias_below_a_unit_is_written_out() -> None:
    for name in ("xor", "moons", "circles"):
        moment = moment_with(name, 2, "x", (0, 0))
        assert "b −0…" not in "\n".join(lines(network(moment, 56, 16)))
        assert "…" not in "\n".join(lines(network(moment, 56, 16)))


async def test_keys_of_practice_say_what_they_are_for(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "a")
        assert "P begins to ask" in said(app)
        await press(pilot, "P")
        await press(pilot, "a")
        assert "Nothing is asked here" in said(app)
        await press(pilot, "P")
        assert isinstance(app.screen, Stepper)


@pytest.mark.parametrize("width", [16, 30, 56, 96])
@pytest.mark.parametrize(
    ("name", "op", "index"),
    [("xor", "dW2", (1, 0)), ("titanic", "dW1", (3, 2)), ("digits", "z1", (2, 5)), ("xor", "W1.next", (0, 1))],
)
def test_all_that_is_asked_fits(name: str, op: str, index: tuple[int, ...], width: int) -> None:
    session = open_session(name)
    session.go_to(3)
    session.go_to_op(session.program.position(op) or 0)
    session.choose(index)
    for _ in range(4):
        if session.trail.operands:
            session.trail.into()
    session.trail.out()
    view = View(pinned=("W1", (0, 1)), shares=True)
    moment = take(session, describe(session), view)
    practice = Practice(session)
    asked = replace(moment, predicting=predicting(practice, "Too large.", False))
    if practice.covered:
        practice.hint()
        asked = unpredicted(replace(moment, predicting=predicting(practice, "Too large.", False)))
        assert "▢" in lines(tensor(asked, 56, 17).rows)[1]
    for each in (moment, asked):
        rows = why(each, width)
        assert rows
        assert all(width_of(row) <= width for row in rows), lines(rows)


def test_what_a_guide_covers_is_in_no_list_of_operands() -> None:
    moment = moment_with("xor", 1, "a1", (0, 0))
    assert moment.inquiry.operands
    hidden = covered(moment, "z1", (0, 0))
    assert hidden.inquiry.operands == ()
    assert "made of" not in "\n".join(lines(why(hidden, 56)))


async def test_beside_a_guide_the_keys_belong_to_practice_while_it_lasts(tmp_path: Path) -> None:
    run = start(read_guide("lesson-01-neuron"), Progress(tmp_path / "progress.json"))
    app = NnsimApp(None, open_session, lambda: CARDS, learning=Learning(Progress(tmp_path / "p.json"), first=run))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        screen = stepper(app)
        assert isinstance(screen, GuidedStepper)
        await press(pilot, "a")
        assert "This step asks nothing" in said(app)
        await press(pilot, "n n P a")
        assert isinstance(app.screen, Answer)
        await press(pilot, "escape H")
        assert screen.moment.predicting
        assert len(screen.moment.predicting.hints) == 1


async def test_the_score_is_kept_and_told_of_the_next_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("nnsim.debugger.scores.user_state_path", lambda name: tmp_path / name)
    (tmp_path / "settings.toml").write_text("welcomed = true", encoding="utf-8")

    def build() -> NnsimApp:
        return NnsimApp(open_session("xor"), open_session, lambda: CARDS, Store(tmp_path / "settings.toml"))

    async with (app := build()).run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter n n P")
        assert not app._notifications
        await type_in(pilot, app, "77")
        await press(pilot, "q")
    async with (app := build()).run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter n n P")
        assert "So far 0 of 1 right" in said(app)
        assert "To practise: weighted sums z: 0 of 1" in said(app)
        await type_in(pilot, app, number(float(stepper(app).session.frame["z1"][0, 0])))
        await press(pilot, "P")
        text = screen_text(app)
        assert "Predicted: 1 of 1 right, 1 at the first try." in text
        assert "of this scenario: 1 of 2 right, 1 at the" in text
        assert "weighted sums z: 1 of 2 at the first try" in text


@pytest.mark.parametrize("width", [64, 97, 140])
def test_the_factors_of_a_product_stand_side_by_side(width: int) -> None:
    text = "\n".join(lines(why(moment_with("circles", 1, "dW2", (2, 0)), width)))
    listed = [re.findall(r"(a₁|∂L/∂z₂)\[#(\d+)", line) for line in text[text.index("made of") :].splitlines()]
    assert sum(map(len, listed)) == 24
    for row in listed:
        for (first, sample), (second, other) in zip(row[::2], row[1::2], strict=True):
            assert (first, second) == ("a₁", "∂L/∂z₂")
            assert sample == other
