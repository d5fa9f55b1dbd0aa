import csv
from pathlib import Path
from statistics import median

import numpy as np
import pytest

import nnsim
from nnsim.engine.spec import Experiment
from nnsim.scenario import load, names

TITANIC = Path(nnsim.__file__).parent / "scenarios" / "data" / "titanic.csv"


@pytest.mark.parametrize("name", names())
def test_a_built_in_is_an_experiment(name: str) -> None:
    experiment: Experiment = load(name)
    data = experiment.data
    assert data.x.shape == (len(data.rows), experiment.network.inputs)
    assert data.y.shape == (len(data.rows), len(data.target_names))
    assert np.isfinite(data.x).all()


def test_titanic_columns() -> None:
    scenario = load("titanic", {"seed": 0})
    assert scenario.data.input_names == (
        "Pclass", "Sex_male", "Age", "SibSp", "Parch", "Fare", "Embarked_Q", "Embarked_S",
    )  # fmt: skip
    assert (len(scenario.data.rows), len(scenario.data.rows_validation)) == (1047, 262)
    with TITANIC.open(newline="") as file:
        ages = [row["Age"] for row in csv.DictReader(file)]
    age = scenario.columns[2]
    assert age.median == median(float(ages[row]) for row in scenario.data.rows if ages[row])
    assert scenario.columns[6].commonest == "S"
    assert scenario.columns[1].raw(0) == "female"


def test_women_live_men_die() -> None:
    """The share that the scenarios' texts give."""
    with TITANIC.open(newline="") as file:
        rows = list(csv.DictReader(file))
    right = sum((row["Sex"] == "female") == (row["Survived"] == "1") for row in rows)
    assert round(right / len(rows), 3) == 0.780


def test_the_corners_of_xor() -> None:
    data = load("xor").data
    assert data.x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert data.y.ravel().tolist() == [0, 1, 1, 0]


def test_more_samples_of_xor_repeat_the_corners_with_noise() -> None:
    data = load("xor", {"data.samples": 400, "data.noise": 0.1}).data
    corners = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (100, 1))
    assert (data.x - corners).std() == pytest.approx(0.1, rel=0.1)
    assert data.y.ravel().tolist() == [0, 1, 1, 0] * 100
    again = load("xor", {"data.samples": 400, "data.noise": 0.1}).data
    np.testing.assert_array_equal(again.x, data.x)
    other = load("xor", {"data.samples": 400, "data.noise": 0.1, "seed": 8}).data
    assert not np.array_equal(other.x, data.x)
