from dataclasses import replace

import numpy as np
import pytest

import nnsim
from nnsim.engine.simulation import Simulation
from nnsim.engine.stopping import Stop
from tests.experiments import Experiment, make_experiment


def overfitting(patience: int | None) -> Experiment:
    """Noise for targets: what is learnt of it says nothing about the held-out rows."""
    base = make_experiment(layers="20 tanh, 1 sigmoid", optimizer="adam", rows=12, inputs=4, batch_size=5)
    rng = np.random.default_rng(5)
    held_out = rng.normal(size=(30, 4)), rng.integers(0, 2, (30, 1)).astype(float)
    data = replace(base.data, x_validation=held_out[0], y_validation=held_out[1], rows_validation=np.arange(12, 42))
    return replace(base, data=data, training=replace(base.training, epochs=60, patience=patience))


def test_training_ends_after_the_scenarios_epochs() -> None:
    sim = Simulation(overfitting(None))
    assert sim.train() == Stop("epochs")
    assert sim.iteration == 60 * 3


@pytest.mark.parametrize(
    ("goal", "reason", "iteration"),
    [
        ({"epochs": 2}, "epochs", 6),
        ({"iterations": 7}, "iterations", 7),
        ({"epochs": 4, "iterations": 5}, "iterations", 5),
    ],
)
def test_training_ends_where_it_is_told(goal: dict[str, int], reason: str, iteration: int) -> None:
    sim = Simulation(overfitting(None))
    assert sim.train(**goal).reason == reason
    assert sim.iteration == iteration


def test_training_ends_at_the_first_loss_as_low() -> None:
    sim = nnsim.Simulation(nnsim.load("xor"))
    assert sim.train(loss=0.1).reason == "loss"
    losses = sim.losses
    assert losses[-1] <= 0.1
    assert (losses[:-1] > 0.1).all()


def test_a_loss_out_of_reach_ends_with_the_epochs() -> None:
    sim = Simulation(overfitting(None))
    assert sim.train(loss=-1, epochs=3).reason == "epochs"


def test_patience_stops_and_marks_the_best_epoch() -> None:
    patience = 5
    sim = Simulation(overfitting(patience))
    stop = sim.train()
    assert stop.reason == "patience"
    assert stop.best_epoch is not None
    by_hand = []
    for epoch in range(sim.iteration // 3):
        sim.seek((epoch + 1) * 3)
        by_hand.append(sim.metrics("validation")["loss"])
    assert int(np.argmin(by_hand)) == stop.best_epoch
    assert len(by_hand) - 1 - stop.best_epoch == patience


def test_patience_without_held_out_rows_is_never_lost() -> None:
    experiment = make_experiment()
    sim = Simulation(replace(experiment, training=replace(experiment.training, patience=1)))
    assert sim.train() == Stop("epochs")
