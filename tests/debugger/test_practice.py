"""Predict, then check: which answers are right, which slips are recognised, what is kept of it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.debugger.answers import precision_of
from nnsim.debugger.practice import Practice, asks, kind_of
from nnsim.debugger.session import Session
from nnsim.engine.notation import number
from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment


def start(tensor: str, index: tuple[int, ...], **wanted: Any) -> Practice:
    session = Session(Simulation(make_experiment(**{"layers": "3 sigmoid, 1 sigmoid", "rows": 4, **wanted})))
    return stand(Practice(session), tensor, index)


def stand(practice: Practice, tensor: str, index: tuple[int, ...]) -> Practice:
    practice._session.go_to_op(practice._session.program.position(tensor) or 0)
    practice._session.choose(index)
    return practice


def right(practice: Practice) -> float:
    question = practice.question
    assert question
    return question.answer


WEIGHTS = {"W1": np.array([[0.5, 1, 0], [2, -3, 0]]), "b1": np.array([0.25, -1, 0.0])}


def with_number(value: float) -> Practice:
    """Asks for z₁ = value."""
    weights = {"W1": np.zeros((2, 3)), "b1": np.full(3, value)}
    return start("z1", (0, 0), weights=weights)


@pytest.mark.parametrize(
    ("value", "text", "is_right"),
    [
        (0.11223, "0.1122", True), (0.11223, "0.11223", True), (0.11223, "0.112", True), (0.11223, "0.11", True),
        (0.11223, "0,1122", True), (0.11223, ".1122", True), (0.11223, "11.22%", True), (0.11223, "1.122e-1", True),
        (0.11223, "0.1123", False), (0.11223, "0.113", False), (0.11223, "0.12", False), (0.11223, "0.1120", False),
        (0.11223, "−0.1122", False), (-0.11223, "−0.1122", True), (-0.11223, "-0,112", True),
        (1 / 3, "1/3", True), (1 / 3, "0.333", True), (1 / 3, "2/3", False), (0.9996, "1.00", True),
        (0.5, "0.5", True), (1.0, "1", True), (0.0, "0", True), (0.0, "0.0", True), (0.0, "0.1", False),
        (3e-17, "0", True), (0.001, "0", False), (1234.5, "1234", True), (1234.5, "1235", True),
        (1234.5, "1200", False),
        (123456.0, "123500", True), (123456.0, "1.235e5", True), (2.5e-7, "2.5e-7", True), (2.5e-7, "2.6e-7", False),
    ],
)  # fmt: skip
def test_what_is_right(value: float, text: str, is_right: bool) -> None:
    practice = with_number(value)
    reply = practice.answer(text)
    assert (reply.right, reply.understood) == (is_right, True), reply.text
    assert practice.covered != is_right


@pytest.mark.parametrize("text", ["0.1", "−", "abc", "", "1e999"])
def test_too_few_digits_and_no_numbers_do_not_count(text: str) -> None:
    practice = with_number(0.11223)
    reply = practice.answer(text)
    assert not reply.right
    assert not reply.understood
    assert practice.attempts == ()
    assert "\n" not in reply.text


def test_what_comes_of_the_rounded_numbers_is_right_too() -> None:
    weights = {"W1": np.array([[1.00049, 0, 0], [1.00049, 0, 0]]), "b1": np.array([1.00049, 0, 0])}
    practice = start("z1", (0, 0), weights=weights)
    session = practice._session
    shown = sum(float(number(value, 4).replace("−", "-")) for value in session.frame["x"][0]) + 1
    exact = session.frame["z1"][0, 0]
    assert f"{shown:.3e}" != f"{exact:.3e}"
    assert practice.answer(f"{shown:.3e}").right


@pytest.mark.parametrize(
    ("tensor", "index", "wrong", "said"),
    [
        ("z1", (1, 1), lambda f: f["z1"][1, 1] - f["b1"][1], "without the bias"),
        ("z1", (1, 1), lambda f: -f["z1"][1, 1], "the sign is not"),
        ("z1", (1, 1), lambda f: f["z1"][2, 1], "another sample"),
        ("a1", (1, 1), lambda f: f["z1"][1, 1], "sigmoid is still to be applied"),
        ("loss", (), lambda f: 4 * f["loss"], "That is the sum"),
        ("dz1", (1, 1), lambda f: f["da1"][1, 1], "derivative of sigmoid is missing"),
        ("da1", (1, 1), lambda f: f["dz2"][1, 0] * f["W2.next"][1, 0], "already updated"),
        ("dW2", (1, 0), lambda f: f["dW2"][1, 0] / 4, "4 samples are added up"),
        ("dW2", (1, 0), lambda f: f["dW2"][1, 0] * 4, "divide by n = 4"),
        ("W1.step", (1, 1), lambda f: f["dW1"][1, 1], "learning rate α is missing"),
    ],
)
def test_slips_are_recognised_by_their_value(tensor: str, index: tuple[int, ...], wrong: Any, said: str) -> None:
    practice = start(tensor, index, weights=WEIGHTS)
    value = float(wrong(practice._session.frame))
    for digits in (3, 4, 6):
        reply = practice.answer(number(value, digits))
        assert not reply.right
        assert said in reply.text
    assert practice.attempts[0].tries == 3


def test_two_slips_with_the_same_number_are_both_told() -> None:
    practice = start("z1", (0, 0), weights={"W1": np.ones((2, 3)), "b1": np.array([1.0, 0, 0])})
    z = practice._session.frame["z1"][0]
    assert z[1] == pytest.approx(z[0] - 1)
    reply = practice.answer(number(z[1], 6))
    assert reply.text == "That is without the bias: b₁ is still to be added. Or: That is z₁[#0,h2]: another unit."


def test_a_new_weight_needs_the_digits_that_tell_it_from_the_old_one() -> None:
    weights = {"W1": np.full((2, 3), 0.5), "b1": np.zeros(3)}
    practice = start("W1.next", (0, 0), weights=weights, optimizer="sgd", options={"learning_rate": 0.01})
    new = right(practice)
    assert number(new, 2) == "0.5"
    assert number(new, 4) != "0.5"
    reply = practice.answer("0.50")
    assert (reply.right, reply.understood) == (False, False)
    assert reply.text == "Right so far, but so is a wrong number: give 4 significant digits."
    assert practice.attempts == ()
    assert "before the update" in practice.answer("0.5000").text
    assert practice.answer(number(new, 4)).right


def test_one_right_answer_uncovers_the_op_of_that_iteration_only() -> None:
    practice = start("z1", (0, 0))
    session = practice._session
    assert practice.question
    assert practice.question.text == "What is z₁[#0,h1]?"
    assert practice.answer(number(right(practice), 4)).text == f"Right. z₁[#0,h1] = {number(session.frame['z1'][0, 0])}"
    session.move(1, 1)
    assert practice.question is None
    with pytest.raises(ValueError, match="is not asked for"):
        practice.answer("1")
    session.next_op()
    assert practice.covered
    session.back_op()
    assert not practice.covered
    session.next_iteration()
    assert practice.covered


def test_data_and_draws_are_not_asked_for() -> None:
    practice = start("x", (0, 0))
    assert practice.question is None
    program = practice._session.program
    assert [op.name for op in program if not asks(op)] == ["x", "y"]
    assert all(kind_of(op) for op in program)


def test_hints_come_in_steps_and_the_last_stays() -> None:
    practice = start("dW2", (1, 0))
    assert practice.hints == ()
    texts = [practice.hint() for _ in range(4)]
    assert texts[0] == practice._session.op.formula
    assert texts[1] == practice._session.explanation().symbolic
    assert texts[2] == f"∂L/∂W₂[h2,y1] = {practice._session.explanation().filled(4)[0]}"
    assert texts[3] == texts[2]
    assert practice.hints == tuple(texts[:3])
    practice.answer(number(right(practice), 5))
    assert practice.hints == ()
    assert not practice.attempts[0].at_once
    with pytest.raises(ValueError, match="nothing to give a hint"):
        practice.hint()


def test_giving_up_shows_the_number_and_counts() -> None:
    practice = start("loss", ())
    assert practice.give_up() == f"L = {number(float(practice._session.frame['loss']))}"
    assert practice.score == "0 of 1 right, 0 at the first try"
    assert practice.advice[0].startswith("the loss: 0 of 1 at the first try. L = ")
    with pytest.raises(ValueError, match="nothing to show"):
        practice.give_up()


def test_the_score_and_what_to_practise() -> None:
    practice = start("z1", (1, 1), weights=WEIGHTS)
    frame = practice._session.frame
    assert practice.score == "nothing predicted yet"
    practice.answer(number(frame["z1"][1, 1] - frame["b1"][1], 5))
    practice.answer(number(right(practice), 5))
    stand(practice, "z2", (0, 0)).answer(number(right(practice), 5))
    stand(practice, "a1", (0, 0)).answer(number(right(practice), 5))
    assert practice.score == "3 of 3 right, 2 at the first try"
    assert [(each.kind, each.at_once, each.asked) for each in practice.tallies] == [
        ("weighted sums z", 1, 2),
        ("activations a", 1, 1),
    ]
    assert practice.advice == (
        "weighted sums z: 1 of 2 at the first try. z₂ = a₁·W₂ + b₂",
        "Look out for the bias (1×).",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.120", (3, 0.001)), ("0,12", (2, 0.01)), ("−12.0", (3, 0.1)), ("120", (3, 1)), ("1.5e-3", (2, 1e-4)),
        ("12%", (2, 0.01)), ("0", (0, 1)), ("1/3", None), ("x", None), ("= 1e−4", (1, 1e-4)),
    ],
)  # fmt: skip
def test_precision(text: str, expected: tuple[int, float] | None) -> None:
    found = precision_of(text)
    assert (found is None) == (expected is None)
    if found and expected:
        assert found[0] == expected[0]
        assert found[1] == pytest.approx(expected[1])


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 22), st.integers(2, 6), st.floats(-3, 3))
def test_the_number_itself_is_right_however_it_is_rounded(op: int, digits: int, off: float) -> None:
    practice = start("z1", (0, 0), layers="2 tanh, 2 softmax", loss="categorical_cross_entropy", optimizer="momentum")
    session = practice._session
    session.go_to_op(op)
    if not practice.covered:
        return
    value = right(practice)
    text = f"{value:.{digits - 1}e}"
    moved = f"{value + (2 + off) * max(abs(value), 1e-3):.{digits - 1}e}"
    if off > -1.5:
        assert not practice.answer(moved).right
    assert practice.answer(text).right


@given(st.text(max_size=12))
def test_anything_that_is_typed_gets_one_line(text: str) -> None:
    reply = start("dW2", (1, 0)).answer(text)
    assert reply.text
    assert "\n" not in reply.text


def test_what_is_set_by_hand_or_overflown_is_not_asked_for() -> None:
    practice = start("z1", (0, 0))
    practice._session.edit("a1[0,0] = 0.5")
    stand(practice, "a1", (0, 0))
    assert not practice.covered
    stand(practice, "a1", (0, 1))
    assert practice.covered
    with np.errstate(all="ignore"):
        practice = start(
            "z1", (0, 0), layers="2 linear, 1 linear", loss="mean_squared_error", options={"learning_rate": 1e9}
        )
        practice._session.go_to(200)
    assert not np.isfinite(practice._session.frame["z1"][0, 0])
    assert practice.question is None


def test_on_another_branch_it_asks_anew() -> None:
    practice = start("z1", (0, 0))
    assert practice.answer(number(right(practice), 5)).right
    practice._session.edit("W1[0,0] = 0.5")
    assert practice.covered
    practice._session.undo()
    assert not practice.covered
