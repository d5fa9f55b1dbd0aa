"""What the texts of the built-in scenarios promise, trained to the end over several seeds."""

from statistics import median

import pytest

from nnsim import Simulation
from nnsim.scenario import load


def trained(name: str, seed: int) -> Simulation:
    simulation = Simulation(load(name, {"seed": seed}))
    simulation.step(simulation.iterations)
    return simulation


def test_xor_is_learnt_from_nearly_every_start() -> None:
    losses = [trained("xor", seed).metrics("training")["loss"] for seed in range(100)]
    assert sum(loss < 0.01 for loss in losses) >= 95


def test_a_neuron_learns_and() -> None:
    simulation = trained("neuron", load("neuron").seed)
    assert simulation.metrics("training")["accuracy"] == 1
    assert simulation.metrics("training")["loss"] < 0.1


@pytest.mark.parametrize(
    ("name", "least", "told"),
    [("titanic", 0.80, (0.81, 0.77, 0.87)), ("logistic-titanic", 0.78, (0.79, 0.73, 0.86))],
)
def test_titanic_accuracies_are_those_of_the_text(name: str, least: float, told: tuple[float, ...]) -> None:
    accuracies = [trained(name, seed).metrics("validation")["accuracy"] for seed in range(20)]
    assert median(accuracies) >= least
    assert (median(accuracies), min(accuracies), max(accuracies)) == pytest.approx(told, abs=0.01)
    text = load(name).description
    assert f"median {told[0]}, from {told[1]} to {told[2]}." in text
