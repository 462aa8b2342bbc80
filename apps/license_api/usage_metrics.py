"""Seats used and bought, by tenant, and how long sessions lasted: alerts and dashboards read them."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.domain.licensing.models import License, LicenseStatus
from apps.domain.licensing.seats.decisions import living_counts
from apps.domain.licensing.seats.terms import seats_of
from apps.domain.licensing.selectors import session_seconds
from apps.domain.operations.asked import Asked
from apps.domain.operations.redis import redis_link
from apps.domain.tenancy.scope import platform_scope

_QUANTILES = (0.5, 0.95)
_ENDED_WITHIN = timedelta(hours=1)


class SeatUsage(Asked):
    """license_seats_used, license_seats_total, license_active_sessions."""

    def families(self) -> tuple[GaugeMetricFamily, ...]:
        return (
            GaugeMetricFamily("license_seats_used", "Seats in use", labels=["tenant_id"]),
            GaugeMetricFamily("license_seats_total", "Seats bought, of active licenses", labels=["tenant_id"]),
            GaugeMetricFamily("license_active_sessions", "Living sessions", labels=["tenant_id"]),
        )

    def fill(self, *families: GaugeMetricFamily) -> None:
        used, total, sessions = families
        for tenant_id, seats_used, seats_total in _usage():
            used.add_metric([tenant_id], seats_used)
            total.add_metric([tenant_id], seats_total)
            sessions.add_metric([tenant_id], seats_used)


class SessionDurations(Asked):
    """license_session_duration_seconds. No process sees a whole session, and expiry is seen by none that is scraped."""

    def families(self) -> tuple[GaugeMetricFamily, ...]:
        return (
            GaugeMetricFamily(
                "license_session_duration_seconds",
                "Seconds that sessions lasted which ended within the last hour",
                labels=["quantile"],
            ),
        )

    def fill(self, *families: GaugeMetricFamily) -> None:
        lasted = session_seconds(ended_since=timezone.now() - _ENDED_WITHIN, quantiles=_QUANTILES)
        for quantile, seconds in zip(_QUANTILES, lasted, strict=False):
            families[0].add_metric([str(quantile)], seconds)


def _usage() -> list[tuple[str, int, int]]:
    with platform_scope():
        bought = {
            row["tenant_id"]: row["seats"]
            for row in License.objects.filter(status=LicenseStatus.ACTIVE)
            .values("tenant_id")
            .annotate(seats=Sum("seats_total"))
        }
        licenses = list(License.objects.filter(status=LicenseStatus.ACTIVE).values_list("tenant_id", "id"))
    used = dict.fromkeys(bought, 0)
    counts = living_counts(redis_link(), [seats_of(*row) for row in licenses])
    for (tenant_id, _), count in zip(licenses, counts, strict=True):
        used[tenant_id] += count or 0
    return [(str(tenant_id), used[tenant_id], seats) for tenant_id, seats in bought.items()]


def collectors() -> tuple[Collector, ...]:
    """The back end alone knows of seats."""
    return (SeatUsage(), SessionDurations()) if settings.SIGNING_KEY else ()
