import numpy as np
import pytest

from nnsim.debugger.landscape import Landscape, Survey, plane
from nnsim.debugger.past import Past, parameters_of
from nnsim.debugger.session import Session
from nnsim.engine.metrics import Evaluator
from tests.debugger.test_past import open_session, standing


def survey(session: Session) -> Landscape:
    work = Survey(Past(session), session.frame, session.sim.recorded)
    while not work.advance(0.01):
        pass
    return work.result()


@pytest.mark.parametrize(("name", "iteration"), [("xor", 60), ("titanic", 100), ("xor", 0), ("mazur", 12)])
def test_the_centre_is_the_loss_and_nothing_moves(name: str, iteration: int) -> None:
    session = open_session(name)
    session.go_to(iteration + 20)
    session.go_to(iteration)
    before = standing(session)
    land = survey(session)
    assert standing(session) == before
    loss = session.sim.metrics()["loss"]
    assert land.here == pytest.approx(loss, rel=1e-9)
    row, column = np.abs(land.up).argmin(), np.abs(land.across).argmin()
    assert (land.up[row], land.across[column]) == (0, 0)
    assert land.losses[row, column] == pytest.approx(loss, rel=1e-9)
    assert np.interp(0, land.along, land.line) == pytest.approx(loss, rel=0.05)


def test_a_point_of_the_map_against_a_loss_worked_out_directly() -> None:
    session = open_session("xor")
    session.go_to(50)
    work = Survey(Past(session), session.frame, 50)
    while not work.advance(1):
        pass
    land = work.result()
    theta = parameters_of(session.frame) + land.across[4] * work._axes[0] + land.up[9] * work._axes[1]
    data = session.sim.experiment.data
    expected = Evaluator(session.sim.experiment).evaluate(theta, data.x, data.y)[0]
    assert land.losses[9, 4] == pytest.approx(expected, rel=1e-12)


def test_the_path_ends_where_training_stands_and_the_map_holds_it() -> None:
    session = open_session("titanic")
    session.go_to(300)
    land = survey(session)
    np.testing.assert_allclose(land.path[-1], 0, atol=1e-9)
    assert land.across[0] <= land.path[:, 0].min()
    assert land.across[-1] >= land.path[:, 0].max()
    assert 0.8 < land.share <= 1
    assert land.visited[-1] == 300
    session.go_to(13)
    land = survey(session)
    np.testing.assert_allclose(land.path[land.visited.index(13)], 0, atol=1e-9)


def test_downhill_goes_down_at_first() -> None:
    session = open_session("xor")
    session.go_to(20)
    land = survey(session)
    assert np.interp(0.02, land.along, land.line) < np.interp(-0.02, land.along, land.line)


@pytest.mark.parametrize("rank", [0, 1, 2, 5])
def test_the_plane_is_orthonormal(rank: int) -> None:
    rng = np.random.default_rng(3)
    moved = rng.normal(size=(8, rank)) @ rng.normal(size=(rank, 20)) if rank else np.zeros((8, 20))
    axes, share = plane(moved, rng.normal(size=20))
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-9)
    assert 0 <= share <= 1
    if rank in (1, 2):
        assert share == pytest.approx(1)


def test_one_parameter_is_enough() -> None:
    axes, share = plane(np.zeros((3, 1)), np.zeros(1))
    assert axes.shape == (2, 1)
    assert share == 1
