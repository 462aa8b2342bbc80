"""What the console's pages hold of what a running platform sends, is sent and writes."""

import re
from uuid import uuid4

import httpx

from coditect.graph.values import items, text
from tests.local.browsing import Browser, eventually, main
from tests.local.platform import RunningPlatform
from tests.local.third_parties import pay_for_seats, secret, stand_in


def _completed(platform: RunningPlatform) -> set[str]:
    """Ids of Stripe's events of paid checkouts."""
    told = httpx.get(f"{stand_in(platform, 'stripe')}/api/deliveries").json()
    return {text(row, "id") for row in items(told) if text(row, "type") == "checkout.session.completed"}


def test_an_event_of_stripe_is_shown_with_what_became_of_it_in_the_inbox(
    platform: RunningPlatform, browser: Browser
) -> None:
    before = _completed(platform)
    pay_for_seats(platform)
    (event,) = _completed(platform) - before

    def shown() -> str:
        rows = main(browser.get("/webhooks")).split("<tr ")
        return next((row for row in rows if event in row), "")

    eventually(lambda: "taken, not handled yet" in shown(), f"{event} in the inbox")
    assert "checkout.session.completed" in shown()
    assert re.search(r'data-label="Delivery"><span class="state good">.*? 200<', shown(), re.DOTALL)
    assert 'data-label="Attempts" class="number">1<' in shown()
    with platform.database() as database:
        # As whoever handles it will.
        database.execute("UPDATE webhook_events SET processed_at = now() WHERE event_id = %s", [event])
        assert re.search(r" handled</span> <time ", shown())
        assert "not handled" not in shown()
        database.execute("DELETE FROM webhook_events WHERE event_id = %s", [event])
        assert "not there" in shown()


def test_a_mail_is_shown_to_who_looks_for_whom_it_went_to(platform: RunningPlatform, browser: Browser) -> None:
    name, other = uuid4().hex, uuid4().hex
    for to in (name, other):
        sent = httpx.post(
            f"{stand_in(platform, 'mailbox')}/v3/mail/send",
            headers={"Authorization": f"Bearer {secret(platform, 'sendgrid-api-key')}"},
            json={
                "personalizations": [{"to": [{"email": f"{to}@acme.example"}]}],
                "from": {"email": "hello@coditect.com"},
                "subject": f"Welcome <b>{to}</b>",
                "content": [{"type": "text/plain", "value": "Hello"}],
            },
        )
        assert sent.status_code == 202, sent.text
    everything = main(browser.get("/mails"))
    assert f"Welcome <b>{name}</b>" in everything
    assert f"{other}@acme.example" in everything
    filtered = main(browser.get(f"/mails?to={name.upper()}"))
    assert f"Welcome <b>{name}</b>" in filtered
    assert f"{other}@acme.example" not in filtered
    nobodys = main(browser.get("/mails?to=nobody@globex.example"))
    assert "No mail went there" in nobodys
    assert name not in nobodys


def test_a_process_shows_what_it_just_wrote_and_what_passed_through_it(
    platform: RunningPlatform, browser: Browser
) -> None:
    name = next(name for name in platform.processes() if re.fullmatch("gateway-backend-(blue|green)", name))
    reply = platform.ask("coditect.com.localhost", "/api/nowhere")
    request_id = {key.lower(): value for key, value in reply.headers.items()}["x-request-id"]

    def log() -> str:
        return main(browser.get(f"/processes/{name}")).partition('<pre class="log" id="log"')[2].partition("</pre>")[0]

    eventually(lambda: f"request_id={request_id}" in log(), f"{request_id} in the log")
    assert re.search(
        rf"[0-9:]+\.[0-9]{{3}}</span> GET /unknown 404  <span[^>]*>ms=[0-9.]+  request_id={request_id}", log()
    )
    page = main(browser.get(f"/processes/{name}"))
    assert re.search(r"<dt>Requests, last minute</dt><dd>0\.[0-9]*[1-9]", page), page
    assert re.search(r"<dt>95 of 100 within</dt><dd>[0-9.]+ m?s</dd>", page)
    assert f"coditect logs {name} --follow" in page
