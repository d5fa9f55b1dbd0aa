import numpy as np
import pytest

import nnsim
from nnsim.engine.metrics import CHUNK, Evaluator, accuracy, r_squared
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array
from tests.experiments import make_experiment


def forward(sim: Simulation, x: Array) -> Array:
    """A network of one tanh and one sigmoid layer in plain NumPy."""
    f = sim.frame
    hidden = np.tanh(x @ f["W1"] + f["b1"])
    answer: Array = 1 / (1 + np.exp(-(hidden @ f["W2"] + f["b2"])))
    return answer


def test_metrics_are_those_of_all_rows_before_the_update() -> None:
    sim = Simulation(make_experiment(layers="3 tanh, 1 sigmoid", rows=20, batch_size=7))
    sim.step(4)
    x, y = sim.experiment.data.x, sim.experiment.data.y
    a = forward(sim, x)
    expected = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
    assert sim.metrics("training")["loss"] == pytest.approx(expected, rel=1e-12)
    assert sim.metrics("training")["accuracy"] == np.mean((a >= 0.5) == y)
    assert sim.metrics("validation") == {}
    np.testing.assert_allclose(sim.outputs(x), a, rtol=1e-12)
    with pytest.raises(ValueError, match="'test'"):
        sim.metrics("test")


def test_metrics_of_many_rows_are_taken_in_chunks() -> None:
    experiment = make_experiment(layers="3 tanh, 1 sigmoid", rows=2 * CHUNK + 17, batch_size=8)
    sim = Simulation(experiment)
    x, y = experiment.data.x, experiment.data.y
    whole = Evaluator(experiment, rows=len(x)).evaluate(sim.parameters, x, y)
    chunked = Evaluator(experiment).evaluate(sim.parameters, x, y)
    assert chunked[0] == pytest.approx(whole[0], rel=1e-12)
    np.testing.assert_allclose(chunked[1], whole[1], rtol=1e-12)


def test_reading_metrics_changes_nothing() -> None:
    sim, other = (Simulation(make_experiment(rows=20, batch_size=7)) for _ in range(2))
    for _ in range(5):
        sim.metrics()
        sim.step()
    other.step(5)
    for name in sim.frame:
        assert sim.frame[name].tobytes() == other.frame[name].tobytes()


def test_regression_has_mae_and_r2() -> None:
    sim = Simulation(make_experiment(layers="2 tanh, 2 linear", loss="mean_squared_error", rows=30))
    sim.step(5)
    outputs, y = sim.outputs(sim.experiment.data.x), sim.experiment.data.y
    metrics = sim.metrics()
    assert set(metrics) == {"loss", "mae", "r2"}
    assert metrics["mae"] == pytest.approx(np.abs(outputs - y).mean())
    assert metrics["r2"] == pytest.approx(1 - ((y - outputs) ** 2).sum() / ((y - y.mean(0)) ** 2).sum())


def test_r_squared_knows_perfect_and_useless() -> None:
    y = np.array([[1.0], [2.0], [6.0]])
    assert r_squared(y, y) == 1
    assert r_squared(np.full_like(y, 3), y) == 0
    assert np.isnan(r_squared(y, np.ones((3, 1))))


def test_accuracy_of_classes_and_of_several_labels() -> None:
    one_hot = np.array([[1.0, 0], [0, 1], [0, 1]])
    assert accuracy(np.array([[0.4, 0.3], [0.2, 0.1], [0.1, 0.9]]), one_hot) == pytest.approx(2 / 3)
    labels = np.array([[1.0, 1], [0, 0]])
    assert accuracy(np.array([[0.9, 0.2], [0.1, 0.3]]), labels) == 0.75


def test_confusion_counts_every_row_once() -> None:
    sim = nnsim.Simulation(nnsim.load("titanic"))
    sim.step(300)
    for which in ("training", "validation"):
        counts = sim.confusion(which)
        assert counts.shape == (2, 2)
        y = sim.experiment.data.y if which == "training" else sim.experiment.data.y_validation
        assert counts.sum(axis=1).tolist() == [int((y == 0).sum()), int((y == 1).sum())]
        assert np.trace(counts) / counts.sum() == pytest.approx(sim.metrics(which)["accuracy"])


def test_confusion_of_classes() -> None:
    sim = Simulation(make_experiment(layers="4 softmax", loss="categorical_cross_entropy", rows=40))
    counts = sim.confusion()
    outputs, y = sim.outputs(sim.experiment.data.x), sim.experiment.data.y
    for true in range(4):
        for taken in range(4):
            expected = ((y.argmax(1) == true) & (outputs.argmax(1) == taken)).sum()
            assert counts[true, taken] == expected


def test_regression_has_no_confusion() -> None:
    sim = Simulation(make_experiment(layers="1 linear", loss="mean_squared_error"))
    with pytest.raises(ValueError, match="class"):
        sim.confusion()


def test_dropout_is_off_in_metrics() -> None:
    plain, dropped = (nnsim.load("xor", {"network.layers.0.dropout": share}) for share in (0.0, 0.5))
    assert nnsim.Simulation(plain).metrics() == nnsim.Simulation(dropped).metrics()


def test_metrics_do_not_count_the_penalty() -> None:
    plain, penalised = (nnsim.load("xor", {"training.l2": l2}) for l2 in (0.0, 0.5))
    sim = nnsim.Simulation(penalised)
    assert sim.metrics() == nnsim.Simulation(plain).metrics()
    assert sim.metrics()["loss"] == pytest.approx(float(sim.frame["data_loss"]))
    assert float(sim.frame["loss"]) > sim.metrics()["loss"]


def test_rows_that_stay_in_the_workspace_are_those_that_are_asked_for() -> None:
    experiment = nnsim.load("titanic")
    sim, evaluator, data = nnsim.Simulation(experiment), Evaluator(experiment), experiment.data
    changing = data.x[:5].copy()
    for t, which in enumerate(("training", "training", "validation", "training", "validation", "validation")):
        sim.seek(10 * t)
        assert evaluator.metrics(which, sim.parameters) == Evaluator(experiment).metrics(which, sim.parameters)
        changing += 1
        expected = Evaluator(experiment).outputs(changing.copy(), sim.parameters)
        assert evaluator.outputs(changing, sim.parameters).tolist() == expected.tolist()
        halves = [data.x[:40], data.x[40:80]]
        apart = [evaluator.evaluate(sim.parameters, half, data.y[:40])[0] for half in halves]
        assert apart == [Evaluator(experiment).evaluate(sim.parameters, half, data.y[:40])[0] for half in halves]
