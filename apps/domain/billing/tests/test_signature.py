"""Stripe's signature, made by Stripe's own library."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from apps.domain.billing.signature import InvalidSignatureError, verify

BODY, SECRET, NOW = b'{"id": "evt_1"}', "whsec_of_tests_alone", datetime(2026, 11, 24, tzinfo=UTC)


def signed(body: bytes = BODY, secret: str = SECRET, at: datetime = NOW) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp())))


def test_what_stripe_signed_is_taken() -> None:
    verify(body=BODY, header=signed(), secret=SECRET, at=NOW)


def test_what_we_take_stripes_library_takes_too() -> None:
    header = signed(at=datetime.now(UTC))
    assert stripe.WebhookSignature.verify_header(BODY.decode(), header, SECRET, 300)
    verify(body=BODY, header=header, secret=SECRET, at=datetime.fromtimestamp(time.time(), UTC))


def test_while_the_secret_is_rolled_either_signature_will_do() -> None:
    other = signed(secret="whsec_old").partition(",")[2]
    verify(body=BODY, header=f"{signed()},{other}", secret=SECRET, at=NOW)
    verify(body=BODY, header=f"{signed()},{other}", secret="whsec_old", at=NOW)


@pytest.mark.parametrize("away", [timedelta(minutes=5, seconds=1), -timedelta(minutes=5, seconds=1)])
def test_an_event_of_another_time_is_refused(away: timedelta) -> None:
    verify(body=BODY, header=signed(), secret=SECRET, at=NOW + timedelta(minutes=5))
    with pytest.raises(InvalidSignatureError, match="too old"):
        verify(body=BODY, header=signed(), secret=SECRET, at=NOW + away)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=00",
        signed().replace("v1=", "v0="),
        signed().replace("t=", "t=1"),
        signed().replace("t=", "t=-"),
        f"t=1,{signed()}",
        signed(secret="whsec_other"),
        signed(body=BODY + b" "),
        signed() + "é",
        f"t={'9' * 400},v1=00",
    ],
)
def test_anything_else_is_refused(header: str) -> None:
    with pytest.raises(InvalidSignatureError) as refused:
        verify(body=BODY, header=header, secret=SECRET, at=NOW)
    assert SECRET not in str(refused.value)


def test_without_a_secret_nothing_is_taken() -> None:
    with pytest.raises(InvalidSignatureError):
        verify(body=BODY, header=signed(secret=""), secret="", at=NOW)
