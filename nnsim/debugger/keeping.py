"""Small JSON files in the user's folder: always whole ones; where one cannot be read or written, things go on."""

import json
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORMAT = 1

Read = TypeVar("Read")
Item = TypeVar("Item", bound="DataclassInstance")


class KeptFile:
    """`problem`: why it could not be read or saved, in words."""

    def __init__(self, path: Path, what: str) -> None:
        """`what` is in it, as a message names it: "progress"."""
        self.path, self.problem = path, ""
        self._what = what

    def read(self, parse: Callable[[Any], Read], nothing: Read) -> Read:
        """What `parse` makes of the document; `nothing` where there is none.

        One that cannot be read, or that `parse` refuses with an exception, is set aside beside it.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return nothing
        except (OSError, UnicodeDecodeError) as error:
            self._set_aside(str(error))
            return nothing
        try:
            return parse(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            self._set_aside(str(error) or type(error).__name__)
            return nothing

    def save(self, document: Any) -> bool:
        """Writes a new file and puts it in the place of the old one. Whether that was possible."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name, suffix=".new")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(document, file, indent=1, ensure_ascii=False)
                os.replace(name, self.path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            self.problem = f"{self._what} cannot be saved in {self.path} ({error.strerror or error})"
            return False
        return True

    def _set_aside(self, reason: str) -> None:
        aside = self.path.with_name(f"{self.path.name}.broken")
        kept = "it could not be moved"
        with suppress(OSError):
            os.replace(self.path, aside)
            kept = f"it is kept as {aside.name}"
        reason = " ".join(reason.split())[:100]
        self.problem = f"{self.path} cannot be read ({reason}); {kept}, {self._what} starts anew"


class KeptList(Generic[Item]):
    """What belongs to one scenario, in a file with that of all others. Saved after every change."""

    def __init__(self, scenario: str, path: Path | None, what: str, parse: Callable[[Any], Item]) -> None:
        """scenario: its name. path: None where nobody keeps it. `what` it is, as a message names it.

        parse: makes an item of what `asdict` has made of it; raises ValueError, TypeError or KeyError where it cannot.
        A file that cannot be read is set aside, and `told` says so.
        """
        self._scenario, self._parse = scenario, parse
        self._file = KeptFile(path, what) if path else None
        self._all: dict[str, list[Item]] = {}
        self._saved = True
        self._read()

    def told(self) -> str:
        """Why it could not be read or saved, in words, once; empty where all is well."""
        if self._file is None:
            return ""
        problem, self._file.problem = self._file.problem, ""
        return problem

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(self._all.get(self._scenario, ()))

    def change(self, changed: Callable[[tuple[Item, ...]], Iterable[Item]]) -> None:
        """Puts what `changed` makes of the items in their place. Another nnsim may have added some meanwhile."""
        self._read()
        self._all[self._scenario] = list(changed(self.items))
        scenarios = {name: [asdict(each) for each in kept] for name, kept in sorted(self._all.items()) if kept}
        if self._file:
            self._saved = self._file.save({"format": FORMAT, "scenarios": scenarios})

    def _read(self) -> None:
        """What could not be saved is only here."""
        if self._file and self._saved:
            self._all = self._file.read(self._scenarios, self._all)

    def _scenarios(self, document: Any) -> dict[str, list[Item]]:
        if document["format"] != FORMAT:
            raise ValueError(f"its format is {document['format']!r}, not {FORMAT}")
        return {str(name): [self._parse(each) for each in kept] for name, kept in document["scenarios"].items()}


def whole_name(scenario: str) -> str:
    """A built-in scenario by its name, a file by its whole path."""
    return str(Path(scenario).resolve()) if Path(scenario).suffix else scenario


def name_of(experiment: object) -> str:
    """What belongs to a scenario is kept under this: its built-in name or its file; empty where it is in no file."""
    from nnsim.scenario.loading import Scenario

    if not isinstance(experiment, Scenario):
        return ""
    return experiment.source or (str(experiment.document["data"]["csv"]) if experiment.csv else "")
