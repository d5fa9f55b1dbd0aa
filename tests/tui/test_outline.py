"""A long curve drawn from few points shows what it showed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnsim.tui.pictures.loss import Thinned
from nnsim.tui.pictures.outline import MOST, Outline


@given(st.lists(st.integers(0, 5 * MOST), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_whatever_a_curve_grows_by_its_extremes_stay_where_they_are(lengths: list[int], seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=max(lengths)) ** 3
    outline = Outline()
    for length in lengths:  # shorter than before, too
        x, few = outline.of(y[:length])
        assert len(x) == len(few) <= 4 * MOST
        assert (np.diff(x) > 0).all()
        if length:
            assert (few.min(), few.max()) == (y[:length].min(), y[:length].max())
            step = max(1, 2 * int(np.median(np.diff(x)))) if length > MOST else 1
            assert abs(x[few.argmax()] - y[:length].argmax()) <= step
        at, anew = Outline().of(y[:length])
        np.testing.assert_array_equal((x, np.sort(few)), (at, np.sort(anew)))


def test_a_short_curve_is_itself() -> None:
    y = np.array([3.0, 1.0, 2.0])
    x, few = Outline().of(y)
    np.testing.assert_array_equal((x, few), ([0, 1, 2], y))


def test_what_is_not_finite_hides_nothing_else() -> None:
    y = np.ones(3 * MOST)
    y[100], y[101], y[5000], y[-1] = np.nan, 9.0, np.inf, np.inf
    y[2000:2600] = np.nan
    _, few = Outline().of(y)
    assert np.nanmax(few[np.isfinite(few)]) == 9
    assert np.isnan(few).any()


def test_it_goes_up_where_the_curve_does() -> None:
    y = np.arange(4.0 * MOST)
    _, few = Outline().of(y)
    assert (np.diff(few) > 0).all()
    _, few = Outline().of(-y)
    assert (np.diff(few) < 0).all()


def test_each_number_is_looked_at_once() -> None:
    outline, seen = Outline(), 0
    for length in range(0, 40_000, 500):
        before = len(outline._ends) * outline._stretch
        outline.of(np.zeros(length))
        seen += len(outline._ends) * outline._stretch - min(before, len(outline._ends) * outline._stretch)
    assert seen <= 40_000


@given(st.lists(st.integers(0, 400), min_size=1, max_size=5), st.integers(1, 7))
def test_epoch_means_are_those_of_all_losses(lengths: list[int], per_epoch: int) -> None:
    losses = np.random.default_rng(0).random(400)
    thinned = Thinned()
    for length in lengths:
        at, means = thinned.epochs(losses[:length], per_epoch)
        starts = [t for t in range(length - per_epoch + 1) if t % per_epoch == 0]
        assert list(at) == [np.arange(t, t + per_epoch).mean() for t in starts]
        np.testing.assert_allclose(means, [losses[t : t + per_epoch].mean() for t in starts], rtol=1e-14)
