"""What a person has done of the guides, kept in a file between two starts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from nnsim.debugger.keeping import KeptFile

FORMAT = 1


@dataclass
class Record:
    """One guide: the step where to go on, the steps done, and the tries that each question has taken until right."""

    place: int = 0
    done: set[int] = field(default_factory=set)
    right: dict[int, int] = field(default_factory=dict)


class Progress:
    """The records of all guides by name. Saved after every change; a file that cannot be written is no obstacle."""

    def __init__(self, path: Path | None = None) -> None:
        """`path`: a JSON file, by default in the folder where the system keeps such things.

        One that cannot be read is set aside beside it, and everything starts anew.
        """
        self._file = KeptFile(user_state_path("nnsim") / "progress.json" if path is None else path, "progress")
        self._records: dict[str, Record] = self._file.read(_records, {})

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def problem(self) -> str:
        """Why it could not be read or saved, in words; whoever has told it empties it."""
        return self._file.problem

    @problem.setter
    def problem(self, told: str) -> None:
        self._file.problem = told

    def of(self, guide: str) -> Record:
        return self._records.setdefault(guide, Record())

    def stand(self, guide: str, step: int) -> None:
        """Where to go on the next time."""
        self.of(guide).place = step
        self.save()

    def mark(self, guide: str, step: int) -> None:
        """The step is done."""
        self.of(guide).done.add(step)
        self.save()

    def answered(self, guide: str, step: int, tries: int) -> None:
        """Right after so many tries; only the first time counts."""
        self.of(guide).right.setdefault(step, tries)
        self.mark(guide, step)

    def finished(self, guide: str, steps: int) -> bool:
        return self.of(guide).done >= set(range(steps))

    def share(self, guide: str, steps: int) -> float:
        """From 0 to 1: how much of a guide is done."""
        return len(self.of(guide).done & set(range(steps))) / steps if steps else 1.0

    def forget(self, guide: str) -> None:
        """Start it anew."""
        self._records.pop(guide, None)
        self.save()

    def save(self) -> None:
        self._file.save(self._document())

    def _document(self) -> dict[str, Any]:
        guides = {
            name: {
                "place": record.place,
                "done": sorted(record.done),
                "right": {str(step): tries for step, tries in sorted(record.right.items())},
            }
            for name, record in sorted(self._records.items())
        }
        return {"format": FORMAT, "guides": guides}


def _records(document: Any) -> dict[str, Record]:
    if document["format"] != FORMAT:
        raise ValueError(f"its format is {document['format']!r}, not {FORMAT}")
    return {str(name): _record(each) for name, each in document["guides"].items()}


def _record(document: Any) -> Record:
    right = {int(step): _count(tries) for step, tries in document["right"].items()}
    return Record(_count(document["place"]), set(_counts(document["done"])), right)


def _counts(values: Iterable[Any]) -> list[int]:
    return [_count(value) for value in values]


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"found {value!r:.50}, not a whole number from 0")
    return value
