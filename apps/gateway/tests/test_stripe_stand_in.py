"""A payment at the stand-in for Stripe reaches the gateway's inbox, over real HTTP on both sides."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
import stripe

from apps.domain.billing.models import WebhookEvent
from apps.gateway.tests.test_sign_in import serve
from coditect.local.process import free_port

PATH = "/api/stripe/webhook"


@pytest.fixture(scope="module")
def gateway(service_environment: Mapping[str, str]) -> Iterator[httpx.Client]:
    yield from serve(service_environment, "apps.gateway.settings.backend", "apps.gateway.wsgi", "/health")


@pytest.fixture
def account(gateway: httpx.Client, tmp_path: Path) -> Iterator[stripe.StripeClient]:
    """The stand-in, which shares the webhook's secret with the gateway."""
    command = [
        *(sys.executable, "-m", "coditect.local.standins.stripe", "--port", str(free_port())),
        *("--state", str(tmp_path), "--webhook", str(gateway.base_url.join(PATH))),
        *("--webhook-secret-file", os.environ["STRIPE_WEBHOOK_SECRET_FILE"]),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    endpoint = json.loads(process.stdout.readline())["endpoint"]
    yield stripe.StripeClient("sk_test_1", base_addresses={"api": endpoint})
    process.terminate()
    process.communicate(timeout=10)


def test_a_paid_checkout_is_in_the_inbox(account: stripe.StripeClient, database: None) -> None:
    session = account.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": "price_1ProSeat50", "quantity": 5}],
            "success_url": "https://coditect.example/done",
        }
    )
    assert session.url is not None
    card = {"email": "alice@acme.example", "number": "4242424242424242", "expiry": "12/30", "cvc": "123", "name": "A"}
    assert httpx.post(session.url, data=card).status_code == 303

    def kept() -> WebhookEvent | None:
        events = WebhookEvent.objects.filter(provider="stripe", type="checkout.session.completed").order_by("-id")
        return next((event for event in events if session.id.encode() in bytes(event.payload)), None)

    deadline = time.monotonic() + 20
    while kept() is None:
        assert time.monotonic() < deadline, "the event never came"
        time.sleep(0.05)
    event = kept()
    assert event is not None
    told = json.loads(bytes(event.payload))["data"]["object"]
    assert (told["payment_status"], told["amount_total"]) == ("paid", 25_000)
    subscription = account.v1.subscriptions.retrieve(told["subscription"])
    assert subscription["items"].data[0].quantity == 5
