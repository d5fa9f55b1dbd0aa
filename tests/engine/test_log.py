"""What is copied while the fast loop runs is what the frames have, to the bit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnsim.engine.log import PARAMETERS, Part
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.runner import Runner
from nnsim.engine.simulation import Simulation
from tests.experiments import Experiment, make_experiment

CASES: dict[str, dict[str, Any]] = {
    **{name: {"optimizer": name} for name in OPTIMIZERS},
    "uneven batches": {"optimizer": "adam", "batch_size": 4},
    "dropout": {"batch_size": 2},
    "clipped": {"optimizer": "momentum", "clip_norm": 0.01, "clip_value": 0.005, "l1": 0.01},
    "frozen": {"optimizer": "adam", "frozen": frozenset({"W1", "b2"})},
    "single precision": {"optimizer": "adam", "dtype": "float32"},
}


def experiment(case: str) -> Experiment:
    made = make_experiment(**CASES[case])
    if case != "dropout":
        return made
    hidden, output = made.network.layers
    layers = (replace(hidden, dropout=0.5), output)
    return replace(made, network=replace(made.network, layers=layers))


@pytest.mark.parametrize("case", CASES)
def test_every_tensor_is_logged_as_the_frames_have_it(case: str) -> None:
    made = experiment(case)
    frames = Simulation(made)
    sim = Simulation(made)
    parts: list[Part] = [(name, ()) for name in sim.program.layout]
    log = sim.log(parts, 40)
    log.begin(3)
    sim.seek(3)
    _ = sim.frame  # computed but not gone on from: the first row comes from elsewhere
    for stop in (4, 9, 10, 40):
        sim.seek(stop, log)
    for t in range(3, 40):
        frames.seek(t)
        for name, place in parts:
            values = log.values((name, place), np.array([t]))
            assert values is not None
            assert values.tobytes() == np.ascontiguousarray(frames.frame[name]).tobytes(), (t, name)
    frames.seek(40)
    for name in sim.frame:
        assert sim.frame[name].tobytes() == frames.frame[name].tobytes()


@pytest.mark.parametrize("case", CASES)
def test_a_part_alone_is_logged_as_the_frames_have_it(case: str) -> None:
    """What stands together is copied in one piece, and of what is late the part that is updated in place."""
    made = experiment(case)
    frames = Simulation(made)
    for name in ("W1", "dW1", "W2.step", "b2.next", "a1", "y", PARAMETERS[0]):
        part: Part = (name, ())
        if name and name not in frames.program.layout:
            continue
        sim = Simulation(made)
        log = sim.log([part], 12)
        log.begin(0)
        sim.seek(12, log)
        for t in (0, 1, 4, 11):
            frames.seek(t)
            values = log.values(part, np.array([t]))
            assert values is not None
            expected = frames.frame[name] if name else frames.parameters
            assert values.tobytes() == np.ascontiguousarray(expected).tobytes(), (t, name)


def test_rows_that_a_small_batch_does_not_have() -> None:
    sim = Simulation(make_experiment(rows=6, batch_size=4))
    element: Part = ("a1", (3, 1))
    row: Part = ("a1", (3,))
    log = sim.log([element, row], 8)
    log.begin(0)
    sim.seek(8, log)
    assert log.values(element, np.array([1, 3])) is None
    assert log.values(row, np.array([1])) is None
    found = log.values(row, np.array([0, 4]))
    sim.seek(4)
    assert found is not None
    assert (found[1] == sim.frame["a1"][3]).all()


def test_all_parameters_as_one_vector_and_rows_that_stay() -> None:
    made = make_experiment(optimizer="adam")
    sim = Simulation(made)
    log = sim.log([PARAMETERS, ("loss", ())], 6)
    log.begin(0)
    sim.seek(6, log)
    log.begin(4)
    sim.seek(10, log)
    losses = log.values(("loss", ()), np.arange(4, 10))
    vectors = log.values(PARAMETERS, np.arange(4, 10))
    assert losses is not None
    assert vectors is not None
    assert losses[:, 0].tolist() == sim.losses_before(10)[4:].tolist()
    runner = Runner(made)
    for t in range(4, 10):
        runner.advance(t, np.empty(t))
        assert vectors[t - 4].tobytes() == runner.state[: sim.program.layout.parameters].tobytes()


def test_a_logged_run_skips_nothing_that_has_been_visited() -> None:
    sim = Simulation(make_experiment())
    sim.seek(500)
    sim.seek(10)
    log = sim.log([("loss", ())], 500)
    log.begin(10)
    sim.seek(480, log)
    found = log.values(("loss", ()), np.arange(10, 480))
    assert found is not None
    assert found[:, 0].tolist() == sim.losses_before(480)[10:].tolist()
    assert sim.recorded == 500


def test_the_rows_of_an_iteration_are_those_of_its_frame() -> None:
    sim = Simulation(make_experiment(rows=7, batch_size=3))
    for t in (0, 1, 2, 3, 8):
        rows = sim.rows(t)
        sim.seek(t)
        assert rows.tolist() == sim.frame.rows.tolist()
