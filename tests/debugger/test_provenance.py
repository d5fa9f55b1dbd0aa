"""The trail into operands: against recorded frames, and random moves against a plain stack."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.debugger.provenance import MOST, Trail, left_by, start_of
from nnsim.debugger.session import Session
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Schedule
from tests.experiments import make_experiment


def make(**wanted: Any) -> Session:
    return Session(Simulation(make_experiment(**{"rows": 5, "batch_size": 2, "optimizer": "adam", **wanted})))


def at(session: Session, iteration: int, tensor: str, index: tuple[int, ...]) -> Session:
    session.go_to(iteration)
    session.go_to_op(session.program.position(tensor) or 0)
    session.choose(index)
    return session


def place(session: Session) -> tuple[int, str, tuple[int, ...]]:
    return session.iteration, session.tensor, session.index


def take(trail: Trail, tensor: str) -> None:
    """Into the first operand that belongs to a tensor."""
    trail.choose([operand.tensor for operand in trail.operands].index(tensor))
    trail.into()


@pytest.mark.parametrize("tensor", ["dW2", "z2", "loss", "da1", "W1.next", "W2.vhat", "W1.m"])
def test_every_operand_leads_to_the_op_that_computed_it(tensor: str) -> None:
    session = make()
    for index in np.ndindex(session.frame[tensor].shape):
        at(session, 3, tensor, index)
        session.trail.clear()
        for choice, operand in enumerate(session.trail.operands):
            session.trail.choose(choice)
            assert session.trail.choice == choice
            session.trail.into()
            if session.program.position(operand.tensor) is None:  # what the iteration before left
                assert place(session) == (2, left_by(operand.tensor), operand.index)
            else:
                assert place(session) == (3, operand.tensor, operand.index)
            assert session.frame[session.tensor][session.index] == operand.value
            session.trail.out()
            assert place(session) == (3, tensor, index)


def test_down_to_the_row_of_the_data() -> None:
    trail = (session := at(make(), 4, "dW2", (1, 0))).trail
    for tensor in ("a1", "z1", "x"):
        take(trail, tensor)
        assert session.tensor == tensor
    assert [(mark.label, mark.follows) for mark in trail.marks[1:]] == [
        (session.frame.label(name, index), True)
        for name, index in (("a1", (0, 1)), ("z1", (0, 1)), ("x", session.index))
    ]
    assert trail.operands == ()
    with pytest.raises(ValueError, match=r"nothing lies behind x\[.*row \d of the data"):
        trail.into()


def test_back_through_the_updates_to_the_weight_that_training_starts_from() -> None:
    trail = (session := at(make(), 2, "z1", (0, 1))).trail
    first = trail.explanation.label
    take(trail, "W1")
    assert place(session) == (1, "W1.next", (0, 1))
    take(trail, "W1")
    assert place(session) == (0, "W1.next", (0, 1))
    take(trail, "W1")
    assert place(session) == (0, "W1.next", (0, 1))  # the cursor stays
    assert trail.source is not None
    assert (trail.explanation.tensor, trail.explanation.index) == ("W1", (0, 1))
    assert trail.explanation.result == session.frame["W1"][0, 1]
    said = trail.explanation.source
    assert "drawn by xavier_normal from N(0, 2 / (fan_in + fan_out)), fan_in 2, fan_out 3, seed 0" in said
    assert [(mark.label, mark.iteration) for mark in trail.marks] == [
        (first, 2),
        ("W₁ next[x1,h2]", 1),
        ("W₁ next[x1,h2]", 0),
        ("W₁[x1,h2]", 0),
    ]
    with pytest.raises(ValueError, match="nothing lies behind"):
        trail.into()
    trail.out()
    assert trail.source is None
    for iteration in (1, 2):
        trail.out()
        assert session.iteration == iteration
    assert place(session) == (2, "z1", (0, 1))


def test_memories_of_the_optimizer_come_from_the_update_before() -> None:
    trail = (session := at(make(), 1, "W2.m", (0, 0))).trail
    take(trail, "W2.m.prev")
    assert place(session) == (0, "W2.m", (0, 0))
    take(trail, "W2.m.prev")
    assert "no gradients yet" in trail.explanation.source


def test_what_is_frozen_or_given_says_so() -> None:
    session = make(frozen=frozenset({"W1"}), weights={"W2": np.ones((3, 1))})
    at(session, 2, "z1", (0, 0))
    take(session.trail, "W1")
    assert session.iteration == 2
    assert session.trail.explanation.source.startswith(
        "it is frozen, so it stays as it started: drawn by xavier_normal"
    )
    at(session, 0, "z2", (0, 0))
    take(session.trail, "W2")
    assert session.trail.explanation.source.endswith("the scenario gives it")
    assert start_of(session.sim.experiment, "b2") == "biases start at 0"


def test_of_a_norm_the_largest_gradient_is_gone_into() -> None:
    session = at(make(clip_norm=0.1), 1, "norm", ())
    sizes = [abs(operand.value) for operand in session.trail.operands]
    assert sizes == [np.abs(session.frame[f"d{name}"]).max() for name in ("W1", "b1", "W2", "b2")]
    session.trail.choose(2)
    session.trail.into()
    assert abs(session.frame["dW2"][session.index]) == sizes[2]


def test_moves_in_between_leave_the_trail_and_the_source_goes() -> None:
    trail = (session := at(make(), 0, "z1", (0, 1))).trail
    take(trail, "x")
    session.next_phase()
    assert [mark.follows for mark in trail.marks] == [False, False]
    take(trail, "W1")
    assert trail.source
    assert [mark.follows for mark in trail.marks] == [False, False, True]
    session.move(0, 1)
    assert trail.source is None
    assert trail.explanation.tensor == "z1"
    trail.out()
    assert place(session) == (0, "z1", (0, 1))
    with pytest.raises(ValueError, match="nothing to go back out to"):
        trail.out()


def test_the_choice_goes_round_and_starts_anew_elsewhere() -> None:
    trail = (session := at(make(), 1, "z1", (0, 1))).trail
    count = len(trail.operands)
    trail.choose(-1)
    assert trail.choice == count - 1
    trail.choose(trail.choice + 1)
    assert trail.choice == 0
    trail.choose(1)
    session.move(1, 0)
    assert trail.choice == 0


def test_a_long_trail_forgets_its_beginning() -> None:
    trail = (session := at(make(), 3, "z1", (0, 0))).trail
    for _ in range(MOST + 10):
        at(session, 3, "a1", (0, 0))
        trail.into()
    assert len(trail.crumbs) == MOST


STEPS = st.one_of(
    st.tuples(st.just("into"), st.integers(0, 30)),
    st.tuples(st.just("out"), st.just(0)),
    st.tuples(
        st.sampled_from(["next_op", "back_op", "next_phase", "previous_iteration", "next_iteration"]), st.just(0)
    ),
    st.tuples(st.just("choose"), st.integers(0, 8)),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(STEPS, max_size=40), st.sampled_from(["adam", "sgd", "momentum"]))
def test_random_moves_against_a_stack(steps: list[tuple[str, int]], optimizer: str) -> None:
    session = make(optimizer=optimizer)
    at(session, 2, "dW1", (0, 0))
    trail, frames = session.trail, {}
    stack: list[Any] = []
    chosen: dict[str, tuple[int, ...]] = {}
    source = False
    for move, number in steps:
        frames[session.iteration] = session.frame
        if move == "into":
            operands = trail.operands
            trail.choose(number)
            if not operands:
                with pytest.raises(ValueError, match="nothing lies behind"):
                    trail.into()
                continue
            operand, before = operands[number % len(operands)], (place(session), dict(session._chosen))
            trail.into()
            source = trail.source is not None
            assert trail.explanation.result == operand.value
            if not source:
                stack.append(before)
        elif move == "out":
            if source:
                trail.out()
                source = False
            elif stack:
                trail.out()
                where, chosen = stack.pop()
                assert (place(session), session._chosen) == (where, chosen)
            else:
                with pytest.raises(ValueError, match="nothing to go back"):
                    trail.out()
        else:
            before_move = place(session)
            if move == "choose":
                session.move(number // 3 - 1, number % 3 - 1)
            else:
                getattr(session, move)()
            source = source and place(session) == before_move
        assert (trail.source is not None) == source
        assert [crumb.left for crumb in trail.crumbs] == [where for where, _ in stack]
        assert len(trail.marks) == (len(stack) + 1 + source if stack or source else 0)


def test_what_is_set_by_hand_comes_from_nowhere_else() -> None:
    session = at(make(), 3, "z1", (0, 1))
    session.edit("W1[0,1] = 0.75")
    assert session.iteration == 3
    trail = session.trail
    take(trail, "W1")
    assert session.iteration == 3  # the update of iteration 2 left another number
    assert trail.source is not None
    assert trail.explanation.result == 0.75
    assert "by hand" in trail.explanation.source
    trail.out()
    trail.choose([each.index for each in trail.operands if each.tensor == "W1"].index((1, 1)))
    assert place(session) == (3, "z1", (0, 1))


def test_from_a_branch_back_into_what_was_before_it() -> None:
    session = at(make(), 3, "z1", (0, 1))
    session.edit("W1[0,1] = 0.75")
    at(session, 3, "z1", (0, 0))
    take(session.trail, "W1")
    assert place(session) == (2, "W1.next", (0, 0))
    session.trail.out()
    assert place(session) == (3, "z1", (0, 0))
    assert session.frame["W1"][0, 1] == 0.75


def test_what_is_drawn_or_set_by_the_scenario_says_so() -> None:
    experiment = make_experiment(schedule=Schedule(name="exponential", options={"factor": 0.5}))
    first, last = experiment.network.layers
    network = replace(experiment.network, layers=(replace(first, dropout=0.5), last))
    session = at(Session(Simulation(replace(experiment, network=network))), 1, "drop1", (0, 0))
    take(session.trail, "mask1")
    with pytest.raises(ValueError, match="drawn anew for each iteration"):
        session.trail.into()
    at(session, 1, "W1.step", (0, 0))
    take(session.trail, "alpha")
    with pytest.raises(ValueError, match="the scenario alone says it"):
        session.trail.into()


def test_a_start_weight_that_is_set_by_hand_was_not_drawn() -> None:
    session = at(make(), 0, "z1", (0, 1))
    session.edit("W1[0,1] = 0.75")
    take(session.trail, "W1")
    assert session.trail.explanation.source.startswith("set by hand, in place of")
    assert "drawn" not in session.trail.explanation.source
    at(session, 0, "z1", (0, 0))
    take(session.trail, "W1")
    assert "drawn by" in session.trail.explanation.source
