"""Settings for what reads the models of installed applications and no environment: the type checker, makemigrations."""

from datetime import timedelta
from pathlib import Path

from apps.configuration.applications import SHARED_APPS
from apps.configuration.environment import JwtKeys

SECRET_KEY = "not a secret: nothing is ever signed with it"  # noqa: S105 - see the line above
INSTALLED_APPS = [
    "django.contrib.admin",
    *SHARED_APPS,
    "rest_framework",
    "drf_spectacular",
    "apps.gateway",
    "apps.license_api",
    "apps.license_api.dashboard",
]
AUTH_USER_MODEL = "accounts.User"
# makemigrations asks which migrations ran, and goes on when no database answers.
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "none", "HOST": "127.0.0.1", "PORT": "1"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

# Settings of our own, of base.py: declared, never given a value.
DATABASE_APP_USERS: tuple[str, ...]
SITE_URL: str
DASHBOARD_URL: str
API_URL: str
MTA_STS_MX: str | None
BROKER_URL: str
REDIS_URL: str
REDIS_PASSWORD: str | None
REDIS_CA_FILE: Path | None
JWT_KEYS: JwtKeys
JWT_LIFETIME: timedelta
SIGNING_KEY: str
KMS_ENDPOINT: str | None
SIGNING_ROTATION_GRACE_DAYS: int
STRIPE_WEBHOOK_SECRET: str | None
SEAT_TTL: timedelta
HEARTBEAT_INTERVAL: timedelta
RATE_LIMIT_PER_MINUTE: int
METRICS_HOST: str
METRICS_PORT: int | None
TRACES_ENDPOINT: str
