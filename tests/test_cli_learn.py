"""The commands about guides, lessons and terms."""

import os
from pathlib import Path

import pytest

from nnsim.cli import main
from nnsim.scenario.glossary import entries


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said to a mistake: one line."""
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("nnsim: ")
    assert error.count("\n") == 1
    return error


def test_explain_prints_an_entry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "vanishing gradient"]) == 0
    quoted = capsys.readouterr().out
    assert quoted.startswith("vanishing gradient\n\n")
    assert all(len(line) <= 78 for line in quoted.splitlines())
    assert main(["explain", "Vanishing", "Gradients"]) == 0
    assert capsys.readouterr().out == quoted


def test_explain_knows_every_term(capsys: pytest.CaptureFixture[str]) -> None:
    for entry in entries():
        assert main(["explain", entry.term]) == 0
        assert capsys.readouterr().out.startswith(entry.term)


def test_explain_names_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert 'did you mean "vanishing gradient"' in refused(capsys, "explain", "vanshing gradiant")
    assert "terms are known" in refused(capsys, "explain", "xyzzyq")
    assert "\x1b" not in refused(capsys, "explain", "\x1b[31m")


@pytest.mark.parametrize("options", [[], ["--guide"]])
def test_new_writes_what_check_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    file = tmp_path / "mine.toml"
    assert main(["new", str(file), *options]) == 0
    assert os.listdir(tmp_path) == ["mine.toml"]
    assert "nnsim mine.toml" in file.read_text(encoding="utf-8")
    assert main(["check", str(file)]) == 0
    assert ("3 steps, 1 of them with a question" in capsys.readouterr().out) == bool(options)


def test_new_leaves_alone_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("mine")
    assert "is there already" in refused(capsys, "new", str(file))
    assert file.read_text() == "mine"
    (tmp_path / "link.toml").symlink_to(tmp_path / "nowhere.toml")
    assert "is there already" in refused(capsys, "new", str(tmp_path / "link.toml"))
    assert "ends with .toml" in refused(capsys, "new", str(tmp_path / "mine.txt"))
    assert "cannot be written" in refused(capsys, "new", str(tmp_path / "no" / "mine.toml"))
    assert sorted(os.listdir(tmp_path)) == ["link.toml", "mine.toml"]


def test_new_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", fail)
    assert main(["new", str(tmp_path / "mine.toml")]) == 0
    assert os.listdir(tmp_path) == ["mine.toml"]


def test_check_says_what_a_guide_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "lesson-03-activations"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Activation functions: ")
    assert "7 steps, 3 of them with a question" in out
    assert "scenario     XOR" in out


def test_check_names_every_mistake_of_a_guide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "Mine"\nscenario = "xor"\nlocked = ["whyy"]\n\n'
        '[[steps]]\nat = "iteration 0, z9"\ntext = "{losss} is wrong."\n'
    )
    assert main(["check", str(file)]) == 2
    error = capsys.readouterr().err
    assert "line 6" in error
    assert 'did you mean "why"' in error
    assert "losss" in error
    assert "there is no op" in error


def test_a_guide_takes_no_changes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "--seed and --set" in refused(capsys, "lesson-01-neuron", "--seed", "3")
    assert "--seed and --set" in refused(capsys, "xor", "--guide", "--set", "seed=3")
    assert "is a guide" in refused(capsys, "check", "lesson-01-neuron", "--save", str(tmp_path / "x.toml"))
    assert "need a scenario" in refused(capsys, "--guide")


def test_there_is_not_a_guide_for_everything(capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(capsys, "nothing-at-all", "--guide")
    assert "there is no guide for 'nothing-at-all'" in error
    assert "xor" in error


@pytest.mark.parametrize("arguments", [["learn"], ["xor", "--guide"], ["lesson-01-neuron"]])
def test_lessons_need_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "needs a terminal" in refused(capsys, *arguments)


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for word in ("learn", "explain", "new", "--guide"):
        assert word in text
