"""Speed of the engine beside a loop written by hand: `python -m tests.benchmarks.engine`

Each pair runs in turn, several times, in one process with one BLAS thread; what counts are the ratios.
"""

import statistics
import time
from collections.abc import Callable

from tests.benchmarks.nets import NETS, Net, loop, simulation
from tests.benchmarks.others import installed

ROUNDS = 9
SECONDS = 0.15  # that each measurement takes, about


def measure(*runs: Callable[[int], object]) -> list[list[float]]:
    """Microseconds an iteration of each, measured in turn."""
    counts = []
    for run in runs:
        run(3)
        start = time.perf_counter()
        run(20)
        counts.append(max(5, int(SECONDS * 20 / (time.perf_counter() - start))))
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(ROUNDS):
        for run, count, found in zip(runs, counts, times, strict=True):
            start = time.perf_counter()
            run(count)
            found.append((time.perf_counter() - start) / count * 1e6)
    return times


def row(net: Net, optimizer: str) -> str:
    hand, sim, watched = loop(net, optimizer), simulation(net, optimizer), simulation(net, optimizer)

    def watch(n: int) -> None:
        """Every iteration with its complete frame, read."""
        for _ in range(n):
            frame = watched.frame
            for name in frame:
                frame[name]
            watched.step()

    by_hand, stepped, read = measure(hand.step, sim.step, watch)
    ratio = statistics.median(s / h for s, h in zip(stepped, by_hand, strict=True))
    whole = statistics.median(r / h for r, h in zip(read, by_hand, strict=True))
    median = statistics.median
    return (
        f"{net.name:<40} {optimizer:<5} {median(by_hand):>9.1f} {median(stepped):>9.1f} {ratio:>7.2f}"
        f" {median(read):>9.1f} {whole:>7.2f}"
    )


def compare() -> None:
    """Where other libraries stand, each in turn with sim.step(n): their time over ours."""
    others = installed()
    if not others:
        print("\nPyTorch, scikit-learn and JAX are not installed: pip install -e '.[bench]' to see where they stand")
        return
    print(f"\n{'':<46} {'sim.step':>9}" + "".join(f" {name:>13} {'ratio':>6}" for name in others))
    for net in NETS:
        for optimizer in ("sgd", "adam"):
            times = measure(simulation(net, optimizer).step, *(make(net, optimizer) for make in others.values()))
            ours, *theirs = (statistics.median(found) for found in times)
            cells = "".join(f" {other:>13.1f} {other / ours:>6.1f}" for other in theirs)
            print(f"{net.name:<40} {optimizer:<5} {ours:>9.1f}{cells}", flush=True)


def main() -> None:
    print("microseconds an iteration, medians; ratios to the loop written by hand")
    print(f"{'':<46} {'by hand':>9} {'sim.step':>9} {'ratio':>7} {'frames':>9} {'ratio':>7}")
    for net in NETS:
        for optimizer in ("sgd", "adam"):
            print(row(net, optimizer), flush=True)
    compare()


if __name__ == "__main__":
    main()
