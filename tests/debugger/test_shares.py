"""The shares of the samples, against gradients of each sample alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnsim.debugger.shares import shares
from nnsim.engine.simulation import Simulation
from tests.experiments import Experiment, make_experiment

CASES: list[dict[str, Any]] = [
    {"layers": "3 tanh, 1 sigmoid"},
    {"layers": "4 relu, 3 softmax", "loss": "categorical_cross_entropy"},
    {"layers": "3 silu, 2 linear", "loss": "huber", "rows": 9},
]


def alone(experiment: Experiment, row: int) -> Simulation:
    """The same with one sample only."""
    data = experiment.data
    one = replace(data, x=data.x[[row]], y=data.y[[row]], rows=data.rows[[row]])
    return Simulation(replace(experiment, data=one))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["layers"])
def test_a_share_is_the_gradient_of_its_sample_alone(case: dict[str, Any]) -> None:
    experiment = make_experiment(**case)
    sim, rows = Simulation(experiment), len(experiment.data.x)
    single = [alone(experiment, row).frame for row in range(rows)]
    for name in ("dW1", "db1", "dW2", "db2"):
        for index in np.ndindex(sim.frame[name].shape):
            split = shares(sim.program, sim.frame, name, index)
            assert split.total == sim.frame[name][index]
            assert sorted(share.sample for share in split.shares) == list(range(rows))
            sizes = [abs(share.value) for share in split.shares]
            assert sizes == sorted(sizes, reverse=True)
            for share in split.shares:  # the mean of the batch: each sample has 1 / rows of it
                assert share.value == pytest.approx(single[share.sample][name][index] / rows, rel=1e-10, abs=1e-15)
            assert sum(share.value for share in split.shares) == pytest.approx(split.total, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("more", [{"l1": 0.1, "l2": 0.3}, {"clip_norm": 0.01}, {"clip_value": 0.001}, {}], ids=str)
def test_what_does_not_come_from_samples_stands_apart(more: dict[str, Any]) -> None:
    sim = Simulation(make_experiment(options={"weight_decay": 0.5}, **more))
    names = {"l2": "penalty", "clip_norm": "clipping", "clip_value": "clipping"}
    wanted = [names[key] for key in more if key in names]
    for name in ("dW1", "W1.clipped" if "clipping" in wanted else "W1.g", "W1.g"):
        split = shares(sim.program, sim.frame, name, (0, 1))
        together = sum(share.value for share in split.shares) + sum(value for _, value in split.apart)
        assert together == pytest.approx(sim.frame[name][0, 1], rel=1e-12)
        expected = [each for each in wanted if each == "penalty" or name != "dW1"]
        assert [part for part, _ in split.apart] == expected + ["weight decay"] * (name == "W1.g")
    if "l2" in more:
        weight = sim.frame["W1"][0, 1]
        assert dict(shares(sim.program, sim.frame, "dW1", (0, 1)).apart)["penalty"] == pytest.approx(
            0.1 * np.sign(weight) + 0.3 * weight
        )


def test_who_pushes_up_and_who_down() -> None:
    sim = Simulation(make_experiment(rows=8))
    split = shares(sim.program, sim.frame, "dW2", (1, 0))
    values = [share.value for share in split.shares]
    assert split.up == pytest.approx(sum(value for value in values if value < 0))
    assert split.down == pytest.approx(sum(value for value in values if value > 0))
    assert split.cancelled == pytest.approx(1 - abs(sum(values)) / sum(map(abs, values)))
    ups = sum(value < 0 for value in values)
    assert split.summary().startswith(f"{ups} row{'s push' if ups != 1 else ' pushes'} W₂[h2,y1] up (−")
    first = split.shares[0]
    assert first.name == f"#{sim.frame.rows[first.sample]}"
    assert first.label.startswith("x1 ")
    assert f"→ y1 {sim.frame['y'][first.sample, 0]:g}" in first.label


def test_rows_without_a_share_are_counted() -> None:
    sim = Simulation(make_experiment(rows=8, layers="3 relu, 1 sigmoid"))
    none = (sim.frame["dz1"][:, 0] == 0).sum()
    assert 0 < none < 8
    assert f", {none} neither; " in shares(sim.program, sim.frame, "db1", (0,)).summary()


def test_one_hot_targets_are_told_as_classes_and_many_inputs_not_at_all() -> None:
    sim = Simulation(make_experiment(layers="3 softmax", loss="categorical_cross_entropy", inputs=5))
    for share in shares(sim.program, sim.frame, "dW1", (0, 0)).shares:
        assert share.label == f"y{sim.frame['y'][share.sample].argmax() + 1}"


def test_other_numbers_are_no_sums_over_samples() -> None:
    sim = Simulation(make_experiment())
    for name, index in [("z1", (0, 0)), ("loss", ()), ("W1.next", (0, 0)), ("W1", (0, 0)), ("W1.g", (0, 0))]:
        with pytest.raises(ValueError, match="only gradients of weights and biases"):
            shares(sim.program, sim.frame, name, index)
    with pytest.raises(IndexError):
        shares(sim.program, sim.frame, "dW1", (9, 9))
