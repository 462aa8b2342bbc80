"""Routes of the license API's back end. `/api/v1` answers on the API's and the dashboard's host."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from apps.domain.operations.api_document import document_routes
from apps.domain.operations.readiness import cache, database, health, readiness
from apps.domain.signing import SigningError, signer_from_settings
from apps.license_api.hot_path import ENDPOINTS, as_view
from apps.license_api.views.reading import KeysView, LicensesView, SessionsView, SessionView


def signer() -> None:
    """Raises SigningError."""
    signer_from_settings().check_ready(timeout=1.0)


urlpatterns = [
    path("health", health),
    path("ready", readiness({"database": database, "cache": cache, "signer": signer}, SigningError)),
    *(path(pattern, as_view(endpoint)) for pattern, endpoint in ENDPOINTS.items()),
    path("api/v1/licenses", LicensesView.as_view()),
    path("api/v1/sessions", SessionsView.as_view()),
    path("api/v1/sessions/<str:session_id>", SessionView.as_view()),
    path("api/v1/keys", KeysView.as_view()),
    *document_routes(),
    path("admin", RedirectView.as_view(url="/admin/", permanent=True)),
    path("admin/", admin.site.urls),
]

handler404 = "apps.domain.operations.error_pages.not_found"
handler400 = "apps.domain.operations.error_pages.bad_request"
handler500 = "apps.domain.operations.error_pages.failed"
