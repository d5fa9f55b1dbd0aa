"""A scenario that is being changed: every change gives a scenario that can be trained, or says why it cannot be."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.losses import LOSSES
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.scenario import builtin
from nnsim.scenario.defaults import document_for
from nnsim.scenario.document import Document, with_overrides
from nnsim.scenario.errors import ScenarioError, listing, plural
from nnsim.scenario.generators import GENERATORS
from nnsim.scenario.loading import Scenario, prepare_again, rebuild
from nnsim.scenario.preparation import CLASSIFYING, Prepared
from nnsim.scenario.schema import parse

UNITS, ACTIVATION = 4, "tanh"  # of a hidden layer where there was none to copy
CHANGED = ", changed"  # after the title of a built-in scenario
FALLBACKS = (("binary_cross_entropy", "sigmoid"), ("mean_squared_error", "linear"))  # for other made-up targets


@dataclass(frozen=True, eq=False)
class Draft:
    """A scenario as changed so far.

    opened: the scenario that it was before all changes.
    notes: what else the last change has brought about.
    """

    scenario: Scenario
    opened: Scenario
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, scenario: Scenario) -> "Draft":
        return cls(scenario, scenario)

    @property
    def document(self) -> Mapping[str, Any]:
        return self.scenario.document

    @property
    def layers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.document["network"]["layers"]
        return found

    @property
    def changed(self) -> bool:
        return self.document != self.opened.document

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that can be inputs, those of the opened scenario first; empty where there is no table."""
        return self._columns_besides(self.document["data"]["target"]) if self.scenario.csv else ()

    def change(self, key: str, value: object) -> "Draft":
        """With a dotted key such as "network.layers.0.units" set, or with None back at what it is by default.

        Raises ScenarioError where nothing can be trained with it, with one line for each mistake.
        """
        before = self.document
        document = _without(before, key) if value is None else with_overrides(dict(before), {key: value}, "")
        if value is None:
            parse(document, "", GENERATORS)  # not all keys can be left out
        notes: list[str] = []
        match key.split("."):
            case ["training", "loss"]:
                _follow_loss(document, before["training"]["loss"], notes)
            case ["training", "optimizer", "name"]:
                _keep_options(document["training"]["optimizer"], notes)
            case ["training", ("clip_norm" | "clip_value") as limit] if value:
                _one_limit(document["training"], limit, notes)
            case ["data", "generator"]:
                return self._regenerated(document)
            case ["data", "target"] if self.scenario.csv and value in self.scenario.csv.names:
                self._follow_target(document, notes)
            case ["network", "layers", at, "activation"]:
                _follow_activation(document["network"]["layers"][int(at)])
                if int(at) == len(self.layers) - 1:
                    return self._first_of(document, _losses_for(value))
        return self._settled(document, notes)

    def use(self, column: str, used: bool) -> "Draft":
        """With a column of the table among the inputs, or not. Raises ScenarioError as `change` does."""
        now = used_columns(self.scenario)
        features = [name for name in self.columns if (used if name == column else name in now)]
        document = deepcopy(dict(self.document))
        document["data"]["features"] = features
        for key in ("categorical", "numeric"):
            if key in self.opened.document["data"]:
                document["data"][key] = [name for name in self.opened.document["data"][key] if name in features]
        return self._settled(document, [])

    def add_layer(self, at: int) -> "Draft":
        """With a hidden layer more, before the one that now is number `at` (from 0): a copy of the layer before it.

        Raises ScenarioError as `change` does.
        """
        at = max(0, min(at, len(self.layers) - 1))
        document = deepcopy(dict(self.document))
        layers = document["network"]["layers"]
        model = layers[max(at - 1, 0)] if len(layers) > 1 else {"units": UNITS, "activation": ACTIVATION}
        layers.insert(at, deepcopy(model))
        notes = _forget_from(document, at + 1)
        return self._settled(document, notes)

    def drop_layer(self, at: int) -> "Draft":
        """Without the hidden layer number `at`, counted from 0. Raises ScenarioError where that is no hidden layer."""
        if len(self.layers) == 1:
            raise ScenarioError(["there is no hidden layer to drop: the output layer stays, it gives the answer"])
        if not 0 <= at < len(self.layers) - 1:
            raise ScenarioError(["the output layer stays, it gives the answer: choose a hidden layer to drop"])
        document = deepcopy(dict(self.document))
        del document["network"]["layers"][at]
        return self._settled(document, _forget_from(document, at + 1))

    def anew(self) -> "Draft":
        """With the next seed: another start. Raises ScenarioError where the data of that seed cannot be used."""
        return self.change("seed", self.scenario.seed + 1)

    @property
    def ready(self) -> Scenario:
        """The scenario to be trained; a changed built-in one is called so."""
        return replace(self.scenario, title=self._changed_title or self.scenario.title)

    @property
    def own(self) -> Scenario:
        """The scenario to be saved. What is told of a built-in one is not true of a changed copy."""
        title = self._changed_title
        if not title:
            return self.scenario
        return replace(self.scenario, document={**self.document, "title": title, "description": ""})

    @property
    def _changed_title(self) -> str:
        """What a changed copy of a built-in scenario is called, one that was opened as such too; else nothing."""
        if self.opened.folder != builtin.FOLDER or not (self.changed or self.opened.title.endswith(CHANGED)):
            return ""
        return self.scenario.title.removesuffix(CHANGED) + CHANGED

    def _columns_besides(self, target: str) -> tuple[str, ...]:
        assert self.scenario.csv
        first = used_columns(self.opened)
        others = (name for name in self.scenario.csv.names if name not in first)
        return tuple(name for name in (*first, *others) if name != target)

    def _settled(self, document: Document, notes: list[str]) -> "Draft":
        """The draft of a document whose output layer and given weights follow the data."""
        self._check_classes(document)
        prepared = prepare_again(self.scenario, document)
        _fit_outputs(document, prepared, notes)
        _drop_what_does_not_fit(document, prepared, notes)
        return Draft(rebuild(self.scenario, document, prepared), self.opened, tuple(notes))

    def _check_classes(self, document: Document) -> None:
        """One target that is no column of a table cannot become classes: told before its numbers are looked at."""
        loss, names = document["training"]["loss"], self.scenario.data.target_names
        if loss == "categorical_cross_entropy" and "csv" not in document["data"] and len(names) == 1:
            wrong = f"{loss} needs a target for each of two classes or more; these data have only {names[0]}"
            raise ScenarioError([f"training.loss: {wrong}"])

    def _follow_target(self, document: Document, notes: list[str]) -> None:
        """Texts, inputs and loss for another column as the target; the one before is an input now, where it can be.

        Raises ScenarioError where nothing can learn that column.
        """
        csv, data, training = self.scenario.csv, document["data"], document["training"]
        assert csv
        fresh = document_for(csv, data["target"], data["csv"])
        document.update({key: fresh[key] for key in ("title", "summary", "description")})
        document.pop("guide", None)  # it tells of the target before
        before, used = self.document["data"]["target"], used_columns(self.scenario)
        kept = {*used, before} if before in fresh["data"]["features"] else used
        data["features"] = [name for name in self._columns_besides(data["target"]) if name in kept]
        for key in ("categorical", "numeric"):
            if key in data:
                data[key] = [name for name in data[key] if name in data["features"]]
        for key in ("standardize_target", "skip_missing_targets"):
            data.pop(key, None)
            data.update({key: fresh["data"][key]} if key in fresh["data"] else {})
        if "skip_missing_targets" in data:
            notes.append("rows in which it is missing are left out")
        loss, had = fresh["training"]["loss"], training["loss"]
        if loss != had and (loss in CLASSIFYING or had in CLASSIFYING):
            training["loss"] = loss
            notes.append(f"the loss is {loss} now, which goes with this target")
            _follow_loss(document, had, notes)

    def _regenerated(self, document: Document) -> "Draft":
        """With another generator, and a loss that can take its targets."""
        data = document["data"]
        if isinstance(data["generator"], str) and data["generator"] in GENERATORS:
            known = GENERATORS[data["generator"]].__struct_fields__
            document["data"] = {key: value for key, value in data.items() if key in known}
        return self._first_of(document, FALLBACKS)

    def _first_of(self, document: Document, others: Sequence[tuple[str, str]]) -> "Draft":
        """The document, or where it cannot be trained with the first other loss and output activation that can be."""
        try:
            return self._settled(document, [])
        except ScenarioError as error:
            first = error
        for loss, activation in others:
            other = deepcopy(document)
            other["training"]["loss"] = loss
            other["network"]["layers"][-1]["activation"] = activation
            try:
                return self._settled(other, [f"the loss is {loss} now, which goes with {activation}"])
            except ScenarioError:
                continue
        raise first


def used_columns(scenario: Scenario) -> tuple[str, ...]:
    """The columns of the table that are inputs, by their names there."""
    data = scenario.document["data"]
    if scenario.csv is None:
        return ()
    if "features" in data:
        return tuple(data["features"])
    roles = [field.role for field in scenario.report.fields] if scenario.report else []
    return tuple(name for name, role in zip(scenario.csv.names, roles, strict=True) if role in ("number", "category"))


def value_at(document: Mapping[str, Any], key: str) -> Any:
    """What a document says at a dotted key, None where it says nothing."""
    value: Any = document
    for part in key.split("."):
        if isinstance(value, list):
            value = value[int(part)]
        elif isinstance(value, Mapping):
            value = value.get(part)
        else:
            value = value if part == "name" else None  # optimizer = "adam"
    return value["name"] if isinstance(value, dict) and "name" in value else value


def _without(document: Mapping[str, Any], key: str) -> Document:
    result = deepcopy(dict(document))
    table: Any = result
    *path, last = key.split(".")
    for part in path:
        table = table[int(part)] if isinstance(table, list) else table.get(part, {})
    if isinstance(table, dict):
        table.pop(last, None)
    return result


def _follow_loss(document: Document, before: str, notes: list[str]) -> None:
    """The output layer's activation goes along with the loss where the two belong to each other."""
    loss = document["training"]["loss"]
    if loss not in LOSSES or loss == before:
        return
    output = document["network"]["layers"][-1]
    wanted, had = LOSSES[loss].partner, LOSSES[before].partner
    if wanted is None and output["activation"] == had:
        wanted = "linear"
    if document["data"].get("standardize_target") and loss in CLASSIFYING:
        document["data"]["standardize_target"] = False
        notes.append("the target is no longer standardised: it is a class")
    if wanted and wanted != output["activation"]:
        output["activation"] = wanted
        _follow_activation(output)
        notes.append(f"the output layer is {wanted} now, which goes with {loss}")


def _losses_for(activation: object) -> list[tuple[str, str]]:
    """The losses that an output activation goes with, the most usual first."""
    name = str(activation)
    partners = [loss.name for loss in LOSSES.values() if loss.partner == name]
    return [(loss, name) for loss in (*partners, "mean_squared_error")]


def _one_limit(training: dict[str, Any], kept: str, notes: list[str]) -> None:
    """A gradient is limited in one way only."""
    other = "clip_value" if kept == "clip_norm" else "clip_norm"
    if training.pop(other, 0):
        notes.append(f"{other} is 0 now: only one of the two limits the gradient")


def _follow_activation(layer: dict[str, Any]) -> None:
    """An initializer that was named for the old activation is left out for the new one's own."""
    if layer.get("init") in [each.default_init for each in ACTIVATIONS.values()]:
        del layer["init"]


def _keep_options(optimizer: dict[str, Any], notes: list[str]) -> None:
    """Of an optimizer's options, those that another takes too."""
    name = optimizer["name"]
    if not isinstance(name, str) or name not in OPTIMIZERS:
        return
    gone = [option for option in optimizer if option != "name" and option not in OPTIMIZERS[name].defaults]
    for option in gone:
        del optimizer[option]
    if gone:
        notes.append(f"{name} has no {listing(gone)}")


def _fit_outputs(document: Document, prepared: Prepared, notes: list[str]) -> None:
    """As many output units as targets."""
    output, targets = document["network"]["layers"][-1], len(prepared.data.target_names)
    if output["units"] != targets:
        output["units"] = targets
        notes.append(f"the output layer has {plural(targets, 'unit')} now, one for each target")


def _drop_what_does_not_fit(document: Document, prepared: Prepared, notes: list[str]) -> None:
    """Given weights of another shape."""
    sizes = [prepared.data.x.shape[1], *(layer["units"] for layer in document["network"]["layers"])]

    def fits(name: str, value: Any) -> bool:
        layer = int(name[1:])
        if layer >= len(sizes):
            return False
        shape = (sizes[layer - 1], sizes[layer]) if name.startswith("W") else (sizes[layer],)
        given = (len(value), len(value[0])) if name.startswith("W") else (len(value),)
        return given == shape

    _keep_weights(document, lambda name: fits(name, document["network"]["weights"][name]), notes)


def _forget_from(document: Document, layer: int) -> list[str]:
    """Without given weights and frozen parameters of a layer (counted from 1) and those after it."""
    notes: list[str] = []
    _keep_weights(document, lambda name: int(name[1:]) < layer, notes)
    network = document["network"]
    thawed = [name for name in network.get("frozen", ()) if int(name[1:]) >= layer]
    if thawed:
        network["frozen"] = [name for name in network["frozen"] if name not in thawed]
        notes.append(f"{listing(thawed)} {'is' if len(thawed) == 1 else 'are'} no longer frozen")
    return notes


def _keep_weights(document: Document, keeps: Callable[[str], bool], notes: list[str]) -> None:
    network = document["network"]
    given = network.get("weights", {})
    gone = [name for name in given if not keeps(name)]
    if gone:
        network["weights"] = {name: value for name, value in given.items() if name not in gone}
        notes.append(f"the given {listing(gone)} no longer {'fits' if len(gone) == 1 else 'fit'} and start at random")
