"""The license service under measurement: its own settings, a crowd of users, and what it told them."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import psycopg

from bench.license import wire
from bench.license.cast import TENANTS, USERS
from bench.license.servers import Workers
from coditect.local.postgres import PostgresServer
from coditect.local.redis import RedisServer
from tests.faults.cast import Customer, Member, customer
from tests.faults.service import Ground, Service, Shape

SETTINGS = "apps.license_api.settings.backend"
SEATS = 100_000


@dataclass(frozen=True, kw_only=True)
class Held:
    """A seat and the token of who holds it."""

    session_id: str
    token: str


class Subject:
    """The service on its ground. Real limits, real TTL, PostgreSQL that syncs every commit."""

    def __init__(self, state_dir: Path, *, postgres: PostgresServer, redis: RedisServer, workers: Workers) -> None:
        shape = Shape(workers=workers.processes, threads=workers.threads, settings=SETTINGS)
        self.ground = Ground(state_dir, shape=shape, postgres=postgres, redis=redis)
        self.customers = [customer(seats=SEATS, users=USERS // TENANTS) for _ in range(TENANTS)]
        self.ground.seed(self.customers)
        self._tokens = {str(member.id): self.ground.tokens.token(member, of) for of, member in _people(self.customers)}

    def serve(self) -> Service:
        return self.ground.serve()

    def acquires(self) -> Iterator[bytes]:
        """Without end: every request another machine, users and tenants in turn."""
        for token in cycle(self._tokens.values()):
            yield wire.acquire(token, hardware_id=uuid.uuid4().hex)

    def held(self, bodies: Sequence[bytes]) -> list[Held]:
        """The seats that replies to `acquires` gave."""
        replies = (json.loads(body) for body in bodies)
        return [Held(session_id=one["session_id"], token=self._tokens[one["user_id"]]) for one in replies]

    def fill(self, seats: int) -> list[Held]:
        """Write so many open sessions into PostgreSQL, as acquires leave them. Redis knows nothing of them yet."""
        # Over all tenants: the beats of a million seats of few users would meet the limit of 100 requests a minute.
        filled = self.customers
        held: list[Held] = []
        with psycopg.connect(self.ground.superuser_connection()) as connection, connection.cursor() as cursor:
            columns = (
                "id, tenant_id, license_id, user_id, session_id, hardware_id, hostname, os, version, fence, leases, "
                "acquired_at, last_heartbeat_at, end_reason"
            )
            now = datetime.now(UTC)
            with cursor.copy(f"COPY active_sessions ({columns}) FROM STDIN") as copy:
                for number in range(seats):
                    of = filled[number % len(filled)]
                    user = of.users[number // len(filled) % len(of.users)]
                    session = uuid.uuid4()
                    held.append(Held(session_id=str(session), token=self._tokens[str(user.id)]))
                    machine = (uuid.uuid4().hex, "bench", "linux", "1", number + 1, 1, now, now, "")
                    copy.write_row((uuid.uuid4(), of.tenant_id, of.license_id, user.id, session, *machine))
            cursor.execute("SELECT setval('lease_fence', %s)", [seats + 1])
            cursor.execute("ANALYZE active_sessions")
        return held

    def one_of_each_license(self, held: Sequence[Held]) -> Sequence[Held]:
        """A seat of each license that `fill` used."""
        return held[: len(self.customers)]

    def living_seats(self) -> int:
        """Seats that Redis counts as living now, over all licenses."""
        client = self.ground.redis.client()
        seconds, micros = client.time()
        now_ms = int(seconds) * 1000 + int(micros) // 1000
        living = sum(client.zcount(b"seats:" + one.license_id.bytes, f"({now_ms}", "+inf") for one in self.customers)
        client.close()
        return living

    def sessions_committed(self) -> int:
        """Grants that PostgreSQL holds."""
        ((count,),) = self.ground.sql("SELECT count(*) FROM active_sessions WHERE end_reason <> 'void'")
        assert isinstance(count, int)
        return count


def beats(held: Sequence[Held]) -> Iterator[bytes]:
    """Without end: a beat of each seat in turn."""
    for one in cycle(held):
        yield wire.heartbeat(one.token, session_id=one.session_id)


def _people(customers: Sequence[Customer]) -> Iterator[tuple[Customer, Member]]:
    # User by user across tenants, so that neighbouring requests are of different tenants.
    for number in range(len(customers[0].users)):
        for one in customers:
            yield one, one.users[number]
