"""The command that opens a scenario: its name and, as options, all that was changed of it since."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nnsim.scenario import builtin
from nnsim.scenario.defaults import document_for
from nnsim.scenario.document import read_document, with_overrides
from nnsim.scenario.loading import Scenario
from nnsim.scenario.saving import inline

Change = tuple[str, Any]  # a dotted key and its value


class NoCommandError(ValueError):
    """A scenario that no command line opens: it says why."""


def words(scenario: Scenario) -> tuple[str, ...]:
    """What stands after `nnsim` to open it: `xor --seed 3 --set training.optimizer.name="sgd"`, a word each.

    Reads its file again. Raises ScenarioError where that cannot be read, NoCommandError where options cannot say what
    was changed.
    """
    document = dict(scenario.document)
    if scenario.source:
        built_in = scenario.source in builtin.names()
        path = builtin.path_of(scenario.source) if built_in else Path(scenario.source)
        opened, before = [scenario.source], read_document(path, scenario.source)
    elif scenario.csv is not None:
        table, target = document["data"]["csv"], document["data"]["target"]
        opened, before = [table, "--target", target], document_for(scenario.csv, target, table)
    else:
        raise NoCommandError("this scenario was made here and is in no file yet: save it first")
    changes = dict(_changes(before, document, ""))
    if with_overrides(before, changes, "") != document:
        raise NoCommandError("something was taken out of the scenario, which no option can say: save it first")
    seed = ["--seed", str(changes.pop("seed"))] if "seed" in changes else []
    options = [word for key, value in changes.items() for word in ("--set", f"{key}={inline(value)}")]
    return (*opened, *seed, *options)


def value(text: str) -> object:
    """What an option's text means: a number, a list or a truth value where it can be read as one, else text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        pass
    try:
        return float(text)  # .5, which is none in TOML
    except ValueError:
        return text


def _changes(before: Any, after: Any, key: str) -> Iterator[Change]:
    """The values that make the one document into the other."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name, value in after.items():
            yield from _changes(before.get(name), value, f"{key}.{name}".lstrip("."))
    elif _tables(before) and _tables(after) and len(before) == len(after):
        for at, pair in enumerate(zip(before, after, strict=True)):
            yield from _changes(*pair, f"{key}.{at}")
    elif type(before) is not type(after) or before != after:
        yield key, after


def _tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
