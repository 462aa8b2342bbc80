"""What tests do with seats, and with time: an expiry is moved, nobody waits for it."""

from typing import cast
from uuid import UUID

from apps.domain.licensing.models import ActiveSession
from apps.domain.licensing.seats import holding
from apps.domain.licensing.seats.decisions import Member, living_counts
from apps.domain.licensing.seats.holding import Seat
from apps.domain.licensing.seats.journal import Machine, Origin
from apps.domain.licensing.seats.terms import seats_of
from apps.domain.operations.redis import redis_link
from apps.domain.tenancy.scope import tenant_scope
from apps.testing.people import Company, Person

ORIGIN = Origin(request_id="test", ip="203.0.113.42", user_agent="pytest")


def machine(name: str) -> Machine:
    return Machine(hardware_id=name, hostname=name, os="linux", version="1.0.0")


def acquire(person: Person, hardware: str, *, license_id: UUID | None = None) -> Seat:
    return holding.acquire(
        redis_link(), person.principal, machine=machine(hardware), origin=ORIGIN, license_id=license_id
    )


def beat(person: Person, seat: Seat) -> int:
    return holding.beat(redis_link(), person.principal, session=seat.session)


def release(person: Person, seat: Seat) -> None:
    holding.release(redis_link(), person.principal, session=seat.session, origin=ORIGIN)


def let_expire(seat: Seat, *, ms_ago: int = 0) -> None:
    """As if no beat had come: the seat expired `ms_ago` before now on Redis' clock."""
    seconds, micros = cast("list[bytes]", redis_link().ask(b"TIME"))
    now = int(seconds) * 1000 + int(micros) // 1000
    redis_link().ask(b"ZADD", seat.terms.seats_key, now - ms_ago, Member.of(seat.session, seat.user_id).to_bytes())


def row(seat: Seat) -> ActiveSession:
    with tenant_scope(seat.terms.tenant_id):
        return ActiveSession.objects.get(session_id=seat.session)


def open_rows(company: Company) -> int:
    with tenant_scope(company.tenant_id):
        return ActiveSession.objects.filter(license=company.license, released_at__isnull=True).count()


def living(company: Company) -> int:
    (count,) = living_counts(redis_link(), [seats_of(company.tenant_id, company.license.id)])
    assert count is not None
    return count
