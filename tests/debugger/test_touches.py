"""What a number touches, against the operands of every number followed one by one."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnsim.debugger.session import Session
from nnsim.debugger.touches import touched
from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.losses import LOSSES
from nnsim.engine.ops import ActivationGradient, GradientNorm, MeasureLoss, MeasurePenalty
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Schedule
from tests.experiments import Experiment, make_experiment

Element = tuple[str, tuple[int, ...]]

WHOLE = (MeasureLoss, MeasurePenalty, GradientNorm)  # their explanations quote sums, or leave out terms that are 0


def goes_into(sim: Simulation) -> dict[Element, set[Element]]:
    """Every element of the frame, and the elements whose explanation names it."""
    found: dict[Element, set[Element]] = defaultdict(set)
    frame = sim.frame
    for op in sim.program:
        for index in np.ndindex(frame[op.name].shape):
            operands = {(each.tensor, each.index) for each in sim.explain(op.name, index).operands}
            if isinstance(op, WHOLE):
                operands = {(name, i) for name in op.reads for i in np.ndindex(frame[name].shape)}
            if isinstance(op, ActivationGradient):  # a slope may have no name in a formula: 1 where z > 0
                operands |= {(name, index) for name in op.reads}
            for operand in operands - {(op.name, index)}:  # a mask is said to be itself
                found[operand].add((op.name, index))
    return found


def followed(graph: dict[Element, set[Element]], start: Element) -> set[Element]:
    reached: set[Element] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


CASES: list[dict[str, Any]] = [
    *({"layers": f"3 {name}, 2 {name}", "loss": "mean_squared_error"} for name in ACTIVATIONS),
    *({"layers": "3 tanh, 2 linear", "loss": name} for name in LOSSES if "cross" not in name),
    {"layers": "3 tanh, 2 sigmoid"},
    {"layers": "3 softmax, 3 softmax", "loss": "categorical_cross_entropy"},
    {"layers": "3 tanh, 3 tanh, 3 softmax", "loss": "categorical_cross_entropy", "inputs": 3},
    {"layers": "3 relu, 2 softmax", "loss": "binary_cross_entropy"},
    *({"optimizer": name, "options": {"weight_decay": 0.1}} for name in OPTIMIZERS),
    {"optimizer": "rmsprop", "options": {"momentum": 0.9}},
    {"optimizer": "adam", "l1": 0.1, "l2": 0.2, "clip_norm": 0.5},
    {"optimizer": "momentum", "clip_value": 0.01, "frozen": frozenset({"W1", "b2"})},
    {"dropout": 0.5, "layers": "3 tanh, 2 relu, 1 sigmoid"},
    {"schedule": Schedule(name="exponential", options={"factor": 0.5})},
]


def build(dropout: float = 0.0, **wanted: Any) -> Experiment:
    """With so much dropout after every hidden layer."""
    experiment = make_experiment(**{"rows": 3, **wanted})
    *hidden, last = experiment.network.layers
    layers = (*(replace(layer, dropout=dropout) for layer in hidden), last)
    return replace(experiment, network=replace(experiment.network, layers=layers))


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_all_that_a_number_touches_and_nothing_else(case: dict[str, Any]) -> None:
    sim = Simulation(build(**case))
    sim.step(2)
    frame, graph = sim.frame, goes_into(sim)
    for tensor in frame:
        for index in np.ndindex(frame[tensor].shape):
            result = touched(sim.program, 3, tensor, index)
            reached = {(name, i) for name, mask in result.masks.items() for i in np.ndindex(mask.shape) if mask[i]}
            assert reached == followed(graph, (tensor, index)), (tensor, index)


def test_a_change_of_a_weight_changes_what_it_touches() -> None:
    wanted: dict[str, Any] = {"layers": "3 tanh, 3 softmax", "loss": "mean_squared_error", "optimizer": "adam"}
    sim = Simulation(make_experiment(**wanted))
    before = sim.frame
    weights = {name: np.array(before[name]) for name in ("W1", "b1", "W2", "b2")}
    weights["W1"][1, 2] += 0.5
    changed = Simulation(make_experiment(**wanted, weights=weights)).frame
    masks = touched(sim.program, 6, "W1", (1, 2)).masks
    for name, mask in masks.items():
        assert np.array_equal(before[name] != changed[name], mask), name


def test_the_summary_counts() -> None:
    sim = Simulation(make_experiment(rows=4))
    said = touched(sim.program, 4, "W1", (0, 1)).summary(sim.program.layout)
    assert said.startswith("z₁ a₁ 4 of 12 · all of z₂ a₂ L ∂L/∂a₂ ∂L/∂z₂ ∂L/∂W₂ ∂L/∂b₂")
    assert "∂L/∂a₁ 12" not in said
    assert touched(sim.program, 4, "W2.next", (0, 0)).summary(sim.program.layout).startswith("nothing")
    assert "derivatives" in touched(sim.program, 4, "loss", ()).summary(sim.program.layout)
    with pytest.raises(KeyError):
        touched(sim.program, 4, "nonsense", ())
    with pytest.raises(IndexError):
        touched(sim.program, 4, "W1", (9, 9))


def test_nothing_goes_into_a_number_that_is_set_by_hand() -> None:
    session = Session(Simulation(make_experiment(rows=4)))
    session.edit("a1[1,2] = 0.5")
    by_hand = frozenset(put.element for put in session.sim.in_flight)
    free = touched(session.program, 4, "z1", (1, 2))
    cut = touched(session.program, 4, "z1", (1, 2), by_hand)
    assert np.argwhere(free.masks["a1"]).tolist() == [[1, 2]]
    assert not cut.touches("a1")
    assert not cut.touches("loss")
    assert cut.touches("dz1")  # the slope there is still that of z
    assert touched(session.program, 4, "a1", (1, 2), by_hand).touches("loss")
