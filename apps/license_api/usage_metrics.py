"""Seats used and bought, by tenant, found out when metrics are scraped: the alert on full licenses reads them."""

import time
from collections.abc import Iterable

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import Sum
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apps.domain.licensing.models import License, LicenseStatus
from apps.domain.licensing.seats.decisions import living_counts
from apps.domain.licensing.seats.terms import seats_of
from apps.domain.operations.redis import CacheUnavailableError, redis_link
from apps.domain.tenancy.scope import platform_scope

# Every pod is scraped; asking twice within this time gives the same answer.
_REMEMBER_S = 15.0


class SeatUsage(Collector):
    """license_seats_used, license_seats_total, license_active_sessions. Says nothing while a store is away."""

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._usage: list[tuple[str, int, int]] = []

    def collect(self) -> Iterable[Metric]:
        if time.monotonic() - self._read_at > _REMEMBER_S:
            try:
                self._usage = _usage()
                self._read_at = time.monotonic()
            except (CacheUnavailableError, DatabaseError):
                return
        used = GaugeMetricFamily("license_seats_used", "Seats in use", labels=["tenant_id"])
        total = GaugeMetricFamily("license_seats_total", "Seats bought, of active licenses", labels=["tenant_id"])
        sessions = GaugeMetricFamily("license_active_sessions", "Living sessions", labels=["tenant_id"])
        for tenant_id, seats_used, seats_total in self._usage:
            used.add_metric([tenant_id], seats_used)
            total.add_metric([tenant_id], seats_total)
            sessions.add_metric([tenant_id], seats_used)
        yield from (used, total, sessions)


def _usage() -> list[tuple[str, int, int]]:
    close_old_connections()
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
    return (SeatUsage(),) if settings.SIGNING_KEY else ()
