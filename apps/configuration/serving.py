"""A web worker's start: Django, then its metrics server."""

import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

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
_SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def wsgi_application(*, collectors: str | None = None) -> "WSGIApplication":
    """The application of this worker.

    collectors: dotted name of a function that gives what the metrics server asks when it is scraped.
    """
    # prometheus_client reads this when it is imported, so nothing may import it earlier. The workers of one server,
    # which have one parent, share a directory of values.
    directory = Path(tempfile.gettempdir()) / f"coditect-metrics-{os.getppid()}"
    os.environ.setdefault(_SHARED_DIRECTORY, str(directory))
    Path(os.environ[_SHARED_DIRECTORY]).mkdir(parents=True, exist_ok=True)
    application = get_wsgi_application()
    # Django reads its routes at the first request that needs them. A worker that cannot read them must not get ready.
    get_resolver().url_patterns  # noqa: B018 - reading it is the import

    from apps.domain.operations.metrics import serve_metrics

    serve_metrics(*(import_string(collectors)() if collectors else ()))
    _calm_garbage_collection()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    return reading_to_the_end(application)


def _calm_garbage_collection() -> None:
    # Requests leave few cycles, and looking for them after every 700 objects takes a twentieth of a worker's time.
    # What stands now stands until the worker ends: it is not looked through again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 100)
