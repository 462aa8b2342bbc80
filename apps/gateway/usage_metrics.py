"""Who uses the site, and how many checkouts end in a payment: the site's dashboard reads them."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.domain.accounts.services import signed_in_since
from apps.domain.billing.services import ended_checkouts
from apps.domain.operations.asked import Asked

_DAY = timedelta(days=1)


class SiteUsage(Asked):
    """gateway_active_users, gateway_checkouts."""

    def families(self) -> tuple[GaugeMetricFamily, ...]:
        return (
            GaugeMetricFamily("gateway_active_users", "Users who signed in within the lifetime of a token"),
            GaugeMetricFamily(
                "gateway_checkouts", "Stripe's checkouts that ended within the last day", labels=["outcome"]
            ),
        )

    def fill(self, *families: GaugeMetricFamily) -> None:
        users, checkouts = families
        now = timezone.now()
        users.add_metric([], signed_in_since(now - settings.JWT_LIFETIME))
        for outcome, count in ended_checkouts(since=now - _DAY).items():
            checkouts.add_metric([outcome], count)


def collectors() -> tuple[Collector, ...]:
    """The back end alone takes payments."""
    return (SiteUsage(),) if settings.STRIPE_WEBHOOK_SECRET else ()
