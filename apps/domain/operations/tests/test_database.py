"""Single statements on the few connections that a process's threads share."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, transaction

from apps.domain.operations import database as module
from apps.domain.operations.database import MOST_CONNECTIONS, DatabaseUnavailableError, ask

PID = "SELECT pg_backend_pid() FROM pg_sleep(0.02)"


def pids() -> set[int]:
    """Of the connections that forty statements of twenty threads ran on."""
    with ThreadPoolExecutor(20) as pool:
        return {rows[0][0] for rows in pool.map(lambda _: ask(PID, []), range(40))}


def test_threads_share_a_few_connections(database: None) -> None:
    assert 1 < len(pids()) <= MOST_CONNECTIONS


def test_connections_that_the_server_ended_while_they_idled_are_replaced(database: None, superuser_dsn: str) -> None:
    before = pids()
    with psycopg.connect(superuser_dsn) as superuser:
        superuser.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [list(before)])
    assert not before & pids()


def test_within_a_transaction_a_statement_is_part_of_it(database: None) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone() == ask("SELECT pg_backend_pid()", [])[0]
        ask("SELECT set_config('coditect.tenant', 'of this transaction', true)", [])
        assert ask("SELECT current_setting('coditect.tenant')", []) == [("of this transaction",)]
    assert ask("SELECT coalesce(current_setting('coditect.tenant', true), '')", []) == [("",)]


def test_an_error_of_the_statement_passes_and_its_connection_serves_on(database: None) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        ask("SELECT 1 / %s::int", [0])
    assert ask("SELECT 1", []) == [(1,)]


def test_a_connection_whose_thread_was_interrupted_is_not_handed_on(database: None) -> None:
    def interrupt() -> None:
        with module._shared.connection() as raw:
            raw.pgconn.send_query(b"SELECT 'of nobody'")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert ask("SELECT 'mine'", []) == [("mine",)]


def test_a_database_that_is_away_is_named_so(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    module._shared.forget()
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        ask("SELECT 1", [])


def test_when_all_connections_are_busy_a_request_does_not_wait_for_ever(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.05)
    taken = [module._shared.connection() for _ in range(MOST_CONNECTIONS)]
    for one in taken:
        one.__enter__()
    try:
        with pytest.raises(DatabaseUnavailableError, match="busy"):
            ask("SELECT 1", [])
    finally:
        for one in taken:
            one.__exit__(None, None, None)
    assert ask("SELECT 1", []) == [(1,)]
