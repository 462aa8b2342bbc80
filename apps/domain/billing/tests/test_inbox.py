"""The inbox on real PostgreSQL, with the applications' own login."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from apps.domain.billing.models import Provider, WebhookEvent
from apps.domain.billing.services import KEPT, Received, ended_checkouts, forget_old_events, receive_event

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def receive(event_id: str, payload: bytes = b"{}", at: datetime = NOW, kind: str = "invoice.paid") -> Received:
    return receive_event(provider=Provider.STRIPE, event_id=event_id, kind=kind, payload=payload, at=at)


def test_an_event_is_kept_once_with_its_first_body(database: None) -> None:
    event_id = f"evt_{uuid4().hex}"
    assert receive(event_id, b'{"first": "\xc3\xa9"}') is Received.NEW
    assert receive(event_id, b'{"second": 1}') is Received.ALREADY
    kept = WebhookEvent.objects.get(event_id=event_id)
    assert bytes(kept.payload) == b'{"first": "\xc3\xa9"}'
    assert (kept.type, kept.received_at, kept.processed_at) == ("invoice.paid", NOW, None)


def test_a_handled_event_is_forgotten_after_thirty_days_and_an_open_one_never(database: None) -> None:
    handled, recent, waiting = (f"evt_{uuid4().hex}" for _ in range(3))
    old = NOW - KEPT - timedelta(seconds=1)
    for event_id, at in ((handled, old), (recent, NOW - KEPT), (waiting, old)):
        receive(event_id, at=at)
    WebhookEvent.objects.filter(event_id__in=[handled, recent]).update(processed_at=NOW)
    assert forget_old_events(at=NOW) >= 1
    left = set(WebhookEvent.objects.filter(event_id__in=[handled, recent, waiting]).values_list("event_id", flat=True))
    assert left == {recent, waiting}


def test_checkouts_that_were_paid_and_given_up_are_counted_since_a_moment(database: None) -> None:
    since = datetime(2031, 5, 1, tzinfo=UTC)  # later than any other test's events
    completed, expired = "checkout.session.completed", "checkout.session.expired"
    for kind, at in (
        (completed, since),
        (completed, since + timedelta(hours=3)),
        (expired, since + timedelta(hours=5)),
        (expired, since - timedelta(seconds=1)),
        ("invoice.paid", since),
    ):
        receive(f"evt_{uuid4().hex}", at=at, kind=kind)
    assert ended_checkouts(since=since) == {"completed": 2, "expired": 1}
    assert ended_checkouts(since=since + timedelta(days=1)) == {"completed": 0, "expired": 0}
