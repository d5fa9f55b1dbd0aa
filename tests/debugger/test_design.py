"""What is shown of a scenario before it starts is what it starts with."""

import numpy as np
import pytest

from nnsim.debugger.design import ROWS, preview
from nnsim.engine.simulation import Simulation
from nnsim.scenario import load, names


@pytest.mark.parametrize("name", names())
def test_the_start_weights_are_those_of_the_training(name: str) -> None:
    scenario = load(name)
    shown, real = preview(scenario), Simulation(scenario)
    for parameter in real.program.layout:
        if parameter[0] in "Wb" and parameter[1:].isdecimal():
            np.testing.assert_array_equal(shown.frame[parameter], real.frame[parameter])
    np.testing.assert_array_equal(shown.frame["x"], scenario.data.x[:ROWS].astype(shown.frame["x"].dtype))
    assert shown.explanation().result == shown.frame["x"][0, 0]


@pytest.mark.parametrize("key", ["training.l2", "training.clip_norm", "network.layers.0.dropout"])
def test_whatever_the_training_does(key: str) -> None:
    session = preview(load("xor", {key: 0.5, "training.schedule": "cosine", "training.batch_size": 2}))
    assert "loss" in [op.name for op in session.program]
    assert np.isfinite(session.frame["loss"])
