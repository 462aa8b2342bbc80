"""What is noted of every request, whichever way it takes: its id, its metrics and its log line."""

import logging
import os
import time
from functools import cache

from prometheus_client import Counter, Histogram

from apps.configuration.logging import LogContext, log_context
from apps.domain.operations.metrics import REQUEST_SECONDS, REQUESTS
from apps.domain.operations.requests import Received, request_id
from apps.domain.operations.tracing import tracer

logger = logging.getLogger("apps.requests")


def service_of(settings_module: str) -> str:
    """The service as metrics and the catalogue name it.

    `license-backend` of `apps.license_api.settings.backend`; `docs-frontend` of `apps.docs_frontend.settings`, whose
    project is one service.
    """
    _, project, _, *kind = settings_module.split(".")
    return f"{project.removesuffix('_api')}-{kind[0]}" if kind else project.replace("_", "-")


SERVICE = service_of(os.environ.get("DJANGO_SETTINGS_MODULE", "apps.unknown.settings.process"))
# Good answers of these are counted, not logged: they come thousands of times, or log a line of their own.
_UNLOGGED = frozenset({"health", "ready", "api/v1/licenses/heartbeat", "api/v1/licenses/acquire"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observation:
    """One request, from its arrival to its answer. The thread's log lines carry its ids until `end`."""

    __slots__ = ("_before", "_span", "_started", "context")

    def __init__(self, request: Received) -> None:
        self._started = time.perf_counter()
        self.context = LogContext(request_id=request_id(request))
        self._before = log_context.set(self.context)
        self._span = tracer.received(request.META)

    def answered(self, *, method: str | None, endpoint: str, status: int) -> None:
        """endpoint: the route's pattern, never the path, which may hold ids, and which clients may invent."""
        seconds = time.perf_counter() - self._started
        if method not in _METHODS:
            method = "other"
        _counter(method, endpoint, status).inc()
        _histogram(method, endpoint).observe(seconds)
        self._span.answered(method=method, route=endpoint, status=status, request_id=self.context["request_id"])
        if status >= 400 or endpoint not in _UNLOGGED:
            logger.log(
                logging.ERROR if status >= 500 else logging.INFO,
                "%s /%s %d",
                method,
                endpoint,
                status,
                extra={"method": method, "endpoint": endpoint, "status": status, "ms": round(seconds * 1000, 2)},
            )

    def end(self) -> None:
        self._span.end()
        log_context.reset(self._before)


# Methods and patterns are few, so are these; finding them by their labels each time costs more than counting.
@cache
def _counter(method: str, endpoint: str, status: int) -> Counter:
    return REQUESTS.labels(SERVICE, method, endpoint, status)


@cache
def _histogram(method: str, endpoint: str) -> Histogram:
    return REQUEST_SECONDS.labels(SERVICE, method, endpoint)
