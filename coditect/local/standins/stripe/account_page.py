"""The stand-in's own front page: what was sold, and what became of every event. A period ends when told to."""

import json
from datetime import UTC, datetime
from html import escape
from typing import Any

from localstripe.resources import store

from coditect.local.standins.page import page
from coditect.local.standins.stripe.checkout_page import NOTE, money
from coditect.local.standins.stripe.ledger import Delivery, Ledger
from coditect.local.standins.stripe.objects import CheckoutSession, Price

_SHOWN = 100


def render(ledger: Ledger) -> str:
    """Prices, checkout sessions and events, newest first."""
    prices = "".join(
        f"<tr><td><code>{escape(price.id)}</code></td><td>{escape(price.nickname or '')}</td>"
        f'<td class="amount">{money(price.unit_amount, price.currency)} each {price.recurring["interval"]}</td></tr>'
        for price in Price._all()
    )
    sessions = "".join(
        f"<tr><td><code>{escape(s.id[:20])}…</code></td><td>{escape(s.status)}</td>"
        f"<td>{_link(s)}</td><td class='amount'>{money(s.amount_total, s.currency)}</td></tr>"
        for s in reversed([value for key, value in store.items() if key.startswith("checkout.session:")])
    )
    subscriptions = "".join(
        _subscription(each) for key, each in reversed(store.items()) if key.startswith("subscription:")
    )
    events = "".join(_event(d) for d in list(ledger.deliveries.values())[: -_SHOWN - 1 : -1])
    content = (
        f"<h2>Events</h2>{_table(('Time', 'Event', 'Webhook', ''), events)}"
        f"<h2>Subscriptions</h2>{_table(('Subscription', 'State', 'Seats', 'Period ends', ''), subscriptions)}"
        f"<h2>Checkout sessions</h2>{_table(('Session', 'State', '', 'Amount'), sessions)}"
        f"<h2>Prices</h2>{_table(('Price', 'Name', 'Amount'), prices)}"
    )
    return page("Account", content, stand_in="Stripe", note=NOTE, width="wide")


def _table(heads: tuple[str, ...], rows: str) -> str:
    if not rows:
        return '<p class="soft">None yet.</p>'
    shown = "".join(f"<th{' class=amount' if head == 'Amount' else ''}>{head}</th>" for head in heads)
    return f"<table><thead><tr>{shown}</tr></thead><tbody>{rows}</tbody></table>"


def _link(session: CheckoutSession) -> str:
    return f'<a href="{escape(session.url)}">payment page</a>' if session.url else ""


def _subscription(subscription: Any) -> str:  # noqa: ANN401 - localstripe has no types
    ends = datetime.fromtimestamp(subscription.current_period_end, UTC).strftime("%Y-%m-%d")
    is_live = subscription.status in ("active", "past_due")
    state = subscription.status + (", ends then" if is_live and subscription.cancel_at_period_end else "")
    button = (
        f"<form method='post' action='/subscriptions/{escape(subscription.id)}/renew'>"
        "<button class='quiet'>End the period</button></form>"
    )
    return (
        f"<tr><td><code>{escape(subscription.id)}</code></td><td>{escape(state)}</td><td>{subscription.quantity}</td>"
        f"<td>{ends}</td><td>{button if is_live else ''}</td></tr>"
    )


def _event(delivery: Delivery) -> str:
    event = json.loads(delivery.body)
    at = datetime.fromtimestamp(event["created"], UTC).strftime("%H:%M:%S")
    return (
        f"<tr><td>{at}</td><td>{escape(event['type'])}<br><code class='soft'>{escape(event['id'])}</code></td>"
        f"<td>{_state(delivery)}</td><td><form method='post' action='/events/{escape(event['id'])}/resend'>"
        "<button class='quiet'>Send again</button></form></td></tr>"
    )


def _state(delivery: Delivery) -> str:
    tries = "1 try" if delivery.attempts == 1 else f"{delivery.attempts} tries"
    if delivery.last_status is None:
        return "waiting"
    if 200 <= delivery.last_status < 300:
        return f"delivered ({delivery.last_status}, {tries})"
    answered = "nobody answered" if delivery.last_status == 0 else f"answered {delivery.last_status}"
    return f'<span class="wrong">{answered}</span> ({tries})'
