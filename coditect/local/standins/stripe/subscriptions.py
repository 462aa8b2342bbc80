"""localstripe's subscriptions in today's words: items have prices and periods, and a change is an event.

localstripe speaks of plans, knows no price, and tells nobody of an update.
"""

# localstripe has no types: its classes are Any here, and parameters are named as Stripe names them.
# ruff: noqa: ANN401, A002

import time
from typing import Any

from localstripe.errors import UserError
from localstripe.resources import Invoice, Subscription, SubscriptionItem, store

from coditect.local.standins.stripe.objects import Price, happened, refuse

# Parameters that Stripe knows and that change nothing here.
_WITHOUT_EFFECT = ("payment_settings", "expand", "description", "proration_behavior", "payment_behavior", "off_session")


def _with_plans(given: dict[str, Any]) -> dict[str, Any]:
    """The parameters as localstripe reads them: a price is a plan of the same id."""
    items = given.get("items")
    if not isinstance(items, list):
        return given
    translated = []
    for item in items:
        item = dict(item)
        if (price := item.pop("price", None)) is not None:
            item["plan"] = Price._api_retrieve(price).id
        translated.append(item)
    return given | {"items": translated}


def _create(**given: Any) -> Any:
    for name in ("payment_settings", "description", "off_session", "default_payment_method"):
        given.pop(name, None)
    return Subscription(**_with_plans(given))


def _update(id: str, **given: Any) -> Any:
    subscription = Subscription._api_retrieve(id)
    if subscription.status in ("canceled", "incomplete_expired"):
        raise refuse("A canceled subscription can only update its cancellation_details and metadata.")
    before = subscription._export()
    item = subscription.items._list[0]
    for name in _WITHOUT_EFFECT:
        given.pop(name, None)
    try:
        subscription._update(**_with_plans(given))
    except TypeError as error:
        raise refuse(f"Received unknown parameter: {error}", code="parameter_unknown") from None
    changed = subscription.items._list[0]
    if changed is not item:  # localstripe makes a new item of every change; at Stripe an item keeps its id
        del store[f"subscription_item:{changed.id}"]
        changed.id, changed.created = item.id, item.created
        store[f"subscription_item:{item.id}"] = changed
    if subscription.cancel_at_period_end and subscription.canceled_at is None:
        subscription.canceled_at, subscription.cancel_at = int(time.time()), subscription.current_period_end
    elif given.get("cancel_at_period_end") is not None and not subscription.cancel_at_period_end:
        subscription.canceled_at = subscription.cancel_at = None
    _tell_change(subscription, before)
    return subscription


def _tell_change(subscription: Any, before: dict[str, Any]) -> None:
    after = subscription._export()
    previous = {name: value for name, value in before.items() if after.get(name) != value}
    if previous:
        happened("customer.subscription.updated", subscription, previous)


def _cancel(id: str) -> Any:
    subscription = Subscription._api_retrieve(id)
    if subscription.status == "canceled":
        raise UserError(404, f"No such subscription: '{id}'", {"code": "resource_missing", "param": "id"})
    subscription.status = "canceled"
    subscription.ended_at = int(time.time())
    subscription.canceled_at = subscription.canceled_at or subscription.ended_at
    happened("customer.subscription.deleted", subscription)
    return subscription


def renew(id: str) -> None:
    """What the end of a period brings: the next invoice is paid from the card on file, or the subscription ends.

    Where the card fails, `invoice.payment_failed` is told and the subscription is past due. Raises UserError.
    """
    subscription = Subscription._api_retrieve(id)
    if subscription.status not in ("active", "past_due"):
        raise refuse(f"A subscription that is {subscription.status} has no next period.")
    if subscription.cancel_at_period_end:
        _cancel(id)
        return
    before = subscription._export()
    subscription._period_start = subscription.current_period_end
    subscription._create_invoice()
    invoice = Invoice._api_retrieve(subscription.latest_invoice)
    if invoice.status != "paid":
        subscription.status = "past_due"
        happened("invoice.payment_failed", invoice)
    _tell_change(subscription, before)


def pay_open_invoices(customer: str) -> None:
    """Try again what is owed for subscriptions, with the card on file now."""
    for invoice in Invoice._api_list_all(None, customer=customer, limit=99)._list:
        if invoice.status == "open" and invoice.subscription is not None:
            before = (
                None if invoice.subscription is None else Subscription._api_retrieve(invoice.subscription)._export()
            )
            Invoice._api_pay_invoice(invoice.id)
            if invoice.status != "paid":
                happened("invoice.payment_failed", invoice)
            elif before is not None:
                _tell_change(Subscription._api_retrieve(invoice.subscription), before)


_paid = Invoice._on_payment_success
_period = SubscriptionItem._current_period


def _on_payment_success(invoice: Any) -> None:
    _paid(invoice)
    happened("invoice.paid", invoice)


def _current_period(item: Any) -> Any:
    """localstripe knows the first period alone."""
    subscription = Subscription._api_retrieve(item._subscription)
    if getattr(subscription, "_period_start", None) is None:
        return _period(item)
    started, subscription.start_date = subscription.start_date, subscription._period_start
    try:
        return _period(item)
    finally:
        subscription.start_date = started


def modernise() -> None:
    """Change localstripe's classes, once, before anything is read."""
    Subscription._api_create = staticmethod(_create)
    Subscription._api_update = staticmethod(_update)
    Subscription._api_delete = staticmethod(_cancel)
    Invoice._on_payment_success = _on_payment_success
    SubscriptionItem._current_period = _current_period
    Subscription.collection_method = "charge_automatically"
    Subscription.currency = property(lambda self: self.plan.currency)
    Subscription.default_payment_method = None
    SubscriptionItem.price = property(lambda self: Price._of_plan(self.plan))
    SubscriptionItem.subscription = property(lambda self: self._subscription)
    SubscriptionItem.current_period_start = property(lambda self: self._current_period()["start"])
    SubscriptionItem.current_period_end = property(lambda self: self._current_period()["end"])
