"""The license API, the staff admin and their Celery processes."""

from apps.configuration.api_document import DOCUMENT_APPS, REST_FRAMEWORK_SETTINGS, document_settings
from apps.configuration.applications import SHARED_APPS
from apps.configuration.base import *  # noqa: F403 - Django reads settings as this module's names

ROOT_URLCONF = "apps.license_api.urls.backend"
INSTALLED_APPS = [
    "apps.domain.operations.admin_config.StaffAdminConfig",
    *SHARED_APPS,
    *DOCUMENT_APPS,
    "apps.license_api",
]

REST_FRAMEWORK = REST_FRAMEWORK_SETTINGS | {"EXCEPTION_HANDLER": "apps.license_api.authentication.problem_response"}
SPECTACULAR_SETTINGS = document_settings(
    title="CODITECT License API",
    description="Floating seats, and leases that anyone can verify.",
    plain_views="apps.license_api.schema.add_plain_views",
)
