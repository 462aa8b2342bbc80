"""PostgreSQL for the hot path: one prepared statement, one round trip, its own transaction, no ORM.

Outside a transaction of Django's a statement runs on one of a few connections that the process's threads share: a
worker has more threads than the database has connections for (docs/adr/0010-license-hot-path.md).
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg.pq import TransactionStatus

from apps.domain.operations.tracing import tracer

Raw: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"

MOST_CONNECTIONS = 6
"""Of one process. Twelve pods of two workers then hold 144 of the 500 that stacks/Pulumi.prod.yaml allows."""
_PATIENCE_S = 5.0


class DatabaseUnavailableError(Exception):
    """PostgreSQL did not answer; whether the statement was committed is unknown."""


def ask(query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows. Callers cast them to what the statement gives.

    A connection found broken before anything was sent is replaced once; one that breaks later raises
    DatabaseUnavailableError, because the statement may have been committed. Errors of the statement itself pass.
    """
    if connection.in_atomic_block:
        try:
            return _run(cast("Raw", connection.connection), query, parameters)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseUnavailableError(f"PostgreSQL did not finish a statement: {error}") from error
    for is_last in (False, True):
        with _shared.connection() as raw:
            try:
                return _run(raw, query, parameters)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if not raw.closed:
                    raise DatabaseUnavailableError(f"PostgreSQL did not finish a statement: {error}") from error
                if is_last or not _is_stale(error):
                    raise DatabaseUnavailableError(f"The connection to PostgreSQL broke: {error}") from error
        # The others idled as long as this one.
        _shared.forget()
    raise AssertionError("the loop above returns or raises")


def _run(raw: Raw, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
    with tracer.sql(query), psycopg.Cursor(raw) as cursor:
        return cursor.execute(query, parameters, prepare=True).fetchall()


def _is_stale(error: psycopg.Error) -> bool:
    # The server ended the session while it was idle (restart, failover): it says so before it reads the statement.
    return error.sqlstate in ("57P01", "57P02", "57P03", "25P03")


class _Connections:
    """At most MOST_CONNECTIONS at a time, each for one thread at a time; the one used last is used first."""

    def __init__(self) -> None:
        self._idle: list[Raw] = []
        self._free = threading.Semaphore(MOST_CONNECTIONS)
        # A connection is its process's alone.
        os.register_at_fork(after_in_child=self._start_anew)

    @contextmanager
    def connection(self) -> Iterator[Raw]:
        """Raises DatabaseUnavailableError when there is none to be had."""
        if not self._free.acquire(timeout=_PATIENCE_S):
            raise DatabaseUnavailableError(f"All {MOST_CONNECTIONS} connections to PostgreSQL are busy.")
        try:
            raw = self._take()
            try:
                yield raw
            finally:
                if raw.pgconn.transaction_status == TransactionStatus.IDLE:
                    self._idle.append(raw)
                else:  # broken, or its thread was interrupted: the reply may still come
                    raw.close()
        finally:
            self._free.release()

    def forget(self) -> None:
        """Close those that nobody uses now."""
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:  # another thread took the last one
                return

    def _take(self) -> Raw:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            raw = cast("Raw", connection.get_new_connection(connection.get_connection_params()))
        except (OperationalError, InterfaceError, psycopg.Error) as error:
            raise DatabaseUnavailableError(f"PostgreSQL cannot be reached: {error}") from error
        raw.autocommit = True
        return raw

    def _start_anew(self) -> None:
        self._idle = []
        self._free = threading.Semaphore(MOST_CONNECTIONS)


_shared = _Connections()
