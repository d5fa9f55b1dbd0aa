import numpy as np
import pytest

from nnsim.debugger.boundary import Forward, chosen_inputs, surface
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
