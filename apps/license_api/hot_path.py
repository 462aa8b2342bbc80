"""The short way to the hot endpoints: a WSGI application in front of Django's.

Making Django's request and response, its signals and its middleware cost a heartbeat more than its own work does, and
it uses none of them: no cookie, no session, no page (docs/adr/0010-license-hot-path.md has the figures). So a POST to
exactly one of these paths is answered here, and everything else, also what nobody expected, by Django. The same
functions are Django's views, so that its routes, its test client and the OpenAPI document know them.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.configuration.unread import read_to_the_end
from apps.domain.accounts.endpoint import post_only, problem_for
from apps.domain.operations.observing import Observation
from apps.domain.operations.requests import Received
from apps.license_api.views import seats

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

Endpoint: TypeAlias = Callable[[Received], Mapping[str, object]]
"""Answers a POST with what becomes its JSON. Raises what `problem_for` knows."""
Environ: TypeAlias = dict[str, Any]

ENDPOINTS: Mapping[str, Endpoint] = {
    "api/v1/licenses/acquire": seats.acquire,
    "api/v1/licenses/heartbeat": seats.heartbeat,
    "api/v1/licenses/release": seats.release,
}
"""By route, as Django's patterns are written."""


def as_view(endpoint: Endpoint) -> Callable[[HttpRequest], HttpResponse]:
    """The endpoint for Django's own routes."""

    def view(request: HttpRequest) -> HttpResponse:
        return JsonResponse(endpoint(request))

    return post_only(view)


class _Request:
    """What a hot endpoint reads of a request."""

    __slots__ = ("META",)

    def __init__(self, environ: Environ) -> None:
        self.META = environ

    @property
    def body(self) -> bytes:
        read: bytes = self.META["wsgi.input"].read(int(self.META.get("CONTENT_LENGTH") or 0))
        return read


class HotPath:
    """Django's application with the short way in front of it."""

    def __init__(self, django: "WSGIApplication") -> None:
        self._django = django
        self._endpoints = {f"/{route}": (route, endpoint) for route, endpoint in ENDPOINTS.items()}

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        found = self._endpoints.get(environ["PATH_INFO"])
        if found is None or environ["REQUEST_METHOD"] != "POST":
            return self._django(environ, start_response)
        route, endpoint = found
        request = _Request(environ)
        observed = Observation(request)
        try:
            try:
                content = json.dumps(endpoint(request)).encode()
                status, headers = "200 OK", [("Content-Type", "application/json")]
                observed.answered(method="POST", endpoint=route, status=200)
            except Exception as error:
                problem = problem_for(error) or response_for_exception(WSGIRequest(environ), error)
                content = problem.content
                status, headers = f"{problem.status_code} {problem.reason_phrase}", list(problem.items())
                observed.answered(method="POST", endpoint=route, status=problem.status_code)
                read_to_the_end(environ)
                # As Django does after each request: a connection that failed is not kept for the next.
                close_old_connections()
        finally:
            observed.end()
        headers += (
            # Without its length the server would send the body in chunks.
            ("Content-Length", str(len(content))),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", observed.context["request_id"]),
        )
        start_response(status, headers)
        return [content]
