"""Whole frames against PyTorch: the golden files in tests/golden were computed by its autograd and its optimizers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnsim
from nnsim.engine.frame import Frame
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Data, Initialization, Layer, Network, Optimizer, Schedule, Training
from tests.experiments import Experiment

GOLDEN = Path(__file__).parent.parent / "golden"
SCENARIOS = ("xor", "neuron", "logistic-titanic", "titanic")
RELATIVE = 1e-9


def read(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def assert_equal(frame: Frame, name: str, golden: object) -> None:
    """1e-9 relative for each number; what was got by subtracting, also relative to what it was subtracted from."""
    ours, expected = frame[name], np.array(golden, float)
    assert ours.shape == expected.shape, name
    # PyTorch keeps no step: the golden one is W before minus W after
    large = frame[name.removesuffix(".step")] if name.endswith(".step") else expected
    noise = 1e-15 * np.abs(large).max()
    np.testing.assert_allclose(ours, expected, rtol=RELATIVE, atol=noise, err_msg=f"{name} of {frame.iteration}")


@pytest.mark.parametrize("name", SCENARIOS)
def test_frames_of_a_scenario(name: str) -> None:
    golden = read(name)
    scenario = nnsim.load(name)
    sim = nnsim.Simulation(scenario)
    assert list(scenario.data.input_names) == golden["input_names"]
    assert list(scenario.data.target_names) == golden["target_names"]
    assert (len(scenario.data.x), len(scenario.data.x_validation)) == (
        golden["training_rows"],
        golden["validation_rows"],
    )
    assert [frame["iteration"] for frame in golden["iterations"]][:2] == [0, 1]
    assert len(golden["iterations"]) >= 3
    for expected in golden["iterations"]:
        sim.seek(expected["iteration"])
        assert sim.frame.rows.tolist() == expected["rows"]
        assert set(expected["tensors"]) == set(sim.frame)
        for tensor, values in expected["tensors"].items():
            assert_equal(sim.frame, tensor, values)
        for metric, value in (expected.get("validation") or {}).items():
            assert sim.metrics("validation")[metric] == pytest.approx(value, rel=RELATIVE)


CASES = [pytest.param(case, id=case["name"]) for case in read("units")["cases"]]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("order", [1, -1], ids=["forwards", "last first"])
def test_frames_of_small_networks(case: Any, order: int) -> None:
    """Step by step with every frame, and the last one first: then the fast loop has computed what it starts from."""
    sim = Simulation(_experiment(case))
    for t, expected in list(enumerate(case["iterations"]))[::order]:
        sim.seek(t)
        for tensor, values in expected.items():
            assert_equal(sim.frame, tensor, values)


def _experiment(case: Any) -> Experiment:
    given = {name: np.array(values) for name, values in case["inputs"].items()}
    x, y = given.pop("x"), given.pop("y")
    layers = tuple(
        Layer(
            units=layer["units"],
            activation=layer["activation"],
            init=Initialization(name="zeros"),
            dropout=layer.get("dropout", 0.0),
        )
        for layer in case["layers"]
    )
    options, schedule = dict(case["optimizer"]), dict(case["schedule"])
    return Experiment(
        Network(inputs=x.shape[1], layers=layers, weights=given, frozen=frozenset(case.get("frozen", []))),
        Training(
            loss=case["loss"],
            optimizer=Optimizer(name=options.pop("name"), options=options),
            epochs=case["epochs"],
            l1=case["l1"],
            l2=case["l2"],
            clip_norm=case["clip_norm"],
            clip_value=case["clip_value"],
            schedule=Schedule(name=schedule.pop("name"), options=schedule),
        ),
        Data(
            x=x,
            y=y,
            x_validation=x[:0],
            y_validation=y[:0],
            input_names=tuple(f"x{i}" for i in range(x.shape[1])),
            target_names=tuple(f"y{i}" for i in range(y.shape[1])),
            rows=np.arange(len(x)),
            rows_validation=np.arange(0),
        ),
        0,
    )
