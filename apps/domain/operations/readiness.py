"""Whether a process lives, and whether it can do its work."""

import logging
from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.domain.operations.database import DatabaseUnavailableError, ask
from apps.domain.operations.redis import CacheUnavailableError, redis_link

logger = logging.getLogger(__name__)

Check = Callable[[], object]


def health(_request: HttpRequest) -> HttpResponse:
    """Live: the process answers. Nothing else is asked, so that a database outage restarts no process."""
    return JsonResponse({"status": "ok"})


def database() -> object:
    """Raises DatabaseUnavailableError."""
    return ask("SELECT 1", [])


def cache() -> object:
    """Raises CacheUnavailableError."""
    return redis_link().ask(b"PING")


def readiness(checks: Mapping[str, Check], *failures: type[Exception]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that runs every check and names those that fail. failures: what a check raises beside the usual."""
    expected: tuple[type[Exception], ...] = (DatabaseUnavailableError, CacheUnavailableError, *failures)

    def ready(_request: HttpRequest) -> HttpResponse:
        found: dict[str, str] = {}
        for name, check in checks.items():
            try:
                check()
                found[name] = "ok"
            except expected as error:
                logger.warning("Not ready: %s", name, extra={"reason": str(error)})
                found[name] = "unavailable"
        is_ready = all(state == "ok" for state in found.values())
        return JsonResponse(
            {"status": "ready" if is_ready else "not ready", "checks": found}, status=200 if is_ready else 503
        )

    return ready
