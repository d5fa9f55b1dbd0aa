"""What `nnsim check` says about a table."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnsim.cli import main, options
from nnsim.engine import metrics
from nnsim.engine.simulation import Simulation
from nnsim.scenario import from_csv, load, summary

Write = Callable[[str, str], Path]

TABLE = """\
id;size;colour;when;what\u202e;y
1;1,5;red;1.2.2024;a;10,5
2;;blue;2.2.2024;a;20
3;4,5;;3.2.2024;a;30
4;3,5;blue;4.2.2024;a;25
5;3,5;red;4.2.2024;a;25
6;2,5;blue;4.2.2024;a;25
7;2,5;blue;4.2.2024;a;
8;2,5;red;4.2.2024;a;22,5
9;2,5;red;4.2.2024;a;22
10;2,5;red;4.2.2024;a;24
11;2,5;red;4.2.2024;a;24
"""

SAID = """\
y of t.csv: y, learnt from 2 columns of t.csv.
  table        11 rows of 6 columns, 1 of them without a target and left out; semicolons, decimal commas, UTF-8
  columns      id          left out  it numbers the rows, or names them
               size        number    1.5 to 4.5; 1 missing becomes 2.5 (the median)
               colour      category  2: blue, red; 1 missing becomes red (the commonest)
               when        left out  it holds dates or times; a column computed from them, such as a year, can be used
               what\\u202e  left out  all its values are the same
               y           target    10.5 to 30
  task         a quantity (regression)
  data         10 training rows, 0 held out for validation
  inputs       size, colour_red
  targets      y
  standardised y = (y − 22.8) / 4.78644: this is what the network learns
               the loss is in the unit of this y, mae in that of y
  network      2 → 8 relu → 1 linear: 33 parameters
  loss         mean squared error
  metrics      loss, mae, r2
"""


def test_check_of_a_table(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("t.csv", TABLE)
    assert main(["check", "t.csv", "--target", "y", "--set", "data.validation=0"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(SAID)


def test_check_of_a_built_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "titanic"]) == 0
    out = capsys.readouterr().out
    assert "  table        1,309 rows of 11 columns; commas, UTF-8\n" in out
    assert "Age       number    0.1667 to 80; 263 missing become " in out
    assert "Survived  target    0 (809 rows), 1 (500 rows)\n" in out


def test_classes_are_counted(write: Write) -> None:
    rows = "".join(f"{row % 7},{'abcdefgh'[row % 8 if row else 3]}\n" for row in range(80))
    report = from_csv(write("t.csv", "n,y\n" + rows), "y").report
    assert report
    assert report.task == "8 classes (classification)"
    told = "a (9 rows), b (10 rows), c (10 rows), d (11 rows), e (10 rows), f (10 rows), … (8 in all)"
    assert report.fields[1].text == told


def test_a_column_that_is_not_asked_for(write: Write) -> None:
    path = write("t.csv", "n,m,y\n" + "".join(f"{row % 7},{row % 5},{row % 2}\n" for row in range(20)))
    report = from_csv(path, "y", {"data.features": ["n"]}).report
    assert report
    assert (report.fields[1].role, report.fields[1].text) == ("left out", "it is not among the features")


def test_metrics_of_very_many_rows_are_those_of_a_fixed_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load("titanic")
    exact = Simulation(scenario).metrics("training")
    monkeypatch.setattr(metrics, "SAMPLE", 1047)
    assert Simulation(scenario).metrics("training") == exact
    monkeypatch.setattr(metrics, "SAMPLE", 900)
    sampled = Simulation(scenario)
    found = sampled.metrics("training")
    assert found == sampled.metrics("training") != exact
    assert found["accuracy"] == pytest.approx(exact["accuracy"], abs=0.05)
    assert int(sampled.confusion("training").sum()) == 900
    assert sampled.metrics("validation") == Simulation(scenario).metrics("validation")  # 262 rows: all of them
    assert found != Simulation(replace(scenario, seed=9)).metrics("training")


def test_the_sample_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "SAMPLE", 500)
    lines = list(summary.summary(load("titanic")))
    assert "  metrics      loss, accuracy; over a fixed sample of 500 of the 1,047 training rows" in lines


def test_a_large_table(tmp_path: Path) -> None:
    """A small one for every day; tests/benchmarks/tables.py has the large ones."""
    rng = np.random.default_rng(0)
    path = tmp_path / "t.csv"
    n = 120_000
    with path.open("w") as file:
        file.write("a,b,y\n")
        for a, b in zip(rng.standard_normal(n).tolist(), rng.integers(0, 5, n).tolist(), strict=True):
            file.write(f"{a:.5g},k{b},{int(a > 0)}\n")
    scenario = from_csv(path, "y")
    assert scenario.training.batch_size == 256
    sim = Simulation(scenario)
    sim.step(1000)
    assert sim.metrics("validation")["accuracy"] > 0.98


def test_reading_shows_its_progress_on_a_terminal(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write("t.csv", "a,y\n" + "".join(f"{row % 7},{row % 2}\n" for row in range(20_000)))
    arguments = ["check", "t.csv", "--target", "y"]
    assert main(arguments) == 0
    plain = capsys.readouterr()
    assert plain.err == ""
    monkeypatch.setattr(options, "PATIENCE", -1)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert "reading" in shown.err
    assert shown.out == plain.out
