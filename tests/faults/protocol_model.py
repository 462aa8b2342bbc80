"""The protocol of seats as a state machine: script, journal and rebuild in any order, on real Redis and PostgreSQL.

    python -m tests.faults.protocol_model PLAN.json

Every use case is cut at each of its steps, so that the steps of many processes interleave, and any of them may stop
for ever (its process died). Hypothesis chooses the order and shrinks what goes wrong to the shortest story. Time is
not waited for: a session expires because its score in Redis is set into the past.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import django
import psycopg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from coditect.local.redis import RedisServer
from tests.faults.protocol_plan import ModelPlan

_DIRECTORY = Path(tempfile.mkdtemp(prefix="coditect-model-"))
REDIS = RedisServer(_DIRECTORY, password=Path(os.environ["REDIS_AUTH_FILE"]).read_text())
os.environ["REDIS_URL"] = REDIS.url
django.setup()

# Django must be set up, with this process's own Redis, before its models can be imported.
from apps.domain.accounts.admission import restore_revocations  # noqa: E402
from apps.domain.accounts.permissions import Role  # noqa: E402
from apps.domain.accounts.principal import Principal  # noqa: E402
from apps.domain.licensing.seats import decisions, journal  # noqa: E402
from apps.domain.licensing.seats.decisions import Beaten, Full, Granted, Member, NotLiving, Occupied  # noqa: E402
from apps.domain.licensing.seats.journal import Ended, Machine, OpenSessions, Origin  # noqa: E402
from apps.domain.licensing.seats.rebuild import rebuild  # noqa: E402
from apps.domain.licensing.seats.terms import LicenseTerms, read_terms  # noqa: E402
from apps.domain.operations.redis import redis_link  # noqa: E402

TTL_MS = 3_600_000
STEPS_PER_STORY = 60
MACHINE = st.sampled_from(("m0", "m1", "m2", "m3"))
OFTEN = st.sampled_from((True, True, True, False))
ORIGIN = Origin(request_id="model", ip=None, user_agent="")
Item = TypeVar("Item")


@dataclass(kw_only=True)
class Tally:
    """What was tried, over all stories."""

    stories: int = 0
    steps: int = 0
    granted: int = 0
    not_granted: int = 0
    full: int = 0
    beaten: int = 0
    not_living: int = 0
    rebuilt: int = 0
    died: int = 0
    redis_lost: int = 0


@dataclass(frozen=True, kw_only=True)
class Decided:
    """An acquire between its script and its commit."""

    granted: Granted
    user: UUID
    machine: str


@dataclass(frozen=True, kw_only=True)
class Cleaning:
    """Members that PostgreSQL has ended, about to be dropped from Redis."""

    ended: tuple[Ended, ...]
    is_dead_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Rebuilding:
    """A rebuild that has read, and has installed when is_installed."""

    found: OpenSessions
    is_installed: bool


TALLY = Tally()
PLAN = ModelPlan.model_validate_json(Path(sys.argv[1]).read_bytes())


class Seats(RuleBasedStateMachine):
    """One license, and whoever works on it."""

    def __init__(self) -> None:
        super().__init__()
        TALLY.stories += 1
        self.sql = psycopg.connect(PLAN.superuser, autocommit=True)
        self.link = redis_link()
        self.tenant, self.license = uuid4(), uuid4()
        self.deciding: list[Decided] = []
        self.cleaning: list[Cleaning] = []
        self.rebuilding: list[Rebuilding] = []
        self.sweeping: list[decisions.Expired] = []
        self.holders: dict[UUID, tuple[UUID, str]] = {}  # sessions a client may believe in: user, machine
        self.fence = 0
        self.sessions = 0
        self.expired = 0
        self.seats = 0
        self.has_copy = False
        self.has_failed_over = False

    @initialize(seats=st.integers(1, 3), first=st.lists(st.tuples(st.integers(0, 2), MACHINE), max_size=3))
    def buy_a_license(self, seats: int, first: list[tuple[int, str]]) -> None:
        # Every story begins alike, so that it can be told again.
        self._flush()
        restore_revocations(self.link)
        owner = PLAN.users[0]
        self.sql.execute(
            "INSERT INTO tenants (id, name, owner_id, tier, stripe_customer_id, stripe_subscription_id, created_at, "
            "updated_at) VALUES (%s, 'Model', %s, 'pro', '', '', now(), now())",
            [self.tenant, owner],
        )
        self.sql.execute(
            "INSERT INTO licenses (id, tenant_id, seats_total, status, created_at, updated_at) "
            "VALUES (%s, %s, %s, 'active', now(), now())",
            [self.license, self.tenant, seats],
        )
        self.seats = seats
        self.terms = self._read_terms()
        self._mend()
        for user, machine in first:
            self.acquire_at_once(user, machine)

    def teardown(self) -> None:
        self.sql.close()

    # Acquire: decide, commit, clean.

    @rule(user=st.integers(0, 2), machine=MACHINE)
    def acquire_at_once(self, user: int, machine: str) -> None:
        under_way = len(self.deciding)
        self.decide_a_seat(user, machine)
        if len(self.deciding) > under_way:
            self.commit_a_grant(under_way)

    @rule(user=st.integers(0, 2), machine=MACHINE)
    def decide_a_seat(self, user: int, machine: str) -> None:
        TALLY.steps += 1
        principal = self._principal(PLAN.users[user])
        decided = decisions.acquire(
            self.link, principal, [self.terms], session=self._new_session(), hardware_id=machine, ttl_ms=TTL_MS
        )
        match decided:
            case Granted():
                self.deciding.append(Decided(granted=decided, user=principal.user_id, machine=machine))
            case Full():
                TALLY.full += 1
                living = decisions.living(self.link, self.terms)
                assert living is not None
                assert len(living) >= self.terms.seats_total, "full, although a seat is free"
            case Occupied():
                pass  # of another user, perhaps one whose grant nobody was told of
            case _:
                self._mend()

    @precondition(lambda self: self.deciding)
    @rule(which=st.integers(0, 99))
    def commit_a_grant(self, which: int) -> None:
        TALLY.steps += 1
        decided = _take(self.deciding, which)
        machine = Machine(hardware_id=decided.machine, hostname="", os="", version="")
        answer = journal.commit_grant(decided.granted, user_id=decided.user, machine=machine, origin=ORIGIN)
        if answer.ended:
            for member, _ in answer.ended:
                self.holders.pop(member.session, None)
            self.cleaning.append(Cleaning(ended=answer.ended, is_dead_only=True))
        member = decided.granted.member
        if answer.outcome == "granted":
            TALLY.granted += 1
            assert answer.fence is not None
            is_told_again = member.session in self.holders
            if not is_told_again:
                assert answer.fence > self.fence, f"fence {answer.fence} after {self.fence}"
                self.fence = answer.fence
            self.holders[member.session] = (decided.user, decided.machine)
            # Who held a seat before seats were taken back is told of the same one again: that gives none.
            assert is_told_again or len(self._believing()) <= self.seats, "a grant exceeds the seats bought"
            return
        TALLY.not_granted += 1
        self.terms = self._read_terms()
        if answer.outcome == "epoch":
            decisions.disown(self.link, self.terms, epoch=decided.granted.epoch)
        if answer.outcome == "closed" or journal.void(
            decided.granted, user_id=decided.user, hardware_id=decided.machine
        ):
            self.cleaning.append(Cleaning(ended=((member, decided.machine),)))

    @precondition(lambda self: self.cleaning)
    @rule(which=st.integers(0, 99))
    def drop_what_ended(self, which: int) -> None:
        TALLY.steps += 1
        cleaning = _take(self.cleaning, which)
        decisions.drop(self.link, self.terms, cleaning.ended, is_dead_only=cleaning.is_dead_only)

    # What clients and their owners do.

    @precondition(lambda self: self.holders)
    @rule(which=st.integers(0, 99))
    def beat(self, which: int) -> None:
        TALLY.steps += 1
        session, (user, _) = _pick(list(self.holders.items()), which)
        was_living = session in (decisions.living(self.link, self.terms) or {})
        decided = decisions.beat(self.link, self._principal(user), [self.terms], session=session, ttl_ms=TTL_MS)
        match decided:
            case Beaten():
                TALLY.beaten += 1
                assert session in self._open_rows(), "a beat extended a session that PostgreSQL has closed"
            case NotLiving(is_expired, epochs):
                TALLY.not_living += 1
                assert not was_living, "the beat of a living session was refused"
                if not is_expired and session in self._open_rows():
                    # The use case has the set built anew and asks again, so its client is not told that it is dead.
                    assert not self._is_current(), "a set of the present epoch lacks an open row"
                    decisions.disown(self.link, self.terms, epoch=max(epochs))
            case _:
                self._mend()

    @precondition(lambda self: self.holders)
    @rule(which=st.integers(0, 99), reason=st.sampled_from(("released", "revoked")))
    def end(self, which: int, reason: str) -> None:
        TALLY.steps += 1
        session, (user, _) = _pick(list(self.holders.items()), which)
        answer = journal.end_session(
            tenant_id=self.tenant, session=session, owner=user, reason=reason, by=None, origin=ORIGIN
        )
        assert answer.ended is not None
        del self.holders[session]
        self.cleaning.append(Cleaning(ended=(answer.ended,)))

    @precondition(lambda self: self.holders)
    @rule(which=st.integers(0, 99))
    def time_passes_for_a_silent_client(self, which: int) -> None:
        TALLY.steps += 1
        session, (user, _) = _pick(list(self.holders.items()), which)
        if any(decided.granted.member.session == session for decided in self.deciding):
            return  # a whole TTL has not passed since that decision: PostgreSQL refuses a grant after 30 s
        redis = REDIS.client()
        seconds, micros = redis.time()
        # Whose time ran out first has the lower score, however fast this story is told.
        self.expired += 1
        past = int(seconds) * 1000 + int(micros) // 1000 - 1_000_000 + self.expired
        redis.zadd(self.terms.seats_key, {Member.of(session, user).to_bytes(): past}, xx=True)
        redis.close()

    @rule(seats=st.integers(1, 3))
    def change_the_seats(self, seats: int) -> None:
        TALLY.steps += 1
        self.sql.execute("UPDATE licenses SET seats_total = %s WHERE id = %s", [seats, self.license])
        self.seats = seats

    @rule()
    def learn_the_terms_anew(self) -> None:
        TALLY.steps += 1
        self.terms = self._read_terms()

    # The sweeper: look, write down, clean.

    @rule()
    def see_who_is_dead(self) -> None:
        TALLY.steps += 1
        seen = decisions.dead(self.link, self.terms, at_most=10)
        if seen is not None and seen.dead:
            self.sweeping.append(seen)

    @precondition(lambda self: self.sweeping)
    @rule(which=st.integers(0, 99))
    def write_down_who_is_dead(self, which: int) -> None:
        TALLY.steps += 1
        seen = _take(self.sweeping, which)
        closed = journal.close_expired(self.terms, seen.dead, epoch=seen.epoch)
        for member, _ in closed:
            self.holders.pop(member.session, None)
        self.cleaning.append(Cleaning(ended=closed, is_dead_only=True))
        left = {one.member for one in seen.dead} - {member for member, _ in closed}
        decisions.drop_members(self.link, self.terms, left)

    # Rebuild: read, install, clean.

    @rule(is_seen=OFTEN)
    def begin_a_rebuild(self, is_seen: bool) -> None:
        TALLY.steps += 1
        if is_seen and decisions.living_counts(self.link, [self.terms]) != [None]:
            return  # someone has rebuilt since this process saw the loss; only now and then another does it again
        found = journal.begin_rebuild(self.terms)
        assert found is not None
        self.rebuilding.append(Rebuilding(found=found, is_installed=False))

    @precondition(lambda self: self.rebuilding)
    @rule(which=st.integers(0, 99))
    def go_on_with_a_rebuild(self, which: int) -> None:
        TALLY.steps += 1
        rebuilding = _take(self.rebuilding, which)
        found = rebuilding.found
        if not rebuilding.is_installed:
            if decisions.install(self.link, self.terms, found.sessions, epoch=found.epoch, ttl_ms=TTL_MS):
                TALLY.rebuilt += 1
                self.rebuilding.append(Rebuilding(found=found, is_installed=True))
            return
        ended = journal.ended_among(self.terms, [member.session for member, _ in found.sessions])
        decisions.drop(self.link, self.terms, ended)

    # What goes wrong.

    @rule(what=st.sampled_from(("deciding", "cleaning", "rebuilding", "sweeping")), which=st.integers(0, 99))
    def a_process_dies(self, what: str, which: int) -> None:
        TALLY.steps += 1
        under_way: list[object] = getattr(self, what)
        if under_way:
            TALLY.died += 1
            _take(under_way, which)

    @rule(is_spared=OFTEN)
    def redis_is_emptied(self, is_spared: bool) -> None:
        TALLY.steps += 1
        if is_spared:
            return
        TALLY.redis_lost += 1
        self._flush()

    @rule()
    def redis_is_copied(self) -> None:
        TALLY.steps += 1
        redis = REDIS.client()
        redis.save()
        redis.close()
        self.has_copy = True

    @precondition(lambda self: self.has_copy and not self.has_failed_over)
    @rule()
    def the_copy_takes_over(self) -> None:
        TALLY.steps += 1
        TALLY.redis_lost += 1
        REDIS.kill()
        REDIS.start()
        self.has_failed_over = True

    # What holds at every moment.

    @invariant()
    def open_rows_fit_and_are_all_in_redis(self) -> None:
        if not hasattr(self, "terms"):
            return
        rows = self._open_rows()
        members = decisions.members(self.link, self.terms)
        if members is None or not self._is_current():
            return
        # Nothing that PostgreSQL holds open may be missing where seats are counted.
        assert rows <= members, f"open in PostgreSQL, unknown to Redis: {rows - members}"

    @invariant()
    def whoever_believes_in_a_seat_has_an_open_row(self) -> None:
        if not hasattr(self, "terms"):
            return
        believing = self._believing()
        assert believing <= self._open_rows(), "a living lease has no open row, so a rebuild would lose it"
        machines = [self.holders[session][1] for session in believing]
        assert len(machines) == len(set(machines)), "one machine holds two seats"

    def _believing(self) -> set[UUID]:
        """Sessions whose leases are living; while Redis is not built for the epoch, those that it will build."""
        living = decisions.living(self.link, self.terms)
        if living is None or not self._is_current():
            return set(self.holders) & self._open_rows()
        return set(self.holders) & set(living)

    def _is_current(self) -> bool:
        """Whether the set in Redis is of the epoch that PostgreSQL grants in. Another one decides nothing for long."""
        seen = decisions.dead(self.link, self.terms, at_most=1)
        row = self.sql.execute("SELECT epoch FROM seat_epochs WHERE license_id = %s", [self.license]).fetchone()
        return seen is not None and row is not None and row[0] == seen.epoch

    def _open_rows(self) -> set[UUID]:
        rows = self.sql.execute(
            "SELECT session_id FROM active_sessions WHERE license_id = %s AND released_at IS NULL", [self.license]
        )
        return {session for (session,) in rows}

    def _mend(self) -> None:
        """What every use case does when Redis cannot decide: at once here, step by step in the rules below."""
        restore_revocations(self.link)
        if decisions.living_counts(self.link, [self.terms]) == [None]:
            rebuild(self.link, self.terms, ttl_ms=TTL_MS)
            TALLY.rebuilt += 1

    def _flush(self) -> None:
        redis = REDIS.client()
        redis.flushall()
        redis.close()

    def _new_session(self) -> UUID:
        # Redis orders members of one score by their bytes: ids rise, so that a story can be told again exactly.
        self.sessions += 1
        return UUID(int=(TALLY.stories << 64) + self.sessions)

    def _read_terms(self) -> LicenseTerms:
        (terms,) = read_terms(self.tenant).licenses
        return terms

    def _principal(self, user: UUID) -> Principal:
        return Principal(
            user_id=user,
            email="model@example.com",
            name="Model",
            tenant_id=self.tenant,
            role=Role.USER,
            token_id=uuid4(),
            token_expires_at=2**40,
        )


def _pick(items: Sequence[Item], which: int) -> Item:
    return items[which % len(items)]


def _take(items: list[Item], which: int) -> Item:
    return items.pop(which % len(items))


def main() -> None:
    """Raises what Hypothesis found, or prints what was tried."""
    options = settings(
        # Some steps only look, and some stories end early.
        max_examples=-(-2 * PLAN.steps // STEPS_PER_STORY),
        stateful_step_count=STEPS_PER_STORY,
        deadline=None,
        derandomize=True,
        database=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink) if PLAN.is_shrunk else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    with REDIS:
        while TALLY.steps < PLAN.steps:
            run_state_machine_as_test(Seats, settings=options)
            options = settings(options, derandomize=False)
    sys.stdout.write(" ".join(f"{one.name}={getattr(TALLY, one.name)}" for one in fields(TALLY)) + "\n")


if __name__ == "__main__":
    main()
