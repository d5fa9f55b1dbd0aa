"""A CSV and the name of its target, and nothing else."""

import random
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nnsim.engine.simulation import Simulation
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
        "name is left out: almost all its values differ, as in a column of names or notes. "
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
        'people.csv: column "y": almost all its texts differ; allowed: a number, or up to 100 classes',
    ),
    (
        "a,y\n1,12 €\n2,30 €\n1,7 €\n",
        'people.csv: column "y": has numbers written with signs or units, as in "12 €"; '
        "allowed: a number, or up to 100 classes",
    ),
    (
        "a,y\n1,2024-01-01\n2,2024-01-02\n1,5.6.2024\n",
        'people.csv: column "y": holds dates or times; allowed: a number, or a few classes',
    ),
    (
        "a,b,y\n1,,2\n1,,3\n",
        'people.csv: has no column that can be used besides "y" ("a": all its values are the same; "b": it is empty)',
    ),
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


def few(**columns: list[object]) -> str:
    """A CSV of these columns."""
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


LEFT_OUT = [
    ("id", list(range(30)), "it numbers the rows, or names them"),
    ("PassengerId", [900 - row for row in range(30)], "it numbers the rows, or names them"),
    ("Unnamed: 0", list(range(30)), "it numbers the rows, or names them"),
    ("x", [""] * 30, "it is empty"),
    ("x", ["7", ""] * 15, "all its values are the same"),
    ("x", [f"2024-01-{row + 1:02}" for row in range(30)], "it holds dates or times"),
    ("x", [f"{row + 1}.{row % 12 + 1}.2024" for row in range(30)], "it holds dates or times"),
    ("x", ["2024-01-01T12:30:00Z", "2024-01-01 13:00"] * 15, "it holds dates or times"),
    ("x", ["12:30", "1:30 pm", ""] * 10, "it holds dates or times"),
    ("x", [f"$1{row}.50" for row in range(30)], 'its numbers are written with signs or units, as in "$10.50"'),
    ("x", [f"{row} kg" for row in range(30)], 'its numbers are written with signs or units, as in "0 kg"'),
    ("x", [f"it was a fine day {row}" for row in range(30)], "it is free text"),
    ("x", [f"P{row}" for row in range(30)], "almost all its values differ"),
    ("x", [row if row % 3 else f"A{row}" for row in range(30)], "it mixes numbers and texts"),
]


@pytest.mark.parametrize(
    ("name", "cells", "why"), LEFT_OUT, ids=[why[:30] + str(n) for n, (*_, why) in enumerate(LEFT_OUT)]
)
def test_what_is_left_out(write: Write, name: str, cells: list[object], why: str) -> None:
    path = write("my.csv", few(**{name: cells}, n=[row % 7 for row in range(30)], y=[row % 2 for row in range(30)]))
    scenario = from_csv(path, "y")
    assert scenario.data.input_names == ("n",)
    assert f"{name} is left out: {why}" in scenario.description


KEPT = [
    ("year", list(range(1990, 2020))),  # all differ, but nothing says that it is an identifier
    ("id", [row / 2 for row in range(30)]),
    ("paid", list(range(30))),
    ("version", [2024.01 + row for row in range(30)]),
]


@pytest.mark.parametrize(("name", "cells"), KEPT, ids=[name for name, _ in KEPT])
def test_what_is_not_left_out(write: Write, name: str, cells: list[object]) -> None:
    path = write("my.csv", few(**{name: cells}, y=[row % 2 for row in range(30)]))
    assert from_csv(path, "y").data.input_names == (name,)


def test_ten_thousand_categories(write: Write) -> None:
    rows = 20_000
    table: dict[str, list[object]] = {
        "n": [row % 9 for row in range(rows)],
        "c": [f"c{row % 10_000}" for row in range(rows)],
    }
    path = write("my.csv", few(**table, y=[row % 2 for row in range(rows)]))
    assert from_csv(path, "y").description == "c is left out: it has 10,000 different texts."
    with pytest.raises(
        ScenarioError, match=r'^my\.csv: column "c": has 10,000 different texts; allowed: a number, or up'
    ):
        from_csv(path, "c")
    with pytest.raises(
        ScenarioError, match=r"^my\.csv: data: found 20000 rows of 10000 inputs; allowed: up to 100000000"
    ):
        from_csv(path, "y", {"data.features": ["n", "c"]})


def test_few_rows_of_whole_numbers_are_a_quantity(write: Write) -> None:
    scenario = from_csv(write("my.csv", "a,y\n" + "".join(f"{row},{row % 9}\n" for row in range(27))), "y")
    assert scenario.training.loss == "mean_squared_error"


def test_rows_without_a_target_take_no_part(write: Write) -> None:
    """Rows 1 and 4 have none; of the five others one is held out."""
    path = write("my.csv", "a,y\n1,0\n2,\n3,1\n4,0\n5,NA\n6,1\n7,0\n")
    scenario = from_csv(path, "y")
    assert scenario.document["data"]["skip_missing_targets"] is True
    assert sorted([*scenario.data.rows, *scenario.data.rows_validation]) == [0, 2, 3, 5, 6]
    for row, y in zip(scenario.data.rows, scenario.data.y[:, 0], strict=True):
        assert y == {0: 0, 2: 1, 3: 0, 5: 1, 6: 0}[row]
    with pytest.raises(ScenarioError, match=r'^my\.csv: line 3, column "y": the target is missing; allowed: a value'):
        from_csv(path, "y", {"data.skip_missing_targets": False})


def test_a_quantity_is_standardised_by_the_training_rows(write: Write) -> None:
    scenario = from_csv(write("my.csv", "a,y\n" + "".join(f"{row},{1000 * row**2}\n" for row in range(40))), "y")
    y = [1000 * row**2 for row in scenario.data.rows.tolist()]
    mean, std = statistics.fmean(y), statistics.pstdev(y)
    assert (scenario.scalings[0].mean, scenario.scalings[0].std) == pytest.approx((mean, std))
    assert scenario.data.y.ravel().tolist() == pytest.approx([(each - mean) / std for each in y])
    held_out = [(1000 * row**2 - mean) / std for row in scenario.data.rows_validation.tolist()]
    assert scenario.data.y_validation.ravel().tolist() == pytest.approx(held_out)


def test_a_target_of_huge_numbers_is_refused(write: Write) -> None:
    path = write("my.csv", "a,y\n" + "".join(f"{row},{row - 20}e306\n" for row in range(40)))
    with pytest.raises(ScenarioError, match=r'^my\.csv: data: target "y" holds numbers too large to standardise$'):
        from_csv(path, "y")


def test_classes_cannot_be_standardised(write: Write) -> None:
    path = write("my.csv", table(lambda row: row % 2))
    with pytest.raises(
        ScenarioError, match=r"^my\.csv: data\.standardize_target: found true; allowed: false for binary_"
    ):
        from_csv(path, "y", {"data.standardize_target": True})


def houses(rows: int = 400) -> str:
    """Prices of several hundred thousand, with an error of about 15,000."""
    rng = random.Random(1)
    lines = ["area,rooms,side,price"]
    for _ in range(rows):
        area, rooms, side = rng.uniform(20, 300), rng.randint(1, 5), rng.choice(["north", "south", "east"])
        price = 1e5 + 1500 * area + 2e4 * rooms + 8e4 * (side == "south") + rng.gauss(0, 15_000)
        lines.append(f"{area:.1f},{rooms},{side},{price:.2f}")
    return "\n".join(lines) + "\n"


def test_the_default_network_learns_large_targets(write: Write) -> None:
    path = write("houses.csv", houses())
    sim = Simulation(from_csv(path, "price"))
    sim.train()
    assert sim.metrics("validation")["r2"] > 0.97
    data, scaling = sim.experiment.data, sim.experiment.scalings[0]  # type: ignore[attr-defined]
    prices = [scaling.mean + scaling.std * y for y in (sim.outputs(data.x_validation), data.y_validation)]
    assert sim.metrics("validation")["mae"] == pytest.approx(np.abs(prices[0] - prices[1]).mean())  # in dollars
    assert 10_000 < sim.metrics("validation")["mae"] < 20_000
    plain = Simulation(from_csv(path, "price", {"data.standardize_target": False}))
    plain.train()
    assert plain.metrics("validation")["r2"] < 0  # why it is standardised


@pytest.mark.parametrize(
    ("rows", "expected"), [(30, (32, 200)), (1000, (32, 80)), (10_000, (32, 10)), (50_000, (256, 13))]
)
def test_batches_and_epochs_suit_the_number_of_rows(write: Write, rows: int, expected: tuple[int, int]) -> None:
    path = write("my.csv", "a,y\n" + "".join(f"{row % 13},{row % 2}\n" for row in range(rows)))
    training = from_csv(path, "y").document["training"]
    assert (training["batch_size"], training["epochs"]) == expected


def test_many_inputs_get_more_hidden_units(write: Write) -> None:
    names = [f"n{number}" for number in range(13)]
    rows = "".join(",".join([*(str((row * k) % 17) for k in range(1, 14)), str(row % 2)]) + "\n" for row in range(40))
    scenario = from_csv(write("my.csv", ",".join([*names, "y"]) + "\n" + rows), "y")
    assert scenario.network.layers[0].units == 16
