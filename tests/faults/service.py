"""The license service as real processes: PostgreSQL, Redis, granian's workers. Each part can be killed by itself."""

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from coditect.local.postgres import PostgresServer
from coditect.local.process import LOOPBACK, ServerProcess, free_port
from coditect.local.redis import RedisServer
from tests.faults.cast import Customer, TokenMaker

ROOT = Path(__file__).resolve().parents[2]
_OWNER, _APP, _DATABASE = "coditect_owner", "coditect_app", "coditect"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How the service runs. rate_limit: see tests/faults/settings/backend.py."""

    rate_limit: int = 1_000_000
    workers: int = 2
    threads: int = 8
    settings: str = "tests.faults.settings.backend"
    wsgi: str = "apps.license_api.wsgi:application"


class Ground:
    """Secrets and a migrated database on running servers: what every process of the service needs.

    signing_key: as SIGNING_KEY; made as a file when None. kms_endpoint: of a stand-in for Cloud KMS.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        shape: Shape,
        postgres: PostgresServer,
        redis: RedisServer,
        signing_key: str | None = None,
        kms_endpoint: str | None = None,
    ) -> None:
        self.state_dir = state_dir
        self.shape = shape
        self.postgres = postgres
        self.redis = redis
        self.tokens = TokenMaker()
        state_dir.mkdir(parents=True, exist_ok=True)
        self._passwords = {name: secrets.token_urlsafe(24) for name in (_OWNER, _APP)}
        for name, password in self._passwords.items():
            postgres.ensure_login(name, password=password)
            self._secret(f"{name}.password", password)
        postgres.ensure_database(_DATABASE, owner=_OWNER)
        self._environment = {
            "DJANGO_SETTINGS_MODULE": shape.settings,
            "FAULTS_RATE_LIMIT": str(shape.rate_limit),
            "DATABASE_HOST": LOOPBACK,
            "DATABASE_PORT": str(postgres.port),
            "DATABASE_NAME": _DATABASE,
            "REDIS_URL": redis.url,
            "REDIS_AUTH_FILE": self._secret("redis.password", redis.password or ""),
            "DJANGO_SECRET_KEY_FILE": self._secret("django.key", secrets.token_urlsafe(48)),
            "JWT_KEYS_FILE": self._secret(
                "jwt.json", json.dumps({"signing": self.tokens.signing, "keys": dict(self.tokens.keys)})
            ),
            "SIGNING_KEY": signing_key or f"file:{self._secret('signing.pem', _private_key_pem())}",
            **({"KMS_ENDPOINT": kms_endpoint} if kms_endpoint else {}),
            "ALLOWED_HOSTS": LOOPBACK,
            "LOG_LEVEL": "WARNING",
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._as_owner("django", "migrate", "--verbosity", "0")

    def seed(self, customers: Sequence[Customer]) -> None:
        """Put customers into the database, as the superuser, whom row-level security does not bind."""
        people = [(member, one) for one in customers for member in one.members]
        with psycopg.connect(self.superuser_connection()) as connection, connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO users (id, email, password, first_name, last_name, is_superuser, is_staff, is_active, "
                "date_joined, oauth_provider, avatar_url, organization, is_email_verified, stripe_customer_id, "
                "created_at, updated_at) "
                "VALUES (%s, %s, '!', '', '', false, false, true, now(), 'email', '', '', true, '', now(), now())",
                [(member.id, member.email) for member, _ in people],
            )
            cursor.executemany(
                "INSERT INTO tenants (id, name, owner_id, tier, stripe_customer_id, stripe_subscription_id, "
                "created_at, updated_at) VALUES (%s, 'Cast', %s, 'enterprise', '', '', now(), now())",
                [(one.tenant_id, one.owner.id) for one in customers],
            )
            cursor.executemany(
                "INSERT INTO memberships (id, tenant_id, user_id, role, created_at) "
                "VALUES (gen_random_uuid(), %s, %s, %s, now())",
                [(one.tenant_id, member.id, member.role) for member, one in people],
            )
            cursor.executemany(
                "INSERT INTO licenses (id, tenant_id, seats_total, status, created_at, updated_at) "
                "VALUES (%s, %s, %s, 'active', now(), now())",
                [(one.license_id, one.tenant_id, one.seats) for one in customers],
            )

    def environment(self, user: str = _APP) -> dict[str, str]:
        """Of a process that works for the service."""
        password_file = str(self.state_dir / f"{user}.password")
        return {
            **self._environment,
            "DATABASE_USER": user,
            "DATABASE_APP_USERS": _APP,
            "DATABASE_PASSWORD_FILE": password_file,
        }

    def superuser_connection(self) -> str:
        """A connection string; row-level security does not bind who uses it."""
        return self.postgres.connection_string(_DATABASE)

    def sql(self, query: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """One statement as the superuser, who sees every tenant."""
        with psycopg.connect(self.superuser_connection(), autocommit=True) as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def buy(self, customer: Customer, seats: int) -> None:
        """Change the seats bought, as a payment does."""
        self.sql("UPDATE licenses SET seats_total = %s WHERE id = %s", (seats, customer.license_id))

    def serve(self, name: str = "service", *, extra: Mapping[str, str] | None = None, workers: int = 0) -> "Service":
        """Start another set of workers. extra: environment of these alone."""
        return Service(self, name, extra=extra or {}, workers=workers or self.shape.workers)

    def _as_owner(self, module: str, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**self.environment(_OWNER), "DJANGO_SETTINGS_MODULE": "apps.license_api.settings.backend"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-4000:]}")

    def _secret(self, name: str, value: str) -> str:
        path = self.state_dir / name
        path.touch(mode=0o600)
        path.write_text(value)
        return str(path)


class Service:
    """One granian with its workers."""

    def __init__(self, ground: Ground, name: str, *, extra: Mapping[str, str], workers: int) -> None:
        self.port = free_port()
        shape = ground.shape
        log = ground.state_dir / f"{name}.log"
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
            *("--host", LOOPBACK, "--port", str(self.port), "--log-level", "warning", "--backlog", "2048"),
            *("--workers", str(workers), "--blocking-threads", str(shape.threads), "--respawn-failed-workers"),
            shape.wsgi,
        ]
        self._process = ServerProcess(command, log=log, environment={**ground.environment(), **extra})
        self.log = log
        self._process.wait_ready(self._answers, name="the license service")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    def stop(self) -> None:
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL to granian and its workers at once: a lost machine."""
        # The launcher gave it a session, and so a process group, of its own.
        if self._process.is_running:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()

    def kill_a_worker(self) -> None:
        """SIGKILL to the oldest worker; granian starts another, but ends when that one dies within 5.5 s too."""
        deadline = time.monotonic() + 20
        while not (workers := self._workers()):
            assert time.monotonic() < deadline, f"granian has no worker: see {self.log}"
            time.sleep(0.05)
        os.kill(workers[0], signal.SIGKILL)

    def _workers(self) -> list[int]:
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        return sorted(int(pid) for task in tasks for pid in task.read_text().split())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def _private_key_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    pkcs8 = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()).decode()
