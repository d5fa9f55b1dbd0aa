from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnsim.scenario import ScenarioError, from_csv, load

CSV_SCENARIO = """
[data]
csv = "people.csv"
target = "y"
{keys}

[network]
layers = [ {{ units = {units}, activation = "{activation}" }} ]

[training]
loss = "{loss}"
optimizer = "sgd"
epochs = 1
"""

Write = Callable[[str, str], Path]
Complain = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file into a folder that is the current one, so that messages name it without its folder."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str) -> Path:
        Path(name).write_bytes(text.encode("utf-8"))
        return Path(name)

    return write


@pytest.fixture
def complaints(write: Write) -> Complain:
    """The lines of the error that a TOML text gives, with overrides if need be."""

    def complaints(text: str, overrides: dict[str, Any] | None = None) -> list[str]:
        write("my.toml", text)
        with pytest.raises(ScenarioError) as error:
            load("my.toml", overrides)
        return str(error.value).split("\n")

    return complaints


@pytest.fixture
def csv_complaints(write: Write) -> Complain:
    """The lines of the error that a CSV with target y gives, on the way through a TOML or without one."""

    def complaints(text: str, keys: str = "", loss: str = "mean_squared_error", direct: bool = False) -> list[str]:
        write("people.csv", text)
        write("my.toml", CSV_SCENARIO.format(keys=keys, loss=loss, units=1, activation="linear"))
        with pytest.raises(ScenarioError) as error:
            from_csv("people.csv", "y") if direct else load("my.toml")
        return str(error.value).split("\n")

    return complaints
