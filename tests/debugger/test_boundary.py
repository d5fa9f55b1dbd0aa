import numpy as np
import pytest

from nnsim.debugger.boundary import Forward, chosen_inputs, principal_components, surface
from nnsim.debugger.past import parameters_of
from nnsim.debugger.session import Session
from nnsim.engine.simulation import Simulation
from tests.debugger.test_past import open_session, standing
from tests.experiments import make_experiment


@pytest.mark.parametrize("name", ["xor", "titanic", "mazur"])
def test_the_surface_is_what_the_network_answers(name: str) -> None:
    session = open_session(name)
    session.go_to(60)
    before = standing(session)
    experiment = session.sim.experiment
    found = surface(experiment, Forward(experiment), parameters_of(session.frame), 60)
    assert found.up is not None
    assert standing(session) == before
    for row, column in ((0, 0), (5, 17), (len(found.up) - 1, len(found.across) - 1)):
        x = np.median(experiment.data.x, axis=0)
        x[list(found.inputs)] = found.across[column], found.up[row]
        assert found.values[row, column] == pytest.approx(session.sim.outputs(x[None])[0, 0], rel=1e-12)


def test_a_hidden_unit_answers_as_in_the_frame() -> None:
    session = open_session("xor")
    session.go_to(30)
    experiment, frame = session.sim.experiment, session.frame
    answers = Forward(experiment).activation(parameters_of(frame), frame["x"], 1, 2)
    np.testing.assert_allclose(answers, frame["a1"][:, 2], rtol=1e-12)


def test_one_input_gives_a_curve() -> None:
    sim = Simulation(make_experiment(layers="3 tanh, 1 linear", loss="mean_squared_error", inputs=1, rows=30))
    session = Session(sim)
    found = surface(sim.experiment, Forward(sim.experiment), parameters_of(session.frame), 0)
    assert found.up is None
    np.testing.assert_allclose(found.values[0], sim.outputs(found.across[:, None])[:, 0], rtol=1e-12)


def test_the_chosen_feature_is_an_axis_and_the_rest_are_told() -> None:
    experiment = open_session("titanic").sim.experiment
    names = experiment.data.input_names
    telling = [names[i] for i in chosen_inputs(experiment)]
    assert telling == ["Fare", "Age"]
    place = names.index("Sex_male")
    assert chosen_inputs(experiment, (place,))[0] == place
    found = surface(experiment, Forward(experiment), np.zeros(81), 0)
    assert found.rest == len(names) - 2


def test_dropout_is_off() -> None:
    session = open_session("xor", network__layers__0__dropout=0.5)
    found = surface(session.sim.experiment, Forward(session.sim.experiment), parameters_of(session.frame), 0)
    assert found.up is not None
    x = np.array([[found.across[3], found.up[4]]])
    assert found.values[4, 3] == pytest.approx(session.sim.outputs(x)[0, 0])


@pytest.mark.parametrize("name", ["titanic", "iris", "digits"])
def test_principal_components_are_those_of_the_svd_of_the_centred_rows(name: str) -> None:
    x = open_session(name).sim.experiment.data.x
    found = principal_components(x)
    _, lengths, vectors = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(np.sum(found.axes * vectors[:2], axis=1)), 1, rtol=1e-9)
    np.testing.assert_allclose(found.shares, lengths[:2] ** 2 / (lengths**2).sum(), rtol=1e-9)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-12)
    assert (found.axes.max(axis=1) == np.abs(found.axes).max(axis=1)).all(), "the sign is fixed"


def test_what_lies_in_the_plane_of_the_components_is_found_there() -> None:
    rng = np.random.default_rng(1)
    places = rng.normal(size=(50, 2)) * [5, 2]
    x = rng.normal(size=6) + places @ np.linalg.qr(rng.normal(size=(6, 2)))[0].T
    found = principal_components(x)
    assert sum(found.shares) == pytest.approx(1)
    np.testing.assert_allclose(found.points(*found.projected(x).T), x, rtol=1e-9)
    variances = found.projected(x).var(axis=0)
    np.testing.assert_allclose(found.shares, variances / x.var(axis=0).sum(), rtol=1e-9)


@pytest.mark.parametrize("x", [np.ones((5, 3)), np.outer(np.arange(4.0), [1, 2, 2]), np.zeros((1, 2))])
def test_rows_that_differ_in_fewer_directions_have_a_plane_as_well(x: np.ndarray) -> None:
    found = principal_components(x)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(found.points(*found.projected(x).T), x, atol=1e-9)
    assert sum(found.shares) == pytest.approx(1 if len(x) == 4 else 0)


def test_the_surface_over_components_is_what_the_network_answers_there() -> None:
    session = open_session("titanic")
    session.go_to(60)
    experiment = session.sim.experiment
    plane = principal_components(experiment.data.x)
    forward, parameters = Forward(experiment), parameters_of(session.frame)
    found = surface(experiment, forward, parameters, 60, components=plane)
    assert found.up is not None
    assert (found.inputs, found.rest) == ((), 0)
    for row, column in ((0, 0), (5, 17), (len(found.up) - 1, len(found.across) - 1)):
        x = plane.mean + found.across[column] * plane.axes[0] + found.up[row] * plane.axes[1]
        assert found.values[row, column] == pytest.approx(session.sim.outputs(x[None])[0, 0], rel=1e-12)
    places = (experiment.data.x[7] - plane.mean) @ plane.axes.T
    assert (found.training.across[7], found.training.up[7]) == pytest.approx(tuple(places))
    assert len(found.validation.y) == len(experiment.data.x_validation)
