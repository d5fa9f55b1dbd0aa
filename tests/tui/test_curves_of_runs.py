"""The curves of a race and of two branches side by side, as rows of text."""

import re
from dataclasses import replace

import numpy as np
import pytest

import nnsim
from nnsim.debugger.comparison import Comparison
from nnsim.debugger.onward import RaceOnward
from nnsim.debugger.races import Race, choices
from nnsim.tui.renderers.compare import Compared, boundary_of, compare_head, losses_over
from nnsim.tui.renderers.race import Standings, Start, curves_of, table_of
from nnsim.tui.screens.race import _standings
from tests.tui.conftest import open_session
from tests.tui.helpers import lines


def raced(onward_from: int, last: int, rates: list[object]) -> Standings:
    """A race of learning rates."""
    scenario = nnsim.load("xor")
    if onward_from:
        session = open_session("xor")
        session.go_to(onward_from)
        race: Race = RaceOnward(session.sim, scenario, {"learning_rate": rates})
    else:
        race = Race(scenario, {"training.optimizer.learning_rate": rates}, last)
    race.advance(30)
    return _standings(choices(scenario)[0], Start(bool(onward_from), onward_from), race)


@pytest.mark.parametrize("size", [(80, 18), (76, 10), (120, 30)])
def test_a_race_from_here_has_no_axis_before_here(size: tuple[int, int]) -> None:
    shown = raced(300, 0, [0.05, 0.15])
    rows = lines(curves_of(shown, *size))
    axis = next(at for at, row in enumerate(rows) if "└" in row)
    ticks = [int(number) for row in rows[axis : axis + 2] for number in re.findall(r"\b\d{3}\b", row)]
    assert len(ticks) > 1
    assert min(ticks) >= 290
    assert max(ticks) <= 510


def test_runs_that_end_far_below_their_start_have_a_logarithmic_scale() -> None:
    far = lines(curves_of(raced(0, 400, [0.05, 0.15]), 100, 20))
    assert "logarithmic scale" in far[0]
    assert any(row.split("┤")[0].endswith(" 0.01") for row in far)
    near = lines(curves_of(raced(0, 40, [0.0001, 0.0002]), 100, 20))
    assert "logarithmic" not in near[0]


def test_what_is_to_be_known_of_a_race_is_told_to_the_end_where_there_is_room() -> None:
    note = "another optimizer begins with an empty memory; the learning rate is 0.05 for all of these runs, as it was"
    shown = replace(raced(0, 5, [0.05, 0.15]), notes=(note,))
    assert "as it was" in " ".join(lines(table_of(shown, 70, 14)))
    low = lines(table_of(shown, 70, 7))[5]
    assert low.rstrip(" │").endswith("…")


def compared(iteration: int, running: bool = False) -> Compared:
    """Two branches of XOR, both trained that far."""
    session = open_session("xor")
    session.go_to(3)
    session.edit("W1[0,2] = 0.5")
    root, branch = session.tree.branches
    comparison = Comparison(session, root, branch)
    while not comparison.train(iteration, 1):
        pass
    return Compared(
        title="XOR",
        sides=comparison.sides(iteration),
        iteration=iteration,
        iterations=500,
        recorded=comparison.recorded,
        parting=comparison.parting,
        first=None,
        searched=0,
        done=False,
        names=("x1", "x2"),
        running=running,
    )


def test_the_head_says_how_far_both_are_and_how_they_go_on() -> None:
    assert "both trained to 6: ␣ trains both to the end" in lines(compare_head(compared(6), 80))[1]
    assert "␣" not in lines(compare_head(compared(6, running=True), 80))[1]
    assert "iteration 499, the last of 500   both trained to the end" in lines(compare_head(compared(499), 80))[1]


def test_both_curves_have_a_logarithmic_scale_where_they_lie_low() -> None:
    shown = compared(499)
    assert np.median(shown.sides[0].losses) < shown.sides[0].losses.max() / 10
    assert "logarithmic scale" in lines(losses_over(shown, 70, 18))[0]
    assert "logarithmic scale" not in lines(losses_over(compared(20), 70, 18))[0]


def test_the_maps_of_both_say_what_colors_and_signs_mean() -> None:
    rows = lines(boundary_of(compared(20), 0, 60, 16, plain=False))
    assert "0 −" in rows[0]
    assert "+ 1   ● 1  ○ 0 " in rows[0]
    assert "↑ x2  → x1" in rows[-1]
    shown = compared(20)
    far = replace(shown, names=("petal_length_cm (standardised)", "petal_width_cm (standardised)"))
    assert "↑ petal_width_cm  → petal_length_cm, standardised" in lines(boundary_of(far, 0, 60, 16, plain=False))[-1]
    sides = [replace(side, surface=replace(side.surface, rest=2)) for side in shown.sides]
    more = replace(far, sides=(sides[0], sides[1]))
    assert "2 other inputs at median" in lines(boundary_of(more, 0, 60, 16, plain=False))[-2]
    assert "2 other inputs at median" in lines(boundary_of(more, 0, 120, 16, plain=False))[-1]
