"""Routes of the site's pages."""

from django.urls import path
from django.views.generic import TemplateView

from apps.domain.operations.readiness import cache, database, health, readiness
from apps.gateway.views.mail_policy import mta_sts

urlpatterns = [
    path("", TemplateView.as_view(template_name="gateway/home.html"), name="home"),
    path(".well-known/mta-sts.txt", mta_sts),
    path("api/health", health),
    path("ready", readiness({"database": database, "cache": cache})),
]

handler404 = "apps.domain.operations.error_pages.not_found"
handler400 = "apps.domain.operations.error_pages.bad_request"
handler500 = "apps.domain.operations.error_pages.failed"
