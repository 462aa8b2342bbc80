"""PostgreSQL's own journal of grants, held against itself and against what clients were told."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

from tests.faults.history import History
from tests.faults.invariants import Violation
from tests.faults.lives import CLOCK_GRAIN_S, lives_of
from tests.faults.service import Ground


@dataclass(frozen=True, kw_only=True)
class Row:
    """One grant. opened, closed: seconds of the recording's clock; closed is infinite while it is open."""

    session: str
    license: str
    hardware: str
    fence: int
    opened: float
    closed: float


def read_journal(ground: Ground) -> tuple[Row, ...]:
    """Every grant that was ever open, in the order of fences."""
    # Both clocks are this machine's, and neither is set while a test runs.
    monotonic_zero = time.time() - time.monotonic()

    def instant(moment: object) -> float:
        assert isinstance(moment, datetime)
        return moment.timestamp() - monotonic_zero

    rows = ground.sql(
        "SELECT session_id::text, license_id::text, hardware_id, fence, acquired_at, released_at "
        "FROM active_sessions WHERE end_reason <> 'void' ORDER BY fence"
    )
    return tuple(
        Row(
            session=str(session),
            license=str(license_id),
            hardware=str(hardware),
            fence=int(str(fence)),
            opened=instant(opened),
            closed=inf if closed is None else instant(closed),
        )
        for session, license_id, hardware, fence, opened, closed in rows
    )


def check_journal(history: History, journal: Sequence[Row]) -> list[Violation]:
    """What must not be in the journal of the history's licenses."""
    rows = [row for row in journal if row.license in history.seats]
    return [*_every_lease_is_journalled(history, rows), *_open_rows_fit(history, rows), *_one_row_a_machine(rows)]


def _every_lease_is_journalled(history: History, rows: Sequence[Row]) -> Iterator[Violation]:
    by_session = {row.session: row for row in rows}
    for life in lives_of(history):
        row = by_session.get(life.session)
        at = life.granted[1]
        if row is None:
            says = f"{life.session} was granted, and PostgreSQL has no row of it"
            yield Violation(rule="every lease is journalled", at=at, says=says)
        elif (row.license, row.hardware, row.fence) != (life.license, life.hardware, life.fence):
            says = f"{life.session} was granted as {life}, journalled as {row}"
            yield Violation(rule="every lease is journalled", at=at, says=says)
        elif row.closed < life.certain[1] - CLOCK_GRAIN_S:
            says = f"{life.session} was closed while it was living, {life.certain[1] - row.closed:.3f} s too early"
            yield Violation(rule="every lease is journalled", at=row.closed, says=says)


def _open_rows_fit(history: History, rows: Sequence[Row]) -> Iterator[Violation]:
    """A rebuild takes open rows for living: they must fit the seats bought when the last of them was granted."""
    open_rows: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.opened):
        standing = [one for one in open_rows[row.license] if one.closed > row.opened]
        open_rows[row.license] = [*standing, row]
        # The row was committed a moment after Redis' instant of the grant that stands in it.
        _, bought = history.seats_between(row.license, row.opened - 1, row.opened + 1)
        if len(standing) + 1 > bought:
            says = f"{len(standing) + 1} rows of {row.license} are open on {bought} seats; the last is {row.session}"
            yield Violation(rule="open rows fit", at=row.opened, says=says)


def _one_row_a_machine(rows: Sequence[Row]) -> Iterator[Violation]:
    latest: dict[tuple[str, str], Row] = {}
    for row in sorted(rows, key=lambda row: row.opened):
        before = latest.get((row.license, row.hardware))
        if before is not None and before.closed > row.opened + CLOCK_GRAIN_S:
            says = f"{row.hardware} has the open rows {before.session} and {row.session} at once"
            yield Violation(rule="one row a machine", at=row.opened, says=says)
        latest[row.license, row.hardware] = row
