"""What a client is told when no view answers: problem details on the API, a short page elsewhere."""

from django.http import HttpRequest, HttpResponse

from apps.domain.operations import problems

_PAGE = "<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1><p>{detail}</p>"


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "not_found", "Not found", "There is nothing at this address.")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, "invalid_request", "The request is not valid", "The server could not read it.")


def failed(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "internal_error", "Something failed", "It was written down. Please try again later.")


def _answer(request: HttpRequest, status: int, code: str, title: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.problem(code=code, status=status, title=title, detail=detail)
    return HttpResponse(_PAGE.format(title=title, detail=detail), status=status)
