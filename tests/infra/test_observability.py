"""Alerts, uptime checks and dashboards."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import SECRET, Json, items, lookup, text
from infra.catalog import CATALOG
from infra.catalog.operations import Channel, Subject
from infra.components.hosts import host_name
from infra.components.observability import ObservabilityArgs
from infra.components.observability_changes import CHANGES
from infra.settings import SettingsError
from infra.settings.foundation import Domains
from infra.settings.traffic import Observability as ObservabilitySettings

POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
CHECK = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
ROOT = Path(__file__).parent.parent.parent
Captured = Callable[[str], Graph]


def condition(node: Node) -> Json:
    return lookup(node.inputs, "conditions", 0, "conditionPrometheusQueryLanguage")


def has_replica(graph: Graph) -> bool:
    return any(node.input("masterInstanceName") for node in graph.of_type("gcp:sql/databaseInstance:DatabaseInstance"))


def policy(graph: Graph, name: str) -> Node:
    return graph.find(POLICY, f"observability-alert-{name}")


def test_each_alert_of_the_catalogue_fires_on_its_query_for_its_time_and_names_its_runbook(graph: Graph) -> None:
    for alert in CATALOG.alerts:
        if alert.subject is Subject.REPLICA and not has_replica(graph):
            continue
        node = policy(graph, alert.name)
        assert text(condition(node), "duration") == f"{int(alert.sustained.total_seconds())}s"
        assert lookup(condition(node), "disableMetricValidation") is True
        content = text(node.inputs, "documentation", "content")
        assert alert.first_step in content
        runbook = re.search(r"docs/runbooks/\S+\.md", content)
        assert runbook
        assert (ROOT / runbook[0]).exists()


def test_the_page_of_runbooks_names_the_runbook_of_every_alert() -> None:
    named = (ROOT / "docs" / "runbooks" / "README.md").read_text()
    assert [alert.name for alert in CATALOG.alerts if f"({alert.runbook})" not in named] == []


def test_no_query_has_a_placeholder_left_or_unbalanced_braces(graph: Graph) -> None:
    for node in graph.of_type(POLICY):
        query = text(condition(node), "query")
        assert query.count("{") == query.count("}"), query
        assert query.count("(") == query.count(")"), query
        assert not re.search(r"\{[a-z_]+\}", query), query


def test_urgent_alerts_page_somebody_in_production_and_the_others_do_not(captured: Captured) -> None:
    graph = captured("prod")
    ids = {text(n.inputs, "type"): n.id for n in graph.of_type(CHANNEL)}
    for alert in CATALOG.alerts:
        told = {str(channel) for channel in items(policy(graph, alert.name).inputs, "notificationChannels")}
        assert ids["email"] in told
        assert (ids["pagerduty"] in told) == (alert.channel is Channel.PAGE)


def test_every_alert_reaches_someone_where_there_is_no_pagerduty(captured: Captured) -> None:
    for node in captured("dev").of_type(POLICY):
        assert items(node.inputs, "notificationChannels")


def test_the_key_of_pagerduty_stays_secret_and_no_first_preview_asks_for_it(captured: Captured) -> None:
    for stack in ("prod", "dr"):
        node = captured(stack).find(CHANNEL, "observability-pagerduty")
        assert SECRET in (node.input("sensitiveLabels"), node.input("sensitiveLabels", "serviceKey"))
        assert any(path.startswith("sensitiveLabels") for path in node.computed_paths)


def test_every_public_host_is_checked_over_tls_and_no_staff_host_is(captured: Captured) -> None:
    checks = captured("prod").of_type(CHECK)
    checked = {text(n.inputs, "monitoredResource", "labels", "host") for n in checks}
    assert checked >= {
        "coditect.com",
        "mta-sts.coditect.com",
        "app.coditect.ai",
        "api.coditect.ai",
        "coditect.ai",
        "workflow.coditect.ai",
    }
    assert "admin.coditect.ai" not in checked
    domains = Domains(site="coditect.com", apps="coditect.ai")
    served = {host_name(host.zone, host.label, domains) for host in CATALOG.hosts if not host.staff_only}
    assert checked == served | {host_name(host.zone, host.label, domains) for host in CATALOG.bucket_hosts}
    for node in checks:
        assert node.input("httpCheck", "useSsl") is True
        assert node.input("httpCheck", "validateSsl") is True


def test_a_change_that_the_benchmark_names_raises_an_alert(captured: Captured) -> None:
    graph = captured("prod")
    assert {change.control for change in CHANGES} == {f"2.{n}" for n in range(4, 12)}
    for change in CHANGES:
        metric = graph.find("gcp:logging/metric:Metric", f"observability-metric-{change.name}")
        assert text(metric.inputs, "filter").startswith(f'resource.type="{change.resource}" AND ')
        assert text(metric.inputs, "name") in text(condition(policy(graph, f"change-{change.name}")), "query")


def test_the_standby_does_not_alert_a_second_time_on_changes_of_the_same_project(captured: Captured) -> None:
    graph = captured("dr")
    assert not [node for node in graph.of_type(POLICY) if node.name.startswith("observability-alert-change-")]
    assert [node.name for node in graph.of_type("gcp:logging/metric:Metric")] == ["observability-metric-no-endpoints"]


@pytest.mark.parametrize("name", ["gateway", "license", "infrastructure"])
def test_a_dashboard_is_a_grid_without_gaps_or_overlaps_and_without_zeros(captured: Captured, name: str) -> None:
    node = captured("prod").find("gcp:monitoring/dashboard:Dashboard", f"observability-dashboard-{name}")
    layout = json.loads(text(node.inputs, "dashboardJson"))["mosaicLayout"]
    places = [(tile.get("xPos", 0), tile.get("yPos", 0)) for tile in layout["tiles"]]
    assert len(set(places)) == len(places)
    assert all(x + tile["width"] <= layout["columns"] for (x, _), tile in zip(places, layout["tiles"], strict=True))
    assert not any(tile.get(axis) == 0 for tile in layout["tiles"] for axis in ("xPos", "yPos"))


def test_the_dashboards_show_what_the_specification_lists(captured: Captured) -> None:
    graph = captured("prod")
    shown = {
        tile["widget"]["title"]
        for node in graph.of_type("gcp:monitoring/dashboard:Dashboard")
        for tile in json.loads(text(node.inputs, "dashboardJson"))["mosaicLayout"]["tiles"]
    }
    assert shown >= {
        "Requests",
        "Share of requests that fail",
        "Latency",
        "Active users",
        "Checkouts that end in a payment",
        "Live sessions by tenant",
        "Seats",
        "Seats taken without an error",
        "Heartbeats without an error",
        "How long a session lasts",
        "Nodes",
        "Nodes by condition",
        "Pods by phase",
        "Containers that are ready",
        "Bandwidth of the load balancer",
        "Replication lag of the database",
        "Hit rate of the cache",
        "Use of the nodes",
        "Network traffic of pods",
        "Connections of the database",
        "Commands of the cache",
        "Memory of the cache",
    }


def test_pagerduty_without_a_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="would wake no one"):
        ObservabilityArgs(
            prefix="coditect-test",
            project_id="coditect-test",
            catalog=CATALOG,
            domains=Domains(site="coditect.com", apps="coditect.ai"),
            settings=ObservabilitySettings(alert_email="a@coditect.com", pagerduty=True),
            region="us-central1",
            databases=(),
            audit_bucket_id="audit",
            log_bucket_id="logs",
            spending=None,
            pagerduty_secret_id=None,
        )
