"""What a client is told when no view answers: problem details on the API, a short page elsewhere."""

from django.http import HttpRequest, HttpResponse

from apps.domain.operations import problems
from apps.domain.operations.problems import ProblemError

_PAGE = "<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1><p>{detail}</p>"


_NOT_FOUND = ProblemError(code="not_found", status=404, title="Not found", detail="There is nothing at this address.")
_BAD_REQUEST = ProblemError(
    code="invalid_request", status=400, title="The request is not valid", detail="The server could not read it."
)
FAILED = ProblemError(
    code="internal_error",
    status=500,
    title="Something failed",
    detail="It was written down. Please try again later.",
)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, _NOT_FOUND)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, _BAD_REQUEST)


def failed(request: HttpRequest) -> HttpResponse:
    return _answer(request, FAILED)


def _answer(request: HttpRequest, error: ProblemError) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.answer(error)
    return HttpResponse(_PAGE.format(title=error.title, detail=error.detail), status=error.status)
