"""The environment of a Django process, read once and checked before anything else runs.

| variable | meaning |
|---|---|
| DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER | PostgreSQL 16; port 5432 when absent |
| DATABASE_PASSWORD_FILE | file with the password; absent where the Cloud SQL proxy signs in by IAM |
| DATABASE_APP_USERS | for migrations alone: the logins, separated by commas, that get the applications' table rights |
| REDIS_URL | `redis://HOST:PORT/DB`, or `rediss://` with TLS; never with a password |
| REDIS_AUTH_FILE | file with the AUTH string; absent where Redis asks for none |
| REDIS_CA_FILE | certificate authority for `rediss://`; the system's when absent |
| DJANGO_SECRET_KEY_FILE | file with at least 32 bytes that sign cookies and one-time links |
| JWT_KEYS_FILE | file with `{"signing": KID, "keys": {KID: SECRET, ...}}`, each secret of at least 32 bytes |
| SIGNING_KEY | Cloud KMS key (or version), or `file:PATH`; only where leases are signed |
| SIGNING_ROTATION_GRACE_DAYS | how long a retired version of the key is still published; 30 when absent |
| KMS_ENDPOINT | another address of Cloud KMS; absent for Google's |
| STRIPE_WEBHOOK_SECRET_FILE | file with the secret of Stripe's webhook endpoint; only where payments are taken |
| ALLOWED_HOSTS | host names, separated by commas, that requests may name |
| SITE_URL, DASHBOARD_URL, API_URL | public addresses, for links between the applications |
| MTA_STS_MX | host that takes the site's mail, for the policy at /.well-known/mta-sts.txt; none where absent |
| PORT, METRICS_PORT | what the process listens on; the metrics server is off when METRICS_PORT is absent |
| METRICS_HOST | IPv4 address of the metrics server; when absent all of the pod's, since network policy guards it |
| OTEL_EXPORTER_OTLP_TRACES_ENDPOINT | where spans go by OTLP/HTTP, named by OTEL_SERVICE_NAME; none where absent |
| SEAT_TTL_SECONDS | 360 when absent, as the API promises; shorter for tests, which cannot wait for minutes |
| LOG_LEVEL | DEBUG, INFO, WARNING or ERROR; INFO when absent |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from pydantic import TypeAdapter, ValidationError

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - in a pod, where network policy decides who reaches a port
_KID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# HS256 keys shorter than the hash are weaker than the algorithm (RFC 7518, 3.2).
_SECRET_BYTES = 32
SEAT_TTL_S = 360  # specification: "expires_in": 360


@dataclass(frozen=True, kw_only=True)
class JwtKeys:
    """HMAC keys of access tokens by key id, and which one signs. The others still verify."""

    signing: str
    keys: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The checked environment. Fields are named after their variables; secrets hold the content of the file."""

    database_host: str
    database_port: int
    database_name: str
    database_user: str
    database_password: str | None
    database_app_users: tuple[str, ...]
    redis_url: str
    redis_password: str | None
    redis_ca_file: Path | None
    django_secret_key: str
    jwt_keys: JwtKeys
    signing_key: str | None
    kms_endpoint: str | None
    signing_rotation_grace_days: int
    stripe_webhook_secret: str | None
    allowed_hosts: tuple[str, ...]
    site_url: str
    dashboard_url: str
    api_url: str
    mta_sts_mx: str | None
    metrics_host: str
    metrics_port: int | None
    traces_endpoint: str | None
    seat_ttl: timedelta
    log_level: str


class _Reader:
    """Collects every problem before it complains, so that one start shows them all."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[str] = []

    def text(self, name: str, hint: str) -> str:
        value = self._variables.get(name, "").strip()
        if not value:
            self.problems.append(f"{name} is not set. {hint}")
        return value

    def optional(self, name: str) -> str | None:
        return self._variables.get(name, "").strip() or None

    def port(self, name: str) -> int | None:
        value = self.optional(name)
        if value is None:
            return None
        if not value.isdecimal() or not 0 < int(value) < 65536:
            self.problems.append(f"{name} is {value!r}, which is no port. Write a number from 1 to 65535.")
            return None
        return int(value)

    def address(self, name: str, *, default: str) -> str:
        value = self.optional(name) or default
        try:
            return str(IPv4Address(value))
        except AddressValueError:
            self.problems.append(f"{name} is {value!r}. Write an IPv4 address of this machine, 127.0.0.1 for its own.")
            return default

    def whole(self, name: str, unit: str, *, default: int, at_least: int) -> int:
        value = self.optional(name)
        if value is None:
            return default
        if not value.isdecimal() or int(value) < at_least:
            self.problems.append(f"{name} is {value!r}. Write whole {unit}, at least {at_least}.")
            return default
        return int(value)

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self._variables.get(name, "").split(",") if part.strip())

    def secret(self, name: str, hint: str) -> str:
        path = self.text(name, hint)
        return self._content(name, path) if path else ""

    def optional_secret(self, name: str) -> str | None:
        path = self.optional(name)
        return self._content(name, path) if path else None

    def url(self, name: str) -> str:
        value = (self.optional(name) or "").rstrip("/")
        if value and urlsplit(value).scheme not in ("http", "https"):
            self.problems.append(f"{name} is {value!r}. Write an address with http:// or https://.")
        return value

    def _content(self, name: str, path: str) -> str:
        try:
            content = Path(path).read_text().strip()
        except OSError as error:
            self.problems.append(
                f"{name} names {path}, which cannot be read ({error.strerror}). Mount the secret there."
            )
            return ""
        if not content:
            self.problems.append(f"{name} names {path}, which is empty. Write the secret's value into it.")
        return content


_KEYS = TypeAdapter(JwtKeys)


def read_environment(
    variables: Mapping[str, str], *, signs_leases: bool = False, takes_payments: bool = False, migrates: bool = False
) -> Environment:
    """The environment as typed values. Raises ImproperlyConfigured with every problem; no message holds a secret.

    migrates: the process changes tables and serves nobody. It needs the database alone, so nothing else is asked for:
    no key that signs sessions or tokens, and no Redis.
    """
    reader = _Reader(variables)
    redis_url = (
        ""
        if migrates
        else reader.text("REDIS_URL", "Seats cannot be decided without Redis. Write redis://HOST:6379/0.")
    )
    if redis_url:
        _check_redis_url(redis_url, reader)
    log_level = (reader.optional("LOG_LEVEL") or "INFO").upper()
    if log_level not in _LEVELS:
        reader.problems.append(f"LOG_LEVEL is {log_level!r}. Write one of {', '.join(_LEVELS)}.")
    # Django does not start without a key; with one of its own, nothing that a migration signed would ever be believed.
    secret_key = (
        get_random_secret_key()
        if migrates
        else reader.secret("DJANGO_SECRET_KEY_FILE", "Cookies could be forged without it. Name a file.")
    )
    if secret_key and len(secret_key.encode()) < _SECRET_BYTES:
        reader.problems.append(f"The secret in DJANGO_SECRET_KEY_FILE is shorter than {_SECRET_BYTES} bytes.")
    ca_file = reader.optional("REDIS_CA_FILE")
    signing_key = reader.optional("SIGNING_KEY")
    if signs_leases and signing_key is None:
        reader.problems.append("SIGNING_KEY is not set, so no lease can be signed. Name a Cloud KMS key or file:PATH.")
    stripe_webhook_secret = reader.optional_secret("STRIPE_WEBHOOK_SECRET_FILE")
    if takes_payments and reader.optional("STRIPE_WEBHOOK_SECRET_FILE") is None:
        reader.problems.append(
            "STRIPE_WEBHOOK_SECRET_FILE is not set, so anyone could invent payments. "
            "Name a file with the endpoint's secret."
        )
    environment = Environment(
        database_host=reader.text("DATABASE_HOST", "Name the host of PostgreSQL, 127.0.0.1 for a proxy in the pod."),
        database_port=reader.port("DATABASE_PORT") or 5432,
        database_name=reader.text("DATABASE_NAME", "Name the database, coditect as a rule."),
        database_user=reader.text("DATABASE_USER", "Name the login: the applications' for services, else the owner's."),
        database_password=reader.optional_secret("DATABASE_PASSWORD_FILE"),
        database_app_users=reader.names("DATABASE_APP_USERS"),
        redis_url=redis_url,
        redis_password=reader.optional_secret("REDIS_AUTH_FILE"),
        redis_ca_file=Path(ca_file) if ca_file else None,
        django_secret_key=secret_key,
        jwt_keys=JwtKeys(signing="", keys={}) if migrates else _jwt_keys(reader),
        signing_key=signing_key,
        kms_endpoint=reader.optional("KMS_ENDPOINT"),
        stripe_webhook_secret=stripe_webhook_secret,
        allowed_hosts=reader.names("ALLOWED_HOSTS"),
        site_url=reader.url("SITE_URL"),
        dashboard_url=reader.url("DASHBOARD_URL"),
        api_url=reader.url("API_URL"),
        mta_sts_mx=reader.optional("MTA_STS_MX"),
        metrics_host=reader.address("METRICS_HOST", default=_ALL_ADDRESSES),
        metrics_port=reader.port("METRICS_PORT"),
        traces_endpoint=reader.url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or None,
        signing_rotation_grace_days=reader.whole("SIGNING_ROTATION_GRACE_DAYS", "days", default=30, at_least=7),
        seat_ttl=timedelta(seconds=reader.whole("SEAT_TTL_SECONDS", "seconds", default=SEAT_TTL_S, at_least=2)),
        log_level=log_level,
    )
    if not environment.allowed_hosts and not migrates:
        reader.problems.append("ALLOWED_HOSTS is not set, so every request would be refused. Name the public hosts.")
    if reader.problems:
        raise ImproperlyConfigured("The environment is not complete:\n- " + "\n- ".join(reader.problems))
    return environment


def _check_redis_url(url: str, reader: _Reader) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss"):
        reader.problems.append("REDIS_URL must begin with redis:// or rediss://.")
    if parts.password is not None:
        reader.problems.append(
            "REDIS_URL holds a password, which process lists and logs would show. Put it into the file that "
            "REDIS_AUTH_FILE names."
        )


def _jwt_keys(reader: _Reader) -> JwtKeys:
    shape = 'Write {"signing": KID, "keys": {KID: SECRET}}.'
    content = reader.secret("JWT_KEYS_FILE", f"No one could sign in. Name a file. {shape}")
    if not content:
        return JwtKeys(signing="", keys={})
    try:
        keys = _KEYS.validate_json(content)
    except ValidationError:
        # Its own message would show what stands in the file.
        reader.problems.append(f"The file of JWT_KEYS_FILE is not of the shape it must have. {shape}")
        return JwtKeys(signing="", keys={})
    for kid, secret in keys.keys.items():
        if not _KID.fullmatch(kid):
            reader.problems.append(f"Key id {kid!r} in JWT_KEYS_FILE: use letters, digits, dot, dash, underscore.")
        if len(secret.encode()) < _SECRET_BYTES:
            reader.problems.append(f"The secret of key {kid!r} in JWT_KEYS_FILE is shorter than {_SECRET_BYTES} bytes.")
    if keys.signing not in keys.keys:
        reader.problems.append(f"JWT_KEYS_FILE says that {keys.signing!r} signs, but has no secret of that name.")
    return keys
