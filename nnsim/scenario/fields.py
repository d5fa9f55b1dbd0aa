"""The fields of a scenario as a person edits them: what stands there, what may, and what it means."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import msgspec

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.initializers import INITIALIZERS
from nnsim.engine.losses import LOSSES
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.schedules import SCHEDULES
from nnsim.scenario import meanings
from nnsim.scenario.editing import Draft, used_columns, value_at
from nnsim.scenario.errors import ScenarioError, listing, safe
from nnsim.scenario.generators import GENERATORS, Generated
from nnsim.scenario.ladders import LADDERS, Ladder, batch, scale
from nnsim.scenario.preparation import CLASSIFYING
from nnsim.scenario.schema import ANY, RANGES, CsvTable, DataTable, File, LayerTable, TrainingTable, allowed_by

Kind = Literal["choice", "number", "column", "fixed"]

SWITCH = ("off", "on")
UNSET = {"batch_size": "all rows", "patience": "none", "init": "as the activation likes"}
TYPES = {  # of the keys that are no options
    field.name: field.type
    for table in (File, CsvTable, LayerTable, TrainingTable)
    for field in msgspec.structs.fields(table)
}
LABELS = {"standardize_target": "standardize y", "skip_missing_targets": "skip missing y"}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One choice.

    key: dotted, as `Draft.change` takes it; of a column the name of the column.
    group: the heading that it stands under; a layer's groups are one for each layer.
    value: what the scenario says, None where it leaves it to the default.
    default: what an unset value stands for.
    choices: the values that a choice has, in order.
    allowed: in words, what may stand there.
    layer: the number of its layer, counted from 0.
    """

    key: str
    group: str
    label: str
    kind: Kind
    value: Any
    default: Any = None
    choices: tuple[Any, ...] = ()
    ladder: Ladder | None = None
    allowed: str = ""
    help: str = ""
    term: str = ""
    layer: int | None = None

    @property
    def shown(self) -> str:
        """The value in words."""
        value = self.default if self.value is None else self.value
        if self.value is None and self.name in UNSET:
            return UNSET[self.name] if value is None else str(value)
        if isinstance(value, bool):
            return SWITCH[value]
        if isinstance(value, int):
            return f"{value:,}"
        return f"{value:.6g}" if isinstance(value, float) else safe(str(value))

    @property
    def name(self) -> str:
        """The last part of the key, as a scenario file has it."""
        return "" if self.kind == "column" else _kind_of(self.key)

    @property
    def text(self) -> str:
        """The value as one would type it."""
        value = self.default if self.value is None else self.value
        return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def fields(draft: Draft) -> tuple[Field, ...]:
    """All fields of a draft, in the order of data, network, training, columns."""
    return (*_data(draft), *_network(draft), *_training(draft), *_columns(draft))


def turned(draft: Draft, field: Field, step: int) -> Draft:
    """With the field's next or previous value; what cannot be trained with is passed over, and the notes say so.

    Raises ScenarioError where no other value can be.
    """
    if field.kind == "fixed":
        raise ScenarioError([f"{field.label} is not a choice here: it follows from the data"])
    if field.kind == "column":
        return draft.use(field.key, not field.value)
    if field.kind == "number":
        return _stepped(draft, field, step)
    at, refused = field.choices.index(field.value), dict[str, str]()
    for steps in range(1, len(field.choices)):
        choice = field.choices[(at + (steps if step > 0 else -steps)) % len(field.choices)]
        try:
            made = draft.change(field.key, choice)
        except ScenarioError as error:
            refused[_word(choice)] = reason(error)
            continue
        return replace(made, notes=(*made.notes, *_passed_over(refused)))
    raise ScenarioError([f"{field.label} has no other value that can be: {list(refused.values())[-1]}"])


def _passed_over(refused: Mapping[str, str]) -> list[str]:
    """One line about choices that could not be taken, with what is wrong with the last of them."""
    return [f"passed over: {listing(refused)}; {list(refused.values())[-1]}"] if refused else []


def typed(draft: Draft, field: Field, text: str) -> Draft:
    """With what was typed. Raises ScenarioError where it cannot stand there."""
    if field.kind != "number":
        raise ScenarioError([f"{field.label} is chosen with ← and →"])
    return draft.change(field.key, _parsed(field, text))


def reason(error: ScenarioError) -> str:
    """What is wrong, in one line."""
    more = len(error.mistakes) - 1
    return error.mistakes[0] + (f" (and {more} more)" if more else "")


def summary(draft: Draft) -> str:
    """What would be trained, in one line."""
    scenario = draft.scenario
    training, data = scenario.training, scenario.data
    rows, held = len(data.x), len(data.x_validation)
    per_epoch = math.ceil(rows / min(training.batch_size or rows, rows))
    counted = [
        f"{rows:,} {'row' if rows == 1 else 'rows'}" + (f" + {held:,} for validation" if held else ""),
        f"{parameters(draft):,} parameters",
        f"{per_epoch * training.epochs:,} iterations, {per_epoch:,} an epoch",
    ]
    return " · ".join(counted)


def parameters(draft: Draft) -> int:
    """How many weights and biases there are."""
    sizes = [draft.scenario.network.inputs, *(layer.units for layer in draft.scenario.network.layers)]
    return sum((inputs + 1) * units for inputs, units in pairwise(sizes))


# the groups


def _data(draft: Draft) -> Iterator[Field]:
    document = draft.document
    data = document["data"]
    yield _number(document, "seed", "Data", 0)
    if "generator" in data:
        yield _choice(document, "data.generator", "Data", tuple(GENERATORS))
        yield from _options_of_generator(document)
    if "csv" in data:
        yield _target(draft)
    yield _number(document, "data.validation", "Data", 0.0)
    yield _switch(document, "data.standardize", "Data", False)
    if "csv" in data:
        if value_at(document, "training.loss") not in CLASSIFYING:
            yield _switch(document, "data.standardize_target", "Data", False)
        yield _switch(document, "data.skip_missing_targets", "Data", False)


def _target(draft: Draft) -> Field:
    """Any column of the table, with what it holds."""
    csv, report = draft.scenario.csv, draft.scenario.report
    assert csv
    assert report
    field = _number(draft.document, "data.target", "Data", "")
    held = next(each.text for each in report.fields if each.role == "target")
    return replace(field, kind="choice", choices=csv.names, allowed="", help=f"{field.help} It holds {held}.")


def _options_of_generator(document: Mapping[str, Any]) -> Iterator[Field]:
    kind: type[Generated] = GENERATORS[document["data"]["generator"]]
    general = {"generator", *DataTable.__struct_fields__}
    for option in msgspec.structs.fields(kind):
        if option.name not in general:
            field = _number(document, f"data.{option.name}", "Data", option.default)
            yield replace(field, allowed=allowed_by(option.type))


def _network(draft: Draft) -> Iterator[Field]:
    last = len(draft.layers) - 1
    for at in range(last + 1):
        key, group = f"network.layers.{at}", "Output layer" if at == last else f"Hidden layer {at + 1}"
        units = _number(draft.document, f"{key}.units", group, None)
        found = [
            replace(units, kind="fixed", help=meanings.KEYS["outputs"].text) if at == last else units,
            _choice(draft.document, f"{key}.activation", group, tuple(ACTIVATIONS)),
            _init(draft, key, group),
            *_options(draft.document, f"{key}.init", group, INITIALIZERS),
        ]
        if at != last:
            found.append(_number(draft.document, f"{key}.dropout", group, 0.0))
        yield from (replace(field, layer=at) for field in found)


def _init(draft: Draft, key: str, group: str) -> Field:
    field = _choice(draft.document, f"{key}.init", group, (None, *INITIALIZERS))
    default = ACTIVATIONS[value_at(draft.document, f"{key}.activation")].default_init
    text = meanings.of_init(field.value or default)
    return replace(field, default=default, help=text if field.value else f"As the activation likes it: {text}")


def _training(draft: Draft) -> Iterator[Field]:
    document, group = draft.document, "Training"
    yield _choice(document, "training.loss", group, tuple(LOSSES))
    optimizer = value_at(document, "training.optimizer")
    chosen = _choice(document, "training.optimizer.name", group, tuple(OPTIMIZERS))
    yield replace(chosen, label="optimizer", value=optimizer, help=meanings.of_optimizer(optimizer))
    yield from _options(document, "training.optimizer", group, OPTIMIZERS)
    yield _number(document, "training.batch_size", group, None)
    yield _number(document, "training.epochs", group, None)
    yield _switch(document, "training.shuffle", group, True)
    yield _number(document, "training.l1", group, 0.0)
    yield _number(document, "training.l2", group, 0.0)
    yield _number(document, "training.clip_norm", group, 0.0)
    yield _number(document, "training.clip_value", group, 0.0)
    yield _choice(document, "training.schedule", group, tuple(SCHEDULES), "constant")
    yield from _options(document, "training.schedule", group, SCHEDULES)
    yield _number(document, "training.patience", group, None)
    yield _choice(document, "training.dtype", group, ("float64", "float32"), "float64")


def _columns(draft: Draft) -> Iterator[Field]:
    report, used = draft.scenario.report, used_columns(draft.scenario)
    if report is None or draft.scenario.csv is None:
        return
    told = dict(zip(draft.scenario.csv.names, report.fields, strict=True))
    for name in draft.columns:
        about = told[name]
        yield Field(
            key=name,
            group="Inputs",
            label=safe(name),
            kind="column",
            value=name in used,
            help=f"{about.role.capitalize()}: {about.text}.",
            term="feature",
        )


def _options(document: Mapping[str, Any], key: str, group: str, registry: Mapping[str, Any]) -> Iterator[Field]:
    """The options of what a key names."""
    name = value_at(document, key)
    for option, default in registry[name].defaults.items() if name is not None else ():
        yield _number(document, f"{key}.{option}", group, float(default))


# kinds of fields


def _number(document: Mapping[str, Any], key: str, group: str, default: Any) -> Field:
    name = _kind_of(key)
    meaning = meanings.of_key(name)
    return Field(
        key=key,
        group=group,
        label=LABELS.get(name, name.replace("_", " ")),
        kind="number",
        value=value_at(document, key),
        default=default,
        ladder=LADDERS.get(name, scale),
        allowed=allowed_by(TYPES[name]) if name in TYPES else RANGES.get(name, ANY).allowed,
        help=meaning.text,
        term=meaning.term,
    )


def _switch(document: Mapping[str, Any], key: str, group: str, default: bool) -> Field:
    field = _number(document, key, group, default)
    value = default if field.value is None else field.value
    return replace(field, kind="choice", value=value, choices=(False, True), allowed="")


def _choice(
    document: Mapping[str, Any], key: str, group: str, choices: tuple[Any, ...], default: str | None = None
) -> Field:
    field = _number(document, key, group, default)
    value = default if field.value is None else field.value
    text = meanings.of_name(field.label, value) if isinstance(value, str) else field.help
    term = meanings.term_of(value, alias=field.name in ("loss", "name")) if isinstance(value, str) else ""
    return replace(
        field,
        kind="choice",
        value=value,
        choices=choices,
        allowed=", ".join(str(each) for each in choices if each),
        help=text or field.help,
        term=term or field.term,
    )


def _kind_of(key: str) -> str:
    return key.rpartition(".")[2]


def _word(value: Any) -> str:
    return SWITCH[value] if isinstance(value, bool) else safe(str(value))


# numbers


def _stepped(draft: Draft, field: Field, step: int) -> Draft:
    value = field.default if field.value is None else field.value
    if field.name == "batch_size":
        return draft.change(field.key, batch(field.value, step, len(draft.scenario.data.x)))
    assert field.ladder
    return draft.change(field.key, field.ladder(value, step))


def _parsed(field: Field, text: str) -> Any:
    """What was typed: a number where it can be read as one, None for the word of an unset value, else the text."""
    words = text.strip()
    unset = UNSET.get(field.name, "")
    if unset and (not words or unset.startswith(words.lower())):
        return None
    number = words.replace("−", "-")
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", number):  # as numbers are shown
        number = number.replace(",", "")
    for read in (int, float):
        try:
            return words if "_" in words else read(number.replace(",", "."))
        except ValueError:
            continue
    return words
