"""Admission of a signed-in user's request: token not taken back, and not too many requests in this minute.

Redis answers both in the script that does the request's own work (scripts/admit.lua). PostgreSQL is the truth of
revocations: an instance of Redis that does not hold them all says so, and is told them before anyone is admitted.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

from django.conf import settings
from django.utils import timezone

from apps.domain.accounts.errors import token_revoked, too_many_requests
from apps.domain.accounts.models import RevokedToken
from apps.domain.accounts.principal import Principal
from apps.domain.operations.redis import Argument, RedisLink, Reply, script_from

_SCRIPTS = Path(__file__).parent / "scripts"
ADMIT_PREFIX = (_SCRIPTS / "admit.lua").read_text()
ONLY_ADMIT = script_from(_SCRIPTS, "only_admit", prefix=ADMIT_PREFIX)
COUNT = script_from(_SCRIPTS, "count")
_WINDOW_MS = 60_000
_SIGN_IN_WINDOW_MS = 300_000
_TRIES_OF_ACCOUNT = 10
# An office shares an address.
_TRIES_OF_ADDRESS = 100


@dataclass(frozen=True, slots=True)
class Revoked:
    """The token was taken back."""


@dataclass(frozen=True, slots=True)
class Limited:
    """Too many requests in this minute. retry_after_s: until the next begins for this user."""

    retry_after_s: int


@dataclass(frozen=True, slots=True)
class NotRestored:
    """This instance of Redis does not hold the revoked tokens: call `restore_revocations` and ask again."""


Refusal = Revoked | Limited | NotRestored


def admit_keys(principal: Principal) -> tuple[bytes, bytes]:
    """The first keys of every script that begins with admit.lua."""
    return b"revoked:" + principal.token_id.bytes, b"requests:" + principal.user_id.bytes


def admit_arguments() -> tuple[int, int]:
    """The first arguments of every script that begins with admit.lua: requests a minute, and the minute in ms."""
    return settings.RATE_LIMIT_PER_MINUTE, _WINDOW_MS


def refusal(reply: list[Reply]) -> Refusal:
    """What admit.lua refused with."""
    match reply[0]:
        case b"REVOKED":
            return Revoked()
        case b"LIMITED":
            return Limited(retry_after_s=max(1, -(-cast("int", reply[1]) // 1000)))
        case b"RESTORE":
            return NotRestored()
        case unknown:
            raise AssertionError(f"a script answered {unknown!r}, which nothing expects")


def admit(link: RedisLink, principal: Principal) -> None:
    """Admit a request that asks nothing else of Redis. Raises ProblemError, CacheUnavailableError."""
    while True:
        reply = cast("list[Reply]", link.run(ONLY_ADMIT, admit_keys(principal), admit_arguments()))
        if reply[0] == b"ADMITTED":
            return
        mend(link, refusal(reply))


def mend(link: RedisLink, refused: Refusal) -> None:
    """Raise what a client is told; or restore what Redis lacks and return, to ask again."""
    match refused:
        case Revoked():
            raise token_revoked()
        case Limited(retry_after_s):
            raise too_many_requests(retry_after_s)
        case NotRestored():
            restore_revocations(link)


def restore_revocations(link: RedisLink) -> None:
    """Tell this instance of Redis every token taken back that has not expired. Raises CacheUnavailableError."""
    instance = link.instance()
    for jti, expires_at in RevokedToken.objects.filter(expires_at__gt=timezone.now()).values_list("jti", "expires_at"):
        link.ask(b"SET", b"revoked:" + jti.bytes, b"1", b"PXAT", int(expires_at.timestamp() * 1000))
    # Last: until it stands nobody is admitted. A day's life bounds what an old instance leaves behind.
    link.ask(b"SET", b"revocations:" + instance, b"1", b"EX", 86_400)


def throttle_sign_in(link: RedisLink, *, email: str, ip: str | None) -> None:
    """Count a try to sign in. Raises ProblemError when there are too many, CacheUnavailableError.

    By account, so that a password cannot be guessed from many addresses; and by address, so that one cannot try many
    accounts. Argon2 makes each try cost us more than whoever tries.
    """
    counters: list[Argument] = [b"sign-in:account:" + sha256(email.lower().encode()).digest(), f"sign-in:address:{ip}"]
    wait_ms = cast("int", link.run(COUNT, counters, [_SIGN_IN_WINDOW_MS, _TRIES_OF_ACCOUNT, _TRIES_OF_ADDRESS]))
    if wait_ms > 0:
        raise too_many_requests(-(-wait_ms // 1000))
