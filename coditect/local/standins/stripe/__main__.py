"""Serve the stand-in for Stripe.

python -m coditect.local.standins.stripe --port 0 --state DIR --webhook URL --webhook-secret-file FILE
"""

import asyncio
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from coditect.local.process import LOOPBACK
from coditect.local.standins.serving import announce, arguments, log_as_json
from coditect.local.standins.stripe.application import StripeStandIn
from coditect.local.standins.stripe.delivery import Webhook
from coditect.local.standins.stripe.ledger import Ledger


def main(given: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = arguments("stripe", "Stand-in for Stripe")
    parser.add_argument("--webhook", help="address that events are sent to; nowhere when absent")
    parser.add_argument("--webhook-secret-file", type=Path, help="file with the secret that signs events (whsec_...)")
    parser.add_argument(
        "--api-key-file", type=Path, help="file with the only API key to let in; any sk_... when absent"
    )
    parser.add_argument("--page-url", help="where browsers find the hosted pages; where the API is called when absent")
    parser.add_argument("--webhook-ca-file", type=Path, help="certificate authority of the webhook's host")
    told = parser.parse_args(given)
    if told.state is None:
        parser.error("--state is missing: without it a restart would forget every subscription. Name a directory.")
    if (told.webhook is None) != (told.webhook_secret_file is None):
        parser.error("--webhook and --webhook-secret-file go together: unsigned events would be refused.")
    log_as_json("stripe")
    told.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    asyncio.run(
        _serve(
            told.state,
            port=told.port,
            webhook=told.webhook,
            secret=_content(told.webhook_secret_file),
            authority=told.webhook_ca_file,
            api_key=_content(told.api_key_file),
            page_url=told.page_url,
        )
    )


def _content(file: Path | None) -> str | None:
    return None if file is None else file.read_text().strip()


async def _serve(
    state: Path,
    *,
    port: int,
    webhook: str | None,
    secret: str | None,
    authority: Path | None,
    api_key: str | None,
    page_url: str | None,
) -> None:
    ledger = Ledger(state)
    sender = (
        None if webhook is None or secret is None else Webhook(ledger, url=webhook, secret=secret, authority=authority)
    )
    stand_in = StripeStandIn(ledger, webhook=sender, api_key=api_key, page_url=page_url)
    runner = web.AppRunner(stand_in.application(), access_log=None)
    await runner.setup()
    listening = socket.create_server((LOOPBACK, port))
    await web.SockSite(runner, listening).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    announce("stripe", listening.getsockname()[1])
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    main()
