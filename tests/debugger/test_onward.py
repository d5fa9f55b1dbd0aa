"""Races from here: each run is the branch that the same edit begins."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

import nnsim
from nnsim.debugger.keeping import name_of
from nnsim.debugger.onward import RaceOnward, choices_onward
from nnsim.debugger.race_values import TypedValues
from nnsim.debugger.races import Choice, choices, survey
from nnsim.debugger.session import Session
from nnsim.scenario import ScenarioError


def standing(name: str, iteration: int, *edits: str, **overrides: object) -> Session:
    session = Session(nnsim.Simulation(nnsim.load(name, overrides)))
    session.go_to(iteration)
    for edit in edits:
        session.edit(edit)
    return session


def race_from(session: Session, vary: Mapping[str, Sequence[object]]) -> RaceOnward:
    race = RaceOnward(session.sim, nnsim.load("xor"), vary)
    while not race.advance(5):
        pass
    return race


@pytest.mark.parametrize("name", ["xor", "titanic"])
def test_each_run_is_the_branch_that_the_edit_begins(name: str) -> None:
    session = standing(name, 40, "b1[1] = 0.25", **{"training.epochs": 90 if name == "xor" else 3})
    here = session.frame.copy_of_buffer().tobytes()
    for choice in choices_onward(session.sim):
        race = race_from(session, choice.vary)
        assert session.frame.copy_of_buffer().tobytes() == here
        ((key, values),) = choice.vary.items()
        for run, value in zip(race.runs, values, strict=True):
            assert (run.sim.start, run.sim.iteration) == (40, session.sim.iterations)
            branch = session.edit(f"{key} = {value}")
            session.go_to(run.sim.iteration)
            assert np.array_equal(run.losses, session.branch.losses)
            assert run.sim.parameters.tobytes() == session.sim.parameters.tobytes()
            session.go_to(40)
            session.delete(branch)


def test_curves_and_the_map_begin_where_the_race_does() -> None:
    session = standing("xor", 30)
    race = race_from(session, {"learning_rate": [0.05, 0.5]})
    assert race.runs[0].curve(10)[0][0] == 30
    found = survey(race)
    assert found
    assert found.shared
    assert all(np.allclose(path[0], 0) for path in found.paths)
    batches = race_from(standing("xor", 31, **{"training.batch_size": 2}), {"learning_rate": [0.05, 0.5]})
    at, losses = batches.runs[0].curve(400)
    assert at[0] == 33  # the last iteration of the first whole epoch
    assert losses[0] == np.mean(batches.runs[0].losses[32:34])


def test_what_cannot_be_is_said() -> None:
    session = standing("xor", 499)
    for vary, told in (
        ({"learning_rate": [0.1, 0.2]}, "training ends at iteration 499: nothing is left to race for here"),
        ({"learning_rate": [0.1]}, "found 1 run to compare"),
        ({"learning_rate": [0.1, -1]}, "learning_rate = -1: "),
        ({"optimizer": ["sgd", "adm"]}, 'did you mean "adam"?'),
    ):
        with pytest.raises(ScenarioError, match=told.replace("?", r"\?")):
            race_from(session if "ends" in told else standing("xor", 3), vary)


def test_typed_values_are_kept_by_scenario(tmp_path: Path) -> None:
    path, scenario = tmp_path / "races.json", nnsim.load("xor")
    kept = TypedValues("xor", path)
    kept.keep("learning rate", "1, 2, .5")
    kept.keep("optimizer", "sgd, adam")
    kept.keep("learning rate", "3, 4")
    found = {each.title: each.vary for each in TypedValues("xor", path).put_into(choices(scenario))}
    assert found["learning rate"] == {"training.optimizer.learning_rate": [3, 4]}
    assert found["optimizer"] == {"training.optimizer.name": ["sgd", "adam"]}
    assert found["seed"] == {"seed": [7, 8, 9, 10, 11]}
    onward = TypedValues("xor", path).put_into(choices_onward(nnsim.Simulation(scenario)))
    assert onward[1] == Choice("learning rate", {"learning_rate": [3, 4]})
    assert TypedValues("titanic", path).put_into(choices(scenario)) == choices(scenario)


@pytest.mark.parametrize(
    "item", ['{"title": "seed", "text": ""}', '{"title": "seed"}', '{"title": 1, "text": "1"}', "3"]
)
def test_a_broken_file_is_set_aside(tmp_path: Path, item: str) -> None:
    path = tmp_path / "races.json"
    path.write_text(f'{{"format": 1, "scenarios": {{"xor": [{item}]}}}}', encoding="utf-8")
    kept = TypedValues("xor", path)
    assert "the values of races starts anew" in kept.told()
    kept.keep("seed", "1, 2")
    assert TypedValues("xor", path).told() == ""


def test_what_belongs_to_a_scenario_goes_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a,b\n" + "\n".join(f"{i},{i % 2}" for i in range(30)), encoding="utf-8")
    assert name_of(nnsim.load("xor", {"seed": 3})) == "xor"
    assert name_of(nnsim.scenario.from_csv(tmp_path / "my.csv", "b")) == str(tmp_path / "my.csv")
    assert name_of(object()) == ""
