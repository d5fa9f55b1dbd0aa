import sys

import pytest
from rich.cells import cell_len

from nnsim.tui.rows import cells, clean, crop, fit, left, plain, right, shorten, spread, width_of


def test_what_is_cut_shows_it() -> None:
    assert shorten("Embarked_Queenstown", 8) == "Embarke…"
    assert shorten("Sex", 8) == "Sex"
    assert left("ab", 4) == "ab  "
    assert right("abcdef", 4) == "abc…"


@pytest.mark.parametrize("width", range(12))
def test_rows_fit_exactly(width: int) -> None:
    row = [("abc", "x"), ("漢字", "y"), ("def", "z")]
    assert width_of(crop(row, width)) <= width
    assert width_of(fit(row, width)) == width


def test_the_right_part_goes_when_both_do_not_fit() -> None:
    assert plain(spread([("left", "")], [("right", "")], 12)) == "left   right"
    assert plain(spread([("left", "")], [("right", "")], 8)) == "left    "


def test_control_characters_lose_their_power() -> None:
    assert clean("a\x1b[31mb\nc") == "a·[31mb·c"
    assert clean("Größe [bold]") == "Größe [bold]"


def test_what_is_measured_quickly_has_its_width() -> None:
    letters = [chr(code) for code in range(32, sys.maxunicode + 1)]
    wrong = [letter for letter in letters if letter.isprintable() and cells(letter) != cell_len(letter)]
    assert wrong == []
    assert cells("∂L/∂W₁ = −0.25 · x₁ 漢") == 22
