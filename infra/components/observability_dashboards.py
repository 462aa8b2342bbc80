"""Dashboards of the specification: the site, the license platform, and what they stand on.

http_*, license_* and gateway_* come from the applications; where every pod says the same, the maximum is taken.
"""

from infra.components.observability_infrastructure import INFRASTRUCTURE, google
from infra.components.observability_panels import Dashboard, Line, Panel


def _requests(namespace: str) -> tuple[Panel, ...]:
    """Rate, errors and latency of the services in a namespace."""
    of = f'namespace="{namespace}"'
    return (
        Panel(
            title="Requests",
            lines=(Line(query=f"sum by (job) (rate(http_requests_total{{{of}}}[5m]))"),),
            unit="1/s",
        ),
        Panel(
            title="Share of requests that fail",
            lines=(
                Line(
                    query=(
                        f'sum(rate(http_requests_total{{{of},status=~"5.."}}[5m]))'
                        f" / sum(rate(http_requests_total{{{of}}}[5m]))"
                    ),
                    label="5xx",
                ),
            ),
            unit="10^2.%",
        ),
        Panel(
            title="Latency",
            lines=tuple(
                Line(
                    query=(
                        f"histogram_quantile({quantile}, "
                        f"sum by (le) (rate(http_request_duration_seconds_bucket{{{of}}}[5m])))"
                    ),
                    label=label,
                )
                for quantile, label in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99"))
            ),
            unit="s",
        ),
    )


def _success(endpoint: str) -> str:
    """Share of requests to an endpoint that were answered, a refusal for want of seats included."""
    of = f'namespace="license-platform",endpoint=~".*{endpoint}.*"'
    return f'sum(rate(http_requests_total{{{of},status!~"5.."}}[5m])) / sum(rate(http_requests_total{{{of}}}[5m]))'


GATEWAY = Dashboard(
    name="gateway",
    title="Gateway website",
    panels=(
        *_requests("gateway"),
        Panel(title="Active users", lines=(Line(query="max(gateway_active_users)", label="signed in"),)),
        Panel(
            title="Checkouts that end in a payment",
            lines=(
                Line(
                    query='max(gateway_checkouts{outcome="completed"}) / sum(max by (outcome) (gateway_checkouts))',
                    label="of those that ended within a day",
                ),
            ),
            unit="10^2.%",
        ),
        Panel(
            title="Requests at the load balancer",
            lines=(
                Line(
                    query="sum by (response_code_class) (rate("
                    + google("loadbalancing_googleapis_com:https_request_count", "https_lb_rule")
                    + "[5m]))",
                ),
            ),
            unit="1/s",
        ),
    ),
)

LICENSE = Dashboard(
    name="license",
    title="License platform",
    panels=(
        *_requests("license-platform"),
        Panel(
            title="Live sessions by tenant",
            lines=(
                Line(
                    query="topk(20, max by (tenant_id) (license_active_sessions))",
                ),
            ),
        ),
        Panel(
            title="Seats",
            lines=(
                Line(query="sum(max by (tenant_id) (license_seats_used))", label="used"),
                Line(query="sum(max by (tenant_id) (license_seats_total))", label="bought"),
            ),
        ),
        Panel(
            title="Seats taken without an error",
            lines=(Line(query=_success("licenses/acquire"), label="acquire"),),
            unit="10^2.%",
        ),
        Panel(
            title="Heartbeats without an error",
            lines=(Line(query=_success("licenses/heartbeat"), label="heartbeat"),),
            unit="10^2.%",
        ),
        Panel(
            title="How long a session lasts",
            lines=tuple(
                Line(query=f'max(license_session_duration_seconds{{quantile="{quantile}"}})', label=label)
                for quantile, label in (("0.5", "p50"), ("0.95", "p95"))
            ),
            unit="s",
        ),
    ),
)

DASHBOARDS: tuple[Dashboard, ...] = (GATEWAY, LICENSE, INFRASTRUCTURE)
