"""How long a large table takes to load, and in how much memory: `python -m tests.benchmarks.tables`

Each measurement runs in a process of its own, whose largest size it is; NumPy alone takes about 30 MB of that. Where
polars is installed, its reading and casting stands beside ours.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TABLES = ((100_000, 50), (1_000_000, 10))
BLOCK = 10_000


def write(path: Path, rows: int, columns: int) -> None:
    """An identifier, a category of 40, a target, and numbers of six digits, 2 of 100 missing."""
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        file.write(",".join(["id", "city", "y", *(f"n{number}" for number in range(columns - 3))]) + "\n")
        for start in range(0, rows, BLOCK):
            numbers, missing = rng.standard_normal((BLOCK, columns - 3)), rng.random((BLOCK, columns - 3)) < 0.02
            cities = rng.integers(40, size=BLOCK)
            for row in range(BLOCK):
                cells = ("" if gone else f"{n:.6g}" for n, gone in zip(numbers[row], missing[row], strict=True))
                file.write(f"{start + row},c{cities[row]},{int(numbers[row, 0] > 0)},{','.join(cells)}\n")


def ours(path: str) -> None:
    """Reading, preparing, and a first second of training."""
    start = time.perf_counter()
    from nnsim.engine.simulation import Simulation
    from nnsim.scenario import from_csv
    from nnsim.scenario.csvfile import read_csv

    read_csv(Path(path), path)
    told("read the cells", start)
    start = time.perf_counter()
    scenario = from_csv(path, "y")
    told("scenario, ready to train (reads again)", start)
    start = time.perf_counter()
    sim = Simulation(scenario)
    told("simulation", start)
    start = time.perf_counter()
    sim.step(1000)
    told(f"1,000 iterations of {scenario.training.batch_size} rows", start)
    start = time.perf_counter()
    sim.metrics("training")
    told("metrics of the training rows", start)


def polars(path: str) -> None:
    """Reading as text, so that nothing is lost, then numbers or categories, as NumPy arrays."""
    start = time.perf_counter()
    try:
        import polars as pl
    except ImportError:
        print("  polars is not installed")
        return
    told("import polars", start)
    start = time.perf_counter()
    kept = []
    for column in pl.read_csv(path, infer_schema=False):
        numbers = column.cast(pl.Float64, strict=False)
        few = numbers.null_count() < len(column) / 2
        kept.append((numbers if few else column.cast(pl.Categorical).to_physical()).to_numpy())
    told("read the cells with polars", start)


def told(what: str, start: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {what:<40} {time.perf_counter() - start:>8.2f} s {peak:>7.0f} MB at the most", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for rows, columns in TABLES:
            path = Path(folder) / "table.csv"
            write(path, rows, columns)
            print(f"{rows:,} rows of {columns} columns, {path.stat().st_size / 1e6:.0f} MB", flush=True)
            for way in ("ours", "polars"):
                subprocess.run([sys.executable, "-m", __spec__.name, way, str(path)], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"ours": ours, "polars": polars}[sys.argv[1]](sys.argv[2])
    else:
        main()
