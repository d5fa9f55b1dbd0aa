"""Watches show the frame's numbers, of the iteration before where this one has not got there, and how they went."""

import numpy as np
import pytest

import nnsim
from nnsim.debugger.conditions import ConditionError
from nnsim.debugger.history import places
from nnsim.debugger.past import Past
from nnsim.debugger.session import Session
from nnsim.debugger.watches import Meter, Reading


def open_session(*texts: str, name: str = "xor") -> Session:
    session = Session(nnsim.Simulation(nnsim.load(name)))
    for text in texts:
        session.watches.add(text)
    return session


def readings(session: Session, meter: Meter, measured: bool = True, hidden: tuple[str, ...] = ()) -> list[Reading]:
    watches, t = session.watches.enabled, session.iteration
    while measured and not meter.measure(watches, (t, t - 1), session.recorded, 0.0):
        pass
    return meter.read(watches, session.frame, hidden, session.recorded)


def test_values_are_the_frames() -> None:
    session = open_session("loss", "W1[0,2]", "sum(abs(dW1))", "iteration", "W1.next[0,2] - W1[0,2]")
    session.go_to(40)
    f = session.frame
    found = readings(session, Meter(Past(session)), measured=False)
    expected = [f["loss"], f["W1"][0, 2], np.abs(f["dW1"]).sum(), 40, f["W1.next"][0, 2] - f["W1"][0, 2]]
    assert [each.value for each in found] == pytest.approx([float(each) for each in expected], rel=1e-14)
    assert not any(each.earlier for each in found)


def test_metrics_and_changes_come_in_idle_time_and_the_cursor_stays() -> None:
    session = open_session("accuracy.validation", "changed(argmax(a2))", "loss.training", name="titanic")
    session.go_to(70)
    before = session.frame.copy_of_buffer().tobytes()
    meter = Meter(Past(session))
    assert [each.value for each in readings(session, meter, measured=False)] == [None, None, None]
    found = readings(session, meter)
    assert found[0].value == session.sim.metrics("validation")["accuracy"]
    assert found[2].value == session.sim.metrics()["loss"]
    here = np.argmax(session.frame["a2"])
    session.go_to(69)
    assert found[1].value == float(here != np.argmax(session.frame["a2"]))
    session.go_to(70)
    assert session.frame.copy_of_buffer().tobytes() == before
    assert session.sim.recorded == 70


def test_what_is_not_reached_is_that_of_the_iteration_before() -> None:
    session = open_session("loss", "W1[0,2]")
    meter = Meter(Past(session))
    first = readings(session, meter, hidden=("loss",))
    assert (first[0].value, first[0].earlier) == (None, True)
    session.go_to(9)
    found = readings(session, meter, hidden=("loss", "dW1"))
    assert found[0].value == session.sim.losses[8]
    assert found[0].earlier
    assert (found[1].value, found[1].earlier) == (session.frame["W1"][0, 2], False)


def test_the_history_is_spread_over_what_has_been_visited() -> None:
    session = open_session("loss", "W1[0,2]")
    session.go_to(300)
    losses = session.sim.losses.copy()
    session.go_to(200)
    found = readings(session, Meter(Past(session)))
    assert found[0].history == tuple(losses[places(300)])
    session.go_to(300)
    assert found[1].history[-1] == session.frame["W1"][0, 2]
    assert session.sim.recorded == 300


def test_on_a_branch_they_are_those_of_the_branch() -> None:
    session = open_session("b1[0]", "W1.m[0,0]")
    session.go_to(50)
    before = readings(session, Meter(Past(session)))
    session.edit("optimizer = sgd")
    after = readings(session, Meter(Past(session)))
    assert after[1] == Reading("W1.m[0,0]", None)
    assert after[0].history[:-1] == before[0].history[:-1]
    session.next_iteration()
    assert readings(session, Meter(Past(session)))[0].value == session.frame["b1"][0]


def test_a_wrong_expression_is_refused_and_one_can_be_hidden_or_removed() -> None:
    session = open_session("loss", "iteration")
    with pytest.raises(ConditionError, match="column 1: “z1” is samples × 4 numbers"):
        session.watches.add("z1")
    session.watches.all[0].enabled = False
    assert [each.text for each in readings(session, Meter(Past(session)))] == ["iteration"]
    session.watches.remove(session.watches.all[1])
    assert [each.text for each in session.watches.all] == ["loss"]


def test_what_was_not_there_before_a_branch_has_not_changed() -> None:
    session = open_session("changed(W1.v)", "changed(b1[0])")
    session.go_to(5)
    session.edit("optimizer = momentum")
    session.go_to(7)
    session.edit("optimizer = adam")
    assert [each.value for each in readings(session, Meter(Past(session)))] == [0, 1]
    session.next_iteration()
    assert [each.value for each in readings(session, Meter(Past(session)))] == [1, 1]
