"""What localstripe has no objects for: prices, checkout sessions, portal sessions; and what its subscriptions lack.

Fields and errors follow Stripe's API reference; parameters that are not listed are refused, as the real service does.
"""

# localstripe has no types: its classes are Any here, and parameters are named as Stripe names them.
# mypy: disable-error-code="misc,no-any-return"
# ruff: noqa: ANN401, A002

import time
from typing import Any
from urllib.parse import urlsplit

from localstripe import resources
from localstripe.errors import UserError
from localstripe.resources import (
    Customer,
    Event,
    List,
    Plan,
    Product,
    StripeObject,
    random_id,
    store,
    try_convert_to_bool,
    try_convert_to_int,
)

_OPEN_S = 24 * 3600  # checkout sessions expire a day after they were made
_PORTAL_S = 5 * 60


def refuse(message: str, *, param: str | None = None, code: str | None = None) -> UserError:
    """An invalid_request_error with status 400."""
    contents = {key: value for key, value in (("code", code), ("param", param)) if value}
    return UserError(400, message, contents)


def happened(kind: str, about: Any, previous: dict[str, Any] | None = None) -> None:
    """Tell of an event. previous: the attributes that an update changed, as they were."""
    event = Event(kind, about)
    if previous is not None:
        event.data["previous_attributes"] = previous
    resources.schedule_webhook(event)


def _known(given: dict[str, Any]) -> None:
    for name in given:
        raise refuse(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")


def _missing(name: str) -> UserError:
    return refuse(f"Missing required param: {name}.", param=name, code="parameter_missing")


def _web_address(value: Any, name: str) -> str:
    if not isinstance(value, str) or urlsplit(value).scheme not in ("http", "https"):
        raise refuse("Not a valid URL", param=name, code="url_invalid")
    return value


class Price(StripeObject):
    """A recurring price per unit. Beneath it is a plan of the same id, as localstripe's subscriptions need."""

    object = "price"
    _id_prefix = "price_"

    def __init__(
        self,
        id: str | None = None,
        product: str | None = None,
        product_data: dict[str, Any] | None = None,
        unit_amount: Any = None,
        currency: str | None = None,
        recurring: dict[str, Any] | None = None,
        nickname: str | None = None,
        lookup_key: str | None = None,
        metadata: dict[str, str] | None = None,
        active: Any = True,
        tax_behavior: str = "unspecified",
        billing_scheme: str = "per_unit",
        **unknown: Any,
    ) -> None:
        _known(unknown)
        amount = try_convert_to_int(unit_amount)
        if not isinstance(currency, str):
            raise _missing("currency")
        if not isinstance(amount, int) or amount < 0:
            raise refuse("Invalid integer: unit_amount", param="unit_amount", code="parameter_invalid_integer")
        if not isinstance(recurring, dict) or recurring.get("interval") not in ("day", "week", "month", "year"):
            raise refuse("This stand-in knows recurring prices alone: give recurring[interval].", param="recurring")
        if billing_scheme != "per_unit":
            raise refuse("This stand-in knows billing_scheme=per_unit alone.", param="billing_scheme")
        if product is None:
            if not isinstance(product_data, dict):
                raise _missing("product")
            product = Product(**product_data).id
        Product._api_retrieve(product)
        if lookup_key and any(each.lookup_key == lookup_key for each in Price._all()):
            raise refuse(f"A price already uses the lookup key {lookup_key!r}.", param="lookup_key")
        super().__init__(id)
        self.product = product
        self.unit_amount = amount
        self.unit_amount_decimal = str(amount)
        self.currency = currency.lower()
        self.recurring = {
            "interval": recurring["interval"],
            "interval_count": try_convert_to_int(recurring.get("interval_count", 1)),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }
        self.nickname = nickname
        self.lookup_key = lookup_key
        self.metadata = metadata or {}
        self.active = try_convert_to_bool(active)
        self.tax_behavior = tax_behavior
        self.billing_scheme = billing_scheme
        self.custom_unit_amount = None
        self.tiers_mode = None
        self.transform_quantity = None
        self.type = "recurring"
        if f"plan:{self.id}" not in store:
            Plan(
                id=self.id,
                product=product,
                amount=amount,
                currency=self.currency,
                interval=self.recurring["interval"],
                interval_count=self.recurring["interval_count"],
                nickname=nickname,
            )
        happened("price.created", self)

    @classmethod
    def _all(cls) -> list[Any]:
        return [value for key, value in store.items() if key.startswith("price:")]

    @classmethod
    def _of_plan(cls, plan: Any) -> "Price | None":
        """None for a plan that was made as a plan, in Stripe's older way."""
        return store.get(f"price:{plan.id}")

    @classmethod
    def _api_update(cls, id: str, **given: Any) -> "Price":
        price = cls._api_retrieve(id)
        changes = {name: given.pop(name) for name in ("active", "nickname", "lookup_key", "metadata") if name in given}
        _known(given)
        if "active" in changes:
            changes["active"] = try_convert_to_bool(changes["active"])
        price._update(**changes)
        happened("price.updated", price)
        return price

    @classmethod
    def _api_delete(cls, id: str) -> None:
        raise UserError(405, "Prices cannot be deleted: set active to false.")

    @classmethod
    def _api_list_all(cls, url: str, limit: Any = None, starting_after: str | None = None, **given: Any) -> Any:
        found = cls._all()
        if (active := given.pop("active", None)) is not None:
            found = [price for price in found if price.active == try_convert_to_bool(active)]
        if (keys := given.pop("lookup_keys", None)) is not None:
            found = [price for price in found if price.lookup_key in keys]
        for name in ("product", "currency", "type"):
            if (wanted := given.pop(name, None)) is not None:
                found = [price for price in found if getattr(price, name) == wanted]
        _known(given)
        listed = List(url, limit=limit, starting_after=starting_after)
        listed._list = found
        return listed


class CheckoutSession(StripeObject):
    """One visit to the hosted payment page, for a subscription. `url` stands only while it is open."""

    object = "checkout.session"
    _id_prefix = "cs_test_"
    # Given and shown, without any effect here.
    _ECHOED = (
        "allow_promotion_codes",
        "automatic_tax",
        "billing_address_collection",
        "client_reference_id",
        "consent_collection",
        "customer_update",
        "locale",
        "payment_method_collection",
        "payment_method_types",
        "submit_type",
        "tax_id_collection",
    )

    def __init__(self, *, page_url: str, **given: Any) -> None:
        if (mode := given.pop("mode", None)) != "subscription":
            raise refuse(f"This stand-in knows mode=subscription alone, not {mode!r}.", param="mode")
        lines = given.pop("line_items", None)
        if not isinstance(lines, list) or len(lines) != 1:
            raise refuse("This stand-in takes exactly one line item.", param="line_items")
        line = dict(lines[0])
        price = Price._api_retrieve(str(line.pop("price", "")))
        quantity = try_convert_to_int(line.pop("quantity", 1))
        _known(line)
        if not isinstance(quantity, int) or quantity < 1:
            raise refuse("Invalid integer: quantity", param="line_items[0][quantity]")
        if not price.active:
            raise refuse(f"The price {price.id} is not active.", param="line_items[0][price]")
        success_url = _web_address(given.pop("success_url", None), "success_url")
        cancel_url = given.pop("cancel_url", None)
        customer, email = given.pop("customer", None), given.pop("customer_email", None)
        if customer and email:
            raise refuse("You may only specify one of these parameters: customer, customer_email.", param="customer")
        if customer:
            Customer._api_retrieve(customer)
        metadata = given.pop("metadata", None) or {}
        subscription_data = given.pop("subscription_data", None) or {}
        subscription_metadata = subscription_data.pop("metadata", None) or {}
        _known(subscription_data)
        expires_at = try_convert_to_int(given.pop("expires_at", None)) or int(time.time()) + _OPEN_S
        echoed = {name: given.pop(name, None) for name in self._ECHOED}
        _known(given)

        super().__init__(f"cs_test_{random_id(58)}")
        self.__dict__.update(echoed)
        self.mode = "subscription"
        self.success_url = success_url
        self.cancel_url = None if cancel_url is None else _web_address(cancel_url, "cancel_url")
        self.customer = customer
        self.customer_email = email
        self.customer_details = None if email is None else {"email": email, "name": None}
        self.metadata = metadata
        self.currency = price.currency
        self.amount_subtotal = self.amount_total = price.unit_amount * quantity
        self.expires_at = expires_at
        self.status = "open"
        self.payment_status = "unpaid"
        self.subscription = None
        self.invoice = None
        self.payment_intent = None
        self.ui_mode = "hosted_page"
        self.url: str | None = f"{page_url}/c/pay/{self.id}"
        self._price = price.id
        self._quantity = quantity
        self._subscription_metadata = subscription_metadata

    def _look(self) -> "CheckoutSession":
        """Itself, expired if its time is over."""
        if self.status == "open" and self.expires_at <= time.time():
            self._expire()
        return self

    def _expire(self) -> None:
        self.status, self.url = "expired", None
        happened("checkout.session.expired", self)

    def _lines(self) -> Any:
        price = Price._api_retrieve(self._price)
        listed = List(f"/v1/checkout/sessions/{self.id}/line_items")
        listed._list = [LineItem(session=self, price=price)]
        return listed

    def _export(self, expand: list[str] | None = None) -> dict[str, Any]:
        wanted = list(expand or [])
        with_lines = any(path.split(".")[0] == "line_items" for path in wanted)
        shown = super()._export(expand=[path for path in wanted if path.split(".")[0] != "line_items"])
        if with_lines:
            shown["line_items"] = self._lines()._export()
        return shown

    @classmethod
    def _api_retrieve(cls, id: str) -> "CheckoutSession":
        return super()._api_retrieve(id)._look()

    @classmethod
    def _api_expire(cls, id: str) -> "CheckoutSession":
        session = cls._api_retrieve(id)
        if session.status != "open":
            raise refuse(f'Only Checkout Sessions with a status in ["open"] can be expired: this is {session.status}.')
        session._expire()
        return session

    @classmethod
    def _api_line_items(cls, id: str, **_page: Any) -> Any:
        return cls._api_retrieve(id)._lines()

    @classmethod
    def _api_list_all(cls, url: str, limit: Any = None, starting_after: str | None = None, **given: Any) -> Any:
        found = [value._look() for key, value in list(store.items()) if key.startswith(f"{cls.object}:")]
        for name in ("customer", "subscription", "status"):
            if (wanted := given.pop(name, None)) is not None:
                found = [session for session in found if getattr(session, name) == wanted]
        _known(given)
        listed = List(url, limit=limit, starting_after=starting_after)
        listed._list = found[::-1]
        return listed


class LineItem(StripeObject):
    """A line of a checkout session. It is made when asked for, and kept nowhere."""

    object = "item"

    def __init__(self, *, session: CheckoutSession, price: Price) -> None:
        self.id = f"li_{session.id.removeprefix('cs_test_')[:14]}"
        self.price = price
        self.quantity = session._quantity
        self.currency = price.currency
        self.description = Product._api_retrieve(price.product).name
        self.amount_subtotal = self.amount_total = session.amount_total
        self.amount_discount = self.amount_tax = 0


class PortalSession(StripeObject):
    """A short-lived way into the customer portal. The address itself is the pass, as at Stripe."""

    object = "billing_portal.session"
    _id_prefix = "bps_"

    def __init__(
        self, *, page_url: str, customer: str | None = None, return_url: str | None = None, **given: Any
    ) -> None:
        for name in ("configuration", "locale"):
            given.pop(name, None)
        _known(given)
        if not customer:
            raise _missing("customer")
        Customer._api_retrieve(customer)
        super().__init__()
        self.customer = customer
        self.return_url = None if return_url is None else _web_address(return_url, "return_url")
        self.configuration = "bpc_stand_in"
        self.flow = None
        self.locale = None
        self._secret = f"test_{random_id(40)}"
        self.url = f"{page_url}/p/session/{self._secret}"

    @classmethod
    def _by_secret(cls, secret: str) -> "PortalSession | None":
        for key, session in store.items():
            if key.startswith("billing_portal.session:") and session._secret == secret:
                return session if session.created + _PORTAL_S > time.time() else None
        return None
