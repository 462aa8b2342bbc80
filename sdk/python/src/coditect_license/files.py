"""Private files: written whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def private_directory(path: Path) -> Path:
    """Create `path` and its parents if missing, closed to other users."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` by `content` at once (mode 0600). Raises OSError, and then the old file still stands."""
    private_directory(path.parent)
    # mkstemp creates with mode 0600; the rename is atomic, so a reader sees the old file or the new one, never half.
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(unfinished).unlink()
        raise
