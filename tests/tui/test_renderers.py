"""The renderers as rows of text, without an app."""

import re
from dataclasses import replace

import numpy as np
import pytest

import nnsim
from nnsim.debugger.session import Session
from nnsim.engine.simulation import Simulation
from nnsim.scenario.builtin import ORDER
from nnsim.tui.moment import Moment, View, describe, take
from nnsim.tui.renderers.cards import cards, scrolled
from nnsim.tui.renderers.formulas import wrapped
from nnsim.tui.renderers.header import REMARK, header
from nnsim.tui.renderers.network import network
from nnsim.tui.renderers.phase_line import phase_line
from nnsim.tui.renderers.tensor import moved, tensor
from nnsim.tui.renderers.why import why, why_title
from nnsim.tui.rows import Row, plain, width_of
from tests.tui.conftest import CARDS, moment_at, open_session
from tests.tui.helpers import assert_fits, lines

SIZES = [(10, 2), (16, 4), (30, 6), (56, 12), (56, 17), (96, 26), (196, 40)]
MOMENTS = [
    ("xor", 0, "x", (0, 0)),
    ("xor", 12, "dW2", (1, 0)),
    ("xor", 3, "loss", ()),
    ("xor", 3, "W1.mhat", (1, 2)),
    ("xor", 3, "b2.next", (0,)),
    ("neuron", 2, "z1", (3, 0)),
    ("titanic", 40, "a1", (17, 7)),
    ("titanic", 2, "W1.step", (7, 7)),
]


@pytest.fixture(params=MOMENTS, ids=lambda moment: f"{moment[0]}-{moment[2]}", scope="module")
def moment(request: pytest.FixtureRequest) -> Moment:
    name, iteration, op, index = request.param
    return moment_at(name, iteration, op, index)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_picture_fits_every_size(moment: Moment, width: int, height: int) -> None:
    assert_fits(phase_line(moment, width, min(height, 2)), max(width, 40), 2)
    assert_fits(header(moment, width, min(height, 2)), width, 2)
    assert_fits(network(moment, width, height), width, height)
    assert_fits(tensor(moment, width, height).rows, 10**6, max(height, 6))
    assert all(len(line) <= width + 12 for line in lines(why(moment, width)))


def test_the_header_says_where_it_stands() -> None:
    rows = lines(header(moment_at("titanic", 40, "loss"), 120, 2))
    assert "Titanic" in rows[0]
    assert "8 → 8 relu → 1 sigmoid" in rows[0]
    assert "Adam α 0.003" in rows[0]
    assert rows[1].split("     ") == [" iteration 40 of 1,320", "epoch 1 of 40", "batch 7 of 33", "loss 0.9736"]


def test_the_last_iteration_is_called_so_since_counting_begins_at_0() -> None:
    end = moment_at("iris", 239, "loss")
    assert lines(header(end, 120, 2))[1].strip().split("     ")[:3] == [
        "iteration 239, the last of 240",
        "epoch 59 of 60",
        "batch 3 of 4",
    ]
    assert "iteration 239, the last of 240" in lines(header(end, 80, 2))[1]
    assert "the last" not in lines(header(moment_at("iris", 238, "loss"), 120, 2))[1]


@pytest.mark.parametrize("name", ["iris", "mazur", "titanic", "vanishing"])
@pytest.mark.parametrize("op", ["z1", "loss"])
def test_the_position_leaves_room_for_what_the_badge_says_at_the_least(name: str, op: str) -> None:
    moment = moment_at(name, 200, op)
    rooms: list[int] = []

    def remark(room: int) -> Row:
        rooms.append(room)
        return [("▲ too large "[:room], "bar")]

    far = replace(moment, iteration=239_999, iterations=240_000, losses=np.full(240_000, 0.125))
    last = lines(header(far, 80, 2, remark))[1]
    assert rooms[-1] >= REMARK == len("▲ too large ")
    assert "iteration 239,999, the last of 240,000" in last
    assert "loss" in last
    assert last.rstrip().endswith("too large")


@pytest.mark.parametrize("name", ["xor", "titanic", "digits", "autoencoder", "exploding"])
@pytest.mark.parametrize("size", [1e308, 1e155, 1e-308])
def test_no_number_of_doubles_is_too_large_or_small_to_be_drawn(name: str, size: float) -> None:
    """A warning of NumPy is an error here."""
    network_of = nnsim.load(name).network
    shape = (network_of.inputs, network_of.layers[0].units)
    weights = size * np.where(np.arange(shape[1]) % 2, 1.0, -1.0) * np.ones(shape)
    with np.errstate(all="ignore"):
        session = open_session(name, network__weights={"W1": weights.tolist()})
        session.go_to(1)
    for at in range(len(session.program)):
        with np.errstate(all="ignore"):
            session.go_to_op(at)
            moment = take(session, describe(session))
        assert_fits(network(moment, 118, 20), 118, 20)
        assert_fits(tensor(moment, 98, 26).rows, 98, 26)
        assert tensor(replace(moment, view=View(overview=True)), 57, 16).rows
        assert why(moment, 98, 20)


@pytest.mark.parametrize("name", ["titanic", "iris", "xor"])
@pytest.mark.parametrize("op", ["z1", "z2", "dW2", "da1"])
def test_the_terms_of_a_sum_add_up(name: str, op: str) -> None:
    moment = moment_at(name, 7, op)
    told = [line for line in lines(why(moment, 98, 60)) if line.startswith(("made of", " " * 8))]
    terms = [line for line in told if re.search(r"\] .* · .*\] .* = ", line)]
    explanation = moment.explanation
    singles = [operand.value for operand in explanation.operands if operand.tensor == f"b{op[1:]}" and op[0] == "z"]
    shown = sum(float(line.split(" = ")[1].split()[0].replace("−", "-")) for line in terms) + sum(singles)
    if terms:
        assert shown == pytest.approx(explanation.result, abs=1e-3 * (1 + abs(explanation.result)))
        assert len(terms) == (len(explanation.operands) - len(singles)) // 2
    assert bool(terms) == (len(explanation.operands) // 2 in range(3, 25))


def test_words_of_the_glossary_stand_where_there_is_room_for_them() -> None:
    moment = moment_at("iris", 7, "W1.vhat")
    assert "in words bias correction: Adam" in "\n".join(lines(why(moment, 98, 30)))
    for width, height in ((98, 0), (98, 11), (57, 30)):
        rows = lines(why(moment, width, height))
        assert not any(line.startswith("in words") for line in rows)
    for height in range(12, 30):
        assert len(why(moment, 98, height)) <= height


def test_a_loss_not_computed_yet_is_that_of_before() -> None:
    assert "last loss" in lines(header(moment_at("xor", 2, "z1"), 120, 2))[1]
    assert "loss" not in lines(header(moment_at("xor", 0, "z1"), 120, 2))[1]


def test_the_phase_line_shows_every_op() -> None:
    assert lines(phase_line(moment_at("xor", 3, "dW2"), 118, 2)) == [
        " batch ✓ x y │ forward ✓ z₁ a₁ z₂ a₂ │ loss ✓ L │ backward ✓∂a₂ ✓∂z₂ ▶∂W₂  ∂b₂  ∂a₁  ∂z₁  ∂W₁  ∂b₁",
        " update  W₁ · m v m̂ v̂ step next │ b₁ · m v m̂ v̂ step next │ W₂ · m v m̂ v̂ step next │ b₂ · m v m̂ v̂ step next",
    ]


def test_the_phase_line_folds_what_is_far_from_the_cursor() -> None:
    assert lines(phase_line(moment_at("xor", 3, "b1.vhat"), 60, 2)) == [
        " batch ✓ │ forward ✓ │ loss ✓ │ backward ✓",
        " update  W₁ ✓ │ b₁ ✓m ✓v ✓m̂ ▶v̂  step  next │ W₂ ·6 │ b₂ ·6",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 118])
def test_the_cursor_is_always_in_the_phase_line(width: int) -> None:
    for op in ("x", "z1", "loss", "db1", "W1.m", "b2.next"):
        assert sum(line.count("▶") for line in lines(phase_line(moment_at("xor", 1, op), width, 2))) == 1


def test_the_network_of_xor() -> None:
    rows = lines(network(moment_at("xor", 12, "a1", (1, 2)), 56, 16))
    text = "\n".join(rows)
    assert "hidden layer 1" in rows[0]
    assert [words.strip() for words in rows[1].split("  ") if words] == ["x", "tanh · a₁", "sigmoid"]
    assert all(name in text for name in ("x1", "x2", "h1", "h4", "y"))
    assert "forward: numbers flow to the right ──▶" in text
    assert "sample #1   lines W₁ W₂" in rows[-1]
    assert any("⠀" < letter <= "⣿" for letter in text)


def test_the_network_shows_no_number_before_it_is_computed() -> None:
    text = "\n".join(lines(network(moment_at("xor", 5, "y"), 56, 16)))
    assert text.count("◌") == 5
    assert "a₁" not in text


def test_what_does_not_fit_into_the_network_is_counted() -> None:
    assert "+ 3 more" in "\n".join(lines(network(moment_at("titanic", 5, "a1"), 60, 9)))
    assert "\n".join(lines(network(moment_at("checkerboard", 5, "a1"), 56, 16))).count("+ 5 more") == 2


@pytest.mark.parametrize("height", [9, 16])
def test_each_layer_says_which_numbers_its_units_show(height: int) -> None:
    rows = lines(network(moment_at("xor", 12, "b2.step", (0,)), 56, height))
    assert "".join(rows[:2]).count("step(b₂)") == 1
    assert "a₁" in "".join(rows[:2])


def test_where_layers_are_many_inputs_and_outputs_still_show_their_numbers() -> None:
    moment = moment_at("checkerboard", 5, "a3", (0, 0))
    text = "\n".join(lines(network(moment, 56, 16)))
    output = float(moment.frame["a3"][moment.sample, 0])
    assert f"{output:.3f}" in text
    assert sum(f"{value:+.2f}".replace("-", "−") in text for value in moment.frame["x"][moment.sample]) == 2


def test_lines_that_are_missing_are_told() -> None:
    moment = moment_at("dying-relu", 279, "dW1")
    assert not moment.frame["dW1"].any()
    assert "all 0: ∂L/∂W₁" in lines(network(moment, 70, 16))[-1]


def test_a_bias_is_never_cut() -> None:
    for op in ("y", "a1"):
        text = "\n".join(lines(network(moment_at("circles", 17, op), 56, 16)))
        assert "…" not in text


def test_a_batch_of_one_is_not_called_samples() -> None:
    session = Session(Simulation(nnsim.load("xor", {"training.batch_size": 1})), title="XOR")
    session.go_to(2)
    text = "\n".join(lines(network(take(session, describe(session)), 56, 16)))
    assert "one sample enters" in text


def test_the_tensor_of_xor() -> None:
    picture = tensor(moment_at("xor", 12, "dW2", (1, 0)), 56, 12)
    assert plain(picture.title) == "∂L/∂W₂  how the loss answers to each weight of layer 2"
    rows = lines(picture.rows)
    assert rows[0].split() == ["y"]
    assert [row.split()[0] for row in rows[1:5]] == ["h1", "▸", "h3", "h4"]
    assert rows[2].startswith("▸ h2 ▸−0.00899")
    assert plain(picture.remark).startswith("4 × 1   rows: hidden units · columns: outputs")


def test_a_large_tensor_is_scrolled_to_the_cursor_and_says_what_is_hidden() -> None:
    picture = tensor(moment_at("titanic", 40, "a1", (20, 7)), 56, 12)
    text = "\n".join(lines(picture.rows))
    assert picture.origin[0] > 0
    assert "↑" in text
    assert "←" in text
    assert sum(row.count("▸") for row in lines(picture.rows)) == 2


def test_a_window_stays_where_it_is_while_the_cursor_is_in_it() -> None:
    first = tensor(moment_at("titanic", 40, "a1", (20, 0)), 56, 12)
    again = tensor(moment_at("titanic", 40, "a1", (18, 0)), 56, 12, first.origin)
    assert again.origin == first.origin


@pytest.mark.parametrize("width", [78, 118])
def test_parameters_that_do_not_fit_into_the_phase_line_leave_a_sign(width: int) -> None:
    for op, start, end in (("W1.step", "W₁ ▶step", "…"), ("b7.step", "…", "…"), ("b9.step", "…", "▶step  next")):
        line = lines(phase_line(moment_at("vanishing", 1, op), width, 2))[1].removeprefix(" update  ")
        assert line.startswith(start)
        assert line.endswith(end)
        assert width - 20 <= len(line) + 9 <= width


def test_only_numbers_that_differ_from_their_like_are_marked() -> None:
    def marks(*moment: str | int) -> tuple[str, int]:
        name, iteration, op = moment
        picture = tensor(moment_at(str(name), int(iteration), str(op)), 76, 40)
        return plain(picture.remark).partition("   ")[2], sum(row.count("·") for row in lines(picture.rows))

    assert marks("xor", 3, "a1")[1] == 0  # all are new
    assert marks("iris", 3, "da2")[1] == 0  # other rows than before: zeros of theirs say nothing
    before, after = (moment_at("dying-relu", at, "dW1").frame["dW1"] for at in (4, 5))
    words, count = marks("dying-relu", 5, "dW1")
    assert count == np.count_nonzero(before != after) > 0
    assert "· new" in words
    assert "unchanged" in marks("exploding", 80, "dW1")[0]


@pytest.mark.parametrize("op", ["dW1", "W1.m", "W1.step"])
def test_a_mark_is_explained_where_room_is_short(op: str) -> None:
    picture = tensor(moment_at("digits", 2, op), 56, 14)
    assert any("·" in row for row in lines(picture.rows))
    assert plain(picture.remark).startswith("64 × 32   ")
    assert plain(picture.remark).endswith("   · new")
    assert width_of(picture.remark) <= 52


@pytest.mark.parametrize(("name", "width", "shown"), [("iris", 56, 4), ("penguins", 56, 4), ("auto-mpg", 56, 4)])
def test_names_of_columns_are_shorter_where_all_columns_come_into_sight_so(name: str, width: int, shown: int) -> None:
    moment = moment_at(name, 3, "x")
    rows = lines(tensor(moment, width, 14).rows)
    heads = rows[0].split()
    assert len(heads) == len(set(heads)) == shown
    assert all(
        len(head) >= min(8, len(whole)) for head, whole in zip(heads, moment.frame.axis_names("x", 1), strict=False)
    )
    assert ("→" in rows[-1]) == (shown < moment.frame["x"].shape[1])


def test_names_of_rows_are_whole_in_a_wide_table() -> None:
    rows = lines(tensor(moment_at("penguins", 2, "W1.m"), 98, 26).rows)
    assert sum("flipper_length_mm → h" in row for row in rows) == 4


def test_the_title_is_whole_where_the_word_paused_would_cut_it() -> None:
    assert lines(header(moment_at("vanishing", 1, "a1"), 80, 2))[0].startswith(
        " The vanishing gradient   2→8 layers of 8"
    )


@pytest.mark.parametrize("name", ORDER)
def test_the_header_names_network_and_optimizer_of_every_scenario(name: str) -> None:
    session = open_session(name)
    moment = take(session, describe(session))
    layers = moment.about.network.split(" → ")
    for width in (80, 120):
        first, second = lines(header(moment, width, 2))
        assert "…" not in first
        assert f"{moment.about.optimizer} α" in first
        assert all(layer in first for layer in layers)
        assert [word in second for word in ("iteration", "epoch", "batch")] == [
            True,
            True,
            moment.batches > 1 or width > 80,
        ]


def test_the_update_shows_what_a_number_is_made_of_before_what_is_to_come() -> None:
    picture = tensor(moment_at("iris", 8, "W2.mhat"), 56, 20)
    assert lines(picture.rows)[0].split() == ["W₂", "∂L/∂W₂", "m", "m̂", "…"]
    assert plain(picture.remark) == "4 × 3   hidden units → outputs   not shown: v"


def test_the_heads_of_what_is_to_come_are_all_there_or_end_with_a_sign() -> None:
    whole = ["W₂", "∂L/∂W₂", "m", "v", "m̂", "v̂", "step", "W₂ next"]
    moment = moment_at("moons", 40, "W2.m")
    for width in range(56, 84):
        heads = lines(tensor(moment, width, 12).rows)[0].replace("…", "  …").split("  ")
        names = [name for piece in heads if (name := piece.strip())]
        cut = names[-1] == "…"
        names = names[:-1] if cut else names
        assert names == whole[: len(names)]
        assert cut == (len(names) < len(whole))
    assert len(names) == len(whole)


def test_a_table_of_few_rows_with_columns_out_of_sight_stands_above_all_of_it_in_color() -> None:
    rows = lines(tensor(moment_at("spiral", 40, "dW1"), 56, 15).rows)
    assert any(row.strip() == "→ 3 more" for row in rows)
    assert any("in color" in row for row in rows)


def test_names_of_weights_give_way_to_one_more_column() -> None:
    for op, first in (
        ("W1.step", "▸ sepal_leng… → h1"),
        ("W1.next", "▸ sepal_leng… → h1"),
        ("W1.m", "▸ sepal_length_cm → h1"),
    ):
        rows = lines(tensor(moment_at("iris", 8, op), 62 if op == "W1.m" else 56, 14).rows)
        assert rows[1].startswith(first)
        assert "W₁" in rows[0].split()


def test_heads_are_whole_where_there_is_room() -> None:
    moment = moment_at("iris", 8, "x")
    names = list(moment.layout["x"].axes[1].names)
    assert lines(tensor(moment, 116, 14).rows)[0].split()[:4] == names
    assert lines(tensor(moment, 60, 14).rows)[0].count("…") == 4


def test_both_ends_of_a_weight_can_be_told_where_its_name_is_shortened() -> None:
    for width in (40, 56, 76):
        rows = lines(tensor(moment_at("iris", 8, "W1.m"), width, 30).rows)
        names = [row[2:].split("  ")[0].split(" ▸")[0].strip() for row in rows if " → " in row]
        assert len(set(names)) == 16
        assert all(name.endswith(f" → h{at // 4 + 1}") for at, name in enumerate(names))


def test_the_summary_writes_numbers_as_the_table_does() -> None:
    rows = lines(tensor(moment_at("iris", 8, "W2.mhat"), 62, 30).rows)
    summary = next(row for row in rows if row.startswith("  smallest"))
    assert summary.split()[1::2] == ["−0.3604", "0", "+0.4072"]  # the sum of a softmax gradient is rounding alone
    assert "−0.3604" in rows[3]
    assert "+0.4072" in rows[4]


def test_inputs_beside_a_sample_do_not_cost_it_a_column() -> None:
    assert lines(tensor(moment_at("exploding", 1, "da2"), 56, 12).rows)[1].startswith("▸ #61 (+0.91, −0.54) ")
    assert lines(tensor(moment_at("exploding", 1, "a1"), 83, 12).rows)[1].startswith("▸ #61 (+0.9, −0.5) ")
    assert lines(tensor(moment_at("exploding", 1, "a1"), 52, 12).rows)[1].startswith("▸ #61 (+0.9, −0.5) ")
    assert lines(tensor(moment_at("exploding", 1, "a1"), 44, 12).rows)[2].startswith("▸ #61 ▸")


def test_the_loss_is_shown_with_what_it_compares() -> None:
    moment = moment_at("xor", 3, "loss")
    rows = [row.split() for row in lines(tensor(moment, 56, 15).rows)]
    answers, targets = moment.frame["a2"][:, 0], moment.frame["y"][:, 0]
    assert [float(row[-2]) for row in rows[-4:]] == pytest.approx(list(answers), abs=5e-5)
    assert [float(row[-1]) for row in rows[-4:]] == list(targets)
    assert [row[0] for row in rows[-4:]] == ["#0", "#1", "#2", "#3"]
    for width, classes in ((56, ("setosa", "versicolor", "virginica")), (44, ("setosa", "versi…", "virgi…"))):
        many = lines(tensor(moment_at("iris", 3, "loss"), width, 15).rows)
        heads = next(row for row in many if "setosa" in row)
        assert heads.split() == [word for name in classes for word in (name, "y")]
        assert "20 more" in many[-1]  # of the 24 that the last batch has


def test_layers_are_told_apart_where_both_axes_are_hidden_units() -> None:
    assert plain(tensor(moment_at("vanishing", 1, "dW4"), 56, 9).remark) == "8 × 8   rows: layer 3 · columns: layer 4"


def test_the_update_shows_old_and_new_side_by_side() -> None:
    picture = tensor(moment_at("xor", 3, "W1.next", (1, 2)), 56, 12)
    rows = lines(picture.rows)
    assert rows[0].split("  ")[-1].strip() == "W₁ next"
    assert "∂L/∂W₁" in rows[0]
    assert "step" in rows[0]
    assert [row.split("  ")[1].strip() for row in rows[1:4]] == ["x1 → h1", "x2 → h1", "x1 → h2"]
    assert any(row.startswith("▸ x2 → h3") for row in rows)


def test_what_the_update_has_not_reached_is_empty() -> None:
    rows = lines(tensor(moment_at("xor", 3, "W1.m", (0, 0)), 196, 20).rows)
    assert rows[0].rstrip().endswith("W₁ next")
    assert all(len(row) < len(rows[0]) - 20 for row in rows[1:9])


def test_arrows_follow_the_table() -> None:
    plain_moment, update = moment_at("xor", 1, "W1.m", (1, 0)), moment_at("xor", 1, "dW1", (1, 0))
    assert moved(plain_moment, 1, 0) == (0, 1)  # below x2 → h1 stands x1 → h2
    assert moved(plain_moment, 0, 1) == (1, 1)
    assert moved(update, -1, 0) == (0, 0)
    assert moved(moment_at("xor", 1, "loss"), 1, 0) == ()
    assert moved(moment_at("xor", 1, "db1", (1,)), 1, 0) == (2,)


def test_why_shows_formula_numbers_result_and_numpy() -> None:
    moment = moment_at("xor", 12, "dW2", (1, 0))
    rows = lines(why(moment, 56))
    assert rows[0].startswith("∂L/∂W₂[h2,y] = Σₛ a₁[s,h2]·∂L/∂z₂[s,y]")
    assert plain(why_title(moment)) == "Why −0.008986?"
    assert "  ≈ −0.008986" in rows
    assert any("∂L/∂W₂ = ∂L/∂a₂ · ∂a₂/∂z₂ · ∂z₂/∂W₂" in row for row in rows)
    assert any("dW2 = a1.T @ dz2" in row for row in rows)


def test_long_lines_break_before_operators() -> None:
    assert wrapped("  = 1·2 + 3·4 − 5·6", 12, "    ") == ["  = 1·2", "    + 3·4", "    − 5·6"]
    assert wrapped("abcdefghij", 4, "  ") == ["abcd", "efgh", "ij"]


def test_what_stands_in_brackets_is_not_parted_where_it_fits_into_a_line() -> None:
    assert wrapped("m = 0.9·m + (1 − β₁)·g", 16, "  ") == ["m = 0.9·m", "  + (1 − β₁)·g"]
    assert wrapped("x = (1 + 2 + (3 − 4)·5) / 6", 14, "  ") == ["x = (1 + 2", "  + (3 − 4)·5)", "  / 6"]


def test_the_cards_say_what_there_is() -> None:
    rows = lines(cards(CARDS, 1, 0, 60, 20))
    assert rows[4].startswith("▌ ▸ Titanic")
    assert "Four points that no straight line separates." in rows[1]
    assert lines(cards(CARDS, 0, 0, 60, 5))[-1].endswith("1 more: ↑ ↓")
    assert scrolled(1, 0, 2, 5) == 1


@pytest.mark.parametrize(
    "overrides",
    [
        {"training.l1": 0.01, "training.l2": 0.01},
        {"training.clip_norm": 1.0},
        {"training.optimizer.name": "adadelta"},
        {"network.frozen": ["W1", "b1", "W2", "b2"]},
        {"training.dtype": "float32"},
        {
            "network.layers": [
                {"units": 4, "activation": "relu", "dropout": 0.5},
                {"units": 3, "activation": "tanh"},
                {"units": 1, "activation": "sigmoid"},
            ]
        },
    ],
    ids=["penalty", "clipping", "adadelta", "frozen", "float32", "dropout"],
)
def test_every_op_of_every_kind_of_program_is_drawn(overrides: dict[str, object]) -> None:
    session = Session(Simulation(nnsim.load("xor", overrides)), title="XOR")
    session.go_to(2)
    about = describe(session)
    for op_index in range(len(session.program)):
        session.go_to_op(op_index)
        moment = take(session, about)
        assert sum(line.count("▶") for line in lines(phase_line(moment, 118, 2))) == 1
        assert_fits(network(moment, 56, 16), 56, 16)
        assert moment.tensor.symbol in plain(tensor(moment, 56, 16).title)
        assert_fits(why(moment, 56), 56, 40)


def test_layers_that_are_alike_are_named_together() -> None:
    assert "2 → 8 layers of 8 sigmoid → 1 sigmoid" in lines(header(moment_at("vanishing", 0, "x"), 120, 2))[0]
    assert "2 → 8 tanh → 8 tanh → 1 sigmoid" in lines(header(moment_at("spiral", 0, "x"), 120, 2))[0]


@pytest.mark.parametrize("op", ["x", "dW1", "a4", "dz8", "loss", "W9.next"])
def test_of_a_deep_network_the_layers_around_the_one_at_work_are_shown(op: str) -> None:
    moment = moment_at("vanishing", 2, op)
    rows = lines(network(moment, 56, 16))
    shown = re.search(r"layers (\d)–(\d) of 9", rows[-1])
    assert shown
    layers = range(int(shown[1]), int(shown[2]) + 1)
    assert (0 if op == "x" else moment.op.layer or 9) in layers
    assert len(layers) >= 3
    assert "layers" not in lines(network(moment, 190, 16))[-1]


@pytest.mark.parametrize("width", [50, 56, 74])
def test_layers_stay_where_they_are_from_op_to_op(width: int) -> None:
    """Else each step would send the whole picture again, and one would lose sight of it."""
    for name in ("titanic", "circles", "iris"):
        places = {
            plain(network(moment_at(name, 3, op), width, 15)[0]).rstrip() for op in ("y", "z1", "a1", "a2", "dz1")
        }
        assert len(places) == 1, places


def test_names_in_the_network_stay_apart() -> None:
    cut, long = ("se…le…", "se…wi…", "pe…le…", "pe…wi…"), ("sepal_le", "sepal_wi", "petal_le", "petal_wi")
    for width, kept in ((34, cut), (56, long)):
        text = "\n".join(lines(network(moment_at("iris", 3, "a2"), width, 15)))
        assert all(name in text for name in kept), text
    assert all(name in text for name in ("setosa", "versicolor", "virginica"))


def test_what_dropout_silences_is_seen_in_the_network() -> None:
    moment = moment_at("overfit-dropout", 5, "z2")
    text = "\n".join(lines(network(moment, 130, 40)))
    silenced = int((moment.frame["drop1"][moment.sample] == 0).sum())
    assert "ã₁" in text
    assert len(re.findall(r"h\d+ ○\s+0\b(?!\.)", text)) == silenced


def test_numbers_that_overflowed_are_not_taken_for_numbers_to_come() -> None:
    moment = moment_at("exploding", 300, "a2")
    assert not np.isfinite(moment.number)
    text = "\n".join(lines(network(moment, 56, 16)))
    assert "◌" not in text
    assert "×" in text
    assert "nan and ∞ left out" in text


@pytest.mark.parametrize("name", ["neuron", "gaussians", "xor", "titanic", "logistic-titanic"])
def test_the_header_of_a_small_screen_says_in_a_word_whether_training_runs(name: str) -> None:
    first = lines(header(moment_at(name, 0, "x"), 80, 2))[0]
    assert first.rstrip().endswith("❚❚ paused")
    assert "α" in first
