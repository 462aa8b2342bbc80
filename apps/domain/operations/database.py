"""PostgreSQL for the hot path: one prepared statement, one round trip, its own transaction, no ORM.

The thread's Django connection is used, so that tests' transactions and the connection's life are Django's.
"""

from collections.abc import Sequence
from typing import Any, cast

import psycopg
from django.db import InterfaceError, OperationalError, connection


class DatabaseUnavailableError(Exception):
    """PostgreSQL did not answer; whether the statement was committed is unknown."""


def ask(query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows. Callers cast them to what the statement gives.

    A connection found broken before anything was sent is replaced once; one that breaks later raises
    DatabaseUnavailableError, because the statement may have been committed. Errors of the statement itself pass.
    """
    for is_last in (False, True):
        try:
            connection.ensure_connection()
        except (OperationalError, InterfaceError) as error:
            raise DatabaseUnavailableError(f"PostgreSQL cannot be reached: {error}") from error
        raw = cast("psycopg.Connection[tuple[Any, ...]]", connection.connection)
        try:
            with psycopg.Cursor(raw) as cursor:
                return cursor.execute(query, parameters, prepare=True).fetchall()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if not raw.closed:
                raise DatabaseUnavailableError(f"PostgreSQL did not finish a statement: {error}") from error
            was_idle = _is_stale(error)
            if not connection.in_atomic_block:
                connection.close()
            if is_last or not was_idle:
                raise DatabaseUnavailableError(f"The connection to PostgreSQL broke: {error}") from error
    raise AssertionError("the loop above returns or raises")


def _is_stale(error: psycopg.Error) -> bool:
    # The server ended the session while it was idle (restart, failover): it says so before it reads the statement.
    return error.sqlstate in ("57P01", "57P02", "57P03", "25P03")
