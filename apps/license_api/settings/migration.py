"""What migrates the license API's tables: the back end's models and the database, and no other secret than that."""

from apps.license_api.settings.backend import *  # noqa: F403 - Django reads settings as this module's names
