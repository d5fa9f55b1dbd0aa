"""Every kind of mistake in a scenario file, as the line that its author reads."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnsim.scenario import ScenarioError, load

Write = Callable[[str, str], Path]
Complain = Callable[..., list[str]]

GOOD = """
title = "Test"
seed = 3

[data]
rows = { inputs = [[0, 0], [0, 1], [1, 0], [1, 1]], targets = [[0], [1], [1], [0]] }

[network]
layers = [ { units = 2, activation = "tanh" }, { units = 1, activation = "sigmoid" } ]

[training]
loss = "binary_cross_entropy"
optimizer = { name = "adam", learning_rate = 0.05 }
epochs = 10
"""

ACTIVATION = 'activation: found "tahn"; allowed: linear, sigmoid, tanh, relu'


def test_a_good_file_loads(write: Write) -> None:
    scenario = load(write("my.toml", GOOD))
    assert (scenario.name, scenario.title, scenario.seed) == ("my", "Test", 3)
    assert [layer.units for layer in scenario.network.layers] == [2, 1]
    assert scenario.network.inputs == 2
    assert scenario.network.layers[0].init.name == "xavier_normal"
    assert scenario.training.optimizer.options == {"learning_rate": 0.05}
    assert scenario.training.batch_size is None
    assert scenario.data.input_names == ("x1", "x2")
    assert scenario.data.target_names == ("y",)
    assert scenario.data.x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert scenario.data.y.tolist() == [[0], [1], [1], [0]]
    assert scenario.data.x_validation.shape == (0, 2)


CHANGES = [
    # what stands in the good file, what somebody writes instead, the line that they read
    (
        "seed = 3",
        "sed = 3",
        'allowed: data, network, training, title, summary, description, guide, seed; did you mean "seed"?',
    ),
    ("seed = 3", "seed = -3", "my.toml: seed: found -3; allowed: a whole number from 0"),
    ("seed = 3", "seed = 3.5", "my.toml: seed: found 3.5; allowed: a whole number from 0"),
    ("seed = 3", "seed = true", "my.toml: seed: found true; allowed: a whole number from 0"),
    (
        "seed = 3",
        "seed = 99999999999999999999",
        "my.toml: seed: found a number that is too large; allowed: a number below 2^63",
    ),
    ('"Test"', "5", "my.toml: title: found 5; allowed: text in quotes"),
    ('"Test"', "1979-05-27", "my.toml: title: found 1979-05-27; allowed: text in quotes"),
    ("units = 2", "units = 0", "my.toml: network.layers[0].units: found 0; allowed: a whole number from 1"),
    ("units = 2", 'units = "2"', 'my.toml: network.layers[0].units: found "2"; allowed: a whole number from 1'),
    (
        "units = 2",
        "unit = 2",
        "my.toml: network.layers[0].unit: unknown key; allowed: units, activation, init, dropout; "
        'did you mean "units"?',
    ),
    ("units = 2, ", "", "my.toml: network.layers[0].units: is missing; allowed: a whole number from 1"),
    (
        "units = 2",
        "units = 1_000_000_000",
        "my.toml: network.layers: found 4000000001 weights and biases; allowed: up to 5000000",
    ),
    ("units = 1,", "units = 3,", "my.toml: network.layers[1].units: found 3; allowed: 1 (1 target column: y)"),
    (
        '"sigmoid"',
        '"softmax"',
        "my.toml: network.layers[1].activation: softmax of one unit is always 1; allowed: two or more units",
    ),
    (
        "layers = [",
        "layers = [] #",
        "my.toml: network.layers: found an empty list; allowed: a list of one table or more",
    ),
    ("layers = [", "layers = 2 #", "my.toml: network.layers: found 2; allowed: a list of one table or more"),
    ("layers = [", "layers = [2] #", "my.toml: network.layers[0]: found 2; allowed: a table"),
    ('"tanh"', '"tanh", init = "he_norml"', 'did you mean "he_normal"?'),
    ('"tanh"', '"tanh", init = 3', "my.toml: network.layers[0].init: found 3; allowed: zeros, constant, normal"),
    (
        '"tanh"',
        '"tanh", init = { name = "normal", st = 1 }',
        'my.toml: network.layers[0].init.st: normal has no such option; allowed: mean, std; did you mean "std"?',
    ),
    (
        '"tanh"',
        '"tanh", init = { name = "normal", std = -1 }',
        "my.toml: network.layers[0].init.std: found -1; allowed: a number from 0",
    ),
    (
        '"tanh"',
        '"tanh", init = { name = "zeros", std = 1 }',
        "my.toml: network.layers[0].init.std: zeros has no such option; allowed: no options",
    ),
    ('"tanh"', '"tanh", init = { std = 1 }', "my.toml: network.layers[0].init.name: is missing; allowed: zeros"),
    (
        "[network]",
        "[network]\nfrozen = ['w1']",
        'my.toml: network.frozen[0]: found "w1"; allowed: W1, b1, W2, b2; did you mean "W1"?',
    ),
    ("[network]", "[network]\nfrozen = [1]", "my.toml: network.frozen[0]: found 1; allowed: text in quotes"),
    (
        "[network]",
        "[network]\nweights = 3",
        "my.toml: network.weights: found 3; allowed: a table of parameter names and numbers",
    ),
    (
        "[network]",
        "[network]\nweights = { W3 = [[1]] }",
        "my.toml: network.weights.W3: unknown parameter; allowed: W1, b1, W2, b2",
    ),
    (
        "[network]",
        "[network]\nweights = { W1 = 3 }",
        "my.toml: network.weights.W1: found 3; allowed: a list of rows, each a list of numbers",
    ),
    (
        "[network]",
        "[network]\nweights = { W1 = [[1, 2], [3]] }",
        "my.toml: network.weights.W1[1]: found 1 number; allowed: 2, as in the first row",
    ),
    (
        "[network]",
        "[network]\nweights = { W1 = [[1, 2], [3, 'a']] }",
        'my.toml: network.weights.W1[1][1]: found "a"; allowed: a number',
    ),
    (
        "[network]",
        "[network]\nweights = { W1 = [[1, 2, 3]] }",
        "my.toml: network.weights.W1: found 1 × 3; allowed: 2 × 2 (inputs × units)",
    ),
    ("[network]", "[network]\nweights = { b1 = [1] }", "my.toml: network.weights.b1: found 1; allowed: 2 (units)"),
    (
        "[network]",
        "[network]\nweights = { b1 = [1, nan] }",
        "my.toml: network.weights.b1[1]: found nan; allowed: a finite number",
    ),
    (
        '"binary_cross_entropy"',
        '"bce"',
        'my.toml: training.loss: found "bce"; allowed: binary_cross_entropy, categorical_cross_entropy',
    ),
    (
        '"binary_cross_entropy"',
        '"categorical_cross_entropy"',
        "my.toml: network.layers[1].units: found 1; allowed: two or more for categorical_cross_entropy",
    ),
    ("loss =", "los =", "my.toml: training.los: unknown key; allowed: loss, optimizer"),
    ("epochs = 10", "epochs = 0", "my.toml: training.epochs: found 0; allowed: a whole number from 1"),
    ("epochs = 10", "", "my.toml: training.epochs: is missing; allowed: a whole number from 1"),
    (
        "epochs = 10",
        "epochs = 10\nbatch_size = 0",
        "my.toml: training.batch_size: found 0; allowed: a whole number from 1",
    ),
    ("epochs = 10", "epochs = 10\nshuffle = 1", "my.toml: training.shuffle: found 1; allowed: true or false"),
    ("epochs = 10", "epochs = 10\nl2 = -0.1", "my.toml: training.l2: found -0.1; allowed: a number from 0"),
    ("epochs = 10", "epochs = 10\nl1 = inf", "my.toml: training.l1: found inf; allowed: a finite number"),
    ('"adam"', '"adm"', 'my.toml: training.optimizer.name: found "adm"; allowed: sgd, momentum,'),
    ('"adam"', "3", "my.toml: training.optimizer.name: found 3; allowed: sgd, momentum,"),
    ('name = "adam"', 'nam = "adam"', "my.toml: training.optimizer.name: is missing; allowed: sgd, momentum,"),
    (
        "learning_rate = 0.05",
        "learnin_rate = 0.05",
        "my.toml: training.optimizer.learnin_rate: adam has no such option; allowed: learning_rate,",
    ),
    (
        "learning_rate = 0.05",
        "momentum = 0.9",
        "my.toml: training.optimizer.momentum: adam has no such option; allowed: learning_rate,",
    ),
    (
        "learning_rate = 0.05",
        "learning_rate = 0",
        "my.toml: training.optimizer.learning_rate: found 0; allowed: a number above 0",
    ),
    (
        "learning_rate = 0.05",
        "learning_rate = '1'",
        'my.toml: training.optimizer.learning_rate: found "1"; allowed: a number above 0',
    ),
    (
        "learning_rate = 0.05",
        "beta1 = 1",
        "my.toml: training.optimizer.beta1: found 1; allowed: a number from 0 to below 1",
    ),
    ("learning_rate = 0.05", "beta1 = nan", "my.toml: training.optimizer.beta1: found nan; allowed: a finite number"),
    ("[data]", "[data]\nvalidation = 1.0", "my.toml: data.validation: found 1.0; allowed: a number from 0 to below 1"),
    (
        "[data]",
        "[data]\nvalidation = 0.95",
        "my.toml: data.validation: found 0.95, which leaves none of 4 rows for training",
    ),
    (
        "[data]",
        "[data]\nstandardise = true",
        'my.toml: data.standardise: unknown key; allowed: validation, standardize, rows; did you mean "standardize"?',
    ),
    (
        "[data]",
        "[data]\ncsv = 'x.csv'",
        "my.toml: data: found csv and rows; allowed: exactly one of generator, csv, rows",
    ),
    (
        "rows =",
        "row =",
        "my.toml: data: says not where the data come from; allowed: exactly one of generator, csv, rows",
    ),
    ("[data]\nrows = {", "data = 3 # {", "my.toml: data: found 3; allowed: a table"),
    ("[0, 1]", "[0, 1, 2]", "my.toml: data.rows.inputs[1]: found 3 numbers; allowed: 2, as in the first row"),
    ("[0, 1]", '[0, "1"]', 'my.toml: data.rows.inputs[1][1]: found "1"; allowed: a number'),
    ("[0, 1]", "[0, inf]", "my.toml: data.rows.inputs[1][1]: found inf; allowed: a finite number"),
    ("[0, 1]", "1", "my.toml: data.rows.inputs[1]: found 1; allowed: a list of numbers"),
    ("[[0], ", "[", "my.toml: data.rows.targets: found 3 rows; allowed: 4, as in inputs"),
    ("[[0], ", "[[2], ", "my.toml: data: target of row 0: found 2; allowed: 0 to 1, for binary_cross_entropy"),
    (
        "targets =",
        "target =",
        "my.toml: data.rows.target: unknown key; allowed: inputs, targets, input_names, target_names; did you",
    ),
    ("targets =", "input_names = ['a'], targets =", "my.toml: data.rows.input_names: found 1 name; allowed: 2"),
    (
        "targets =",
        "input_names = ['a', 'a'], targets =",
        'my.toml: data: two inputs would be called "a"; allowed: names that differ',
    ),
    ("targets =", "target_names = ['a', 'b'], targets =", "my.toml: data.rows.target_names: found 2 names; allowed: 1"),
]


@pytest.mark.parametrize(("before", "after", "line"), CHANGES, ids=[change[1] for change in CHANGES])
def test_a_mistake_is_one_line(complaints: Complain, before: str, after: str, line: str) -> None:
    text = GOOD.replace(before, after, 1)
    if after.startswith("data = 3"):  # a plain value has to stand before the first table
        text = "data = 3\n" + GOOD.replace("[data]\nrows", "# rows")
    lines = complaints(text)
    assert any(line in each for each in lines), lines
    assert all(each.startswith("my.toml: ") for each in lines)


def test_all_mistakes_are_told_at_once(complaints: Complain) -> None:
    text = GOOD.replace("units = 2", "units = 0").replace('"tanh"', '"tahn"').replace("seed", "sed")
    lines = complaints(text.replace("epochs = 10", "epochs = -1"))
    assert len(lines) == 4
    assert any(f"my.toml: network.layers[0].{ACTIVATION}" in line for line in lines)
    assert any(line.endswith('did you mean "tanh"?') for line in lines)


def test_very_many_mistakes_are_cut(complaints: Complain) -> None:
    lines = complaints(GOOD + "".join(f"key{number} = 1\n" for number in range(50)))
    assert len(lines) == 21
    assert lines[-1] == "… and 30 more mistakes"


def test_what_is_missing_altogether(complaints: Complain) -> None:
    assert complaints("") == [
        "my.toml: data: is missing; allowed: a table",
        "my.toml: network: is missing; allowed: a table",
        "my.toml: training: is missing; allowed: a table",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title = \n", "line 1, column 9"),
        ('seed = 1\ntitle = "a', "line 2, column 11"),
        ("seed = 1\nseed = 2\n", "line 2, column 9"),
        ("[data\n", "line 1, column 6"),
    ],
)
def test_what_is_not_toml_is_told_by_line_and_column(complaints: Complain, text: str, place: str) -> None:
    (line,) = complaints(text)
    assert line.startswith(f"my.toml: {place}: is not TOML (")


def test_nesting_too_deep(complaints: Complain) -> None:
    assert complaints("x = " + "[" * 5000) == ["my.toml: tables or lists are nested too deeply"]
    assert complaints("x" + ".x" * 5000 + " = 1") == ["my.toml: tables or lists are nested too deeply"]


def test_a_number_of_thousands_of_digits(complaints: Complain) -> None:
    (line,) = complaints("seed = " + "9" * 5000)
    assert line.startswith("my.toml: ")


def test_files_that_are_none(write: Write) -> None:
    Path(write("a.toml", "").parent / "folder.toml").mkdir()
    Path("latin.toml").write_bytes(b'seed = 1\ntitle = "caf\xe9"\n')
    messages = {}
    for name in ("b.toml", "folder.toml", "latin.toml", "a\0b.toml", "my.csv"):
        with pytest.raises(ScenarioError) as error:
            load(name)
        messages[name] = str(error.value)
    assert messages["b.toml"] == 'b.toml: there is no such file; did you mean "a.toml"?'
    assert messages["folder.toml"] == "folder.toml: is not a file"
    assert messages["latin.toml"] == "latin.toml: line 2: found a byte that is not UTF-8 (0xe9); allowed: text in UTF-8"
    assert messages["a\0b.toml"].startswith(r"a\x00b.toml: ")
    assert messages["my.csv"] == "my.csv: is data without a target; name a column: --target COLUMN"


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_file_that_may_not_be_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write("my.toml", GOOD)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ScenarioError, match=r"^my\.toml: cannot be read \(Permission denied\)$"):
        load(path)


def test_a_wrong_name_of_a_built_in() -> None:
    with pytest.raises(ScenarioError) as error:
        load("titanik")
    assert str(error.value).startswith('there is no scenario "titanik"; allowed: neuron, xor,')
    assert str(error.value).endswith(', or the path of a .toml file; did you mean "titanic"?')


def test_no_escape_sequence_reaches_the_terminal(complaints: Complain, write: Write) -> None:
    (line,) = complaints(GOOD.replace('"tanh"', r'"\u001b[31m\n\u202Etanh"'))
    assert r'found "\x1b[31m\n\u202etanh"' in line
    (line,) = complaints(GOOD + r'"a\u001b]0;b" = 1')
    assert r"training.a\x1b]0;b: unknown key" in line
    scenario = load(write("my.toml", GOOD.replace('"Test"', r'"[red]Te\u001bst[/]"')))
    assert scenario.title == r"[red]Te\x1bst[/]"
    names = r"input_names = ['a', " + r'"b\u0007"], targets ='
    assert load(write("my.toml", GOOD.replace("targets =", names))).data.input_names == ("a", r"b\x07")


def test_a_long_value_is_shortened(complaints: Complain) -> None:
    (line,) = complaints(GOOD.replace('"tanh"', f'"{"x" * 10_000}"'))
    assert len(line) < 300


def test_description_flows_in_paragraphs(write: Write) -> None:
    text = 'description = """\nOne\ntwo.\n\nThree."""\n' + GOOD
    assert load(write("my.toml", text)).description == "One two.\n\nThree."


def test_weights_and_frozen_reach_the_network(write: Write) -> None:
    text = GOOD.replace("[network]", "[network]\nweights = { W1 = [[1, 2], [3, 4]], b2 = [0.5] }\nfrozen = ['b1']")
    network = load(write("my.toml", text)).network
    assert network.weights["W1"].tolist() == [[1, 2], [3, 4]]
    assert network.weights["W1"].dtype == np.float64
    assert network.weights["b2"].tolist() == [0.5]
    assert network.frozen == {"b1"}


def test_init_with_options(write: Write) -> None:
    init = (
        load(write("my.toml", GOOD.replace('"tanh"', '"tanh", init = { name = "normal", std = 2 }')))
        .network.layers[0]
        .init
    )
    assert (init.name, init.options) == ("normal", {"std": 2.0})


OVERRIDES: list[tuple[dict[str, Any], str]] = [
    ({"network.layers.0.activation": "tahn"}, f"my.toml: network.layers[0].{ACTIVATION}"),
    ({"network.layers[0].activation": "tahn"}, f"my.toml: network.layers[0].{ACTIVATION}"),
    ({"training.optimiser.name": "sgd"}, "my.toml: training.optimiser: unknown key; allowed: loss, optimizer"),
    ({"network.layers.2.units": 1}, "my.toml: network.layers: found index 2 of a list of 2; allowed: 0 to 1"),
    ({"network.layers.x.units": 1}, "my.toml: network.layers: found index x of a list of 2; allowed: 0 to 1"),
    ({"training.epochs.x": 1}, "my.toml: training.epochs: has no x in it: it is neither a table nor a list"),
    ({"training..x": 1}, "my.toml: training..x: is not a key; allowed: names separated by dots"),
    ({"": 1}, "my.toml: is not a key; allowed: names separated by dots"),
    (
        {"training.optimizer.learning_rate": float("nan")},
        "my.toml: training.optimizer.learning_rate: found nan; allowed: a finite number",
    ),
    ({"training.epochs": object()}, "my.toml: training.epochs: found <object object"),
    ({"data": {1: 2}}, "my.toml: data: says not where the data come from"),
    ({"network": {1: 2}}, "my.toml: network.1: unknown key; allowed: layers, weights, frozen"),
]


@pytest.mark.parametrize(("overrides", "line"), OVERRIDES, ids=[str(next(iter(each[0]))) for each in OVERRIDES])
def test_a_wrong_override_is_the_same_kind_of_mistake(
    complaints: Complain, overrides: dict[str, Any], line: str
) -> None:
    assert any(line in each for each in complaints(GOOD, overrides))


def test_overrides_change_the_document_before_it_is_checked(write: Write) -> None:
    overrides = {"training.optimizer.name": "sgd", "seed": 5, "network.layers.0.units": 7, "training.shuffle": False}
    scenario = load(write("my.toml", GOOD), overrides)
    assert scenario.training.optimizer.name == "sgd"
    assert scenario.training.optimizer.options == {"learning_rate": 0.05}
    assert (scenario.seed, scenario.network.layers[0].units, scenario.training.shuffle) == (5, 7, False)
    assert scenario.document["seed"] == 5
    assert load("my.toml").seed == 3


def test_an_override_below_a_name_makes_it_a_table(write: Write) -> None:
    text = GOOD.replace('{ name = "adam", learning_rate = 0.05 }', '"adam"')
    overrides = {"training.optimizer.learning_rate": 0.2, "network.layers.0.init.name": "normal"}
    scenario = load(write("my.toml", text), overrides)
    assert (scenario.training.optimizer.name, scenario.training.optimizer.options) == ("adam", {"learning_rate": 0.2})
    assert scenario.network.layers[0].init.name == "normal"


def test_no_file_makes_room_for_billions(complaints: Complain, write: Write) -> None:
    (line,) = complaints(GOOD, {"data": {"generator": "xor", "samples": 10**9}})
    assert line == "my.toml: data.samples: found 1000000000; allowed: a whole number from 1 to 5000000"
    (line,) = complaints(GOOD, {"data": {"generator": "xor", "samples": 200_000}, "network.layers.0.units": 1000})
    assert line.startswith("my.toml: training.batch_size: found batches of 200000 rows for 1001 units; allowed: up to")
    assert load(write("my.toml", GOOD), {"training.batch_size": 10**9}).training.batch_size == 4
