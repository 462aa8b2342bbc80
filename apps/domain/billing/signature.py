"""Stripe's webhook signature: `Stripe-Signature: t=TIME,v1=HEX[,v1=HEX]`, HMAC-SHA256 over `TIME.BODY`.

https://docs.stripe.com/webhooks#verify-manually. While the endpoint's secret is being rolled, Stripe signs with the old
and the new one, so either of several signatures may be ours.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)  # Stripe's own libraries have the same: an older event is a replay

NO_SIGNATURE = "There is no Stripe-Signature of scheme v1."


class InvalidSignatureError(Exception):
    """The message says why, and holds neither the signature nor the body."""


def verify(*, body: bytes, header: str, secret: str, at: datetime) -> None:
    """Return when Stripe signed this body within `TOLERANCE` of `at`. Raises InvalidSignatureError."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdecimal()) or len(times[0]) > 12 or not signatures:
        raise InvalidSignatureError(NO_SIGNATURE)
    if not secret:
        raise InvalidSignatureError("There is no secret to verify with.")
    expected = hmac.new(secret.encode(), f"{times[0]}.".encode() + body, hashlib.sha256).hexdigest().encode()
    # All are compared, each in constant time.
    if not any([hmac.compare_digest(expected, signature.encode()) for signature in signatures]):  # noqa: C419 - see above
        raise InvalidSignatureError("The signature is not of this body.")
    if abs(int(times[0]) - at.timestamp()) > TOLERANCE.total_seconds():
        raise InvalidSignatureError("The signature is too old, or a clock is wrong.")
