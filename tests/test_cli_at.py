"""nnsim xor --at …: the screen opens exactly there, also from the command that the screen copies."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

import nnsim
from nnsim.cli import main
from nnsim.debugger.places import command, go, read
from nnsim.debugger.session import Session
from nnsim.scenario.commands import words


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Session]:
    """The sessions that the screen would have shown."""
    sessions: list[Session] = []
    monkeypatch.setattr("nnsim.cli.opening._show", lambda session, *_, **__: sessions.append(session))
    return sessions


def test_the_screen_opens_at_the_moment(shown: list[Session]) -> None:
    assert main(["xor", "--at", "250:backward.dW2[2,0]"]) == 0
    (session,) = shown
    assert (session.iteration, session.tensor, session.index) == (250, "dW2", (2, 0))


@pytest.mark.parametrize(
    ("name", "overrides", "edits", "at"),
    [
        ("xor", {}, (), "17:forward.a1[2,3]"),
        ("xor", {"seed": 8, "training.optimizer.name": "momentum"}, ("W1[0,2]=0.5@9", "b1[1]=0@12"), "30:W1.m[1,1]"),
        ("titanic", {"network.layers.0.units": 3, "title": 'what\'s "in" it?'}, (), "40:update.W1.mhat[Sex_male,h2]"),
    ],
)
def test_the_copied_command_opens_where_it_was_copied(
    shown: list[Session], name: str, overrides: dict[str, Any], edits: tuple[str, ...], at: str
) -> None:
    session = Session(nnsim.Simulation(nnsim.load(name, overrides)))
    session.go_to(60)
    for edit in edits:
        session.edit(edit)
        session.go_to(60)
    go(session, read(at, session))
    line = command(words(nnsim.load(name, overrides)), session)
    assert main(shlex.split(line)[1:]) == 0
    (opened,) = shown
    assert (opened.iteration, opened.tensor, opened.index) == (session.iteration, session.tensor, session.index)
    assert opened.branch.words == session.branch.words
    assert opened.frame.copy_of_buffer().tobytes() == session.frame.copy_of_buffer().tobytes()
    assert shlex.split(command(words(opened.tree.root.sim.experiment), opened)) == shlex.split(line)  # type: ignore[arg-type]


ADAMW = {"training.optimizer": {"name": "adamw", "learning_rate": 0.05, "weight_decay": 0.1}}
MOMENTUM = {"training.optimizer": {"name": "momentum", "learning_rate": 0.1, "momentum": 0.9}, "training.batch_size": 2}
DROPOUT = {"network.layers.0.dropout": 0.3, "training.schedule": {"name": "step", "every": 5, "factor": 0.5},
           "training.l2": 0.01, "training.clip_norm": 1.0}  # fmt: skip
KINDS = [  # of edits
    ("xor", {}, "W1[0,2]=0.5"), ("xor", {}, "b2[0]=−1/3"), ("xor", {}, "x[1,0]=0,25"), ("xor", {}, "y[2,0]=0.9"),
    ("xor", {}, "z1[#3,h2]=1e-7"), ("xor", {}, "a1[3,1]=-0.99"), ("xor", {}, "z2[0,0]=3"), ("xor", {}, "a2[0,y]=0.1"),
    ("xor", {}, "loss=2"), ("xor", {}, "da2[1,0]=0.1"), ("xor", {}, "dz2[1,0]=0.1"), ("xor", {}, "dW2[h1,y]=0.3"),
    ("xor", {}, "db1[0]=0.3"), ("xor", {}, "W1.m[0,1]=0.01"), ("xor", {}, "W1.v[0,1]=0.01"),
    ("xor", {}, "W1.m.prev[0,1]=0.01"), ("xor", {}, "W1.mhat[0,1]=0.2"), ("xor", {}, "b1.step[1]=0.1"),
    ("xor", {}, "W2.next[1,0]=7"), ("xor", {}, "learning_rate=0.3"), ("xor", {}, "beta1 = 0.5"),
    ("xor", {}, "epsilon=1e-3"), ("xor", {}, "optimizer = sgd"), ("xor", {}, "optimizer=nesterov"),
    ("xor", {}, "layer 1 activation = relu"), ("xor", {}, "layer 1 h2 = 0"),
    ("xor", {}, "layer 2 activation = sigmoid"),
    ("xor", ADAMW, "weight_decay=0.5"), ("xor", MOMENTUM, "momentum=0"), ("xor", MOMENTUM, "x[1,1]=0.5"),
    ("xor", MOMENTUM, "optimizer=adam"), ("xor", DROPOUT, "a1[1,1]=0.5"), ("xor", DROPOUT, "learning_rate=0.2"),
    ("xor", DROPOUT, "layer1.h3=0"), ("xor", DROPOUT, "alpha=0.7"), ("xor", DROPOUT, "penalty=0.7"),
    ("xor", DROPOUT, "norm=0.7"), ("titanic", {}, "x[3,Age]=2.5"), ("titanic", {}, "y[0,Survived]=1"),
    ("titanic", {}, "W1[Sex_male,h2]=0"), ("digits", {}, "y[0,3]=0.5"), ("auto-mpg", {}, "y[2,0]=-3"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "overrides", "kind"), KINDS)
def test_the_copied_command_makes_every_kind_of_edit_again_to_the_last_bit(
    shown: list[Session], name: str, overrides: dict[str, Any], kind: str
) -> None:
    session = Session(nnsim.Simulation(nnsim.load(name, overrides)))
    session.go_to(7)
    session.edit(kind)
    session.go_to(9)
    session.edit("W2[0,0] = 0.125")
    session.edit("learning_rate = 0.01")
    at = (7, 8, 9, 20)
    session.go_to(at[-1])
    line = command(words(nnsim.load(name, overrides)), session)
    assert main(shlex.split(line)[1:]) == 0
    for iteration in at:
        session.go_to(iteration)
        shown[0].go_to(iteration)
        assert list(shown[0].frame) == list(session.frame)
        assert all(shown[0].frame[each].tobytes() == session.frame[each].tobytes() for each in session.frame)
    assert shown[0].branch.words == session.branch.words


def test_a_trace_of_a_branch_is_what_the_screen_shows_there(capsys: pytest.CaptureFixture[str]) -> None:
    edits = ["--edit", "optimizer=sgd@4", "--edit", "W1[0,2]=0.5@2"]
    assert main(["trace", "xor", "--iteration", "6", *edits, "--format", "json"]) == 0
    trace = json.loads(capsys.readouterr().out)
    session = Session(nnsim.Simulation(nnsim.load("xor")))
    session.go_to(2)
    session.edit("W1[0,2]=0.5")
    session.go_to(4)
    session.edit("optimizer=sgd")
    session.go_to(6)
    assert {op["name"]: op["values"] for op in trace["ops"]} == {
        op.name: session.frame[op.name].tolist() for op in session.program
    }
    assert main(["trace", "xor", "--iteration", "2", *edits]) == 0
    text = capsys.readouterr().out
    assert text.startswith("XOR, W1[0,2] = 0.5 at 2, optimizer = sgd at 4 · iteration 2 · ")
    assert main(["trace", "xor", "--iteration", "1", *edits]) == 0  # before anything was changed
    assert main(["trace", "xor", "--iteration", "1"]) == 0
    changed, plain = capsys.readouterr().out.split("XOR")[1:]
    assert changed.split("\n")[1:] == plain.split("\n")[1:]


def test_patience_does_not_keep_a_trace_or_a_worksheet_from_its_iteration(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    impatient = ["overfit", "--set", "training.patience=1", "--iteration", "300"]
    assert main(["trace", *impatient]) == 0
    assert "iteration 300 " in capsys.readouterr().out.split("\n")[0]
    assert main(["worksheet", *impatient, "--output", str(tmp_path / "sheet.md")]) == 0
    assert "worksheet, iteration 300" in (tmp_path / "sheet.md").read_text(encoding="utf-8")


def test_a_table_opens_there_without_the_first_screen(
    shown: list[Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{i},{i % 3},{i % 2}" for i in range(40))
    Path("my.csv").write_text(f"a,b,answer\n{rows}\n", encoding="utf-8")
    assert main(["my.csv", "--target", "answer", "--at", "3:loss"]) == 0
    assert (shown[0].iteration, shown[0].tensor) == (3, "loss")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["xor", "--at", "nowhere"], "--at: “nowhere” is not a moment; allowed: an iteration, such as 250, or 250:"),
        (["xor", "--at", "500"], "--at: there is no iteration 500; allowed: 0 to 499"),
        (["xor", "--at", "3:dW2[9,9]"], "--at: there is no “9” on axis 0 of dW2; allowed: 0 to 3, or h1, h2, h3, h4"),
        (["--at", "3"], "need a scenario: nnsim xor --seed 3"),
        (["xor", "--guide", "--at", "3"], "--edit and --at are for scenarios"),
    ],
)
def test_a_mistake_is_one_line(
    shown: list[Session], arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("nnsim: ")
    assert told in said.err
    assert said.err.count("\n") == 1
    assert shown == []
