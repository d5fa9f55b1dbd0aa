"""A scenario's file may name the guide that leads through it."""

import json
import tomllib
from pathlib import Path

import pytest

from nnsim.cli import main
from nnsim.scenario import ScenarioError, load
from nnsim.scenario.saving import save
from tests.scenario.conftest import Write

SCENARIO = """\
title = "Mine"
guide = "lessons/first.toml"

[data]
generator = "xor"

[network]
layers = [{ units = 1, activation = "sigmoid" }]

[training]
loss = "binary_cross_entropy"
optimizer = "sgd"
epochs = 3
"""
GUIDE = """\
title = "First"
[[steps]]
at = "iteration 0, {op}"
text = "Look."
"""


def both(write: Write, op: str = "z1") -> Path:
    Path("lessons").mkdir(exist_ok=True)
    write("lessons/first.toml", GUIDE.format(op=op))
    return write("my.toml", SCENARIO)


def test_check_tells_of_it(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("other.toml", "")
    both(write)
    assert main(["check", "my.toml"]) == 0
    assert "  guide        lessons/first.toml: 1 step\n" in capsys.readouterr().out


def test_a_mistake_in_it_has_its_file_and_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("other.toml", "")
    both(write, op="z9")
    assert main(["check", "my.toml"]) == 2
    assert 'lessons/first.toml: line 3, steps[0].at: there is no op "z9"' in capsys.readouterr().err


def test_one_that_is_not_there(write: Write) -> None:
    write("my.toml", SCENARIO)
    with pytest.raises(ScenarioError, match=r'^my\.toml: line 2, guide: found "lessons/first\.toml", and there is no'):
        load("my.toml")


def test_it_is_found_from_where_the_scenario_is_saved(write: Write, tmp_path: Path) -> None:
    write("other.toml", "")
    scenario = load(both(write))
    (tmp_path / "deep").mkdir()
    save(scenario, tmp_path / "deep" / "copy.toml")
    assert tomllib.loads((tmp_path / "deep" / "copy.toml").read_text())["guide"] == "../lessons/first.toml"
    copied = load(tmp_path / "deep" / "copy.toml").guide
    assert copied is not None
    assert copied.samefile(tmp_path / "lessons" / "first.toml")


def test_run_says_of_how_many_rows_metrics_are(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["run", "moons", "--iterations", "1"]
    assert main(options) == 0
    assert "sample" not in capsys.readouterr().out
    monkeypatch.setattr("nnsim.engine.metrics.SAMPLE", 100)
    monkeypatch.setattr("nnsim.scenario.summary.SAMPLE", 100)
    assert main(options) == 0
    assert "metrics are over a fixed sample of 100 of the 160 training rows" in capsys.readouterr().out
    assert main([*options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["measured_rows"] == {"training": 100, "validation": 40}
