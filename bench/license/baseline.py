"""The specification's design, running: its database, its tenants and tokens, and gunicorn in front of it."""

import json
import secrets
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.license.cast import TENANTS, USERS
from bench.license.servers import ROOT, Served, Workers, gunicorn
from coditect.local.postgres import PostgresServer
from coditect.local.process import LOOPBACK
from coditect.local.redis import RedisServer

_LOGIN = "specification"
_SETTINGS_MODULE = "bench.license.specification.settings"


class Baseline:
    """A prepared baseline. tokens: one for each of USERS users, of TENANTS tenants in turn."""

    def __init__(self, state_dir: Path, *, postgres: PostgresServer, redis: RedisServer) -> None:
        self._state_dir = state_dir
        state_dir.mkdir(parents=True, exist_ok=True)
        password = secrets.token_urlsafe(24)
        secret = secrets.token_urlsafe(48)
        # Imported by gunicorn's workers and `migrate` from a file: not on a command line, not in the environment.
        self._settings = state_dir / "settings.json"
        self._settings.touch(mode=0o600)
        # The module itself reads such a file when it is imported, so its model is written here field by field.
        self._settings.write_text(
            json.dumps(
                {
                    "database_host": LOOPBACK,
                    "database_port": postgres.port,
                    "database_name": _LOGIN,
                    "database_user": _LOGIN,
                    "database_password": password,
                    "redis_url": redis.url,
                    "redis_password": redis.password,
                    "jwt_secret": secret,
                    "signing_key_pem": _private_key_pem(),
                }
            )
        )
        postgres.ensure_login(_LOGIN, password=password)
        postgres.ensure_database(_LOGIN, owner=_LOGIN)
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"],
            check=True,
            cwd=ROOT,
            env=self._environment | {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        )
        self._tenants = [uuid.uuid4() for _ in range(TENANTS)]
        with psycopg.connect(postgres.connection_string(_LOGIN, user=_LOGIN, password=password)) as connection:
            _insert_tenants(connection, self._tenants)
        self.tokens = [self._token(uuid.uuid4(), self._tenants[number % TENANTS], secret) for number in range(USERS)]

    @contextmanager
    def serve(self, workers: Workers) -> Iterator[Served]:
        """gunicorn, while it serves."""
        with gunicorn(
            "bench.license.specification.wsgi:application",
            workers=workers,
            state_dir=self._state_dir,
            environment=self._environment,
            ready="/api/v1/licenses/heartbeat",
        ) as served:
            yield served

    @property
    def _environment(self) -> dict[str, str]:
        return {"DJANGO_SETTINGS_MODULE": _SETTINGS_MODULE, "SPECIFICATION_SETTINGS": str(self._settings)}

    @staticmethod
    def _token(user: uuid.UUID, tenant: uuid.UUID, secret: str) -> str:
        now = datetime.now(UTC)
        claims = {
            "sub": str(user),
            "email": f"{user}@example.com",
            "name": "Bench User",
            "tenant_id": str(tenant),
            "role": "user",
            "permissions": ["licenses:read", "licenses:write", "team:read"],
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + timedelta(hours=24),
        }
        return jwt.encode(claims, secret, algorithm="HS256")


def _insert_tenants(connection: psycopg.Connection, tenants: list[uuid.UUID]) -> None:
    end = datetime.now(UTC) + timedelta(days=365)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO tenants (id, name) VALUES (%s, 'bench')", [(tenant,) for tenant in tenants])
        cursor.executemany(
            "INSERT INTO licenses (id, tenant_id, seats_total, status, expires_at) VALUES (%s, %s, %s, 'active', %s)",
            [(uuid.uuid4(), tenant, 100_000, end) for tenant in tenants],
        )


def _private_key_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    pkcs8 = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()).decode()
