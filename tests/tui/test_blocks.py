"""Quarter blocks in place of braille dots."""

import pytest

from nnsim.tui.renderers.blocks import in_blocks
from nnsim.tui.renderers.network import network
from nnsim.tui.rows import plain, width_of
from tests.tui.conftest import moment_at


@pytest.mark.parametrize(
    ("dots", "block"),
    list(zip("⠁⠂⠈⡀⢀⠉⣀⡇⢁⣿", "▘▘▝▖▗▀▄▌▚█", strict=True)),
)
def test_a_quarter_is_filled_where_a_dot_lies(dots: str, block: str) -> None:
    assert in_blocks([[(f"a{dots}─", "v+2")]]) == [[(f"a{block}─", "v+2")]]


def test_an_empty_letter_is_a_space() -> None:
    assert in_blocks([[("\u2800", "")]]) == [[(" ", "")]]


def test_a_picture_keeps_its_shape() -> None:
    rows = network(moment_at("xor", 12, "a1", (1, 2)), 56, 16)
    drawn = in_blocks(rows)
    assert [width_of(row) for row in drawn] == [width_of(row) for row in rows]
    assert [[letter == " " for letter in plain(row)] for row in drawn] == [
        [letter in " \u2800" for letter in plain(row)] for row in rows
    ]
