"""What a person has done of the guides, kept in a file between two starts."""

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

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
        self.path = user_state_path("nnsim") / "progress.json" if path is None else path
        self.problem = ""  # why it could not be read or saved, in words
        self._records = self._read()

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
        """Writes a new file and puts it in the place of the old one, so that there is always a whole one."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name, suffix=".new")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(self._document(), file, indent=1, ensure_ascii=False)
                os.replace(name, self.path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            self.problem = f"progress cannot be saved in {self.path} ({error.strerror or error})"

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

    def _read(self) -> dict[str, Record]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            return self._set_aside(str(error))
        try:
            return _records(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            return self._set_aside(str(error) or type(error).__name__)

    def _set_aside(self, reason: str) -> dict[str, Record]:
        aside = self.path.with_name(f"{self.path.name}.broken")
        kept = "it could not be moved"
        with suppress(OSError):
            os.replace(self.path, aside)
            kept = f"it is kept as {aside.name}"
        self.problem = f"{self.path} cannot be read ({' '.join(reason.split())[:100]}); {kept}, progress starts anew"
        return {}


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
