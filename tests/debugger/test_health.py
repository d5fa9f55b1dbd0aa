"""Sick runs are told, healthy ones are quiet."""

import re

import numpy as np
import pytest

from nnsim.debugger.baseline import baseline
from nnsim.debugger.boundary import Forward
from nnsim.debugger.findings import Evidence, Finding, broken, hidden_activations, nonfinite
from nnsim.debugger.health import examine
from nnsim.debugger.history import History, flow
from nnsim.debugger.past import Past, parameters_of
from nnsim.debugger.session import Session
from nnsim.engine.spec import Array
from tests.debugger.test_past import open_session, standing

OPTIMIZER = "training__optimizer"


def findings(session: Session) -> tuple[Finding, ...]:
    sim, history, forward = session.sim, History(Past(session)), Forward(session.sim.experiment)
    start = Past(session).frame(0)
    epochs = session.iteration // sim.iterations_per_epoch
    assert history.epochs.fill(epochs, 60)
    assert history.flows.fill(session.iteration, 60)
    return examine(
        Evidence(
            experiment=sim.experiment,
            per_epoch=sim.iterations_per_epoch,
            losses=sim.losses,
            activations=hidden_activations(sim.experiment, forward, parameters_of(session.frame)),
            frame=session.frame,
            first=hidden_activations(sim.experiment, forward, parameters_of(start)),
            start=start,
            epochs=history.epochs.until(epochs),
            flows=(*history.flows.until(session.iteration), flow(session.frame)),
        )
    )


def troubles(session: Session) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings(session) if not finding.healthy}


@pytest.mark.parametrize("seed", [None, 0, 3])
@pytest.mark.parametrize("name", ["xor", "neuron", "titanic", "logistic-titanic", "mazur"])
def test_a_healthy_run_is_quiet_from_start_to_end(name: str, seed: int | None) -> None:
    session = open_session(name, **({} if seed is None else {"seed": seed}))
    last = session.sim.iterations - 1
    for iteration in (0, 1, 10, 25, last // 20, last // 5, last // 2, last):
        session.go_to(iteration)
        before = standing(session)
        assert troubles(session) == {}
        assert standing(session) == before


@pytest.mark.parametrize(
    ("name", "seed", "iteration"), [("circles", 0, 39), ("sine", 3, 239), ("plane", 3, 25), ("auto-mpg", 0, 90)]
)
def test_chance_and_trifles_are_no_trouble(name: str, seed: int, iteration: int) -> None:
    """A lucky first batch, a rise of what is next to nothing, a loss that comes down from far above the baseline."""
    session = open_session(name, seed=seed)
    session.go_to(iteration)
    assert troubles(session) == {}


def test_no_better_than_one_answer_for_every_row() -> None:
    session = open_session("xor-linear")
    session.go_to(499)
    found = troubles(session)["baseline"]
    assert found.evidence == "loss 0.693 on training rows; always answering how frequent each class is has 0.693"
    assert "tanh or relu" in found.advice


@pytest.mark.parametrize(
    ("name", "loss", "others"),
    [
        ("titanic", "binary_cross_entropy", np.linspace(0.01, 0.99, 99)),
        ("titanic", "half_squared_error", np.linspace(0, 1, 101)),
        ("plane", "mean_squared_error", np.linspace(-5, 5, 101)),
        ("plane", "mean_absolute_error", np.linspace(-5, 5, 101)),
    ],
)
def test_no_other_answer_for_every_row_costs_less_than_the_baseline(name: str, loss: str, others: Array) -> None:
    session = open_session(name, training__loss=loss)
    found = baseline(session.sim.experiment)
    assert found is not None
    costs = {
        "binary_cross_entropy": lambda a, y: -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)),
        "half_squared_error": lambda a, y: np.mean((a - y) ** 2) / 2,
        "mean_squared_error": lambda a, y: np.mean((a - y) ** 2),
        "mean_absolute_error": lambda a, y: np.mean(np.abs(a - y)),
    }
    least = min(costs[loss](answer, session.sim.experiment.data.y) for answer in others)
    assert least - 0.01 * least < found.loss <= least


def test_the_baseline_of_three_classes_is_their_entropy() -> None:
    experiment = open_session("iris").sim.experiment
    shares = np.bincount(experiment.data.y.argmax(axis=1)) / len(experiment.data.y)
    found = baseline(experiment)
    assert found is not None
    assert found.loss == pytest.approx(-sum(share * np.log(share) for share in shares))


def test_where_every_row_has_the_same_targets_there_is_no_baseline() -> None:
    assert baseline(open_session("mazur").sim.experiment) is None


def test_it_says_what_has_been_looked_at() -> None:
    session = open_session("titanic")
    session.go_to(200)
    assert {finding.check for finding in findings(session)} == {
        "dead units",
        "twins",
        "gradients",
        "over-fitting",
        "learning rate",
        "baseline",
    }


def test_the_loss_of_now_is_never_below_the_best() -> None:
    session = open_session("circles")
    for iteration in (25, 40, 77):
        session.go_to(iteration)
        found = next(finding for finding in findings(session) if finding.check == "learning rate")
        best, now = re.findall(r"([\d.]+) at best, ([\d.]+) now", found.sentence)[0]
        assert float(best) <= float(now)


def test_early_on_it_says_what_is_not_judged_yet() -> None:
    session = open_session("titanic")
    session.go_to(2)
    waiting = {finding.check for finding in findings(session) if finding.waits}
    assert waiting == {"over-fitting", "learning rate", "baseline"}
    session.go_to(200)
    assert not any(finding.waits for finding in findings(session))


def test_dead_units_are_named() -> None:
    session = open_session("titanic", training__optimizer__learning_rate=1.0)
    session.go_to(200)
    found = troubles(session)["dead units"]
    assert "of layer 1" in found.sentence
    assert "8 of 8 ReLU units" in found.evidence
    assert "leaky_relu" in found.advice


def test_units_are_named_one_by_one_unless_it_is_all_of_them() -> None:
    session = open_session("dying-relu")
    session.go_to(3)
    dead = np.flatnonzero((session.frame["a1"] == 0).all(axis=0))
    assert 1 < len(dead) < 8
    assert troubles(session)["dead units"].sentence.startswith(f"h{dead[0] + 1}, h{dead[1] + 1}")
    session.go_to(100)
    assert troubles(session)["dead units"].sentence.startswith("All 8 units of layer 1 answer 0")


def test_nothing_is_advised_that_is_done_already() -> None:
    session = open_session("dying-relu", network__weights={"b1": [-99.0] * 8})
    start = troubles(session)["dead units"].advice
    assert "he_normal" not in start
    assert "learning rate" not in start, "nothing has been learnt yet"
    session.go_to(2)
    assert "learning rate" in troubles(session)["dead units"].advice
    layers = [{"units": 8, "activation": "relu", "init": "xavier_normal"}, {"units": 1, "activation": "sigmoid"}]
    session = open_session("dying-relu", network__layers=layers)
    session.go_to(100)
    assert "he_normal" in troubles(session)["dead units"].advice


@pytest.mark.parametrize("seed", [None, 0, 2, 4])
def test_units_that_are_dead_from_the_start_are_no_trouble_as_long_as_the_others_learn(seed: int | None) -> None:
    session = open_session("vanishing-relu", **({} if seed is None else {"seed": seed}))
    for iteration in (0, 2, 10, 25, 60, 200):
        session.go_to(iteration)
        assert "dead units" not in troubles(session)
    found = next(finding for finding in findings(open_session("vanishing-relu")) if finding.check == "dead units")
    assert re.search(r"^\d+ of 64 ReLU units are dead, \d+ before training: the others learn$", found.sentence)


@pytest.mark.parametrize("iteration", [0, 1, 40, 499])
def test_twins_are_named_with_evidence(iteration: int) -> None:
    session = open_session("symmetry")
    session.go_to(iteration)
    found = troubles(session)["twins"]
    assert found.sentence == "All 4 units of layer 1 start alike and stay alike."
    assert "since iteration 0" in found.evidence
    assert "4 do the work of 1" in found.evidence
    assert "xavier_normal" in found.advice


def test_two_twins_among_others() -> None:
    """Equal weights in and out make twins; equal ones into the unit alone do not."""
    weights = {"W1": [[0.5, 0.2, 0.5, 0.5], [0.1, 0.3, 0.1, 0.1]], "W2": [[1.0], [1.0], [1.0], [-1.0]]}
    session = open_session("xor", network__weights=weights)
    for iteration in (0, 30):
        session.go_to(iteration)
        assert troubles(session)["twins"].sentence.startswith("h1, h3 of layer 1 start alike")
        assert (session.frame["W1"][:, 0] == session.frame["W1"][:, 2]).all()
        assert (session.frame["W1"][:, 0] == session.frame["W1"][:, 3]).all() == (iteration == 0)


def test_units_that_a_mask_tells_apart_are_no_twins() -> None:
    layer = {"units": 4, "activation": "tanh", "init": {"name": "constant", "value": 0.5}, "dropout": 0.5}
    session = open_session("symmetry", network__layers__0=layer)
    for iteration in (0, 20):
        session.go_to(iteration)
        assert "twins" not in troubles(session)


def test_saturated_units() -> None:
    layer = {"units": 8, "activation": "tanh", "init": {"name": "normal", "std": 50}}
    session = open_session("titanic", network__layers__0=layer)
    session.go_to(3)
    assert "saturated" in troubles(session)["saturated units"].sentence


def test_a_vanishing_gradient() -> None:
    layers = [{"units": 6, "activation": "sigmoid"}] * 6 + [{"units": 1, "activation": "sigmoid"}]
    session = open_session("xor", network__layers=layers, training__optimizer={"name": "sgd", "learning_rate": 0.1})
    session.go_to(100)
    assert "vanishes" in troubles(session)["gradients"].sentence


def test_a_gradient_that_dead_units_stop_is_one_trouble() -> None:
    session = open_session("dying-relu")
    norms = []
    for iteration in range(5, 10):
        session.go_to(iteration)
        frame = session.frame
        norms.append([np.hypot(np.linalg.norm(frame[f"dW{k}"]), np.linalg.norm(frame[f"db{k}"])) for k in (1, 2)])
    first, last = np.median(norms, axis=0)
    assert 0 < first < 0.01 * last
    assert set(troubles(session)) == {"dead units"}


def test_an_exploding_gradient() -> None:
    session = open_session(
        "xor",
        network__layers=[{"units": 8, "activation": "linear"}] * 3 + [{"units": 1, "activation": "linear"}],
        training__loss="mean_squared_error",
        training__optimizer={"name": "sgd", "learning_rate": 0.6},
    )
    session.go_to(3)
    assert "explodes" in troubles(session)["gradients"].sentence


def test_over_fitting() -> None:
    session = open_session(
        "titanic", network__layers__0__units=128, training__optimizer__learning_rate=0.01, training__epochs=200
    )
    session.go_to(33 * 58)
    found = troubles(session)["over-fitting"]
    assert re.search(r"by heart since epoch \d+\.$", found.sentence)
    assert "→" in found.evidence


def test_where_not_every_epoch_is_measured_over_fitting_does_not_name_one() -> None:
    session = open_session("overfit")
    session.go_to(214)
    found = troubles(session)["over-fitting"]
    said = re.search(r"by heart since about epoch (\d+)\.$", found.sentence)
    assert said
    losses = []
    for epoch in range(100, 130):
        session.sim.seek(epoch)
        losses.append(session.sim.metrics("validation")["loss"])
    assert abs(int(said[1]) - 100 - losses.index(min(losses))) <= 2


@pytest.mark.parametrize(
    ("name", "kind", "rate", "said"),
    [
        ("neuron", "sgd", 1e-5, "hardly moves"),
        ("xor", "adam", 12.0, "higher than before"),
        ("xor", "sgd", 20.0, "higher than before"),
        ("logistic-titanic", "sgd", 50.0, "higher than before"),
    ],
)
def test_a_learning_rate_too_low_or_high(name: str, kind: str, rate: float, said: str) -> None:
    session = open_session(name, training__optimizer={"name": kind, "learning_rate": rate})
    session.go_to(100)
    assert said in troubles(session)["learning rate"].sentence


def test_the_first_bad_number_is_found_and_can_be_visited() -> None:
    session = open_session(
        "xor",
        network__layers=[{"units": 8, "activation": "linear"}] * 3 + [{"units": 1, "activation": "linear"}],
        training__loss="mean_squared_error",
        training__optimizer={"name": "sgd", "learning_rate": 0.6},
    )
    assert nonfinite(session.branch, session.sim.losses) is None
    session.go_to(12)
    before = standing(session)
    found = nonfinite(session.branch, session.sim.losses)
    assert found is not None
    assert standing(session) == before
    finding = broken(found)
    assert finding.place is not None
    session.go_to(finding.place.iteration)
    position = session.program.position(finding.place.tensor)
    assert position is not None
    assert not abs(session.frame[finding.place.tensor][finding.place.index]) < float("inf")
    assert "made of" in finding.evidence


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("saturation", "saturated units"),
        ("vanishing", "gradients"),
        ("dying-relu", "dead units"),
        ("overfit", "over-fitting"),
        ("overfit-l2", ""),
        ("overfit-dropout", ""),
        ("exploding", "gradients"),
        ("iris", ""),
        ("digits", ""),
        ("sine", ""),
        ("moons", ""),
        ("xor-linear", "baseline"),
        ("vanishing", "baseline"),
        ("plane", ""),
        ("vanishing-relu", ""),
        ("symmetry", "twins"),
    ],
)
def test_scenarios_about_a_trouble_have_it_and_their_remedies_do_not(name: str, check: str) -> None:
    session = open_session(name)
    session.go_to(30 if name == "exploding" else session.sim.iterations - 1)
    found = troubles(session)
    assert check in found if check else not found
