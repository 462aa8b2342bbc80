"""Around every request: its id, its metrics and its log line."""

import logging
import os
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.configuration.logging import LogContext, log_context
from apps.domain.operations.metrics import REQUEST_SECONDS, REQUESTS
from apps.domain.operations.requests import request_id

logger = logging.getLogger("apps.requests")

# Told apart in metrics as the catalogue names them: license-backend, gateway-frontend.
_, _PROJECT, _, _KIND = os.environ.get("DJANGO_SETTINGS_MODULE", "apps.unknown.settings.process").split(".")
SERVICE = f"{_PROJECT.removesuffix('_api')}-{_KIND}"
# Good answers of these are counted, not logged: they come thousands of times, or log a line of their own.
_UNLOGGED = frozenset({"health", "ready", "api/health", "api/v1/licenses/heartbeat", "api/v1/licenses/acquire"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def request_context(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        context = LogContext(request_id=request_id(request))
        token = log_context.set(context)
        try:
            response = get_response(request)
            seconds = time.perf_counter() - started
            # The pattern, never the path: a path may hold ids, and clients may invent paths without end.
            endpoint = request.resolver_match.route if request.resolver_match else "unknown"
            method = request.method if request.method in _METHODS else "other"
            status = response.status_code
            REQUESTS.labels(SERVICE, method, endpoint, status).inc()
            REQUEST_SECONDS.labels(SERVICE, method, endpoint).observe(seconds)
            if status >= 400 or endpoint not in _UNLOGGED:
                logger.log(
                    logging.ERROR if status >= 500 else logging.INFO,
                    "%s /%s %d",
                    method,
                    endpoint,
                    status,
                    extra={"method": method, "endpoint": endpoint, "status": status, "ms": round(seconds * 1000, 2)},
                )
            response.headers["X-Request-Id"] = context["request_id"]
            return response
        finally:
            log_context.reset(token)

    return middleware
