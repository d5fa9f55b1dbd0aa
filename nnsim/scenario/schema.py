"""What a scenario file may say: its tables as typed structs, and the check that collects every mistake in one.

A struct's annotations hold all there is to know of a key: its type, its range, and in words what is allowed.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, NamedTuple, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.initializers import INITIALIZERS
from nnsim.engine.losses import LOSSES
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.schedules import SCHEDULES
from nnsim.scenario.dialect import DECIMALS, DELIMITERS, ENCODINGS
from nnsim.scenario.document import Document
from nnsim.scenario.errors import Mistakes, did_you_mean, found, listing, safe

MAX_SAMPLES = 5_000_000
MAX_PARAMETERS = 5_000_000
MAX_NUMBERS = 100_000_000  # of one array, such as all inputs; 800 MB as float64

Text = Annotated[str, Meta(description="text in quotes")]
Switch = Annotated[bool, Meta(description="true or false")]
Names = Annotated[list[str], Meta(min_length=1, description="a list of column names")]
Matrix = Annotated[list[list[float]], Meta(min_length=1, description="a list of rows, each a list of numbers")]
Vector = Annotated[list[float], Meta(min_length=1, description="a list of numbers")]
Count = Annotated[int, Meta(ge=1, description="a whole number from 1")]
Samples = Annotated[int, Meta(ge=1, le=MAX_SAMPLES, description=f"a whole number from 1 to {MAX_SAMPLES}")]
NotNegative = Annotated[float, Meta(ge=0, description="a number from 0")]
Share = Annotated[float, Meta(ge=0, lt=1, description="a number from 0 to below 1")]
Named = str | dict[str, Any]  # a name, or a table of the name and its options


class Table(Struct, kw_only=True):
    """A table of the file. A subclass's annotations are the keys that it takes."""


class LayerTable(Table, kw_only=True):
    units: Count
    activation: Annotated[str, Meta(extra={"names": ACTIVATIONS})]
    init: Annotated[Named | UnsetType, Meta(extra={"named": INITIALIZERS})] = UNSET
    dropout: Share = 0.0


class NetworkTable(Table, kw_only=True):
    layers: Annotated[list[LayerTable], Meta(min_length=1, description="a list of one table or more")]
    weights: Annotated[dict[str, Any], Meta(description="a table of parameter names and numbers")] = {}
    frozen: Annotated[list[str], Meta(description="a list of parameter names")] = []


class TrainingTable(Table, kw_only=True):
    loss: Annotated[str, Meta(extra={"names": LOSSES})]
    optimizer: Annotated[Named, Meta(extra={"named": OPTIMIZERS})]
    epochs: Count
    batch_size: Count | UnsetType = UNSET
    shuffle: Switch = True
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0
    clip_norm: NotNegative = 0.0
    clip_value: NotNegative = 0.0
    schedule: Annotated[Named, Meta(extra={"named": SCHEDULES})] = "constant"
    patience: Count | UnsetType = UNSET
    dtype: Annotated[str, Meta(extra={"names": ("float64", "float32")})] = "float64"


class DataTable(Table, kw_only=True):
    """The keys of every kind of data."""

    validation: Share = 0.0
    standardize: Switch = False


class InlineRows(Table, kw_only=True):
    inputs: Matrix
    targets: Matrix
    input_names: Names | UnsetType = UNSET
    target_names: Names | UnsetType = UNSET


class RowsTable(DataTable, kw_only=True):
    rows: InlineRows


class CsvTable(DataTable, kw_only=True):
    csv: Text
    target: Text
    features: Names | UnsetType = UNSET
    categorical: Annotated[list[str], Meta(description="a list of column names")] = []
    numeric: Annotated[list[str], Meta(description="a list of column names")] = []
    standardize_target: Switch = False
    skip_missing_targets: Switch = False
    encoding: Annotated[str, Meta(extra={"names": ENCODINGS})] = ""
    delimiter: Annotated[str, Meta(extra={"names": DELIMITERS})] = ""
    decimal: Annotated[str, Meta(extra={"names": DECIMALS})] = ""


class GeneratorTable(DataTable, kw_only=True):
    """A generator adds its own options."""

    generator: Text


class File(Table, kw_only=True):
    data: Annotated[dict[str, Any], Meta(description="a table")]
    network: NetworkTable
    training: TrainingTable
    title: Text = ""
    summary: Text = ""
    description: Text = ""
    guide: Text = ""
    seed: Annotated[int, Meta(ge=0, description="a whole number from 0")] = 0


class Range(NamedTuple):
    """What an option of an optimizer or initializer may be, in words and as a test."""

    allowed: str
    holds: Callable[[float], bool]


_POSITIVE = Range("a number above 0", lambda value: value > 0)
_NOT_NEGATIVE = Range("a number from 0", lambda value: value >= 0)
_FADING = Range("a number from 0 to below 1", lambda value: 0 <= value < 1)
ANY = Range("a number", lambda value: True)

RANGES = {
    "learning_rate": _POSITIVE,
    "momentum": Range("a number from 0 to 1", lambda value: 0 <= value <= 1),
    "beta1": _FADING,
    "beta2": _FADING,
    "decay": _FADING,
    "epsilon": _NOT_NEGATIVE,
    "weight_decay": _NOT_NEGATIVE,
    "std": _NOT_NEGATIVE,
    "every": Range("a number from 1", lambda value: value >= 1),
    "factor": Range("a number above 0, up to 1", lambda value: 0 < value <= 1),
    "lowest": _NOT_NEGATIVE,
    "start": Range("a number from 0 to 1", lambda value: 0 <= value <= 1),
    "over": _POSITIVE,
}


def parse(document: Document, file: str, generators: Mapping[str, type[GeneratorTable]]) -> tuple[File, DataTable]:
    """The typed tables of a document; ScenarioError with all that is wrong in it."""
    mistakes = Mistakes(file)
    check_numbers(document, "", mistakes)
    mistakes.stop_if_any()
    check_table(File, document, "", mistakes)
    kind = None
    if isinstance(document.get("data"), dict):
        kind = data_kind(document["data"], mistakes, generators)
        if kind:
            check_table(kind, document["data"], "data", mistakes)
    mistakes.stop_if_any()
    assert kind
    return msgspec.convert(document, File), msgspec.convert(document["data"], kind)


def check_numbers(value: Any, key: str, mistakes: Mistakes) -> None:
    """Refuses what no arithmetic can start from: nan, inf, and integers beyond 64 bits."""
    match value:
        case dict():
            for name, each in value.items():
                check_numbers(each, below(key, name), mistakes)
        case list() | tuple():
            for index, each in enumerate(value):
                check_numbers(each, f"{key}[{index}]", mistakes)
        case float() if not math.isfinite(value):
            mistakes.add(key, f"found {value}", "a finite number")
        case int() if abs(value) >= 2**63:
            mistakes.add(key, f"found {found(value)}", "a number below 2^63")


def data_kind(
    data: Mapping[str, Any], mistakes: Mistakes, generators: Mapping[str, type[GeneratorTable]]
) -> type[DataTable] | None:
    """The struct for the kind of data that the table names: exactly one of generator, csv, rows."""
    kinds = [kind for kind in ("generator", "csv", "rows") if kind in data]
    if len(kinds) != 1:
        given = f"found {' and '.join(kinds)}" if kinds else "says not where the data come from"
        mistakes.add("data", given, "exactly one of generator, csv, rows")
        return None
    if kinds == ["generator"]:
        name = data["generator"]
        if not isinstance(name, str) or name not in generators:
            mistakes.name("data.generator", name, generators)
            return None
        return generators[name]
    return CsvTable if kinds == ["csv"] else RowsTable


def check_table(kind: type[Table], table: Mapping[str, Any], key: str, mistakes: Mistakes) -> None:
    """Every key of a table against the struct of its kind."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    check_keys(table, fields, key, mistakes)
    for name, field in fields.items():
        place = below(key, name)
        if name in table:
            check_value(field.type, table[name], place, mistakes)
        elif field.required:
            mistakes.add(place, "is missing", allowed_by(field.type))


def check_keys(table: Mapping[str, Any], known: Collection[str], key: str, mistakes: Mistakes) -> None:
    for name in table:
        if name not in known:
            mistakes.add(below(key, name), "unknown key", listing(known), did_you_mean(name, known))


def check_value(kind: Any, value: Any, place: str, mistakes: Mistakes) -> None:
    """One value against its annotation; tables and lists of tables go down."""
    bare, extra = unwrap(kind)
    if isinstance(bare, type) and issubclass(bare, Table):
        if isinstance(value, dict):
            return check_table(bare, value, place, mistakes)
        return mistakes.add(place, f"found {found(value)}", "a table")
    if get_origin(bare) is list and get_args(bare) == (LayerTable,) and isinstance(value, list | tuple) and value:
        for index, each in enumerate(value):
            check_value(LayerTable, each, f"{place}[{index}]", mistakes)
        return None
    if "names" in extra:
        return check_name(value, extra["names"], place, mistakes)
    if "named" in extra:
        return check_named(value, extra["named"], place, mistakes)
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        path = "".join(re.findall(r"\[\d+\]", str(error).partition(" - at ")[2]))
        mistakes.add(place + path, f"found {found(_at(value, path))}", allowed_at(kind, path))
    return None


def check_name(value: Any, names: Collection[str], place: str, mistakes: Mistakes) -> None:
    if not isinstance(value, str) or value not in names:
        mistakes.name(place, value, names)


def check_named(value: Any, registry: Mapping[str, Any], place: str, mistakes: Mistakes) -> None:
    """A name, or a table with that name and options of what it names."""
    if not isinstance(value, dict):
        return check_name(value, registry, place, mistakes)
    if "name" not in value:
        return mistakes.add(f"{place}.name", "is missing", listing(registry))
    before = len(mistakes.lines)
    check_name(value["name"], registry, f"{place}.name", mistakes)
    if len(mistakes.lines) > before:
        return None
    options = {key: each for key, each in value.items() if key != "name"}
    defaults = registry[value["name"]].defaults
    for option, number in options.items():
        if option not in defaults:
            wrong = f"{value['name']} has no such option"
            takes = listing(defaults) or "no options"
            mistakes.add(below(place, option), wrong, takes, did_you_mean(option, defaults))
        else:
            check_option(option, number, below(place, option), mistakes)
    return None


def check_option(option: str, value: Any, place: str, mistakes: Mistakes) -> None:
    allowed = RANGES.get(option, ANY)
    if isinstance(value, bool) or not isinstance(value, int | float) or not allowed.holds(value):
        mistakes.add(place, f"found {found(value)}", allowed.allowed)


def name_and_options(value: Named) -> tuple[str, dict[str, float]]:
    """The two parts of a checked value such as "adam" or {name = "adam", learning_rate = 0.01}."""
    if isinstance(value, str):
        return value, {}
    return value["name"], {key: float(each) for key, each in value.items() if key != "name"}


def unwrap(kind: Any) -> tuple[Any, dict[str, Any]]:
    """A type without its Annotated, and what that says in `extra`."""
    for each in get_args(kind) if get_origin(kind) is Annotated else ():
        if isinstance(each, Meta):
            return get_args(kind)[0], each.extra or {}
    return kind, {}


def allowed_by(kind: Any) -> str:
    """In words, what may stand there."""
    bare, extra = unwrap(kind)
    if names := extra.get("names") or extra.get("named"):
        return listing(names)
    if get_origin(kind) is Annotated:
        return next((each.description for each in get_args(kind) if isinstance(each, Meta) and each.description), "")
    described = [allowed_by(each) for each in get_args(bare)]
    return next(filter(None, described), "a table")


def allowed_at(kind: Any, path: str) -> str:
    """As `allowed_by`, for an item of a list."""
    whole = allowed_by(kind)
    if path and "number" in whole:
        return "a number" if path.count("[") == 2 else "a list of numbers"
    return "text in quotes" if path else whole


def below(key: str, name: object) -> str:
    return f"{key}.{safe(str(name))}".removeprefix(".")


def _at(value: Any, path: str) -> Any:
    for index in re.findall(r"\d+", path):
        value = value[int(index)]
    return value
