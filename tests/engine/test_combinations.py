"""Any network that can be described: its gradients, its explanations, its way back in time."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.checks import check_gradients
from nnsim.engine.initializers import INITIALIZERS
from nnsim.engine.losses import LOSSES
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.schedules import SCHEDULES
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Initialization, Layer, Network, Optimizer, Schedule, Training
from tests.experiments import Experiment, make_experiment

PROBABILITIES = ("binary_cross_entropy", "categorical_cross_entropy")


@dataclass(frozen=True)
class Case:
    experiment: Experiment
    t: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Layers, loss, optimizer, initializers, penalties, dropout, clipping and schedule, all drawn at random."""
    loss = draw(st.sampled_from(sorted(LOSSES)))
    outputs = draw(st.integers(2 if loss == "categorical_cross_entropy" else 1, 3))
    # cross-entropies are for probabilities
    last = draw(st.sampled_from(["sigmoid", "softmax"] if loss in PROBABILITIES else sorted(ACTIVATIONS)))
    if last == "softmax":
        outputs = max(outputs, 2)
    hidden = draw(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(sorted(ACTIVATIONS))), max_size=5))
    rows, inputs = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    dropout = st.sampled_from([0.0, 0.0, 0.4])
    layers = tuple(
        Layer(
            units=units,
            activation=activation,
            init=Initialization(name=draw(st.sampled_from(sorted(INITIALIZERS)))),
            dropout=draw(dropout) if k < len(hidden) else 0.0,
        )
        for k, (units, activation) in enumerate([*hidden, (outputs, last)])
    )
    seed = draw(st.integers(0, 1000))
    biases = {f"b{k}": _biases(seed, k, layer.units) for k, layer in enumerate(layers, start=1)}
    base = make_experiment(layers=f"{outputs} linear", loss=loss, rows=rows, inputs=inputs, seed=seed)
    network = Network(
        inputs=inputs,
        layers=layers,
        weights=biases,
        frozen=frozenset(draw(st.lists(st.sampled_from(sorted(biases)), max_size=2))),
    )
    training = Training(
        loss=loss,
        optimizer=Optimizer(name=draw(st.sampled_from(sorted(OPTIMIZERS))), options={"learning_rate": 0.01}),
        epochs=10,
        batch_size=draw(st.integers(1, 6)),
        l1=draw(st.sampled_from([0.0, 0.01])),
        l2=draw(st.sampled_from([0.0, 0.1])),
        clip_norm=draw(st.sampled_from([0.0, 0.5])),
        clip_value=draw(st.sampled_from([0.0, 0.1])),
        schedule=Schedule(name=draw(st.sampled_from(sorted(SCHEDULES)))),
    )
    return Case(replace(base, network=network, training=training), draw(st.integers(0, 8)))


def _biases(seed: int, layer: int, units: int) -> Any:
    """Away from zero, so that no z stands on a kink where all weights are zero."""
    return np.random.default_rng([seed, 99, layer]).uniform(0.3, 1, units)


def _smooth(experiment: Experiment, sim: Simulation) -> bool:
    """Whether no number stands so near a kink that a central difference would cross it."""
    frame, margin = sim.frame, 1e-3
    for k, layer in enumerate(experiment.network.layers, start=1):
        if layer.activation in ("relu", "leaky_relu", "elu", "step") and np.abs(frame[f"z{k}"]).min() < margin:
            return False
    last = f"a{len(experiment.network.layers)}"
    error = np.abs(frame[last] - frame["y"])
    loss = experiment.training.loss
    if loss == "mean_absolute_error" and error.min() < margin:
        return False
    if loss == "huber" and np.abs(error - 1).min() < margin:
        return False
    weights = [np.abs(frame[f"W{k}"]).min() for k in range(1, len(experiment.network.layers) + 1)]
    return not (experiment.training.l1 and min(weights) < margin)


@settings(deadline=None, max_examples=300)
@given(cases())
def test_gradients_agree_with_central_differences(case: Case) -> None:
    sim = Simulation(case.experiment)
    sim.seek(case.t)
    if _smooth(case.experiment, sim):
        verdict = check_gradients(sim)
        assert verdict.discrepancy < 1e-6, verdict


@settings(deadline=None, max_examples=200)
@given(cases())
def test_explanations_evaluate_to_the_numbers_of_the_frame(case: Case) -> None:
    sim = Simulation(case.experiment)
    sim.seek(case.t)
    for op in sim.program:
        values = sim.frame[op.name]
        for index in list(np.ndindex(values.shape))[:6]:
            explanation = sim.explain(op.name, index)
            # terms that cancel out leave their rounding behind
            noise = 1e-15 * sum(abs(operand.value) for operand in explanation.operands)
            assert explanation.value == pytest.approx(values[index], rel=1e-9, abs=noise), (op.name, index)
            assert all(line for line in explanation.lines())
            assert {operand.tensor for operand in explanation.operands} <= set(op.reads) | {op.name}


@settings(deadline=None, max_examples=100)
@given(cases(), st.lists(st.integers(0, 30), max_size=5))
def test_any_iteration_again(case: Case, walk: list[int]) -> None:
    straight, walked = Simulation(case.experiment), Simulation(case.experiment)
    straight.seek(20)
    for t in walk:
        walked.seek(t)
    walked.seek(20)
    for name in straight.frame:
        assert straight.frame[name].tobytes() == walked.frame[name].tobytes(), name


@settings(deadline=None, max_examples=100)
@given(cases())
def test_every_tensor_is_declared_and_computed_once(case: Case) -> None:
    sim = Simulation(case.experiment)
    names = [op.name for op in sim.program]
    assert len(names) == len(set(names))
    computed = {name for name in sim.frame if sim.program.position(name) is not None}
    assert computed == set(names)
    known = set(sim.frame) - computed
    for op in sim.program:
        assert set(op.reads) <= known, (op.name, op.reads)
        known.add(op.name)


@settings(deadline=None, max_examples=60)
@given(cases())
def test_frozen_parameters_never_change(case: Case) -> None:
    sim = Simulation(case.experiment)
    before = {name: sim.frame[name].copy() for name in case.experiment.network.frozen}
    sim.step(7)
    for name, values in before.items():
        np.testing.assert_array_equal(sim.frame[name], values)
        assert f"{name}.next" not in sim.frame


@settings(deadline=None, max_examples=60)
@given(cases())
def test_single_precision_agrees_to_its_digits(case: Case) -> None:
    training = replace(case.experiment.training, dtype="float32")
    single = Simulation(replace(case.experiment, training=training))
    double = Simulation(case.experiment)
    for name in double.frame:
        assert single.frame[name].dtype == np.float32
        # a bound for the first frame: rounding errors of each op, magnified by the ones after it
        scale = np.abs(double.frame[name]).max()
        if name.split(".")[-1] not in ("step", "next", "delta", "vhat") and _smooth(case.experiment, double):
            np.testing.assert_allclose(single.frame[name], double.frame[name], rtol=2e-2, atol=1e-5 + 1e-4 * scale)
