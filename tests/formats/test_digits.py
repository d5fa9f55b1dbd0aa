import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.engine.notation import number
from nnsim.formats.digits import number_format, scaled


def written(values: list[float]) -> list[str]:
    array = np.array(values, dtype=float)
    form = number_format(array)
    return [form(value).rjust(form.width) for value in array]


def test_decimals_stand_below_each_other() -> None:
    assert written([-0.0312, 0.1122, 0.0, 0.0087]) == ["−0.0312", "+0.1122", " 0     ", "+0.0087"]


def test_a_plus_only_where_signs_matter() -> None:
    assert written([0.5, 0.25]) == ["0.5000", "0.2500"]


def test_whole_numbers_have_no_decimals() -> None:
    assert written([0, 1, 1]) == ["0", "1", "1"]
    assert written([-3, 12]) == [" −3", "+12"]


def test_very_small_and_very_large_numbers_show_their_power() -> None:
    assert written([-3.21e-7, 1e-9]) == ["−3.210e−7", "+1.000e−9"]
    assert written([2.5e8])[0].strip() == "2.500e8"


def test_beside_thousands_a_small_number_keeps_its_decimals() -> None:
    assert written([8356.0, -0.1009, 0.05]) == ["+8356.00", "   −0.10", "   +0.05"]
    assert written([8356.2, 12.0]) == ["8356", "  12"]


def test_what_would_keep_but_one_digit_shows_more_or_those_that_fit_with_its_power() -> None:
    assert written([60.22, -0.0048, 2e-9]) == [" +60.22", "−0.0048", "+2.0e−9"]
    assert written([0.9928, 0.0000314]) == ["0.9928", "3.1e−5"]
    assert written([-0.006167, -3.6689e-7, 2.2977e-11]) == ["−0.006167", "−3.669e−7", "+2.30e−11"]
    assert written([0.0003, 1.493e-7]) == ["0.0003000", " 1.493e−7"]
    assert written([0.05, 0.1, 17.2]) == [" 0.05", " 0.10", "17.20"], "all that there is of it"


@given(st.lists(st.floats(1e-9, 1e5), min_size=1, max_size=6), st.integers(3, 6))
def test_no_number_is_written_with_a_single_digit_of_several(values: list[float], digits: int) -> None:
    form = number_format(np.array(values), digits)
    for value in values:
        text = form(value).strip()
        significant = text.partition("e")[0].replace(".", "").lstrip("0")
        assert len(significant) > 1 or float(text.replace("−", "-")) == value
        assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.051)


@given(st.lists(st.floats(1e-9, 9.9e-3), min_size=1, max_size=6), st.sampled_from([1.0, -1.0]), st.integers(2, 6))
def test_a_power_of_ten_that_is_said_once(values: list[float], sign: float, digits: int) -> None:
    array = sign * np.array(values)
    form = scaled(array, number_format(array), digits)
    assert form is not None
    exponent = int(form.factor.removeprefix("×10").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    texts = [form(value) for value in array]
    assert all(len(text) <= form.width for text in texts)
    shown = [float(text.replace("−", "-").replace("≈", "")) * 10.0**exponent for text in texts]
    assert shown == pytest.approx(list(array), abs=0.51 * 10.0 ** (exponent - digits + 1))
    largest = max(texts, key=lambda text: abs(float(text.replace("−", "-").replace("≈", ""))))
    assert len(largest.strip("+−").replace(".", "")) == digits


def test_what_needs_no_power_of_ten_gets_none() -> None:
    for values in ([0.5, 0.1], [12.0], [5e-324], [0.0]):
        array = np.array(values)
        assert scaled(array, number_format(array), 3) is None


def test_more_digits_than_are_asked_for_are_a_power_as_in_the_arithmetic() -> None:
    assert written([60356.4]) == ["6.036e4"] == [number(60356.4)]
    assert written([60356.0, 3.0]) == ["60356", "    3"]


def test_what_is_no_number_is_written_too() -> None:
    assert [text.strip() for text in written([np.nan, np.inf, -np.inf, 1.5])] == ["nan", "+∞", "−∞", "1.500"]


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=6))
def test_no_number_is_wider_than_its_column(values: list[float]) -> None:
    form = number_format(np.array(values))
    assert all(len(form(value)) <= form.width for value in values)


@pytest.mark.parametrize("value", [9.9996, 0.099996, 999.96])
def test_rounding_up_to_a_new_digit_stays_in_the_column(value: float) -> None:
    form = number_format(np.array([value, -value]))
    assert len(form(-value)) <= form.width
