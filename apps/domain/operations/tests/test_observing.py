"""Under which name a process counts its requests."""

import pytest

from apps.domain.operations.observing import service_of


@pytest.mark.parametrize(
    ("settings", "service"),
    [
        ("apps.license_api.settings.backend", "license-backend"),
        ("apps.license_api.settings.frontend", "license-frontend"),
        ("apps.gateway.settings.backend", "gateway-backend"),
        ("apps.gateway.settings.frontend", "gateway-frontend"),
        # `coditect new service` writes one module of settings.
        ("apps.docs_frontend.settings", "docs-frontend"),
        ("apps.docs.settings", "docs"),
    ],
)
def test_a_process_counts_as_the_service_of_the_catalogue(settings: str, service: str) -> None:
    assert service_of(settings) == service
