"""What the OpenAPI documents of both services have in common, as Django REST framework and drf-spectacular want it."""

REST_FRAMEWORK_SETTINGS = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%SZ",  # as the specification writes instants; all are UTC
}

DOCUMENT_APPS = ("rest_framework", "drf_spectacular", "drf_spectacular_sidecar")

_ANSWERS = """

Every refusal is problem details (RFC 9457, `application/problem+json`). Its `error` is a stable code: act on that one,
never on the words. Where trying again makes sense, `Retry-After` says in how many seconds. Every answer carries
`X-Request-Id`; name it when you ask us. The load balancer in front may refuse a request before it comes here, with 403,
429, 502 or 503 and a body that is no problem details.
"""

_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token, as `POST /api/auth/login` of the gateway answers it. It lives for 24 hours.",
}


def document_settings(
    *, title: str, description: str, plain_views: str, schemes: dict[str, dict[str, str]] | None = None
) -> dict[str, object]:
    """The value of SPECTACULAR_SETTINGS.

    plain_views: dotted name of the hook that adds what no view of REST framework answers. schemes: of security, beside
    the bearer's.
    """
    return {
        "TITLE": title,
        "VERSION": "1.0.0",
        "DESCRIPTION": description + _ANSWERS,
        "PREPROCESSING_HOOKS": [plain_views],
        "APPEND_COMPONENTS": {"securitySchemes": {"bearer": _BEARER, **(schemes or {})}},
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_PERMISSIONS": [],
        "SERVE_AUTHENTICATION": [],
        # The page's files come from the sidecar package, not from another host.
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    }
