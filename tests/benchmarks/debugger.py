"""What breakpoints cost a run, and how long a search takes: `python -m tests.benchmarks.debugger`

A run with a breakpoint and the same run without one take turns in one process; the ratio is that of their medians.
"""

import statistics
import time
from functools import partial

import nnsim
from nnsim.debugger.breakpoints import Search
from nnsim.debugger.session import Session
from tests.benchmarks.nets import NETS, simulation
from tests.benchmarks.time_travel import seconds

TURNS, LENGTH = 15, 10_000
CONDITIONS = (
    "loss < 0",
    "iteration < 0 or epoch < 0",
    "W1[0,2] > 1e9",
    "W1[0,2] + loss - b1[1] > 1e9",
    "W1.mhat[0,1] > 1e9",
    "changed(a2[0,0] > 1e9)",
    "max(abs(dW1)) < -1",
)


def session(condition: str, net: int | None = None) -> Session:
    """XOR as it comes, or one of the networks of the benchmarks."""
    overrides = {"training.epochs": 10_000_000}
    made = Session(simulation(NETS[net], "adam") if net else nnsim.Simulation(nnsim.load("xor", overrides)))
    if condition:
        made.breakpoints.add(condition)
    return made


def run(one: Session, iterations: int) -> None:
    stop = one.iteration + iterations
    while one.advance(1, stop):
        pass


def ratios(net: int | None, length: int) -> None:
    sessions = {condition: session(condition, net) for condition in ("", *CONDITIONS)}
    for one in sessions.values():
        run(one, 1000)
    times: dict[str, list[float]] = {condition: [] for condition in sessions}
    for _ in range(TURNS):
        for condition, one in sessions.items():
            times[condition].append(seconds(partial(run, one, length)) / length)
    plain = statistics.median(times[""])
    print(f"  an iteration without breakpoints {plain * 1e6:,.1f} µs", flush=True)
    for condition in CONDITIONS:
        took = statistics.median(times[condition])
        print(f"  {condition:<32} {took * 1e6:6.1f} µs, {took / plain - 1:+.0%}", flush=True)


def searches(condition: str, iterations: int) -> None:
    one = session("")
    run(one, iterations)
    one.breakpoints.add(condition)
    for way in ("previous", "first"):
        search = Search(one, "previous" if way == "previous" else "first")
        start, slices = time.perf_counter(), [0.0]
        more = True
        while more:
            before = time.perf_counter()
            more = search.advance(0.018)
            slices.append(time.perf_counter() - before)
        took = time.perf_counter() - start
        print(f"  {condition:<32} {way:<9} {took:.2f} s, longest slice {max(slices) * 1e3:.0f} ms", flush=True)


def main() -> None:
    print("2-4-1, Adam")
    ratios(None, LENGTH)
    print("64-32-10, Adam, batch 32")
    ratios(2, 1000)
    print("never hit: looking through 100,000 iterations of XOR")
    for condition in (
        "loss < -1",
        "W1[0,2] > 1e9",
        "max(abs(dW1)) < -1",
        "changed(argmax(a2) > 9)",
        "accuracy.training > 2",
    ):
        searches(condition, 100_000)


if __name__ == "__main__":
    main()
