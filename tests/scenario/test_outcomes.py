"""What the texts of the built-in scenarios promise, trained to the end over several seeds."""

import re
from collections.abc import Sequence
from functools import cache
from statistics import median
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nnsim import Simulation
from nnsim.engine.checks import first_nonfinite
from nnsim.engine.spec import Array
from nnsim.scenario import load

LN2 = float(np.log(2))


def start(name: str, seed: int, **overrides: Any) -> Simulation:
    """Overrides are dotted keys with __ for the dots."""
    changes = {key.replace("__", "."): value for key, value in overrides.items()}
    return Simulation(load(name, {"seed": seed, **changes}))


def trained(name: str, seed: int, **overrides: Any) -> Simulation:
    simulation = start(name, seed, **overrides)
    simulation.step(simulation.iterations)
    return simulation


def finals(
    name: str, metric: str = "accuracy", which: str = "validation", seeds: int = 20, **overrides: Any
) -> list[float]:
    return [trained(name, seed, **overrides).metrics(which)[metric] for seed in range(seeds)]


def text(name: str) -> str:
    return load(name).description.replace("\n\n", " ")


def figures(name: str, words: str) -> list[float]:
    """The numbers that stand in a scenario's text where `words` has #, as in "from # to # miles"."""
    pattern = re.escape(words).replace(r"\#", r"(-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?)")
    found = re.search(pattern, text(name))
    assert found, f"{words!r} is not in the text of {name}"
    return [float(number.replace(",", "")) for number in found.groups()]


def spread(values: Sequence[float]) -> list[float]:
    return [median(values), min(values), max(values)]


def layer(units: int, activation: str) -> dict[str, Any]:
    return {"units": units, "activation": activation}


def norms(simulation: Simulation) -> list[float]:
    """Of the gradient of each layer's weights, the first layer's first."""
    layers = range(1, len(simulation.experiment.network.layers) + 1)
    return [float(np.linalg.norm(simulation.frame[f"dW{k}"])) for k in layers]


# one neuron, and a hidden layer


def test_a_neuron_learns_and() -> None:
    simulation = trained("neuron", load("neuron").seed)
    assert simulation.metrics("training")["accuracy"] == 1
    assert simulation.metrics("training")["loss"] < 0.1


def test_xor_is_learnt_from_nearly_every_start() -> None:
    losses = [trained("xor", seed).metrics("training")["loss"] for seed in range(100)]
    assert sum(loss < 0.01 for loss in losses) >= 95


@pytest.mark.parametrize("seed", range(10))
def test_xor_without_activation_functions_is_one_linear_model(seed: int) -> None:
    simulation = trained("xor-linear", seed)
    assert simulation.losses.min() >= LN2 - 1e-12
    assert simulation.losses[-1] == pytest.approx(LN2, abs=1e-4)
    frame = simulation.frame
    product = frame["W1"] @ frame["W2"]
    np.testing.assert_allclose(product, 0, atol=0.05)
    bias = frame["b1"] @ frame["W2"] + frame["b2"]
    np.testing.assert_allclose(frame["z2"], frame["x"] @ product + bias, atol=1e-12)


# classes, with and without hidden layers

ACCURACIES = [
    # scenario, seeds, the least median that is asked for
    ("logistic-titanic", 20, 0.78),
    ("titanic", 20, 0.80),
    ("gaussians", 20, 0.95),
    ("circles", 20, 0.98),
    ("moons", 20, 0.97),
    ("spiral", 20, 0.95),
    ("checkerboard", 10, 0.92),
    ("iris", 20, 0.95),
    ("penguins", 20, 0.97),
    ("digits", 10, 0.95),
]


@pytest.mark.parametrize(("name", "seeds", "least"), ACCURACIES, ids=[name for name, _, _ in ACCURACIES])
def test_accuracies_are_those_of_the_text(name: str, seeds: int, least: float) -> None:
    accuracies = finals(name, seeds=seeds)
    assert median(accuracies) >= least
    told = figures(name, f"seeds 0 to {seeds - 1}: median #, from # to #.")
    assert spread(accuracies) == pytest.approx(told, abs=0.02)


@pytest.mark.parametrize(("name", "told"), [("circles", 0.5), ("moons", 0.88)])
def test_one_neuron_cannot_bend_a_boundary(name: str, told: float) -> None:
    accuracies = finals(name, network__layers=[layer(1, "sigmoid")])
    assert median(accuracies) == pytest.approx(told, abs=0.01)
    assert f"the median is {told}" in text(name)


def test_moons_are_parted_by_a_line_first() -> None:
    simulation = trained("moons", load("moons").seed)
    epochs = simulation.losses[:-1].reshape(-1, simulation.iterations_per_epoch).mean(axis=1)
    assert epochs[8:31].min() > 0.19
    assert epochs[8:31].max() < 0.21
    assert epochs[-1] < 0.02


def test_a_spiral_wants_a_second_layer() -> None:
    accuracies = finals("spiral", network__layers=[layer(16, "tanh"), layer(1, "sigmoid")])
    assert median(accuracies) == pytest.approx(0.88, abs=0.01)
    assert "have a median of 0.88" in text("spiral")


def test_the_best_line_between_two_clouds() -> None:
    """Along the diagonal the clouds' centres are 2√2 apart and 0.8 wide."""
    x = load("gaussians", {"data.samples": 100_000}).data
    assert np.mean((x.x.sum(axis=1) > 0) == x.y[:, 0]) == pytest.approx(0.96, abs=0.003)


def test_shares_of_the_commonest_class() -> None:
    data = load("penguins", {"data.validation": 0}).data
    assert round(float(data.y.mean(axis=0).max()), 2) == 0.44


# start weights and gradients


def test_twins_stay_twins_to_the_last_bit() -> None:
    simulation = start("symmetry", 0)
    for _ in range(simulation.iterations):
        frame = simulation.frame
        by_unit = [frame[name] for name in ("W1", "z1", "a1", "da1", "dz1", "dW1", "W1.m", "W1.v", "W1.next")]
        for tensor in (*by_unit, frame["b1"][None], frame["W2"].T, frame["dW2"].T):
            assert (tensor == tensor[:, :1]).all()
        simulation.step()
    assert simulation.losses[0] != simulation.losses[-1]
    assert simulation.metrics()["loss"] == pytest.approx(0.478, abs=0.0005)
    assert simulation.metrics()["accuracy"] == 0.75
    assert "ends at 0.478" in text("symmetry")


def test_zero_weights_never_move() -> None:
    simulation = trained("symmetry", 0, network__layers__0__init="zeros", network__layers__1__init="zeros")
    assert all(not simulation.frame[name].any() for name in ("W1", "W2", "dW1", "dW2"))
    assert simulation.losses[-1] == pytest.approx(LN2)


def test_saturated_units_hardly_learn() -> None:
    shares, losses, usual = [], [], []
    for seed in range(20):
        simulation = start("saturation", seed)
        shares.append([np.mean(np.abs(simulation.frame[name]) > 0.99) for name in ("a1", "a2")])
        simulation.step(simulation.iterations)
        losses.append(simulation.metrics()["loss"])
        better = {f"network__layers__{index}__init": "xavier_normal" for index in (0, 1)}
        usual.append(trained("saturation", seed, **better).metrics()["loss"])
    assert np.min(shares) > 0.7
    assert min(losses) > 4 * max(usual)
    told = figures("saturation", "# % of all a1 and # % of all a2")
    assert [*np.median(shares, axis=0) * 100] == pytest.approx(told, abs=1)
    assert [median(losses)] == pytest.approx(figures("saturation", "a median of #."), rel=0.1)
    assert [median(usual)] == pytest.approx(figures("saturation", "the median is #."), rel=0.1)


def test_the_gradient_vanishes_in_sigmoid_layers() -> None:
    ratios = []
    for seed in range(20):
        simulation = start("vanishing", seed)
        first, *_, last = norms(simulation)
        ratios.append(last / first)
        simulation.step(simulation.iterations)
        first, *_, last = norms(simulation)
        assert last / first > 1e3
        assert simulation.metrics()["loss"] == pytest.approx(LN2, abs=0.003)
    assert min(ratios) > 1e3
    assert [median(ratios)] == pytest.approx(figures("vanishing", "# times smaller"), rel=0.05)
    assert [min(ratios)] == pytest.approx(figures("vanishing", "at least # times"), rel=0.05)


def test_the_gradient_arrives_through_relu() -> None:
    ratios = []
    for seed in range(20):
        simulation = start("vanishing-relu", seed)
        first, *_, last = norms(simulation)
        ratios.append(last / first)
        simulation.step(simulation.iterations)
        assert simulation.metrics()["loss"] < 0.01
    assert max(ratios) < 50
    told = figures("vanishing-relu", "that of dW9 is # times that of dW1")
    assert [median(ratios)] == pytest.approx(told, abs=0.05)


def dead_units(simulation: Simulation) -> NDArray[np.bool_]:
    """Which hidden units are 0 for every training row."""
    frame = simulation.frame
    z1 = simulation.experiment.data.x @ frame["W1"] + frame["b1"]
    return np.asarray((z1 <= 0).all(axis=0))


def test_relu_units_die_for_good() -> None:
    for seed in range(20):
        simulation = start("dying-relu", seed)
        assert not dead_units(simulation).any()
        simulation.seek(10)
        early = dead_units(simulation)
        assert early.sum() >= 4
        assert not simulation.frame["dW1"][:, early].any()
        simulation.seek(simulation.iterations)
        late = dead_units(simulation)
        assert late[early].all()
        assert late.sum() >= 7
        assert simulation.metrics()["accuracy"] <= 0.62


def test_relu_units_live_with_smaller_steps() -> None:
    for seed in range(20):
        simulation = trained("dying-relu", seed, training__optimizer__learning_rate=0.5)
        assert dead_units(simulation).sum() <= 1
        assert simulation.metrics()["accuracy"] >= 0.99


def test_the_loss_explodes_to_infinity() -> None:
    first = [first_nonfinite(trained("exploding", seed)) for seed in range(20)]
    assert all(each and each.op == "loss" for each in first)
    iterations = [each.iteration for each in first if each]
    told = figures("exploding", "at iteration # to # (seeds 0 to 19)")
    assert [min(iterations), max(iterations)] == pytest.approx(told, abs=5)


def test_what_keeps_the_loss_from_exploding() -> None:
    small = finals("exploding", "loss", "training", training__optimizer__learning_rate=0.05)
    assert median(small) == pytest.approx(0.04, abs=0.005)
    clipped = finals("exploding", "loss", "training", training__clip_norm=1.0)
    assert np.isfinite(clipped).all()
    assert 1 < min(clipped) < median(clipped) < 2


# optimizers, batches, validation

LOSSES_IN_THE_VALLEY = {
    "sgd": "gradient descent 0.013",
    "momentum": "momentum 0.000015",
    "adagrad": "AdaGrad 0.0000011",
    "rmsprop": "RMSprop below 1e-11",
    "adam": "Adam 0.000015",
}


@cache
def in_the_valley(optimizer: str) -> Simulation:
    return trained("optimizers", 0, training__optimizer__name=optimizer)


@pytest.mark.parametrize("optimizer", LOSSES_IN_THE_VALLEY)
def test_losses_in_the_valley(optimizer: str) -> None:
    told = LOSSES_IN_THE_VALLEY[optimizer]
    assert told in text("optimizers")
    loss, figure = in_the_valley(optimizer).losses[100], float(told.split()[-1])
    assert loss < figure if "below" in told else loss == pytest.approx(figure, rel=0.05)
    if optimizer != "sgd":
        assert loss < in_the_valley("sgd").losses[100] / 500


def test_gradient_descent_zig_zags_and_creeps() -> None:
    simulation = start("optimizers", 0)
    path = []
    for iteration in range(20):
        simulation.seek(iteration)
        path.append(simulation.frame["W1"][:, 0])
    steps = np.diff(path, axis=0)
    assert (steps[1:, 0] * steps[:-1, 0] < 0).all()
    assert path[-1][1] > 7
    diverging = trained("optimizers", 0, training__optimizer__learning_rate=2.1)
    assert diverging.losses[-1] > 100


def test_small_batches_are_noisy_and_cheap() -> None:
    rows: dict[int, list[tuple[float, float]]] = {256: [], 16: [], 1: []}
    for seed in range(10):
        for size, found in rows.items():
            simulation = trained("batch-size", seed, training__batch_size=size)
            losses = simulation.losses[:-1]
            noise = float(np.std(np.diff(losses[-len(losses) // 4 :])))
            found.append((noise, simulation.metrics()["loss"]))
        calm, some, much = (rows[size][-1][0] for size in rows)
        assert calm * 10 < some < much / 2
        full, few, _ = (rows[size][-1][1] for size in rows)
        assert few < full
    for size, found in rows.items():
        told = figures("batch-size", f"{5120 // size:,} iterations, noise #, training loss #")
        assert [median(each) for each in zip(*found, strict=True)] == pytest.approx(told, rel=0.1)


@cache
def overfitted(name: str) -> Array:
    """Training and validation loss after the last epoch, seeds 0 to 19."""
    runs = [trained(name, seed) for seed in range(20)]
    return np.array([[run.metrics(rows)["loss"] for rows in ("training", "validation")] for run in runs])


def test_patience_marks_the_turn_of_the_validation_loss() -> None:
    for seed in range(20):
        simulation = start("overfit", seed)
        stop = simulation.train()
        assert stop.reason == "patience"
        assert stop.best_epoch is not None
        assert simulation.iteration == stop.best_epoch + 1 + 100
        simulation.seek(stop.best_epoch + 1)
        best = simulation.metrics("validation")["loss"]
        last = overfitted("overfit")[seed]
        assert last[1] > 1.3 * best
        assert last[0] < 0.25
        if seed == load("overfit").seed:
            told = figures("overfit", "epoch #, with a validation loss of #. Trained on to epoch 400 it would be #.")
            assert [stop.best_epoch, best, last[1]] == pytest.approx(told, rel=0.05)
    told = figures("overfit", "training loss #, validation loss #.")
    assert [*np.median(overfitted("overfit"), axis=0)] == pytest.approx(told, rel=0.1)


@pytest.mark.parametrize("name", ["overfit-l2", "overfit-dropout"])
def test_what_helps_against_overfitting(name: str) -> None:
    without, remedied = overfitted("overfit"), overfitted(name)
    assert (remedied[:, 1] < without[:, 1]).all()
    told = figures(name, "has a median of # instead of #; for every seed it is lower")
    assert [np.median(remedied[:, 1]), np.median(without[:, 1])] == pytest.approx(told, rel=0.05)


# regression, and the autoencoder


def test_sine() -> None:
    errors = finals("sine", "mae")
    assert spread(errors) == pytest.approx(figures("sine", "median #, from # to #;"), abs=0.01)
    line = finals("sine", "mae", network__layers=[layer(1, "linear")])
    assert [median(line)] == pytest.approx(figures("sine", "its median is #."), abs=0.01)
    assert median(line) > 3 * median(errors)


def test_auto_mpg() -> None:
    errors = finals("auto-mpg", "mae")
    assert spread(errors) == pytest.approx(figures("auto-mpg", "median #, from # to # miles"), abs=0.03)
    absolute = finals("auto-mpg", "mae", training__loss="mean_absolute_error")
    assert [median(absolute)] == pytest.approx(figures("auto-mpg", "the median is # too"), abs=0.03)
    data = [load("auto-mpg", {"seed": seed}).data for seed in range(20)]
    mean = np.mean([np.abs(each.y_validation - each.y.mean()).mean() for each in data])
    assert f"the mean is {mean:.1f} off" in text("auto-mpg")
    line = finals("auto-mpg", "mae", network__layers=[layer(1, "linear")], training__optimizer__learning_rate=0.2)
    assert [median(line)] == pytest.approx(figures("auto-mpg", "and one linear neuron #."), abs=0.06)


def test_outliers_pull_the_squared_error() -> None:
    bias = {}
    for loss in ("mean_squared_error", "huber", "mean_absolute_error"):
        runs = [trained("plane", seed, training__loss=loss) for seed in range(20)]
        bias[loss] = [float(simulation.frame["b1"][0]) for simulation in runs]
    assert min(bias["mean_squared_error"]) > 1.2
    assert max(bias["mean_absolute_error"]) < 0.6
    told = figures("plane", "with mean_squared_error median #, with huber #, with mean_absolute_error #.")
    assert [median(each) for each in bias.values()] == pytest.approx(told, abs=0.01)


def test_the_autoencoder_finds_a_code() -> None:
    patterns = []
    for seed in range(20):
        simulation = trained("autoencoder", seed)
        assert simulation.metrics()["accuracy"] == 1
        assert simulation.metrics()["loss"] < 0.01
        code = simulation.frame["a1"]
        distance = np.abs(code[:, None] - code[None]).max(axis=2) + 9 * np.eye(8)
        assert distance.min() > 0.5
        patterns.append(len(np.unique(code > 0, axis=0)))
    assert set(patterns) <= {7, 8}
    assert [patterns.count(8)] == pytest.approx(figures("autoencoder", "for # of the seeds 0 to 19"), abs=2)
