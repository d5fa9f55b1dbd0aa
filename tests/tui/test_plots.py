import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnsim.tui.plots import (
    DOTS,
    Curve,
    cell_axis,
    free_axis,
    line_plot,
    nice_step,
    power_axis,
    power_label,
    thinned,
    tick_label,
)
from nnsim.tui.rows import plain, width_of
from tests.tui.helpers import lines


@pytest.mark.parametrize(("at_least", "step"), [(0.9, 1), (1.1, 2), (2.01, 5), (0.03, 0.05), (700, 1000)])
def test_steps_are_one_two_five(at_least: float, step: float) -> None:
    assert nice_step(at_least) == pytest.approx(step)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(4, 120))
def test_an_axis_covers_its_range(lower: float, length: float, cells: int) -> None:
    axis = cell_axis(lower, lower + length, cells, (2, 3, 4))
    assume(length > 1e-6 * abs(lower))
    slack = 1e-6 * (abs(lower) + length)
    assert axis.lower <= lower + slack
    assert axis.upper >= lower + length - slack
    assert len(axis.labels) == len(axis.ticks)
    assert axis.upper - axis.lower <= 12 * length + slack


@given(st.floats(0, 1e5), st.floats(1e-3, 1e5), st.integers(4, 120))
def test_ticks_are_the_same_number_of_cells_apart(lower: float, length: float, cells: int) -> None:
    axis = cell_axis(lower, lower + length, cells, (2, 3, 4))
    places = [(tick - axis.lower) / (axis.upper - axis.lower) * (cells - 1) for tick in axis.ticks]
    gaps = np.diff(places)
    assert np.allclose(gaps, np.round(gaps), atol=1e-4)
    assert np.allclose(gaps, gaps[:1], atol=1e-4)


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e5), st.integers(3, 120))
def test_a_free_axis_covers_hardly_more_than_its_range_with_even_ticks(lower: float, length: float, cells: int) -> None:
    assume(length > 1e-6 * abs(lower))
    axis = free_axis(lower, lower + length, cells, range(2, 8))
    slack = 1e-9 * (abs(lower) + length)
    assert axis.lower <= lower + slack
    assert axis.upper >= lower + length - slack
    if cells > 12:
        assert axis.upper - axis.lower <= 1.6 * length + slack
        assert len(axis.ticks) > 1
    places = [(tick - axis.lower) / (axis.upper - axis.lower) * (cells - 1) for tick in axis.ticks]
    assert np.allclose(places, np.round(places), atol=1e-4)
    assert len(set(np.round(np.diff(places)))) <= 1


@pytest.mark.parametrize("cells", [10, 13, 19, 26, 40])
def test_labels_of_a_free_axis_leave_each_other_room(cells: int) -> None:
    axis = free_axis(-51203299054.4, 204813196217.5, cells, range(7, 10))
    places = [(tick - axis.lower) / (axis.upper - axis.lower) * (cells - 1) for tick in axis.ticks]
    assert all(step > 6.5 for step in np.diff(places))


def test_an_axis_of_shares_ends_at_all_of_them() -> None:
    axis = cell_axis(52, 100, 9, (2, 3), from_above=True)
    assert (axis.upper, axis.labels[-1]) == (100, "100")
    assert axis.lower <= 52
    assert cell_axis(0, 1319, 50, range(8, 21), whole=True).upper < 1.1 * 1319


@pytest.mark.parametrize(
    ("lower", "upper"), [(0, 0), (5, 5), (float("nan"), 1), (0, float("inf")), (3, 2), (1e300, 1e300)]
)
def test_odd_ranges_have_an_axis_as_well(lower: float, upper: float) -> None:
    axis = cell_axis(lower, upper, 10, (2, 3))
    assert axis.upper > axis.lower


def test_iterations_have_whole_ticks() -> None:
    assert cell_axis(0, 3, 40, range(8, 14), whole=True).labels == ("0", "1", "2", "3")


def test_powers_of_ten() -> None:
    assert [power_label(exponent) for exponent in (-12, -3, 0, 3, 4)] == ["10⁻¹²", "0.001", "1", "1,000", "10⁴"]
    axis = power_axis(-4.2, 0.3, 13, (2, 3))
    assert all(tick == round(tick) for tick in axis.ticks)
    assert axis.lower <= -4.2
    assert axis.upper >= 0.3


@given(st.floats(-20, 5), st.floats(0.1, 40), st.integers(3, 40))
def test_an_axis_of_powers_covers_its_range_with_whole_and_even_ticks(lower: float, length: float, cells: int) -> None:
    axis = power_axis(lower, lower + length, cells, (2, 3))
    assert axis.lower <= lower + 1e-6
    assert axis.upper >= lower + length - 1e-6
    assert len(axis.ticks) > 1
    assert all(tick == round(tick) and axis.lower - 1e-6 <= tick <= axis.upper + 1e-6 for tick in axis.ticks)
    places = [(tick - axis.lower) / (axis.upper - axis.lower) * (cells - 1) for tick in axis.ticks]
    assert np.allclose(places, np.round(places), atol=1e-4)
    if cells > 5 and length > 3:
        assert axis.upper - axis.lower <= 2 * length + 2


def test_few_rows_have_a_tick_at_each_power_where_that_fits() -> None:
    assert power_axis(-2.5, 0.6, 5, (1, 2)).labels == ("0.001", "0.01", "0.1", "1", "10")


def test_counted_things_have_whole_ticks_from_anywhere_on() -> None:
    for first, last, cells in ((300, 499, 60), (7, 17, 150), (1000, 1010, 90)):
        axis = free_axis(first, last, cells, range(7, 30), whole=True)
        assert all(tick == round(tick) for tick in axis.ticks)
        assert len(axis.ticks) > 1
        assert axis.upper - axis.lower <= 1.3 * (last - first)


def test_the_numbers_of_the_lower_axis_may_stand_in_its_line() -> None:
    curve = Curve(np.array([0.0, 1000.0]), np.array([0.0, 1.0]))
    x, y = cell_axis(0, 1000, 40, (10, 20)), cell_axis(0, 1, 5, (1, 2))
    rows = lines(line_plot([curve], x, y, 44, 6, in_one=True))
    below = lines(line_plot([curve], x, y, 44, 7))
    assert len(rows) == 6
    assert rows[:5] == below[:5], "the curve has the room"
    assert [label for label in x.labels if label in rows[5]] == list(x.labels)
    assert "└" in rows[5]
    assert " ─" in rows[5]


def test_powers_are_told_from_each_other() -> None:
    assert [tick_label(n * 5e22, 5e22) for n in range(5)] == ["0", "5e22", "1e23", "1.5e23", "2e23"]
    assert tick_label(-1.25e-5, 5e-7) == "−1.25e−5"


def test_labels_have_the_decimals_of_the_step() -> None:
    assert tick_label(0.6, 0.2) == "0.6"
    assert tick_label(-5, 5) == "−5"
    assert tick_label(20000, 10000) == "20,000"


@pytest.mark.parametrize(("width", "height"), [(58, 16), (200, 40), (30, 6)])
def test_a_plot_has_the_size_it_was_asked_for(width: int, height: int) -> None:
    x, y = cell_axis(0, 10, width - 4, range(8, 14), whole=True), cell_axis(0, 1, height - 2, (2, 3))
    line = Curve(np.array([0.0, 5, 10]), np.array([1, 0.4, 0.1]))
    rows = line_plot([line, Curve(np.array([5.0]), np.array([0.4]), "lit", "●", foot=True)], x, y, width, height)
    assert [width_of(row) for row in rows] == [width] * height
    assert sum(plain(row).count("●") for row in rows) == 1
    assert any("┊" in plain(row) for row in rows[:-2])


def test_curves_keep_their_roles_and_dots_are_told_from_lines() -> None:
    at = np.linspace(0, 10, 50)
    curves = [Curve(at, 0 * at + 0.2, "one"), Curve(at, 0 * at + 0.8, "two", DOTS)]
    rows = line_plot(curves, cell_axis(0, 10, 40, (10,)), cell_axis(0, 1, 10, (3,)), 44, 12)
    drawn = {role: text for row in rows for text, role in row if role in ("one", "two") and text.strip()}
    assert set(drawn) == {"one", "two"}
    assert len(set(drawn["one"])) < len(drawn["one"])
    assert drawn["one"] != drawn["two"]


def test_a_million_points_become_few_and_keep_their_extremes() -> None:
    y = np.ones(1_000_000)
    y[654_321], y[1234] = 9.0, -5.0
    x, few = thinned(np.arange(1e6), y, 100)
    assert len(x) == len(few) == 200
    assert (few.min(), few.max()) == (-5, 9)
    assert (np.diff(x) >= 0).all()


@pytest.mark.parametrize("largest", [1e12, 1e40, 1e200, 1.7e308])
def test_numbers_of_an_explosion_are_drawn(largest: float) -> None:
    y = np.array([1.0, -largest, 5.0, largest])
    for bottom, top in ((-largest, largest), (0.0, 1.0), (0.0, largest)):
        axis = cell_axis(bottom, top, 8, (2, 3))
        rows = line_plot([Curve(np.arange(4.0), y)], cell_axis(0, 3, 20, (5,)), axis, 40, 10)
        assert len(rows) == 10


def test_what_is_not_a_number_is_left_out() -> None:
    y = np.array([1.0, np.nan, np.inf, 2.0])
    rows = line_plot([Curve(np.arange(4.0), y)], cell_axis(0, 3, 20, (5,)), cell_axis(0, 3, 8, (2,)), 24, 10)
    assert len(rows) == 10
