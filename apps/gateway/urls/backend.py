"""Routes of the gateway's API."""

from django.urls import path

from apps.domain.operations.api_document import document_routes
from apps.domain.operations.readiness import cache, database, health, readiness
from apps.gateway.views import sign_in, stripe_webhook

urlpatterns = [
    path("health", health),
    path("api/health", health),
    path("ready", readiness({"database": database, "cache": cache})),
    path("api/auth/login", sign_in.login),
    path("api/auth/refresh", sign_in.refresh),
    path("api/auth/logout", sign_in.logout),
    path("api/stripe/webhook", stripe_webhook.receive),
    *document_routes(),
]

handler404 = "apps.domain.operations.error_pages.not_found"
handler400 = "apps.domain.operations.error_pages.bad_request"
handler500 = "apps.domain.operations.error_pages.failed"
