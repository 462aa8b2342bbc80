"""How an endpoint is described in the OpenAPI document.

A refusal's example is the answer that a client gets, made by the same function, so the two cannot differ.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from apps.domain.operations import problems
from apps.domain.operations.problems import ProblemError

Refusal: TypeAlias = ProblemError | HttpResponse
"""An error that is answered as a problem, or that answer."""
Endpoint: TypeAlias = tuple[str, str, str, Callable[..., Any]]
"""As drf-spectacular lists them: path, path pattern, method, view."""
Body: TypeAlias = type[serializers.Serializer[object]]

_MEANINGS = {
    400: "The request is not valid",
    401: "Nobody is signed in",
    403: "It is not allowed",
    404: "There is no such thing of yours",
    406: "Answers are JSON",
    409: "It collides with something",
    410: "It was there, and has ended",
    429: "Not now: too many",
    500: "Something failed, and was written down",
    503: "It cannot be decided now; nothing has changed",
}
_HEADERS = {
    "Retry-After": "Seconds until trying again makes sense.",
    "WWW-Authenticate": "How to sign in: with a bearer token.",
}
REQUEST_ID = OpenApiParameter(
    "X-Request-Id", str, OpenApiParameter.HEADER, response=True, description="The request's id, as in our logs."
)


class ProblemSerializer(serializers.Serializer[object]):
    """RFC 9457 beside the specification's `error`."""

    error = serializers.CharField(help_text="Stable code, for programs.")
    type = serializers.CharField(help_text="`urn:coditect:problem:` and the code.")
    title = serializers.CharField(help_text="The same for every case of a code.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="This case, in words.")
    retry_after = serializers.IntegerField(required=False, help_text="Seconds until trying again makes sense.")


def described(
    operation_id: str,
    *,
    tag: str,
    summary: str,
    description: str,
    answer: Body,
    example: Mapping[str, object],
    refusals: Sequence[Refusal] = (),
    security: Sequence[Mapping[str, list[str]]] = (),
    request: Body | None = None,
    asked: Mapping[str, Mapping[str, object]] | None = None,
    parameters: Sequence[OpenApiParameter] = (),
    problem_of: Mapping[int, Body] | None = None,
) -> Callable[[Any], Any]:
    """A decorator of a REST framework view's method.

    example: a good answer. refusals: every other answer, each with a code of its own. security: the ways to sign in,
    empty where nobody must. request, asked: the body, and examples of it by what they show. problem_of: problems that
    have members of their own, by status.
    """
    told = _by_code(refusals)
    return extend_schema(
        operation_id=operation_id,
        tags=[tag],
        summary=summary,
        description=description,
        request=request,
        auth=cast("list[str]", [dict(way) for way in security]),  # requirements, whatever its annotation says
        examples=[OpenApiExample(name, value, request_only=True) for name, value in (asked or {}).items()],
        parameters=[*parameters, REQUEST_ID, *_headers(told)],
        responses={
            200: OpenApiResponse(answer, description="Done", examples=[OpenApiExample("Done", example)]),
            **_responses(told, problem_of or {}),
        },
    )


def plain(path: str, method: str, description: Callable[[Any], Any]) -> Endpoint:
    """A route that a plain Django view answers, for drf-spectacular's preprocessing hook."""

    def answered(_view: APIView, _request: object) -> HttpResponse:
        raise AssertionError("this class is read by the document alone: urls name the view that answers")

    view = type("Plain", (APIView,), {method.lower(): description(answered)})
    return path, f"^{path[1:]}$", method, view.as_view()  # type: ignore[attr-defined]  # type() forgets its bases


def _by_code(refusals: Sequence[Refusal]) -> list[tuple[str, HttpResponse]]:
    answers = [problems.answer(each) if isinstance(each, ProblemError) else each for each in refusals]
    return [(str(json.loads(each.content)["error"]), each) for each in answers]


def _responses(
    told: list[tuple[str, HttpResponse]], problem_of: Mapping[int, Body]
) -> dict[tuple[int, str], OpenApiResponse]:
    by_status: dict[int, dict[str, HttpResponse]] = {}
    for code, answer in told:
        by_status.setdefault(answer.status_code, {})[code] = answer
    return {
        (status, problems.CONTENT_TYPE): OpenApiResponse(
            problem_of.get(status, ProblemSerializer),
            description=f"{_MEANINGS[status]}. Codes: {', '.join(f'`{code}`' for code in answers)}.",
            examples=[OpenApiExample(code, json.loads(answer.content)) for code, answer in answers.items()],
        )
        for status, answers in sorted(by_status.items())
    }


def _headers(told: list[tuple[str, HttpResponse]]) -> list[OpenApiParameter]:
    found = {name: sorted({answer.status_code for _, answer in told if answer.has_header(name)}) for name in _HEADERS}
    return [
        OpenApiParameter(
            name,
            int if name == "Retry-After" else str,
            OpenApiParameter.HEADER,
            response=list(statuses),
            description=_HEADERS[name],
        )
        for name, statuses in found.items()
        if statuses
    ]
