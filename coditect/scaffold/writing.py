"""Writes several files, or none of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def write_all(files: Mapping[Path, str]) -> None:
    """Write every file. On any error those written are as they were before, and new directories are gone."""
    with _restored_on_failure(tuple(files)):
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)


@contextmanager
def _restored_on_failure(paths: tuple[Path, ...]) -> Iterator[None]:
    former = {path: path.read_bytes() if path.exists() else None for path in paths}
    # Innermost first, so that each is empty when its turn comes.
    created = sorted({d for path in paths for d in path.parents if not d.exists()}, key=lambda d: -len(d.parts))
    try:
        yield
    except BaseException:
        for path, content in former.items():
            if content is not None:
                path.write_bytes(content)
            else:
                path.unlink(missing_ok=True)
        for directory in created:
            if directory.is_dir():
                directory.rmdir()
        raise
