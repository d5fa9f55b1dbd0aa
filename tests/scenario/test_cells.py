"""Columns in little memory: the same answers whichever way they are kept."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.scenario import cells as module
from nnsim.scenario.cells import Builder, Cells, number

TEXTS = [
    "",
    " ",
    "NA",
    "?",
    "1",
    "1.0",
    " 1 ",
    "-2.5",
    "1e3",
    "inf",
    "nan",
    "1_0",
    "x",
    "X",
    "é",
    "a b",
    "3,5",
    "1.000,5",
    "1,000.5",
]


def built(cells: list[str], decimal: str = ".", chunk: int = 3) -> Cells:
    builder = Builder(decimal)
    for start in range(0, len(cells), chunk):
        builder.add(cells[start : start + chunk])
    return builder.cells()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Sets the limits of the ways of keeping."""

    def tiny(few: int, countless: int) -> None:
        monkeypatch.setattr(module, "FEW", few)
        monkeypatch.setattr(module, "COUNTLESS", countless)

    return tiny


def check(cells: list[str], column: Cells, decimal: str) -> None:
    """Against the plainest way to say it."""
    present = [cell.strip() for cell in cells if not module.is_missing(cell)]
    values, wrong = column.numbers()
    plain = [number(cell, decimal) for cell in present]
    finite = [value for value in plain if value is not None and math.isfinite(value)]
    assert column.rows == len(cells)
    assert (column.missing, column.present) == (len(cells) - len(present), len(present))
    assert column.absent().tolist() == [module.is_missing(cell) for cell in cells]
    assert values[~np.isnan(values)].tolist() == finite
    assert wrong == len(present) - len(finite)
    assert [text for _, text in column.wrong()] == [
        cell for cell, value in zip(present, plain, strict=True) if value is None or not math.isfinite(value)
    ]
    for row, text in column.wrong():
        assert cells[row].strip() == text


@settings(deadline=None)
@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=40), st.sampled_from([".", ","]))
def test_kept_as_codes(cells: list[str], decimal: str) -> None:
    column = built(cells, decimal)
    check(cells, column, decimal)
    present = [cell.strip() for cell in cells if not module.is_missing(cell)]
    assert column.values is None
    assert set(column.texts) == set(present)
    assert column.distinct == len(set(present))
    assert [column.text(row) for row in range(len(cells))] == [
        "" if module.is_missing(cell) else cell.strip() for cell in cells
    ]


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("seed", range(20))
def test_kept_as_numbers(tiny: Callable[[int, int], None], seed: int, decimal: str) -> None:
    tiny(4, 1000)
    rng = np.random.default_rng(seed)
    numbers = [f"{rng.integers(1000)}{decimal}{rng.integers(100)}" for _ in range(60)]
    cells = [each if rng.random() < 0.8 else TEXTS[rng.integers(len(TEXTS))] for each in numbers]
    column = built(cells, decimal)
    assert column.values is not None
    check(cells, column, decimal)
    texts = column.as_texts()
    assert texts.values is None
    assert [texts.text(row) for row in range(60)] == [column.text(row) for row in range(60)]
    assert texts.present == column.present


def test_countless_texts(tiny: Callable[[int, int], None]) -> None:
    tiny(4, 20)
    column = built([f"P{row}" for row in range(100)])
    assert column.countless
    assert (column.rows, column.share_of_numbers()) == (100, 0)
    with pytest.raises(ValueError, match="too many"):
        column.as_texts()


def test_long_texts_are_given_up_early(tiny: Callable[[int, int], None]) -> None:
    tiny(4, 1000)
    column = built([f"{row} {'long ' * 50}" for row in range(20)])
    assert column.countless
    assert column.rows == 20


def test_a_number_among_many_is_written_as_somebody_would(tiny: Callable[[int, int], None]) -> None:
    tiny(4, 1000)
    column = built(["1.0", "2", "2.50", "1e20", "7", "", "8"])
    assert [column.text(row) for row in range(7)] == ["1", "2", "2.5", "1e+20", "7", "", "8"]


@pytest.mark.parametrize("cell", ["1.23,5", "12345.678,9", "0.123,4", "1.234", "1.234.567", "1,5.5"])
def test_what_might_mean_something_else_stays_text(cell: str) -> None:
    assert number(cell, ",") is None
