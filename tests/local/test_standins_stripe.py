"""The stand-in for Stripe as a process, called by Stripe's own client, with a receiver for its webhooks."""

import http.server
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import stripe

from coditect.local.process import free_port

SECRET = "whsec_of_tests_alone"
PRICE = "price_1ProSeat50"
GOOD_CARD, DECLINED_CARD, FAILING_CARD = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 0341"


@dataclass
class Receiver:
    """What a webhook endpoint got. refuse: how many deliveries are answered 500 before one is taken."""

    port: int
    got: list[tuple[bytes, str]] = field(default_factory=list)
    refuse: int = 0
    server: http.server.ThreadingHTTPServer | None = None

    def start(self) -> None:
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((body, self.headers["Stripe-Signature"]))
                status = 500 if receiver.refuse > 0 else 200
                receiver.refuse -= 1
                self.send_response(status)
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Not into the test's output."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()

    def types(self) -> list[str]:
        return [str(json.loads(body)["type"]) for body, _ in self.got]


@dataclass
class Account:
    """A running stand-in."""

    client: stripe.StripeClient
    web: httpx.Client
    state: Path
    webhook_port: int
    process: "subprocess.Popen[str]"

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)


Start = Callable[..., Account]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    started: list[Account] = []

    def start(*, state: Path | None = None, webhook_port: int | None = None) -> Account:
        state = state or tmp_path_factory.mktemp("stripe")
        webhook_port = webhook_port or free_port()
        secret = state / "secret"
        secret.write_text(SECRET)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "coditect.local.standins.stripe", "--port", "0", "--state", str(state)),
                *("--webhook", f"http://127.0.0.1:{webhook_port}/hook", "--webhook-secret-file", str(secret)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        account = Account(
            client=stripe.StripeClient("sk_test_123", base_addresses={"api": endpoint}, max_network_retries=0),
            web=httpx.Client(base_url=endpoint, timeout=10),
            state=state,
            webhook_port=webhook_port,
            process=process,
        )
        started.append(account)
        return account

    yield start
    for account in started:
        account.web.close()
        if account.process.poll() is None:
            account.end()


@pytest.fixture(scope="module")
def account(start: Start) -> Account:
    return start()


@pytest.fixture(scope="module")
def receiver(account: Account) -> Iterator[Receiver]:
    receiver = Receiver(port=account.webhook_port)
    receiver.start()
    yield receiver
    receiver.stop()


def until(holds: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def checkout(account: Account, *, seats: int = 3, email: str = "alice@example.com") -> stripe.checkout.Session:
    return account.client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": PRICE, "quantity": seats}],
            "customer_email": email,
            "metadata": {"user_id": "u-1"},
            "subscription_data": {"metadata": {"tenant": "acme"}},
            "success_url": "https://coditect.localhost/done?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://coditect.localhost/pricing",
        }
    )


def pay(session: stripe.checkout.Session, card: str = GOOD_CARD) -> httpx.Response:
    assert session.url is not None
    form = {"email": "alice@example.com", "number": card, "expiry": "12 / 30", "cvc": "123", "name": "Alice"}
    return httpx.post(session.url, data=form)


def test_a_paid_checkout_starts_a_subscription_with_its_seats(account: Account) -> None:
    session = checkout(account)
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 15_000)
    paid = pay(session)
    assert paid.status_code == 303
    assert paid.headers["Location"] == f"https://coditect.localhost/done?session_id={session.id}"

    after = account.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "line_items"]})
    assert (after.status, after.payment_status, after.url) == ("complete", "paid", None)
    assert after.metadata is not None
    assert after.metadata["user_id"] == "u-1"
    assert after.line_items is not None
    assert (after.line_items.data[0].quantity, after.line_items.data[0].price.id) == (3, PRICE)  # type: ignore[union-attr] # of a line with a price
    subscription = after.subscription
    assert isinstance(subscription, stripe.Subscription)
    assert (subscription.status, subscription.metadata["tenant"]) == ("active", "acme")
    item = subscription["items"].data[0]
    assert (item.price.id, item.quantity, item.price.recurring.interval) == (PRICE, 3, "month")
    assert item.current_period_end > time.time()
    assert account.client.v1.customers.retrieve(str(after.customer)).email == "alice@example.com"


def test_a_second_payment_of_a_session_changes_nothing(account: Account) -> None:
    session = checkout(account)
    pay(session)
    first = account.client.v1.checkout.sessions.retrieve(session.id)
    assert pay(session).status_code == 303
    assert account.client.v1.checkout.sessions.retrieve(session.id).subscription == first.subscription


@pytest.mark.parametrize("card", [DECLINED_CARD, FAILING_CARD, "1234"])
def test_a_card_that_is_not_taken_leaves_the_session_open_and_no_customer(account: Account, card: str) -> None:
    email = f"declined-{card[-4:]}@example.com"
    session = checkout(account, email=email)
    refused = pay(session, card)
    assert refused.status_code == 402
    assert re.search(r'role="alert">Your card (was declined|number is incomplete)', refused.text)
    assert account.client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert account.client.v1.customers.list({"email": email}).data == []
    assert pay(session).status_code == 303


def test_events_are_signed_as_stripe_signs_them(account: Account, receiver: Receiver) -> None:
    session = checkout(account)
    pay(session)

    def arrived() -> list[tuple[bytes, str]]:
        return [(b, s) for b, s in receiver.got if session.id.encode() in b and b"session.completed" in b]

    until(lambda: bool(arrived()))
    body, signature = arrived()[0]
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert event.type == "checkout.session.completed"
    assert event.data.object["subscription"]
    assert event.data.object["customer_details"]["email"] == "alice@example.com"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, SECRET)
    assert account.client.v1.events.retrieve(event.id).type == event.type
    assert {"customer.subscription.created", "invoice.paid", "invoice.payment_succeeded"} <= set(receiver.types())


def test_an_event_that_is_refused_is_sent_again_until_it_is_taken(start: Start) -> None:
    account = start()
    receiver = Receiver(port=account.webhook_port, refuse=2)
    receiver.start()
    try:
        account.client.v1.products.create({"name": "Refused"})
        until(lambda: len(receiver.got) == 3)
        assert len({json.loads(body)["id"] for body, _ in receiver.got}) == 1
        for body, signature in receiver.got:
            stripe.Webhook.construct_event(body, signature, SECRET)
        time.sleep(2)  # longer than the pause that would follow
        assert len(receiver.got) == 3
    finally:
        receiver.stop()


def test_an_event_waits_for_a_receiver_that_is_not_there_and_for_a_restart(start: Start) -> None:
    account = start()
    session = checkout(account)
    pay(session)
    time.sleep(1)  # at least one connection is refused
    account.end()
    again = start(state=account.state, webhook_port=account.webhook_port)
    assert again.client.v1.checkout.sessions.retrieve(session.id).status == "complete"
    receiver = Receiver(port=account.webhook_port)
    receiver.start()
    try:
        until(lambda: "checkout.session.completed" in receiver.types())
    finally:
        receiver.stop()


def test_a_change_of_seats_and_a_cancellation_are_told(account: Account, receiver: Receiver) -> None:
    session = checkout(account)
    pay(session)
    subscription = str(account.client.v1.checkout.sessions.retrieve(session.id).subscription)
    item = account.client.v1.subscriptions.retrieve(subscription)["items"].data[0].id
    receiver.got.clear()
    changed = account.client.v1.subscriptions.update(subscription, {"items": [{"id": item, "quantity": 7}]})
    assert (changed["items"].data[0].id, changed["items"].data[0].quantity) == (item, 7)
    account.client.v1.subscriptions.cancel(subscription)
    until(lambda: {"customer.subscription.updated", "customer.subscription.deleted"} <= set(receiver.types()))
    assert account.client.v1.subscriptions.retrieve(subscription).status == "canceled"


def test_at_the_end_of_a_period_the_card_pays_or_fails_and_a_new_card_mends_it(
    account: Account, receiver: Receiver
) -> None:
    session = checkout(account)
    pay(session)
    paid = account.client.v1.checkout.sessions.retrieve(session.id)
    subscription, customer = str(paid.subscription), str(paid.customer)

    def item() -> stripe.SubscriptionItem:
        return account.client.v1.subscriptions.retrieve(subscription)["items"].data[0]  # type: ignore[no-any-return] # items of a StripeObject

    first_end = item().current_period_end
    receiver.got.clear()
    assert account.web.post(f"/subscriptions/{subscription}/renew").status_code == 303
    assert item().current_period_start == first_end
    until(lambda: "invoice.paid" in receiver.types())

    portal = account.client.v1.billing_portal.sessions.create({"customer": customer}).url
    card = {"action": "card", "number": FAILING_CARD, "expiry": "12/30", "cvc": "123"}
    assert httpx.post(portal, data=card).status_code == 303
    receiver.got.clear()
    account.web.post(f"/subscriptions/{subscription}/renew")
    assert account.client.v1.subscriptions.retrieve(subscription).status == "past_due"
    until(lambda: {"invoice.payment_failed", "customer.subscription.updated"} <= set(receiver.types()))

    receiver.got.clear()
    assert httpx.post(portal, data=card | {"number": GOOD_CARD}).status_code == 303
    assert account.client.v1.subscriptions.retrieve(subscription).status == "active"
    until(lambda: {"invoice.paid", "customer.subscription.updated"} <= set(receiver.types()))


def test_a_cancelled_subscription_ends_with_its_period(account: Account, receiver: Receiver) -> None:
    session = checkout(account)
    pay(session)
    subscription = str(account.client.v1.checkout.sessions.retrieve(session.id).subscription)
    account.client.v1.subscriptions.update(subscription, {"cancel_at_period_end": True})
    receiver.got.clear()
    account.web.post(f"/subscriptions/{subscription}/renew")
    assert account.client.v1.subscriptions.retrieve(subscription).status == "canceled"
    until(lambda: "customer.subscription.deleted" in receiver.types())
    assert account.web.post(f"/subscriptions/{subscription}/renew").status_code == 400


def test_a_customer_changes_seats_and_cancels_in_the_portal(account: Account) -> None:
    session = checkout(account)
    pay(session)
    paid = account.client.v1.checkout.sessions.retrieve(session.id)
    portal = account.client.v1.billing_portal.sessions.create(
        {"customer": str(paid.customer), "return_url": "https://coditect.localhost/account"}
    )
    page = httpx.get(portal.url)
    assert page.status_code == 200
    assert "https://coditect.localhost/account" in page.text
    assert str(paid.subscription) in page.text
    form = {"subscription": str(paid.subscription), "action": "seats", "quantity": "9"}
    assert httpx.post(portal.url, data=form).status_code == 303
    assert httpx.post(portal.url, data=form | {"action": "cancel"}).status_code == 303
    subscription = account.client.v1.subscriptions.retrieve(str(paid.subscription))
    assert (subscription["items"].data[0].quantity, subscription.cancel_at_period_end) == (9, True)
    declined = {"action": "card", "number": DECLINED_CARD, "expiry": "12/30", "cvc": "123"}
    assert httpx.post(portal.url, data=declined).status_code == 402
    assert httpx.get(portal.url[:-1]).status_code == 404


def test_a_portal_shows_no_one_elses_subscription(account: Account) -> None:
    first, second = checkout(account), checkout(account, email="carol@example.com")
    pay(first)
    pay(second)
    foreign = str(account.client.v1.checkout.sessions.retrieve(second.id).subscription)
    customer = str(account.client.v1.checkout.sessions.retrieve(first.id).customer)
    url = account.client.v1.billing_portal.sessions.create({"customer": customer}).url
    assert foreign not in httpx.get(url).text
    answer = httpx.post(url, data={"subscription": foreign, "action": "seats", "quantity": "1"})
    assert answer.status_code == 404


def test_a_repeated_request_with_its_key_is_done_once(account: Account) -> None:
    def create(key: str, name: str) -> stripe.Customer:
        return account.client.v1.customers.create({"name": name}, {"idempotency_key": key})

    assert create("k-1", "Alice").id == create("k-1", "Alice").id
    with pytest.raises(stripe.IdempotencyError):
        create("k-1", "Bob")


def test_prices_are_found_by_lookup_key_and_refused_when_incomplete(account: Account) -> None:
    found = account.client.v1.prices.list({"lookup_keys": ["pro-monthly"], "active": True})
    assert [price.id for price in found.data] == [PRICE]
    made = account.client.v1.prices.create(
        {"product": "prod_coditect_pro", "unit_amount": 900, "currency": "EUR", "recurring": {"interval": "year"}}
    )
    assert (made.unit_amount, made.currency, made.type) == (900, "eur", "recurring")
    assert not account.client.v1.prices.update(made.id, {"active": False}).active
    with pytest.raises(stripe.InvalidRequestError):
        account.client.v1.prices.create({"product": "prod_coditect_pro", "currency": "eur"})


def test_errors_have_the_shape_that_stripes_client_knows(account: Account) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        account.client.v1.customers.retrieve("cus_nobody")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        account.client.v1.checkout.sessions.create({"mode": "payment", "success_url": "https://a.example"})
    assert unknown.value.http_status == 400
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("nothing", base_addresses={"api": str(account.web.base_url)}).v1.customers.list()
    customer = account.client.v1.customers.create({})
    with pytest.raises(stripe.CardError) as declined:
        account.client.v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer.id})
    assert declined.value.code == "card_declined"
    assert account.web.get("/v1/nothing", headers={"Authorization": "Bearer sk_test_1"}).status_code == 404


def test_every_page_and_answer_names_the_stand_in(account: Account) -> None:
    session = checkout(account, email="<script>@example.com")
    for path in ("/", "/health", str(session.url), "/v1/prices", "/nothing"):
        answer = account.web.get(path)
        assert answer.headers["X-Stand-In"] == "stripe"
        if answer.headers["Content-Type"].startswith("text/html"):
            assert "Stand-in for Stripe" in answer.text
            assert not re.search("<script", answer.text)
