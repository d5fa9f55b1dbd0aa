"""The statistics of a column."""

import numpy as np
import pytest

from nnsim.scenario.columns import median_of


@pytest.mark.parametrize("count", [1, 2, 3, 8, 101])
def test_the_median_is_that_of_numpy(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert median_of(values) == np.median(values)
