"""Where a service shows its OpenAPI document, the file and the page that reads it; and what both documents tell."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers

from apps.domain.operations.described import REQUEST_ID, Endpoint, described, plain

# Nothing inline and nothing from elsewhere; Swagger UI draws its icons from data: addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class DocumentPage(SpectacularSwaggerSplitView):
    """Swagger UI of this service's document."""

    url_name = "schema"
    template_name = "operations/api_document.html"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        answer = super().dispatch(request, *args, **kwargs)
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer


def document_routes() -> list[URLPattern]:
    """`/api/schema/` and `/api/docs/`, both public: they tell nothing that is not told to every client."""
    return [
        path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
        path("api/docs/", DocumentPage.as_view()),
    ]


class HealthSerializer(serializers.Serializer[object]):
    status = serializers.ChoiceField(["ok"])


class ReadinessSerializer(serializers.Serializer[object]):
    status = serializers.ChoiceField(["ready", "not ready"])
    checks = serializers.DictField(child=serializers.ChoiceField(["ok", "unavailable"]))


def probes(*checks: str, health: Mapping[str, str]) -> list[Endpoint]:
    """`/ready`, and the paths of `health`, by the operation's id. checks: what readiness asks."""
    good, bad = ({"status": status, "checks": dict.fromkeys(checks, found)} for status, found in _READY.items())
    ready = extend_schema(
        operation_id="ready",
        tags=["operations"],
        summary="Whether this process can do its work",
        description=f"Asks its {', '.join(checks)}, and names what does not answer.",
        request=None,
        auth=[],
        parameters=[REQUEST_ID],
        responses={
            200: OpenApiResponse(ReadinessSerializer, description="It can", examples=[OpenApiExample("Ready", good)]),
            503: OpenApiResponse(
                ReadinessSerializer, description="It cannot now", examples=[OpenApiExample("Not ready", bad)]
            ),
        },
    )
    alive = [
        described(
            operation_id,
            tag="operations",
            summary="Whether this process lives",
            description="Asks nothing else, so that a database that is away restarts no process.",
            answer=HealthSerializer,
            example={"status": "ok"},
        )
        for operation_id in health
    ]
    return [
        *(plain(path, "GET", told) for path, told in zip(health.values(), alive, strict=True)),
        plain("/ready", "GET", ready),
    ]


_READY = {"ready": "ok", "not ready": "unavailable"}
