"""Walking back replays as few iterations as can be for the states that there is room for."""

from functools import cache

import numpy as np
import pytest

from nnsim.engine.runner import Runner
from nnsim.engine.timeline import Timeline
from nnsim.engine.trail import Trail, stride
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
    for iteration in (3, 5, 9):
        trail.push(iteration, state + iteration)
    state[:] = -1
    found = trail.nearest(6)
    assert found is not None
    assert found[0] == 5
    np.testing.assert_array_equal(found[1], [5, 6, 7, 8])
    assert (len(trail), trail.nbytes) == (2, 3 * state.nbytes)
    trail.push(7, state)
    assert (len(trail), trail.nbytes) == (3, 3 * state.nbytes)
    assert trail.nearest(2) is None
    trail.shorten(0)
    assert trail.nbytes == 0
