"""The short way to the hot endpoints: past the middleware that cookies, pages and the admin need, and past URL search.

They use none of it: no cookie, no session, no page. The views stay plain Django views with ordinary routes; this only
finds them sooner. What it saves is measured in docs/adr/0010-license-hot-path.md.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

_PATHS = ("/api/v1/licenses/heartbeat", "/api/v1/licenses/acquire", "/api/v1/licenses/release")


def hot_path(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    matches = {path: resolve(path) for path in _PATHS}

    def middleware(request: HttpRequest) -> HttpResponse:
        match = matches.get(request.path_info)
        if match is None:
            return get_response(request)
        request.resolver_match = match
        response: HttpResponse = match.func(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Without it the server would send the body in chunks, as CommonMiddleware prevents elsewhere.
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware
