"""Settings both Django projects share. A project's settings module imports all of this and adds its own."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

from apps.configuration.applications import SHARED_APPS
from apps.configuration.environment import read_environment
from apps.configuration.logging import logging_settings

# Whoever signs leases or takes payments fails at start rather than at the first of them.
_MODULE = os.environ.get("DJANGO_SETTINGS_MODULE", "")
ENVIRONMENT = read_environment(
    os.environ,
    signs_leases=_MODULE == "apps.license_api.settings.backend",
    takes_payments=_MODULE == "apps.gateway.settings.backend",
    migrates=_MODULE.endswith(".settings.migration"),
)

SECRET_KEY = ENVIRONMENT.django_secret_key
DEBUG = False
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
SITE_URL = ENVIRONMENT.site_url
DASHBOARD_URL = ENVIRONMENT.dashboard_url
API_URL = ENVIRONMENT.api_url
MTA_STS_MX = ENVIRONMENT.mta_sts_mx

INSTALLED_APPS = [*SHARED_APPS]

MIDDLEWARE = [
    "apps.domain.operations.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": ENVIRONMENT.database_host,
        "PORT": ENVIRONMENT.database_port,
        "NAME": ENVIRONMENT.database_name,
        "USER": ENVIRONMENT.database_user,
        "PASSWORD": ENVIRONMENT.database_password or "",
        # A thread keeps its connection; a health check before each request would cost the hot path a round trip,
        # so a broken one is replaced when it fails (operations.database).
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": os.environ.get("DJANGO_SETTINGS_MODULE", "coditect"),
            # Locks are waited for at most this long, and no statement runs longer, whatever a client does.
            "options": "-c lock_timeout=2s -c statement_timeout=10s -c idle_in_transaction_session_timeout=30s",
        },
    }
}
DATABASE_APP_USERS = ENVIRONMENT.database_app_users
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = ENVIRONMENT.redis_url
REDIS_PASSWORD = ENVIRONMENT.redis_password
REDIS_CA_FILE = ENVIRONMENT.redis_ca_file

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
JWT_KEYS = ENVIRONMENT.jwt_keys
JWT_LIFETIME = timedelta(hours=24)

SIGNING_KEY = ENVIRONMENT.signing_key
SIGNING_ROTATION_GRACE_DAYS = ENVIRONMENT.signing_rotation_grace_days
KMS_ENDPOINT = ENVIRONMENT.kms_endpoint

STRIPE_WEBHOOK_SECRET = ENVIRONMENT.stripe_webhook_secret

# Seats and leases: the specification's numbers, which are part of the API.
SEAT_TTL = ENVIRONMENT.seat_ttl
HEARTBEAT_INTERVAL = SEAT_TTL * 5 / 6  # 300 s
RATE_LIMIT_PER_MINUTE = 100

METRICS_HOST = ENVIRONMENT.metrics_host
METRICS_PORT = ENVIRONMENT.metrics_port
TRACES_ENDPOINT = ENVIRONMENT.traces_endpoint
LOGGING = logging_settings(ENVIRONMENT.log_level)

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

# TLS ends at the load balancer, which sets this header and drops the client's own.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
APPEND_SLASH = False

BASE_DIR = Path(__file__).resolve().parents[2]


def _broker_url() -> str:
    """Celery's address of Redis: unlike everyone else's it must hold the password, and stays in memory."""
    if ENVIRONMENT.redis_password is None:
        return ENVIRONMENT.redis_url
    parts = urlsplit(ENVIRONMENT.redis_url)
    return parts._replace(netloc=f":{quote(ENVIRONMENT.redis_password, safe='')}@{parts.netloc}").geturl()


BROKER_URL = _broker_url()
