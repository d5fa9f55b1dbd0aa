"""nnsim compare, and edits on the command line."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnsim
from nnsim.cli import main
from nnsim.cli.moments import edit
from nnsim.cli.options import UsageError
from nnsim.debugger.races import Race, survey
from nnsim.debugger.session import Session
from nnsim.scenario import ScenarioError

OPTIMIZERS = "training.optimizer.name=sgd,momentum,adam"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["compare", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("nnsim: ")
    return captured.err.removeprefix("nnsim: ").rstrip("\n")


def trained(overrides: dict[str, object], iterations: int, start: nnsim.Simulation) -> nnsim.Simulation:
    """One run by itself, from the given start weights."""
    weights = {name: start.frame[name].tolist() for name in ("W1", "b1", "W2", "b2")}
    sim = nnsim.Simulation(nnsim.load("xor", {**overrides, "network.weights": weights}))
    sim.step(iterations)
    return sim


def test_each_run_is_what_it_is_alone(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(run(capsys, "xor", "--vary", OPTIMIZERS, "--iterations", "60", "--json"))
    assert told["scenario"] == "xor"
    assert told["vary"] == {"training.optimizer.name": ["sgd", "momentum", "adam"]}
    assert "the learning rate is 0.05 for all, as in the scenario" in told["notes"]
    assert not told["interrupted"]
    start = nnsim.Simulation(nnsim.load("xor"))
    for each in told["runs"]:
        optimizer = {"name": each["values"]["training.optimizer.name"], "learning_rate": 0.05}
        alone = trained({"training.optimizer": optimizer}, 60, start)
        assert each["iterations"] == 60
        assert each["training"] == alone.metrics()
        assert each["validation"] is None
        assert each["losses"] == [[t, float(alone.losses[t])] for t, _ in each["losses"]]


def test_the_table_marks_the_best(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "xor", "--vary", OPTIMIZERS).splitlines()
    assert lines[0] == "XOR: 3 runs, done"
    assert "  all start from the same weights" in lines
    rows = [line.split() for line in lines if line[:1] in "abc" and line[1:2] == " "]
    assert [row[:3] for row in rows] == [
        [letter, name, "500"] for letter, name in zip("abc", ["sgd", "momentum", "adam"], strict=True)
    ]
    losses = [float(row[3]) for row in rows]
    assert [row[-1] == "loss" for row in rows] == [loss == min(losses) for loss in losses]


def test_all_combinations_of_two_keys(capsys: pytest.CaptureFixture[str]) -> None:
    vary = ["--vary", "training.optimizer.learning_rate=0.1,1", "--vary", "seed=1,2,3"]
    told = json.loads(run(capsys, "xor", *vary, "--iterations", "5", "--json"))
    assert [tuple(each["values"].values()) for each in told["runs"]] == [(a, s) for a in (0.1, 1) for s in (1, 2, 3)]
    assert told["notes"] == ["each seed has start weights of its own"]
    first = {each["values"]["seed"]: each["losses"][0][1] for each in told["runs"]}
    for seed, loss in first.items():
        assert loss == nnsim.Simulation(nnsim.load("xor", {"seed": seed})).losses[0]


def test_options_that_the_other_optimizer_does_not_have_are_left_out_and_told() -> None:
    scenario = nnsim.load("xor", {"training.optimizer": {"name": "adam", "beta1": 0.8, "weight_decay": 0.01}})
    race = Race(scenario, {"training.optimizer.name": ["adam", "sgd", "adagrad"]}, 3)
    assert "sgd has no beta1: left out there" in race.notes
    assert "the learning rate is 0.001 for all, as in the scenario" in race.notes  # Adam's default
    options = [run.sim.program.options for run in race.runs]
    assert [each["learning_rate"] for each in options] == [0.001] * 3
    assert [each.get("beta1") for each in options] == [0.8, None, None]
    assert [each["weight_decay"] for each in options] == [0.01] * 3


def test_an_optimizer_by_its_name_alone_is_the_same_race() -> None:
    scenario = nnsim.load("xor")
    short, long = (
        Race(scenario, {key: ["adam", "sgd"]}, 5) for key in ("training.optimizer", "training.optimizer.name")
    )
    assert short.notes == long.notes
    for one, other in zip(short.runs, long.runs, strict=True):
        assert one.sim.experiment.training == other.sim.experiment.training


def test_losses_of_different_kinds_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    text = run(capsys, "xor", "--vary", "training.loss=mean_squared_error,binary_cross_entropy", "--iterations", "5")
    assert "measure different things" in text
    assert "lowest training loss" not in text


def test_another_activation_starts_from_the_same_weights_too() -> None:
    race = Race(nnsim.load("xor"), {"network.layers[0].activation": ["tanh", "relu", "sigmoid"]}, 3)
    first, *others = [run.sim.frame for run in race.runs]
    for other in others:
        for name in ("W1", "b1", "W2", "b2"):
            np.testing.assert_array_equal(first[name], other[name])
    assert race.notes == ["all start from the same weights"]


def test_other_shapes_start_from_weights_of_their_own() -> None:
    race = Race(nnsim.load("xor"), {"network.layers.0.units": [4, 8]}, 3)
    assert race.notes == ["other shapes, so start weights of their own: 8"]
    assert survey(race) is None


def test_initializers_start_as_they_say() -> None:
    race = Race(nnsim.load("xor"), {"network.layers.0.init.name": ["zeros", "he_normal"]}, 3)
    assert not race.runs[0].sim.frame["W1"].any()
    assert race.runs[1].sim.frame["W1"].all()
    assert race.notes == ["each network.layers.0.init.name has start weights of its own"]


def test_runs_take_turns_and_can_be_left() -> None:
    race = Race(
        nnsim.load("xor"), {"training.optimizer.learning_rate": [0.01, 0.1, 1.0], "training.epochs": [50, 20_000]}
    )
    race.advance(0.3)
    shares = [run.share for run in race.runs]
    assert max(shares) - min(each for each in shares if each < 1) <= 1
    while not race.advance(5):
        pass
    assert race.share == 1
    assert [run.sim.iteration for run in race.runs] == [50, 20_000] * 3


def test_the_map_shows_where_the_runs_went() -> None:
    race = Race(nnsim.load("xor"), {"training.optimizer.name": ["sgd", "adam"]}, 200)
    while not race.advance(5):
        pass
    found = survey(race)
    assert found
    assert found.losses.shape == (len(found.up), len(found.across))
    for run, path in zip(race.runs, found.paths, strict=True):
        np.testing.assert_allclose(path[0], 0, atol=1e-12)
        assert found.across[0] < path[:, 0].min()
        assert path[:, 0].max() < found.across[-1]
        assert run.sim.iteration == 200
    moved = race.runs[1].sim.parameters - Race(nnsim.load("xor"), {"seed": [7, 8]}, 1).runs[0].sim.parameters
    np.testing.assert_allclose(np.linalg.norm(found.paths[1][-1]), np.linalg.norm(moved), rtol=0.2)
    here = nnsim.Simulation(nnsim.load("xor")).metrics()["loss"]
    nearest = found.losses[np.abs(found.up).argmin(), np.abs(found.across).argmin()]
    assert abs(nearest - here) < 0.3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["xor"], "the following arguments are required: --vary"),
        (["xor", "--vary", "seed"], "--vary seed: expected KEY=A,B"),
        (["xor", "--vary", "seed="], "--vary seed=: expected KEY=A,B"),
        (
            ["xor", "--vary", "training.optimizer.learning_rate=0.1,-1"],
            "training.optimizer.learning_rate = -1: found -1; allowed: a number above 0",
        ),
        (["xor", "--vary", "seed=1"], "found 1 run to compare; allowed: 2 to 24"),
        (["xor", "--vary", "seed=1,1"], "a value stands there twice"),
        (["xor", "--vary", "seed=1,2", "--vary", "seed=3,4"], "each key can be varied once"),
        (["xor", "--vary", "seed=" + ",".join(map(str, range(30)))], "found 30 runs"),
        (["xor", "--vary", "seed=1,oops"], 'seed = oops: found "oops"; allowed: a whole number from 0'),
        (["xor", "--vary", "training.optimizer.name=sgd,adm"], 'did you mean "adam"?'),
        (["xor", "--vary", "training.optimzer.name=sgd,adam"], "unknown key"),
        (["xor", "--vary", "network.layers.7.units=1,2"], "found index 7 of a list of 2"),
        (["xor", "--vary", "training.loss=huber,binary_cross_entropy,nonsense"], "nonsense"),
        (["nowhere", "--vary", "seed=1,2"], "nowhere"),
        (["xor", "--vary", "seed=1,2", "--iterations", "-3"], "not a whole number"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    text = refused(capsys, "compare", *arguments)
    assert told in text
    assert len(text.splitlines()) == 1


def test_a_mistake_names_the_run() -> None:
    with pytest.raises(ScenarioError) as error:
        Race(nnsim.load("xor"), {"training.optimizer.name": ["sgd", "adam"], "training.optimizer.beta1": [0.5]})
    assert str(error.value).startswith("training.optimizer.name = sgd, training.optimizer.beta1 = 0.5: ")


def test_a_table_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    rows = "\n".join(f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in rng.normal(size=(80, 2)))
    path = tmp_path / "own.csv"
    path.write_text(f"a,b,won\n{rows}\n")
    told = json.loads(
        run(capsys, str(path), "--target", "won", "--vary", "training.batch_size=8,16", "--iterations", "5", "--json")
    )
    assert [each["iterations"] for each in told["runs"]] == [5, 5]
    assert told["runs"][0]["validation"]["loss"] > 0


def test_on_a_terminal_the_losses_are_drawn() -> None:
    """In a terminal of its own: a plot with a letter for each run."""
    above, below = pty.openpty()
    command = [sys.executable, "-m", "nnsim", "compare", "xor", "--vary", OPTIMIZERS]
    with subprocess.Popen(command, stdout=below, stderr=subprocess.DEVNULL) as process:
        os.close(below)
        text = b""
        while chunk := _read(above):
            text += chunk
    assert process.returncode == 0
    plot = text.decode().split("lowest training loss")[1]
    assert "iteration" in plot
    for letter, name in zip("abc", ["sgd", "momentum", "adam"], strict=True):
        assert f"{letter} {name}" in plot
        assert plot.count(letter) > 10


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # closed at the other end
        return b""


# edits on the command line


def opened(words: list[str]) -> Session:
    session = Session(nnsim.Simulation(nnsim.load("xor")))
    edit(session, words)
    return session


def test_edits_are_made_in_the_order_of_their_iterations() -> None:
    session = opened(["optimizer=sgd@30", "W1[0,2]=0.5@20", "b1[0]=1@20"])
    assert session.branch.words == ("W1[0,2]=0.5@20", "b1[0]=1.0@20", "optimizer=sgd@30")
    assert session.iteration == 30
    session.go_to(20)
    assert session.frame["W1"][0, 2] == 0.5
    assert session.frame["b1"][0] == 1


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("W1[0,2]=0.5", "says not at which iteration; allowed: W1[0,2]=0.5@250"),
        ("W1[9,9]=1@0", 'no "9"'),
        ("", 'found ""; expected WHAT=VALUE@N, for example W1[0,2]=0.5@250'),
        ("=1@3", "allowed: a number"),
    ],
)
def test_a_wrong_edit_is_a_mistake_of_the_command(word: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        opened([word])
    assert told in str(error.value)
    assert str(error.value).startswith("--edit: ")


def test_edits_need_a_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert "need a scenario" in refused(capsys, "--edit", "W1[0,0]=1@3")
    assert "--edit and --at are for scenarios" in refused(capsys, "xor", "--guide", "--edit", "W1[0,0]=1@3")
