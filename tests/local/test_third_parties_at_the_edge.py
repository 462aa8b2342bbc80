"""Third parties beside the platform: Stripe's events come in through the edge, signed with its own secret."""

import json
import time

import httpx

from coditect.graph.values import items, text
from tests.local.platform import RunningPlatform
from tests.local.third_parties import pay_for_seats

_TOLD_S = 20.0


def _kept_events(platform: RunningPlatform) -> set[str]:
    """Kinds of the events that the gateway has kept, as the superuser sees them."""
    with platform.database() as connection:
        return {str(kind) for (kind,) in connection.execute("SELECT type FROM webhook_events")}


def test_a_paid_checkout_reaches_the_gateway_as_signed_events(platform: RunningPlatform) -> None:
    pay_for_seats(platform)
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
