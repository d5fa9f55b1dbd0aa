"""A scenario written as TOML loads to the same scenario."""

import os
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.cli import main
from nnsim.scenario import Scenario, ScenarioError, from_csv, load, names
from nnsim.scenario.saving import save, toml

keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
leaves = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
values = st.recursive(leaves, lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3))


@given(st.dictionaries(keys, values, max_size=5))
def test_any_document_comes_back(document: dict[str, Any]) -> None:
    text = toml(document)
    assert tomllib.loads(text) == document
    assert all(line.isprintable() for line in text.split("\n"))


def same(one: Scenario, other: Scenario) -> None:
    for part in ("x", "y", "x_validation", "y_validation", "rows"):
        np.testing.assert_array_equal(getattr(one.data, part), getattr(other.data, part))
    assert one.data.input_names == other.data.input_names
    assert one.data.target_names == other.data.target_names
    assert one.training == other.training
    assert one.network.layers == other.network.layers
    assert (one.title, one.summary, one.description, one.seed) == (
        other.title,
        other.summary,
        other.description,
        other.seed,
    )
    assert (one.report, one.scalings) == (other.report, other.scalings)


@pytest.mark.parametrize("target", ["y", "c"])
def test_a_table_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    table = Path("deep/it's [b]mine.csv")
    rows = "".join(f'{row % 7},{row},"say ""{row % 3}""",{row * 1.5}\n' for row in range(40))
    table.write_text('"weiß ""nicht""\\",[red]x,c,y\n' + rows, encoding="utf-8")
    scenario = from_csv(table, target, {"seed": 5, "network.layers.0.units": 3})
    save(scenario, "deep/er/saved.toml")
    same(scenario, load("deep/er/saved.toml"))
    assert tomllib.loads(Path("deep/er/saved.toml").read_text(encoding="utf-8"))["data"]["csv"].startswith("../it's")
    save(scenario, Path("beside.toml"))
    same(scenario, load("beside.toml"))
    (tmp_path / "deep").rename(tmp_path / "moved")
    with pytest.raises(ScenarioError, match="there is no such file"):
        load("beside.toml")
    same(scenario, load("moved/er/saved.toml"))


@pytest.mark.parametrize("name", names())
def test_a_built_in_comes_back(tmp_path: Path, name: str) -> None:
    scenario = load(name)
    save(scenario, tmp_path / "saved.toml")
    same(scenario, load(tmp_path / "saved.toml"))


def test_a_saved_file_replaces_another_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "saved.toml"
    path.write_text("old")
    path.chmod(0o640)
    save(load("xor"), path)
    assert load(path).title == "XOR"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["saved.toml"]


def test_a_write_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "saved.toml"
    path.write_text("old")

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ScenarioError, match=r"saved\.toml: cannot be written \(No space left on device\)$"):
        save(load("xor"), path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["saved.toml"]


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=r"cannot be the name of a scenario; allowed: a name that ends with \.toml$"
    ):
        save(load("xor"), tmp_path / "data.csv")
    with pytest.raises(ScenarioError, match=r"cannot be written \(No such file or directory\)$"):
        save(load("xor"), tmp_path / "nowhere" / "saved.toml")


def test_a_name_that_is_not_unicode(tmp_path: Path) -> None:
    path = tmp_path / "na\udcffme.csv"
    path.write_text("a,y\n" + "".join(f"{row % 5},{row % 2}\n" for row in range(20)))
    scenario = from_csv(path, "y")
    with pytest.raises(ScenarioError, match="cannot be written: a name in it is not Unicode"):
        save(scenario, tmp_path / "saved.toml")
    assert not (tmp_path / "saved.toml").exists()


def test_check_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("a,y\n" + "".join(f"{row % 5},{row % 2}\n" for row in range(20)))
    assert main(["check", "t.csv", "--target", "y", "--seed", "4", "--save", "t.toml"]) == 0
    first = capsys.readouterr().out
    assert first.endswith("  saved        t.toml\n")
    assert main(["check", "t.toml"]) == 0
    assert capsys.readouterr().out == first.replace("  saved        t.toml\n", "")
    assert main(["check", "t.csv", "--target", "y", "--save", "t.csv"]) == 2
    assert capsys.readouterr().out == ""


def test_check_replaces_a_file_only_when_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = Path("mine.toml")
    mine.write_text("# hours of work")
    assert main(["check", "xor", "--save", "mine.toml"]) == 2
    assert capsys.readouterr().err == (
        "nnsim: mine.toml is there already: --force replaces it, --save names another file\n"
    )
    assert mine.read_text() == "# hours of work"
    assert main(["check", "xor", "--save", "mine.toml", "--force"]) == 0
    assert "hours" not in mine.read_text()
