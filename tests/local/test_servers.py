"""The launcher of PostgreSQL and Redis: what tests, benchmarks and `coditect up` rely on."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from coditect.local.postgres import PostgresServer
from coditect.local.process import Account, StartError, free_port
from coditect.local.redis import RedisServer
from coditect.local.unprivileged import account_for_server, owned_directory, reachable_program_root, where_owned

ROOT = os.geteuid() == 0


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "postgres", flags={"max_connections": "20"})
    server.start()
    yield server
    server.remove()


def test_postgres_starts_below_a_directory_that_others_cannot_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "postgres")
    server.start()
    try:
        with psycopg.connect(server.connection_string("postgres")) as connection:
            version = connection.execute("SHOW server_version").fetchone()
        assert version is not None
        assert version[0].startswith("16.")
    finally:
        server.remove()


def test_postgres_keeps_port_and_committed_rows_over_a_sigkill(own_postgres: PostgresServer) -> None:
    port = own_postgres.port
    with psycopg.connect(own_postgres.connection_string("postgres")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    own_postgres.kill()
    own_postgres.start()
    assert own_postgres.port == port
    with psycopg.connect(own_postgres.connection_string("postgres")) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_flags_reach_the_server(own_postgres: PostgresServer) -> None:
    with psycopg.connect(own_postgres.connection_string("postgres")) as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("20",)


def test_a_login_has_no_more_rights_than_its_own_database_gives(own_postgres: PostgresServer) -> None:
    own_postgres.ensure_login("owner", password="first")
    own_postgres.ensure_login("owner", password="second")
    own_postgres.ensure_login("stranger", password="third")
    own_postgres.ensure_database("its_own", owner="owner")
    own_postgres.ensure_database("its_own", owner="owner")
    own = own_postgres.connection_string("its_own", user="owner", password="second")
    with psycopg.connect(own) as connection:
        connection.execute("CREATE TABLE secret (number int)")
    foreign = own_postgres.connection_string("its_own", user="stranger", password="third")
    with psycopg.connect(foreign) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM secret")


def test_no_log_holds_a_password_and_others_read_none(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir(mode=0o755)
    (tmp_path / "redis" / "redis.log").touch(mode=0o644)
    told = {"log_statement": "ddl", "log_min_duration_statement": "0", "log_connections": "on"}
    with (
        PostgresServer(tmp_path / "postgres", flags=told) as postgres,
        RedisServer(tmp_path / "redis", password="of-redis") as redis,
    ):
        postgres.ensure_login("owner", password="of-owner-first")
        postgres.ensure_login("owner", password="of-owner-second")
        assert "CREATE ROLE" in postgres.log.read_text(), "what is done is logged, without the password"
        for log in (postgres.log, redis.log):
            assert log.stat().st_mode & 0o777 == 0o600
            assert log.parent.stat().st_mode & 0o066 == 0, "entered at most"
            held = log.read_text()
            secrets = ("of-owner-first", "of-owner-second", "of-redis", postgres.superuser_password)
            assert [secret for secret in secrets if secret in held] == []


def test_a_wrong_password_is_refused(own_postgres: PostgresServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(own_postgres.connection_string("postgres", password="wrong"))


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "postgres", flags={"shared_buffers": "nonsense"})
    with pytest.raises(StartError, match="invalid value for parameter"):
        server.start()
    server.remove()


def test_redis_asks_for_its_password_and_keeps_its_port_over_a_sigkill(tmp_path: Path) -> None:
    with RedisServer(tmp_path, password="secret", maxmemory="32mb", policy="noeviction") as server:
        port = server.port
        client = server.client()
        client.set("held", 1)
        assert client.info()["maxmemory"] == 32 * 1024 * 1024
        server.kill()
        server.start()
        assert server.port == port
        assert server.client().get("held") is None
        command_line = Path(f"/proc/{server.pid}/cmdline")
        if command_line.exists():
            assert "secret" not in command_line.read_text()


def test_redis_with_an_append_only_file_comes_back_with_its_keys(tmp_path: Path) -> None:
    with RedisServer(tmp_path, is_append_only=True) as server:
        server.client().set("held", 1)
        server.stop()
        server.start()
        assert server.client().get("held") == b"1"


def test_servers_start_below_a_path_with_a_space_and_quotes(tmp_path: Path) -> None:
    home = tmp_path / 'a "clone" of Bob\'s'
    with RedisServer(home / "redis", password='of "Bob" \\', is_append_only=True) as redis:
        assert redis.client().ping()
    server = PostgresServer(home / "postgres")
    server.start()
    try:
        with psycopg.connect(server.connection_string("postgres")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.remove()


def test_a_taken_fixed_port_is_an_error_that_names_it(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "first", port=free_port()) as first:
        second = PostgresServer(tmp_path / "second", port=first.port)
        with pytest.raises(StartError, match=str(first.port)):
            second.start()
        second.remove()


def test_programs_in_a_closed_directory_are_copied_to_where_the_account_reaches_them(tmp_path: Path) -> None:
    account = account_for_server()
    if account is None:
        assert not ROOT  # without root nothing is dropped, so nothing can become unreachable
        return
    tmp_path.chmod(0o700)
    program = tmp_path / "site" / "package" / "program"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n# {tmp_path}\n")
    program.chmod(0o700)
    root = reachable_program_root(tmp_path / "site", Path("package/program"), parts=[Path("package")], account=account)
    assert root != tmp_path / "site"
    assert (root / "package/program").stat().st_mode & 0o555 == 0o555
    again = reachable_program_root(tmp_path / "site", Path("package/program"), parts=[Path("package")], account=account)
    assert again == root


def test_a_state_directory_belongs_to_the_servers_account(tmp_path: Path) -> None:
    account = account_for_server() or Account(name="self", uid=os.geteuid(), gid=os.getegid())
    directory = owned_directory(tmp_path / "cluster", account=account_for_server())
    assert directory.stat().st_uid == account.uid
    assert owned_directory(tmp_path / "cluster", account=account_for_server()) == directory
    directory.rmdir()


def test_a_state_directory_that_is_a_link_is_refused_and_what_it_points_to_keeps_its_owner(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    owner = foreign.stat().st_uid
    (tmp_path / "cluster").symlink_to(foreign)
    with pytest.raises(StartError, match="cluster is a symbolic link"):
        owned_directory(tmp_path / "cluster", account=account_for_server())
    assert foreign.stat().st_uid == owner


def test_asking_where_a_state_directory_is_makes_none(tmp_path: Path) -> None:
    where = where_owned(tmp_path / "cluster", account=account_for_server())
    assert not where.exists()
    assert owned_directory(tmp_path / "cluster", account=account_for_server()) == where
    where.rmdir()
