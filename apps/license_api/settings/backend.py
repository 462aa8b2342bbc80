"""The license API, the staff admin and their Celery processes."""

from apps.configuration.applications import SHARED_APPS
from apps.configuration.base import *  # noqa: F403 - Django reads settings as this module's names

ROOT_URLCONF = "apps.license_api.urls.backend"
INSTALLED_APPS = [
    "apps.domain.operations.admin_config.StaffAdminConfig",
    *SHARED_APPS,
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.license_api",
]

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.license_api.authentication.problem_response",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%SZ",  # as the specification writes instants; all are UTC
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CODITECT License API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Floating seats, and leases that anyone can verify.",
    "PREPROCESSING_HOOKS": ["apps.license_api.schema.add_hot_endpoints"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    # The page's files come from the sidecar package, not from another host.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
