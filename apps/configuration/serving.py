"""A web worker's start: Django, then its metrics server."""

import os
import tempfile
from pathlib import Path

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

_SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def wsgi_application(*, collectors: str | None = None) -> WSGIHandler:
    """The application of this worker.

    collectors: dotted name of a function that gives what the metrics server asks when it is scraped.
    """
    # prometheus_client reads this when it is imported, so nothing may import it earlier. The workers of one server,
    # which have one parent, share a directory of values.
    directory = Path(tempfile.gettempdir()) / f"coditect-metrics-{os.getppid()}"
    os.environ.setdefault(_SHARED_DIRECTORY, str(directory))
    Path(os.environ[_SHARED_DIRECTORY]).mkdir(parents=True, exist_ok=True)
    application = get_wsgi_application()

    from apps.domain.operations.metrics import serve_metrics

    serve_metrics(*(import_string(collectors)() if collectors else ()))
    return application
