"""Celery's side of the audit log."""

from datetime import timedelta

from celery import shared_task
from django.db import connection

from apps.domain.audit.sealing import seal_new_rows

# A sealer that was down for longer leaves older rows to the hourly look at every tenant.
RECENT = timedelta(minutes=10)
MONTHS_AHEAD = 12


@shared_task  # type: ignore[untyped-decorator]  # Celery carries no types
def seal_recent() -> int:
    return seal_new_rows(written_within=RECENT)


@shared_task  # type: ignore[untyped-decorator]  # Celery carries no types
def seal_all() -> int:
    return seal_new_rows()


@shared_task  # type: ignore[untyped-decorator]  # Celery carries no types
def maintain_partitions() -> dict[str, object]:
    """Months ahead are made, months older than two years dropped (data retention policy)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_ensure_partitions(%s), audit_drop_expired_partitions()", [MONTHS_AHEAD])
        made, dropped = cursor.fetchone()
    return {"made": made, "dropped": dropped}
