"""Prometheus metrics, and the server that shows them on METRICS_HOST and METRICS_PORT.

A web server runs several worker processes; they share their values through files (prometheus_client's multiprocess
mode), and whichever worker gets the port first answers for all.
"""

import logging
import os
import threading
from wsgiref.simple_server import WSGIServer, make_server

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, make_wsgi_app, multiprocess
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

REQUESTS = Counter("http_requests_total", "HTTP requests", ("service", "method", "endpoint", "status"))
REQUEST_SECONDS = Histogram(
    "http_request_duration_seconds",
    "Seconds a request took",
    ("service", "method", "endpoint"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
REBUILDS = Counter("license_seat_rebuilds_total", "Licenses whose seats were rebuilt from PostgreSQL")
GRANTS = Counter("license_grants_total", "Acquires by outcome", ("outcome",))
SEALED_ROWS = Counter("audit_rows_sealed_total", "Audit rows sealed into the hash chain")

SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_RETRY_S = 5.0


def serve_metrics(*collectors: Collector) -> None:
    """Answer scrapes on METRICS_PORT from a thread of this process; does nothing when the setting is absent.

    A worker that finds the port taken tries again for ever: it takes over when the one that answers dies.
    """
    if settings.METRICS_PORT is not None:
        thread = threading.Thread(target=_serve, args=(settings.METRICS_PORT, collectors), name="metrics", daemon=True)
        thread.start()


def registry(collectors: tuple[Collector, ...]) -> CollectorRegistry:
    """Values of all workers, and what the collectors find out when they are asked."""
    combined = CollectorRegistry()
    if SHARED_DIRECTORY in os.environ:
        multiprocess.MultiProcessCollector(combined)  # type: ignore[no-untyped-call]  # prometheus_client has no types here
    for collector in collectors:
        combined.register(collector)
    return combined


def _serve(port: int, collectors: tuple[Collector, ...]) -> None:
    application = make_wsgi_app(registry(collectors))
    stop = threading.Event()
    while not stop.wait(0):
        try:
            server: WSGIServer = make_server(settings.METRICS_HOST, port, application, handler_class=_quiet())
        except OSError:
            stop.wait(_RETRY_S)
        else:
            logger.info("Serving metrics", extra={"port": port})
            server.serve_forever()


def _quiet() -> type:
    from wsgiref.simple_server import WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            """A scrape every few seconds is not worth a line."""

    return Quiet
