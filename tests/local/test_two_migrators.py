"""Two services migrate one database with a login each, as on Cloud SQL: neither owns alone what both must change."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from coditect.graph.model import Graph
from coditect.local.data import ensure_declared
from coditect.local.declared import DatabaseServer, deployed
from coditect.local.postgres import PostgresServer

_TABLE = "CREATE TABLE things (id int)"


@pytest.fixture(scope="module")
def declared(captured: Callable[[str], Graph]) -> DatabaseServer:
    return deployed(captured("local")).database


@pytest.fixture(scope="module")
def server(declared: DatabaseServer, state_directory: Path) -> Iterator[PostgresServer]:
    """A server of its own: logins are the whole server's."""
    running = PostgresServer(state_directory / "migrators", is_durable=False)
    running.start()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def passwords(declared: DatabaseServer, server: PostgresServer) -> dict[str, str]:
    made = {user: secrets.token_urlsafe(16) for user in declared.users}
    ensure_declared(server, declared, made)
    ensure_declared(server, declared, made)  # again, as at every start
    return made


def _connect(server: PostgresServer, user: str, passwords: dict[str, str]) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(server.connection_string("coditect", user=user, password=passwords[user]), autocommit=True)


def test_what_one_creates_as_the_owner_the_other_alters_and_grants(
    server: PostgresServer, declared: DatabaseServer, passwords: dict[str, str]
) -> None:
    first, second = sorted(declared.owners)
    owner = f'SET ROLE "{declared.owner_role}"'
    with _connect(server, first, passwords) as connection:
        connection.execute(owner.encode())
        connection.execute(_TABLE)
    with _connect(server, second, passwords) as connection:
        connection.execute(owner.encode())
        connection.execute("ALTER TABLE things ADD COLUMN name text")
        connection.execute('GRANT SELECT ON things TO "license-backend"')
    with _connect(server, "license-backend", passwords) as connection:
        assert connection.execute("SELECT count(*) FROM things").fetchone() == (0,)


def test_a_services_own_login_creates_nothing_and_passes_no_row_level_security(
    server: PostgresServer, declared: DatabaseServer, passwords: dict[str, str]
) -> None:
    for user in sorted(set(declared.users) - declared.owners - {"agentflow-backend"}):
        with _connect(server, user, passwords) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE mine (id int)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f'SET ROLE "{declared.owner_role}"'.encode())
    with psycopg.connect(server.connection_string("postgres")) as connection:
        query = "SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls)"
        assert connection.execute(query, [list(declared.users)]).fetchone() == (0,)
