"""The OpenAPI document: DRF's views describe themselves, the hot endpoints are described here."""

from collections.abc import Callable
from typing import Any, TypeAlias

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.license_api.serializers import (
    AcquireSerializer,
    BeatenSerializer,
    LeaseSerializer,
    NoSeatsSerializer,
    ProblemSerializer,
    SessionIdSerializer,
    StatusSerializer,
)

Endpoint: TypeAlias = tuple[str, str, str, Callable[..., Any]]
"""As drf-spectacular lists them: path, path pattern, method, view."""

PROBLEM = "application/problem+json"
_MEANINGS = {
    400: "The request is not valid",
    401: "No valid access token",
    403: "The role, or the state of the license, does not allow it",
    404: "No such session of yours",
    409: "Another user holds a seat on this machine",
    410: "The session has ended",
    429: "No seat is free, or too many requests in this minute",
    503: "The service cannot decide now: try again",
}


def problems_of(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Responses with problem details, by status and media type."""
    return {
        (status, PROBLEM): OpenApiResponse(
            NoSeatsSerializer if status == 429 else ProblemSerializer, description=_MEANINGS[status]
        )
        for status in statuses
    }


class _Described(APIView):
    """Stands in the document for a plain Django view; never answers a request."""

    def get_authenticators(self) -> list[Any]:
        from apps.license_api.authentication import BearerAuthentication

        return [BearerAuthentication()]


class _Acquire(_Described):
    @extend_schema(
        operation_id="licenses_acquire",
        tags=["licenses"],
        summary="Take a seat on this machine, or find the one you hold",
        request=AcquireSerializer,
        responses={200: LeaseSerializer, **problems_of(400, 401, 403, 409, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        raise NotImplementedError


class _Heartbeat(_Described):
    @extend_schema(
        operation_id="licenses_heartbeat",
        tags=["licenses"],
        summary="Keep your seat for another six minutes",
        request=SessionIdSerializer,
        responses={200: BeatenSerializer, **problems_of(400, 401, 403, 404, 410, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        raise NotImplementedError


class _Release(_Described):
    @extend_schema(
        operation_id="licenses_release",
        tags=["licenses"],
        summary="Give your seat back; repeating it does no harm",
        request=SessionIdSerializer,
        responses={200: StatusSerializer, **problems_of(400, 401, 403, 404, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        raise NotImplementedError


_HOT = {
    "/api/v1/licenses/acquire": _Acquire,
    "/api/v1/licenses/heartbeat": _Heartbeat,
    "/api/v1/licenses/release": _Release,
}


def add_hot_endpoints(endpoints: list[Endpoint]) -> list[Endpoint]:
    """drf-spectacular's preprocessing hook."""
    return [*endpoints, *((path, f"^{path[1:]}$", "POST", view.as_view()) for path, view in _HOT.items())]
