"""What users cause: docs/cost.md gives each formula with its assumptions. All of it is arithmetic on whole months."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

BUSY_HOURS = Decimal(160)
"""Hours of a month in which people work: 20 days of 8 hours."""

SESSIONS = Decimal(60)
"""Seats a user takes in a month: three a working day."""

PEAK = Decimal(3)
"""Peak against the mean of the busy hours."""

REQUEST_CPU_S = Decimal("0.004")
"""Processor time of a request, all services together. Measured: a heartbeat 0.46 ms through the whole middleware
(docs/adr/0010-license-hot-path.md); pages cost several times that."""

TARGET = Decimal("0.7")
"""Share of the CPU request at which the autoscalers add a pod."""

BYTES_A_SEAT = Decimal(250)
"""Redis memory of a live seat: the limit that `make bench-license` holds it to."""

BYTES_A_USER = Decimal(4096)
"""Redis memory of a user's web session, cached answers and queued tasks: assumed."""

REDIS_SPARE = Decimal(2)
"""Memory against what is needed: a snapshot copies what changes meanwhile, and `noeviction` has no second chance."""

AUDIT_ROWS = Decimal(2)
"""Audit rows a session: acquire and release (heartbeats write none)."""

AUDIT_ROW_BYTES = Decimal(450)
"""A row with its two index entries and its leaf in a seal: assumed, from the columns' widths."""

AUDIT_MONTHS = Decimal(24)
"""How long partitions are kept (data retention)."""

USER_BYTES = Decimal(20_480)
"""Everything else in the database for a user: account, entitlements, payments, outbox."""

DATABASE_BASE_GIB = Decimal(10)

COMMITS_A_CPU = Decimal(500)
"""Commits a second that one vCPU of Cloud SQL carries: assumed, on the low side."""

START_OF_WORK_S = Decimal(600)
"""A third of all seats is taken in the ten minutes in which a working day starts."""

SIGNATURE_S = Decimal("0.1")
"""Time of one Cloud KMS signature: Google publishes none; assumed."""

SIGNATURES_A_SECOND = Decimal(50)
"""Quota of HSM signatures in a region, in Google's older table: beyond it leases wait for a larger batch."""

SIGNERS_A_POD = Decimal(2)
"""Signers of a license-backend pod: one a granian worker."""

IDE_USERS_A_POD = Decimal(25)
IDE_SHARE = Decimal("0.02")
"""Share of users in the Cloud IDE at the same time: one in ten uses it, one in five of these at once."""

GIB = Decimal(2**30)


def whole(value: Decimal) -> int:
    """Rounded up."""
    return int(value.to_integral_value(rounding=ROUND_CEILING))


def redis_gib(users: Decimal) -> int:
    """Memory of Redis in GiB. Every user may hold a seat at once."""
    return max(1, whole(users * (BYTES_A_SEAT + BYTES_A_USER) * REDIS_SPARE / GIB))


def database_gib(users: Decimal) -> int:
    """Size of the database once the audit log has reached its retention."""
    audit = users * SESSIONS * AUDIT_ROWS * AUDIT_ROW_BYTES * AUDIT_MONTHS
    return whole(DATABASE_BASE_GIB + (audit + users * USER_BYTES) / GIB)


def database_cpus(users: Decimal) -> int:
    """vCPUs of Cloud SQL: commits of the start of work, as one vCPU or an even number."""
    needed = whole(users * AUDIT_ROWS / START_OF_WORK_S / COMMITS_A_CPU)
    return needed if needed <= 1 else needed + needed % 2


def peak_cpu(requests: Decimal) -> Decimal:
    """Cores that the autoscaled pods request together at the peak, for so many requests a month."""
    return requests / (BUSY_HOURS * 3600) * PEAK * REQUEST_CPU_S / TARGET


@dataclass(frozen=True, kw_only=True)
class Signing:
    """operations: signatures of the key in a month. batch: leases in one at the start of work."""

    operations: Decimal
    batch: Decimal


def signing(users: Decimal, pods: int) -> Signing:
    """While a signer waits for Cloud KMS, leases gather for its next signature: a batch is what came meanwhile.

    The quota of signatures makes it larger where many pods would sign more often than Google lets them.
    """
    signers = pods * SIGNERS_A_POD
    seats = users * SESSIONS
    # Once a working day everyone takes a seat when work starts: a third of the three seats a day.
    early, late = seats / 3, seats * 2 / 3
    batch = _batch(users / START_OF_WORK_S, signers)
    spread = _batch(late / (BUSY_HOURS * 3600), signers)
    return Signing(operations=Decimal(round(early / batch + late / spread)), batch=batch)


def _batch(leases_a_second: Decimal, signers: Decimal) -> Decimal:
    return max(Decimal(1), leases_a_second * SIGNATURE_S / signers, leases_a_second / SIGNATURES_A_SECOND)


def ide_pods(users: Decimal) -> int:
    return whole(users * IDE_SHARE / IDE_USERS_A_POD)
