"""Explanations evaluate to the number in the frame, for every number there is."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnsim.engine.expressions import Constant, Node, Number, Place, filled, ln, symbolic, total
from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment

CASES: list[dict[str, Any]] = [
    {"layers": "3 tanh, 1 sigmoid", "optimizer": "adam"},
    {"layers": "3 relu, 2 sigmoid", "optimizer": "momentum"},
    {"layers": "4 softmax, 3 softmax", "loss": "categorical_cross_entropy", "optimizer": "sgd"},
    {"layers": "3 sigmoid, 2 linear", "loss": "mean_squared_error"},
    {"layers": "3 softmax", "loss": "mean_squared_error"},
    {"layers": "3 softmax", "loss": "binary_cross_entropy"},
    {"layers": "3 sigmoid", "loss": "categorical_cross_entropy"},
    {"layers": "1 sigmoid", "rows": 40, "inputs": 30},
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["layers"] + case.get("loss", ""))
@pytest.mark.parametrize("scale", [1.0, 30.0], ids=["usual", "saturated"])
def test_every_explanation_evaluates_to_the_number_in_the_frame(
    simulate: Callable[..., Simulation], case: dict[str, Any], scale: float
) -> None:
    sim = simulate(**case, weights={"b1": np.full(int(case["layers"].split()[0]), scale - 1)})
    sim.step(2)
    for op in sim.program:
        values = sim.frame[op.name]
        for index in list(np.ndindex(values.shape))[:40]:
            explanation = sim.explain(op.name, index)
            assert explanation.result == values[index]
            assert explanation.value == pytest.approx(values[index], rel=1e-9, abs=1e-14), (op.name, index)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["layers"] + case.get("loss", ""))
def test_operands_are_numbers_of_the_frame_that_the_op_reads(
    simulate: Callable[..., Simulation], case: dict[str, Any]
) -> None:
    sim = simulate(**case)
    for op in sim.program:
        for operand in sim.explain(op.name, (0,) * sim.frame[op.name].ndim).operands:
            assert operand.tensor in op.reads
            assert operand.value == sim.frame[operand.tensor][operand.index]


def test_the_weighted_sum_reads_as_in_the_textbook(simulate: Callable[..., Simulation]) -> None:
    sim = simulate(
        layers="2 tanh, 1 sigmoid", weights={"W1": np.array([[0.5, 1], [2, -3]]), "b1": np.array([0.25, -1])}
    )
    frame = sim.frame
    x1, x2 = (f"{value:.4g}".replace("-", "−") for value in frame["x"][3])
    x2 = f"({x2})" if x2.startswith("−") else x2
    lines = sim.explain("z1", (3, 1)).lines(4)
    assert lines[0] == "z₁[#3,h2] = Σᵢ x[#3,i]·W₁[i,h2] + b₁[h2]"
    assert lines[1].startswith(f"= {x1}·1 + {x2}·(−3) − 1")
    assert lines[-1] == "= " + f"{frame['z1'][3, 1]:.4g}".replace("-", "−")


def test_adam_fills_in_its_constants_and_t(simulate: Callable[..., Simulation]) -> None:
    sim = simulate(optimizer="adam")
    sim.step(4)
    explanation = sim.explain("W1.mhat", (0, 0))
    assert explanation.symbolic == "m̂(W₁)[x1,h1] = m(W₁)[x1,h1] / (1 − β₁^(t + 1))"
    assert "(1 − 0.9^(4 + 1))" in explanation.substituted[0]
    assert "α·" in sim.explain("W1.step", (0, 0)).symbolic


def test_what_an_iteration_starts_from_has_an_origin(simulate: Callable[..., Simulation]) -> None:
    sim = simulate(optimizer="adam")
    assert "starts from" in sim.explain("W1", (0, 0)).symbolic
    assert "starts" in sim.explain("W1.m.prev", (0, 0)).symbolic
    sim.step(3)
    assert "update of iteration 2" in sim.explain("W1", (0, 0)).symbolic
    assert "row 1 of the data" in sim.explain("x", (1, 0)).symbolic


def test_unknown_tensors_and_places_are_refused(simulate: Callable[..., Simulation]) -> None:
    sim = simulate()
    with pytest.raises(KeyError, match="nonsense"):
        sim.explain("nonsense", (0,))
    for index in [(99, 0), (0,), (-1, 0)]:
        with pytest.raises(IndexError, match=r"z1 has shape \(6, 3\)"):
            sim.explain("z1", index)


class Nameless:
    def label(self, name: str, index: Place) -> str:
        return name


def number(value: float) -> Number:
    return Number("x", (0,), value, Nameless())


def test_long_sums_show_their_largest_terms_and_what_is_left_out() -> None:
    node = total("i", [20], lambda i: number(float(i)) if isinstance(i, int) else number(math.nan))
    assert node.text(filled(4)) == "14 + 15 + 16 + (14 smaller terms: 91) + 17 + 18 + 19"
    assert node.value == 190


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0] * 9 + [3.5], "3.5 + (9 smaller terms: 0)"),
        ([2, 0, 0, 0, -4, 0, 0, 0, 1], "2 − 4 + (6 smaller terms: 0) + 1"),
        ([0] * 9, "0 + (7 other terms: 0) + 0"),
        ([2] * 9, "2 + 2 + 2 + (3 other terms: 6) + 2 + 2 + 2"),
    ],
)
def test_a_long_sum_shows_no_zeros_and_calls_nothing_smaller_that_is_not(values: list[float], text: str) -> None:
    node = total("i", [len(values)], lambda i: number(float(values[i])) if isinstance(i, int) else number(math.nan))
    assert node.text(filled(4)) == text


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (number(2) * (number(1) - number(-3)), "2·(1 − (−3))"),
        (number(-2) + number(-1), "−2 − 1"),
        (-(number(2) + number(3)) / number(4), "−(2 + 3) / 4"),
        (number(1) / (number(2) * number(3)), "1 / (2·3)"),
        (number(1) - (number(2) - number(3)), "1 − (2 − 3)"),
        ((number(1) - number(-2)) ** 2, "(1 − (−2))²"),
        (number(-2) ** 2, "(−2)²"),
        (-ln(number(0.5)), "−ln(0.5)"),
        (Constant(0.9, "β") ** (number(3) + 1), "0.9^(3 + 1)"),
        (number(math.inf) * number(math.nan), "∞·nan"),
    ],
)
def test_filled_in_text_means_the_value(node: Node, text: str) -> None:
    assert node.text(filled(4)) == text
    python = text.replace("−", "-").replace("·", "*").replace("²", "**2").replace("^", "**")
    names = {"ln": math.log, "__builtins__": {}}
    if "∞" not in text:
        assert eval(python, names) == pytest.approx(node.value)


def test_symbols_are_kept_in_the_symbolic_line() -> None:
    assert (Constant(0.9, "β₁") * number(2)).text(symbolic) == "β₁·x"


def test_a_dropout_mask_says_what_became_of_the_unit() -> None:
    experiment = make_experiment(layers="12 tanh, 1 sigmoid")
    first, last = experiment.network.layers
    layers = (replace(first, dropout=0.25), last)
    sim = Simulation(replace(experiment, network=replace(experiment.network, layers=layers)))
    mask, kept = sim.frame["mask1"], sim.frame["drop1"] != 0
    assert {True, False} == set(kept.ravel().tolist())
    for index in np.ndindex(mask.shape):
        said = sim.explain("mask1", index)
        assert ("kept" in said.symbolic, ": silenced" in said.symbolic) == (kept[index], not kept[index])
        assert said.value == mask[index]
        assert not said.operands
