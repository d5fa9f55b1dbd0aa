"""The values that a person has typed for races, kept between two starts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from nnsim.debugger.keeping import KeptList, whole_name
from nnsim.debugger.races import Choice, listed

LONGEST = 500


def default_path() -> Path:
    """In the folder where the system keeps such things."""
    return user_state_path("nnsim") / "races.json"


@dataclass(frozen=True)
class Typed:
    """title: of the choice; text: its values, as they were typed."""

    title: str
    text: str


class TypedValues:
    """Those of one scenario. A file that cannot be read is set aside, and `told` says so."""

    def __init__(self, scenario: str, path: Path | None = None) -> None:
        """scenario: its built-in name or its file. path: None where nobody keeps them."""
        self._kept = KeptList(whole_name(scenario), path, "the values of races", _typed)

    def told(self) -> str:
        """Why they could not be read or saved, in words, once; empty where all is well."""
        return self._kept.told()

    def keep(self, title: str, text: str) -> None:
        typed = Typed(title, text)
        self._kept.change(lambda kept: [*(each for each in kept if each.title != title), typed])

    def put_into(self, choices: Sequence[Choice]) -> list[Choice]:
        """The choices with the values that were typed for them."""
        texts = {each.title: each.text for each in self._kept.items}
        return [with_values(each, texts[each.title]) if each.title in texts else each for each in choices]


def with_values(choice: Choice, text: str) -> Choice:
    """The choice with other values. Raises ValueError where the text has none, or one twice."""
    [name] = choice.vary
    return replace(choice, vary={name: listed(text)})


def _typed(found: Any) -> Typed:
    typed = Typed(**found)
    if not isinstance(typed.title, str) or not isinstance(typed.text, str) or len(typed.text) > LONGEST:
        raise ValueError("a title or values are not a text")
    listed(typed.text)
    return typed
