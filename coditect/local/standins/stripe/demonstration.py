"""What the demonstration sells. The amounts are examples: CODITECT's own prices stand in its real Stripe account."""

from localstripe.resources import Product, store

from coditect.local.standins.stripe.objects import Price

# The price id is the specification's (POST /stripe/create-checkout).
_PRODUCT = "prod_coditect_pro"
_PRICES = (("price_1ProSeat50", "month", 5_000), ("price_1ProSeat50Yearly", "year", 50_000))


def seed() -> None:
    """The product and its prices, where they are not there yet. Their events are not told: nobody waits for them."""
    if f"product:{_PRODUCT}" not in store:
        Product(id=_PRODUCT, name="CODITECT Pro", description="Floating seats")
    for price, interval, amount in _PRICES:
        if f"price:{price}" not in store:
            Price(
                id=price,
                product=_PRODUCT,
                unit_amount=amount,
                currency="usd",
                recurring={"interval": interval},
                nickname=f"Pro seat, {interval}ly",
                lookup_key=f"pro-{interval}ly",
            )
