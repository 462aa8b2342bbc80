"""Errors as clients see them: problem details (RFC 9457) beside the specification's `error`."""

from collections.abc import Mapping

from django.http import HttpResponse, JsonResponse

CONTENT_TYPE = "application/problem+json"
CANNOT_DECIDE = "The service cannot decide now. Nothing was granted that you were not told of."


class ProblemError(Exception):
    """A refusal that a client is told of. Views translate it once (accounts.endpoint).

    code: stable, for programs. status: of HTTP. title: the same for every case of a code. detail: this case.
    retry_after_s: when trying again makes sense; None when it never does. more: further members of the answer.
    """

    def __init__(
        self,
        *,
        code: str,
        status: int,
        title: str,
        detail: str,
        retry_after_s: int | None = None,
        more: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.status = status
        self.title = title
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.more = more or {}


def problem(
    *,
    code: str,
    status: int,
    title: str,
    detail: str,
    retry_after_s: int | None = None,
    more: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A problem. code: stable, for programs. more: further members, such as seats_used."""
    body: dict[str, object] = {
        "error": code,
        **(more or {}),
        "type": f"urn:coditect:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    told = dict(headers or {})
    if retry_after_s is not None:
        body["retry_after"] = retry_after_s
        told["Retry-After"] = str(retry_after_s)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, headers=told)


def answer(error: ProblemError) -> HttpResponse:
    """The error as its client sees it."""
    return problem(
        code=error.code,
        status=error.status,
        title=error.title,
        detail=error.detail,
        retry_after_s=error.retry_after_s,
        more=error.more,
    )


def invalid_request(detail: str) -> HttpResponse:
    return problem(code="invalid_request", status=400, title="The request is not valid", detail=detail)


def unauthorized(detail: str) -> HttpResponse:
    return problem(
        code="unauthorized",
        status=401,
        title="No valid access token",
        detail=detail,
        headers={"WWW-Authenticate": 'Bearer realm="coditect"'},
    )


def forbidden(detail: str) -> HttpResponse:
    return problem(code="forbidden", status=403, title="Your role does not allow this", detail=detail)


def not_found(detail: str = "There is nothing of this address that you may see.") -> HttpResponse:
    return problem(code="not_found", status=404, title="Not found", detail=detail)


def not_acceptable() -> HttpResponse:
    return problem(code="not_acceptable", status=406, title="Not acceptable", detail="Answers are JSON: accept that.")


def unavailable(detail: str) -> HttpResponse:
    return problem(
        code="temporarily_unavailable", status=503, title="Temporarily unavailable", detail=detail, retry_after_s=1
    )
