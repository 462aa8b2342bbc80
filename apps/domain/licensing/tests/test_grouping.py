"""Acquires of the same moment share a transaction; what one of them meets is nobody else's trouble."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest

from apps.domain.licensing.seats import decisions, journal
from apps.domain.licensing.seats.decisions import Granted
from apps.domain.licensing.seats.grouping import TURNS, Grouping, NotTogetherError
from apps.domain.licensing.seats.journal import GrantAnswer
from apps.domain.licensing.seats.terms import TermsCache
from apps.domain.operations.database import ask
from apps.domain.operations.redis import redis_link
from apps.testing.people import Cast, Company, Person, found
from apps.testing.seats import ORIGIN, acquire, machine, open_rows

SOON = 20.0


class Gate:
    """Stands in front of a function: lets calls through when it is opened, and says who is waiting."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.entered = threading.Semaphore(0)
        self.groups: list[int] = []

    def doubled(self, numbers: Sequence[int]) -> list[int]:
        self.entered.release()
        assert self.opened.wait(SOON)
        self.groups.append(len(numbers))
        if 13 in numbers:
            raise ValueError("unlucky")
        return [2 * number for number in numbers]


@contextmanager
def waiting_behind(gate: Gate, grouping: Grouping[int, int], numbers: Sequence[int]) -> Iterator[list[Future[int]]]:
    """Every turn is taken by a call that waits at the gate, and all `numbers` wait behind them."""
    with ThreadPoolExecutor(TURNS + len(numbers)) as pool:
        busy = [pool.submit(grouping.commit, 0) for _ in range(TURNS)]
        for _ in busy:
            assert gate.entered.acquire(timeout=SOON)
        futures = [pool.submit(grouping.commit, number) for number in numbers]
        until(lambda: len(grouping._waiting) == len(numbers))
        gate.opened.set()
        yield futures
        assert [one.result(SOON) for one in busy] == [0] * TURNS


def until(condition: Callable[[], bool]) -> None:
    for _ in range(int(SOON / 0.005)):
        if condition():
            return
        threading.Event().wait(0.005)
    raise AssertionError("the condition never came true")


def test_alone_nobody_is_waited_for() -> None:
    gate = Gate()
    gate.opened.set()
    grouping = Grouping(gate.doubled)
    assert [grouping.commit(number) for number in (1, 2, 3)] == [2, 4, 6]
    assert gate.groups == [1, 1, 1]


def test_who_waits_for_a_turn_shares_the_next_one_and_gets_their_own_answer() -> None:
    gate = Gate()
    grouping = Grouping(gate.doubled)
    with waiting_behind(gate, grouping, range(1, 10)) as futures:
        assert [future.result(SOON) for future in futures] == [2 * number for number in range(1, 10)]
    assert sorted(gate.groups) == [1] * TURNS + [9]


def test_a_failure_is_told_to_the_whole_group_and_to_nobody_else() -> None:
    gate = Gate()
    grouping = Grouping(gate.doubled)
    with waiting_behind(gate, grouping, [12, 13, 14]) as futures:
        for future in futures:
            with pytest.raises(NotTogetherError):
                future.result(SOON)
    assert [grouping.commit(number) for number in (14, 15)] == [28, 30]


def test_a_turn_is_never_lost_however_threads_meet() -> None:
    grouping: Grouping[int, int] = Grouping(lambda numbers: [2 * number for number in numbers])
    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(grouping.commit, range(20_000))) == [2 * number for number in range(20_000)]
    assert grouping._free_turns == TURNS
    assert grouping._waiting == []


def decided(company: Company, person: Person, hardware: str) -> Granted:
    terms = TermsCache.shared.get(company.tenant_id).usable()
    granted = decisions.acquire(
        redis_link(), person.principal, terms, session=uuid4(), hardware_id=hardware, ttl_ms=360_000
    )
    assert isinstance(granted, Granted)
    return granted


def test_grants_of_many_licenses_are_committed_together_and_a_bad_one_spoils_none(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    companies = [found(f"Together {number}", owner=f"owner-{number}", seats=5) for number in range(6)]
    for company in companies:
        acquire(company.owner, "warm-up")
    grants = [(company, decided(company, company.owner, "laptop")) for company in companies]
    unknown_user = uuid4()
    calls: list[str] = []

    def counting(query: str, parameters: Sequence[object]) -> list[tuple[object, ...]]:
        calls.append(query)
        return ask(query, parameters)

    monkeypatch.setattr("apps.domain.licensing.seats.journal.ask", counting)
    # Every turn is taken until all of them wait, so that the six are one group.
    for _ in range(TURNS):
        journal._grouping._free_turns -= 1

    def commit(company: Company, granted: Granted) -> GrantAnswer:
        user = unknown_user if company is companies[2] else company.owner.user.id
        return journal.commit_grant(granted, user_id=user, machine=machine("laptop"), origin=ORIGIN)

    with ThreadPoolExecutor(len(grants)) as pool:
        futures = [pool.submit(commit, company, granted) for company, granted in grants]
        until(lambda: len(journal._grouping._waiting) == len(grants))
        for _ in range(TURNS):
            journal._grouping._hand_turn_on()
        for (company, _), future in zip(grants, futures, strict=True):
            if company is companies[2]:
                with pytest.raises(psycopg.errors.ForeignKeyViolation):
                    future.result(SOON)
            else:
                assert future.result(SOON).outcome == "granted"
    # Once together, then each alone.
    assert len(calls) == 1 + len(grants)
    assert [open_rows(company) for company in companies] == [2, 2, 1, 2, 2, 2]


def test_a_group_is_answered_in_its_order_each_with_its_own_outcome(cast: Cast) -> None:
    acquire(cast.bob, "warm-up")
    acquire(cast.carol, "warm-up")
    grants = [
        journal._Grant(decided(company, person, hardware), user, machine(hardware), ORIGIN)
        for company, person, hardware, user in (
            (cast.acme, cast.bob, "one", cast.bob.user.id),
            (cast.globex, cast.carol, "two", cast.carol.user.id),
            (cast.acme, cast.bob, "three", cast.bob.user.id),
        )
    ]
    void = journal.void(grants[1].granted, user_id=cast.carol.user.id, hardware_id="two")
    assert void
    answers = journal._commit_grants(grants)
    assert [answer.outcome for answer in answers] == ["granted", "closed", "granted"]
    first, _, third = (answer.fence for answer in answers)
    assert first is not None
    assert third is not None
    assert first < third
