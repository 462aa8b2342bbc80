"""Every metric that a dashboard, an alert or a runbook names is one that somebody emits.

Ours are read from the processes' own registries. Google's stand in google_monitoring.py, each with its source.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from coditect.graph.configuration import ROOT
from coditect.graph.model import Graph
from coditect.graph.values import items, text
from infra.catalog.services import SERVICES
from tests.infra import registered_metrics
from tests.infra.google_monitoring import KUBE_STATE, MONITORED_RESOURCES, RESOURCE_OF
from tests.infra.test_observability import POLICY, condition

Captured = Callable[[str], Graph]
DASHBOARD = "gcp:monitoring/dashboard:Dashboard"

_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
# Which labels stand here names no metric: grouping and matching.
_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_BRACES = re.compile(r"\{[^}]*\}")
_RANGE = re.compile(r"\[[^\]]*\]")
_NAME = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*")
_WORDS = frozenset({"and", "or", "unless", "bool", "offset"})


def metrics(query: str) -> set[str]:
    """Names of the metrics that a PromQL query reads."""
    bare = _RANGE.sub("", _BRACES.sub("{}", _LABELS.sub("", _QUOTED.sub('""', query))))
    return {
        found[0]
        for found in _NAME.finditer(bare)
        if found[0] not in _WORDS and not bare[found.end() :].lstrip().startswith("(")
    }


@cache
def ours() -> frozenset[str]:
    """What our processes show, asked once in a run."""
    return registered_metrics.names()


def queries(graph: Graph) -> Iterator[tuple[str, str]]:
    """Who asks, and what: every alert and every line of every dashboard."""
    for node in graph.of_type(POLICY):
        yield node.name, text(condition(node), "query")
    for node in graph.of_type(DASHBOARD):
        for tile in json.loads(text(node.inputs, "dashboardJson"))["mosaicLayout"]["tiles"]:
            for line in tile["widget"]["xyChart"]["dataSets"]:
                yield f"{node.name}: {tile['widget']['title']}", line["timeSeriesQuery"]["prometheusQuery"]


def counted(graph: Graph) -> set[str]:
    """Metrics that the graph itself makes, from log entries."""
    return {
        f"logging_googleapis_com:user_{text(node.inputs, 'name')}"
        for node in graph.of_type("gcp:logging/metric:Metric")
    }


def test_every_metric_of_an_alert_or_a_dashboard_is_emitted(graph: Graph) -> None:
    state = {name for names in KUBE_STATE.values() for name in names}
    known = ours() | RESOURCE_OF.keys() | state | counted(graph)
    unknown = [f"{who}: {name}" for who, query in queries(graph) for name in sorted(metrics(query) - known)]
    assert unknown == []


def test_every_metric_of_a_runbook_is_emitted(captured: Captured) -> None:
    known = ours() | RESOURCE_OF.keys() | {name for names in KUBE_STATE.values() for name in names}
    blocks = [
        (page.name, block)
        for page in sorted((ROOT / "docs" / "runbooks").glob("*.md"))
        for block in re.findall(r"```promql\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    assert blocks
    assert [f"{page}: {name}" for page, block in blocks for name in sorted(metrics(block) - known)] == []


def test_a_metric_of_googles_is_asked_for_with_the_type_of_resource_that_it_has(graph: Graph) -> None:
    for who, query in queries(graph):
        assert set(re.findall(r'monitored_resource="([^"]+)"', query)) <= MONITORED_RESOURCES, who
        for name, labels in re.findall(r"\b([a-z_]+:\w+)\{([^}]*)\}", query):
            if name in RESOURCE_OF:
                assert f'monitored_resource="{RESOURCE_OF[name]}"' in labels, f"{who}: {name}"


def test_the_cluster_enables_every_package_of_state_that_is_read(graph: Graph) -> None:
    (cluster,) = graph.of_type("gcp:container/cluster:Cluster")
    enabled = set(items(cluster.inputs, "monitoringConfig", "enableComponents"))
    read = {name for _, query in queries(graph) for name in metrics(query)}
    packages = {package for package, names in KUBE_STATE.items() if names & read}
    assert packages
    assert packages <= enabled


def test_a_service_whose_metrics_are_read_is_scraped() -> None:
    scraped = {service.name for service in SERVICES if service.metrics_port is not None}
    assert {"gateway-backend", "license-backend"} <= scraped


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('sum by (service) (rate(http_requests_total{status=~"5.."}[5m])) > 0.05', {"http_requests_total"}),
        ("max by (a) (x / y) >= 1", {"x", "y"}),
        ('(count(count by (host) (u:v{w="z"} == 0)) or vector(0)) < 9', {"u:v"}),
        ("histogram_quantile(0.5, sum by (le) (rate(s_bucket[1h])))", {"s_bucket"}),
        ('absent_over_time(a:b{c=~"d-.*"}[10m]) and on (e) f unless g', {"a:b", "f", "g"}),
    ],
)
def test_the_names_in_a_query_are_found(query: str, names: set[str]) -> None:
    assert metrics(query) == names


def test_what_is_ours_is_read_from_the_processes_themselves() -> None:
    assert ours() >= {
        "http_requests_total",
        "http_request_duration_seconds_bucket",
        "license_seats_used",
        "license_signing_seconds_count",
        "gateway_active_users",
    }
    assert "license_session_duration_seconds_bucket" not in ours()  # once on a dashboard, and emitted by nobody
