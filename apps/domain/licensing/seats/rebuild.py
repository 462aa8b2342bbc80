"""Building a license's seats anew from PostgreSQL, when the instance of Redis at hand does not hold them.

Correct however many processes rebuild at once and wherever they die (invariant 5): the epoch orders them. That one
does it while others wait only saves work.
"""

import logging
import time
from dataclasses import replace

from apps.domain.licensing.seats import decisions, journal
from apps.domain.licensing.seats.terms import LicenseTerms
from apps.domain.operations.fault_points import step
from apps.domain.operations.metrics import REBUILDS
from apps.domain.operations.redis import RedisLink

logger = logging.getLogger(__name__)

# Longer than any rebuild takes; if the one who rebuilds dies, the next begins after it.
_TURN_MS = 5_000
_POLL_S = 0.02


def ensure_built(link: RedisLink, terms: LicenseTerms, *, ttl_ms: int, deadline: float) -> bool:
    """Rebuild, or wait for who does, until `deadline` of the monotonic clock. False when it is not built by then.

    Raises CacheUnavailableError, DatabaseUnavailableError.
    """
    turn = b"rebuilding:" + terms.id.bytes
    while True:
        if link.ask(b"SET", turn, b"1", b"NX", b"PX", _TURN_MS):
            try:
                rebuild(link, terms, ttl_ms=ttl_ms)
            finally:
                link.ask(b"DEL", turn)
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
        if decisions.living_counts(link, [terms]) != [None]:
            return True


def rebuild(link: RedisLink, terms: LicenseTerms, *, ttl_ms: int) -> None:
    """Put every open session into Redis, each living for a whole TTL from the moment it stands there."""
    started = time.monotonic()
    found = journal.begin_rebuild(terms)
    if found is None:
        return
    step("rebuild-read")
    terms = replace(terms, expires_at=found.license_expires_at)
    is_installed = decisions.install(link, terms, found.sessions, epoch=found.epoch, ttl_ms=ttl_ms)
    step("rebuild-installed")
    if is_installed and found.sessions:
        # Whoever ended between the reading and the installing took nothing out of Redis: it was not there yet.
        ended = journal.ended_among(terms, [member.session for member, _ in found.sessions])
        decisions.drop(link, terms, ended)
    REBUILDS.inc()
    # The first epoch is a new license's: nothing was lost.
    logger.log(
        logging.WARNING if found.epoch > 1 else logging.INFO,
        "Seats rebuilt from PostgreSQL",
        extra={
            "license_id": str(terms.id),
            "tenant_id": str(terms.tenant_id),
            "epoch": found.epoch,
            "sessions": len(found.sessions),
            "installed": is_installed,
            "seconds": round(time.monotonic() - started, 3),
        },
    )
