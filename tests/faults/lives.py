"""Leases as a history shows them: when each was certainly, and when it was possibly, living.

Nobody outside knows the instant at which the service decided, only that it lies between a call's start and end. So a
lease is certainly living from the reply to its grant until TTL after the start of its last good beat, and possibly
living from the start of the first call that may have granted it until TTL after the end of the last that may have
extended it.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.faults.history import Call, History, Operation, Outcome

CLOCK_GRAIN_S = 0.002
"""Redis counts expiry in whole milliseconds, rounded down, by another clock than the recording's."""

FREE_WITHIN_S = 1.0
"""A dead client's seat is free within TTL and this (design: TTL + 1 s); also what a rebuild may take to begin."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """One lease. calls: all that name its session, by their start, and the unanswered acquires of its machine, which
    may have extended it.

    granted: (not before, at the latest by). certain, possible: (from, until); certain may be empty (from >= until).
    """

    session: str
    license: str
    hardware: str
    fence: int
    calls: tuple[Call, ...]
    granted: tuple[float, float]
    certain: tuple[float, float]
    possible: tuple[float, float]


def lives_of(history: History) -> tuple[Life, ...]:
    """The leases of a history: every session that an acquire was answered with."""
    by_session: dict[str, list[Call]] = defaultdict(list)
    for call in history.calls:
        if call.session is not None:
            by_session[call.session].append(call)
    unanswered = _unanswered_acquires(history)
    return tuple(
        _life(history, session, calls, unanswered)
        for session, calls in by_session.items()
        if any(call.is_grant for call in calls)
    )


def strangers(history: History) -> tuple[tuple[float, float, str], ...]:
    """(from, until, license) of seats that acquires without an answer may hold, under a session nobody was told."""
    return tuple(
        (call.started, _possibly_until(history, call.started, [call]), call.license)
        for calls in _unanswered_acquires(history).values()
        for call in calls
    )


def acted_by(history: History, call: Call) -> float:
    """When the service had acted on `call` at the latest."""
    return min(call.ended, call.started + history.acts_for)


def dead_by(history: History, extending: Iterable[Call], *, born: float) -> float:
    """When a lease that only `extending` calls can have kept alive is dead at the latest."""
    return _possibly_until(history, born, extending)


def certainly_until(history: History, extending: Iterable[Call]) -> float:
    """Until when good calls kept a lease alive in any case."""
    return max(call.started for call in extending) + history.ttl - CLOCK_GRAIN_S


def extends(call: Call) -> bool:
    """Whether a call may have extended a lease: a beat, or an acquire by its holder, that was not refused."""
    return call.operation is not Operation.RELEASE and call.outcome in (Outcome.OK, Outcome.LOST, Outcome.UNAVAILABLE)


def _life(history: History, session: str, calls: list[Call], unanswered: dict[tuple[str, str], list[Call]]) -> Life:
    grants = [call for call in calls if call.is_grant]
    first = min(grants, key=lambda call: call.ended)
    assert first.fence is not None, f"the recording of {session}'s grant has no fence"
    # The grant may be the work of an earlier acquire of this machine whose answer nobody read.
    earlier = [
        call.started
        for call in unanswered[first.license, first.hardware]
        if acted_by(history, call) + history.ttl >= first.started and call.started <= first.started
    ]
    # Of calls at the same moment the one that granted may be answered last: whoever asked next was told of its seat.
    born = min([*(call.started for call in grants), *earlier])
    silent = [call for call in unanswered[first.license, first.hardware] if call.started >= born]
    calls = sorted([*calls, *silent], key=lambda call: call.started)
    extending = [call for call in calls if extends(call)]
    good = [call for call in extending if call.outcome is Outcome.OK]
    releases = [call for call in calls if call.operation is Operation.RELEASE]
    let_go = min([call.started for call in releases] + [history.revoked.get(session, math.inf)])
    released_by = min([call.ended for call in releases if call.outcome is Outcome.OK], default=math.inf)
    return Life(
        session=session,
        license=first.license,
        hardware=first.hardware,
        fence=first.fence,
        calls=tuple(calls),
        granted=(born, first.ended),
        certain=(first.ended, min(certainly_until(history, good), let_go)),
        possible=(born, min(_possibly_until(history, born, extending), released_by)),
    )


def _possibly_until(history: History, born: float, extending: Iterable[Call]) -> float:
    until = max(acted_by(history, call) for call in extending) + history.ttl
    for loss in history.redis_losses:
        # PostgreSQL knows no beats, so a rebuild takes every open row for living for a whole TTL; and a row may stay
        # open after its lease died, until somebody needs its seat.
        if loss.ended >= born:
            until = max(until, loss.ended + FREE_WITHIN_S + history.ttl)
    return until


def _unanswered_acquires(history: History) -> dict[tuple[str, str], list[Call]]:
    found: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in history.calls:
        if call.operation is Operation.ACQUIRE and call.outcome in (Outcome.LOST, Outcome.UNAVAILABLE):
            found[call.license, call.hardware].append(call)
    return found
