"""Alerts that must fire when the cluster is gone, and those that judge each instance of the database by itself."""

import re
from collections.abc import Callable

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import text
from infra.catalog import CATALOG
from infra.catalog.operations import Channel, Subject
from infra.settings import Settings
from tests.infra.google_monitoring import LOG_BUCKET, RESOURCE_OF
from tests.infra.test_observability import CHECK, condition, has_replica, policy

Captured = Callable[[str], Graph]
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
METRIC = "gcp:logging/metric:Metric"
# Each of them alone must wake somebody when nothing of the cluster answers any more.
OUTSIDE = ("host-unreachable", "hosts-unasked", "edge-errors", "edge-silent", "no-endpoints")


def query(graph: Graph, name: str) -> str:
    return text(condition(policy(graph, name)), "query")


def metrics(promql: str) -> set[str]:
    return set(re.findall(r"\b([a-z_]+:\w+)\{", promql))


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_outage_pages_somebody_by_metrics_that_outlive_the_cluster(graph: Graph, name: str) -> None:
    (alert,) = (alert for alert in CATALOG.alerts if alert.name == name)
    assert alert.channel is Channel.PAGE
    asked = query(graph, name)
    read = metrics(asked)
    assert read, asked
    for metric in read:
        of = RESOURCE_OF.get(metric, LOG_BUCKET)
        assert of in {"uptime_url", "https_lb_rule", LOG_BUCKET}
        assert f'monitored_resource="{of}"' in asked


def test_an_alert_fires_when_there_is_no_sample_of_a_check_or_of_the_load_balancer_at_all(graph: Graph) -> None:
    assert query(graph, "edge-silent").startswith("absent_over_time(loadbalancing_googleapis_com:https_request_count{")
    # `count` of nothing is nothing, and nothing is below no number: zero is said for it.
    asked = len({text(node.inputs, "monitoredResource", "labels", "host") for node in graph.of_type(CHECK)})
    assert query(graph, "hosts-unasked").endswith(f" or vector(0)) < {asked}")


def test_alerts_on_the_edge_read_every_forwarding_rule_of_their_stack_and_no_other_stacks(captured: Captured) -> None:
    """prod and dr stand in one project: what one load balancer serves says nothing of the other."""
    rules = {
        stack: {
            text(n.inputs, "name")
            for n in captured(stack).of_type("gcp:compute/globalForwardingRule:GlobalForwardingRule")
        }
        for stack in ("prod", "dr")
    }
    for stack, other in (("prod", "dr"), ("dr", "prod")):
        for name in ("edge-errors", "edge-silent"):
            patterns = set(re.findall(r'forwarding_rule_name=~"([^"]+)"', query(captured(stack), name)))
            (pattern,) = patterns
            assert rules[stack]
            assert all(re.fullmatch(pattern, rule) for rule in rules[stack])
            assert not any(re.fullmatch(pattern, rule) for rule in rules[other])


def test_the_load_balancer_logs_what_the_alert_on_endpoints_counts(captured: Captured) -> None:
    """A sampled log would lose what it counts; the entries go to the bucket that the metric belongs to."""
    graph = captured("prod")
    metric = graph.find(METRIC, "observability-metric-no-endpoints")
    assert 'resource.labels.forwarding_rule_name:"coditect-prod-"' in text(metric.inputs, "filter")
    assert text(metric.inputs, "bucketName").endswith("/locations/global/buckets/_Default")
    for backend in graph.of_type("gcp:compute/backendService:BackendService"):
        assert backend.input("logConfig", "enable") is True
        assert backend.input("logConfig", "sampleRate") == 1


def test_metrics_of_changes_count_in_the_bucket_that_gets_the_audit_logs(captured: Captured) -> None:
    """A metric of the project would carry the entry's own resource type, which Monitoring does not have."""
    graph = captured("prod")
    sink = graph.find("gcp:logging/projectSink:ProjectSink", "project-audit-sink")
    changes = [node for node in graph.of_type(METRIC) if "-metric-no-endpoints" not in node.name]
    assert len(changes) == 8
    for node in changes:
        assert text(sink.inputs, "destination") == f"logging.googleapis.com/{text(node.inputs, 'bucketName')}"


def test_every_query_over_log_entries_asks_for_the_type_that_a_buckets_metric_has(graph: Graph) -> None:
    for node in graph.of_type("gcp:monitoring/alertPolicy:AlertPolicy"):
        asked = text(condition(node), "query")
        for labels in re.findall(r"logging_googleapis_com:\w+\{([^}]*)\}", asked):
            assert labels == f'monitored_resource="{LOG_BUCKET}"'


def judged(graph: Graph, name: str) -> dict[str, str]:
    """What the alert asks of each instance, by its name."""
    asked = query(graph, name)
    found: dict[str, str] = {}
    for part in re.split(r" or (?=sum by)", asked):
        (instance,) = set(re.findall(r'database_id="[^:"]+:([^"]+)"', part))
        found[instance] = part
    return found


def test_each_instance_of_the_database_is_judged_by_itself_with_its_own_connections(captured: Captured) -> None:
    for stack in ("dev", "staging", "prod"):
        graph = captured(stack)
        parts = judged(graph, "database-connections-exhausted")
        assert set(parts) == {text(node.inputs, "name") for node in graph.of_type(INSTANCE)}
        for node in graph.of_type(INSTANCE):
            (most,) = (
                text(flag, "value")
                for flag in node.input("settings", "databaseFlags")  # type: ignore[union-attr] # a list in every stack
                if text(flag, "name") == "max_connections"
            )
            part = parts[text(node.inputs, "name")]
            assert part.startswith("sum by (database_id) (")
            assert part.endswith(f"> 0.9 * {most}")
    assert len(judged(captured("prod"), "database-connections-exhausted")) == 2


def test_a_standby_judges_the_instance_it_took_over(captured: Captured, settings_of: Callable[[str], Settings]) -> None:
    assert set(judged(captured("dr"), "database-connections-exhausted")) == {
        settings_of("dr").database.promoted_replica
    }


def test_a_replica_that_lags_or_says_nothing_pages_where_there_is_one_and_nowhere_else(graph: Graph) -> None:
    name = "observability-alert-replica-lags"
    declared = [node for node in graph.of_type("gcp:monitoring/alertPolicy:AlertPolicy") if node.name == name]
    assert bool(declared) == has_replica(graph)
    (alert,) = (alert for alert in CATALOG.alerts if alert.subject is Subject.REPLICA)
    assert alert.channel is Channel.PAGE
    for node in declared:
        asked = text(condition(node), "query")
        (instance,) = set(re.findall(r'database_id="[^:"]+:([^"]+)"', asked))
        assert instance in {
            text(one.inputs, "name") for one in graph.of_type(INSTANCE) if one.input("masterInstanceName")
        }
        assert "absent_over_time(" in asked


def test_a_failed_backup_and_a_missing_one_are_told(graph: Graph, settings_of: Callable[[str], Settings]) -> None:
    region = settings_of(graph.stack).google.region
    failed, missing = query(graph, "backup-failed"), query(graph, "backup-missing")
    for asked, state in ((failed, "FAILED"), (missing, "SUCCEEDED")):
        assert f'location="{region}",state="{state}"' in asked
    assert missing.endswith(" or vector(0)) < 1")
