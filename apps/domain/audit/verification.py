"""Proof that the audit log is what was sealed, naming each row that is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.domain.audit.leaves import COLUMNS, Row, leaf, row_of, seal_root
from apps.domain.audit.models import AuditSeal
from apps.domain.audit.sealing import SETTLING
from apps.domain.tenancy.scope import tenant_scope


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is not as it was sealed. row_id: None when the chain itself is broken."""

    tenant_id: UUID
    seal: int
    row_id: int | None
    problem: str


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What of a tenant was checked, and what was found. head: the last seal's root in hex, empty without any."""

    tenant_id: UUID
    seals: int
    rows: int
    unsealed: int
    head: str
    findings: tuple[Finding, ...]


def verify_tenant(tenant_id: UUID) -> Verified:
    """Check every seal of a tenant against the rows there are."""
    findings: list[Finding] = []
    seals = rows = 0
    root: bytes | None = None
    number = 0
    settled: datetime | None = None
    known: set[int] = set()
    with tenant_scope(tenant_id):
        oldest = _oldest_kept()
        for seal in AuditSeal.objects.order_by("number").iterator(chunk_size=100):
            seals += 1
            # The first seal may follow others that were dropped with their rows after two years.
            if root is not None and (bytes(seal.previous_root) != root or seal.number != number + 1):
                findings.append(
                    _broken(seal, "the link to the seal before does not hold: a seal was changed or dropped")
                )
            findings += _check_seal(seal, oldest, settled)
            root, number, settled = bytes(seal.root), seal.number, seal.sealed_at
            known.update(seal.row_ids)
            rows += len(seal.row_ids)
        unsealed = _unsealed_ids(tenant_id, known)
        for row_id, created_at in unsealed:
            if settled is not None and created_at < settled - SETTLING:
                problem = "not sealed though older than the last seal: it was inserted afterwards"
                findings.append(Finding(tenant_id=tenant_id, seal=number, row_id=row_id, problem=problem))
    return Verified(
        tenant_id=tenant_id,
        seals=seals,
        rows=rows,
        unsealed=len(unsealed),
        head=(root or b"").hex(),
        findings=tuple(findings),
    )


def _check_seal(seal: AuditSeal, oldest: datetime | None, settled: datetime | None) -> Iterator[Finding]:
    sealed = [bytes(seal.leaves)[at : at + 32] for at in range(0, len(seal.leaves), 32)]
    if len(sealed) != len(seal.row_ids) or bytes(seal.root) != seal_root(
        previous_root=bytes(seal.previous_root), leaves=sealed
    ):
        yield _broken(seal, "its root is not that of its leaves: the seal was changed")
        return
    present = {row[0]: row for row in _rows(seal)}
    for row_id, expected in zip(seal.row_ids, sealed, strict=True):
        row = present.get(row_id)
        if row is None:
            if oldest is not None and seal.first_created_at >= oldest:
                yield _of_row(seal, row_id, "dropped: it was sealed, and is gone")
        elif leaf(row) != expected:
            yield _of_row(seal, row_id, "changed since it was sealed")
        elif settled is not None and row[-1] < settled - SETTLING:
            yield _of_row(seal, row_id, "inserted afterwards with an older date")


def _rows(seal: AuditSeal) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM license_audit_log WHERE tenant_id = %s AND id = ANY(%s)",  # noqa: S608 - a constant
            [seal.tenant_id, seal.row_ids],
        )
        return [row_of(row) for row in cursor.fetchall()]


def _oldest_kept() -> datetime | None:
    """Beginning of the oldest month there is. Rows of a seal that straddles it may have been dropped by retention."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(to_date(right(child.relname, 6), 'YYYYMM'))::timestamptz FROM pg_inherits "
            "JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'license_audit_log'::regclass"
        )
        found = cursor.fetchone()
    return found[0] if found else None


def _unsealed_ids(tenant_id: UUID, known: set[int]) -> list[tuple[int, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, created_at FROM license_audit_log WHERE tenant_id = %s ORDER BY id", [tenant_id])
        return [(row_id, created_at) for row_id, created_at in cursor.fetchall() if row_id not in known]


def _of_row(seal: AuditSeal, row_id: int, problem: str) -> Finding:
    return Finding(tenant_id=seal.tenant_id, seal=seal.number, row_id=row_id, problem=problem)


def _broken(seal: AuditSeal, problem: str) -> Finding:
    return Finding(tenant_id=seal.tenant_id, seal=seal.number, row_id=None, problem=problem)
