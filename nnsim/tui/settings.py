"""What is remembered between two sessions: theme, layout, digits, keys. A small TOML file in the user's folder."""

import tomllib
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from nnsim.tui.files import write_atomically

HEAD = """\
# What nnsim remembers. It is written anew when something changes; keep notes elsewhere.
# copy = "file" lets y write a file instead of the clipboard. [keys] gives a command another key, by its name in the
# command palette with a dot: "step.next" = "j".
"""


@dataclass(frozen=True)
class Settings:
    """`zoomed`: the panel that fills the screen, if any; `copy`: "clipboard" or "file"; `keys`: key by command.

    `blocks`: lines of blocks in place of braille dots.
    """

    theme: str = ""
    zoomed: str = ""
    projector: bool = False
    blocks: bool = False
    digits: int = 4
    copy: str = "clipboard"
    welcomed: bool = False
    keys: dict[str, str] = field(default_factory=dict)


class Store:
    """Settings and where they are kept. Without a path nothing is read or written."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.notice = ""
        self.settings = Settings(welcomed=path is None)
        if path is not None:
            self._read(path)

    def change(self, **changes: Any) -> None:
        """Remembers; where the file cannot be written, only until the program ends."""
        changed = replace(self.settings, **changes)
        if changed != self.settings:
            self.settings = changed
            if self.path is not None:
                with suppress(OSError):
                    write_atomically(self.path, as_toml(changed))

    def _read(self, path: Path) -> None:
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self.notice = f"{path} cannot be read, so nothing is remembered: {error}"
            self.path = None  # a person's file with a typing mistake is not written over
            self.settings = Settings(welcomed=True)
            return
        wrong = [name for name, value in found.items() if not _right(name, value)]
        self.settings = Settings(**{name: value for name, value in found.items() if name not in wrong})
        if wrong:
            self.notice = f"{path}: {', '.join(wrong)} means nothing here and is left out"


def default_path() -> Path:
    from platformdirs import user_config_path

    return user_config_path("nnsim", appauthor=False) / "settings.toml"


def as_toml(settings: Settings) -> str:
    """The settings as a TOML file; a JSON string is a TOML string."""
    import json

    values = {item.name: getattr(settings, item.name) for item in fields(settings)}
    keys = values.pop("keys")
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    lines += ["", "[keys]", *(f"{json.dumps(name)} = {json.dumps(key)}" for name, key in keys.items())]
    return HEAD + "\n".join(lines) + "\n"


def _right(name: str, value: object) -> bool:
    defaults = {item.name: getattr(Settings(), item.name) for item in fields(Settings)}
    if name not in defaults or type(value) is not type(defaults[name]):
        return False
    if name == "keys" and isinstance(value, dict):
        return all(isinstance(key, str) for key in value.values())
    return 2 <= value <= 17 if name == "digits" and isinstance(value, int) else True
