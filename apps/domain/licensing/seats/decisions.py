"""What Redis is asked about seats, and what it says: one call of a function is one round trip."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

from apps.domain.accounts.admission import ADMIT_PREFIX, Refusal, admit_arguments, admit_keys, refusal
from apps.domain.accounts.principal import Principal
from apps.domain.licensing.seats.terms import LicenseTerms
from apps.domain.operations.redis import Argument, RedisLink, Reply, script_from

_SCRIPTS = Path(__file__).parent / "scripts"

ACQUIRE = script_from(_SCRIPTS, "acquire", prefix=ADMIT_PREFIX)
BEAT = script_from(_SCRIPTS, "beat", prefix=ADMIT_PREFIX)
DISOWN = script_from(_SCRIPTS, "disown")
DROP = script_from(_SCRIPTS, "drop")
INSTALL = script_from(_SCRIPTS, "install")
LOOK = script_from(_SCRIPTS, "look")

USER_BYTES = 6


@dataclass(frozen=True, slots=True)
class Member:
    """A session as the sorted set holds it."""

    session: UUID
    user: bytes

    @staticmethod
    def of(session: UUID, user: UUID) -> "Member":
        return Member(session, user.bytes[:USER_BYTES])

    @staticmethod
    def from_bytes(raw: bytes) -> "Member":
        return Member(UUID(bytes=raw[:16]), raw[16:])

    def to_bytes(self) -> bytes:
        return self.session.bytes + self.user


@dataclass(frozen=True, slots=True)
class Dead:
    """An expired session. expired_at_ms: Redis' clock."""

    member: Member
    expired_at_ms: int


@dataclass(frozen=True, slots=True)
class Granted:
    """A seat. is_new: not already held by this user on this machine. dead: who must end in PostgreSQL for it."""

    license: LicenseTerms
    member: Member
    is_new: bool
    expires_at_ms: int
    granted_at_us: int
    seats_used: int
    epoch: int
    dead: tuple[Dead, ...]


@dataclass(frozen=True, slots=True)
class Full:
    """No free seat. retry_after_s: until the first living session would expire."""

    seats_used: int
    seats_total: int
    retry_after_s: int


@dataclass(frozen=True, slots=True)
class Occupied:
    """Another user holds a seat on this machine, at most for retry_after_s more unless they beat."""

    retry_after_s: int


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The seats of this license are not built on the instance that was asked."""

    license: LicenseTerms


@dataclass(frozen=True, slots=True)
class Beaten:
    """Extended. expires_in_ms: from now."""

    expires_in_ms: int


@dataclass(frozen=True, slots=True)
class NotLiving:
    """No living session of that id and user. is_expired: it stands there, dead; else epochs: of each license's set,
    none of which holds it.
    """

    is_expired: bool
    epochs: tuple[int, ...] = ()


def machine_digest(hardware_id: str) -> bytes:
    return hashlib.sha256(hardware_id.encode()).digest()[:16]


def acquire(
    link: RedisLink,
    principal: Principal,
    licenses: Sequence[LicenseTerms],
    *,
    session: UUID,
    hardware_id: str,
    ttl_ms: int,
) -> Granted | Full | Occupied | Rebuild | Refusal:
    """Decide a seat of the first of `licenses` that has one. Raises CacheUnavailableError."""
    keys: list[Argument] = [*admit_keys(principal)]
    arguments: list[Argument] = [
        *admit_arguments(),
        ttl_ms,
        session.bytes,
        principal.user_id.bytes[:USER_BYTES],
        machine_digest(hardware_id),
    ]
    for terms in licenses:
        keys += (terms.seats_key, terms.machines_key)
        arguments += (terms.seats_total, terms.ends_ms)
    reply = cast("list[Reply]", link.run(ACQUIRE, keys, arguments))
    match reply[0]:
        case b"GRANTED":
            _, index, member, is_new, expiry, now_us, used, epoch, dead = cast(
                "tuple[bytes, int, bytes, int, int, int, int, int, list[bytes]]", reply
            )
            return Granted(
                license=licenses[index],
                member=Member.from_bytes(member),
                is_new=bool(is_new),
                expires_at_ms=expiry,
                granted_at_us=now_us,
                seats_used=used,
                epoch=epoch,
                dead=_with_scores(dead),
            )
        case b"FULL":
            return Full(*cast("list[int]", reply[1:]))
        case b"OCCUPIED":
            return Occupied(cast("int", reply[1]))
        case b"REBUILD":
            return Rebuild(licenses[cast("int", reply[1])])
        case _:
            return refusal(reply)


def beat(
    link: RedisLink, principal: Principal, licenses: Sequence[LicenseTerms], *, session: UUID, ttl_ms: int
) -> Beaten | NotLiving | Rebuild | Refusal:
    """Extend a living session of this user. Raises CacheUnavailableError."""
    keys: list[Argument] = [*admit_keys(principal), *(terms.seats_key for terms in licenses)]
    member = session.bytes + principal.user_id.bytes[:USER_BYTES]
    arguments: list[Argument] = [*admit_arguments(), ttl_ms, member, *(terms.ends_ms for terms in licenses)]
    reply = cast("list[Reply]", link.run(BEAT, keys, arguments))
    match reply[0]:
        case b"BEATEN":
            return Beaten(cast("int", reply[1]))
        case b"EXPIRED":
            return NotLiving(is_expired=True)
        case b"ABSENT":
            return NotLiving(is_expired=False, epochs=tuple(cast("list[int]", reply[1])))
        case b"REBUILD":
            return Rebuild(licenses[cast("int", reply[1])])
        case _:
            return refusal(reply)


def drop(
    link: RedisLink, terms: LicenseTerms, ended: Iterable[tuple[Member, str]], *, is_dead_only: bool = False
) -> int:
    """Take out sessions (with their hardware ids) whose rows PostgreSQL has closed. Returns how many were there."""
    pairs: list[Argument] = [
        part for member, hardware in ended for part in (member.to_bytes(), machine_digest(hardware))
    ]
    return cast("int", link.run(DROP, [terms.seats_key, terms.machines_key], [int(is_dead_only), *pairs]))


def install(
    link: RedisLink, terms: LicenseTerms, open_sessions: Iterable[tuple[Member, str]], *, epoch: int, ttl_ms: int
) -> bool:
    """Build the set anew from open rows. False when a later rebuild already stands.

    Sent once: a second time it could take out who was granted a seat after the first. Raises CacheUnavailableError.
    """
    pairs: list[Argument] = [
        part for member, hardware in open_sessions for part in (member.to_bytes(), machine_digest(hardware))
    ]
    arguments: list[Argument] = [epoch, ttl_ms, terms.ends_ms, *pairs]
    return link.run(INSTALL, [terms.seats_key, terms.machines_key], arguments, is_repeatable=False) == 1


def disown(link: RedisLink, terms: LicenseTerms, *, epoch: int) -> None:
    """Let nobody decide by a set of this epoch or an earlier one, which PostgreSQL contradicts: it is built anew.

    Such a set comes of a rebuild that slept between reading and installing while Redis was lost once more.
    """
    link.run(DISOWN, [terms.seats_key], [epoch])


def living_counts(link: RedisLink, licenses: Sequence[LicenseTerms]) -> list[int | None]:
    """Living sessions of each license; None for one that is not built."""
    if not licenses:
        return []
    reply = cast("list[Reply]", link.run(LOOK, [terms.seats_key for terms in licenses], ["count"]))
    return [count if isinstance(count, int) else None for count in reply]


def living(link: RedisLink, terms: LicenseTerms) -> dict[UUID, int] | None:
    """Expiry in ms of each living session; None when the license is not built."""
    found = _look(link, terms, "living")
    return None if found is None else {dead.member.session: dead.expired_at_ms for dead in _with_scores(found)}


@dataclass(frozen=True, slots=True)
class Expired:
    """Expired sessions, oldest first, as they stood in an epoch."""

    epoch: int
    dead: tuple[Dead, ...]


def dead(link: RedisLink, terms: LicenseTerms, *, at_most: int) -> Expired | None:
    """Expired sessions that nobody has written down yet; None when the license is not built."""
    found = _look(link, terms, "dead", at_most)
    return None if found is None else Expired(int(found[0]), _with_scores(found[1:]))


def drop_members(link: RedisLink, terms: LicenseTerms, dead_members: Iterable[Member]) -> int:
    """Take out dead sessions of which no machine is known any more. Returns how many were there."""
    pairs: list[Argument] = [part for member in dead_members for part in (member.to_bytes(), b"")]
    return cast("int", link.run(DROP, [terms.seats_key, terms.machines_key], [1, *pairs])) if pairs else 0


def members(link: RedisLink, terms: LicenseTerms) -> frozenset[UUID] | None:
    """Every session in the set, living or dead; None when the license is not built."""
    found = _look(link, terms, "all")
    return None if found is None else frozenset(Member.from_bytes(raw).session for raw in found)


def _look(link: RedisLink, terms: LicenseTerms, what: str, *arguments: int) -> list[bytes] | None:
    (found,) = cast("list[Reply]", link.run(LOOK, [terms.seats_key], [what, *arguments]))
    return cast("list[bytes]", found) if isinstance(found, list) else None


def _with_scores(flat: Sequence[bytes]) -> tuple[Dead, ...]:
    return tuple(Dead(Member.from_bytes(flat[i]), int(float(flat[i + 1]))) for i in range(0, len(flat), 2))
