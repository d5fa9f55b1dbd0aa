"""The cursor against a simple model: the list of (iteration, op) moments in order."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnsim
from nnsim.debugger.session import Session
from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment


def make() -> Session:
    return Session(Simulation(make_experiment(rows=5, batch_size=2)))


def place(session: Session) -> tuple[int, int]:
    return session.iteration, session.op_index


def test_next_and_back_visit_every_op_of_every_iteration() -> None:
    session = make()
    ops = len(session.program)
    seen = []
    for _ in range(3 * ops):
        seen.append(place(session))
        session.next_op()
    assert seen == [(t, k) for t in range(3) for k in range(ops)]
    for expected in reversed(seen):
        session.back_op()
        assert place(session) == expected
    session.back_op()
    assert place(session) == (0, 0)


def test_phases_both_ways() -> None:
    session = make()
    phases = []
    for _ in range(6):
        phases.append((session.iteration, session.phase, session.op.name))
        session.next_phase()
    assert [phase for _, phase, _ in phases] == ["batch", "forward", "loss", "backward", "update", "batch"]
    assert [name for _, _, name in phases[:4]] == ["x", "z1", "loss", "da2"]
    for expected in reversed(phases):
        session.previous_phase()
        assert (session.iteration, session.phase, session.op.name) == expected


def test_iterations_and_epochs_keep_the_op() -> None:
    session = make()
    session.go_to_op(5)
    session.next_iteration()
    assert place(session) == (1, 5)
    session.next_epoch()
    assert place(session) == (3, 5)
    session.next_epoch()
    session.next_iteration()
    session.previous_epoch()
    assert place(session) == (6, 5)
    session.previous_epoch()
    assert place(session) == (3, 5)
    session.first()
    assert place(session) == (0, 0)
    session.last()
    assert session.iteration == 7


def test_what_is_not_reached_yet_is_hidden() -> None:
    session = make()
    session.go_to_op(session.program.position("a1") or 0)
    assert session.value("z1") is not None
    assert session.value("W1") is not None
    for name in ("z2", "loss", "dW1", "W1.next"):
        assert session.value(name) is None
    session.go_to_op(len(session.program) - 1)
    assert all(session.value(name) is not None for name in session.frame)


def test_choosing_stays_inside_and_is_remembered() -> None:
    session = make()
    session.go_to_op(session.program.position("z1") or 0)
    session.move(1, 2)
    assert session.index == (1, 2)
    session.move(10, 10)
    assert session.index == (1, 2)
    session.move(-10, -10)
    assert session.index == (0, 0)
    session.choose((1, 1))
    session.next_op()
    assert session.index == (0, 0)
    session.back_op()
    assert session.index == (1, 1)
    session.go_to(2)  # the last batch of the epoch has one row
    assert session.index == (0, 1)


def test_the_explanation_is_of_the_chosen_number() -> None:
    session = make()
    session.go_to_op(session.program.position("dW1") or 0)
    session.choose((1, 2))
    explanation = session.explanation()
    assert (explanation.tensor, explanation.index) == ("dW1", (1, 2))
    assert explanation.result == session.frame["dW1"][1, 2]


def test_changed_compares_with_the_iteration_before() -> None:
    session = make()
    assert session.changed("W1") is None
    session.next_iteration()
    session.next_iteration()
    before, now = Simulation(session.sim.experiment), session.frame
    before.seek(1)
    changed = session.changed("W1")
    np.testing.assert_array_equal(changed, before.frame["W1"] != now["W1"])
    assert session.changed("z1") is None  # one row, where the batch before had two
    assert session.iteration == 2


def test_running_ends_at_the_last_planned_iteration() -> None:
    session = make()
    while session.advance(0.5):
        pass
    assert session.iteration == session.sim.iterations - 1
    assert session.stopped
    assert session.stopped.reason == "iterations"


def test_patience_ends_a_run_and_going_on_is_possible() -> None:
    base = make_experiment(layers="20 tanh, 1 sigmoid", optimizer="adam", rows=12, inputs=4, batch_size=5)
    rng = np.random.default_rng(5)
    data = replace(base.data, x_validation=rng.normal(size=(30, 4)), y_validation=np.zeros((30, 1)))
    training = replace(base.training, epochs=200, patience=2)
    session = Session(Simulation(replace(base, data=data, training=training)))
    while session.advance(0.5):
        pass
    assert session.stopped
    assert session.stopped.reason == "patience"
    assert session.stopped.best_epoch is not None
    at = session.iteration
    session.advance(0.01)
    assert session.iteration > at


def test_a_run_in_short_stretches_loses_patience_where_one_in_a_piece_does() -> None:
    scenario = nnsim.load("overfit")
    stop = Simulation(scenario).train()
    session = Session(Simulation(scenario))
    while session.stopped is None or session.stopped.reason == "iterations":
        session.advance(0.5, session.iteration + 3)
        assert session.iteration < session.sim.iterations - 1
    assert session.stopped == stop


@pytest.mark.parametrize("moves", [("next_iteration",), ("previous_iteration", "previous_iteration")])
def test_steps_by_hand_in_between_do_not_renew_patience(moves: tuple[str, ...]) -> None:
    scenario = nnsim.load("overfit")
    stop = Simulation(scenario).train()
    assert stop.best_epoch is not None
    session = Session(Simulation(scenario))
    pause = (stop.best_epoch + 10) * session.sim.iterations_per_epoch + 1
    while session.advance(0.5, pause):
        pass
    for move in moves:
        getattr(session, move)()
    while session.advance(0.5):
        pass
    assert session.stopped == stop


MOVES = ["next_op", "back_op", "next_iteration", "previous_iteration", "next_epoch", "previous_epoch", "first"]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(MOVES), max_size=40))
def test_any_moves_end_where_the_model_does(moves: list[str]) -> None:
    session = make()
    ops, per_epoch = len(session.program), session.sim.iterations_per_epoch
    t = k = 0
    for move in moves:
        getattr(session, move)()
        match move:
            case "next_op":
                t, k = (t, k + 1) if k + 1 < ops else (t + 1, 0)
            case "back_op":
                t, k = (t, k - 1) if k else ((t - 1, ops - 1) if t else (0, 0))
            case "next_iteration":
                t += 1
            case "previous_iteration":
                t = max(0, t - 1)
            case "next_epoch":
                t = (t // per_epoch + 1) * per_epoch
            case "previous_epoch":
                t = max(0, t - 1) // per_epoch * per_epoch
            case "first":
                t = k = 0
        assert place(session) == (t, k)
    straight = Simulation(session.sim.experiment)
    straight.seek(t)
    for name in straight.frame:
        assert straight.frame[name].tobytes() == session.frame[name].tobytes()


def test_a_negative_iteration_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        make().go_to(-1)
