"""What was practised is kept between two starts, and says what to practise."""

from dataclasses import replace
from pathlib import Path

import pytest

import nnsim
from nnsim.debugger.practice import Practice
from nnsim.debugger.scores import NEWEST, Attempt, Scores, advice, score
from nnsim.debugger.session import Session
from nnsim.engine.notation import number

GOOD = Attempt("weighted sums z", "z₁ = x·W₁ + b₁", tries=1, right=True)
POOR = Attempt("∂L/∂W", "∂L/∂W₁ = xᵀ·∂L/∂z₁", tries=3, right=True, slips=["the sign", "the sign"])
LOST = Attempt("∂L/∂W", "∂L/∂W₁ = xᵀ·∂L/∂z₁", hints=2, given_up=True)


def practice_of(scores: Scores, op: str = "z1") -> Practice:
    session = Session(nnsim.Simulation(nnsim.load("xor")))
    session.go_to_op(session.program.position(op) or 0)
    return Practice(session, scores=scores)


def answer(practice: Practice) -> str:
    return number(float(practice._session.frame[practice._session.tensor][practice._session.index]), 5)


def test_kept_by_scenario(tmp_path: Path) -> None:
    path = tmp_path / "state" / "practice.json"
    Scores("xor", path).add(GOOD, POOR)
    Scores("titanic", path).add(LOST)
    again = Scores("xor", path).attempts
    assert again == (GOOD, POOR)
    assert Scores("titanic", path).attempts == (LOST,)
    assert score(again) == "2 of 2 right, 1 at the first try"
    assert advice(again) == (f"∂L/∂W: 0 of 1 at the first try. {POOR.formula}", "Look out for the sign (2×).")


def test_of_each_kind_the_newest_count(tmp_path: Path) -> None:
    scores = Scores("xor", tmp_path / "practice.json")
    scores.add(GOOD, *[POOR] * 5)
    assert "0 of 5" in advice(scores.attempts)[0]
    scores.add(*[replace(GOOD, kind=POOR.kind)] * NEWEST)
    assert advice(Scores("xor", tmp_path / "practice.json").attempts) == ()
    assert [each.kind for each in scores.attempts].count(GOOD.kind) == 1


def test_practice_keeps_what_is_over_at_once_and_the_rest_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "practice.json"
    practice = practice_of(Scores("xor", path))
    practice.answer(answer(practice))
    assert [each.at_once for each in Scores("xor", path).attempts] == [True]
    practice._session.go_to_op(practice._session.program.position("loss") or 0)
    practice.answer("77")
    assert len(Scores("xor", path).attempts) == 1
    practice.end()
    assert [each.kind for each in Scores("xor", path).attempts] == ["weighted sums z", "the loss"]
    later = practice_of(Scores("xor", path), "dW2")
    assert later.score == "nothing predicted yet"
    assert later.advice[0].startswith("the loss: 0 of 1 at the first try.")
    later.give_up()
    assert [each.given_up for each in Scores("xor", path).attempts] == [False, False, True]


@pytest.mark.parametrize(
    "content",
    [
        "{", "[]", '{"format": 2, "scenarios": {}}', '{"format": 1, "scenarios": {"xor": [1]}}',
        '{"format": 1, "scenarios": {"xor": [{"kind": 3, "formula": "", "slips": []}]}}',
        '{"format": 1, "scenarios": {"xor": [{"kind": "", "formula": "", "tries": -1, "slips": []}]}}',
        '{"format": 1, "scenarios": {"xor": [{"kind": "", "formula": "", "right": 1, "slips": []}]}}',
        '{"format": 1, "scenarios": {"xor": [{"kind": "", "formula": "", "slips": [], "other": 1}]}}',
    ],
)  # fmt: skip
def test_a_broken_file_is_set_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "practice.json"
    path.write_text(content, encoding="utf-8")
    scores = Scores("xor", path)
    assert scores.attempts == ()
    assert "it is kept as practice.json.broken, the score of practice starts anew" in scores.told()
    assert scores.told() == ""
    scores.add(GOOD)
    assert Scores("xor", path).attempts == (GOOD,)
