"""What is computed beside a session: the same numbers, and the cursor stays where it is."""

import numpy as np
import pytest

import nnsim
from nnsim.debugger.history import MOST, History, flow, places
from nnsim.debugger.past import Past, parameters_of
from nnsim.debugger.session import Session


def open_session(name: str, **overrides: object) -> Session:
    scenario = nnsim.load(name, {key.replace("__", "."): value for key, value in overrides.items()})
    return Session(nnsim.Simulation(scenario))


def standing(session: Session) -> tuple[int, int, int, bytes]:
    """All that must not change while pictures are computed."""
    return session.iteration, session.op_index, session.sim.recorded, session.frame.copy_of_buffer().tobytes()


@pytest.mark.parametrize("name", ["xor", "titanic"])
def test_frames_of_the_past_are_the_sessions_to_the_bit(name: str) -> None:
    session, other = open_session(name), open_session(name)
    session.go_to(150)
    before = standing(session)
    past = Past(session)
    for iteration in (149, 3, 77, 78, 0, 150):
        other.go_to(iteration)
        assert past.frame(iteration).copy_of_buffer().tobytes() == other.frame.copy_of_buffer().tobytes()
        assert past.parameters(iteration).tobytes() == parameters_of(other.frame).tobytes()
    assert standing(session) == before


def test_metrics_after_epochs_are_the_simulations() -> None:
    session, other = open_session("titanic"), open_session("titanic")
    session.go_to(200)
    before = standing(session)
    history = History(Past(session))
    assert history.epochs.until(6) == ()
    while not history.epochs.fill(6, 0.001):
        pass
    samples = history.epochs.until(6)
    assert [sample.epochs for sample in samples] == list(range(7))
    for sample in samples:
        other.go_to(33 * sample.epochs)
        assert sample.training == other.sim.metrics("training")
        assert sample.validation == other.sim.metrics("validation")
    assert standing(session) == before


def test_gradient_norms_and_updates_are_numpys() -> None:
    session = open_session("xor")
    session.go_to(40)
    history = History(Past(session))
    assert history.flows.fill(40, 10)
    for sample in history.flows.until(40):
        session.go_to(sample.iteration)
        f = session.frame
        for k in (1, 2):
            whole = np.concatenate([f[f"dW{k}"].ravel(), f[f"db{k}"]])
            assert sample.gradients[k - 1] == pytest.approx(np.linalg.norm(whole))
            ratio = np.linalg.norm(f[f"W{k}.next"] - f[f"W{k}"]) / np.linalg.norm(f[f"W{k}"])
            assert sample.updates[k - 1] == pytest.approx(ratio)


def test_frozen_weights_have_no_update() -> None:
    session = open_session("xor", network__frozen=["W1"])
    assert np.isnan(flow(session.frame).updates[0])
    assert flow(session.frame).updates[1] > 0


@pytest.mark.parametrize("last", [0, 1, 5, 59, 60, 61, 1000, 123_456])
def test_places_are_few_and_stay_in_use(last: int) -> None:
    chosen = places(last)
    assert chosen[0] == 0
    assert chosen[-1] == last
    assert len(chosen) <= MOST + 1
    assert set(chosen[:-1]) >= set(places(2 * last + 1)[:-1]) & set(range(last))
