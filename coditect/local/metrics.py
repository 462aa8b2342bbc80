"""The metrics of every process in one text, as a collector gathers them: each sample says which process it is of."""

import http.client
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from coditect.local.control import ControlError
from coditect.local.platform import Platform
from coditect.local.process import LOOPBACK
from coditect.naming import unknown

_PORT = "metrics"
_TIMEOUT_S = 2.0


def gathered(platform: Platform, process: str | None = None) -> str:
    """Prometheus' text format, each family once. process: of this one alone. A process that is silent is a comment.

    Raises ControlError for a process that has no metrics.
    """
    ports = {
        name: launch.ports[_PORT]
        for name, launch in platform.launches().items()
        if _PORT in launch.ports and name in platform.units
    }
    if process is not None and process not in ports:
        raise ControlError(unknown(process, ports, what="process with metrics")).of_usage()
    told = {name: _scrape(port) for name, port in ports.items() if process in (None, name)}
    return joined(told)


def joined(told: dict[str, str | None]) -> str:
    """One text of what each process tells; None of one that does not answer."""
    families: dict[str, Metric] = {}
    silent = []
    for name, content in told.items():
        if content is None:
            silent.append(f"# {name} does not answer on its metrics port\n")
            continue
        for family in text_string_to_metric_families(content):
            kept = families.setdefault(family.name, Metric(family.name, family.documentation, family.type, family.unit))
            kept.samples += [sample._replace(labels={"process": name, **sample.labels}) for sample in family.samples]
    registry = CollectorRegistry()
    registry.register(_Families(families.values()))
    return "".join(silent) + generate_latest(registry).decode()


class _Families(Collector):
    """Families that were read elsewhere, for the library that writes them."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _scrape(port: int) -> str | None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
