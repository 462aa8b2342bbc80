"""Celery's side of licensing."""

from celery import shared_task
from django.db import connection

from apps.domain.licensing.sweeping import sweep
from apps.domain.operations.redis import redis_link


@shared_task  # type: ignore[untyped-decorator]  # Celery carries no types
def sweep_seats() -> dict[str, int]:
    swept = sweep(redis_link())
    return {"expired": swept.expired, "ended": swept.ended, "dropped": swept.dropped}


@shared_task  # type: ignore[untyped-decorator]  # Celery carries no types
def forget_old_sessions() -> int:
    """Session history is kept for 90 days (data retention policy)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sessions_forget_old()")
        (gone,) = cursor.fetchone()
    return int(gone)
