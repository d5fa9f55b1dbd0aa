"""Reads a TOML file into a plain document, and puts overrides into it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from nnsim.scenario.errors import Mistakes, ScenarioError, did_you_mean, plural, safe

Document = dict[str, Any]

_NAMED = ("optimizer", "init", "schedule")  # keys that take a name or a table with that name in it


def read_text(path: Path, file: str) -> str:
    """The text of a UTF-8 file; ScenarioError when there is none."""
    mistakes = Mistakes(file)
    with reading(path, mistakes):
        content = path.read_bytes()
    return _decode(content, mistakes)


@contextmanager
def reading(path: Path, mistakes: Mistakes) -> Iterator[None]:
    """Whatever keeps a file from being read becomes a ScenarioError; also a folder, or a device without an end."""
    try:
        if path.exists() and not path.is_file():
            mistakes.add("", "is not a file")
        else:
            yield
    except FileNotFoundError:
        mistakes.add("", "there is no such file", hint=_neighbour(path))
    except ScenarioError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        mistakes.add("", f"cannot be read ({safe(getattr(error, 'strerror', None) or str(error))})")
    mistakes.stop_if_any()


def _decode(content: bytes, mistakes: Mistakes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        mistakes.add(f"line {line}", f"found a byte that is not UTF-8 (0x{content[error.start]:02x})", "text in UTF-8")
        raise ScenarioError(mistakes.lines) from None


def _neighbour(path: Path) -> str:
    try:
        return did_you_mean(path.name, [safe(each.name) for each in path.parent.iterdir() if each.is_file()])
    except OSError:
        return ""


def read_document(path: Path, file: str) -> Document:
    """The tables of a TOML file; ScenarioError with line and column where it is not TOML."""
    text = read_text(path, file)
    mistakes = Mistakes(file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        mistakes.add(*_syntax(str(error), text))
    except RecursionError:
        mistakes.add("", "tables or lists are nested too deeply")
    except ValueError as error:  # a number of thousands of digits, a date that does not exist
        mistakes.add("", f"is not TOML ({safe(str(error))})")
    raise ScenarioError(mistakes.lines)


def _syntax(message: str, text: str) -> tuple[str, str]:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    reason = safe(message[: place.start()] if place else message)
    if place and place[1]:
        return f"line {place[1]}, column {place[2]}", f"is not TOML ({reason})"
    lines = text.split("\n")
    return f"line {len(lines)}, column {len(lines[-1]) + 1}", f"is not TOML ({reason})"


def with_overrides(document: Document, overrides: Mapping[str, Any] | None, file: str) -> Document:
    """A copy of the document with dotted keys such as "network.layers.0.units" replaced."""
    result = deepcopy(document)
    mistakes = Mistakes(file)
    for key, value in (overrides or {}).items():
        _override(result, key, deepcopy(value), mistakes)
    mistakes.stop_if_any()
    return result


def _override(document: Document, key: str, value: Any, mistakes: Mistakes) -> None:
    parts = re.sub(r"\[(\d+)\]", r".\1", key).split(".")
    if not all(parts):
        return mistakes.add(safe(key), "is not a key", "names separated by dots, such as training.optimizer.name")
    table: Any = document
    for depth, part in enumerate(parts):
        place = dotted(parts[:depth])
        index: Any = part
        if isinstance(table, list):
            if not part.isdecimal() or int(part) >= len(table):
                return mistakes.add(place, f"found index {safe(part)} of a list of {len(table)}", _indices(len(table)))
            index = int(part)
        elif not isinstance(table, dict):
            return mistakes.add(place, f"has no {safe(part)} in it: it is neither a table nor a list")
        if depth == len(parts) - 1:
            table[index] = value
        else:
            table = _enter(table, index)
    return None


def _enter(table: Any, index: Any) -> Any:
    """What is below; a table is made where there is none, and `optimizer = "adam"` becomes a table with that name."""
    if isinstance(table, dict):
        below = table.setdefault(index, {})
        if index in _NAMED and isinstance(below, str):
            table[index] = {"name": below}
    return table[index]


def _indices(length: int) -> str:
    return f"0 to {length - 1}" if length else plural(0, "item")


def dotted(parts: list[str]) -> str:
    """The key of a place as people write it: network.layers[0].units."""
    return "".join(f"[{part}]" if part.isdecimal() else f".{safe(part)}" for part in parts).removeprefix(".")
