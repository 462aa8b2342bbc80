"""The gateway's API and its Celery processes."""

from apps.configuration.base import *  # noqa: F403 - Django reads settings as this module's names

ROOT_URLCONF = "apps.gateway.urls.backend"
INSTALLED_APPS = [*INSTALLED_APPS, "apps.gateway"]  # noqa: F405 - from the shared settings
