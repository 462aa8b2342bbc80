"""The hosted payment page of a checkout session."""

from html import escape

from localstripe.errors import UserError
from localstripe.resources import Customer, Invoice, PaymentMethod, Product, Subscription

from coditect.local.standins.page import page
from coditect.local.standins.stripe.objects import CheckoutSession, Price, happened

NOTE = (
    "No card is charged. 4242 4242 4242 4242 pays; 4000 0000 0000 0002 is declined; 4000 0000 0000 0341 fails to pay."
)


def money(amount: int, currency: str) -> str:
    """An amount of the currency's smallest unit, for people."""
    return f"{amount / 100:,.2f} {currency.upper()}"


def completed_url(session: CheckoutSession) -> str:
    return str(session.success_url).replace("{CHECKOUT_SESSION_ID}", session.id)


def render(session: CheckoutSession, *, problem: str = "", email: str = "") -> str:
    """The page as its state is: the form while it is open."""
    price = Price._api_retrieve(session._price)
    product = Product._api_retrieve(price.product)
    interval = price.recurring["interval"]
    summary = (
        f'<p class="soft">{escape(product.name)}</p><table><thead><tr><th>Item</th><th class="amount">Seats</th>'
        f'<th class="amount">Each {escape(interval)}</th></tr></thead><tbody><tr>'
        f"<td>{escape(price.nickname or product.name)}<br>"
        f'<span class="soft">{money(price.unit_amount, price.currency)} a seat</span></td>'
        f'<td class="amount">{session._quantity}</td>'
        f'<td class="amount"><strong>{money(session.amount_total, price.currency)}</strong></td></tr></tbody></table>'
    )
    if session.status == "complete":
        after = f'<p>This is paid.</p><a class="button" href="{escape(completed_url(session))}">Continue</a>'
        return page("Paid", summary + after, stand_in="Stripe", note=NOTE, width="narrow")
    if session.status == "expired":
        gone = "<p>This page has expired. Go back and begin again.</p>"
        return page("Expired", summary + gone, stand_in="Stripe", note=NOTE, width="narrow")
    return page("Subscribe", summary + _form(session, problem, email), stand_in="Stripe", note=NOTE, width="narrow")


def _form(session: CheckoutSession, problem: str, email: str) -> str:
    fixed = Customer._api_retrieve(session.customer).email if session.customer else session.customer_email
    shown = escape(fixed or email)
    back = f'<a class="button quiet" href="{escape(session.cancel_url)}">Back</a>' if session.cancel_url else ""
    return (
        (f'<p class="wrong" role="alert">{escape(problem)}</p>' if problem else "")
        + '<form method="post">'
        + f'<label for="email">Email</label><input id="email" name="email" type="email" autocomplete="email" required '
        f'value="{shown}"{" readonly" if fixed else ""}>'
        + '<label for="number">Card number</label><input id="number" name="number" inputmode="numeric" '
        'autocomplete="cc-number" required placeholder="4242 4242 4242 4242" maxlength="19">'
        + '<div class="pair"><div><label for="expiry">Expiry (MM / YY)</label><input id="expiry" name="expiry" '
        'inputmode="numeric" autocomplete="cc-exp" required placeholder="12 / 30"></div><div>'
        '<label for="cvc">Security code</label><input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc" '
        'required placeholder="123" maxlength="3"></div></div>'
        + '<label for="name">Name on card</label><input id="name" name="name" autocomplete="cc-name" required>'
        + f'<button type="submit">Pay {money(session.amount_total, session.currency)}</button>{back}</form>'
    )


def card(form: dict[str, str]) -> dict[str, str | int]:
    """The card of a form, as a payment method takes it. Raises UserError, in words for the page."""
    month, _, year = form.get("expiry", "").replace(" ", "").partition("/")
    number = form.get("number", "").replace(" ", "").replace("-", "")
    if not number.isdecimal() or len(number) != 16:
        raise UserError(402, "Your card number is incomplete.")
    if not (month.isdecimal() and year.isdecimal() and 1 <= int(month) <= 12):
        raise UserError(402, "Your card's expiration date is incomplete.")
    if not form.get("cvc", "").isdecimal() or len(form["cvc"]) != 3:
        raise UserError(402, "Your card's security code is incomplete.")
    return {"number": number, "exp_month": int(month), "exp_year": int(year), "cvc": form["cvc"]}


def pay(session: CheckoutSession, form: dict[str, str]) -> None:
    """Take the card, start the subscription, and complete the session.

    Raises UserError when the card is not taken; what was changed until then must be undone (Ledger.restore).
    """
    method = PaymentMethod(
        type="card", card=card(form), billing_details={"email": form.get("email"), "name": form.get("name")}
    )
    if session.customer is None:
        session.customer = Customer(
            email=session.customer_email or form.get("email"), name=form.get("name"), metadata={}
        ).id
    customer = Customer._api_retrieve(session.customer)
    PaymentMethod._api_attach(method.id, customer=customer.id)
    customer.invoice_settings["default_payment_method"] = method.id
    subscription = Subscription._api_create(
        customer=customer.id,
        items=[{"price": session._price, "quantity": session._quantity}],
        metadata=session._subscription_metadata,
        payment_behavior="error_if_incomplete",
    )
    if subscription.status != "active":
        charge = Invoice._api_retrieve(subscription.latest_invoice).charge
        if charge is not None and charge.status == "failed":
            raise UserError(402, "Your card was declined.")
        raise UserError(402, "Your card needs a further confirmation, which this stand-in does not have.")
    session.status, session.payment_status, session.url = "complete", "paid", None
    session.subscription, session.invoice = subscription.id, subscription.latest_invoice
    session.customer_details = {"email": customer.email, "name": form.get("name")}
    happened("checkout.session.completed", session)
