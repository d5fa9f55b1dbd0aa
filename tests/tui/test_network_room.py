"""The room that the network's picture gives to its lines, and what it says where there is little room."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import nnsim
from nnsim.debugger.session import Session
from nnsim.tui.moment import Moment, View, describe, take
from nnsim.tui.renderers.links import Links
from nnsim.tui.renderers.network import network
from nnsim.tui.rows import plain, width_of
from tests.tui.conftest import moment_at, open_session, pixel_session
from tests.tui.helpers import lines

WIDE, LOW = (56, 16), (76, 9)  # the panel on a screen of 120 × 40 and of 80 × 24
LAYERS = {"titanic": 2, "spiral": 3, "iris": 2, "penguins": 2, "auto-mpg": 2, "digits": 2, "overfit": 2}


def rooms(moment: Moment, width: int, height: int) -> list[int]:
    """The cells between neighbouring layers that lines are drawn in, of which some row has a line from end to end."""
    body = [plain(row) for row in network(moment, width, height)[2 if height > 12 else 1 : -2]]
    drawn = [any("⠀" < line[x] <= "⣿" for line in body) for x in range(width)]
    return [cell_len(part) for part in re.findall("#+", "".join("# "[not cell] for cell in drawn))]


@pytest.mark.parametrize("size", [WIDE, LOW])
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("op", ["y", "a1", "dz1"])
def test_lines_have_room_between_layers(name: str, op: str, size: tuple[int, int]) -> None:
    found = rooms(moment_at(name, 20, op), *size)
    assert len(found) == LAYERS[name]
    assert min(found) >= 6, found
    assert np.mean(found) >= 8, found


@pytest.mark.parametrize("name", ["xor", "titanic", "iris", "digits"])
def test_a_row_of_titles_names_every_activation(name: str) -> None:
    moment = moment_at(name, 3, "a1")
    title = plain(network(moment, *LOW)[0])
    assert all(activation in title for activation in moment.about.activations)
    assert "a₁" in title


@pytest.mark.parametrize("name", ["iris", "digits", "titanic"])
@pytest.mark.parametrize("width", [34, 36, 40])
def test_little_room_costs_the_symbol_not_the_activation(name: str, width: int) -> None:
    last = f"a{len(describe(open_session(name)).activations)}"
    moment = moment_at(name, 0, last)
    assert moment.about.activations[-1] in plain(network(moment, width, 14)[1])


def test_a_narrow_picture_still_has_all_three_layers() -> None:
    for name in ("iris", "titanic"):
        assert "input" in plain(network(moment_at(name, 0, "loss"), 36, 14)[0])


def test_lines_reach_the_units_whose_numbers_are_to_come() -> None:
    """A line starts beside its unit, not where the number will end."""
    for line in lines(network(moment_at("xor", 5, "y"), *WIDE)):
        if found := re.search(r"h\d ◌(.{3})", line):
            assert any("⠀" < letter <= "⣿" for letter in found[1]), line


def test_numbers_beside_units_have_few_digits_where_room_is_short() -> None:
    moment = moment_at("titanic", 20, "a1")
    shown = re.findall(r"h\d . +([\d.]+)", "\n".join(lines(network(moment, *WIDE))))
    assert len(shown) == 8
    for text, value in zip(shown, moment.frame["a1"][moment.sample], strict=True):
        assert len(text) <= 5
        assert abs(float(text) - value) <= 0.005


def test_what_is_left_out_is_said_in_the_narrow_panel_too() -> None:
    said = plain(network(moment_at("titanic", 20, "a1"), *WIDE)[-1])
    assert "largest lines W₁ W₂" in said
    assert "b₁[h1]" in said


@pytest.mark.parametrize("size", [(30, 8), (40, 9), WIDE, LOW, (100, 16), (129, 28)])
@pytest.mark.parametrize("op", ["x", "a1", "dW2", "a2"])
def test_units_that_do_not_fit_are_counted_in_full(op: str, size: tuple[int, int]) -> None:
    session = pixel_session(hidden=124)
    session.go_to(1)
    session.go_to_op([o.name for o in session.program].index(op))
    text = "\n".join(lines(network(take(session, describe(session)), *size)))
    shown = len(re.findall(r"h\d+ [○◔◑◕●◌]", text))
    assert shown > 2
    assert f"+ {124 - shown} more" in text


def test_of_a_large_layer_the_units_are_kept_that_are_most_active_for_the_next() -> None:
    session = pixel_session(hidden=124)
    session.go_to(1)
    session.go_to_op([o.name for o in session.program].index("z2"))
    moment = take(session, describe(session))
    shown = {int(unit) for unit in re.findall(r"h(\d+) [○◔◑◕●]", "\n".join(lines(network(moment, *WIDE))))}
    handed_on = np.abs(moment.frame["a1"][:, :, None] * moment.frame["W2"])  # samples, units, units of the next layer
    active = handed_on.mean(axis=0).max(axis=1)
    others = [active[unit] for unit in range(124) if unit + 1 not in shown]
    assert min(active[unit - 1] for unit in shown) >= max(others)


@pytest.mark.parametrize("size", [WIDE, LOW, (100, 16), (129, 28)])
@pytest.mark.parametrize("plain_colors", [False, True])
def test_an_image_keeps_its_shape(size: tuple[int, int], plain_colors: bool) -> None:
    session = pixel_session(side=10)
    moment = take(session, describe(session), View(plain=plain_colors))
    rows = [[text for text, role in row if "@unit:0," in role] for row in network(moment, *size)]
    image = [len(row) for row in rows if row]
    assert image
    assert 1.5 <= max(image) / len(image) <= 2.5, "a cell is twice as high as wide"


def test_a_dot_of_a_small_image_is_the_mean_of_its_pixels() -> None:
    """Of a block of pixels, half of which are 1, neither all nor nothing: a click chooses a pixel of it."""
    side, names = 16, [f"p{row:02}_{column:02}" for row in range(16) for column in range(16)]
    pixels = np.zeros((2, side, side))
    pixels[0, ::2], pixels[0, :, 8:], pixels[1] = 1.0, 1.0, 1.0
    overrides = {
        "data": {
            "rows": {
                "inputs": pixels.reshape(2, -1).tolist(),
                "targets": [[0], [1]],
                "input_names": names,
                "target_names": ["y"],
            }
        },
        "training.batch_size": 2,
        "training.shuffle": False,
    }
    session = Session(nnsim.Simulation(nnsim.load("xor", overrides)), title="Stripes")
    session.go_to_op(1)
    image = [[role for _, role in row if "@unit:0," in role] for row in network(take(session, describe(session)), *LOW)]
    levels = {
        int(target.split(",")[1]): role for row in image for role, _, target in (r.partition(" @unit:") for r in row)
    }
    left, right = ({role for unit, role in levels.items() if (unit % side < 8) is half} for half in (True, False))
    assert right == {"h8:8"}
    assert left == {"h4:4"}


def test_layers_stay_where_they_are_when_the_class_is_known() -> None:
    """The mark of the class has its room before the targets have come."""
    for size in (WIDE, LOW):
        places = {
            tuple(
                line.index("h")
                for line in lines(network(moment_at("digits", 3, op), *size))
                if re.search(r"h\d+ ", line)
            )
            for op in ("x", "y")
        }
        assert len(places) == 1


def picture_of_one(weight: float, width: int, *, chosen: bool = False) -> str:
    """One level line beside one of weight 1, which is the largest."""
    data = np.array([[weight, 0.0], [0.0, 1.0]]).tobytes()
    links = Links(data, (0, 2), (0, 2), 1.0, frozenset({(0, 0)} if chosen else ()))
    return plain(links.rows(width, 3)[0])


@pytest.mark.parametrize("weight", [-1.0, -0.2, -0.05, 0.05])
@pytest.mark.parametrize("width", range(6, 60, 3))
def test_a_dashed_line_reaches_both_of_its_units(weight: float, width: int) -> None:
    row = picture_of_one(weight, width)
    assert row[0] != " "
    assert row[-1] != " "


@pytest.mark.parametrize("width", [12, 20, 45])
def test_the_chosen_connection_is_seen_however_weak_it_is(width: int) -> None:
    def dots(row: str) -> int:
        return sum((ord(letter) - 0x2800).bit_count() for letter in row if letter != " ")

    for weight in (0.001, 0.05):
        assert dots(picture_of_one(weight, width, chosen=True)) == dots(picture_of_one(0.4, width))
        assert dots(picture_of_one(weight, width)) < 0.6 * dots(picture_of_one(0.4, width))
    assert dots(picture_of_one(-0.05, width, chosen=True)) == dots(picture_of_one(-0.4, width))


@given(
    weights=st.lists(st.sampled_from([0.0, 1e-9, -1e-3, 0.02, -0.5, 1.0]), min_size=4, max_size=4),
    largest=st.sampled_from([1.0, 1e300]),
    chosen=st.frozensets(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=4),
    coarse=st.booleans(),
    lead=st.integers(0, 3),
)
def test_any_weights_are_drawn_in_their_room(
    weights: list[float], largest: float, chosen: frozenset[tuple[int, int]], coarse: bool, lead: int
) -> None:
    links = Links(np.array(weights).tobytes(), (0, 3), (1, 5), largest, chosen, coarse, lead=lead)
    for width, height in ((1, 6), (2, 6), (5, 6), (20, 9)):
        rows = links.rows(width, height)
        assert [width_of(row) for row in rows] == [width + lead] * height
