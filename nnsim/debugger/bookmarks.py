"""Moments that a person wants to come back to, each with a note, kept in a file between two starts."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from nnsim.debugger.branches import Branch, Tree
from nnsim.debugger.keeping import KeptList, whole_name

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
        scenario = shlex.join([whole_name(opened[0]), *opened[1:]])
        self._kept = KeptList(scenario, path, "bookmarks", _bookmark)

    def told(self) -> str:
        """Why they could not be read or saved, in words, once; empty where all is well."""
        return self._kept.told()

    @property
    def here(self) -> tuple[Bookmark, ...]:
        """Those of this scenario, by iteration."""
        return tuple(sorted(self._kept.items, key=lambda each: int(each.at.partition(":")[0])))

    def add(self, bookmark: Bookmark) -> None:
        """One at the same moment of the same branch is replaced."""
        here = (bookmark.at, bookmark.edits)
        self._kept.change(lambda kept: [*(each for each in kept if (each.at, each.edits) != here), bookmark])

    def remove(self, bookmark: Bookmark) -> None:
        self._kept.change(lambda kept: [each for each in kept if each != bookmark])


def _bookmark(found: Any) -> Bookmark:
    at, note, edits = found["at"], found["note"], found["edits"]
    if not isinstance(at, str) or not at.partition(":")[0].isdecimal() or len(at) > 500:
        raise ValueError(f"found {at!r:.50}, not a moment")
    if not isinstance(note, str) or not isinstance(edits, list) or not all(isinstance(each, str) for each in edits):
        raise ValueError("a note or an edit is not a text")
    return Bookmark(at, note[:LONGEST_NOTE], tuple(edits))


def way_to(tree: Tree, edits: Sequence[str]) -> tuple[Branch, tuple[str, ...]]:
    """The last branch that is there on the way that edits lead, and the edits that begin the missing ones."""
    there = [each for each in tree.branches if each.words == tuple(edits[: len(each.words)])]
    branch = max(there, key=lambda each: len(each.words))
    return branch, tuple(edits[len(branch.words) :])
