"""The life of a seat: taken, kept, lost, taken again, given back. The same steps for threads and for asyncio.

Every step is a generator that yields what it wants done, a Call or a Pause, and is resumed with the Answer; a service
out of reach is thrown in as Offline. Nothing here sends, sleeps or starts anything: client.py and aio.py do.
"""

from __future__ import annotations

import logging
import platform
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional, TypeVar, Union

from coditect_license import protocol
from coditect_license.cache import LeaseCache
from coditect_license.clock import Clock
from coditect_license.errors import (
    InvalidLease,
    LicenseError,
    LicenseInactive,
    NoSeats,
    Offline,
    Released,
    Revoked,
    SessionGone,
    UnknownKey,
)
from coditect_license.keys import PublicKey, fetched_keys
from coditect_license.lease import GrantedLease
from coditect_license.verify import verify_reply

logger = logging.getLogger(__name__)

BEAT_SHARE = 0.6
"""Of the heartbeat interval: two further tries fit in before the service gives the seat away."""
JITTER = 0.1
# A waiting machine does not notice that it slept; looking up this often, it beats soon after it wakes.
LOOK_UP_S = 5.0
# Someone may give a seat back long before the time the service expects.
LONGEST_SEAT_WAIT_S = 15.0
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
ACQUIRE_TRIES = 3


@dataclass(frozen=True)
class Pause:
    """Do nothing for this many seconds."""

    seconds: float


Result = TypeVar("Result")
Steps = Generator[Union[protocol.Call, Pause], Optional[protocol.Answer], Result]


@dataclass(frozen=True)
class Standing:
    """Where the seat stands. Replaced as a whole, so that every thread reads one consistent state.

    valid_until: `Clock.elapsed` up to which the service, or the cached lease, grants the seat.
    problem: why it is not, or may soon not be, granted; None while all is well.
    has_session: whether the service knows the session, as far as this client knows: if so a heartbeat keeps the seat,
    else it has to be taken anew.
    """

    lease: GrantedLease | None = None
    valid_until: float = float("-inf")
    problem: LicenseError | None = None
    has_session: bool = False


class Seat:
    """One machine's seat. At most one thread or task drives its steps at a time."""

    def __init__(
        self,
        *,
        hardware_id: str,
        version: str,
        cache: LeaseCache,
        clock: Clock,
        pinned: Mapping[str, PublicKey] | None,
    ) -> None:
        self.standing = Standing()
        self._hardware_id = hardware_id
        self._version = version
        self._cache = cache
        self._clock = clock
        self._pinned = pinned
        self._keys: Mapping[str, PublicKey] = pinned or {}
        self._is_released = False
        self._highest_fence: dict[str, int] = {}

    def check(self) -> GrantedLease:
        """The lease, if it holds now. Raises why it does not."""
        standing = self.standing
        # Asked first: a beat that was under way during the release may still have its answer noted afterwards.
        if self._is_released:
            raise Released("The seat was given back.")
        if standing.lease is not None and self._clock.elapsed() < standing.valid_until:
            return standing.lease
        raise standing.problem or Offline("The seat was not confirmed in time: the license service is out of reach.")

    @property
    def is_held(self) -> bool:
        """Whether there is a session to give back."""
        return self.standing.lease is not None

    def remaining(self) -> float:
        """Seconds for which the seat is granted without a further word from the service; 0 when it is not."""
        return 0.0 if self._is_released else max(0.0, self.standing.valid_until - self._clock.elapsed())

    def acquire(self, *, wait: float) -> Steps[None]:
        """Take a seat, or fall back to the cached lease while the service is out of reach.

        wait: seconds to wait for a seat while all are taken. Raises NoSeats, Offline and whatever else is refused.
        """
        self._is_released = False
        give_up_at = self._clock.elapsed() + wait
        failures = 0
        while True:
            try:
                yield from self._acquire_once()
                return
            except NoSeats as error:
                left = give_up_at - self._clock.elapsed()
                if left <= 0:
                    raise
                logger.info("%s Trying again for %.0f s more", error, left)
                yield Pause(min(left, _jittered(_seat_wait(error))))
            except Offline as error:
                failures += 1
                if self._use_cache():
                    return
                if failures >= ACQUIRE_TRIES and self._clock.elapsed() >= give_up_at:
                    raise
                yield Pause(_retry_in(failures, error))

    def keep(self) -> Steps[None]:
        """Keep the seat until it is revoked or released: beat, and take it anew whenever the service lost it."""
        failures = 0
        next_at = self._clock.elapsed() + (self._beat_in() if self.standing.has_session else FIRST_RETRY_S)
        while not self._is_released:
            left = next_at - self._clock.elapsed()
            if left > 0:
                yield Pause(min(left, LOOK_UP_S))
                continue
            try:
                yield from self._confirm()
            except Revoked as error:
                self._lose(error)
                return
            except LicenseError as error:
                failures += 1
                pause = self._after_failure(error, failures)
            else:
                failures = 0
                pause = self._beat_in()
            next_at = self._clock.elapsed() + pause

    def release(self) -> Steps[None]:
        """Give the seat back. Repeatable; a service out of reach frees it by itself when its time is up."""
        lease = self.standing.lease
        self._is_released = True
        if lease is None:
            return
        # The lease stays until the service has answered: a signal in between starts this over, which does no harm.
        self.standing = Standing(lease=lease, problem=Released("The seat was given back."))
        self._cache.forget_lease()
        yield from self._give_back(lease.session_id)
        self.standing = replace(self.standing, lease=None)

    def abandon(self) -> None:
        """Want no seat any more: one that is granted from now on is given back by the steps that asked for it."""
        self._is_released = True

    def leave(self) -> None:
        """Stop using the seat without giving it back: another process of this machine goes on with it."""
        self._is_released = True
        self.standing = Standing(problem=Released("The seat was left to another process."))

    def _give_back(self, session_id: str) -> Steps[None]:
        try:
            protocol.read((yield from _ask(protocol.release_call(session_id))))
            logger.info("Seat given back: session %s", session_id)
        except SessionGone:
            logger.info("Seat was already free: session %s", session_id)
        except LicenseError as error:
            logger.warning("Seat not given back, it will be free when its time is up: %s", error)

    def _acquire_once(self) -> Steps[None]:
        call = protocol.acquire_call(
            hardware_id=self._hardware_id,
            hostname=platform.node(),
            os=platform.system().lower(),
            version=self._version,
        )
        asked_at = self._clock.elapsed()
        reply = protocol.read((yield from _ask(call)))
        lease = yield from self._verified(reply)
        if self._is_released:
            # Released while this was under way: the seat just taken would be held by nobody.
            yield from self._give_back(lease.session_id)
            return
        valid_until = asked_at + _granted_for(lease)
        self.standing = Standing(lease=lease, valid_until=valid_until, has_session=True)
        logger.info("Seat taken: session %s, %d of %d", lease.session_id, lease.seats_used, lease.seats_total)
        if lease.signature_version != 1:
            self._cache.save_lease(reply, received_at=asked_at)

    def _verified(self, reply: Mapping[str, Any]) -> Steps[GrantedLease]:
        if not self._keys and self._pinned is None:
            self._keys = self._cache.load_keys()
        try:
            lease = verify_reply(reply, self._keys)
        except UnknownKey:
            if self._pinned is not None:
                raise
            yield from self._fetch_keys()
            lease = verify_reply(reply, self._keys)
        if lease.hardware_id not in (None, self._hardware_id):
            raise InvalidLease("The lease is for another machine.")
        if lease.fence is not None:
            if lease.fence < self._highest_fence.get(lease.license_id, 0):
                raise InvalidLease("The lease is older than one this client already had: it was replayed.")
            self._highest_fence[lease.license_id] = lease.fence
        return lease

    def _fetch_keys(self) -> Steps[None]:
        answer = yield from _ask(protocol.keys_call())
        if answer.status != 200:
            protocol.read(answer)
        self._keys = fetched_keys(answer.body)
        self._cache.save_keys(answer.body)

    def _use_cache(self) -> bool:
        try:
            cached = self._cache.load_lease(
                hardware_id=self._hardware_id,
                keys=self._pinned if self._pinned is not None else self._cache.load_keys(),
            )
        except InvalidLease as error:
            logger.info("No offline use: %s", error)
            return False
        self.standing = Standing(lease=cached.lease, valid_until=self._clock.elapsed() + cached.remaining)
        logger.warning("The service is out of reach; using the cached lease for at most %.0f s", cached.remaining)
        return True

    def _confirm(self) -> Steps[None]:
        standing = self.standing
        if standing.lease is None or not standing.has_session:
            yield from self._acquire_once()
            return
        asked_at = self._clock.elapsed()
        answer = protocol.read((yield from _ask(protocol.heartbeat_call(standing.lease.session_id))))
        expires_in = answer.get("expires_in")
        if not isinstance(expires_in, (int, float)) or isinstance(expires_in, bool):
            raise Offline("The answer to a heartbeat says not how long the seat is granted.")
        self.standing = Standing(lease=standing.lease, valid_until=asked_at + expires_in, has_session=True)

    def _after_failure(self, error: LicenseError, failures: int) -> float:
        """Note what happened; the seconds until the next try."""
        standing = self.standing
        if isinstance(error, SessionGone) and standing.has_session:
            self._lose(error)
            return 0.0
        if isinstance(error, Offline):
            logger.warning("Not confirmed (granted for %.0f s more): %s", self.remaining(), error)
            if standing.problem is None:
                self._note(error)
            return _retry_in(failures, error)
        if isinstance(error, (NoSeats, LicenseInactive)):
            self._lose(error)
            return _jittered(_seat_wait(error) if isinstance(error, NoSeats) else LONGEST_RETRY_S)
        logger.error("The seat is not confirmed: %s", error)
        self._note(error)
        return _retry_in(failures, None)

    def _note(self, error: LicenseError) -> None:
        self.standing = replace(self.standing, problem=error)

    def _lose(self, error: LicenseError) -> None:
        self.standing = Standing(lease=self.standing.lease, problem=error)
        self._cache.forget_lease()
        logger.warning("Seat lost: %s", error)

    def _beat_in(self) -> float:
        lease = self.standing.lease
        return _jittered(BEAT_SHARE * (lease.heartbeat_interval if lease else LONGEST_RETRY_S))


def _ask(call: protocol.Call) -> Steps[protocol.Answer]:
    answer = yield call
    assert answer is not None, "a Call is resumed with its Answer"
    return answer


def _granted_for(lease: GrantedLease) -> float:
    """Seconds from the request on. The clock of this machine has no part in it: it may be wrong by a day."""
    if lease.signature_version == 1:
        # This form does not say when it was issued. The service holds the seat at least until the next beat is due.
        return float(lease.heartbeat_interval)
    return lease.lifetime.total_seconds()


def _seat_wait(error: NoSeats) -> float:
    return max(1.0, min(error.retry_after, LONGEST_SEAT_WAIT_S))


def _jittered(seconds: float) -> float:
    """So that a thousand clients started at once do not beat at once."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, guards nothing


def _retry_in(failures: int, error: Offline | None) -> float:
    backoff = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures - 1, 10))
    asked = error.retry_after if error is not None and error.retry_after is not None else 0.0
    return max(asked, backoff * random.uniform(0.5, 1.0))  # noqa: S311 - as above
