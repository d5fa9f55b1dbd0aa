"""Random numbers as a pure function of (seed, purpose, i, j), so that no generator has to be carried along."""

import numpy as np

PURPOSES = {"data": 0, "split": 1, "init": 2, "shuffle": 3, "dropout": 4, "metrics": 5, "check": 6}


def stream(seed: int, purpose: str, i: int = 0, j: int = 0) -> np.random.Generator:
    """A generator of its own for one purpose, e.g. the shuffle of epoch `i` or the weights of layer `i`."""
    return np.random.default_rng([seed, PURPOSES[purpose], i, j])
