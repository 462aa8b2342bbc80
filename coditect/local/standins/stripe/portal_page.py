"""The customer portal: seats, cancellation, card, invoices."""

from datetime import UTC, datetime
from html import escape

from localstripe.errors import UserError
from localstripe.resources import Customer, Invoice, PaymentMethod, Product, Subscription

from coditect.local.standins.page import page
from coditect.local.standins.stripe.checkout_page import NOTE, card, money
from coditect.local.standins.stripe.objects import PortalSession, happened
from coditect.local.standins.stripe.subscriptions import pay_open_invoices


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%-d %B %Y")


def render(session: PortalSession, *, problem: str = "") -> str:
    """The portal of one customer."""
    customer = Customer._api_retrieve(session.customer)
    subscriptions = Subscription._api_list_all(None, customer=customer.id, status="all", limit=99)._list
    content = f'<p class="soft">{escape(customer.email or customer.id)}</p>'
    content += f'<p class="wrong" role="alert">{escape(problem)}</p>' if problem else ""
    content += "".join(_subscription(each) for each in subscriptions) or "<p>There is no subscription.</p>"
    content += _card_form(customer) + _invoices(customer)
    if session.return_url:
        content += f'<a class="button quiet" href="{escape(session.return_url)}">Return</a>'
    return page("Your subscription", content, stand_in="Stripe", note=NOTE)


def _subscription(subscription: Subscription) -> str:
    plan, ends = subscription.plan, _day(subscription.current_period_end)
    title = f"{escape(Product._api_retrieve(plan.product).name)} · {subscription.quantity} seats"
    total = money(plan.amount * subscription.quantity, plan.currency)
    if subscription.status == "canceled":
        return f'<section class="box"><h2>{title}</h2><p>Ended on {_day(subscription.ended_at)}.</p></section>'
    state = (
        f"Ends on {ends}." if subscription.cancel_at_period_end else f"{total} each {plan.interval}, next on {ends}."
    )
    action, words = ("resume", "Keep it") if subscription.cancel_at_period_end else ("cancel", "Cancel at period end")
    hidden = f'<input type="hidden" name="subscription" value="{escape(subscription.id)}">'
    field = f"seats-{escape(subscription.id)}"
    return (
        f'<section class="box"><h2>{title}</h2><p>{escape(state)} <span class="soft">({subscription.status})</span></p>'
        f'<form method="post">{hidden}<label for="{field}">Seats</label><input id="{field}" name="quantity" '
        f'type="number" min="1" max="10000" required value="{subscription.quantity}">'
        f'<button name="action" value="seats">Change seats</button>'
        f'<button class="quiet" name="action" value="{action}" formnovalidate>{words}</button></form></section>'
    )


def _card_form(customer: Customer) -> str:
    default = customer.invoice_settings.get("default_payment_method")
    current = f"Visa ending in {PaymentMethod._api_retrieve(default).card['last4']}" if default else "No card yet"
    return (
        f'<section class="box"><h2>Card</h2><p>{escape(current)}</p><form method="post">'
        '<label for="number">New card number</label><input id="number" name="number" inputmode="numeric" required '
        'autocomplete="cc-number"><div class="pair"><div><label for="expiry">Expiry (MM / YY)</label>'
        '<input id="expiry" name="expiry" required autocomplete="cc-exp"></div>'
        '<div><label for="cvc">Security code</label><input id="cvc" '
        'name="cvc" required autocomplete="cc-csc" maxlength="3"></div></div>'
        '<button name="action" value="card">Use this card</button></form></section>'
    )


def _invoices(customer: Customer) -> str:
    invoices = Invoice._api_list_all(None, customer=customer.id, limit=99)._list
    rows = "".join(
        f"<tr><td>{_day(i.created)}</td><td><code>{escape(i.id)}</code></td><td>{escape(i.status)}</td>"
        f'<td class="amount">{money(i.total, i.currency)}</td></tr>'
        for i in invoices
    )
    head = '<thead><tr><th>Date</th><th>Invoice</th><th>State</th><th class="amount">Total</th></tr></thead>'
    return f"<h2>Invoices</h2><table>{head}<tbody>{rows}</tbody></table>" if rows else ""


def act(session: PortalSession, form: dict[str, str]) -> None:
    """Do what a form of the portal asks. Raises UserError, with nothing changed once its caller undoes it."""
    if form.get("action") == "card":
        _use_card(session, form)
        return
    subscription = Subscription._api_retrieve(form.get("subscription", ""))
    if subscription.customer != session.customer:
        raise UserError(404, "There is no such subscription.")
    match form.get("action"):
        case "seats":
            item = subscription.items._list[0]
            Subscription._api_update(
                subscription.id, items=[{"id": item.id, "price": item.plan.id, "quantity": form.get("quantity")}]
            )
        case "cancel" | "resume" as action:
            Subscription._api_update(subscription.id, cancel_at_period_end=action == "cancel")
        case action:
            raise UserError(400, f"There is no action {action!r}.")


def _use_card(session: PortalSession, form: dict[str, str]) -> None:
    method = PaymentMethod(type="card", card=card(form))
    PaymentMethod._api_attach(method.id, customer=session.customer)
    customer = Customer._api_retrieve(session.customer)
    customer.invoice_settings["default_payment_method"] = method.id
    happened("payment_method.attached", method)
    happened("customer.updated", customer)
    pay_open_invoices(session.customer)
