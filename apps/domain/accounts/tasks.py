"""Celery's side of accounts."""

from celery import shared_task

from apps.domain.accounts.services import forget_expired_revocations


@shared_task  # type: ignore[untyped-decorator]  # Celery carries no types
def forget_revocations() -> int:
    return forget_expired_revocations()
