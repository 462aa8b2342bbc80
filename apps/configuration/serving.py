"""A web worker's start: Django, then its metrics server."""

import contextlib
import gc
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.module_loading import import_string

from apps.configuration.unread import reading_to_the_end

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_OBJECTS_BETWEEN_COLLECTIONS = 20_000
# Python's own 5 ms make one heartbeat in a hundred wait 25 ms for threads that compute; 0.5 ms cost a fifth of the
# acquires (docs/adr/0010-license-hot-path.md).
_SWITCH_INTERVAL_S = 0.001
_PREFIX = "coditect-metrics-"
_SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def wsgi_application(*, collectors: str | None = None) -> "WSGIApplication":
    """The application of this worker.

    collectors: dotted name of a function that gives what the metrics server asks when it is scraped.
    """
    # prometheus_client reads this when it is imported, so nothing may import it earlier.
    if _SHARED_DIRECTORY in os.environ:
        Path(os.environ[_SHARED_DIRECTORY]).mkdir(parents=True, exist_ok=True)
    else:
        os.environ[_SHARED_DIRECTORY] = str(metrics_directory(Path(tempfile.gettempdir())))
    application = get_wsgi_application()
    # Django reads its routes at the first request that needs them. A worker that cannot read them must not get ready.
    get_resolver().url_patterns  # noqa: B018 - reading it is the import

    from apps.domain.operations.metrics import serve_metrics

    serve_metrics(*(import_string(collectors)() if collectors else ()))
    _calm_garbage_collection()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    return reading_to_the_end(application)


def metrics_directory(place: Path) -> Path:
    """A directory of values for all workers of one server, which have one parent; this user's alone.

    The parent's id is all that the workers have in common, so that others can guess the name: raises
    ImproperlyConfigured where somebody else was first. No worker knows that it is the last one to end, so what servers
    left that are gone is deleted here.
    """
    for left in place.glob(f"{_PREFIX}*"):
        parent = left.name.removeprefix(_PREFIX)
        if _is_own_directory(left) and parent.isdecimal() and not _is_there(int(parent)):
            shutil.rmtree(left, ignore_errors=True)
    directory = place / f"{_PREFIX}{os.getppid()}"
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    if not _is_own_directory(directory):
        raise ImproperlyConfigured(
            f"{directory} is not this user's own directory, so no metrics are kept in it. "
            "Remove it, or name another place for temporary files in TMPDIR."
        )
    return directory


def _is_own_directory(path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:  # another worker deleted it
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's; no process's number
        return True
    return True


def _calm_garbage_collection() -> None:
    # Requests leave few cycles, and looking for them after every 700 objects takes a twentieth of a worker's time.
    # What stands now stands until the worker ends: it is not looked through again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 100)
