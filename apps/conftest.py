"""Django on the session's PostgreSQL and Redis. Tests commit for real: each makes tenants of its own.

The applications' own login is used, so row-level security binds the tests as it binds the service. The tables' owner
only migrates.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import django
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django.plugin import DjangoDbBlocker

from coditect.local.postgres import PostgresServer
from coditect.local.redis import RedisServer

DATABASE, OWNER, APP = "coditect", "coditect_owner", "coditect_app"
PASSWORDS = {OWNER: "of-the-owner", APP: "of-the-applications"}  # of a server on loopback, for this session
ROOT = Path(__file__).parents[1]
_directory = tempfile.TemporaryDirectory(prefix="coditect-secrets-")  # gone when this process ends
_secrets = Path(_directory.name)


def _secret(name: str, content: str) -> str:
    path = _secrets / name
    path.touch(mode=0o600)
    path.write_text(content)
    return str(path)


# Read when Django's settings are, which is before any fixture runs; where the servers are is told by the fixtures.
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "apps.license_api.settings.backend",
    "DATABASE_HOST": "127.0.0.1",
    "DATABASE_NAME": DATABASE,
    "DATABASE_USER": APP,
    "DATABASE_PASSWORD_FILE": _secret("database-password", PASSWORDS[APP]),
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "REDIS_AUTH_FILE": _secret("redis-auth", "test-only"),
    "DJANGO_SECRET_KEY_FILE": _secret("django-secret-key", "of tests alone, and long enough to be taken"),
    "JWT_KEYS_FILE": _secret("jwt-keys", json.dumps({"signing": "new", "keys": {"new": "n" * 40, "old": "o" * 40}})),
    "STRIPE_WEBHOOK_SECRET_FILE": _secret("stripe-webhook-secret", "whsec_of_tests_alone"),
    "SIGNING_KEY": f"file:{_secrets / 'signing-key.pem'}",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "LOG_LEVEL": "WARNING",
}
django.setup()


@pytest.fixture(scope="session")
def signing_key() -> Path:
    """The RSA-4096 key that leases are signed with."""
    path = _secrets / "signing-key.pem"
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
        path.touch(mode=0o600)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    return path


@pytest.fixture(scope="session")
def service_environment(postgres: PostgresServer, redis_server: RedisServer, signing_key: Path) -> Mapping[str, str]:
    """What a process of the license service is told, on the migrated database of this session."""
    told = dict(os.environ) | {"DATABASE_PORT": str(postgres.port), "REDIS_URL": redis_server.url}
    postgres.ensure_login(OWNER, password=PASSWORDS[OWNER])
    postgres.ensure_login(APP, password=PASSWORDS[APP])
    postgres.ensure_database(DATABASE, owner=OWNER)
    migrate(told)
    return told


def migrate(told: Mapping[str, str], project: str = "license_api") -> None:
    """Migrate as the tables' owner, in a process, as a roll-out does."""
    owner = dict(told) | {
        "DATABASE_USER": OWNER,
        "DATABASE_PASSWORD_FILE": _secret("owner-password", PASSWORDS[OWNER]),
        "DATABASE_APP_USERS": APP,
        "DJANGO_SETTINGS_MODULE": f"apps.{project}.settings.backend",
    }
    subprocess.run(  # noqa: S603 - our own command, without a shell
        [sys.executable, "-m", f"apps.{project}", "migrate", "--no-input", "-v0"], env=owner, cwd=ROOT, check=True
    )


@pytest.fixture(scope="session")
def django_db_setup(service_environment: Mapping[str, str], django_db_blocker: DjangoDbBlocker) -> None:
    """In place of pytest-django's own, which would create a database as its user, with all rights."""
    from django.conf import settings
    from django.db import connections

    with django_db_blocker.unblock():
        connections["default"].settings_dict["PORT"] = service_environment["DATABASE_PORT"]
    settings.REDIS_URL = service_environment["REDIS_URL"]


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database, committed to for real."""
    from django.db import connection

    with django_db_blocker.unblock():
        yield
        assert not connection.in_atomic_block
        connection.close()


@pytest.fixture(scope="session")
def superuser_dsn(postgres: PostgresServer, service_environment: Mapping[str, str]) -> str:
    """For what only a database's administrator could do."""
    return postgres.connection_string(DATABASE)
