"""How long any iteration takes to come back, and what remembering costs: `python -m tests.benchmarks.time_travel`"""

import random
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np

from nnsim.engine.simulation import Simulation
from tests.benchmarks.nets import NETS, simulation

MIB = 2**20
BETWEEN_KEYS = 1 / 30  # seconds: a key held down
PIECE = 0.004  # seconds of work between two looks at the keyboard


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def deep(sim: Simulation, iterations: int, visits: int) -> None:
    """Trains, measuring the cost of early and late iterations, then visits random ones."""
    tenth = iterations // 10
    early = seconds(lambda: sim.step(tenth))
    sim.step(iterations - 2 * tenth)
    late = seconds(lambda: sim.step(tenth))
    print(
        f"  an iteration of the first tenth {early / tenth * 1e6:,.1f} µs, of the last {late / tenth * 1e6:,.1f} µs,",
        end="",
    )
    print(f" ratio {late / early:.2f}")
    kept = sum(each.nbytes for each in (*sim._timeline._keyframes.values(), sim._timeline._losses))
    rng = random.Random(0)
    times, largest = [], 0
    for _ in range(visits):
        t = rng.randrange(iterations)
        times.append(seconds(partial(visit, sim, t)))
        largest = max(largest, kept + sim._timeline._trail.nbytes)
    low, high = np.percentile(times, [50, 99]) * 1e3
    print(f"  any of them again: median {low:.2f} ms, 99th percentile {high:.2f} ms", end="")
    print(f" = {high / late * tenth / 1e3:.0f} iterations; kept {largest / MIB:.1f} MiB")


def visit(sim: Simulation, t: int) -> None:
    sim.seek(t)
    _ = sim.frame["loss"]


def walking(sim: Simulation, steps: int) -> None:
    """Step by step with every frame, forwards over known iterations and back again."""

    def walk(move: Callable[[], None]) -> Callable[[], None]:
        def go() -> None:
            for _ in range(steps):
                move()
                _ = sim.frame["loss"]

        return go

    forwards, backwards = seconds(walk(sim.step)), seconds(walk(sim.back))
    print(f"  a step forwards {forwards / steps * 1e6:,.0f} µs, backwards {backwards / steps * 1e6:,.0f} µs,", end="")
    print(f" ratio {backwards / forwards:.2f}")


def at_leisure(sim: Simulation, steps: int) -> None:
    """The same where somebody looks at each step: so much time as a key held down leaves between two is used."""

    def walk(move: Callable[[], None]) -> list[float]:
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            move()
            _ = sim.frame["loss"]
            times.append(time.perf_counter() - start)
            while time.perf_counter() - start < BETWEEN_KEYS - PIECE and not sim.prepare_back(PIECE):
                pass
            time.sleep(max(0.0, start + BETWEEN_KEYS - time.perf_counter()))
        return times

    ways = [np.percentile(walk(move), [50, 99]) * 1e3 for move in (sim.back, sim.step, sim.back)]
    for name, (low, high) in zip(("new ground", "forwards", "the way back"), ways, strict=True):
        print(f"  30 steps a second, {name}: median {low:.2f} ms, 99th percentile {high:.2f} ms")
    print(f"  ratio backwards over new ground / forwards: {ways[0][0] / ways[1][0]:.2f}, {ways[0][1] / ways[1][1]:.2f}")


def dead_units(iterations: int) -> None:
    """Where a third of the units has died: their memory fades away, and early and late iterations cost the same."""
    sim = simulation(NETS[3], "adam", 256 * MIB)
    sim = sim.branch({("b1", (unit,)): -1e3 for unit in range(0, 128, 3)})
    sim.step(iterations // 8)
    first = seconds(lambda: sim.step(iterations // 8))
    sim.step(iterations // 2)
    last = seconds(lambda: sim.step(iterations // 8))
    print(f"  of 784-128-64-10 with dead units, late iterations / early: {last / first:.2f}")


def traced(net: int, iterations: int, memory: int) -> None:
    """What Python itself says the timeline holds."""
    sim = simulation(NETS[net], "adam", memory)
    sim.step(10)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    sim.step(iterations)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    print(f"  memory of {iterations:,} iterations, all objects counted: {used / MIB:.1f} MiB")


def main() -> None:
    print("2-4-1, Adam, a million iterations, budget 64 MiB")
    sim = simulation(NETS[0], "adam", 64 * MIB)
    deep(sim, 1_000_000, 2000)
    sim.seek(500_000)
    walking(sim, 3000)
    traced(0, 1_000_000, 64 * MIB)
    print("784-128-64-10, Adam, 600 iterations: the memory is free", flush=True)
    early = simulation(NETS[3], "adam", 256 * MIB)
    early.step(600)
    walking(early, 80)
    print("784-128-64-10, Adam, 20,000 iterations, budget 256 MiB", flush=True)
    large = simulation(NETS[3], "adam", 256 * MIB)
    deep(large, 20_000, 150)
    large.seek(10_000)
    walking(large, 300)
    large.seek(15_000)
    at_leisure(large, 500)
    dead_units(12_000)


if __name__ == "__main__":
    main()
