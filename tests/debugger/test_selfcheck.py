"""The self-check finds what is wrong, and raises no alarm where nothing is."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnsim
from nnsim.debugger.past import Past
from nnsim.debugger.selfcheck import Report, SelfCheck
from nnsim.debugger.session import Session
from nnsim.engine.activations import ACTIVATIONS, Relu, Tanh
from nnsim.engine.checks import KINKED
from nnsim.engine.expressions import Constant
from nnsim.engine.simulation import Simulation
from nnsim.scenario import names
from tests.experiments import make_experiment


def checked(session: Session) -> Report:
    check = SelfCheck(Past(session), session.frame)
    slices = 1
    while check.advance(0.0):
        slices += 1
    assert slices > 1
    assert check.report
    return check.report


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("iteration", [0, 37])
def test_every_scenario_is_in_order(name: str, iteration: int) -> None:
    session = Session(nnsim.Simulation(nnsim.load(name)))
    session.go_to(iteration)
    before = session.frame.copy_of_buffer().tobytes()
    report = checked(session)
    assert report.good, report
    assert report.iteration == session.iteration == iteration
    assert report.checked + report.left_out <= report.gradients
    assert report.checked > 0
    assert session.frame.copy_of_buffer().tobytes() == before


@pytest.mark.parametrize("name", ["xor", "circles", "titanic"])
def test_what_is_trained_far_beyond_its_end_is_in_order(name: str) -> None:
    """Gradients of 1e-12 beside logits of 30: nothing but rounding is left of the differences."""
    session = Session(nnsim.Simulation(nnsim.load(name)))
    for iteration in (session.sim.iterations - 1, 15_000):
        session.go_to(iteration)
        assert checked(session).good


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(set(ACTIVATIONS) - {"softmax"})),
    st.sampled_from(["mean_squared_error", "mean_absolute_error", "huber", "half_squared_error"]),
    st.sampled_from([0.0, 0.01]),
    st.sampled_from(["float64", "float32"]),
    st.integers(0, 30),
    st.booleans(),
)
def test_kinks_raise_no_alarm(activation: str, loss: str, l1: float, dtype: str, iteration: int, zeros: bool) -> None:
    """With start weights of 0 every unit stands exactly at its kink."""
    weights = {"W1": np.zeros((2, 3)), "b1": np.zeros(3)} if zeros else {}
    made = make_experiment(f"3 {activation}, 2 linear", loss, weights=weights, l1=l1, dtype=dtype)
    session = Session(Simulation(made))
    session.go_to(iteration)
    assert checked(session).good


def test_gradients_that_cancel_in_single_precision_raise_no_alarm() -> None:
    session = Session(Simulation(make_experiment("3 elu, 2 linear", "mean_absolute_error", dtype="float32")))
    for iteration in range(0, 60, 3):
        session.go_to(iteration)
        assert checked(session).good


def test_elements_at_a_kink_are_left_out_and_the_others_compared() -> None:
    weights = {"W1": np.array([[0.5, 0.0], [0.5, 0.0]]), "b1": np.zeros(2)}
    session = Session(Simulation(make_experiment("2 relu, 1 linear", "mean_squared_error", weights=weights)))
    report = checked(session)
    assert report.good
    assert 1 <= report.left_out <= 3  # W1[0,1], W1[1,1] and b1[1] at the most
    assert report.checked == report.gradients - report.left_out


@pytest.mark.parametrize("kind", [Tanh, Relu])
def test_a_forgotten_derivative_is_an_alarm(kind: type[Tanh] | type[Relu], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "backward", lambda self, z, a, da, dz, w: [partial(np.copyto, dz, da)])
    session = Session(Simulation(make_experiment(f"3 {kind.name}, 1 sigmoid")))
    session.go_to(3)
    report = checked(session)
    assert report.wrong
    assert not report.good
    assert report.discrepancy > 1e-3
    assert report.worst in ("W1", "b1")


def test_a_frame_that_a_replay_does_not_give_is_an_alarm() -> None:
    session = Session(Simulation(make_experiment(optimizer="adam")))
    session.go_to(20)
    frame = session.frame.without("W2", (0, 0))
    check = SelfCheck(Past(session), frame)
    while check.advance(0.0):
        pass
    assert check.report
    assert not check.report.identical
    assert not check.report.good


def test_large_layers_are_sampled() -> None:
    session = Session(Simulation(make_experiment("40 tanh, 1 sigmoid", inputs=10)))
    report = checked(session)
    assert report.gradients == 10 * 40 + 40 + 40 + 1
    assert report.checked == 40 + 40 + 40 + 1


def test_what_is_set_by_hand_is_said_and_what_follows_is_checked() -> None:
    session = Session(Simulation(make_experiment()))
    session.go_to(8)
    session.edit("a1[0,0] = 3")
    report = checked(session)
    assert report.by_hand
    assert report.identical
    assert report.checked == 0
    session.next_iteration()
    assert checked(session).checked > 0
    assert checked(session).good


def test_what_is_not_finite_is_left_out() -> None:
    session = Session(Simulation(make_experiment(weights={"b2": np.array([np.inf])}, loss="mean_squared_error")))
    report = checked(session)
    assert report.too_large == 1
    assert report.left_out == report.nonfinite == 0
    assert report.identical
    assert report.good
    assert not report.clear


def test_nan_is_no_kink() -> None:
    session = Session(Simulation(make_experiment("3 relu, 1 linear", weights={"b2": np.array([np.nan])})))
    report = checked(session)
    assert report.nonfinite == report.gradients
    assert report.left_out == report.checked == 0
    assert report.good
    assert not report.clear


def test_what_is_too_large_to_be_compared_is_said_without_an_alarm() -> None:
    session = Session(nnsim.Simulation(nnsim.load("exploding")))
    session.go_to(77)  # losses of 1e176
    report = checked(session)
    assert report.too_large > 0
    assert report.nonfinite == 0
    assert report.good
    assert not report.clear


def test_the_activations_with_a_kink_are_known() -> None:
    """One-sided slopes at 0, from the definition that explanations use."""
    for name, activation in ACTIVATIONS.items():
        if name == "softmax":
            continue

        def value(z: float, activation: object = activation) -> float:
            return float(activation.output(lambda i: Constant(z), 0, 1).value)  # type: ignore[attr-defined]

        epsilon = 1e-7
        right, left = (value(epsilon) - value(0)) / epsilon, (value(0) - value(-epsilon)) / epsilon
        assert (abs(right - left) > 1e-3) == (name in KINKED), name
