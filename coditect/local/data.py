"""Databases, logins and rights as Cloud SQL would have them; nobody but the superuser can pass row-level security."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from coditect.local.declared import DatabaseServer
from coditect.local.postgres import PostgresServer

# Cloud SQL's own flags and extensions, which a PostgreSQL elsewhere does not have.
_CLOUD_ONLY = ("cloudsql.", "pgaudit.")


def local_flags(declared: DatabaseServer) -> dict[str, str]:
    """The declared flags that PostgreSQL itself has. PostgreSQL refuses to start with the others."""
    flags = {name: value for name, value in declared.flags.items() if not name.startswith(_CLOUD_ONLY)}
    # Looking up a client's name asks a name server; here every client is this machine.
    return {**flags, "log_hostname": "off"}


def flags_not_taken(declared: DatabaseServer) -> tuple[str, ...]:
    """Names of the declared flags that have no effect here."""
    return tuple(name for name, value in declared.flags.items() if local_flags(declared).get(name) != value)


def ensure_declared(server: PostgresServer, declared: DatabaseServer, passwords: Mapping[str, str]) -> None:
    """Create what is missing and set all passwords. Idempotent.

    Databases belong to the role that Cloud SQL gives to the logins that migrate, as databases made there do.
    """
    with psycopg.connect(server.connection_string("postgres"), autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [declared.owner_role]).fetchone()
        if not exists:
            connection.execute(
                sql.SQL("CREATE ROLE {} NOLOGIN NOBYPASSRLS").format(sql.Identifier(declared.owner_role))
            )
    for user in declared.users:
        server.ensure_login(user, password=passwords[user])
    for database in declared.databases:
        server.ensure_database(database, owner=declared.owner_role)
    with psycopg.connect(server.connection_string("postgres"), autocommit=True) as connection:
        for user in sorted(declared.owners):
            connection.execute(
                sql.SQL("GRANT {} TO {}").format(sql.Identifier(declared.owner_role), sql.Identifier(user))
            )
