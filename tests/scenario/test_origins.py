"""What is said of an input: its raw value, and the arithmetic that made it a number."""

import csv
from pathlib import Path

import pytest

import nnsim
from nnsim.scenario.builtin import FOLDER


@pytest.fixture(scope="module")
def sim() -> nnsim.Simulation:
    return nnsim.Simulation(nnsim.load("titanic"))


def test_every_input_of_a_batch_evaluates_to_its_number_and_quotes_the_file(sim: nnsim.Simulation) -> None:
    with (FOLDER / "data" / "titanic.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for t in range(3):
        sim.seek(t)
        for sample, row in enumerate(sim.frame.rows):
            for column, name in enumerate(sim.experiment.data.input_names):
                explanation = sim.explain("x", (sample, column))
                assert explanation.value == pytest.approx(explanation.result, rel=1e-12, abs=1e-15)
                source, raw = name.split("_")[0], lines[row][name.split("_")[0]]
                wanted = f"line {row + 2} of titanic.csv says {source} " if raw else f"has no {source}: "
                assert wanted in explanation.source
                if raw and source in ("Sex", "Embarked"):
                    assert f" {raw}; " in explanation.source
                assert f"Name {lines[row]['Name'][:30]}" in explanation.source


def test_a_standardised_number_shows_its_mean_and_deviation(sim: nnsim.Simulation) -> None:
    sim.seek(0)
    explanation = sim.explain("x", (0, 0))
    assert explanation.symbolic.endswith("= (Pclass − mean) / standard deviation")
    first, second, *_, last = explanation.lines()
    assert "Pclass" in first
    assert second.startswith("line ")
    assert last == "≈ −0.3661"
    assert explanation.lines(17)[-1].startswith("= −0.366")


def test_a_missing_number_names_what_stands_in(sim: nnsim.Simulation) -> None:
    age = sim.experiment.data.input_names.index("Age")
    notes = []
    for t in range(10):
        sim.seek(t)
        notes += [sim.explain("x", (sample, age)).source for sample in range(len(sim.frame.rows))]
    assert any("has no Age: 28, the median of the training rows, stands in" in note for note in notes)


def test_a_target_quotes_its_row(sim: nnsim.Simulation) -> None:
    sim.seek(0)
    source = sim.explain("y", (0, 0)).source
    assert source.startswith("line 422 of titanic.csv: Survived 0, Pclass 2, Name ")
    assert "Cabin –" in source  # nothing stands there


def test_names_from_a_file_are_made_safe(tmp_path: Path) -> None:
    rows = "".join(f"{i % 7},{'red' if i % 2 else chr(27) + '[1m'},{i % 3}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("a\x1b[2J,c,y\n" + rows)
    (tmp_path / "t.toml").write_text(
        "[data]\ncsv = 't.csv'\ntarget = 'y'\n[network]\nlayers = [{ units = 1, activation = 'linear' }]\n"
        "[training]\nloss = 'mean_squared_error'\noptimizer = 'sgd'\nepochs = 1\n"
    )
    sim = nnsim.Simulation(nnsim.load(tmp_path / "t.toml"))
    for column in range(2):
        assert "\x1b" not in "".join(sim.explain("x", (0, column)).lines())


def test_rows_without_a_file_are_told_by_number() -> None:
    sim = nnsim.Simulation(nnsim.load("neuron"))
    assert sim.explain("x", (1, 1)).lines() == ["x[#1,x2] = x2", "row 1 of the data says x2 1", "= 1"]
    overrides = {
        "data.rows": {"inputs": [[-0.25], [1]], "targets": [[0], [1]], "input_names": ["x"], "target_names": ["y"]}
    }
    sim = nnsim.Simulation(nnsim.load("neuron", overrides))
    assert sim.explain("x", (0, 0)).lines() == ["x[#0,x] = x", "row 0 of the data says x −0.25", "= −0.25"]


def test_of_a_line_with_very_many_cells_the_target_is_quoted_first() -> None:
    sim = nnsim.Simulation(nnsim.load("digits"))
    digit = int(sim.frame["y"][0].argmax())
    assert f" of digits.csv: digit {digit}, p00 " in sim.explain("y", (0, 0)).symbolic
