"""nnsim xor --at …: the screen opens exactly there, also from the command that the screen copies."""

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
