"""How many threads BLAS gets, asked of BLAS itself in fresh processes."""

import os
import subprocess
import sys

import pytest

from nnsim.engine import threads

ASK = """
import sys
sys.path.insert(0, ".")
import numpy
from threadpoolctl import threadpool_info
from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment
before = {module["num_threads"] for module in threadpool_info() if module["user_api"] == "blas"}
sim = Simulation(make_experiment())
sim.step(3)
print(before, {module["num_threads"] for module in threadpool_info() if module["user_api"] == "blas"})
"""


def ask(**variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in threads.VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, check=True, env={**environment, **variables}
    )
    return done.stdout.strip()


def test_a_small_network_gets_one_thread() -> None:
    assert ask().endswith("{1}")


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core can only give one thread")
def test_the_environment_decides_where_it_is_set() -> None:
    assert ask(OPENBLAS_NUM_THREADS="2", OMP_NUM_THREADS="2") == "{2} {2}"


def test_only_large_products_keep_blas_own_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_chosen_by_user", False)
    monkeypatch.setattr(threads, "_one_from_the_start", False)
    assert threads.wanted(128 * 784 * 128) == 1
    assert threads.wanted(threads.LARGE) is None
    monkeypatch.setattr(threads, "_chosen_by_user", True)
    assert threads.wanted(1) is None
