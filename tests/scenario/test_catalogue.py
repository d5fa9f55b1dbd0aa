import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nnsim.scenario import Entry, catalogue, load, names
from nnsim.scenario.builtin import FOLDER, ORDER
from nnsim.scenario.summary import architecture

DATA = FOLDER / "data"


def test_the_first_lesson_comes_first() -> None:
    assert names()[:4] == ("neuron", "xor", "logistic-titanic", "titanic")


def test_every_scenario_has_its_place() -> None:
    assert names() == ORDER


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_a_line_of_the_list_is_short(entry: Entry) -> None:
    widest = max(map(len, names()))
    assert len(f"{entry.name:<{widest}}  {entry.title}: {entry.summary}") <= 100


@pytest.mark.parametrize("name", names())
def test_a_text_names_only_scenarios_that_there_are(name: str) -> None:
    text = load(name).description
    for other in re.findall(r"(?:[Cc]ompare with|than in|scenario) ([a-z][a-z0-9-]*)(?: and ([a-z0-9-]+))?", text):
        assert set(filter(None, other)) <= set(names())


@pytest.mark.parametrize("file", sorted(DATA.glob("*.csv")), ids=lambda file: str(file.name))
def test_data_are_what_their_provenance_says(file: Path) -> None:
    lines = (DATA / "PROVENANCE.md").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith(f"| {file.name} |"))
    _, rows, *_, digest = (cell.strip(" |") for cell in line.split(" | "))
    content = file.read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest
    assert content.count(b"\n") - 1 == int(rows)


def test_an_entry_says_what_a_list_shows() -> None:
    xor = next(entry for entry in catalogue() if entry.name == "xor")
    assert (xor.title, xor.architecture, xor.rows) == ("XOR", "2 → 4 tanh → 1 sigmoid", 4)
    titanic = next(entry for entry in catalogue() if entry.name == "titanic")
    assert (titanic.architecture, titanic.rows) == ("7 features → 8 relu → 1 sigmoid", 1309)
    vanishing = next(entry for entry in catalogue() if entry.name == "vanishing")
    assert vanishing.architecture == "2 → 8 layers of 8 sigmoid → 1 sigmoid"


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_an_entry_agrees_with_the_scenario_it_stands_for(entry: Entry) -> None:
    scenario = load(entry.name)
    inputs = str(scenario.network.inputs)
    if "csv" in scenario.document["data"]:
        inputs = f"{len(scenario.columns)} features"
    assert entry.architecture == " → ".join([inputs, *architecture(scenario).split(" → ")[1:]])
    written_out = [part.split(" layers of ") for part in entry.architecture.split(" → ")[1:]]
    layers = [words for *count, words in written_out for _ in range(int(*count) if count else 1)]
    assert layers == [f"{layer.units} {layer.activation}" for layer in scenario.network.layers]
    assert entry.rows == len(scenario.data.rows) + len(scenario.data.rows_validation)
    assert (entry.title, entry.summary) == (scenario.title, scenario.summary)
    assert all([entry.title, entry.summary, scenario.description])


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after some code."""
    script = f"import sys\n{code}\nprint(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    )


def test_the_list_needs_nothing_heavy() -> None:
    heavy = {"numpy", "msgspec", "textual", "polars", "rich", "plotext"}
    assert not heavy & modules_after("import nnsim.scenario as s; s.catalogue()")


def test_loading_needs_no_screen_and_no_data_frames() -> None:
    heavy = {"textual", "polars", "pandas", "rich", "plotext"}
    assert not heavy & modules_after("import nnsim.scenario as s; s.load('titanic')")
