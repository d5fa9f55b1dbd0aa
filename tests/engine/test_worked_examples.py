"""Published worked examples, to their last digit."""

import numpy as np
import pytest

import nnsim

DIGITS = 1e-10


def test_mazur() -> None:
    """Computed independently in double precision; the article's own 0.291027924 differs from the 9th digit on."""
    sim = nnsim.Simulation(nnsim.load("mazur"))
    first = sim.frame
    assert first["loss"] == pytest.approx(0.298371108760, abs=1e-12)
    assert first["a1"][0] == pytest.approx([0.593269992, 0.596884378], abs=1e-9)
    assert first["a2"][0] == pytest.approx([0.751365070, 0.772928465], abs=1e-9)
    assert first["dW2"][0, 0] == pytest.approx(0.082167041, abs=1e-9)
    assert first["W2.next"][0, 0] == pytest.approx(0.358916479718, abs=1e-12)
    assert first["W1.next"][0, 0] == pytest.approx(0.149780716133, abs=1e-12)
    sim.step()
    assert float(sim.frame["loss"]) == pytest.approx(0.291027773694, abs=1e-12)
    np.testing.assert_array_equal(sim.frame["b1"], [0.35, 0.35])
    sim.seek(10)
    assert float(sim.frame["loss"]) == pytest.approx(0.220918592054, abs=1e-12)
    sim.seek(10_000)
    assert float(sim.frame["loss"]) == pytest.approx(3.51018778e-05, rel=1e-8)


def test_mazurs_slip_is_told_apart() -> None:
    """With the already updated output weights in the hidden layer's gradient the second error is the quoted one."""
    sim = nnsim.Simulation(nnsim.load("mazur"))
    frame = sim.frame
    hidden = (frame["dz2"] @ frame["W2.next"].T) * frame["a1"] * (1 - frame["a1"])
    slipped = {"W1": frame["W1"] - 0.5 * frame["x"].T @ hidden, "W2": frame["W2.next"]}
    weights = {f"network.weights.{name}": values.tolist() for name, values in slipped.items()}
    loss = float(nnsim.Simulation(nnsim.load("mazur", weights)).frame["loss"])
    assert loss == pytest.approx(0.291027924, abs=1e-9)
    sim.step()
    assert abs(loss - float(sim.frame["loss"])) > 1e-7


def test_adam_by_hand() -> None:
    """Kingma & Ba, algorithm 1: the first step is the learning rate itself, whatever the gradient is."""
    sim = nnsim.Simulation(nnsim.load("neuron", {"training.optimizer": {"name": "adam", "learning_rate": 0.25}}))
    frame = sim.frame
    g = frame["dW1"]
    np.testing.assert_allclose(frame["W1.m"], 0.1 * g, rtol=DIGITS)
    np.testing.assert_allclose(frame["W1.v"], 0.001 * g**2, rtol=DIGITS)
    np.testing.assert_allclose(frame["W1.mhat"], g, rtol=DIGITS)
    np.testing.assert_allclose(frame["W1.vhat"], g**2, rtol=DIGITS)
    np.testing.assert_allclose(frame["W1.step"], 0.25 * np.sign(g), rtol=1e-6)
