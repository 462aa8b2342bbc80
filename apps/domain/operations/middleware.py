"""Around every request that Django answers: its id, its metrics and its log line."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.domain.operations.observing import Observation


def request_context(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        observed = Observation(request)
        try:
            response = get_response(request)
            endpoint = request.resolver_match.route if request.resolver_match else "unknown"
            observed.answered(method=request.method, endpoint=endpoint, status=response.status_code)
            response.headers["X-Request-Id"] = observed.context["request_id"]
            return response
        finally:
            observed.end()

    return middleware
