"""Rows of the running database that the console shows: seats by license, and events in the gateway's inbox.

Read as the superuser: the console is the operator's, who sees every tenant; row-level security would show none.
"""

from typing import LiteralString

import psycopg
from psycopg.rows import dict_row

from coditect.graph.values import JsonObject
from coditect.local.platform import Platform

# A server that is paused takes connections and answers nothing.
_TIMEOUT_S = 2
_SHOWN = 100

_SEATS: LiteralString = """
SELECT t.name AS tenant, l.id::text AS license, l.status, l.seats_total AS total, u.email AS holder, s.hostname,
       s.hardware_id AS machine, extract(epoch FROM s.acquired_at)::float8 AS acquired,
       extract(epoch FROM s.last_heartbeat_at)::float8 AS heartbeat
FROM licenses l JOIN tenants t ON t.id = l.tenant_id
LEFT JOIN active_sessions s ON s.license_id = l.id AND s.released_at IS NULL
LEFT JOIN users u ON u.id = s.user_id
ORDER BY t.name, l.id, s.acquired_at
LIMIT 2000
"""
_WEBHOOKS: LiteralString = """
SELECT provider, event_id, type, extract(epoch FROM received_at)::float8 AS received,
       extract(epoch FROM processed_at)::float8 AS processed
FROM webhook_events ORDER BY id DESC LIMIT %s
"""


def held_seats(platform: Platform) -> list[JsonObject]:
    """A row for each seat that is held, and one without holder for each license that none is held of.

    Raises psycopg.Error.
    """
    return _rows(platform, _SEATS)


def received_webhooks(platform: Platform) -> list[JsonObject]:
    """The last events that the gateway took, newest first. Raises psycopg.Error."""
    return _rows(platform, _WEBHOOKS, _SHOWN)


def _rows(platform: Platform, query: LiteralString, *arguments: int) -> list[JsonObject]:
    database = next(
        (p.environment["DATABASE_NAME"] for p in platform.deployed.pods if "DATABASE_NAME" in p.environment), None
    )
    if database is None:
        return []
    with psycopg.connect(
        platform.stores.postgres.connection_string(database),
        autocommit=True,
        connect_timeout=_TIMEOUT_S,
        options=f"-c statement_timeout={_TIMEOUT_S * 1000}",
        row_factory=dict_row,
    ) as connection:
        return [dict(row) for row in connection.execute(query, arguments or None)]
