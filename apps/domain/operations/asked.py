"""Metrics that are found out when they are scraped: what the stores know, and no process counts."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable

from django.db import DatabaseError, close_old_connections
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apps.domain.operations.database import DatabaseUnavailableError
from apps.domain.operations.redis import CacheUnavailableError

# Every pod is scraped; asking twice within this time gives the same answer.
_REMEMBER_S = 15.0


class Asked(Collector, ABC):
    """Asks when it is scraped, and remembers. Says nothing while a store is away.

    Every pod says the same: PromQL takes the maximum over them.
    """

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._found: tuple[Metric, ...] = ()

    @abstractmethod
    def families(self) -> tuple[GaugeMetricFamily, ...]:
        """The metrics by name, without a sample."""

    @abstractmethod
    def fill(self, *families: GaugeMetricFamily) -> None:
        """Ask, and add the samples."""

    def describe(self) -> Iterable[Metric]:
        return self.families()

    def collect(self) -> Iterable[Metric]:
        if time.monotonic() - self._asked_at > _REMEMBER_S:
            families = self.families()
            close_old_connections()
            try:
                self.fill(*families)
            except (CacheUnavailableError, DatabaseError, DatabaseUnavailableError):
                return
            self._found, self._asked_at = families, time.monotonic()
        yield from self._found
