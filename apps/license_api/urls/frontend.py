"""Routes of the dashboard's pages."""

from django.urls import path
from django.views.generic import TemplateView

from apps.domain.operations.readiness import cache, database, health, readiness

urlpatterns = [
    path("", TemplateView.as_view(template_name="dashboard/home.html"), name="home"),
    path("health", health),
    path("ready", readiness({"database": database, "cache": cache})),
]

handler404 = "apps.domain.operations.error_pages.not_found"
handler400 = "apps.domain.operations.error_pages.bad_request"
handler500 = "apps.domain.operations.error_pages.failed"
