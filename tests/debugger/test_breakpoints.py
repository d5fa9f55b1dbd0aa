"""Breakpoints against brute force: Python's own eval over the frame of every iteration."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnsim
from nnsim.debugger.breakpoints import Search
from nnsim.debugger.conditions import ConditionError
from nnsim.debugger.session import Session
from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment

LAST = 60  # iterations that are visited

EXPERIMENTS: dict[str, dict[str, Any]] = {
    "one batch": {"optimizer": "adam", "options": {"learning_rate": 0.3}},
    "uneven batches": {"rows": 7, "batch_size": 3, "optimizer": "momentum"},
    "two uneven batches": {"rows": 5, "batch_size": 3, "layers": "3 relu, 2 sigmoid"},
    "penalty": {"l1": 0.05, "clip_norm": 0.3, "batch_size": 3},
}


def session_of(case: str, epochs: int = 400) -> Session:
    experiment = make_experiment(**EXPERIMENTS[case])
    return Session(Simulation(replace(experiment, training=replace(experiment.training, epochs=epochs))))


class Rows(np.ndarray):
    """A row that a small batch does not have is no number."""

    def __getitem__(self, place: Any) -> Any:
        try:
            return super().__getitem__(place)
        except IndexError:
            return np.nan


@cache
def spaces(case: str) -> list[dict[str, Any]]:
    """The names of every iteration, for eval."""
    sim = session_of(case).sim
    found = []
    for t in range(LAST + 1):
        sim.seek(t)
        frame = {name.replace(".", "_"): np.ascontiguousarray(v).view(Rows) for name, v in sim.frame.items() if v.ndim}
        metrics = {f"{name}_training": value for name, value in sim.metrics().items()}
        clocks = {"iteration": float(t), "epoch": float(t // sim.iterations_per_epoch)}
        found.append({**frame, **metrics, **clocks, "loss": np.float64(sim.frame["loss"])})
    return found


FUNCTIONS = {
    **{name: getattr(np, name) for name in ("max", "min", "sum", "mean", "argmax", "any", "all", "abs", "isnan")},
    "nan": np.nan,
}


def holds(case: str, text: str, t: int) -> bool:
    """By eval; changed(…) is written changed('…')."""
    known = spaces(case)

    def value(text: str, t: int) -> Any:
        def changed(inner: str) -> bool:
            return t > 0 and not np.array_equal(value(inner, t), value(inner, t - 1), equal_nan=True)

        with np.errstate(all="ignore"):
            return eval(text, {"__builtins__": {}}, {**FUNCTIONS, **known[t], "changed": changed})

    found = value(text, t)
    return bool(found) and not np.isnan(found)


def beginnings(case: str, text: str) -> list[int]:
    truths = [holds(case, text, t) for t in range(LAST + 1)]
    return [t for t in range(LAST + 1) if truths[t] and not (t and truths[t - 1])]


def told(text: str) -> str:
    """A text for eval as the language has it."""
    for suffix in ("m", "step", "next", "g"):
        text = text.replace(f"W1_{suffix}", f"W1.{suffix}")
    return text.replace("_training", ".training").replace("'", "")


def threshold(case: str, text: str, share: float) -> float:
    """A number that divides the values of an expression: conditions that always or never hold prove little."""
    values = [float(eval(text, {"__builtins__": {}}, {**FUNCTIONS, **space})) for space in spaces(case)]
    return float(np.nanquantile(values, share)) if np.isfinite(values).any() else 0.0


SCALARS = [
    "loss",
    "W1[0,2]",
    "b1[1]",
    "dW2[1,0]",
    "a1[0,1]",
    "z1[2,0]",
    "W1_step[1,1]",
    "W1_next[0,0]",
    "max(abs(dW1))",
    "sum(W1)",
    "min(W2)",
    "mean(a1)",
    "argmax(a2)",
    "max(z1[:,0])",
    "iteration",
    "epoch",
    "loss_training",
]


@st.composite
def atoms(draw: st.DrawFn, case: str) -> str:
    text = draw(st.sampled_from(SCALARS))
    if draw(st.integers(0, 5)) == 0:
        return f"changed('{text} > {threshold(case, text, draw(st.floats(0, 1)))!r}')"
    sign = draw(st.sampled_from(["<", "<=", ">", ">="]))
    return f"({text} {sign} {threshold(case, text, draw(st.floats(0, 1)))!r})"


def conditions(case: str) -> st.SearchStrategy[str]:
    return st.recursive(
        atoms(case),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            inner.map(lambda t: f"(not {t})"),
        ),
        max_leaves=4,
    )


def run(session: Session, stop: int = LAST) -> None:
    while session.advance(10, stop):
        pass


def found(session: Session, way: Any) -> int | None:
    search = Search(session, way)
    while search.advance(0.0):
        assert 0 <= search.share <= 1
    return search.hit.iteration if search.hit else None


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(list(EXPERIMENTS)).flatmap(lambda case: st.tuples(st.just(case), conditions(case))))
def test_hits_in_both_directions_are_those_of_brute_force(pair: tuple[str, str]) -> None:
    case, text = pair
    expected = beginnings(case, text)
    session = session_of(case)
    session.breakpoints.add(told(text))
    hits = []
    while session.iteration < LAST:
        run(session)
        if session.hit is None:
            break
        assert session.iteration == session.hit.iteration
        hits.append(session.iteration)
    assert hits == [t for t in expected if 0 < t < LAST]
    session.go_to(LAST)
    _ = session.frame
    assert found(session, "first") == (expected[0] if expected else None)
    at = LAST
    for before in reversed([t for t in expected if t < LAST]):
        assert found(session, "previous") == before
        session.go_to(before)
        at = before
    assert found(session, "previous") is None
    assert session.iteration == at


MOVES = ["run", "step", "previous", "first", "back", "toggle 0", "toggle 1", "slice"]


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(list(EXPERIMENTS)).flatmap(
        lambda case: st.tuples(st.just(case), conditions(case), conditions(case))
    ),
    st.lists(st.sampled_from(MOVES), max_size=12),
)
def test_any_sequence_of_commands_against_a_simple_model(setup: tuple[str, str, str], moves: list[str]) -> None:
    """A run looks after the iteration where it begins; one that goes on where another was left also looks at that."""
    case, *texts = setup
    session = session_of(case)
    points = [session.breakpoints.add(told(text)) for text in texts]
    all_hits = [beginnings(case, text) for text in texts]
    at, left_at, visited = 0, (-1, [False]), 0
    for move in moves:
        enabled = [point.enabled for point in points]
        hits = sorted({t for hits, on in zip(all_hits, enabled, strict=True) if on for t in hits})
        if move in ("run", "slice"):
            goal = LAST if move == "run" else min(at + 7, LAST)
            first = at if left_at == (at, enabled) else at + 1
            run(session, goal)
            if at < goal:
                hit = next((t for t in hits if first <= t < goal), None)
                left_at = (goal, enabled) if hit is None else (-1, enabled)
                at = goal if hit is None else hit
        elif move == "step" and at < LAST:
            session.next_iteration()
            at += 1
        elif move == "back":
            session.previous_iteration()
            at = max(0, at - 1)
        elif move in ("previous", "first"):
            known = len(session.branch.losses)
            wanted = [t for t in hits if t < (at if move == "previous" else known)]
            hit = found(session, move)
            assert hit == (None if not wanted else wanted[-1] if move == "previous" else wanted[0])
            if hit is not None:
                session.go_to(hit)
                at = hit
        elif move.startswith("toggle"):
            point = points[int(move[-1])]
            point.enabled = not point.enabled
        visited = max(visited, at)
        assert session.iteration == at
        assert session.recorded == visited


def test_the_nearest_of_several_stops_and_all_of_one_iteration_are_named() -> None:
    session = session_of("one batch")
    for text in ("iteration >= 40", "iteration == 12", "iteration > 11"):
        session.breakpoints.add(text)
    run(session)
    assert session.hit is not None
    assert session.hit.iteration == 12
    assert session.hit.texts == "iteration == 12, iteration > 11"
    assert session.stopped is not None
    assert session.stopped.reason == "breakpoint"


def test_a_condition_that_never_holds_ends_at_the_planned_end() -> None:
    session = session_of("one batch", epochs=30)
    session.breakpoints.add("isnan(loss)")
    run(session, session.sim.iterations - 1)
    assert session.iteration == 29
    assert session.hit is None
    assert session.sim.recorded == 29


def test_the_last_planned_iteration_is_tested_without_going_beyond() -> None:
    session = session_of("uneven batches", epochs=10)
    session.breakpoints.add("iteration == 29 and changed(W1)")
    while session.advance(10):
        pass
    assert session.hit is not None
    assert session.hit.iteration == session.iteration == session.sim.recorded == 29


def test_a_disabled_one_does_not_stop_and_a_removed_one_is_gone() -> None:
    session = session_of("one batch")
    one, other = session.breakpoints.add("iteration == 5"), session.breakpoints.add("iteration == 9")
    one.enabled = False
    run(session)
    assert session.iteration == 9
    session.breakpoints.remove(other)
    run(session)
    assert session.iteration == LAST
    assert session.hit is None


def test_a_wrong_condition_is_refused_and_nothing_is_added() -> None:
    session = session_of("one batch")
    with pytest.raises(ConditionError) as error:
        session.breakpoints.add("loss < lss")
    assert error.value.column == 8
    for text in ("loss", "W1[0,0] - 1", "max(abs(dW1))", "-loss", "3"):
        with pytest.raises(ConditionError, match="column 1: is a number, not a condition"):
            session.breakpoints.add(text)
    assert session.breakpoints.all == []
    for text in ("not loss < 1", "isnan(loss)", "any(isnan(W1))", "changed(W1)", "0 < loss < 1", "loss < 1 or 1 > 2"):
        session.breakpoints.add(text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("isnan(z2)", lambda z: np.isnan(z).any()),
        ("not isfinite(z2)", lambda z: not np.isfinite(z).all()),
        ("iteration > 30 and isfinite(z2)", lambda z: np.isfinite(z).all()),
    ],
)
def test_of_several_numbers_any_may_be_none_and_all_are_finite(text: str, holds: Callable[[Any], bool]) -> None:
    session = Session(nnsim.Simulation(nnsim.load("exploding")))
    other = nnsim.Simulation(nnsim.load("exploding"))
    session.breakpoints.add(text)
    run(session, 160)
    expected = 31 if ">" in text else 0
    other.seek(expected)
    while not holds(other.frame["z2"]):
        other.step()
    assert session.iteration == other.iteration
    assert session.hit


def test_every_example_of_the_texts_can_be_set() -> None:
    session = Session(nnsim.Simulation(nnsim.load("titanic")))
    for text in (
        *("loss < 0.1", "max(abs(dW1)) < 1e-6", "isnan(z2)", "accuracy.validation > 0.8", "W1[0,2] > 0"),
        *("epoch == 10", "changed(argmax(a2))"),
    ):
        session.breakpoints.add(text)
    run(session, 400)
    assert session.hit
    assert session.iteration < 330


def test_metrics_are_computed_only_where_the_rest_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnsim.engine.metrics import Evaluator

    session = Session(nnsim.Simulation(nnsim.load("titanic")))
    session.breakpoints.add("accuracy.validation > 0.5 and epoch == 3 and loss < 10")
    measured: list[str] = []
    original: Callable[..., dict[str, float]] = Evaluator.metrics

    def counted(self: Evaluator, which: str, parameters: Any) -> dict[str, float]:
        measured.append(which)
        return original(self, which, parameters)

    monkeypatch.setattr(Evaluator, "metrics", counted)
    run(session, 400)
    assert session.iteration == 99
    assert 1 <= len(measured) <= 33


def test_a_search_leaves_the_session_as_it_is_and_may_be_left_at_any_time() -> None:
    session = session_of("uneven batches")
    session.go_to(5000)
    before = session.frame.copy_of_buffer().tobytes()
    session.breakpoints.add("W1[0,0] > 1e9")
    search = Search(session, "previous")
    assert search.advance(0.0)
    assert 0 < search.share < 1
    session.go_to(40)
    session.go_to(5000)
    while search.advance(0.0):
        pass
    assert search.hit is None
    assert session.frame.copy_of_buffer().tobytes() == before


def test_hits_on_a_branch_are_found_across_its_beginning() -> None:
    session = session_of("one batch")
    session.go_to(50)
    session.go_to(20)
    session.edit("W1[0,0] = 7")
    session.breakpoints.add("W1[0,0] > 6")
    session.breakpoints.add("iteration == 9")
    session.first()
    run(session)
    assert session.iteration == 9
    run(session)
    assert session.iteration == 20
    assert session.frame["W1"][0, 0] == 7
    session.go_to(33)
    assert found(session, "previous") == 20
    session.go_to(20)
    assert found(session, "previous") == 9
    assert found(session, "first") == 9
    session.switch(session.tree.root)
    session.go_to(50)
    assert found(session, "previous") == 9


def test_a_condition_that_a_branch_has_no_numbers_for_holds_nowhere_on_it() -> None:
    session = session_of("one batch")
    session.go_to(50)
    session.go_to(20)
    session.breakpoints.add("W1.m[0,0] != 0")
    session.breakpoints.add("iteration == 30")
    session.edit("optimizer = sgd")
    run(session)
    assert session.iteration == 30
    session.go_to(29)
    assert found(session, "previous") == 0
    assert found(session, "first") == 0


def test_what_held_before_a_branch_begins_does_not_begin_on_it() -> None:
    session = session_of("one batch")
    session.go_to(50)
    session.go_to(20)
    session.edit("b1[0] = 7")
    session.breakpoints.add("iteration > 10")
    session.first()
    run(session)
    assert session.iteration == 11
    run(session)
    assert session.iteration == LAST
    assert found(session, "previous") == 11


def test_what_is_run_beyond_a_hit_to_find_it_counts_as_not_visited() -> None:
    session, other = session_of("uneven batches"), session_of("uneven batches")
    other.go_to(900)
    point = session.breakpoints.add("iteration == 300 or iteration == 500")
    run(session, 700)
    assert session.iteration == session.recorded == 300
    assert session.branch.losses.tolist() == other.sim.losses[:301].tolist()
    point.enabled = False
    run(session, 700)
    session.go_to(310)
    point.enabled = True
    run(session, 900)
    assert (session.iteration, session.recorded) == (500, 700)
    for iteration in (900, 301, 640):
        session.go_to(iteration)
        other.go_to(iteration)
        assert session.frame.copy_of_buffer().tobytes() == other.frame.copy_of_buffer().tobytes()


CHANGES: dict[str, Callable[[Any], Any]] = {
    "changed(b1[0])": lambda frame: frame["b1"][0],
    "changed(a1 > 0.4)": lambda frame: frame["a1"] > 0.4,
    "changed(argmax(a2))": lambda frame: frame["a2"].argmax(),
    "changed(x[2,0] > 0)": lambda frame: len(frame["x"]) > 2 and frame["x"][2, 0] > 0,
}


@pytest.mark.parametrize("text", CHANGES)
@pytest.mark.parametrize("start", [5, 6, 7, 8])
@pytest.mark.parametrize("case", ["one batch", "uneven batches", "two uneven batches"])
def test_a_change_where_a_branch_begins_is_one_from_where_it_was_left(case: str, start: int, text: str) -> None:
    session = session_of(case)
    session.go_to(30)
    session.go_to(start)
    session.edit("b1[0] = 0.7")
    session.go_to(30)
    values = []
    for t in range(31):
        session.go_to(t)
        values.append(CHANGES[text](session.frame))
    changes = [False, *(not np.array_equal(*pair) for pair in pairwise(values))]
    expected = [t for t in range(1, 30) if changes[t] and not changes[t - 1]]
    session.breakpoints.add(text)
    session.first()
    hits = []
    while session.iteration < 30:
        run(session, 30)
        hits += [session.hit.iteration] if session.hit else []
    assert hits == expected
    hits = []
    while (hit := found(session, "previous")) is not None:
        session.go_to(hit)
        hits.append(hit)
    assert hits[::-1] == expected
    session.go_to(start)
    assert session.breakpoints.holds(session.breakpoints.all[0]) == changes[start]
    assert found(session, "first") == (expected[0] if expected else None)
    assert session.iteration == start


def test_what_was_not_there_before_a_branch_has_not_changed() -> None:
    session = session_of("penalty")
    session.go_to(9)
    session.edit("optimizer = adam")
    session.breakpoints.add("changed(W1.v.prev)")
    session.go_to(20)
    assert found(session, "first") == 10
