"""Celery's side of billing."""

from celery import shared_task
from django.utils import timezone

from apps.domain.billing.services import forget_old_events


@shared_task  # type: ignore[untyped-decorator]  # Celery carries no types
def forget_events() -> int:
    return forget_old_events(at=timezone.now())
