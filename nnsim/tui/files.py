"""Files that are complete or not there: written beside their place, then moved to it."""

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Raises OSError where that cannot be done; what stood there then still does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def free_path(folder: Path, stem: str, suffix: str) -> Path:
    """stem.suffix in the folder, or stem-2.suffix ... where that is taken."""
    taken = 1
    path = folder / f"{stem}{suffix}"
    while path.exists():
        taken += 1
        path = folder / f"{stem}-{taken}{suffix}"
    return path
