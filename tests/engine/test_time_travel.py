"""Any iteration again, to the last bit."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnsim.engine import timeline
from nnsim.engine.frame import Frame
from nnsim.engine.log import Log
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array
from tests.experiments import make_experiment


def bits(frame: Frame) -> dict[str, bytes]:
    return {name: frame[name].tobytes() for name in frame}


def make(memory: int = 2**20, slow: bool = False) -> Simulation:
    """Mini-batches with a last smaller one, shuffled, with Adam's memory: all that can go wrong in a replay.

    slow: its iterations count as such that take long, with steps back that are worth preparing.
    """
    with pytest.MonkeyPatch.context() as patch:
        if slow:
            patch.setattr(timeline, "LARGE", 0)
        return Simulation(make_experiment(optimizer="adam", rows=11, batch_size=4), memory)


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, bytes]]:
    sim = make()
    frames = []
    for _ in range(200):
        frames.append(bits(sim.frame))
        sim.step()
    return frames


def test_stepping_back_gives_the_same_frames(recorded: list[dict[str, bytes]]) -> None:
    sim = make()
    sim.step(199)
    for t in range(199, -1, -1):
        assert sim.iteration == t
        assert bits(sim.frame) == recorded[t]
        sim.back()
    assert sim.iteration == 0


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    legs=st.lists(st.tuples(st.integers(0, 199), st.integers(-40, 40)), max_size=12),
    read=st.booleans(),
    memory=st.sampled_from([1, 4000, 20_000, 2**20]),
    pauses=st.sampled_from([0, 1e-5, 1]),
)
def test_any_walk_gives_the_same_frames(
    recorded: list[dict[str, bytes]], legs: list[tuple[int, int]], read: bool, memory: int, pauses: float
) -> None:
    """Each leg is a leap to an iteration, and so many single steps from there, backwards where negative."""
    sim = make(memory, slow=pauses > 0)
    for target, steps in legs:
        sim.seek(target)
        for _ in range(abs(steps) + 1):
            if read or sim.iteration % 7 == 0:
                assert bits(sim.frame) == recorded[sim.iteration]
            sim.prepare_back(pauses)
            sim.seek(min(199, max(0, sim.iteration + (1 if steps > 0 else -1))))
        assert memory < 20_000 or kept(sim) <= memory
    sim.seek(100)
    assert bits(sim.frame) == recorded[100]


def test_reading_frames_on_the_way_changes_nothing() -> None:
    watched, fast = make(), make()
    for _ in range(50):
        _ = watched.frame, watched.losses
        watched.step()
    fast.step(50)
    assert bits(watched.frame) == bits(fast.frame)
    assert watched.losses.tobytes() == fast.losses.tobytes()


def test_losses_are_those_of_the_frames() -> None:
    sim = make()
    seen = []
    for _ in range(30):
        seen.append(float(sim.frame["loss"]))
        sim.step()
    sim.back()
    np.testing.assert_array_equal(sim.losses, seen)
    assert sim.losses.shape == (30,)
    sim.back(10)
    assert sim.losses.shape == (20,)
    assert sim.all_losses.shape == (30,)
    np.testing.assert_array_equal(sim.all_losses, seen)


def test_a_frame_outlives_later_steps() -> None:
    sim = make()
    frame = sim.frame
    before = bits(frame)
    sim.step(5)
    assert bits(frame) == before
    with pytest.raises(ValueError, match="read-only"):
        frame["W1"][0, 0] = 1


def kept(sim: Simulation) -> int:
    timeline = sim._timeline
    return sum(state.nbytes for state in timeline._keyframes.values()) + timeline._trail.nbytes


def test_keyframes_stay_within_their_budget() -> None:
    sim = make(memory=20_000)
    sim.step(5000)
    assert kept(sim) <= 20_000
    for _ in range(700):
        sim.back()
        assert kept(sim) <= 20_000
    for t in (4990, 4000, 4980, 6000, 5990, 9000, 8000, 100):
        sim.seek(t)
        assert kept(sim) <= 20_000
    fresh = make()
    fresh.step(1234)
    sim.seek(1234)
    assert bits(sim.frame) == bits(fresh.frame)


def test_next_of_one_iteration_is_the_start_of_the_next() -> None:
    sim = make()
    for _ in range(10):
        frame = sim.frame
        sim.step()
        for name in ("W1", "b1", "W2", "b2"):
            np.testing.assert_array_equal(frame[f"{name}.next"], sim.frame[name])
            np.testing.assert_array_equal(frame[f"{name}.v"], sim.frame[f"{name}.v.prev"])


@pytest.mark.parametrize("call", ["step", "back", "seek"])
def test_negative_numbers_are_refused(call: str) -> None:
    with pytest.raises(ValueError, match="-1"):
        getattr(make(), call)(-1)


def test_going_back_stops_at_the_start() -> None:
    sim = make()
    sim.step(3)
    sim.back(10)
    assert sim.iteration == 0


def test_an_interruption_leaves_a_usable_simulation(recorded: list[dict[str, bytes]]) -> None:
    sim = make()
    sim.step(10)
    fast_loop = sim._runner.advance

    def interrupted(stop: int, losses: Array, log: Log | None = None) -> None:
        fast_loop(stop - 1, losses, log)
        raise KeyboardInterrupt

    sim._runner.advance = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        sim.step(20)
    sim._runner.advance = fast_loop  # type: ignore[method-assign]
    sim.seek(25)
    assert bits(sim.frame) == recorded[25]


def test_two_simulations_of_a_seed_are_equal(simulate: Callable[..., Simulation]) -> None:
    one, two, other = simulate(seed=1), simulate(seed=1), simulate(seed=2)
    assert bits(one.frame) == bits(two.frame)
    assert bits(one.frame) != bits(other.frame)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    legs=st.lists(st.tuples(st.integers(0, 199), st.integers(0, 199)), min_size=1, max_size=8),
    memory=st.sampled_from([1, 4000, 2**20]),
)
def test_what_was_visited_can_be_forgotten(
    recorded: list[dict[str, bytes]], legs: list[tuple[int, int]], memory: int
) -> None:
    """Each leg goes to an iteration, then forgets all after another one."""
    sim, losses, known = make(memory), make(), 0
    losses.seek(199)
    for target, last in legs:
        sim.seek(target)
        sim.forget(last)
        known = min(max(known, target), last)
        assert (sim.iteration, sim.recorded) == (min(target, last), known)
        assert sim.losses.tolist() == losses.losses[: sim.iteration + 1].tolist()
        assert len(sim.all_losses) == known + (sim.iteration == known)
        assert bits(sim.frame) == recorded[sim.iteration]
