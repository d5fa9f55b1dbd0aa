"""The maps of the decision boundary and the landscape where there is little room, and what they say of themselves."""

import re

import numpy as np
import pytest

from nnsim.debugger.boundary import thinned
from nnsim.tui.pictures.boundary import Boundary
from nnsim.tui.rows import plain
from tests.tui.helpers import assert_fits, lines
from tests.tui.test_pictures import at, drawn, picture_of, seen

LOW = (76, 6)  # the panel on a screen of 80 × 24
ROOMS = [LOW, (72, 6), (48, 16), (56, 13), (96, 8), (100, 11), (96, 21), (180, 19)]


def map_rows(rows: list[str]) -> list[str]:
    """The rows of a map, which have an upright axis."""
    return [row for row in rows if row.lstrip(" −.,0123456789")[:1] in ("│", "┤")]


@pytest.mark.parametrize("size", ROOMS)
@pytest.mark.parametrize("name", ["penguins", "titanic", "iris", "auto-mpg"])
def test_inputs_at_their_median_are_told_in_every_room(name: str, size: tuple[int, int]) -> None:
    session = at(name, 30)
    inputs = len(session.sim.experiment.data.input_names)
    said = "\n".join(drawn("Decision boundary", session, *size))
    assert any(f"{inputs - 2} other inputs {words}" in said for words in ("are at their medians", "at median"))


@pytest.mark.parametrize("size", ROOMS)
def test_the_share_of_components_is_told_in_every_room(size: tuple[int, int]) -> None:
    assert "% of variance" in "\n".join(drawn("Decision boundary", at("digits", 30), *size))


@pytest.mark.parametrize("size", ROOMS)
def test_components_on_the_axes_can_be_told_apart_in_every_room(size: tuple[int, int]) -> None:
    said = "\n".join(drawn("Decision boundary", at("digits", 30, "b1.next"), *size))
    assert re.search("→ (component|comp.) 1", said)
    assert re.search("↑ (component|comp.) 2", said)


@pytest.mark.parametrize("size", ROOMS)
def test_points_that_lie_on_each_other_are_counted(size: tuple[int, int]) -> None:
    """Two of the eight inputs, of which one is 1: six rows have (0, 0) there."""
    assert "8 points on 3 places" in "\n".join(drawn("Decision boundary", at("autoencoder", 30), *size))
    assert "places" not in "\n".join(drawn("Decision boundary", at("xor", 30), *size))


@pytest.mark.parametrize("name", ["xor", "titanic", "penguins", "digits", "auto-mpg"])
def test_a_low_boundary_spends_all_rows_but_one_on_the_map(name: str) -> None:
    rows = drawn("Decision boundary", at(name, 30), *LOW)
    assert len(map_rows(rows)) == LOW[1] - 1
    assert rows[-1].lstrip().startswith("└")
    said = "\n".join(rows)
    assert "↑ " in said
    assert "→ " in said
    assert "●" in said
    assert "○" in said


@pytest.mark.parametrize("width", range(24, 120, 7))
@pytest.mark.parametrize("height", [6, 7, 9, 11, 12])
def test_words_beside_the_map_never_push_it_out(width: int, height: int) -> None:
    boundary = Boundary()
    for name in ("penguins", "digits"):
        data = seen(at(name, 3), boundary)
        for colors in (False, True):
            rows = boundary.render(data, width, height, colors)
            assert len(rows) == height
            assert_fits(rows, width, height)


def test_a_unit_that_hardly_differs_is_said_to_be_nearly_the_same() -> None:
    session = at("vanishing", 3, "a9")
    data = seen(session, picture_of("Decision boundary"))
    values = data.surface.values
    assert 0 < np.ptp(values) < 0.05
    for size in (LOW, (56, 13)):
        said = "\n".join(lines(Boundary().render(data, *size)))
        assert f"y ≈ {values.mean():.2f} everywhere" in said


def test_a_unit_that_differs_has_a_scale() -> None:
    said = "\n".join(drawn("Decision boundary", at("xor", 100), *LOW))
    assert "everywhere" not in said
    assert "y 0 " in said


@pytest.mark.parametrize("most", [8, 16, 50])
def test_of_too_many_points_each_class_keeps_its_share_however_they_are_ordered(most: int) -> None:
    for y in (np.arange(200) % 2, np.arange(200) // 100, np.arange(200) % 4 // 3):
        kept = thinned(y, most)
        assert len(kept) <= most
        assert abs(y[kept].mean() - y.mean()) <= 1 / len(kept)
        assert (np.diff(kept) > 0).all()
    assert thinned(np.arange(7), most).tolist() == list(range(7))


@pytest.mark.parametrize("name", ["vanishing", "dying-relu", "saturation", "circles", "moons"])
def test_both_classes_are_on_the_map(name: str) -> None:
    assert set(np.unique(at(name, 0).sim.experiment.data.y)) == {0, 1}
    for size in (LOW, (56, 13)):
        body = "".join(row[: size[0] // 2] for row in map_rows(drawn("Decision boundary", at(name, 3), *size)))
        assert "●" in body
        assert "○" in body


def test_a_low_landscape_says_where_it_starts_and_where_it_is_in_the_border() -> None:
    for width in (72, 76):
        rows = drawn("Loss landscape", at("xor", 20), width, 6)
        assert len(rows) == 7
        assert "○ start" in rows[6]
        assert "● here" in rows[6]


@pytest.mark.parametrize("iteration", [0, 2, 400])
def test_only_what_is_on_a_landscape_is_explained_below_it(iteration: int) -> None:
    """Two steps of saturated units are too short to be seen on the map: ○ and • lie below ●."""
    for width, height in ((92, 20), (54, 14), (74, 6)):
        rows = drawn("Loss landscape", at("saturation", iteration), width, height)
        body = "".join(row[: width // 2] for row in map_rows(rows))
        for sign, word in (("○", "start"), ("•", "way here"), ("·", "way on")):
            assert (f"{sign} {word}" in rows[-1].replace("the ", "")) == (sign in body)


def test_the_way_on_from_here_is_told_from_the_way_here() -> None:
    session = at("xor", 60)
    assert "way on" not in drawn("Loss landscape", session, 92, 20)[-1]
    session.go_to(20)
    rows = drawn("Loss landscape", session, 92, 20)
    assert rows[-1] == "○ start  • the way here  ● here  · the way on  + higher  − lower than here"
    body = "".join(map_rows(rows))
    assert body.count("•") > 1
    assert body.count("·") > 1
    session.go_to(0)
    body = "".join(map_rows(drawn("Loss landscape", session, 92, 20)))
    assert "•" not in body
    assert body.count("·") > 1


def test_the_title_names_the_unit_of_the_map() -> None:
    boundary = Boundary()
    assert "y" in plain(boundary.caption(seen(at("xor", 3), boundary)))
