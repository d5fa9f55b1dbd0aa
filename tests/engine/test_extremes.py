"""Extreme numbers: finite where mathematics says so, recorded and reported where training blows up."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.checks import first_nonfinite
from nnsim.engine.losses import LOSSES
from nnsim.engine.simulation import Simulation


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("bias", [1e4, -1e4, 800.0, -800.0])
def test_activations_of_huge_z_are_finite(simulate: Callable[..., Simulation], activation: str, bias: float) -> None:
    biases = np.array([bias, -bias, 0.0])
    sim = simulate(layers=f"3 {activation}, 2 tanh", loss="mean_squared_error", weights={"b1": biases})
    for name in ("z1", "a1", "da1", "dz1", "dW1", "db1"):
        assert np.isfinite(sim.frame[name]).all(), name


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        ("2 sigmoid", "binary_cross_entropy"),
        ("2 softmax", "categorical_cross_entropy"),
        ("2 softmax", "binary_cross_entropy"),
        ("2 sigmoid", "categorical_cross_entropy"),
    ],
)
@pytest.mark.parametrize("size", [1e4, -1e4, 40.0])
def test_cross_entropies_of_certain_and_wrong_answers(
    simulate: Callable[..., Simulation], layers: str, loss: str, size: float
) -> None:
    sim = simulate(layers=layers, loss=loss, weights={"b1": np.array([size, -size]), "W1": np.zeros((2, 2))})
    frame = sim.frame
    for name in ("loss", "dz1", "dW1", "db1"):
        assert np.isfinite(frame[name]).all(), name
    assert np.isfinite(frame["da1"]).all()
    if loss == "binary_cross_entropy" and layers == "2 sigmoid":
        wrong = frame["a1"].round() != frame["y"]
        assert float(frame["loss"]) == pytest.approx(abs(size) * wrong.mean(), rel=1e-12)


def test_certain_right_answers_cost_nothing(simulate: Callable[..., Simulation]) -> None:
    sim = simulate(layers="1 sigmoid", rows=1, seed=1, weights={"W1": np.zeros((2, 1)), "b1": np.zeros(1)})
    right = 1e4 if sim.frame["y"][0, 0] else -1e4
    sim = simulate(layers="1 sigmoid", rows=1, seed=1, weights={"W1": np.zeros((2, 1)), "b1": np.array([right])})
    assert float(sim.frame["loss"]) == 0
    assert not sim.frame["dW1"].any()


def exploding(simulate: Callable[..., Simulation], **options: Any) -> Simulation:
    return simulate(
        layers="3 relu, 1 linear", loss="mean_squared_error", options={"learning_rate": 1e30}, seed=2, **options
    )


def test_a_run_that_blows_up_is_recorded_and_its_first_bad_number_found(simulate: Callable[..., Simulation]) -> None:
    sim = exploding(simulate)
    sim.step(50)
    assert not np.isfinite(sim.losses[-1])
    found = first_nonfinite(sim)
    assert found
    assert sim.iteration == 50
    sim.seek(found.iteration)
    assert not np.isfinite(sim.frame[found.op][found.index])
    before = sim.program.position(found.op)
    assert before is not None
    for op in sim.program[:before]:
        assert np.isfinite(sim.frame[op.name]).all(), op.name
    for t in range(found.iteration):
        sim.seek(t)
        assert all(np.isfinite(sim.frame[op.name]).all() for op in sim.program)
    assert found.explanation.operands
    assert f"iteration {found.iteration}" in str(found)


def test_after_the_blow_up_every_iteration_can_be_had_again(simulate: Callable[..., Simulation]) -> None:
    sim, again = exploding(simulate), exploding(simulate)
    sim.step(60)
    sim.seek(30)
    again.seek(30)
    for name in sim.frame:
        assert sim.frame[name].tobytes() == again.frame[name].tobytes()


def test_a_healthy_run_has_no_bad_number(simulate: Callable[..., Simulation]) -> None:
    sim = simulate()
    sim.step(20)
    assert first_nonfinite(sim) is None


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_nan_in_the_data_shows_as_nan_not_as_an_error(simulate: Callable[..., Simulation], loss: str) -> None:
    sim = simulate(layers="3 tanh, 2 softmax", loss=loss)
    sim._runner._inputs[0, 1] = np.nan
    sim.step(2)
    found = first_nonfinite(sim)
    assert found
    assert (found.iteration, found.op) == (0, "x")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("optimizer", "options"),
    [("adam", {}), ("momentum", {}), ("rmsprop", {"momentum": 0.9, "decay": 0.9}), ("adadelta", {})],
)
def test_the_memory_of_a_dead_unit_fades_to_zero(
    simulate: Callable[..., Simulation],
    optimizer: str,
    options: dict[str, float],
    dtype: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not to subnormal numbers, with which processors are slow; and nothing else changes by that."""
    settings: dict[str, Any] = {"options": {"learning_rate": 1e-3, **options}, "dtype": dtype}
    iterations = 1500 if dtype == "float32" else 9000
    frames = []
    for sweeps in (True, False):
        if not sweeps:
            monkeypatch.setattr("nnsim.engine.runner._vanished", lambda _: 0.0)
        sim = simulate(layers="3 relu, 1 linear", loss="mean_squared_error", optimizer=optimizer, **settings)
        sim.step(10)
        sim = sim.branch({("b1", (0,)): -100.0}, held=[("b1", (0,))])  # this unit is 0 for all samples from now on
        sim.seek(iterations)
        frames.append(sim.frame)
    swept, faded = frames
    tiny = np.finfo(dtype).tiny
    memories = [name for name in swept if name.endswith(".prev")]
    assert any((np.abs(faded[name][faded[name] != 0]) < tiny).any() for name in memories)
    for name in memories:
        assert not (np.abs(swept[name][swept[name] != 0]) < tiny).any()
        np.testing.assert_allclose(swept[name], faded[name], rtol=0, atol=float(tiny / np.finfo(dtype).eps))
    for name in ("W1", "b1", "W2", "b2", "loss"):
        assert swept[name].tobytes() == faded[name].tobytes()
