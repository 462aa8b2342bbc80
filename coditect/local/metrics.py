"""The metrics of every process in one text, as a collector gathers them: each sample says which process it is of."""

import http.client
from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from coditect.local.platform import Platform
from coditect.local.process import LOOPBACK

_PORT = "metrics"
_TIMEOUT_S = 2.0


def gathered(platform: Platform, process: str | None = None) -> str:
    """Prometheus' text format. process: of this one alone. A process that does not answer is a comment."""
    lines: list[str] = []
    for name, launch in platform.launches().items():
        port = launch.ports.get(_PORT)
        if port is None or process not in (None, name) or name not in platform.units:
            continue
        told = _scrape(port)
        if told is None:
            lines.append(f"# {name} does not answer on its metrics port {port}")
            continue
        for family in text_string_to_metric_families(told):
            lines.extend(_lines(family, name))
    return "\n".join(lines)


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


def _lines(family: Metric, process: str) -> Iterator[str]:
    for sample in family.samples:
        yield f"{sample.name}{{{_labels(sample, process)}}} {sample.value:g}"


def _labels(sample: Sample, process: str) -> str:
    labels = {"process": process, **sample.labels}
    escaped = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, value in labels.items()
    }
    return ",".join(f'{name}="{value}"' for name, value in escaped.items())
