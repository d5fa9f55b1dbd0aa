"""Every gradient against central differences: (L(w + ε) − L(w − ε)) / 2ε."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from nnsim.engine.activations import Tanh
from nnsim.engine.checks import check_gradients, numeric_gradient
from nnsim.engine.simulation import Simulation

NETWORKS = [
    ("1 sigmoid", "binary_cross_entropy"),
    ("4 tanh, 1 sigmoid", "binary_cross_entropy"),
    ("4 relu, 2 sigmoid", "binary_cross_entropy"),
    ("3 sigmoid, 3 tanh, 3 relu, 2 sigmoid", "binary_cross_entropy"),
    (", ".join(["3 tanh"] * 12) + ", 1 sigmoid", "binary_cross_entropy"),
    ("3 softmax", "categorical_cross_entropy"),
    ("5 relu, 3 softmax", "categorical_cross_entropy"),
    ("4 softmax, 3 softmax", "categorical_cross_entropy"),
    ("3 softmax", "binary_cross_entropy"),
    ("3 sigmoid", "categorical_cross_entropy"),
    ("1 linear", "mean_squared_error"),
    ("4 tanh, 2 linear", "mean_squared_error"),
    ("4 linear, 2 relu", "mean_squared_error"),
    ("4 softmax, 2 sigmoid", "mean_squared_error"),
    ("3 softmax", "mean_squared_error"),
]


@pytest.mark.parametrize(("layers", "loss"), NETWORKS)
@pytest.mark.parametrize("rows", [1, 7])
def test_gradients_agree_with_central_differences(
    simulate: Callable[..., Simulation], layers: str, loss: str, rows: int
) -> None:
    sim = simulate(layers=layers, loss=loss, rows=rows, seed=3)
    sim.step(2)
    verdict = check_gradients(sim)
    assert verdict.discrepancy < 1e-8, verdict.worst
    assert verdict.gradients == sim.program.layout.parameters


def test_a_forgotten_derivative_is_noticed(
    simulate: Callable[..., Simulation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tanh, "backward", lambda self, z, a, da, dz, w: [partial(np.copyto, dz, da)])
    verdict = check_gradients(simulate(layers="3 tanh, 1 sigmoid"))
    assert verdict.discrepancy > 1e-3
    assert verdict.worst in ("W1", "b1")


def test_numeric_gradient_of_one_element(simulate: Callable[..., Simulation]) -> None:
    sim = simulate(layers="3 tanh, 1 sigmoid")
    assert numeric_gradient(sim, "W1", (1, 2)) == pytest.approx(sim.frame["dW1"][1, 2], rel=1e-7)
    assert numeric_gradient(sim, "b2", (0,)) == pytest.approx(sim.frame["db2"][0], rel=1e-7)


@pytest.mark.parametrize(("layers", "loss"), NETWORKS)
def test_gradients_by_activations_agree_too(simulate: Callable[..., Simulation], layers: str, loss: str) -> None:
    """∂L/∂z is what the loss does when one z is nudged; a bias of a single sample is such a nudge."""
    frame = simulate(layers=layers, loss=loss, rows=1).frame
    depth = layers.count(",") + 1
    for k in range(1, depth + 1):
        np.testing.assert_allclose(frame[f"db{k}"], frame[f"dz{k}"][0], rtol=1e-12)


def test_rows_of_softmax_gradients_sum_to_zero(simulate: Callable[..., Simulation]) -> None:
    for loss in ("categorical_cross_entropy", "mean_squared_error"):
        frame = simulate(layers="4 softmax, 3 softmax", loss=loss).frame
        for name in ("dz1", "dz2"):
            np.testing.assert_allclose(frame[name].sum(axis=1), 0, atol=1e-15)


def test_the_output_gradient_is_the_chain_rules_product(simulate: Callable[..., Simulation]) -> None:
    """The simplified (a − y) / n equals ∂L/∂a · σ′(z)."""
    frame = simulate(layers="3 tanh, 2 sigmoid").frame
    a = frame["a2"]
    np.testing.assert_allclose(frame["dz2"], frame["da2"] * a * (1 - a), rtol=1e-12)
