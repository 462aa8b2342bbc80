"""What the site says of its use."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone
from prometheus_client import CollectorRegistry

from apps.domain.accounts.models import User
from apps.domain.billing.models import Provider
from apps.domain.billing.services import receive_event
from apps.gateway.usage_metrics import collectors
from apps.testing.people import Cast, assemble


@pytest.fixture
def cast(database: None) -> Cast:
    return assemble()


def said() -> CollectorRegistry:
    """What a process says that was never asked before."""
    registry = CollectorRegistry()
    for collector in collectors():
        registry.register(collector)
    return registry


def test_active_users_signed_in_within_the_lifetime_of_a_token(cast: Cast) -> None:
    now = timezone.now()
    before = said().get_sample_value("gateway_active_users")
    assert before is not None
    User.objects.filter(pk=cast.alice.user.pk).update(last_login=now - timedelta(hours=1))
    User.objects.filter(pk=cast.bob.user.pk).update(last_login=now - timedelta(days=2))
    assert said().get_sample_value("gateway_active_users") == before + 1


def test_checkouts_are_told_by_outcome(cast: Cast) -> None:
    expired = {"outcome": "expired"}
    before = said().get_sample_value("gateway_checkouts", expired)
    assert before is not None
    receive_event(
        provider=Provider.STRIPE,
        event_id=f"evt_{uuid4().hex}",
        kind="checkout.session.expired",
        payload=b"{}",
        at=timezone.now(),
    )
    assert said().get_sample_value("gateway_checkouts", expired) == before + 1
    assert said().get_sample_value("gateway_checkouts", {"outcome": "completed"}) is not None


def test_a_process_that_takes_no_payments_says_nothing_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STRIPE_WEBHOOK_SECRET", None)
    assert collectors() == ()
