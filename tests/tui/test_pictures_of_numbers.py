"""Heat maps, images, folded layers, what is lit: as rows of text."""

import csv
import re
from dataclasses import replace

import numpy as np
import pytest

import nnsim
from nnsim.debugger.session import Session
from nnsim.scenario.builtin import FOLDER
from nnsim.tui.colors import STEPS
from nnsim.tui.moment import Moment, View, describe, take
from nnsim.tui.renderers.anatomy import most_active, sources
from nnsim.tui.renderers.heatmap import heatmap, pool
from nnsim.tui.renderers.images import images, pixel_grid
from nnsim.tui.renderers.network import network
from nnsim.tui.renderers.overview import overview
from nnsim.tui.renderers.tensor import tensor
from nnsim.tui.rows import Target, aimed, color_of, target_at
from tests.tui.conftest import moment_at, pixel_session
from tests.tui.helpers import assert_fits, lines

USUAL = View()


def pixels_at(op: str, index: tuple[int, ...], view: View = USUAL, session: Session | None = None) -> Moment:
    session = session or pixel_session()
    session.go_to_op([o.name for o in session.program].index(op))
    session.choose(index)
    return take(session, describe(session), view)


def test_a_role_may_carry_a_target() -> None:
    row = [("ab", "dim"), ("cd", aimed("name", "cell", 3, 4))]
    assert target_at(row, 1) is None
    assert target_at(row, 3) == Target("cell", (3, 4))
    assert target_at(row, 4) is None
    assert color_of(row[1][1]) == "name"


def test_names_beside_a_wide_overview_are_whole() -> None:
    moment = moment_at("penguins", 3, "W1.next")
    moment = replace(moment, view=replace(moment.view, overview=True))
    for width, name in ((98, " flipper_length_mm "), (56, " flipper_len… ")):
        rows = lines(overview(moment, width, 24))
        assert any(f" {row}".startswith(name) for row in rows)


def test_what_a_dot_stands_for_is_said_in_the_room_there_is() -> None:
    moment = moment_at("digits", 3, "z2")
    long, short = "a dot stands for 2 × 1 numbers: the one farthest from 0", "of 2 × 1 the farthest from 0"
    for width, words in ((60, long), (32, short), (22, "a dot: 2 × 1 numbers")):
        assert words in [row.rstrip() for row in lines(overview(moment, width, 26))]


def test_of_a_block_the_number_farthest_from_zero_is_shown() -> None:
    matrix = np.array([[1.0, -3.0, 0.0], [2.0, 0.5, -0.1]])
    assert pool(matrix, 2, 2).tolist() == [[-3.0, -0.1]]
    assert pool(matrix, 1, 1) is matrix


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (8, 8), (200, 7), (5, 300), (784, 128)])
@pytest.mark.parametrize("plain", [False, True])
def test_every_heat_map_fits(shape: tuple[int, int], plain: bool) -> None:
    matrix = np.random.default_rng(0).normal(size=shape)
    for width, height in ((10, 3), (40, 12), (120, 40)):
        drawn = heatmap(matrix, width, height, 2.0, (shape[0] - 1, shape[1] - 1), plain, square=False)
        assert_fits(drawn.rows, width, height)
        assert any("cursor" in role or "99" in role for row in drawn.rows for _, role in row)


def test_without_color_the_sign_is_a_letter() -> None:
    rows = lines(heatmap(np.array([[1.0, -1.0], [0.0, 0.2]]), 4, 2, 1.0, None, True, square=True).rows)
    assert rows == ["██≡≡", "  ░░"]


@pytest.mark.parametrize("largest", [0.5, 1e-300, 1.7e308, np.inf])
def test_the_largest_doubles_are_drawn_without_overflow(largest: float) -> None:
    matrix = np.array([[1.7e308, -1.7e308, np.inf], [-np.inf, np.nan, 0.0]])
    with np.errstate(all="raise"):
        rows = lines(heatmap(matrix, 6, 2, largest, None, True, square=True).rows)
    full, empty = "██≡≡██", "≡≡    "
    assert rows == ([full, empty.rstrip()] if largest < np.inf else ["", ""])


def test_numbers_near_the_end_of_the_doubles_have_a_mean() -> None:
    weights = {"W1": [[1.6e308, 1.5e308, 1.4e308, 1.5e308]] * 2}
    session = Session(nnsim.Simulation(nnsim.load("xor", {"network.weights": weights})))
    for op in ("W1.m", "W1.next"):
        moment = pixels_at(op, (0, 0), session=session)
        with np.errstate(all="raise"):
            for view in (View(), View(overview=True)):
                tensor(replace(moment, view=view), 56, 15)
    assert "mean +1.50" in next(row for row in lines(tensor(moment, 56, 15).rows) if "smallest" in row)


def test_large_maps_send_fewer_colors() -> None:

    def colors(matrix: np.ndarray) -> set[str]:
        return {color_of(role) for row in heatmap(matrix, 60, 30, 1.0, None, True, square=True).rows for _, role in row}

    assert len(colors(np.linspace(-1.0, 1.0, 64).reshape(8, 8))) == 2 * STEPS
    assert len(colors(np.linspace(-1.0, 1.0, 784).reshape(28, 28))) == STEPS


@pytest.mark.parametrize("name", ["titanic", "penguins", "iris", "auto-mpg", "logistic-titanic"])
@pytest.mark.parametrize("plain", [False, True])
def test_names_above_a_heat_map_are_whole(name: str, plain: bool) -> None:
    moment = moment_at(name, 3, "x")
    rows = lines(overview(replace(moment, view=View(overview=True, plain=plain)), 56, 15))
    heads = " ".join(rows[:3]).split()
    assert set(moment.layout["x"].axes[1].names) <= set(heads)


@pytest.mark.parametrize(
    ("names", "size"),
    [
        (tuple(f"p{r}{c}" for r in range(8) for c in range(8)), (8, 8)),
        (tuple(f"p{r}{c}" for r in range(8) for c in range(1, 8)), (8, 8)),
        (tuple(f"p{r:02}_{c:02}" for r in range(28) for c in range(28)), (28, 28)),
        (tuple(f"{r}x{c}" for r in range(1, 29) for c in range(1, 29)), (28, 28)),
        (tuple(f"pixel{i}" for i in range(784)), (28, 28)),
        (tuple(f"pixel{i}" for i in range(1, 65)), (8, 8)),
        (tuple(f"x{i}" for i in range(1, 17)), None),
        (("Pclass", "Sex", "Age"), None),
    ],
)
def test_names_of_pixels(names: tuple[str, ...], size: tuple[int, int] | None) -> None:
    grid = pixel_grid(names)
    assert (grid and (grid.rows, grid.columns)) == size


def test_the_sample_and_the_weights_are_images() -> None:
    moment = pixels_at("z1", (2, 3))
    sample, weights = images(moment)
    assert sample.title.startswith("x of sample #")
    assert weights.title == "W₁ of h4"
    assert sample.pixels.shape == (8, 8)
    assert np.isnan(sample.pixels[:, 0]).all()
    known = weights.pixels[:, 1:].ravel()
    assert (known == moment.frame["W1"][:, 3]).all()
    text = lines(tensor(moment, 56, 16).rows)
    assert "x of sample #" in text[0]
    assert any("W₁ of h4" in row for row in text[1:]), "below the other one, which leaves more to the table"
    assert_fits(tensor(moment, 56, 16).rows, 56, 16)


def test_standardized_pixels_are_drawn_as_the_data_have_them() -> None:
    moment = moment_at("digits", 3, "z1", (5, 0))
    with (FOLDER / "data" / "digits.csv").open(encoding="utf-8", newline="") as file:
        line = list(csv.DictReader(file))[int(moment.frame.rows[5])]
    wanted = [[float(line[f"p{row}{column}"]) for column in range(8)] for row in range(8)]
    assert images(moment)[0].pixels == pytest.approx(np.array(wanted), abs=1e-9)


@pytest.mark.parametrize("op", ["x", "y", "z1", "a1", "loss", "dW2", "dW1", "W1.m", "b1.next"])
@pytest.mark.parametrize("plain", [False, True])
def test_images_fit_everywhere(op: str, plain: bool) -> None:
    session = pixel_session()
    moment = pixels_at(op, (0,) * session.frame[op].ndim, View(plain=plain), session)
    for width, height in ((30, 8), (56, 17), (76, 12), (130, 30)):
        assert_fits(network(moment, width, height), width, height)
        assert_fits(tensor(moment, width, height).rows, width, max(height, 8))
        assert_fits(overview(moment, width, height), width, height)


def test_a_pixel_of_the_picture_is_an_input() -> None:
    rows = network(pixels_at("x", (0, 5)), 76, 16)
    targets = {target_at(row, x) for row in rows for x in range(76)}
    assert Target("unit", (0, 0)) in targets


def test_the_most_active_units_are_kept_and_the_chosen_one() -> None:
    active = np.array([0.1, 5.0, 0.2, 4.0, 3.0, 0.0])
    assert most_active(active, 3, None) == (1, 3, 4)
    assert most_active(active, 3, 5) == (1, 3, 5)
    assert most_active(active, 3, 5, 0, 5) == (0, 1, 5)
    moment = pixels_at("a1", (0, 7), session=pixel_session(hidden=40))
    text = "\n".join(lines(network(moment, 76, 16)))
    assert "h8 " in text
    assert " more" in text
    assert ", only the largest" in text


def test_what_the_number_was_computed_from_is_lit() -> None:
    found = sources(moment_at("xor", 3, "z1", (1, 2)))
    assert found.units == {(0, 0), (0, 1), (1, 2)}
    assert found.links == {(1, 0, 2), (1, 1, 2)}
    found = sources(moment_at("xor", 3, "dW2", (3, 0)))
    assert found.units == {(1, 3), (2, 0)}
    assert found.links == {(2, 3, 0)}


def test_the_bias_stands_with_the_unit_or_below_the_picture() -> None:
    moment = moment_at("xor", 3, "z1", (1, 2))
    assert sum("b +" in line or "b −" in line for line in lines(network(moment, 56, 18))) >= 4
    low = "\n".join(lines(network(moment, 76, 8)))
    assert "b₁[h3]" in low


@pytest.mark.parametrize(("op", "chosen"), [("y", (3, 4)), ("a2", (3, 4)), ("b2.m", (4,))])
def test_all_units_of_a_layer_have_their_bias_below_them_or_none(op: str, chosen: tuple[int, ...]) -> None:
    moment = moment_at("digits", 40, op, chosen)
    rows = lines(network(moment, 96, 26))
    below = sum(bool(re.search(r"b [+−]\d\.\d+ *$", row)) for row in rows[:-1])
    assert below == (10 if op == "y" else 0)  # where no number of theirs stands there
    assert ("b₂[4] " in rows[-1]) == (op != "y")


def test_a_target_stands_only_below_an_answer() -> None:
    def below(op: str) -> list[str]:
        rows = lines(network(moment_at("auto-mpg", 40, op), 76, 16))
        return [row[row.rindex(word) :].strip() for row in rows for word in ("target", "b +") if word in row[-16:]]

    assert [line.split()[0] for line in below("W2.m")] == ["target", "b"]
    assert [line.split()[0] for line in below("y")] == ["target", "b"]
    for op in ("z2", "da2", "b2.v", "b2.next"):  # 28.5 would be taken for an answer in miles per gallon
        assert [line.split()[0] for line in below(op)] == ["b"]


def test_nothing_moves_where_the_target_is_left_out() -> None:
    places = []
    for op in ("W2.next", "b2.m"):
        rows = lines(network(moment_at("auto-mpg", 40, op), 76, 16))
        places.append([row.index(name) for name in ("h1 ", "mpg") for row in rows if name in row])
    assert places[0] == places[1]


def test_the_target_is_among_the_outputs_that_are_shown() -> None:
    session = Session(nnsim.Simulation(nnsim.load("digits")), title="digits")
    for iteration in (0, 3, 7):
        session.go_to(iteration)
        session.go_to_op(next(i for i, op in enumerate(session.program) if op.name == "a2"))
        assert any("◂" in line for line in lines(network(take(session, describe(session)), 76, 10)[:-1]))


def test_a_digit_is_drawn_in_full_colors() -> None:
    """Its pixels are standardized: a rare one is far larger than the others, which must not fade for it."""
    session = Session(nnsim.Simulation(nnsim.load("digits")), title="digits")
    rows = network(take(session, describe(session)), 76, 16)
    colors = [color_of(role)[1:].split(":") for row in rows for text, role in row if text == "▀"]
    assert sum(abs(int(level)) > STEPS // 2 for pair in colors for level in pair) > 8


def test_the_overview_names_rows_and_columns_where_they_stand() -> None:
    moment = replace(moment_at("auto-mpg", 5, "W1.next", (3, 2)), view=View(overview=True))
    rows = overview(moment, 70, 16)
    text = lines(rows)
    names = moment.frame.axis_names("W1.next", 0)
    at = {name: next(y for y, line in enumerate(text) if line.lstrip().startswith(name)) for name in names[:-1]}
    for row, name in enumerate(names[:-1]):
        targets = [target_at(rows[at[name]], x) for x in range(70)]
        assert {target.place[0] for target in targets if target} == {row}
    for column, name in enumerate(moment.frame.axis_names("W1.next", 1)):
        assert target_at(rows[1], text[0].index(name)) == Target("cell", (0, column))


@pytest.mark.parametrize("op", ["x", "a2", "dW1", "b2.next", "loss", "W1.next", "mask1"])
@pytest.mark.parametrize("plain", [False, True])
def test_a_named_overview_fits_everywhere(op: str, plain: bool) -> None:
    name = "overfit-dropout" if op == "mask1" else "iris"
    moment = replace(moment_at(name, 2, op), view=View(overview=True, plain=plain))
    for width, height in ((10, 4), (14, 8), (40, 12), (56, 16), (66, 50)):
        assert_fits(overview(moment, width, height), width, height)


def test_the_scale_of_an_overview_names_both_its_ends_however_narrow_it_is() -> None:
    moment = moment_at("checkerboard", 2, "W2.m", (5, 15))
    largest = float(np.abs(moment.frame["W2.m"]).max())
    for width in range(18, 60):
        (scale,) = [line for line in lines(overview(moment, width, 12)) if "█" in line]
        low, colors, high = scale.split()
        assert low == f"−{high}"
        assert float(high) == pytest.approx(largest, rel=0.06)
        assert set(colors) == {"█"}


def test_an_overview_without_a_number_says_so() -> None:
    moment = replace(moment_at("dying-relu", 279, "a1"), view=View(overview=True))
    assert not moment.frame["a1"].any()
    assert "every number is 0" in "\n".join(lines(overview(moment, 50, 12)))


def test_the_gradient_of_an_only_bias_shows_what_it_adds_up() -> None:
    moment = moment_at("titanic", 240, "db2")
    rows = lines(tensor(moment, 98, 26).rows)
    shown = [row.split() for row in rows if row.strip().startswith("#")]
    more = next(int(row.split()[1]) for row in rows if "more" in row)
    assert len(shown) + more == len(moment.frame.rows)
    for (name, value, *_), row, term in zip(shown, moment.frame.rows, moment.frame["dz2"][:, 0], strict=False):
        assert name == f"#{row}"
        assert float(value.replace("−", "-")) == pytest.approx(term, rel=0.05)
    assert "adds up" not in "\n".join(lines(tensor(moment, 60, 12).rows))
