"""What breakpoints cost a run, and how long a search takes: `python -m tests.benchmarks.debugger`

A run with a breakpoint and the same run without one take turns in one process; what counts is the ratio of each pair.
"""

import statistics
import time
from dataclasses import replace

import nnsim
from nnsim.debugger.breakpoints import Search
from nnsim.debugger.session import Session
from tests.benchmarks.nets import NETS, experiment

EPOCHS = 10_000_000
TURNS, LENGTH = 15, 10_000
LENGTHS = {1: 3000, 2: 2000, 3: 54}  # iterations of a turn of each network
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
    """XOR as it comes, or one of the networks of the benchmarks; far from the end of training."""
    if net is None:
        made = Session(nnsim.Simulation(nnsim.load("xor", {"training.epochs": EPOCHS})))
    else:
        one = experiment(NETS[net], "adam")
        made = Session(nnsim.Simulation(replace(one, training=replace(one.training, epochs=EPOCHS))))
    if condition:
        made.breakpoints.add(condition)
    return made


def run(one: Session, iterations: int) -> None:
    stop = one.iteration + iterations
    while one.advance(1, stop):
        pass


def ratios(net: int | None, length: int) -> None:
    """What a breakpoint adds: the median over the pairs, of the time on the clock and of the processor's."""
    for condition in CONDITIONS:
        pair = session("", net), session(condition, net)
        for one in pair:
            run(one, min(length, 1000))
        walls, processor, plain = [], [], []
        for turn in range(TURNS):
            took = {}
            for one in pair if turn % 2 else pair[::-1]:
                started, busy = time.perf_counter(), time.process_time()
                run(one, length)
                took[one] = time.perf_counter() - started, time.process_time() - busy
            (wall, cpu), (wall_with, cpu_with) = (took[one] for one in pair)
            walls.append(wall_with / wall - 1)
            processor.append(cpu_with / cpu - 1)
            plain.append(wall / length)
        cost = f"{statistics.median(walls):+4.0%} time, {statistics.median(processor):+4.0%} processor time"
        print(f"  {condition:<32} {cost} ({min(walls):+.0%} to {max(walls):+.0%} of", end=" ")
        print(f"{statistics.median(plain) * 1e6:,.1f} µs)", flush=True)


def searches(condition: str, iterations: int) -> None:
    one = session("")
    run(one, iterations)
    one.breakpoints.add(condition)
    for way in ("previous", "first"):
        search = Search(one, "previous" if way == "previous" else "first")
        start, busy, slices = time.perf_counter(), time.process_time(), [0.0]
        more = True
        while more:
            before = time.perf_counter()
            more = search.advance(0.018)
            slices.append(time.perf_counter() - before)
        took, worked = time.perf_counter() - start, time.process_time() - busy
        print(f"  {condition:<32} {way:<9} {took:.2f} s ({worked:.2f} s of the processor)", end="")
        print(f", longest slice {max(slices) * 1e3:.0f} ms", flush=True)


def main() -> None:
    print("XOR as it comes")
    ratios(None, LENGTH)
    for at, length in LENGTHS.items():
        print(f"{NETS[at].name}, Adam")
        ratios(at, length)
    print("never hit: looking through 100,000 iterations of XOR")
    for condition in (
        "loss < -1",
        "W1[0,2] > 1e9",
        "max(abs(dW1)) < -1",
        "changed(argmax(a2) > 9)",
        "accuracy.training > 2",
        "loss.training < -1",
    ):
        searches(condition, 100_000)


if __name__ == "__main__":
    main()
