"""Webhooks on their way: signed when sent, tried again with back-off until somebody answers 2xx.

Stripe tries for three days with growing pauses; so does this, with a first pause that suits a machine where the
receiver was only just restarted. An order is not kept, as Stripe promises none.
"""

import asyncio
import hashlib
import hmac
import logging
import math
import random
import ssl
import time
from pathlib import Path

import aiohttp

from coditect.local.local_names import LocalNames
from coditect.local.standins.serving import HEADER
from coditect.local.standins.stripe.ledger import Delivery, Ledger

logger = logging.getLogger("standin.webhooks")

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0
_TRIED_FOR_S = 3 * 24 * 3600
_TIMEOUT = aiohttp.ClientTimeout(total=20)
_AT_ONCE = 4


def signature(body: bytes, secret: str, at: int) -> str:
    """The value of `Stripe-Signature`: HMAC-SHA256 over `TIME.BODY`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def pause_s(attempts: int) -> float:
    """Seconds before the next attempt, after so many: doubled each time, with up to a fifth more."""
    pause = min(math.ldexp(_FIRST_PAUSE_S, attempts - 1), _LONGEST_PAUSE_S)
    return pause * random.uniform(1, 1.2)  # noqa: S311 - spread


class Webhook:
    """Sends the ledger's deliveries to one address. authority: who vouches for its host; None for the usual ones.

    Raises FileNotFoundError when `authority` is not there.
    """

    def __init__(self, ledger: Ledger, *, url: str, secret: str, authority: Path | None = None) -> None:
        self._ledger = ledger
        self._url = url
        self._secret = secret
        self._tls = ssl.create_default_context(cafile=None if authority is None else str(authority))
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something is due."""
        self._woken.set()

    async def run(self) -> None:
        """Send until cancelled."""
        connector = aiohttp.TCPConnector(ssl=self._tls, resolver=LocalNames())
        async with aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector) as client:
            while True:
                self._woken.clear()
                waiting = [d for d in self._ledger.deliveries.values() if d.next_at is not None]
                due = [d for d in waiting if d.next_at is not None and d.next_at <= time.time()][:_AT_ONCE]
                if due:
                    await asyncio.gather(*(self._send(client, delivery) for delivery in due))
                    self._ledger.commit()
                    continue
                soonest = min((d.next_at for d in waiting if d.next_at is not None), default=None)
                pause = None if soonest is None else max(0.01, soonest - time.time())
                try:
                    await asyncio.wait_for(self._woken.wait(), pause)
                except TimeoutError:
                    continue

    async def _send(self, client: aiohttp.ClientSession, delivery: Delivery) -> None:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(delivery.body, self._secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (stand-in)",
            HEADER: "stripe",
        }
        delivery.attempts += 1
        try:
            async with client.post(self._url, data=delivery.body, headers=headers, allow_redirects=False) as answer:
                delivery.last_status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            delivery.last_status = 0
        succeeded = 200 <= delivery.last_status < 300
        if succeeded or delivery.attempts * _LONGEST_PAUSE_S > _TRIED_FOR_S:
            delivery.next_at = None
        else:
            delivery.next_at = time.time() + pause_s(delivery.attempts)
        more = {"event": delivery.event_id, "attempt": delivery.attempts, "status": delivery.last_status}
        logger.log(logging.INFO if succeeded else logging.WARNING, "webhook attempt", extra={"more": more})
