"""Third parties beside the platform: Stripe's events come in through the edge, signed with its own secret."""

import json
import time

import httpx
import stripe
from psycopg import connect

from coditect.graph.values import items, text
from coditect.local.process import LOOPBACK
from tests.local.platform import RunningPlatform

_PRICE = "price_1ProSeat50"
_TOLD_S = 20.0


def _address(platform: RunningPlatform, name: str) -> str:
    return next(
        text(row, "address").rstrip("/") for row in items(platform.status(), "stand_ins") if text(row, "name") == name
    )


def _kept_events(platform: RunningPlatform) -> set[str]:
    """Kinds of the events that the gateway has kept, as the superuser sees them."""
    password = (platform.state / "postgres" / "superuser-password").read_text()
    with connect(
        host=LOOPBACK, port=platform.port("postgres"), dbname="coditect", user="postgres", password=password
    ) as connection:
        return {str(kind) for (kind,) in connection.execute("SELECT type FROM webhook_events")}


def test_a_paid_checkout_reaches_the_gateway_as_signed_events(platform: RunningPlatform) -> None:
    address = _address(platform, "stripe")
    key = (platform.state / "secrets" / "coditect-local-stripe-secret-key").read_text()
    client = stripe.StripeClient(key, base_addresses={"api": address}, max_network_retries=0)
    session = client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": _PRICE, "quantity": 3}],
            "customer_email": "alice@acme.example",
            "success_url": "https://coditect.com.localhost/paid",
        }
    )
    card = {
        "email": "alice@acme.example",
        "number": "4242 4242 4242 4242",
        "expiry": "12 / 34",
        "cvc": "123",
        "name": "Alice",
    }
    with httpx.Client() as browser:
        paid = browser.post(str(session.url), data=card)
    assert paid.status_code in (200, 302, 303), paid.text

    deadline = time.monotonic() + _TOLD_S
    while "checkout.session.completed" not in (kept := _kept_events(platform)):
        assert time.monotonic() < deadline, f"the gateway kept only: {json.dumps(sorted(kept))}"
        time.sleep(0.2)


def test_what_stripe_did_not_sign_is_refused_at_the_edges_address(platform: RunningPlatform) -> None:
    reply = platform.ask(
        "coditect.com.localhost",
        "/api/stripe/webhook",
        method="POST",
        body={"id": "evt_forged", "type": "checkout.session.completed"},
        headers={"Stripe-Signature": "t=1,v1=00"},
    )
    assert reply.status == 400


def test_every_stand_in_names_itself(platform: RunningPlatform) -> None:
    rows = items(platform.status(), "stand_ins")
    assert {text(row, "name") for row in rows} == {"stripe", "mailbox", "identity", "zendesk"}
    with httpx.Client() as browser:
        for row in rows:
            assert "stand-in" in browser.get(text(row, "address")).text.lower()
