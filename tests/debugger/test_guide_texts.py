"""Texts that quote live numbers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.debugger.conditions import ConditionError
from nnsim.debugger.numbers import Numbers, Vocabulary
from nnsim.debugger.templates import template
from nnsim.engine.simulation import Simulation
from nnsim.scenario import load

SIM = Simulation(load("xor"))
SIM.seek(7)
NUMBERS = Numbers(SIM)
VOCABULARY = Vocabulary.of(SIM)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("no numbers", "no numbers"),
        ("{iteration}", "7"),
        ("{{loss}} {0.123456}", "{loss} 0.1235"),
        ("{0.123456:2} {0-0.5} {0.8125:%}", "0.12 −0.5 81.2 %"),
        ("{1 > 0} {1 < 0}", "yes no"),
        ("{sum(W1[:,h1]) - sum(W1[:,0])}", "0"),
        ("{1000000}", "1000000"),
        ("{1/0} {0/0}", "∞ nan"),
        ("{max(W1[:,h1]) > 100:2}", "no"),
    ],
)
def test_texts_quote_numbers(text: str, filled: str) -> None:
    assert template(text, VOCABULARY).filled(NUMBERS) == filled


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("a {los} b", 4, 'did you mean "loss"'),
        ("{loss", 1, "lone {"),
        ("loss}", 5, "lone }"),
        ("{}", 2, "is empty"),
        ("{z1}", 2, "not one"),
        ("{loss:x}", 6, "1 to :17"),
        ("{loss:0}", 6, "1 to :17"),
        ("{loss:18}", 6, "1 to :17"),
    ],
)
def test_texts_with_mistakes(text: str, column: int, words: str) -> None:
    with pytest.raises(ConditionError, match=words) as error:
        template(text, VOCABULARY)
    assert error.value.column == column


@given(st.text(alphabet="{}: loss[0]z1%2", max_size=20))
def test_any_template_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConditionError):
        template(text, VOCABULARY).filled(NUMBERS)
