"""The customers' dashboard."""

from apps.configuration.base import *  # noqa: F403 - Django reads settings as this module's names

ROOT_URLCONF = "apps.license_api.urls.frontend"
INSTALLED_APPS = [*INSTALLED_APPS, "apps.license_api.dashboard"]  # noqa: F405 - from the shared settings
