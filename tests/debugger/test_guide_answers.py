"""Answers as people write them, and what is said to the wrong ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.debugger.answers import Asked, judge, number_of

CHOICE = Asked("choice", "?", ("The first one", "A second."), 2, None, "", "Because.", True, ((1, "Not that."),))


def number(answer: float, tolerance: float | None = None, mistakes: tuple[tuple[float, str], ...] = ()) -> Asked:
    return Asked("number", "?", (), answer, tolerance, "", "Because.", True, mistakes)


@pytest.mark.parametrize("text", ["2", " 2. ", "b", "B)", "a second", "A  SECOND."])
def test_right_choices(text: str) -> None:
    reply = judge(CHOICE, text)
    assert reply.right
    assert reply.text == "Right. Because."


@pytest.mark.parametrize("text", ["1", "a", "the first one"])
def test_wrong_choices(text: str) -> None:
    assert judge(CHOICE, text) == judge(CHOICE, "1")
    assert judge(CHOICE, text).text == "Not that."


@pytest.mark.parametrize("text", ["", "3", "0", "c", "third", "-1", "²", "١"])
def test_what_is_no_choice_does_not_count(text: str) -> None:
    assert judge(CHOICE, text).understood == (text == "١")  # an Arabic digit 1 is a 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5), ("−0.5", -0.5), ("-.5", -0.5), ("0,5", 0.5), ("+3", 3), ("1e-3", 0.001), ("1E3", 1000), ("5.", 5),
        ("1/4", 0.25), ("-1 / 4", -0.25), ("81 %", 0.81), ("= 2", 2), ("–1", -1), ("1/0", None), ("", None),
        ("nan", None), ("inf", None), ("1e999", None), ("1.2.3", None), ("1,2,3", None), ("1/2/3", None), ("%", None),
        ("x", None), ("0x10", None), ("1_000", None), ("--1", None), ("/2", None),
    ],
)  # fmt: skip
def test_numbers(text: str, value: float | None) -> None:
    assert number_of(text) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("answer", "text", "said"),
    [
        (0.25, "0.25", "Right. Because."),
        (0.25, "0.254", "Right. Because."),
        (0.25, "0.26", "Very near, but not near enough: count with more digits."),
        (0.25, "-0.25", "The size is right, the sign is not."),
        (0.25, "0.5", "That is twice the right number."),
        (0.25, "0.125", "That is half the right number."),
        (0.25, "2.5", "That is ten times the right number."),
        (0.25, "0.025", "That is a tenth of the right number."),
        (0.25, "-1", "The sign is not right, nor is the size."),
        (0.25, "0.9", "Too large."),
        (0.25, "0.1", "Too small."),
        (0.25, "0", "Too small."),
        (0.0, "0.001", "Right. Because."),
        (0.0, "0.1", "Too large."),
        (0.25, "word", "That is not a number. Write it like 0.25, −3 or 1e-4."),
    ],
)
def test_diagnoses(answer: float, text: str, said: str) -> None:
    assert judge(number(answer), text).text == said


def test_expected_mistakes_and_tolerance() -> None:
    asked = number(4.5, 0.1, ((4.0, "The bias is missing"),))
    assert judge(asked, "4.59").right
    assert not judge(asked, "4.61").right
    assert judge(asked, "4").text == "The bias is missing"
    assert judge(number(9, 0.0), "9").right
    assert not judge(number(9, 0.0), "9.01").right


@given(st.text(max_size=20))
def test_any_answer_gets_a_reply(text: str) -> None:
    for asked in (CHOICE, number(0.25), number(0.0), number(float("nan")), number(float("inf"))):
        assert judge(asked, text).text
