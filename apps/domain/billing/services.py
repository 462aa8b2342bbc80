"""Taking in events of payment providers. What becomes of them is decided later, by a task."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count

from apps.domain.billing.models import Provider, WebhookEvent
from apps.domain.operations.database import ask

KEPT = timedelta(days=30)  # specification: webhook events are kept for 30 days, for debugging
_CHECKOUT = "checkout.session."
_OUTCOMES = ("completed", "expired")


class Received(StrEnum):
    NEW = "new"
    ALREADY = "already"


def receive_event(*, provider: Provider, event_id: str, kind: str, payload: bytes, at: datetime) -> Received:
    """Keep a verified event, once however often it comes. It is committed when this returns.

    Raises DatabaseUnavailableError: the provider must then be told to send it again.
    """
    rows = ask(
        """
        INSERT INTO webhook_events (provider, event_id, type, payload, received_at) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (provider, event_id) DO NOTHING RETURNING id
        """,
        (provider.value, event_id, kind, payload, at),
    )
    return Received.NEW if rows else Received.ALREADY


def ended_checkouts(*, since: datetime) -> Mapping[str, int]:
    """How many of Stripe's checkouts were paid (`completed`) and given up (`expired`, a day after they began)."""
    told = WebhookEvent.objects.filter(
        provider=Provider.STRIPE, type__in=[f"{_CHECKOUT}{outcome}" for outcome in _OUTCOMES], received_at__gte=since
    )
    counted = dict(told.values_list("type").annotate(events=Count("id")))
    return {outcome: counted.get(f"{_CHECKOUT}{outcome}", 0) for outcome in _OUTCOMES}


def forget_old_events(*, at: datetime) -> int:
    """Delete what was handled and is older than `KEPT`; how many. What nobody has handled is never forgotten."""
    deleted, _ = WebhookEvent.objects.filter(received_at__lt=at - KEPT, processed_at__isnull=False).delete()
    return deleted
