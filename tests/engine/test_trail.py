"""Walking back replays as few iterations as can be for the states that there is room for."""

import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.engine.runner import Runner
from nnsim.engine.timeline import Timeline
from nnsim.engine.trail import Trail, ruler, stride
from tests.experiments import make_experiment


@cache
def fewest(iterations: int, places: int) -> int:
    """By trying every place for the next state."""
    if iterations <= 1:
        return 0
    if places == 0:
        return iterations * (iterations - 1) // 2
    return min(m + fewest(iterations - m, places - 1) + fewest(m, places) for m in range(1, iterations))


@cache
def replayed(iterations: int, places: int) -> int:
    """As `stride` places them."""
    if iterations <= 1:
        return 0
    if places == 0:
        return iterations * (iterations - 1) // 2
    m = stride(iterations, places)
    return m + replayed(iterations - m, places - 1) + replayed(m, places)


@pytest.mark.parametrize("places", [0, 1, 2, 3, 7, 30])
def test_no_other_way_replays_fewer_iterations(places: int) -> None:
    for iterations in range(1, 130):
        assert replayed(iterations, places) == fewest(iterations, places)


def test_a_walk_back_the_way_one_came_replays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(make_experiment())
    timeline = Timeline(runner, 60 * runner.state.nbytes)
    steps = timeline._left - 5  # while one walks, keyframes take some of the places
    losses = []
    for t in range(steps):
        timeline.seek(t)
        losses.append(float(timeline.frame()["loss"]))
    timeline.seek(steps)
    monkeypatch.setattr(runner, "advance", lambda *_: pytest.fail("an iteration was replayed"))
    for t in reversed(range(steps)):
        timeline.seek(t)
        assert float(timeline.frame()["loss"]) == losses[t]
    assert timeline._trail.nbytes <= timeline._left * runner.state.nbytes


def test_a_walk_back_replays_as_many_iterations_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(make_experiment())
    timeline = Timeline(runner, 30 * runner.state.nbytes)
    timeline.seek(2000)
    spacing = timeline._spacing
    places = timeline._places
    first = 2000 // spacing * spacing - spacing
    timeline.seek(first + spacing)
    count = 0
    advance = runner.advance

    def counted(stop: int, *others: object) -> None:
        nonlocal count
        count += stop - runner.iteration
        advance(stop, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "advance", counted)
    for t in reversed(range(first, first + spacing)):
        timeline.seek(t)
    assert spacing > places > 2  # else there would be nothing to decide
    assert count == fewest(spacing, places)


def test_a_trail_forgets_what_is_later_and_uses_the_memory_again() -> None:
    trail = Trail()
    state = np.arange(4.0)
    for iteration in (3, 9, 5):
        trail.keep(iteration, state + iteration)
    state[:] = -1
    trail.forget_after(6)
    found = trail.nearest(6)
    assert found is not None
    assert found[0] == 5
    np.testing.assert_array_equal(found[1], [5, 6, 7, 8])
    assert (len(trail), trail.nbytes) == (2, 3 * state.nbytes)
    trail.keep(7, state)
    assert (len(trail), trail.nbytes) == (3, 3 * state.nbytes)
    trail.make_room(3, wanted=[3, 7])
    assert trail.nearest(6) == (3, trail.nearest(4)[1])  # type: ignore[index]
    trail.forget(3)
    trail.forget(4)
    assert (len(trail), trail.nearest(6)) == (1, None)
    trail.forget_before(8)
    assert (len(trail), trail.nbytes) == (0, 3 * state.nbytes)
    trail.shorten(0)
    assert trail.nbytes == 0


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 400))
def test_the_ruler_has_every_mark_that_is_near_enough(here: int, start: int, length: int) -> None:
    marks = []
    for iteration in range(start + 1, min(here + 1, start + length)):
        distance = iteration - start
        power = distance & -distance  # the largest power of two that divides it
        if here - iteration <= 1.5 * power:
            marks.append(iteration)
    assert sorted(ruler(here, start, min(here + 1, start + length))) == marks


class Replays:
    """Counts the iterations that a runner runs, and is a clock that goes on by one at each."""

    def __init__(self, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._runner, self._advance = runner, runner.advance
        monkeypatch.setattr(runner, "advance", self._counted)
        monkeypatch.setattr(time, "monotonic", lambda: float(self.count))

    def _counted(self, stop: int, *others: object) -> None:
        self.count += stop - self._runner.iteration
        self._advance(stop, *others)  # type: ignore[arg-type]


def slow_timeline(states: int, monkeypatch: pytest.MonkeyPatch) -> Timeline:
    """Its iterations count as such that take long."""
    monkeypatch.setattr("nnsim.engine.timeline.LARGE", 0)
    runner = Runner(make_experiment())
    return Timeline(runner, states * runner.state.nbytes)


@pytest.mark.parametrize("piece", [1, 3, 6])
def test_prepared_steps_back_replay_nothing(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With idle time for six iterations after each step, also over keyframes."""
    timeline = slow_timeline(97, monkeypatch)
    timeline.seek(20_000)
    timeline.seek(9000)
    assert timeline._places == 9  # else there would be nothing to decide
    replays = Replays(timeline.runner, monkeypatch)
    assert timeline.prepare_back(1000)
    prepared = 0
    for t in range(8999, 8000, -1):
        replays.count = 0
        timeline.seek(t)
        assert replays.count == 0
        while replays.count + piece <= 6 and not timeline.prepare_back(piece):
            pass
        prepared += replays.count
        assert timeline.iteration == t
        assert timeline._trail.nbytes <= timeline._places * timeline.runner.state.nbytes
    assert prepared < 5.5 * 1000


@pytest.mark.parametrize("states", [1, 8, 20, 40])
def test_preparation_comes_to_an_end_where_nobody_moves(states: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with a few places, and with time for one iteration only."""
    timeline = slow_timeline(states, monkeypatch)
    timeline.seek(3000)
    for t in (2000, 57, 1, 0, 2999):
        timeline.seek(t)
        pieces = 0
        while not timeline.prepare_back(1e-9):
            pieces += 1
            assert timeline.iteration == t
        assert pieces <= 2 * timeline._spacing
        replays = Replays(timeline.runner, monkeypatch)
        assert timeline.prepare_back(10_000)
        assert replays.count == 0


def test_who_walks_forwards_has_what_steps_back_need(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = slow_timeline(100, monkeypatch)
    timeline.seek(16_000)
    timeline.seek(9000)
    assert timeline.prepare_back(60)
    for t in range(9001, 9400):
        timeline.seek(t)
        assert timeline.prepare_back(0)


def test_quick_iterations_need_no_preparation() -> None:
    runner = Runner(make_experiment())
    timeline = Timeline(runner, 30 * runner.state.nbytes)
    timeline.seek(2000)
    assert timeline.prepare_back(0)
    assert len(timeline._trail) == 0
