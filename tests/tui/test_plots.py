import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnsim.tui.plots import Curve, line_plot, nice_axis, nice_step, tick_label


@pytest.mark.parametrize(("at_least", "step"), [(0.9, 1), (1.1, 2), (2.01, 5), (0.03, 0.05), (700, 1000)])
def test_steps_are_one_two_five(at_least: float, step: float) -> None:
    assert nice_step(at_least) == pytest.approx(step)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 12))
def test_an_axis_covers_its_range_with_few_ticks(lower: float, length: float, most: int) -> None:
    axis = nice_axis(lower, lower + length, most)
    assume(length > 1e-6 * abs(lower))
    slack = 1e-6 * (abs(lower) + length)
    assert axis.lower <= lower + slack
    assert axis.upper >= lower + length - slack
    assert 2 <= len(axis.ticks) <= max(3, most)
    assert len(axis.labels) == len(axis.ticks)


def test_iterations_have_whole_ticks() -> None:
    assert nice_axis(0, 10, 6, whole=True).labels == ("0", "2", "4", "6", "8", "10")
    assert nice_axis(0, 3, 12, whole=True).labels == ("0", "1", "2", "3")


def test_labels_have_the_decimals_of_the_step() -> None:
    assert tick_label(0.6, 0.2) == "0.6"
    assert tick_label(-5, 5) == "−5"
    assert tick_label(20000, 10000) == "20,000"


@pytest.mark.parametrize(("width", "height"), [(58, 16), (200, 40), (30, 6)])
def test_a_plot_has_the_size_it_was_asked_for(width: int, height: int) -> None:
    x, y = nice_axis(0, 10, 5, whole=True), nice_axis(0, 1, 4)
    lines = line_plot([Curve([0, 5, 10], [1, 0.4, 0.1]), Curve([5], [0.4], "●")], x, y, width, height)
    assert [len(line) for line in lines] == [width] * height
    assert "●" in "".join(lines)
