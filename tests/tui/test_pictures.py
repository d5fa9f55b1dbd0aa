"""The pictures as rows of text, without an app."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import nnsim
from nnsim.debugger.session import Session
from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.notation import number
from nnsim.engine.simulation import Simulation
from nnsim.scenario import builtin
from nnsim.tui import pictures
from nnsim.tui.colors import THEMES, Palette, diverging
from nnsim.tui.moment import Moment, View, describe, take
from nnsim.tui.pictures.activation import curve_of
from nnsim.tui.pictures.chart import LOW
from nnsim.tui.pictures.distributions import DistributionsData, Spread
from nnsim.tui.pictures.loss import Loss, LossData, Thinned
from nnsim.tui.pictures.picture import Lab, Picture
from nnsim.tui.pictures.shelf import PICTURES
from nnsim.tui.rows import Row, plain
from tests.experiments import make_experiment
from tests.tui.conftest import open_session
from tests.tui.helpers import assert_fits, lines

SIZES = [(10, 2), (16, 4), (24, 5), (54, 14), (74, 8), (92, 22), (196, 40)]
NAMES = [picture.name for picture in PICTURES]
RUNS: list[tuple[str, dict[str, object], int, str]] = [
    ("xor", {}, 0, "x"),
    ("xor", {}, 60, "dW1"),
    ("titanic", {"training__schedule": "cosine"}, 120, "loss"),
    ("mazur", {}, 9, "W2.next"),
    ("xor", {"network__layers__0__activation": "relu", "training__optimizer__learning_rate": 1e3}, 30, "z1"),
]


def seen(session: Session, picture: Picture) -> Any:
    """The picture's data at the session's moment."""
    lab, moment = Lab(session), moment_of(session)
    while not picture.prepare(lab, moment, 1):
        pass
    return picture.data(lab, moment)


def moment_of(session: Session) -> Moment:
    return take(session, describe(session))


def at(name: str, iteration: int, op: str = "loss", **overrides: object) -> Session:
    session = open_session(name, **overrides)
    session.go_to(iteration)
    session.go_to_op([o.name for o in session.program].index(op))
    return session


def picture_of(name: str) -> Picture:
    return PICTURES[NAMES.index(name)]


def drawn(name: str, session: Session, width: int = 74, height: int = 16, plain: bool = False) -> list[str]:
    return lines(picture_of(name).render(seen(session, picture_of(name)), width, height, plain))


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run[0]}-{run[2]}")
@pytest.mark.parametrize("name", NAMES)
def test_every_picture_fits_every_size_and_moves_nothing(name: str, run: tuple[str, Any, int, str]) -> None:
    session = at(run[0], run[2], run[3], **run[1])
    picture = picture_of(name)
    if not picture.fits(session):
        return
    before = session.iteration, session.op_index, session.sim.recorded, session.frame.copy_of_buffer().tobytes()
    data = seen(session, picture)
    after = session.iteration, session.op_index, session.sim.recorded, session.frame.copy_of_buffer().tobytes()
    assert before == after
    dark = Palette({**diverging(True), **THEMES[0].to_color_system().generate()}, dark=True)
    for width, height in SIZES:
        for bare in (False, True):
            rows = picture.render(data, width, height, bare)
            assert_fits(rows, width, height + (height < LOW))
            assert all(dark[role] is not None for row in rows for _, role in row)
    assert picture.caption(data) is not None


def test_the_names_are_those_of_the_pictures() -> None:
    assert list(pictures.NAMES) == NAMES


@pytest.mark.parametrize("name", builtin.names())
def test_every_scenario_has_all_its_pictures(name: str) -> None:
    session = at(name, 12, "y")
    for picture in PICTURES:
        if picture.fits(session):
            data = seen(session, picture)
            assert not isinstance(data, str)
            assert_fits(picture.render(data, 54, 14), 54, 14)


@pytest.mark.parametrize("name", ["Loss", "Gradients", "Distributions", "Accuracy", "Activation", "Health"])
def test_an_explosion_is_drawn_as_far_as_it_goes(name: str) -> None:
    session = at("exploding", 159)
    assert_fits(picture_of(name).render(seen(session, picture_of(name)), 54, 14), 54, 14)


def test_there_is_no_landscape_around_what_is_no_number() -> None:
    assert "no landscape" in seen(at("exploding", 159), picture_of("Loss landscape"))


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_has_one_line_of_help(name: str) -> None:
    picture = picture_of(name)
    assert 20 < len(picture.help) < 120
    assert picture.help.endswith(".")


def test_a_learning_rate_that_stays_is_told_with_the_steps_that_come_of_it_and_turning_leaves_it_out() -> None:
    rate = picture_of("Learning rate")
    assert not rate.fits(open_session("xor"))
    session = at("xor", 3, "W2.step")
    rows = drawn("Learning rate", session)
    assert rows[0] == "α is 0.05 in every iteration: there is no schedule."
    assert rows[1].startswith("Each weight's own step is α · ")
    for row, name in zip(rows[-2:], ("W1", "W2"), strict=True):
        moved = np.abs(session.frame[f"{name}.next"] - session.frame[name])
        assert row.split()[1:3] == [number(float(np.median(moved)), 3), number(float(moved.max()), 3)]
    assert [row.count("━") < row.count("━") + row.count("┄") for row in rows[-2:]] == [True, True]
    assert drawn("Learning rate", at("xor", 3, "W1.step"))[-1].split(maxsplit=1) == ["W₂", "no step yet"]
    assert drawn("Learning rate", at("xor", 3, "z1"))[2:] == ["", "no step yet in this iteration"]
    assert drawn("Learning rate", at("vanishing-relu", 3, "W1.step"), 54, 7)[-1] == "+ 6 more layers"
    assert plain(rate.caption(seen(at("xor", 3), rate))).split()[:2] == ["α", "0.05"]
    assert rate.fits(open_session("xor", training__schedule="cosine"))


def test_a_schedule_is_drawn_to_its_end_with_what_is_planned_told_apart() -> None:
    rows = drawn("Learning rate", at("xor", 100, training__schedule="cosine"))
    assert rows[0].split("   ") == ["── α so far", "·· planned: cosine"]
    ends = [max(x for row in rows[:-3] for x, letter in enumerate(row) if "⠀" < letter <= "⣿")]
    assert ends[0] > max(row.find("●") for row in rows) + 20


@pytest.mark.parametrize(("name", "last"), [("sine", 1199), ("autoencoder", 499), ("auto-mpg", 600)])
def test_a_loss_that_falls_early_has_a_logarithmic_scale_and_says_so(name: str, last: int) -> None:
    session = at(name, last)
    loss, data = picture_of("Loss"), seen(session, Loss())
    assert data.powers
    assert "logarithmic scale" in plain(loss.caption(data))
    ticks = {row.split("┤")[0].strip() for row in drawn("Loss", session) if "┤" in row}
    assert len(ticks) >= 2
    assert ticks <= {"0.001", "0.01", "0.1", "1", "10", "100", "1,000", "10⁻⁴"}
    assert "logarithmic" not in plain(loss.caption(seen(at("titanic", 200), Loss())))


def test_a_loss_that_explodes_has_a_logarithmic_scale_after_few_iterations() -> None:
    session = at("exploding", 8)
    assert session.sim.losses[-1] > 1e6 * session.sim.losses[0]
    assert "logarithmic scale" in plain(Loss().caption(seen(session, Loss())))
    assert "logarithmic" not in plain(Loss().caption(seen(at("exploding", 1), Loss())))


def test_the_scale_of_the_loss_does_not_turn_back_and_forth() -> None:
    for name in ("sine", "penguins", "batch-size", "spiral"):
        data, scales = seen(at(name, 300), Loss()), []
        for n in range(2, 300):
            measured = tuple(pair for pair in data.validation if pair[0] * data.per_epoch < n)
            until = replace(data, losses=data.losses[:n], at=n - 1, validation=measured, thinned=Thinned())
            scales.append(until.powers)
        assert sum(a != b for a, b in pairwise(scales)) <= 1, name


def test_the_loss_has_a_legend_units_and_one_mark_at_the_cursor() -> None:
    rows = drawn("Loss", at("titanic", 100))
    assert rows[0].split("   ") == ["loss", "── each batch", "── epoch mean", "·· validation"]
    assert sum(row.count("●") for row in rows) == 1
    assert rows[-1].strip() == "iteration"
    assert "each iteration" in drawn("Loss", at("xor", 12))[0]


def test_the_loss_to_come_is_not_shown() -> None:
    data = seen(at("xor", 0, "z1"), Loss())
    assert len(data.losses) == 0
    assert "will be drawn" in plain(Loss().render(data, 60, 12)[0])
    assert len(seen(at("xor", 0, "loss"), Loss()).losses) == 1


def test_a_loss_that_is_not_a_number_leaves_a_gap() -> None:
    data = LossData("loss", np.array([1.0, np.inf, np.nan, 0.5]), 3, 1, 3)
    assert sum(line.count("●") for line in lines(Loss().render(data, 60, 12))) == 1


def test_accuracy_names_both_kinds_of_rows_and_says_what_was_sampled() -> None:
    session = at("titanic", 33 * 3)
    rows = drawn("Accuracy", session)
    assert rows[0].startswith("accuracy in %   ── training   ·· validation")
    assert rows[-1].strip() == "epochs completed"
    assert "one in 4 measured" in drawn("Accuracy", at("xor", 200))[-1]
    caption = plain(picture_of("Accuracy").caption(seen(session, picture_of("Accuracy"))))
    assert f"{100 * session.sim.metrics()['accuracy']:.1f} %" in caption


def test_accuracy_is_that_of_the_very_epoch_at_the_cursor() -> None:
    session = at("xor", 200)
    session.go_to(27)  # one in 4 is measured: 24 and 28
    data = seen(session, picture_of("Accuracy"))
    assert data.here.epochs == 27
    assert data.here.training == session.sim.metrics("training")
    assert "after 27 epochs" in plain(picture_of("Accuracy").caption(data))


def test_a_regression_has_r_squared() -> None:
    sim = Simulation(make_experiment(layers="3 tanh, 1 linear", loss="mean_squared_error", rows=30))
    session = Session(sim)
    session.go_to(30)
    assert drawn("Accuracy", session)[0].startswith("R²")


def test_r_squared_below_the_axis_is_said_beside_what_the_curves_are() -> None:
    session = at("auto-mpg", 600)
    session.go_to(2)
    data = seen(session, picture_of("Accuracy"))
    assert data.here.training["r2"] < -5
    for width, height in ((56, 13), (66, 5)):
        rows = "\n".join(map(plain, picture_of("Accuracy").render(data, width, height)))
        assert "here R² is below the axis" in rows
        assert "── training" in rows
        assert "·· validation" in rows
    near = replace(data, samples=tuple(replace(each, training={**each.training, "r2": -1.02}) for each in data.samples))
    assert "below" not in "\n".join(map(plain, picture_of("Accuracy").render(near, 56, 13)))


def test_distributions_wait_for_the_cursor() -> None:
    rows = drawn("Distributions", at("titanic", 3, "z1"))
    assert rows[0].split() == ["W₁", "n=64", "z₁", "n=256", "a₁", "∂L/∂W₁"]
    assert sum(row.count("not yet") for row in rows) == 5
    assert not any("not yet" in row for row in drawn("Distributions", at("titanic", 3, "dW1")))


def test_gradients_by_layer_on_a_scale_of_powers() -> None:
    rows = drawn("Gradients", at("xor", 50))
    assert "‖∂L/∂W,b‖" in rows[0]
    assert "‖ΔW‖ / ‖W‖" in rows[0]
    assert "── layer 1  ·· layer 2" in rows[-1]
    assert any("0.1┤" in row for row in rows)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "gelu", "softplus", "step"])
def test_slopes_are_those_of_the_curve(name: str) -> None:
    z = np.linspace(-3, 3, 2000)  # none of them is 0
    a, slope = curve_of(name, z)
    np.testing.assert_allclose(slope[1:-1], np.gradient(a, z)[1:-1], atol=0.01 if name not in ("relu", "step") else 400)
    assert np.isfinite(a).all()


def test_the_activation_at_work_with_its_sums() -> None:
    rows = drawn("Activation", at("xor", 5, "a1"))
    assert "a = tanh(z)" in rows[0]
    assert "this batch" in rows[0]
    assert rows[-1].strip() == "weighted sum z₁"
    assert "this batch" not in drawn("Activation", at("xor", 5, "x"))[0]


def test_the_boundary_shows_points_by_class_and_names_its_axes() -> None:
    rows = drawn("Decision boundary", at("xor", 100))
    assert "↑ x2" in rows[0]
    assert "→ x1" in rows[-1]
    body = "".join(rows[1:-1])
    assert (body.count("●"), body.count("○")) == (2, 2)
    assert "+" in body
    assert "−" in body


def test_the_boundary_without_colors_has_shades() -> None:
    body = "".join(drawn("Decision boundary", at("xor", 100), plain=True)[1:])
    assert "▓" in body
    assert "▀" not in body


def test_the_boundary_of_many_inputs_says_what_it_holds_still() -> None:
    rows = drawn("Decision boundary", at("titanic", 40))
    assert "↑ Age" in rows[0]
    assert "→ Fare   ◆◇ validation   the 6 other inputs are at their medians" in rows[-1]
    assert {row.split("┤")[0].strip() for row in rows} & {"20", "40", "50"}, "years, not standard deviations"


@pytest.mark.parametrize("size", [(74, 16), (56, 13), (76, 7), (120, 26)])
def test_the_boundary_says_how_many_of_the_points_it_shows(size: tuple[int, int]) -> None:
    rows = "\n".join(drawn("Decision boundary", at("titanic", 40), *size))
    found = re.search(r"(\d+) of 1,309 points", rows)
    assert found
    assert 8 <= sum(map(rows.count, "●○◆◇")) - 4 <= int(found[1])
    assert "points" not in "\n".join(drawn("Decision boundary", at("xor", 40), *size))


def test_the_boundary_over_principal_components_says_how_much_they_show() -> None:
    session, picture = at("titanic", 40), picture_of("Decision boundary")
    moment = take(session, describe(session), View(other_axes=True))
    lab = Lab(session)
    picture.prepare(lab, moment, 1)
    rows = lines(picture.render(picture.data(lab, moment), 92, 20))
    _, lengths, _ = np.linalg.svd(session.sim.experiment.data.x - session.sim.experiment.data.x.mean(axis=0))
    first, second = lengths[:2] ** 2 / (lengths**2).sum()
    assert f"↑ component 2 ({second:.0%})" in rows[0]
    assert f"→ component 1 ({first:.0%})   ◆◇ validation   projected, {first + second:.0%} of variance" in rows[-1]


def test_images_have_components_and_two_inputs_have_none() -> None:
    assert "component 1" in drawn("Decision boundary", at("digits", 3), 92, 20)[-1]
    session, picture = at("xor", 40), picture_of("Decision boundary")
    assert picture.key(moment_of(session)) == picture.key(take(session, describe(session), View(other_axes=True)))


def test_the_boundary_is_that_of_the_hidden_unit_at_work() -> None:
    session = at("xor", 40, "z1")
    session.choose((0, 2))
    data = seen(session, picture_of("Decision boundary"))
    assert data.unit == "a₁[h3]"
    assert seen(at("xor", 40, "dW2"), picture_of("Decision boundary")).unit == "y"


def test_one_input_is_a_curve_through_the_points() -> None:
    sim = Simulation(make_experiment(layers="3 tanh, 1 linear", loss="mean_squared_error", inputs=1, rows=9))
    rows = drawn("Decision boundary", Session(sim))
    assert "● training" in rows[0]
    assert rows[-1].strip() == "x1"


def test_the_landscape_shows_the_way_and_the_gradient() -> None:
    rows = drawn("Loss landscape", at("titanic", 90), 92, 20)
    assert "down the gradient" in rows[0]
    assert any("•" in row for row in rows)
    assert rows[-1] == "○ start  • the way here  ● here  + higher  − lower than here"
    assert "→ ↑ two directions with 100% of the path" in rows[-2]
    assert "● here  + higher  − lower" in drawn("Loss landscape", at("titanic", 90), 54, 14)[-1]
    low = drawn("Loss landscape", at("titanic", 90), 76, 6)
    assert len(low) == 7
    assert "● here  + higher" in low[6]
    assert "→ ↑ span 100% of path" in low[0]
    caption = plain(picture_of("Loss landscape").caption(seen(at("titanic", 90), picture_of("Loss landscape"))))
    assert caption == f"  {at('titanic', 90).sim.metrics()['loss']:.4f} at iteration 90, all rows"


def test_health_is_quiet_or_says_what_to_try() -> None:
    well = drawn("Health", at("titanic", 200))
    assert all(row.startswith(("✓ ", "  ")) for row in well)
    assert any(row.startswith("✓ better than always answering how frequent each class is") for row in well)
    early = drawn("Health", at("titanic", 1))
    assert any(row.startswith("… how the loss goes is judged from iteration ") for row in early)
    assert any(row.startswith("… over-fitting is looked for ") for row in early)
    sick = drawn("Health", at("titanic", 200, training__optimizer__learning_rate=1.0))
    assert sick[0].startswith("▲ All 8 units of layer 1 ")
    assert any("What may help: " in row for row in sick)


def test_health_cuts_no_more_sentences_than_it_must() -> None:
    health = picture_of("Health")
    data = seen(at("overfit", 399, "x"), health)
    drawings = [lines(health.render(data, 56, height)) for height in range(11, 15)]
    assert [len(rows) for rows in drawings] == [11, 12, 13, 14]
    assert [sum(row.endswith("…") for row in rows) for rows in drawings] == [3, 2, 1, 0]


def test_what_does_not_fit_of_health_is_told() -> None:
    rows = drawn("Health", at("titanic", 200, training__optimizer__learning_rate=1.0), 54, 4)
    assert rows[-1].endswith("more lines: z gives this panel all the room")


def test_the_gradients_named_are_those_of_the_cursor() -> None:
    session = at("spiral", 300)
    session.go_to(7)
    data = seen(session, picture_of("Gradients"))
    assert data.stride > 1
    first, last = (
        np.hypot(np.linalg.norm(session.frame[f"dW{k}"]), np.linalg.norm(session.frame[f"db{k}"])) for k in (1, 3)
    )
    said = f"  layer 1: {number(float(first), 3)}  layer 3: {number(float(last), 3)} at iteration 7"
    assert plain(picture_of("Gradients").caption(data)) == said


def test_equal_numbers_are_one_bar_of_their_sign() -> None:
    session = at("symmetry", 0, "db1")
    rows = picture_of("Distributions").render(seen(session, picture_of("Distributions")), 60, 14)
    assert (session.frame["dW2"] > 0).all()
    assert "v-6" not in {role for row in rows for text, role in row if text.strip()}


def test_the_layers_that_have_no_room_are_told() -> None:
    assert drawn("Distributions", at("vanishing-relu", 0, "a3"), 54, 14)[-1] == "layers 3 to 4 of 9"
    assert drawn("Distributions", at("vanishing-relu", 0, "a3"), 54, 6)[-1] == "layer 3 of 9"
    assert "of 9" not in drawn("Distributions", at("vanishing-relu", 0, "a3"), 54, 60)[-1]


def test_softmax_is_drawn_as_what_it_makes_of_each_class() -> None:
    session = at("iris", 40, "a2")
    session.choose((0, 1))
    rows = drawn("Activation", session)
    classes = session.program.layout["a2"].axes[1].names
    for row, name, share in zip(rows[1:], classes, session.frame["a2"][0], strict=False):
        assert name in row
        assert number(float(share), 3) in row
    lengths = [row.count("█") for row in rows[1:4]]
    assert lengths.index(max(lengths)) == int(session.frame["a2"][0].argmax())
    assert [row[0] for row in rows[1:4]] == [" ", "▸", " "]
    assert sum(row.count("not yet") for row in drawn("Activation", at("iris", 40, "z2"))) == 3
    assert any("virginica" in row for row in drawn("Activation", session, 74, 4))
    assert drawn("Activation", session, 74, 3)[-1] == "  2 more classes"


def test_curves_have_their_names_in_little_room_as_well() -> None:
    rows = drawn("Loss", at("titanic", 100), 74, 6)
    assert len([row for row in rows if "┤" in row or "│" in row]) == 5, "all but the axis are for the curves"
    assert rows[5].split(" ─")[0].strip() == "└0"
    assert rows[6].split("   ") == [
        "iteration",
        "── each batch",
        "── epoch mean",
        "·· validation",
    ]
    assert drawn("Activation", at("xor", 40, "a2"), 76, 6)[6].startswith("z₂   ·· slope a′   ── a = 1 / (1 + e^(−z))")
    rows = drawn("Gradients", at("spiral", 60), 74, 6)
    assert rows[0].endswith("‖ΔW‖ / ‖W‖  layer  ── 1  ·· 2  ── 3")


def test_a_penalty_is_named_where_it_is_left_out() -> None:
    session = at("overfit-l2", 10)
    assert "validation, without penalty" in drawn("Loss", session)[0]
    caption = plain(picture_of("Loss landscape").caption(seen(session, picture_of("Loss landscape"))))
    assert caption == f"  {session.frame['data_loss'].item():.4f} without penalty at iteration 10, all rows"


def test_dropout_is_named_where_all_units_are_at_work() -> None:
    session = at("overfit-dropout", 10)
    caption = plain(picture_of("Loss landscape").caption(seen(session, picture_of("Loss landscape"))))
    assert caption == f"  {session.sim.metrics()['loss']:.4f} without dropout at iteration 10, all rows"
    assert session.sim.metrics()["loss"] != pytest.approx(session.frame["loss"].item())
    assert "validation, without dropout" in drawn("Loss", session)[0]
    both = at("overfit-dropout", 10, training__l2=0.01)
    assert "validation, without penalty and dropout" in drawn("Loss", both)[0]
    assert "without" not in drawn("Loss", at("overfit", 10))[0]


def test_a_regression_has_answers_parted_at_the_median_target() -> None:
    session = at("plane", 40)
    data = seen(session, picture_of("Decision boundary"))
    assert data.title == "Answers"
    assert seen(at("xor", 3), picture_of("Decision boundary")).title == "Decision boundary"
    median = np.median(session.sim.experiment.data.y)
    assert data.surface.middle == median
    said = "".join(drawn("Decision boundary", session))
    assert f"● y > {number(float(median), 2)}, the median" in said
    assert "● y > 0, the median" in "".join(drawn("Decision boundary", at("optimizers", 1)))


def test_the_legend_of_the_boundary_goes_where_there_is_room() -> None:
    rows = drawn("Decision boundary", at("penguins", 30), 56, 14)
    assert "↑ bill_length_mm" in rows[0]
    assert rows[-2] == "→ flipper_length_mm   ● Adelie   ○ not Adelie"
    assert "2 other inputs at median" in rows[-1]
    assert rows[0].endswith("◆◇ validation")


@pytest.mark.parametrize("bare", [False, True])
def test_the_colors_of_a_unit_that_is_never_below_0_start_there(bare: bool) -> None:
    session = at("dying-relu", 2, "W1.next")
    session.choose((1, 6))  # h7: an output of ReLU for some of the map
    legend = drawn("Decision boundary", session, plain=bare)[0]
    assert re.search(r"a₁\[h7\] 0 ", legend)
    assert "−" not in legend
    session.go_to_op([op.name for op in session.program].index("z2"))
    assert re.search(r"y 0 .* 1 ", drawn("Decision boundary", session, plain=bare)[0])


def test_a_unit_that_is_the_same_everywhere_is_said_to_be() -> None:
    session = at("titanic", 200, "a1", training__optimizer__learning_rate=1.0)
    assert (session.frame["a1"] == 0).all()
    assert "a₁[h1] is 0 all over this map" in drawn("Decision boundary", session)[0]  # of two inputs out of eight


def test_r_squared_of_equal_targets_is_said_not_to_be() -> None:
    assert "every row has the same targets" in " ".join(drawn("Accuracy", at("mazur", 9)))


def test_an_r_squared_far_below_zero_is_drawn_where_it_is_all_there_is() -> None:
    rows = drawn("Accuracy", at("auto-mpg", 0))
    assert sum(row.count("●") for row in rows) == 1
    assert rows[1].lstrip().startswith("0┤")
    later = drawn("Accuracy", at("auto-mpg", 300))
    assert later[1].lstrip().startswith("1.0┤")
    assert later[-1].strip() == "epochs completed"


def test_what_is_not_a_number_is_said_in_words() -> None:
    caption = plain(picture_of("Accuracy").caption(seen(at("exploding", 159), picture_of("Accuracy"))))
    assert caption.startswith("  training not a number")
    assert picture_of("Accuracy").caption(seen(at("mazur", 9), picture_of("Accuracy"))) == []
    assert "".join(drawn("Distributions", at("exploding", 159, "dW1"), 40)).count("NaN or ∞") > 1
    assert drawn("Gradients", at("exploding", 159))[0].count("none here") == 2


def test_before_numbers_break_health_says_what_leads_there() -> None:
    session = at("exploding", 159)
    (last,) = [row for row in drawn("Health", session) if row.startswith(("▲", "✓"))]
    assert "becomes ∞ in iteration" in last
    session.go_to(22)
    rows = drawn("Health", session, height=30)
    assert rows[0] == last
    assert any("units of layer 1 are saturated" in row for row in rows)


@pytest.mark.parametrize("height", [7, 14])
def test_where_the_loss_breaks_off_is_told(height: int) -> None:
    session = at("exploding", 159)
    first = int(np.flatnonzero(~np.isfinite(session.sim.losses))[0])
    assert f"iteration: no finite loss from {first} on" in drawn("Loss", session, 54, height)[-1]
    assert "finite" not in drawn("Loss", at("exploding", 79))[-1]


def test_gradients_of_zero_are_told_where_there_is_no_place_for_them() -> None:
    session = at("dying-relu", 200)
    assert not session.frame["dW1"].any()
    rows = drawn("Gradients", session)
    assert "layer 1: 0 here" in rows[0]
    assert rows[0].endswith("‖ΔW‖ / ‖W‖  0 here")
    assert sum(row.count("●") for row in rows) == 1  # of layer 2


def test_gradients_of_another_iteration_say_of_which() -> None:
    session = at("spiral", 9, "z1")
    picture = picture_of("Gradients")
    caption = plain(picture.caption(seen(session, picture)))
    session.go_to(8)
    frame = session.frame
    norms = [np.hypot(np.linalg.norm(frame[f"dW{k}"]), np.linalg.norm(frame[f"db{k}"])) for k in (1, 3)]
    assert caption == f"  layers 1, 3 (at 8): {number(float(norms[0]), 3)}, {number(float(norms[1]), 3)}"
    assert plain(picture.caption(seen(session, picture))).endswith("at iteration 8")


def test_each_layer_s_gradient_is_marked_in_the_color_of_its_line() -> None:
    picture = picture_of("Gradients")
    rows = picture.render(seen(at("vanishing", 200), picture), 92, 22)
    named = [role for text, role in rows[-1] if text in ("──", "··")]
    assert len(named) == 4
    marks = [[role for row in part for text, role in row if text == "●"] for part in _halves(rows[1:-1], 45)]
    assert [sorted(roles) for roles in marks] == [sorted(named)] * 2


def _halves(rows: list[Row], width: int) -> tuple[list[Row], list[Row]]:
    """Letter by letter, with their roles: the left `width` cells, and the others."""
    letters = [[(letter, role) for text, role in row for letter in text] for row in rows]
    return [row[:width] for row in letters], [row[width:] for row in letters]


def test_targets_of_several_outputs_are_told_by_their_names() -> None:
    """Mazur's targets are 0.01 for o1 and 0.99 for o2."""
    session = at("mazur", 3, "a2")
    session.choose((0, 1))
    assert "○ y[o2] = 0.99" in "".join(drawn("Decision boundary", session))
    assert "○ y[o1] = 0.01" in "".join(drawn("Decision boundary", at("mazur", 3, "a1")))


@pytest.mark.parametrize(("iteration", "over"), [(0, ""), (2, " (median of 3 iterations)")])
def test_the_gradient_of_an_iteration_counts_once_for_health(iteration: int, over: str) -> None:
    (evidence,) = [row for row in drawn("Health", at("vanishing", iteration), 92) if "its length is" in row]
    assert evidence.endswith(f"in layer 9{over}")


@pytest.mark.parametrize(("iteration", "op", "said"), [(79, "z1", "● lies further right"), (159, "z2", "not a number")])
def test_a_sum_beyond_the_axis_is_told(iteration: int, op: str, said: str) -> None:
    assert drawn("Activation", at("exploding", iteration, op))[-1].endswith(said)


def test_sums_beyond_the_axis_are_counted() -> None:
    session = at("saturation", 9, "z1")
    sums = session.frame["z1"]
    session.choose(tuple(map(int, np.argwhere(sums == sums.flat[np.abs(sums).argmin()])[0])))
    count = (np.abs(sums) > 8).sum()
    assert drawn("Activation", session)[-1].strip() == f"weighted sum z₁: {count} of {sums.size} lie beyond"


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([0.5, np.nextafter(0.5, 1)], ["≈", "0.5"]),
        ([4.63, 4.63009], ["4.63000", "4.63009"]),
        ([8.8e-14, 0.998], ["0.000", "0.998"]),
        ([-1e-9, 0.998], ["0.000", "0.998"]),
        ([-2.13e-5, 3.02e-5], ["−2.13e−5", "3.02e−5"]),
        ([-1.7e308, 0.0, 1.7e308], ["−1.7e308", "1.7e308"]),
        ([-2.0, 8.0], ["−2", "8"]),
        ([0.0, 5e-324], ["0", "4.94e−324"]),
    ],
)
def test_numbers_that_are_hardly_apart_or_as_far_as_can_be_have_a_histogram(
    values: list[float], ends: list[str]
) -> None:
    spread = Spread("W", np.array(values), lit=False)
    rows = lines(picture_of("Distributions").render(DistributionsData(0, ((spread,) * 4,), 1), 90, 8))
    assert rows[-1].split()[: len(ends)] == ends
    assert any("█" in row for row in rows)


def test_zero_is_marked_in_the_cells_of_its_bin() -> None:
    session = at("xor-linear", 0, "z1")
    w = session.frame["W2"]
    assert w.min() < 0 < w.max()
    rows = drawn("Distributions", session, 56, 12)
    assert any("┊" in row[:12] for row in rows[7:])


def test_gradients_come_when_the_iteration_is_over() -> None:
    assert "will be drawn" in drawn("Gradients", at("xor", 0, "W1.next"))[0]
    last = open_session("xor").program[-1].name
    assert "‖∂L/∂W,b‖" in drawn("Gradients", at("xor", 0, last))[0]


def test_the_activation_reaches_as_far_as_the_sums_where_it_is_not_flat() -> None:
    session = at("auto-mpg", 300, "a2")
    sums = session.frame["z2"]
    assert np.abs(sums).max() > 20
    assert "beyond" not in drawn("Activation", session)[-1]
    data = seen(session, picture_of("Activation"))
    assert data.z[0] <= sums.min()
    assert data.z[-1] >= sums.max()


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
@pytest.mark.parametrize("weight", [20.0, 1e6, 1e250, 1.7e308])
def test_no_sum_is_too_large_for_the_activation(activation: str, weight: float) -> None:
    layers = [{"units": 2, "activation": activation}, {"units": 1, "activation": "sigmoid"}]
    weights = {"W1": [[weight, -1.0], [weight, 2.0]]}
    session = Session(Simulation(nnsim.load("xor", {"network.layers": layers, "network.weights": weights})))
    session.go_to_op([op.name for op in session.program].index("z1"))
    assert np.abs(session.frame["z1"]).max() >= weight
    for width, height in SIZES:
        rows = picture_of("Activation").render(seen(session, picture_of("Activation")), width, height)
        assert_fits(rows, width, height + (height < LOW))
