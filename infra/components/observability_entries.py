"""Metrics that count log entries, and how PromQL names them.

Each belongs to the log bucket whose entries it counts. A metric of the whole project keeps the resource type of its
entries, and Monitoring has no such type for most of them (`project`, `iam_role`, `gce_firewall_rule`, `gce_route`):
then nobody can say under which type its samples are found. Those of a bucket are all of type `logging_bucket`, whatever
their entries are: https://cloud.google.com/logging/docs/logs-based-metrics/bucket-lbm; so do Google's own alerts in
Cloud Foundation Fabric (fast/stages/0-org-setup/datasets/hardened/observability).
"""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component


@dataclass(frozen=True, kw_only=True)
class Entries:
    """Log entries that are counted.

    name: of the metric, without the stack's prefix. filter: in Cloud Logging's language. bucket_id: full name of the
    log bucket that keeps them; what a sink or an exclusion keeps away from it is not counted.
    """

    name: str
    description: str
    filter: str
    bucket_id: pulumi.Input[str]

    def metric(self, component: Component, child: str, *, prefix: str, project_id: str) -> gcp.logging.Metric:
        return gcp.logging.Metric(
            component.child(child),
            name=metric_name(prefix, self.name),
            project=project_id,
            description=self.description,
            filter=self.filter,
            bucket_name=self.bucket_id,
            metric_descriptor=gcp.logging.MetricMetricDescriptorArgs(metric_kind="DELTA", value_type="INT64", unit="1"),
            opts=component.under(),
        )


def metric_name(prefix: str, name: str) -> str:
    """Name of the metric. No hyphens: PromQL would need them replaced."""
    return f"{prefix}_{name}".replace("-", "_")


def selector(prefix: str, name: str) -> str:
    """The metric in PromQL."""
    return f'logging_googleapis_com:user_{metric_name(prefix, name)}{{monitored_resource="logging_bucket"}}'
