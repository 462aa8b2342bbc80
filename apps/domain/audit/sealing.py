"""The sealer: links each tenant's new audit rows into its hash chain.

It runs beside the requests, every few seconds, so that no acquire waits for another one's link. A transaction that
writes audit rows lasts at most SETTLING (statements and idle transactions are cut off earlier, see settings), so a row
that is not yet visible now is younger than that; each run therefore looks back that far, and skips what is sealed.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from apps.domain.audit.leaves import COLUMNS, Row, leaf, row_of, seal_root
from apps.domain.audit.models import AuditSeal
from apps.domain.operations.metrics import SEALED_ROWS
from apps.domain.tenancy.scope import platform_scope, tenant_scope

logger = logging.getLogger(__name__)

SETTLING = timedelta(seconds=60)
_BATCH = 5_000
_LOCK = 5_206_165


def seal_new_rows(*, written_within: timedelta | None = None) -> int:
    """Seal what is not sealed yet. Returns how many rows were.

    written_within: only look at tenants with rows this young, which is quick; None for every tenant.
    """
    now = timezone.now()
    sealed = 0
    for tenant_id in _tenants_with_rows(None if written_within is None else now - written_within):
        while (count := _seal_batch(tenant_id)) > 0:
            sealed += count
            if count < _BATCH:
                break
    SEALED_ROWS.inc(sealed)
    return sealed


def _tenants_with_rows(since: datetime | None) -> list[UUID]:
    with platform_scope(), connection.cursor() as cursor:
        if since is None:
            cursor.execute("SELECT DISTINCT tenant_id FROM license_audit_log")
        else:
            cursor.execute("SELECT DISTINCT tenant_id FROM license_audit_log WHERE created_at >= %s", [since])
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def _seal_batch(tenant_id: UUID) -> int:
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        # Two sealers of one tenant would make two links of the same number: the second waits, then sees the first's.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(tenant_id)])
        last = AuditSeal.objects.order_by("-number").first()
        rows = _unsealed(tenant_id, None if last is None else last.sealed_at - SETTLING)
        if not rows:
            return 0
        leaves = [leaf(row) for row in rows]
        previous_root = b"" if last is None else bytes(last.root)
        seal = AuditSeal.objects.create(
            id=uuid4(),
            tenant_id=tenant_id,
            number=1 if last is None else last.number + 1,
            row_ids=[row[0] for row in rows],
            leaves=b"".join(leaves),
            previous_root=previous_root,
            root=seal_root(previous_root=previous_root, leaves=leaves),
            first_created_at=min(row[-1] for row in rows),
            last_created_at=max(row[-1] for row in rows),
            sealed_at=_sealed_at(rows, is_full=len(rows) == _BATCH),
        )
    # In the logs, which this database's administrator cannot rewrite: whoever rewrites the whole chain is found out.
    logger.info(
        "Audit rows sealed",
        extra={"tenant_id": str(tenant_id), "seal": seal.number, "rows": len(rows), "root": bytes(seal.root).hex()},
    )
    return len(rows)


def _sealed_at(rows: list[Row], *, is_full: bool) -> datetime:
    # A full batch has left younger rows behind: the next one must look back from its own youngest.
    return max(row[-1] for row in rows) if is_full else timezone.now()


def _unsealed(tenant_id: UUID, since: datetime | None) -> list[Row]:
    parameters: list[UUID | datetime] = [tenant_id]
    window = ""
    if since is not None:
        window = (
            "AND created_at >= %s AND id NOT IN "
            "(SELECT unnest(row_ids) FROM audit_seals WHERE tenant_id = %s AND last_created_at >= %s)"
        )
        parameters += [since, tenant_id, since]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM license_audit_log WHERE tenant_id = %s {window} "  # noqa: S608 - constants alone
            f"ORDER BY created_at, id LIMIT {_BATCH}",
            parameters,
        )
        return [row_of(row) for row in cursor.fetchall()]
