import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import nnsim
from nnsim.cli import main

NNSIM = [sys.executable, "-m", "nnsim"]


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*NNSIM, *arguments], capture_output=True, text=True, timeout=60, check=False, **options)  # type: ignore[call-overload, no-any-return]


def test_version_and_help_load_neither_numpy_nor_textual() -> None:
    code = """
import sys
from nnsim.cli import main
try:
    main([{!r}])
except SystemExit as end:
    assert end.code == 0
assert not {{'numpy', 'textual', 'plotext', 'msgspec', 'rich', 'polars'}} & set(sys.modules), sys.modules.keys()
"""
    for option in ("--version", "--help"):
        done = subprocess.run([sys.executable, "-c", code.format(option)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "nnsim" in done.stdout


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"nnsim {nnsim.__version__}\n"


def test_help_names_every_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for word in ("list", "run", "trace", "check", "--seed", "--set", "--target", "--version"):
        assert word in text
    for command in ("list", "run", "trace", "check"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert f"nnsim {command}" in capsys.readouterr().out


def test_list_has_a_line_for_each_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines][:4] == ["neuron", "xor", "logistic-titanic", "titanic"]


def test_list_needs_no_numpy() -> None:
    code = "import sys; from nnsim.cli import main; main(['list']); assert 'numpy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_run_prints_the_final_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "titanic", "--iterations", "66"]) == 0
    out = capsys.readouterr().out
    assert "66 iterations" in out
    sim = nnsim.Simulation(nnsim.load("titanic"))
    sim.step(66)
    for which in ("training", "validation"):
        metrics = sim.metrics(which)
        assert f"{which:<10}  loss {metrics['loss']:.6g}  accuracy {metrics['accuracy']:.6g}" in out


def test_run_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "xor", "--iterations", "10", "--json", "--seed", "3"]) == 0
    told = json.loads(capsys.readouterr().out)
    sim = nnsim.Simulation(nnsim.load("xor", {"seed": 3}))
    sim.step(10)
    assert told["iterations"] == 10
    assert told["training"] == sim.metrics()
    assert told["validation"] is None


def test_run_trains_for_the_epochs_of_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "titanic", "--json", "--set", "training.epochs=2"]) == 0
    assert json.loads(capsys.readouterr().out)["iterations"] == 66


def test_run_stops_at_a_loss(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "xor", "--until-loss", "0.1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["stopped_by"] == "loss"
    sim = nnsim.Simulation(nnsim.load("xor"))
    sim.train(loss=0.1)
    assert told["iterations"] == sim.iteration


def test_run_for_some_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "titanic", "--epochs", "3", "--json", "--memory", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["iterations"], told["stopped_by"], told["best_epoch"]) == (99, "epochs", None)


def test_run_names_the_best_epoch_where_there_is_patience(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "titanic", "--set", "training.patience=2", "--set", "training.epochs=400"]) == 0
    out = capsys.readouterr().out
    assert "validation loss no longer falling" in out
    stop = nnsim.Simulation(nnsim.load("titanic", {"training.patience": 2, "training.epochs": 400})).train()
    assert f"lowest validation loss after epoch {stop.best_epoch}" in out


@pytest.mark.parametrize("command", ["run", "check"])
def test_the_metrics_stand_beside_those_of_the_same_answer_for_all(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["--set", "training.epochs=1"]
    for name in ("titanic", "iris"):
        assert main([command, name, *few]) == 0
        shares = nnsim.load(name).data.y.mean(axis=0)
        shares = shares if len(shares) > 1 else np.array([shares[0], 1 - shares[0]])
        entropy = -float(np.sum(shares * np.log(shares)))
        assert re.search(f"baseline +loss {entropy:.6g}  accuracy {shares.max():.6g}  ", capsys.readouterr().out)
    assert main([command, "sine", *few]) == 0
    variance = float(nnsim.load("sine").data.y.var())
    assert re.search(f"baseline +loss {variance:.6g}  the same .*: the mean", capsys.readouterr().out)
    constant = "data={rows = {inputs = [[0, 0], [1, 0]], targets = [[1], [1]]}}"
    assert main([command, "xor", *few, "--set", constant]) == 0
    assert "baseline" not in capsys.readouterr().out


def test_trace_as_json_is_the_frame(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "titanic", "--iteration", "40", "--format", "json"]) == 0
    trace = json.loads(capsys.readouterr().out)
    sim = nnsim.Simulation(nnsim.load("titanic"))
    sim.seek(40)
    assert (trace["scenario"], trace["iteration"], trace["epoch"]) == ("titanic", 40, 1)
    assert trace["loss"] == sim.losses[-1]
    assert [op["name"] for op in trace["ops"]] == [op.name for op in sim.program]
    for op in trace["ops"]:
        assert list(op) == ["name", "phase", "layer", "formula", "shape", "values"]
        assert op["shape"] == list(sim.frame[op["name"]].shape)
        np.testing.assert_array_equal(np.array(op["values"]), sim.frame[op["name"]])


def test_trace_as_text_shows_every_op_and_its_arithmetic(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "xor", "--iteration", "3"]) == 0
    text = capsys.readouterr().out
    sim = nnsim.Simulation(nnsim.load("xor"))
    sim.seek(3)
    places = [text.index(op.formula) for op in sim.program]
    assert places == sorted(places)
    for line in sim.explain("dW2", (0, 0)).lines(6):
        assert line in text
    assert text.startswith("XOR · iteration 3 · epoch 3 of 500")
    main(["trace", "xor", "--iteration", "600"])
    assert capsys.readouterr().out.startswith("XOR · iteration 600 · epoch 600, past the planned 500 · ")


def test_seed_and_set_change_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "xor", "--set", "training.optimizer.name=sgd", "--set", "network.layers.0.units=7"])
    out = capsys.readouterr().out
    assert "sgd" in out
    assert "2 → 7 tanh → 1 sigmoid: 29 parameters" in out


def test_a_csv_and_its_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "fruit.csv"
    table.write_text("weight,kind\n" + "".join(f"{i},{'apple' if i % 3 else 'pear'}\n" for i in range(30)))
    assert main(["check", str(table), "--target", "kind"]) == 0
    assert "weight" in capsys.readouterr().out
    assert main(["check", str(table)]) == 2
    said = capsys.readouterr().err
    assert "--target" in said
    assert "kind" in said  # which columns there are


BAD = {
    "unknown scenario": (["frobnicate"], "frobnicate"),
    "near miss": (["run", "titanik"], 'did you mean "titanic"'),
    "missing argument": (["run"], "scenario"),
    "unknown option": (["list", "--foo"], "--foo"),
    "option of another command": (["trace", "xor", "--iterations", "3"], "--iterations"),
    "text for a number": (["run", "xor", "--iterations", "many"], "'many'"),
    "text for a loss": (["run", "xor", "--until-loss", "low"], "'low'"),
    "wrong command": (["trance", "xor"], 'did you mean "trace"'),
    "no such command": (["frobnicate", "xor"], "commands are list"),
    "wrong command alone": (["lst"], 'did you mean "list"'),
    "command in capitals": (["LIST"], 'did you mean "list"'),
    "nearer to a scenario than to a command": (["train"], 'did you mean "saturation"'),
    "a file with the name of a command": (["trace.toml"], "trace.toml: there is no such file"),
    "option without its dashes": (["help"], 'did you mean "--help"'),
    "wrong option": (["xor", "--sed", "3"], 'did you mean "--seed"'),
    "wrong option with its value": (["trace", "xor", "--iteratoin=3"], 'did you mean "--iteration"'),
    "a word too many": (["run", "xor", "titanic"], 'found "titanic"'),
    "whose help it is": (["trace", "xor", "--iteration", "x"], "nnsim trace --help shows"),
    "built-in as a file": (["xor.toml"], "the built-in scenario is called xor"),
    "no scenario at all": (["foo"], "or the path of a .toml file"),
    "negative": (["trace", "xor", "--iteration=-1"], "'-1'"),
    "bad seed": (["trace", "xor", "--seed", "1.5"], "'1.5'"),
    "set without value": (["trace", "xor", "--set", "seed"], "KEY=VALUE"),
    "set of an unknown key": (["trace", "xor", "--set", "training.epoch=3"], "epochs"),
    "set of a wrong value": (["trace", "xor", "--set", "training.epochs=none"], "training.epochs"),
    "missing file": (["check", "nowhere.toml"], "nowhere.toml"),
    "missing table, no target": (["check", "nowhere.csv"], "there is no such file"),
    "missing table": (["check", "nowhere.csv", "--target", "y"], "nowhere.csv"),
    "target without table": (["run", "xor", "--target", "y"], "--target"),
    "seed without scenario": (["--seed", "3"], "need a scenario"),
    "no terminal": (["xor"], "needs a terminal"),
    "empty name": (["run", ""], "the name of the scenario is empty"),
    "until nan": (["run", "xor", "--until-loss", "nan"], "'nan' is not a finite number"),
    "endless number": (["trace", "xor", "--iteration", "9" * 16], "of 15 digits at the most"),
    "no edit": (["trace", "xor", "--edit", "loss<3"], "expected WHAT=VALUE@N"),
    "edit without moment": (["trace", "xor", "--edit", "b1[0]=3"], "b1[0]=3@250"),
    "edit of nothing": (["trace", "xor", "--edit", "W9[0]=3@1"], '--edit: there is no "W9[0]"'),
    "command second": (["xor", "run"], "the command comes first: nnsim run xor"),
    "two scenarios": (["xor", "titanic"], "found 'titanic' after 'xor', which is no command"),
    "bad format": (["trace", "xor", "--format", "xml"], "xml"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("nnsim: ")
    assert err.count("\n") == 1
    assert said in err


def test_ctrl_c_during_the_imports_ends_quietly() -> None:
    code = """
import sys

class Impatient:
    def find_spec(self, name, path, target=None):
        if name == "nnsim.cli":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Impatient())
from nnsim.__main__ import main
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_no_traceback_from_a_real_process() -> None:
    done = run("run", "nonsense.toml")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_ends_quietly() -> None:
    process = subprocess.Popen([*NNSIM, "trace", "titanic"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_obstacle(closed: str) -> None:
    for arguments, status in (("run xor --iterations 3", 0), ("explain loss", 0), ("xor", 2), ("run nothing", 2)):
        line = f"{shlex.join(NNSIM)} {arguments} {closed}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (status, False), line


def test_a_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run([*NNSIM, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot write the output" in done.stderr


def test_json_has_null_where_there_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "mazur", "--iterations", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out, parse_constant=str)["training"]["r2"] is None
    explode = "training.optimizer.learning_rate=1e300"
    assert main(["trace", "mazur", "--iteration", "9", "--format", "json", "--set", explode]) == 0
    assert "NaN" not in capsys.readouterr().out


def test_ctrl_c_gives_the_metrics_so_far() -> None:
    for patience in (2, 8, 32):  # seconds until it has surely begun to train
        status, out, err = interrupted("run", "xor", "--iterations", "1000000000", "--json", after=patience)
        assert status == 130
        assert "Traceback" not in err
        if out:
            break
    told = json.loads(out)
    assert told["interrupted"]
    sim = nnsim.Simulation(nnsim.load("xor"))
    sim.seek(told["iterations"])
    assert told["training"] == sim.metrics()


def interrupted(*arguments: str, after: float) -> tuple[int, str, str]:
    """The exit status, and what was written, of a command that gets Ctrl-C after so many seconds."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*NNSIM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_python_m_nnsim_works_from_any_folder(tmp_path: Path) -> None:
    done = run("trace", "xor", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("XOR")
