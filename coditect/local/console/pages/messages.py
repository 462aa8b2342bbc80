"""What the platform sent and was sent: mails and webhooks."""

from datetime import datetime

import aiohttp
from aiohttp import web

from coditect.graph.values import Json, items, text
from coditect.local.console.site import Site
from coditect.local.control import ControlError

_TIMEOUT = aiohttp.ClientTimeout(total=3)
_SHOWN = 100


def routes(site: Site) -> list[web.RouteDef]:
    async def mails(request: web.Request) -> web.Response:
        wanted = request.query.get("to", "").strip()
        address = await _address(site, "mailbox")
        found = [
            {
                "id": text(mail, "id"),
                "at": datetime.fromisoformat(text(mail, "sent_at")),
                "to": ", ".join(str(to) for kind in ("to", "cc", "bcc") for to in items(mail, kind)),
                "subject": text(mail, "subject") or "(no subject)",
                "text": text(mail, "text"),
            }
            for mail in items(await _fetched(f"{address}api/mails"))
        ]
        shown = [mail for mail in found if wanted.lower() in str(mail["to"]).lower()]
        return site.page(
            request,
            "mails.html",
            section="/mails",
            mails=shown[:_SHOWN],
            count=len(shown),
            has_any=bool(found),
            wanted=wanted,
            address=address,
        )

    async def webhooks(request: web.Request) -> web.Response:
        address = await _address(site, "stripe")
        sent, received, problems = [], [], []
        try:
            sent = items(await _fetched(f"{address}api/deliveries"))
        except ControlError as error:
            problems.append(str(error))
        try:
            received = items(await site.supervised.ask("webhooks"))
        except ControlError as error:
            problems.append(str(error))
        taken = {text(row, "event_id"): row for row in received}
        rows = [{"sent": row, "taken": taken.get(text(row, "id"))} for row in sent[:_SHOWN]]
        return site.page(request, "webhooks.html", section="/webhooks", rows=rows, address=address, problems=problems)

    return [web.get("/mails", mails), web.get("/webhooks", webhooks)]


async def _address(site: Site, name: str) -> str:
    told = await site.supervised.ask("overview")
    found = next((text(row, "address") for row in items(told, "stand_ins") if text(row, "name") == name), None)
    if found is None:
        raise ControlError(f"{name} is not running here yet.")
    return found


async def _fetched(url: str) -> Json:
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as client, client.get(url) as answer:
            answer.raise_for_status()
            found: Json = await answer.json()
            return found
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ControlError(f"The stand-in at {url} did not answer: {str(error) or type(error).__name__}.") from None
