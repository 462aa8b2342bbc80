"""PostgreSQL, Redis and Cloud KMS on this machine, as the graph declares Cloud SQL, Memorystore and the key ring."""

import sys
from dataclasses import dataclass

import psycopg

from coditect.local.data import ensure_declared, local_flags
from coditect.local.declared import Deployed
from coditect.local.edge.authority import Authority
from coditect.local.edge.proxy import tls_terminator
from coditect.local.launch import password_secrets, secret_of
from coditect.local.layout import Layout
from coditect.local.plain_server import PlainServer
from coditect.local.ports import Ports
from coditect.local.postgres import PostgresServer
from coditect.local.probing import answers
from coditect.local.process import LOOPBACK, StartError
from coditect.local.redis import RedisServer
from coditect.local.secret_values import SecretStore
from coditect.local.unit import Server

POSTGRES, REDIS, REDIS_TLS, KMS = "postgres", "redis", "redis-tls", "kms"


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The servers, and the ports that pods reach them by."""

    postgres: PostgresServer
    servers: dict[str, Server]
    cache_port: int
    kms_port: int


def stores(
    deployed: Deployed, *, layout: Layout, ports: Ports, store: SecretStore, authority: Authority, min_tls: str
) -> Stores:
    """Everything that keeps data, not started. Writes the cache's secrets, which the platform itself fills."""
    cache = deployed.cache
    postgres = PostgresServer(layout.root / POSTGRES, port=ports.of(POSTGRES), flags=local_flags(deployed.database))
    redis = RedisServer(
        layout.root / REDIS,
        port=ports.of(REDIS),
        password=store.value(secret_of(deployed, "REDIS_AUTH_FILE")) if cache.has_password else None,
        maxmemory=f"{cache.memory_gib}gb",
        policy=cache.policy,
    )
    servers: dict[str, Server] = {POSTGRES: postgres, REDIS: redis}
    cache_port = redis.port
    if cache.has_tls:
        store.put(secret_of(deployed, "REDIS_CA_FILE"), authority.certificate.read_text())
        cache_port = ports.of(REDIS_TLS)
        servers[REDIS_TLS] = tls_terminator(
            REDIS_TLS,
            listen=cache_port,
            forward=redis.port,
            certificate=authority.leaf(REDIS, [LOOPBACK, "localhost"]),
            min_tls=min_tls,
            layout=layout,
        )
    kms_port = ports.of(KMS)
    servers[KMS] = _kms(deployed, port=kms_port, layout=layout)
    return Stores(postgres=postgres, servers=servers, cache_port=cache_port, kms_port=kms_port)


def prepare_databases(stores: Stores, deployed: Deployed, store: SecretStore) -> None:
    """Create databases and logins on the running server, with the passwords that pods read. Raises StartError."""
    secrets = password_secrets(deployed)
    passwords = {user: store.value(secrets.get(user, f"database-password-{user}")) for user in deployed.database.users}
    try:
        ensure_declared(stores.postgres, deployed.database, passwords)
    except psycopg.Error as error:
        raise StartError(
            f"PostgreSQL did not take its databases and logins: {error}\nSee {stores.postgres.log}."
        ) from None


def make_signing_versions(deployed: Deployed, layout: Layout) -> list[str]:
    """Make the declared versions of signing keys that are not there, beside the running Cloud KMS. Returns their names.

    A version that is declared no more stays: Google keeps one for weeks, and living leases may need it.
    """
    from coditect.local.kms_keys import KeyDirectory  # loads Google's client: only where a graph changed meanwhile

    keys = KeyDirectory(path=layout.root / KMS)
    return [version for key, count in deployed.signing_keys.items() for version in keys.ensure_versions(key, count)]


def _kms(deployed: Deployed, *, port: int, layout: Layout) -> PlainServer:
    command = [sys.executable, "-m", "coditect.local.kms", "--port", str(port), "--key-dir", str(layout.root / KMS)]
    for key, versions in deployed.signing_keys.items():
        command += ["--key", f"{key}={versions}"]
    return PlainServer(
        KMS, command, log=layout.log(KMS), is_ready=lambda: answers(port, None, timeout_s=1), environment=None
    )
