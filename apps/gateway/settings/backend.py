"""The gateway's API and its Celery processes."""

from apps.configuration.api_document import DOCUMENT_APPS, REST_FRAMEWORK_SETTINGS, document_settings
from apps.configuration.base import *  # noqa: F403 - Django reads settings as this module's names

ROOT_URLCONF = "apps.gateway.urls.backend"
INSTALLED_APPS = [*INSTALLED_APPS, *DOCUMENT_APPS, "apps.gateway"]  # noqa: F405 - from the shared settings
# The host's other paths are the front end's: what the document's page loads must come from below /api/.
STATIC_URL = "/api/static/"
REST_FRAMEWORK = REST_FRAMEWORK_SETTINGS
SPECTACULAR_SETTINGS = document_settings(
    title="CODITECT Gateway API",
    description="Signing in, and what payment providers tell us.",
    plain_views="apps.gateway.schema.add_plain_views",
    schemes={
        "stripeSignature": {
            "type": "apiKey",
            "in": "header",
            "name": "Stripe-Signature",
            "description": "Stripe's own signature of the body: `t=TIME,v1=HEX`, at most five minutes old.",
        }
    },
)
