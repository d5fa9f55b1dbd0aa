"""Moments that a person wants to come back to, each with a note, kept in a file between two starts."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from nnsim.debugger.keeping import KeptFile

FORMAT = 1
LONGEST_NOTE = 200


def default_path() -> Path:
    """In the folder where the system keeps such things."""
    return user_state_path("nnsim") / "bookmarks.json"


@dataclass(frozen=True)
class Bookmark:
    """at: the text of the moment. edits: those that lead to its branch; none for the original."""

    at: str
    note: str = ""
    edits: tuple[str, ...] = ()


class Bookmarks:
    """Those of one scenario, with all that was changed of it. Saved after every change."""

    def __init__(self, opened: Sequence[str], path: Path | None = None) -> None:
        """opened: what stands after `nnsim` to open the scenario. path: None for a list that nobody keeps.

        A file that cannot be read is set aside, and `told` says so.
        """
        file = Path(opened[0])
        self._scenario = shlex.join([str(file.resolve()) if file.suffix else opened[0], *opened[1:]])
        self._file = KeptFile(path, "bookmarks") if path else None
        self._all: dict[str, list[Bookmark]] = {}
        self._saved = True
        self._read()

    def told(self) -> str:
        """Why they could not be read or saved, in words, once; empty where all is well."""
        if self._file is None:
            return ""
        problem, self._file.problem = self._file.problem, ""
        return problem

    @property
    def here(self) -> tuple[Bookmark, ...]:
        """Those of this scenario, by iteration."""
        return tuple(sorted(self._all.get(self._scenario, ()), key=lambda each: int(each.at.partition(":")[0])))

    def add(self, bookmark: Bookmark) -> None:
        """One at the same moment of the same branch is replaced."""
        self._read()
        kept = [each for each in self.here if (each.at, each.edits) != (bookmark.at, bookmark.edits)]
        self._all[self._scenario] = [*kept, bookmark]
        self._save()

    def remove(self, bookmark: Bookmark) -> None:
        self._read()
        self._all[self._scenario] = [each for each in self.here if each != bookmark]
        self._save()

    def _read(self) -> None:
        """Another nnsim may have written it meanwhile. What could not be saved is only here."""
        if self._file and self._saved:
            self._all = self._file.read(_scenarios, self._all)

    def _save(self) -> None:
        scenarios = {name: [asdict(each) for each in kept] for name, kept in sorted(self._all.items()) if kept}
        if self._file:
            self._saved = self._file.save({"format": FORMAT, "scenarios": scenarios})


def _scenarios(document: Any) -> dict[str, list[Bookmark]]:
    if document["format"] != FORMAT:
        raise ValueError(f"its format is {document['format']!r}, not {FORMAT}")
    return {str(name): [_bookmark(each) for each in kept] for name, kept in document["scenarios"].items()}


def _bookmark(found: Any) -> Bookmark:
    at, note, edits = found["at"], found["note"], found["edits"]
    if not isinstance(at, str) or not at.partition(":")[0].isdecimal() or len(at) > 500:
        raise ValueError(f"found {at!r:.50}, not a moment")
    if not isinstance(note, str) or not isinstance(edits, list) or not all(isinstance(each, str) for each in edits):
        raise ValueError("a note or an edit is not a text")
    return Bookmark(at, note[:LONGEST_NOTE], tuple(edits))
