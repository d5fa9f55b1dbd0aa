"""The text of a moment, and the command that opens there."""

import contextlib
import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnsim
from nnsim.cli import _parse, options
from nnsim.debugger.places import PlaceError, command, go, place_of, read, written
from nnsim.debugger.session import Session
from nnsim.scenario import from_csv
from nnsim.scenario.commands import NoCommandError, words
from nnsim.scenario.saving import save

SESSIONS = {name: Session(nnsim.Simulation(nnsim.load(name))) for name in ("xor", "titanic", "digits")}


@settings(deadline=None)
@given(st.sampled_from(sorted(SESSIONS)), st.integers(0, 60), st.data())
def test_every_moment_is_read_as_it_is_written(name: str, iteration: int, data: st.DataObject) -> None:
    session = SESSIONS[name]
    session.go_to(iteration)
    session.go_to_op(data.draw(st.integers(0, len(session.program) - 1)))
    shape = session.frame[session.tensor].shape
    session.choose(tuple(data.draw(st.integers(0, length - 1)) for length in shape))
    place = place_of(session)
    text = written(place, session.program)
    session.go_to(0)
    session.go_to_op(0)
    found = read(text, session)
    go(session, found)
    assert (session.iteration, session.tensor, session.index) == (place.iteration, place.op, place.index)
    assert written(place_of(session), session.program) == text


def test_as_a_teacher_writes_it() -> None:
    session = SESSIONS["xor"]
    go(session, read("250:backward.dW2[0,0]", session))
    assert (session.iteration, session.tensor, session.index) == (250, "dW2", (0, 0))
    for text, stands in {
        "1_00": (100, "dW2"),
        "0,499": (499, "dW2"),
        "7:dW2": (7, "dW2"),
        "7:backward": (7, "da2"),
        "7:loss": (7, "loss"),
        " 7 : update.W1.mhat [1,h3] ": (7, "W1.mhat"),
        "7:update": (7, "W1.m"),
    }.items():
        go(session, read(text, session))
        assert (session.iteration, session.tensor) == stands, text


def test_names_of_samples_units_and_features() -> None:
    session = SESSIONS["titanic"]
    row = session.sim.rows(5)[3]
    go(session, read(f"5:forward.z1[#{row},h2]", session))
    assert (session.tensor, session.index) == ("z1", (3, 1))
    go(session, read('5:dW1["Sex_male",h3]', session))
    assert session.frame.label("dW1", session.index).endswith("[Sex_male,h3]")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a moment; allowed: an iteration, such as 250, or 250:backward.dW1"),
        ("dW2", "is not a moment"),
        ("-1", "is not a moment"),
        ("1.5", "is not a moment"),
        ("9" * 30, "is not a moment"),
        ("3:", "is not a moment"),
        ("100000", "there is no iteration 100,000; allowed: 0 to"),
        ("3:dw2", 'there is no “dw2”; allowed: x, y, .*did you mean "dW2"'),
        ("3:forward.dW2", "dW2 belongs to backward, not to forward"),
        ("3:forward.q", "there is no “q”; allowed: z1, a1, z2, a2"),
        ("3:backwards.dW2", 'there is no phase “backwards”; allowed: batch, .*did you mean "backward"'),
        ("3:W1[0,0]", "W1 is what an iteration starts from, no op computes it; allowed: x, y"),
        ("3:dW2[0]", r"dW2 has 2 axes, found 1 indices; allowed: dW2\[i,j\]"),
        ("3:loss[0]", "loss has 0 axes, found 1 indices; allowed: loss"),
        ("3:dW1[0,4]", "there is no “4” on axis 1 of dW1; allowed: 0 to 3, or h1, h2, h3, h4"),
        ("3:dW1[-1,0]", "there is no “-1” on axis 0"),
        ("3:z1[#9,0]", "there is no “#9” on axis 0 of z1; allowed: 0 to 3, or #0, #1, #2, #3"),
        ("3:dW1[,]", "there is no “” on axis 0"),
        ('3:dW1["h1,0]', "is not an index"),
        ("3:dW1[0,0]x", "is not a moment"),
    ],
)
def test_what_is_no_moment_says_what_would_be(text: str, words: str) -> None:
    session = SESSIONS["xor"]
    session.go_to(0)
    with pytest.raises(PlaceError, match=words) as error:
        read(text, session)
    assert "\n" not in str(error.value)


@given(st.text(max_size=30) | st.from_regex(r"\d{1,3}:[a-z]{0,8}\.?[dWzab]?[W1-3]{0,2}\[?[#\w,\"]{0,6}\]?"))
def test_any_text_is_read_or_refused(text: str) -> None:
    session = SESSIONS["xor"]
    session.go_to(0)
    with contextlib.suppress(PlaceError):
        place = read(text, session)
        go(session, place)
        assert session.iteration == place.iteration


OVERRIDES = [
    {},
    {"seed": 3},
    {"training.optimizer.name": "sgd", "training.batch_size": 2},
    {"training.optimizer.learning_rate": 0.25, "title": 'a "quoted" \\ title'},
    {"network.layers.0.units": 7, "network.layers.0.activation": "relu"},
    {"network.layers": [{"units": 1, "activation": "sigmoid"}]},
    {"network.frozen": ["b1"], "training.shuffle": False},
    {"network.weights.b1": [0.1, -2.5, 1e-9, 3.0]},
]


@pytest.mark.parametrize("overrides", OVERRIDES)
def test_the_command_opens_the_same_scenario(overrides: dict[str, object]) -> None:
    scenario = nnsim.load("xor", overrides)
    line = shlex.join(["nnsim", *words(scenario)])
    assert opened_by(line).document == scenario.document


def test_what_no_option_can_say_is_refused() -> None:
    rows = {"rows": {"inputs": [[0.5, 1], [2, 3]], "targets": [[0], [1]]}}
    with pytest.raises(NoCommandError, match="something was taken out"):
        words(nnsim.load("xor", {"data": rows}))


def opened_by(line: str) -> nnsim.Scenario:
    return options.load(_parse(shlex.split(line)[1:]))


def test_the_command_for_a_table_and_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{i},{i % 3},{i % 2}" for i in range(40))
    Path("my table.csv").write_text(f"a,b,answer\n{rows}\n", encoding="utf-8")
    made = from_csv("my table.csv", "answer", {"training.epochs": 7})
    line = shlex.join(["nnsim", *words(made)])
    assert line == "nnsim 'my table.csv' --target answer --set training.epochs=7"
    assert opened_by(line).document == made.document
    save(made, "mine.toml")
    loaded = nnsim.load("mine.toml", {"seed": 9})
    assert words(loaded) == ("mine.toml", "--seed", "9")


def test_the_command_opens_the_moment_with_its_edits() -> None:
    scenario = nnsim.load("xor", {"seed": 5})
    session = Session(nnsim.Simulation(scenario))
    session.go_to(30)
    session.edit("W1[0,2] = 0.5")
    go(session, read("40:a1[#2,h3]", session))
    line = command(words(scenario), session)
    assert line == "nnsim xor --seed 5 --edit 'W1[0,2]=0.5@30' --at '40:forward.a1[2,2]'"
