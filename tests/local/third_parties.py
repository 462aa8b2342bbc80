"""What a person does at the stand-ins of a running platform: pays at Stripe."""

import httpx
import stripe

from coditect.graph.values import items, text
from tests.local.platform import RunningPlatform

_PRICE = "price_1ProSeat50"


def stand_in(platform: RunningPlatform, name: str) -> str:
    """A stand-in's address, without a slash at its end."""
    return next(
        text(row, "address").rstrip("/") for row in items(platform.status(), "stand_ins") if text(row, "name") == name
    )


def secret(platform: RunningPlatform, name: str) -> str:
    """A secret's value, by the end of its name."""
    return (platform.state / "secrets" / f"coditect-local-{name}").read_text()


def pay_for_seats(platform: RunningPlatform) -> None:
    """Begin a checkout of three seats and pay for it, as Alice."""
    client = stripe.StripeClient(
        secret(platform, "stripe-secret-key"),
        base_addresses={"api": stand_in(platform, "stripe")},
        max_network_retries=0,
    )
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
