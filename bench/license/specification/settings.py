"""Settings of the baseline, from the one file that SPECIFICATION_SETTINGS names (see Parts)."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Parts(BaseModel):
    """What the benchmark tells the baseline. jwt_secret: HS256. signing_key_pem: RSA-4096 private key, PKCS 8."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_host: str
    database_port: int
    database_name: str
    database_user: str
    database_password: str
    redis_url: str
    redis_password: str
    jwt_secret: str
    signing_key_pem: str


PARTS = Parts.model_validate_json(Path(os.environ["SPECIFICATION_SETTINGS"]).read_bytes())

SECRET_KEY = PARTS.jwt_secret
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.license.specification.urls"
INSTALLED_APPS = ["bench.license.specification"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": PARTS.database_host,
        "PORT": PARTS.database_port,
        "NAME": PARTS.database_name,
        "USER": PARTS.database_user,
        "PASSWORD": PARTS.database_password,
        "CONN_MAX_AGE": None,
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["bench.license.specification.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "root": {"handlers": ["console"]},
}
