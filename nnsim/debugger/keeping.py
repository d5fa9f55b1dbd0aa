"""A small JSON file in the user's folder: always a whole one; where it cannot be read or written, things go on."""

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

Read = TypeVar("Read")


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
