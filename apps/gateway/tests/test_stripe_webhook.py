"""Stripe's webhook at the gateway: a process of its own, as gateway-backend runs, over real HTTP."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import stripe

from apps.domain.billing.models import WebhookEvent
from apps.gateway.tests.test_sign_in import serve

PATH = "/api/stripe/webhook"


@pytest.fixture(scope="module")
def gateway(service_environment: Mapping[str, str]) -> Iterator[httpx.Client]:
    yield from serve(service_environment, "apps.gateway.settings.backend", "apps.gateway.wsgi", "/health")


def event(**changes: object) -> tuple[str, bytes]:
    event_id = f"evt_{uuid4().hex}"
    body = {"id": event_id, "object": "event", "type": "checkout.session.completed", "data": {"object": {}}} | changes
    return event_id, json.dumps(body, indent=2).encode()


def deliver(
    gateway: httpx.Client, body: bytes, *, secret: str | None = None, at: float | None = None
) -> httpx.Response:
    known = Path(os.environ["STRIPE_WEBHOOK_SECRET_FILE"]).read_text()
    signature = stripe.WebhookSignature.generate_signature_header(
        body.decode(), known if secret is None else secret, int(time.time() if at is None else at)
    )
    return gateway.post(PATH, content=body, headers={"Stripe-Signature": signature})


def test_a_signed_event_is_kept_as_it_came_and_acknowledged_again_when_repeated(
    gateway: httpx.Client, database: None
) -> None:
    event_id, body = event()
    assert [deliver(gateway, body).status_code for _ in range(3)] == [200, 200, 200]
    kept = WebhookEvent.objects.get(provider="stripe", event_id=event_id)
    assert (bytes(kept.payload), kept.type, kept.processed_at) == (body, "checkout.session.completed", None)


def test_of_deliveries_at_the_same_time_one_is_kept_and_all_are_acknowledged(
    gateway: httpx.Client, database: None
) -> None:
    event_id, body = event()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: deliver(gateway, body).status_code, range(16)))
    assert answers == [200] * 16
    assert WebhookEvent.objects.filter(event_id=event_id).count() == 1


def test_what_stripe_did_not_sign_is_refused_and_not_kept(gateway: httpx.Client, database: None) -> None:
    event_id, body = event()
    forged = [
        deliver(gateway, body, secret="whsec_of_someone_else"),
        deliver(gateway, body, at=time.time() - 301),
        gateway.post(PATH, content=body),
        gateway.post(PATH, content=body, headers={"Stripe-Signature": "t=1,v1=00"}),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in forged] == [(400, "invalid_signature")] * 4
    assert not WebhookEvent.objects.filter(event_id=event_id).exists()


@pytest.mark.parametrize("changes", [{"id": None}, {"id": "evt_'; --"}, {"type": "x" * 101}, {"type": 1}])
def test_a_signed_body_that_is_no_event_is_refused(gateway: httpx.Client, changes: dict[str, object]) -> None:
    answer = deliver(gateway, event(**changes)[1])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_only_post_is_taken(gateway: httpx.Client) -> None:
    assert gateway.get(PATH).status_code == 405


def test_the_gateway_does_not_start_without_the_secret(service_environment: Mapping[str, str]) -> None:
    told = dict(service_environment) | {"DJANGO_SETTINGS_MODULE": "apps.gateway.settings.backend"}
    del told["STRIPE_WEBHOOK_SECRET_FILE"]
    started = subprocess.run(
        [sys.executable, "-m", "apps.gateway", "check"],
        env=told,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert "STRIPE_WEBHOOK_SECRET_FILE is not set" in started.stderr
