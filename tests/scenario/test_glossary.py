"""The glossary: complete, consistent, and found whatever way a term is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.engine.simulation import Simulation
from nnsim.scenario import ScenarioError, load, names
from nnsim.scenario.glossary import Entry, entries, lines, look_up, suggestions


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.term)
def test_entries(entry: Entry) -> None:
    assert 1 <= entry.text.count(". ") + 1 <= 3 or "e.g." in entry.text
    assert entry.text.endswith((".", ")"))
    assert len(entry.text) < 320
    terms = {each.term for each in entries()}
    assert set(entry.see) <= terms - {entry.term}
    assert entry.where
    assert all(scenario in names() for scenario, _ in entry.where)


def test_every_op_that_is_named_exists() -> None:
    places = {place for entry in entries() for place in entry.where if place[1]}
    programs = {scenario: Simulation(load(scenario)).program for scenario, _ in sorted(places)}
    missing = [(scenario, op) for scenario, op in sorted(places) if programs[scenario].position(op) is None]
    assert missing == []


def test_there_are_enough_and_none_twice() -> None:
    names = [each.casefold() for entry in entries() for each in (entry.term, *entry.aliases)]
    assert len(entries()) >= 60
    assert sorted(names) == sorted(set(names))
    for entry in entries():
        assert look_up(entry.term) is entry
        assert all(look_up(alias) is entry for alias in entry.aliases), entry.aliases


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("vanishing gradient", "vanishing gradient"),
        ("Vanishing-Gradients", "vanishing gradient"),
        ("  LEARNING   rates ", "learning rate"),
        ("relu", "ReLU"),
        ("regularisation", "regularization"),
        ("back propagation", "backpropagation"),
        ("logloss", "cross-entropy"),
        ("cost function", "loss"),
        ("σ", "sigmoid"),
        ("classes", "class"),
        ("losses", "loss"),
        ("minibatch", "batch"),
    ],
)
def test_spellings(text: str, term: str) -> None:
    assert look_up(text).term == term


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vanishing", 'did you mean "vanishing gradient"'),
        ("backpropagaton", '"backpropagation"'),
        ("gradient decent", '"gradient descent"'),
        ("zzz", "terms are known"),
        ("", "terms are known"),
        ("\x1b[31m", "terms are known"),
    ],
)
def test_near_misses(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match="there is no term") as error:
        look_up(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert str(error.value).isprintable()


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    assert len(suggestions(text)) <= 3


@pytest.mark.parametrize("width", [20, 40, 78])
def test_lines_fit(width: int) -> None:
    for entry in entries():
        shown = lines(entry, width)
        assert shown[0] == entry.term
        assert all(len(line) <= max(width, len(entry.term)) for line in shown[1:]), shown
    assert lines(look_up("XOR"), 60)[-2:] == [
        "see also: linear separability, hidden layer",
        "in nnsim: xor · xor-linear",
    ]
