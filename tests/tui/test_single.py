"""A tensor of one number: large, with what it means and where it goes."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from nnsim.tui.app import NnsimApp
from nnsim.tui.moment import View, describe, take
from nnsim.tui.renderers.single import large
from nnsim.tui.renderers.tensor import tensor
from nnsim.tui.renderers.why import reason
from nnsim.tui.rows import Row, target_at
from tests.tui.conftest import moment_at, open_session
from tests.tui.helpers import assert_fits, lines, press, screen_text, settled

ROOM = (56, 15)


def shown(*where: str | int) -> list[str]:
    name, iteration, op = where
    return lines(tensor(moment_at(str(name), int(iteration), str(op)), *ROOM).rows)


def words(rows: list[str], start: str) -> list[str]:
    return next(row for row in rows if row.strip(" ▸").startswith(start)).strip(" ▸").split()


def test_digits_can_be_told_apart() -> None:
    drawn = [large(letter) for letter in "0123456789e.−+"]
    assert len(set(drawn)) == len(drawn)
    assert all(rows and len({len(row) for row in rows}) == 1 for rows in drawn)
    assert large("nan") is None


def test_the_loss_is_large_and_stands_beside_those_before_it() -> None:
    moment = moment_at("xor", 12, "loss")
    rows = lines(tensor(moment, *ROOM).rows)
    number = large(f"{float(moment.frame['loss']):.4g}")
    assert number
    assert all(line in row for line, row in zip(number, rows[1:4], strict=True))
    assert "binary cross entropy" in rows[1]
    assert "mean over the 4 samples" in rows[2]
    assert words(rows, "iteration")[1:] == ["8", "9", "10", "11", "12"]
    assert [float(word) for word in words(rows, "L ")[1:]] == pytest.approx(moment.losses[8:13], abs=5e-5)


def test_a_loss_to_come_is_not_among_those_before() -> None:
    session = open_session("xor")
    session.go_to(20)
    session.go_to(3)
    session.go_to_op([op.name for op in session.program].index("loss"))
    rows = lines(tensor(take(session, describe(session)), *ROOM).rows)
    assert words(rows, "iteration")[1:] == ["0", "1", "2", "3"]


def test_where_outputs_are_many_each_sample_shows_the_one_for_its_class() -> None:
    moment = moment_at("digits", 7, "loss")
    rows = lines(tensor(moment, *ROOM).rows)
    first = next(at for at, row in enumerate(rows) if row.split() == ["class", "a₂"]) + 1
    for sample, row in enumerate(rows[first : first + 4]):
        label, digit, probability = row.split()
        assert label == moment.frame.axis_names("y", 0)[sample]
        assert moment.frame["y"][sample, int(digit)] == 1
        assert float(probability) == pytest.approx(moment.frame["a2"][sample, int(digit)], abs=5e-5)


def test_a_parameter_of_one_element_shows_all_that_becomes_of_it() -> None:
    moment = moment_at("xor", 3, "b2.vhat")
    rows = lines(tensor(moment, *ROOM).rows)
    names = [op.name for op in moment.program if op.name.startswith("b2.")]
    for name in ("b2", "db2", *names):
        after = words(rows, moment.layout[name].symbol.partition("(")[0])[1 + name.endswith(".next") :]
        if name in moment.hidden:
            assert not any(letter.isdigit() for letter in after[0])
        else:
            value = float(after[0].strip("▸·").replace("−", "-"))
            assert value == pytest.approx(float(moment.frame[name][0]), rel=1e-3)
    assert rows[6].startswith("▸ v̂")
    assert rows[6].endswith("v, corrected for its start at 0")


def test_it_says_where_a_tensor_comes_from_and_where_it_goes() -> None:
    rows = shown("mazur", 3, "a1")
    assert words(rows, "computed from")[2:] == ["z₁"]
    assert words(rows, "goes into")[2:] == ["z₂", "∂L/∂W₂", "∂L/∂z₁"]
    assert words(shown("xor", 3, "b2.next"), "goes into")[2:] == ["b₂", "of", "iteration", "4"]


def test_it_says_why_nothing_is_computed_from_a_tensor() -> None:
    assert " ".join(words(shown("mazur", 3, "db1"), "goes into")) == "goes into nothing: b₁ is frozen"
    assert " ".join(words(shown("symmetry", 3, "da2"), "goes into")) == "goes into nothing: ∂L/∂z₂ comes from a₂ and y"


def test_a_large_number_that_has_room_is_not_cut() -> None:
    session = open_session("mazur")
    session.go_to(2999)
    session.go_to_op([op.name for op in session.program].index("loss"))
    rows = lines(tensor(take(session, describe(session)), 76, 9).rows)
    assert "compares" in " ".join(rows)
    assert not any("…" in row for row in rows)


def test_words_beside_a_parameter_of_one_element_are_whole_where_there_is_height() -> None:
    moment = moment_at("xor", 3, "b2.vhat")
    for height in (14, 15):
        rows = lines(tensor(moment, 40, height).rows)
        assert "v, corrected for its start at 0" in " ".join(" ".join(rows).split())


def test_a_click_on_a_tensor_that_it_goes_into_goes_there() -> None:
    moment = moment_at("mazur", 3, "a1")
    row: Row = next(row for row in tensor(moment, *ROOM).rows if row and "goes into" in row[0][0])
    at = "".join(text for text, _ in row).index("∂L/∂W₂")
    target = target_at(row, at)
    assert target
    assert (target.kind, moment.program[target.place[0]].name) == ("op", "dW2")


@pytest.mark.parametrize("digits", [2, 4, 17])
@pytest.mark.parametrize("op", ["loss", "penalty", "data_loss", "db2", "b2.step"])
@pytest.mark.parametrize(("width", "height"), [(30, 7), (34, 8), (56, 9), (78, 5), (74, 9), (56, 15), (94, 40)])
def test_single_numbers_fit_everywhere(op: str, width: int, height: int, digits: int) -> None:
    session = open_session("overfit-l2")
    session.go_to(5)
    session.go_to_op([each.name for each in session.program].index(op))
    assert_fits(tensor(take(session, describe(session), View(digits=digits)), width, height).rows, width, height)


def test_a_number_to_be_predicted_is_not_told() -> None:
    session = open_session("xor")
    session.go_to_op([op.name for op in session.program].index("loss"))
    moment = take(session, describe(session))
    text = "\n".join(lines(tensor(replace(moment, covered=True), *ROOM).rows))
    assert "▢" in text
    number = large(f"{moment.number:.4g}")
    assert number
    assert number[1] not in text


async def test_a_tensor_that_fills_the_screen_says_why(app_for: Callable[..., NnsimApp]) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "n n z")
        text = screen_text(app)
        assert "── Why " in text
        assert "formula  z₁ = x·W₁ + b₁" in text
        await press(pilot, "z")
        assert "── Why " not in screen_text(app)


def test_a_number_set_by_hand_is_marked() -> None:
    moment = moment_at("xor", 3, "db2")
    picture = tensor(replace(moment, by_hand=frozenset({("db2", (0,))})), *ROOM)
    assert any(row.startswith(" ✎ ") for row in lines(picture.rows))
    assert "✎" not in "".join(lines(tensor(moment, *ROOM).rows))


def test_a_reason_that_does_not_fit_counts_what_is_left() -> None:
    moment = moment_at("titanic", 3, "dW1")
    whole = reason(moment, 60, 100)
    part = lines(reason(moment, 60, 9))
    assert len(part) == 9
    assert part[-1] == f"  {len(whole) - 8} more lines"
    assert reason(moment, 60, 5) == []
