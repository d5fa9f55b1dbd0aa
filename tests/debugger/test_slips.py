"""Slips on a net small enough to make them by hand."""

from typing import Any

import numpy as np
import pytest

from nnsim.debugger.slips import BESIDES, Slip, slips
from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.losses import LOSSES
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment


def of(sim: Simulation, tensor: str, index: tuple[int, ...]) -> tuple[Slip, ...]:
    position = sim.program.position(tensor)
    assert position is not None
    return slips(sim.program, sim.frame, sim.program[position], index)


def named(sim: Simulation, tensor: str, index: tuple[int, ...], words: str) -> float:
    """The value of the one slip whose text has these words."""
    found = [slip.value for slip in of(sim, tensor, index) if words in slip.text and BESIDES not in slip.text]
    assert len(found) == 1, [slip.text for slip in of(sim, tensor, index)]
    return found[0]


def make(iterations: int = 3, **wanted: Any) -> Simulation:
    sim = Simulation(make_experiment(**{"layers": "3 sigmoid, 2 sigmoid", "rows": 4, "inputs": 3, **wanted}))
    sim.step(iterations)
    return sim


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def test_slips_forwards_by_hand() -> None:
    sim = make()
    x, w, b, z, a = (np.array(sim.frame[name]) for name in ("x", "W1", "b1", "z1", "a1"))
    assert named(sim, "z1", (1, 2), "without the bias") == pytest.approx((x @ w)[1, 2])
    assert named(sim, "z1", (1, 2), "That is the activation") == a[1, 2]
    updated = x @ sim.frame["W1.next"] + sim.frame["b1.next"]
    assert named(sim, "z1", (1, 2), "already updated") == pytest.approx(updated[1, 2])
    assert named(sim, "z1", (1, 2), "takes a row of W₁") == pytest.approx((x @ w.T + b)[1, 2])
    assert named(sim, "z1", (1, 2), "z₁[#3,h3]: another sample") == z[3, 2]
    assert named(sim, "z1", (1, 2), "z₁[#1,h1]: another unit") == z[1, 0]
    assert named(sim, "z1", (1, 2), "z₁[#2,h2]: row and column") == z[2, 1]
    assert named(sim, "z1", (1, 2), "The size is right") == -z[1, 2]
    assert named(sim, "a1", (1, 2), "That is z₁: sigmoid is still") == z[1, 2]
    assert named(sim, "a1", (1, 2), "leaves the bias") == pytest.approx(sigma(z - b)[1, 2])
    assert named(sim, "a1", (1, 2), "derivative of the activation") == pytest.approx((a * (1 - a))[1, 2])
    assert named(sim, "a1", (1, 2), "That is tanh of z₁") == pytest.approx(np.tanh(z[1, 2]))


def test_the_sums_in_place_of_the_activations() -> None:
    sim = make()
    z1, w, b = (np.array(sim.frame[name]) for name in ("z1", "W2", "b2"))
    assert named(sim, "z2", (2, 1), "with z₁ in place of a₁") == pytest.approx((z1 @ w + b)[2, 1])


def test_a_slip_with_the_wrong_sign_besides_is_told_as_both() -> None:
    sim = make(loss="half_squared_error")
    a, y = sim.frame["a2"][1, 0], sim.frame["y"][1, 0]
    found = [slip.text for slip in of(sim, "dz2", (1, 0)) if slip.value == pytest.approx((y - a) / 4)]
    assert f"That is ∂L/∂a₂: the derivative of sigmoid is missing. {BESIDES}" in found


def test_what_relu_leaves_as_it_is_is_told_once() -> None:
    sim = make()
    sample, unit = np.argwhere(sim.frame["z1"] > 0)[0].tolist()
    assert not [slip for slip in of(sim, "a1", (sample, unit)) if "That is relu" in slip.text]


def test_slips_of_the_loss_by_hand() -> None:
    sim = make()
    loss = float(sim.frame["loss"])
    assert named(sim, "loss", (), "That is the sum") == pytest.approx(8 * loss)
    assert named(sim, "loss", (), "samples alone") == pytest.approx(2 * loss)
    assert named(sim, "loss", (), "base 10") == pytest.approx(loss / np.log(10))
    sim = make(layers="3 tanh, 2 softmax", loss="categorical_cross_entropy", l2=0.3, l1=0.1)
    punished = float(sim.frame["penalty"])
    biases = np.concatenate([sim.frame["b1"], sim.frame["b2"]])
    more = 0.1 * abs(biases).sum() + 0.15 * (biases**2).sum()
    assert named(sim, "penalty", (), "Biases are not") == pytest.approx(punished + more)
    assert named(sim, "loss", (), "without the penalty") == sim.frame["data_loss"]


def test_slips_backwards_by_hand() -> None:
    sim = make()
    f = sim.frame
    x, a1, a2, da1, dz1, da2, dz2 = (np.array(f[name]) for name in ("x", "a1", "a2", "da1", "dz1", "da2", "dz2"))
    assert named(sim, "da2", (1, 0), "divide by n = 8") == pytest.approx(8 * da2[1, 0])
    assert named(sim, "dz2", (1, 0), "the derivative of sigmoid is missing") == da2[1, 0]
    assert named(sim, "dz2", (1, 0), "divide by n = 8") == pytest.approx((a2 - f["y"])[1, 0])
    assert named(sim, "dz2", (1, 0), "once only") == pytest.approx((dz2 * a2 * (1 - a2))[1, 0])
    assert named(sim, "dz1", (1, 0), "the derivative of sigmoid is missing") == da1[1, 0]
    assert named(sim, "dz1", (1, 0), "alone: times") == pytest.approx((a1 * (1 - a1))[1, 0])
    assert named(sim, "dW2", (1, 0), "4 samples are added up") == pytest.approx((a1.T @ dz2)[1, 0] / 4)
    assert named(sim, "dW2", (1, 0), "divide by n = 8") == pytest.approx((a1.T @ dz2)[1, 0] * 8)
    assert named(sim, "dW2", (1, 0), "in place of ∂L/∂z₂") == pytest.approx((a1.T @ da2)[1, 0])
    assert named(sim, "dW2", (1, 0), "in place of a₁") == pytest.approx((f["z1"].T @ dz2)[1, 0])
    assert named(sim, "dW2", (1, 0), "a row apart") == pytest.approx(sum(a1[s, 1] * dz2[s - 1, 0] for s in range(4)))
    assert named(sim, "dW2", (1, 0), "share of #3 alone") == pytest.approx(a1[3, 1] * dz2[3, 0])
    assert named(sim, "dW1", (1, 0), "∂L/∂W₁[x1,h2]: row and column") == f["dW1"][0, 1]
    assert named(sim, "db1", (2,), "share of #0 alone") == dz1[0, 2]
    assert named(sim, "da1", (1, 0), "already updated") == pytest.approx((dz2 @ f["W2.next"].T)[1, 0])
    assert named(sim, "da1", (1, 0), "slope is missing") == pytest.approx((da2 @ f["W2"].T)[1, 0])
    assert named(sim, "da1", (1, 0), "from y2 alone") == pytest.approx(dz2[1, 1] * f["W2"][0, 1])
    assert named(sim, "da1", (1, 0), "takes a column of W₂") == pytest.approx((dz2[1] * f["W2"][:2, 0]).sum())
    assert x.shape == (4, 3)


def test_slips_of_the_update_by_hand() -> None:
    sim = make(optimizer="adam")
    g, m, v, w = (float(sim.frame[name][1, 0]) for name in ("dW1", "W1.m", "W1.v", "W1"))
    old, step = float(sim.frame["W1.m.prev"][1, 0]), float(sim.frame["W1.step"][1, 0])
    assert named(sim, "W1.m", (1, 0), "with 1 − β only") == pytest.approx(0.9 * old + g)
    assert named(sim, "W1.v", (1, 0), "to be squared") == pytest.approx(
        0.999 * float(sim.frame["W1.v.prev"][1, 0]) + 0.001 * g
    )
    assert named(sim, "W1.mhat", (1, 0), "still to be done") == m
    assert named(sim, "W1.mhat", (1, 0), "exponent is t + 1 = 4") == pytest.approx(m / (1 - 0.9**3))
    assert named(sim, "W1.step", (1, 0), "correction is missing") == pytest.approx(0.1 * m / (v**0.5 + 1e-8))
    assert named(sim, "W1.step", (1, 0), "α is missing") == pytest.approx(step / 0.1)
    assert named(sim, "W1.step", (1, 0), "plain gradient descent") == pytest.approx(0.1 * g)
    assert named(sim, "W1.next", (1, 0), "is subtracted: training") == pytest.approx(w + step)
    assert named(sim, "W1.next", (1, 0), "gradient itself") == pytest.approx(w - g)
    sim = make(optimizer="momentum")
    assert named(sim, "W1.m", (1, 0), "gradient alone") == sim.frame["dW1"][1, 0]
    sim = make(optimizer="rmsprop")
    root = 0.1 * sim.frame["dW1"][1, 0] / (sim.frame["W1.v"][1, 0] + 1e-8)
    assert named(sim, "W1.step", (1, 0), "root of v is missing") == pytest.approx(root)


CASES: list[dict[str, Any]] = [
    *({"layers": f"3 {name}, 2 {name}", "loss": "mean_squared_error"} for name in ACTIVATIONS),
    *({"layers": "2 relu, 2 softmax", "loss": name} for name in LOSSES),
    *({"optimizer": name, "options": {"weight_decay": 0.1}, "clip_norm": 0.1} for name in OPTIMIZERS),
    {"optimizer": "rmsprop", "options": {"momentum": 0.9}, "clip_value": 0.01, "l1": 0.1, "l2": 0.1},
    {"rows": 1, "layers": "1 linear", "inputs": 1, "loss": "mean_squared_error", "frozen": frozenset({"W1"})},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_slip_is_the_right_number(case: dict[str, Any]) -> None:
    sim = make(**case)
    for op in sim.program:
        for index in np.ndindex(sim.frame[op.name].shape):
            right = float(sim.frame[op.name][index])
            for slip in slips(sim.program, sim.frame, op, index):
                assert np.isfinite(slip.value)
                assert slip.value != pytest.approx(right, rel=1e-9, abs=0), slip
                assert slip.name
                assert slip.text.endswith((".", "samples", "units"))
