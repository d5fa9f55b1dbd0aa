"""A CSV and the name of its target, and nothing else."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from nnsim.scenario import ScenarioError, from_csv

Write = Callable[[str, str], Path]
Complain = Callable[..., list[str]]


def table(target: Callable[[int], object], rows: int = 60) -> str:
    """name (all different), n, c (two texts), mixed, same, empty, y."""
    rng = random.Random(1)
    head = "name,n,c,mixed,same,empty,y\n"
    return head + "".join(
        f"P{row},{rng.random()},{'uv'[row % 2]},{row if row % 3 else 'A' + str(row)},1,,{target(row)}\n"
        for row in range(rows)
    )


TASKS = [
    (lambda row: row % 2, "sigmoid", "binary_cross_entropy", ("y",)),
    (lambda row: ["no", "yes"][row % 2], "sigmoid", "binary_cross_entropy", ("y_yes",)),
    (lambda row: "abc"[row % 3], "softmax", "categorical_cross_entropy", ("a", "b", "c")),
    (lambda row: row % 4, "softmax", "categorical_cross_entropy", ("0", "1", "2", "3")),
    (lambda row: row, "linear", "mean_squared_error", ("y",)),
    (lambda row: row % 3 + 0.5, "linear", "mean_squared_error", ("y",)),
]


@pytest.mark.parametrize(("target", "activation", "loss", "names"), TASKS, ids=[f"{t[2]}-{t[3][0]}" for t in TASKS])
def test_the_task_follows_from_the_target(
    write: Write, target: Callable[[int], object], activation: str, loss: str, names: tuple[str, ...]
) -> None:
    scenario = from_csv(write("my.csv", table(target)), "y")
    hidden, output = scenario.network.layers
    assert (hidden.units, hidden.activation) == (8, "relu")
    assert (output.units, output.activation) == (len(names), activation)
    assert (scenario.training.loss, scenario.training.batch_size) == (loss, 32)
    assert (scenario.training.optimizer.name, scenario.training.optimizer.options) == ("adam", {"learning_rate": 0.01})
    assert scenario.data.target_names == names
    assert len(scenario.data.rows_validation) == 12
    assert scenario.data.input_names == ("n", "c_v")


def test_columns_left_out_are_told_with_a_reason(write: Write) -> None:
    scenario = from_csv(write("my.csv", table(lambda row: row % 2)), "y")
    assert scenario.title == "y of my.csv"
    assert scenario.description == (
        "name is left out: almost all its values differ, as names or numbers of tickets do. "
        "mixed is left out: it mixes numbers and texts. "
        "same is left out: all its values are the same. empty is left out: it is empty."
    )


def test_overrides(write: Write) -> None:
    path = write("my.csv", table(lambda row: row % 2))
    scenario = from_csv(path, "y", {"network.layers.0.units": 3, "data.features": ["n"], "seed": 9})
    assert (scenario.network.layers[0].units, scenario.data.input_names, scenario.seed) == (3, ("n",), 9)
    with pytest.raises(
        ScenarioError, match=r'^my\.csv: network\.layers\[0\]\.units: found "3"; allowed: a whole number'
    ):
        from_csv(path, "y", {"network.layers.0.units": "3"})


BAD = [
    ("a,Y\n1,2\n", 'people.csv: target: found "y"; allowed: a, Y; did you mean "Y"?'),
    ("a,y\n1,2\n2,2\n", 'people.csv: column "y": has only one value, "2"; allowed: a target whose values differ'),
    ("a,y\n1,\n2,\n", 'people.csv: column "y": has no values; allowed: a target whose values differ'),
    (
        "a,y\n1,b\n2,c\n1,d\n",
        'people.csv: column "y": almost all its texts differ; allowed: a number, or a few classes',
    ),
    ("a,y\n1,0\n2,1\n3,\n", 'people.csv: line 4, column "y": the target is missing; allowed: a value in every row'),
    ("y\n1\n2\n", 'people.csv: has no column that can be used besides "y"'),
    ("a,y\n", "people.csv: has a header and no rows; allowed: at least one row of data"),
]


@pytest.mark.parametrize(("text", "line"), BAD, ids=[text for text, _ in BAD])
def test_a_bad_target(csv_complaints: Complain, text: str, line: str) -> None:
    assert csv_complaints(text, direct=True) == [line]


def test_a_slip_in_a_column_of_numbers_is_told(csv_complaints: Complain) -> None:
    text = "a,y\n" + "".join(f"{row},{row % 2}\n" for row in range(40)) + "1O,1\n"
    assert csv_complaints(text, direct=True) == [
        'people.csv: line 42, column "a": found "1O"; allowed: a finite number, or nothing'
    ]
