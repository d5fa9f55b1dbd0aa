"""Changes of a scenario: each gives one that can be trained, or says in a line why it cannot be."""

import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.losses import LOSSES
from nnsim.engine.simulation import Simulation
from nnsim.scenario import ScenarioError, from_csv, glossary, load, meanings, names
from nnsim.scenario import preparation as preparing
from nnsim.scenario.editing import Draft, used_columns
from nnsim.scenario.fields import Field, fields, parameters, reason, summary, turned, typed
from nnsim.scenario.generators import GENERATORS
from nnsim.scenario.saving import save
from nnsim.scenario.schema import CsvTable, LayerTable, NetworkTable, RowsTable, Table, TrainingTable
from tests.scenario.conftest import Write
from tests.scenario.test_fuzz import PATHS, values

PEOPLE = "age,sex,city,name,paid\n" + "".join(
    f"{20 + row % 30},{'fm'[row % 2]},{'abc'[row % 3]},person {row} of the long list,{row * 3 % 17}\n"
    for row in range(60)
)


def draft_of(name: str, **overrides: Any) -> Draft:
    return Draft.of(load(name, {key.replace("__", "."): value for key, value in overrides.items()}))


def field(draft: Draft, key: str) -> Field:
    return next(each for each in fields(draft) if each.key == key)


def trains(draft: Draft) -> None:
    """One iteration, and a finite loss."""
    sim = Simulation(draft.ready)
    sim.step(1)
    assert np.isfinite(sim.losses[0])
    assert sim.program.layout.parameters == parameters(draft)


def test_a_change_is_that_of_the_file() -> None:
    draft = draft_of("titanic").change("network.layers.0.units", 3).change("training.optimizer.learning_rate", 0.1)
    same = load("titanic", {"network.layers.0.units": 3, "training.optimizer.learning_rate": 0.1})
    assert draft.scenario.network.layers == same.network.layers
    assert draft.scenario.training == same.training
    assert draft.changed
    assert not draft_of("titanic").changed


def test_what_was_opened_stays_as_it_was() -> None:
    opened = load("mazur")
    before = msgspec.json.encode(opened.document)
    draft = Draft.of(opened)
    draft.add_layer(1).change("training.loss", "huber").drop_layer(0)
    assert msgspec.json.encode(opened.document) == before
    assert draft.scenario is opened


@pytest.mark.parametrize("key", ["seed", "data.validation", "data.standardize"])
def test_data_are_prepared_as_if_loaded_with_the_change(key: str) -> None:
    value = {"seed": 11, "data.validation": 0.4, "data.standardize": False}[key]
    changed, loaded = draft_of("titanic").change(key, value).scenario, load("titanic", {key: value})
    for part in ("x", "y", "x_validation", "y_validation", "rows"):
        np.testing.assert_array_equal(getattr(changed.data, part), getattr(loaded.data, part))


def test_data_are_prepared_only_where_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = draft_of("titanic")
    monkeypatch.setattr(preparing, "read_csv", lambda *_: pytest.fail("the table is read again"))
    for key, value in (("network.layers.0.units", 3), ("training.optimizer.name", "sgd"), ("training.l2", 0.1)):
        assert draft.change(key, value).scenario.data.x is draft.scenario.data.x
    assert draft.change("seed", 9).scenario.data.x is not draft.scenario.data.x
    assert draft.use("Age", False).scenario.network.inputs == draft.scenario.network.inputs - 1


def test_the_output_layer_follows_the_loss() -> None:
    classes = draft_of("titanic").change("training.loss", "categorical_cross_entropy")
    assert (classes.layers[-1]["units"], classes.layers[-1]["activation"]) == (2, "softmax")
    assert "softmax" in classes.notes[0]
    amount = classes.change("training.loss", "mean_squared_error")
    assert (amount.layers[-1]["units"], amount.layers[-1]["activation"]) == (1, "linear")
    back = amount.change("training.loss", "binary_cross_entropy")
    assert (back.layers[-1]["units"], back.layers[-1]["activation"]) == (1, "sigmoid")
    for each in (classes, amount, back):
        trains(each)


def test_the_loss_follows_an_output_that_it_cannot_take() -> None:
    draft = draft_of("titanic").change("network.layers.1.activation", "softmax")
    assert draft.scenario.training.loss == "categorical_cross_entropy"
    assert draft.notes[0] == "the loss is categorical_cross_entropy now, which goes with softmax"
    assert draft.change("network.layers.1.activation", "tanh").scenario.training.loss == "mean_squared_error"


def test_one_made_up_target_is_no_class() -> None:
    with pytest.raises(ScenarioError, match=r"training\.loss: .* each of two classes or more; these data have only y"):
        draft_of("moons").change("training.loss", "categorical_cross_entropy")
    draft = draft_of("moons")
    skipped = turned(draft, field(draft, "training.loss"), 1)
    assert skipped.scenario.training.loss == "mean_squared_error"
    assert skipped.notes[-1].startswith("passed over: categorical_cross_entropy; training.loss: ")


def test_layers_come_and_go() -> None:
    draft = draft_of("xor").add_layer(1)
    assert [layer["units"] for layer in draft.layers] == [4, 4, 1]
    assert draft.layers[1]["activation"] == "tanh"
    trains(draft)
    draft = draft.change("network.layers.1.units", 2).drop_layer(0)
    assert [layer["units"] for layer in draft.layers] == [2, 1]
    bare = draft.drop_layer(0)
    assert [layer["units"] for layer in bare.layers] == [1]
    with pytest.raises(ScenarioError, match="the output layer stays"):
        bare.drop_layer(0)
    with pytest.raises(ScenarioError, match="choose a hidden layer"):
        draft.drop_layer(1)
    trains(bare.add_layer(0))


def test_given_weights_that_no_longer_fit_go() -> None:
    draft = draft_of("mazur").change("network.layers.0.units", 3)
    assert draft.notes == ("the given W1, b1, W2 no longer fit and start at random",)
    assert list(draft.scenario.network.weights) == ["b2"]
    assert draft.scenario.network.frozen == {"b1", "b2"}
    added = draft_of("mazur").add_layer(1)
    assert list(added.scenario.network.weights) == ["W1", "b1"]
    assert added.scenario.network.frozen == {"b1"}
    trains(added)


def test_another_optimizer_keeps_what_both_have() -> None:
    draft = draft_of("xor", training__optimizer={"name": "adam", "learning_rate": 0.3, "beta1": 0.5})
    changed = draft.change("training.optimizer.name", "momentum")
    assert changed.document["training"]["optimizer"] == {"name": "momentum", "learning_rate": 0.3}
    assert changed.notes == ("momentum has no beta1",)
    assert draft_of("xor", training__optimizer="adam").change("training.optimizer.name", "sgd").scenario


def test_columns_in_and_out(write: Write) -> None:
    write("people.csv", PEOPLE)
    draft = Draft.of(from_csv("people.csv", "sex"))
    assert used_columns(draft.scenario) == ("age", "city", "paid")
    without = draft.use("city", False)
    assert without.scenario.data.input_names == ("age", "paid")
    again = without.use("city", True)
    np.testing.assert_array_equal(again.scenario.data.x, draft.scenario.data.x)
    only = without.use("age", False)
    with pytest.raises(ScenarioError, match=r"data\.features: found an empty list"):
        only.use("paid", False)
    told = {each.key: each for each in fields(draft) if each.kind == "column"}
    assert list(told) == ["age", "city", "paid", "name"]
    assert told["name"].help.startswith("Left out: ")
    assert not told["name"].value


def test_a_column_that_was_named_as_a_category_leaves_and_returns(write: Write) -> None:
    write("people.csv", PEOPLE)
    draft = Draft.of(from_csv("people.csv", "sex", {"data.categorical": ["age"]}))
    without = draft.use("age", False)
    assert without.document["data"]["categorical"] == []
    assert without.use("age", True).scenario.data.input_names == draft.scenario.data.input_names


def test_another_target_is_the_scenario_of_its_own(write: Write, tmp_path: Path) -> None:
    """As if it had been asked for at the start; the network between stays."""
    write("people.csv", PEOPLE)
    draft = Draft.of(from_csv("people.csv", "sex")).change("network.layers.0.units", 5)
    for target in ("city", "age", "sex"):
        draft, asked = draft.change("data.target", target), from_csv("people.csv", target)
        assert draft.scenario.title == asked.title
        assert draft.scenario.summary == asked.summary
        assert set(used_columns(draft.scenario)) == set(used_columns(asked))
        assert draft.scenario.training.loss == asked.training.loss
        assert [(each.units, each.activation) for each in draft.scenario.network.layers] == [
            (5, "relu"),
            *((each.units, each.activation) for each in asked.network.layers[1:]),
        ]
        np.testing.assert_array_equal(draft.scenario.data.y, asked.data.y)
        assert "name" not in used_columns(draft.scenario)
        assert target not in draft.columns
        trains(draft)
        save(draft.own, tmp_path / "own.toml")
        np.testing.assert_array_equal(load(tmp_path / "own.toml").data.y, asked.data.y)
    assert not draft.change("network.layers.0.units", 8).changed


def test_a_target_with_gaps_leaves_their_rows_out(write: Write) -> None:
    write("t.csv", "a,b,y\n" + "".join(f"{row}.5,{row * row if row % 4 else ''},{row % 2}\n" for row in range(40)))
    draft = Draft.of(from_csv("t.csv", "y")).change("data.target", "b")
    assert "rows in which it is missing are left out" in draft.notes
    assert len(draft.scenario.data.x) + len(draft.scenario.data.x_validation) == 30


def test_a_column_that_was_dropped_stays_out_with_another_target(write: Write) -> None:
    write("people.csv", PEOPLE)
    draft = Draft.of(from_csv("people.csv", "sex")).use("paid", False).change("data.target", "age")
    assert set(used_columns(draft.scenario)) == {"sex", "city"}
    with pytest.raises(ScenarioError, match="almost all its texts differ"):
        draft.change("data.target", "name")
    with pytest.raises(ScenarioError, match='found "nobody"'):
        draft.change("data.target", "nobody")


def test_a_quantity_keeps_its_loss_with_another_quantity(write: Write) -> None:
    write("t.csv", "a,b,c\n" + "".join(f"{row}.5,{row * 7 % 31}.25,{row % 2}\n" for row in range(40)))
    draft = Draft.of(from_csv("t.csv", "a")).change("training.loss", "huber").change("data.target", "b")
    assert draft.scenario.training.loss == "huber"
    assert draft.document["data"]["standardize_target"]
    classes = draft.change("data.target", "c")
    assert classes.scenario.training.loss == "binary_cross_entropy"
    assert "standardize_target" not in classes.document["data"]
    assert "data.standardize_target" not in [each.key for each in fields(classes)]


def test_another_target_of_a_built_in_takes_its_texts_along() -> None:
    draft = draft_of("titanic").change("data.target", "Fare")
    assert draft.ready.title == "Fare of titanic.csv, changed"
    assert "Survived" in used_columns(draft.scenario)
    trains(draft)


def test_a_new_start() -> None:
    draft = draft_of("xor", seed=7)
    assert draft.anew().scenario.seed == 8
    assert not np.array_equal(Simulation(draft.scenario).frame["W1"], Simulation(draft.anew().scenario).frame["W1"])


def test_other_made_up_rows_bring_a_loss_that_takes_them() -> None:
    draft = draft_of("spiral").change("data.generator", "sine")
    assert draft.scenario.training.loss == "mean_squared_error"
    assert draft.layers[-1]["activation"] == "linear"
    assert "turns" not in draft.document["data"]
    trains(draft)


@pytest.mark.parametrize("name", names())
def test_a_changed_copy_of_a_built_in_is_a_file(tmp_path: Path, name: str) -> None:
    draft = draft_of(name).add_layer(0).change("training.epochs", 3)
    save(draft.own, tmp_path / "copy.toml")
    copy = load(tmp_path / "copy.toml")
    assert copy.title == f"{load(name).title}, changed"
    assert copy.description == ""
    assert copy.network.layers == draft.scenario.network.layers
    np.testing.assert_array_equal(copy.data.x, draft.scenario.data.x)


def test_an_unchanged_built_in_keeps_its_texts() -> None:
    scenario = load("xor")
    assert Draft.of(scenario).own is scenario
    started = draft_of("xor").change("seed", 1).ready
    assert started.title == "XOR, changed"
    assert started.document["title"] == "XOR"  # the command that opens it is nnsim xor --seed 1
    opened_again = Draft.of(started)
    assert opened_again.own.document["title"] == opened_again.change("seed", 2).own.document["title"] == "XOR, changed"


# fields


def every_draft(tmp_path: Path) -> list[Draft]:
    table = tmp_path / "people.csv"
    table.write_text(PEOPLE)
    others = ("titanic", "mazur", "digits")
    return [*(draft_of("moons").change("data.generator", kind) for kind in GENERATORS), *map(draft_of, others)] + [
        Draft.of(from_csv(table, target)) for target in ("sex", "city", "paid")
    ]


def test_each_key_of_a_file_is_a_field(tmp_path: Path) -> None:
    found = {each.key.rpartition(".")[2] for draft in every_draft(tmp_path) for each in fields(draft)} | {"optimizer"}
    tables: tuple[type[Table], ...] = (
        LayerTable,
        TrainingTable,
        CsvTable,
        RowsTable,
        NetworkTable,
        *GENERATORS.values(),
    )
    keys = {name for table in tables for name in table.__struct_fields__}
    of_the_source = {"csv", "rows", "features", "categorical", "numeric", "encoding", "delimiter", "decimal"}
    assert keys - found == of_the_source | {"layers", "weights", "frozen"}


def test_each_field_says_what_it_means(tmp_path: Path) -> None:
    for draft in every_draft(tmp_path):
        for each in fields(draft):
            assert len(each.help) > 5, each
            assert each.help.endswith("."), each
            assert each.shown
            assert each.allowed or each.kind in ("choice", "column", "fixed"), each
            assert not each.term or glossary.look_up(each.term).term == each.term


@pytest.mark.parametrize("kind", sorted(meanings.NAMES))
def test_each_name_says_what_it_means(kind: str) -> None:
    registry: dict[str, Any] = {"activation": ACTIVATIONS, "loss": LOSSES, "generator": GENERATORS}
    for name in registry.get(kind, ()):
        assert meanings.of_name(kind, name).endswith(".")
    assert meanings.of_name("activation", "step") == "a = 1 where z > 0, else 0."  # and not the term "step"


@pytest.mark.parametrize(
    ("key", "typing", "value"),
    [
        ("seed", "12", 12),
        ("seed", " 1,000 ", 1000),
        ("training.optimizer.learning_rate", "0,05", 0.05),
        ("training.optimizer.learning_rate", "1e-3", 1e-3),
        ("training.batch_size", "all", None),
        ("training.batch_size", "", None),
        ("training.patience", "none", None),
        ("training.patience", "5", 5),
    ],
)
def test_what_is_typed(key: str, typing: str, value: float | None) -> None:
    draft = draft_of("titanic")
    assert field(typed(draft, field(draft, key), typing), key).value == value


@pytest.mark.parametrize(
    ("key", "typing", "line"),
    [
        ("network.layers.0.units", "0", "network.layers[0].units: found 0; allowed: a whole number from 1"),
        ("network.layers.0.units", "2.5", "network.layers[0].units: found 2.5; allowed: a whole number from 1"),
        ("network.layers.0.units", "many", 'network.layers[0].units: found "many"; allowed: a whole number from 1'),
        (
            "training.optimizer.learning_rate",
            "-1",
            "training.optimizer.learning_rate: found -1; allowed: a number above 0",
        ),
        (
            "training.optimizer.learning_rate",
            "nan",
            "training.optimizer.learning_rate: found nan; allowed: a finite number",
        ),
        ("data.validation", "1", "data.validation: found 1; allowed: a number from 0 to below 1"),
        ("seed", "9" * 5000, "seed: found inf; allowed: a finite number"),
        ("training.epochs", "", 'training.epochs: found ""; allowed: a whole number from 1'),
    ],
)
def test_a_mistake_is_the_line_that_a_file_gives(key: str, typing: str, line: str) -> None:
    draft = draft_of("titanic")
    with pytest.raises(ScenarioError) as error:
        typed(draft, field(draft, key), typing)
    assert reason(error.value) == line


@pytest.mark.parametrize(
    ("key", "start", "steps"),
    [  # of 1,047 training rows
        ("training.optimizer.learning_rate", 0.01, [0.02, 0.05, 0.1, 0.2]),
        ("training.epochs", 30, [50, 100, 200]),
        ("training.optimizer.beta1", 0.9, [0.95, 0.98, 0.99]),
        ("training.l2", 0.0, [1e-6, 2e-6, 5e-6, 1e-5]),
        ("training.batch_size", 500, [512, 1024, None, None]),
        ("training.patience", 1, [2, 3]),
        ("network.layers.0.dropout", 0.7, [0.8, 0.9, 0.9]),
    ],
)
def test_steps(key: str, start: float, steps: list[float | None]) -> None:
    draft = draft_of("titanic").change(key, start)
    for value in steps:
        draft = turned(draft, field(draft, key), 1)
        assert field(draft, key).value == value
    for value in reversed(steps[:-1]):
        draft = turned(draft, field(draft, key), -1)
        assert (field(draft, key).value or 2000) <= (value or 2000)


@pytest.mark.parametrize("name", ["xor", "titanic", "penguins", "auto-mpg"])
def test_the_summary_counts_what_trains(name: str) -> None:
    draft = draft_of(name)
    sim = Simulation(draft.scenario)
    line = summary(draft)
    assert f"{sim.program.layout.parameters:,} parameters" in line
    assert f"{sim.iterations:,} iterations, {sim.iterations_per_epoch:,} an epoch" in line
    assert f"{len(draft.scenario.data.x):,} rows" in line


# any sequence of changes

texts = (
    st.text(max_size=8) | st.floats().map(repr) | st.integers(-5, 300).map(str) | st.sampled_from(["", "all", "1e9"])
)
moves = st.one_of(
    st.tuples(st.just("turn"), st.integers(0, 80), st.sampled_from([-1, 1])),
    st.tuples(st.just("turn"), st.integers(0, 80), st.sampled_from([-1, 1])),
    st.tuples(st.just("type"), st.integers(0, 80), texts),
    st.tuples(st.just("add"), st.integers(-1, 6), st.just(0)),
    st.tuples(st.just("drop"), st.integers(-1, 6), st.just(0)),
    st.tuples(st.just("anew"), st.just(0), st.just(0)),
    st.tuples(st.just("random"), st.integers(0, 80), st.none() | st.booleans() | st.integers() | texts),
)


def moved(draft: Draft, move: str, place: int, value: Any) -> Draft:
    every = fields(draft)
    chosen = every[place % len(every)]
    match move:
        case "turn":
            return turned(draft, chosen, value)
        case "type":
            return typed(draft, chosen, value)
        case "add":
            return draft.add_layer(place)
        case "drop":
            return draft.drop_layer(place)
        case "anew":
            return draft.anew()
    return draft.change(chosen.key, value) if chosen.kind != "column" else draft.use(chosen.key, bool(value))


def too_large(draft: Draft) -> bool:
    """Not to be made by a test."""
    training = draft.scenario.training
    return parameters(draft) > 20_000 or len(draft.scenario.data.x) > 20_000 or math.isinf(training.l1)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["xor", "titanic", "mazur", "penguins", "sine", "auto-mpg", "overfit-dropout"]), st.data())
def test_any_sequence_of_changes(name: str, data: st.DataObject) -> None:
    draft, refusals = draft_of(name), list[str]()
    for move in data.draw(st.lists(moves, max_size=12)):
        try:
            made = moved(draft, *move)
        except ScenarioError as error:
            refusals.append(reason(error))
            continue
        if too_large(made):
            continue
        draft = made
        assert draft.scenario.network.layers[-1].units == len(draft.scenario.data.target_names)
        assert summary(draft)
        assert all(note.isprintable() for note in draft.notes)
    assert all(line and line.isprintable() for line in refusals)
    sim = Simulation(draft.ready)
    sim.step(1)
    assert sim.program.layout.parameters == parameters(draft)
    again = load_saved(draft)
    np.testing.assert_array_equal(again.data.x, draft.scenario.data.x)
    assert again.training == draft.scenario.training
    assert again.network.layers == draft.scenario.network.layers


def load_saved(draft: Draft) -> Any:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        save(draft.own, Path(folder) / "saved.toml")
        return load(Path(folder) / "saved.toml")


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.dictionaries(st.sampled_from(PATHS), values, max_size=3), st.integers(0, 60), st.sampled_from([-1, 1]))
def test_whatever_loads_can_be_changed(overrides: dict[str, Any], place: int, step: int) -> None:
    try:
        draft = draft_of("xor", **overrides)
    except ScenarioError:
        return
    every = fields(draft)
    assert all(each.shown.isprintable() for each in every)
    with suppress(ScenarioError):
        draft = turned(draft, every[place % len(every)], step)
    assert summary(draft)
    assert fields(draft)


STARTS = st.fixed_dictionaries(
    {},
    optional={
        "training.optimizer": st.sampled_from(["adadelta", {"name": "rmsprop", "momentum": 0.5}, {"name": "nesterov"}]),
        "training.schedule": st.sampled_from(["cosine", "step", {"name": "warmup", "over": 3}]),
        "network.layers.0.init": st.sampled_from(["uniform", {"name": "normal", "std": 0.1}, {"name": "constant"}]),
        "network.layers.1.init": st.sampled_from(["zeros", {"name": "constant", "value": 1}]),
        "network.frozen": st.sampled_from([["W1"], ["b2", "b1"]]),
        "training.batch_size": st.integers(1, 9),
        "data": st.sampled_from(
            [{"generator": "valley", "samples": 9}, {"rows": {"inputs": [[1], [2]], "targets": [[0], [1]]}}]
        ),
        "training.loss": st.sampled_from(["huber", "half_squared_error"]),
    },
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(STARTS, st.sampled_from([-1, 1]))
def test_each_field_of_unusual_files_turns(overrides: dict[str, Any], step: int) -> None:
    draft = draft_of("xor", **{"training.loss": "mean_squared_error", **overrides})
    for each in fields(draft):
        made = draft
        with suppress(ScenarioError):
            made = turned(draft, each, step)
        assert made.scenario.network.layers[-1].units == 1
        for again in fields(made):
            if again.key == each.key and each.kind == "choice":
                assert made is draft or again.value != each.value
