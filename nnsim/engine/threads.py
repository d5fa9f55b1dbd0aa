"""How many threads BLAS uses for the products of a network.

The products of a small network take microseconds. Spread over cores that are busy with something else they take up to
thirty times as long, and spread over idle ones they gain nothing. So BLAS gets one thread, unless a product of the
network is LARGE; then it keeps its own choice. Results repeat bit for bit only with the same number of threads, so each
simulation goes back to its own. Whoever sets one of the VARIABLES decides instead.
"""

import os
from functools import cache
from typing import Any

VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
LARGE = 2**28  # multiplications in one product; about ten milliseconds of one core

_chosen_by_user = any(variable in os.environ for variable in VARIABLES)
_one_from_the_start = False
_in_force: int | None = None


def start_with_one() -> None:
    """For a program that has not loaded NumPy yet: costs nothing, where limiting a loaded BLAS takes a while."""
    global _one_from_the_start, _in_force
    if not _chosen_by_user:
        os.environ.update(dict.fromkeys(VARIABLES, "1"))
        _one_from_the_start, _in_force = True, 1


def wanted(largest_product: int) -> int | None:
    """The number of threads for a network: 1, or None for BLAS's own choice."""
    if _chosen_by_user or (largest_product >= LARGE and not _one_from_the_start):
        return None
    return 1


def use(count: int | None) -> None:
    """Has BLAS work with so many threads from now on."""
    global _in_force
    if count != _in_force:
        _controller().limit(limits=count or os.cpu_count(), user_api="blas")
        _in_force = count


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
