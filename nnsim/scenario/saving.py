"""Writes a scenario as a TOML file that loads to the same scenario."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nnsim.scenario.document import Document
from nnsim.scenario.errors import Mistakes, ScenarioError, safe
from nnsim.scenario.loading import Scenario

WIDTH = 100  # characters of a line; longer lists get a line for each item

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def save(scenario: Scenario, path: str | Path) -> None:
    """Writes all of the file or nothing; one that is there is replaced. ScenarioError where that is not possible."""
    path = Path(path)
    mistakes = Mistakes(str(path))
    if path.suffix.lower() != ".toml":
        mistakes.add("", "cannot be the name of a scenario", "a name that ends with .toml")
    mistakes.stop_if_any()
    try:
        _write(path, toml(_moved(scenario, path.parent)).encode())
    except UnicodeEncodeError:
        mistakes.add("", "cannot be written: a name in it is not Unicode")
    except (OSError, ValueError) as error:
        mistakes.add("", f"cannot be written ({safe(getattr(error, 'strerror', None) or str(error))})")
    if mistakes.lines:
        raise ScenarioError(mistakes.lines)


def toml(document: Mapping[str, Any]) -> str:
    """A document as TOML: what stands alone first, then its tables."""
    alone = {key: value for key, value in document.items() if not isinstance(value, dict)}
    parts = ["".join(_lines(alone))]
    for name, table in document.items():
        if isinstance(table, dict):
            parts.append("".join([f"[{_key(name)}]\n", *_lines(table)]))
    return "\n".join(filter(None, parts))


def _moved(scenario: Scenario, folder: Path) -> Document:
    """The document with the paths of its CSV and its guide as seen from another folder."""
    document = dict(scenario.document)
    if "csv" in document["data"]:
        csv = scenario.folder / document["data"]["csv"]
        document["data"] = {**document["data"], "csv": _path(csv, folder)}
    if scenario.guide:
        document["guide"] = _path(scenario.guide, folder)
    return document


def _path(file: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return file.resolve().as_posix()


def _write(path: Path, content: bytes) -> None:
    """Into a file beside it first, which takes its place when it is complete."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:50]}-", suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        line = f"{_key(key)} = {inline(value)}\n"
        if len(line) > WIDTH and isinstance(value, list | tuple) and value:
            items = "".join(f"    {inline(item)},\n" for item in value)
            line = f"{_key(key)} = [\n{items}]\n"
        yield line


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def inline(value: Any) -> str:
    """A value as TOML in one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _text(value)
        case dict():
            inside = ", ".join(f"{_key(key)} = {inline(each)}" for key, each in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case list() | tuple():
            return f"[{', '.join(map(inline, value))}]"
        case float():
            return repr(value)
    return str(value)


def _text(text: str) -> str:
    """In quotes, with everything escaped that does not print: also what a terminal would obey."""
    return f'"{"".join(map(_character, text))}"'


def _character(c: str) -> str:
    if c in _ESCAPED:
        return _ESCAPED[c]
    if c.isprintable() or "\ud800" <= c <= "\udfff":
        return c
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
