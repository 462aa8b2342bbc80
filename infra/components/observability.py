"""What watches the platform from outside: who is told, the alerts, checks of every public host, and dashboards."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.catalog import Catalog
from infra.catalog.names import Zone
from infra.catalog.operations import Alert, Channel
from infra.catalog.routes import Host
from infra.components.base import Component, known_after
from infra.components.hosts import host_name
from infra.components.observability_budget import Spending, budget
from infra.components.observability_changes import CHANGES, Change
from infra.components.observability_dashboards import DASHBOARDS
from infra.components.observability_entries import Entries
from infra.components.observability_queries import Own, WatchedDatabase
from infra.settings import SettingsError
from infra.settings.foundation import Domains
from infra.settings.traffic import Observability as ObservabilitySettings

_EVALUATION_SECONDS = 60
_CHECK_SECONDS = 60
_CHECK_TIMEOUT_SECONDS = 10
# An incident that no longer has data closes by itself; half an hour is the least Google takes.
_AUTO_CLOSE_SECONDS = 1800
_HEALTH_PATH = "/health"


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """What the watch needs to know.

    region: of the stack's cluster. databases: its instances of Cloud SQL.
    audit_bucket_id, log_bucket_id: full names of the project's log buckets, of the audit logs and of all others.
    spending: what the project may cost; null in a standby: the stack that it stands in for has the project's budget.
    pagerduty_secret_id: where Secret Manager keeps PagerDuty's service key; asked for when the settings turn it on.
    watch_project: whether changes to the project itself raise an alert. False in a standby, whose project is watched
        by the stack it stands in for: two alerts for one change are one too many.
    """

    prefix: str
    project_id: str
    region: str
    catalog: Catalog
    domains: Domains
    settings: ObservabilitySettings
    databases: tuple[WatchedDatabase, ...]
    audit_bucket_id: pulumi.Input[str]
    log_bucket_id: pulumi.Input[str]
    spending: Spending | None
    pagerduty_secret_id: pulumi.Input[str] | None
    watch_project: bool = True

    def __post_init__(self) -> None:
        if self.settings.pagerduty and self.pagerduty_secret_id is None:
            raise SettingsError(
                "observability.pagerduty is true but there is no secret with its service key: urgent alerts would wake "
                "no one. Pass the secret's id, or write pagerduty: false."
            )


class Observability(Component):
    """Notification channels, alert policies, uptime checks, dashboards, budget.

    channel_ids: by `email` and `pagerduty`. dashboards: id by name.
    """

    channel_ids: Mapping[str, pulumi.Output[str]]
    dashboards: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ObservabilityArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        self.channel_ids = self._channels()
        # Google's checkers are not on the allow-list of staff hosts; their certificate is the wildcard's.
        asked = [host for host in args.catalog.hosts if not host.staff_only]
        for host in asked:
            self._check(host)
        for files in args.catalog.bucket_hosts:
            # The bucket itself answers, and tells nobody which files it has. What else may answer does so otherwise.
            self._check_path(files.zone, files.label, "/", is_refused=True)
        self._own = Own(
            prefix=args.prefix,
            project_id=args.project_id,
            region=args.region,
            hosts=len(asked) + len(args.catalog.bucket_hosts),
            databases=args.databases,
        )
        for alert in args.catalog.alerts:
            self._alert(alert)
        if args.watch_project:
            for change in CHANGES:
                self._watch(change)
        if args.spending is not None:
            budget(self, args.prefix, args.spending, list(self.channel_ids.values()))
        self.dashboards = {
            dashboard.name: gcp.monitoring.Dashboard(
                self.child(f"dashboard-{dashboard.name}"),
                project=args.project_id,
                dashboard_json=json.dumps(dashboard.definition(args.prefix), sort_keys=True),
                opts=self.under(),
            ).id
            for dashboard in DASHBOARDS
        }
        self.finish()

    def _channels(self) -> Mapping[str, pulumi.Output[str]]:
        args = self._args
        email = gcp.monitoring.NotificationChannel(
            self.child("email"),
            project=args.project_id,
            display_name=f"{args.prefix}: e-mail",
            type="email",
            labels={"email_address": args.settings.alert_email},
            user_labels=self.labels(),
            opts=self.under(),
        )
        if not args.settings.pagerduty or args.pagerduty_secret_id is None:
            return {"email": email.id}
        # Not asked for before the first channel exists: a first preview runs without Google.
        key = gcp.secretmanager.get_secret_version_access_output(
            secret=known_after(args.pagerduty_secret_id, email.id),
            project=args.project_id,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        service_key: pulumi.Output[str] = pulumi.Output.secret(key.secret_data)
        pagerduty = gcp.monitoring.NotificationChannel(
            self.child("pagerduty"),
            project=args.project_id,
            display_name=f"{args.prefix}: PagerDuty",
            type="pagerduty",
            sensitive_labels=gcp.monitoring.NotificationChannelSensitiveLabelsArgs(service_key=service_key),
            user_labels=self.labels(),
            opts=self.under(pulumi.ResourceOptions(additional_secret_outputs=["sensitiveLabels"])),
        )
        return {"email": email.id, "pagerduty": pagerduty.id}

    def _told(self, channel: Channel) -> list[pulumi.Output[str]]:
        """Channels of an alert. An urgent one also goes by e-mail: there it can be found when PagerDuty fails."""
        return list(self.channel_ids.values()) if channel is Channel.PAGE else [self.channel_ids["email"]]

    def _check(self, host: Host) -> None:
        is_exact = any(route.path == _HEALTH_PATH for route in self._args.catalog.routes_of(host))
        self._check_path(host.zone, host.label, _HEALTH_PATH if is_exact else "/")

    def _check_path(self, zone: Zone, label: str, path: str, *, is_refused: bool = False) -> None:
        args = self._args
        name = host_name(zone, label, args.domains)
        gcp.monitoring.UptimeCheckConfig(
            self.child(f"check-{zone}-{label or 'apex'}"),
            project=args.project_id,
            display_name=f"{args.prefix}: {name}",
            period=f"{_CHECK_SECONDS}s",
            timeout=f"{_CHECK_TIMEOUT_SECONDS}s",
            checker_type="STATIC_IP_CHECKERS",
            selected_regions=list(args.settings.prober_regions),
            monitored_resource=gcp.monitoring.UptimeCheckConfigMonitoredResourceArgs(
                type="uptime_url", labels={"project_id": args.project_id, "host": name}
            ),
            http_check=gcp.monitoring.UptimeCheckConfigHttpCheckArgs(
                path=path,
                port=443,
                request_method="GET",
                use_ssl=True,
                validate_ssl=True,
                accepted_response_status_codes=[
                    gcp.monitoring.UptimeCheckConfigHttpCheckAcceptedResponseStatusCodeArgs(status_value=403)
                    if is_refused
                    else gcp.monitoring.UptimeCheckConfigHttpCheckAcceptedResponseStatusCodeArgs(
                        status_class="STATUS_CLASS_2XX"
                    )
                ],
            ),
            user_labels=self.labels(),
            opts=self.under(),
        )

    def _alert(self, alert: Alert) -> None:
        query = self._own.query(alert)
        if query is None:
            return
        counted = None
        if alert.entries:
            counted = self._count(
                Entries(
                    name=alert.name,
                    description=alert.title,
                    filter=self._own.entries(alert),
                    bucket_id=self._args.log_bucket_id,
                ),
                alert.name,
            )
        self._policy(
            alert.name,
            title=alert.title,
            query=query,
            sustained_seconds=int(alert.sustained.total_seconds()),
            channel=alert.channel,
            text=f"**First**: {alert.first_step}\n\n**Then**: docs/runbooks/{alert.runbook}",
            after=counted,
        )

    def _count(self, entries: Entries, name: str) -> gcp.logging.Metric:
        return entries.metric(self, f"metric-{name}", prefix=self._args.prefix, project_id=self._args.project_id)

    def _watch(self, change: Change) -> None:
        metric = self._count(
            Entries(
                name=change.metric,
                description=f"{change.title} (CIS GCP {change.control})",
                filter=change.filter,
                bucket_id=self._args.audit_bucket_id,
            ),
            change.name,
        )
        self._policy(
            f"change-{change.name}",
            title=change.title,
            query=change.query(self._args.prefix),
            sustained_seconds=0,
            channel=Channel.EMAIL,
            text=(
                f"Someone changed this outside or inside a deployment (CIS GCP {change.control}). Find out who in the "
                f"audit log:\n\n```\n{change.filter}\n```\n\n**Then**: docs/runbooks/unexpected-change.md"
            ),
            after=metric,
        )

    def _policy(
        self,
        name: str,
        *,
        title: str,
        query: str,
        sustained_seconds: int,
        channel: Channel,
        text: str,
        after: pulumi.Resource | None = None,
    ) -> None:
        monitoring = gcp.monitoring
        monitoring.AlertPolicy(
            self.child(f"alert-{name}"),
            project=self._args.project_id,
            display_name=f"{self._args.prefix}: {title}",
            combiner="OR",
            enabled=True,
            severity="CRITICAL" if channel is Channel.PAGE else "WARNING",
            conditions=[
                monitoring.AlertPolicyConditionArgs(
                    display_name=title,
                    condition_prometheus_query_language=(
                        monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
                            query=query,
                            duration=f"{sustained_seconds}s",
                            evaluation_interval=f"{_EVALUATION_SECONDS}s",
                            # A metric exists only once its first sample came: at first deployment none has.
                            disable_metric_validation=True,
                        )
                    ),
                )
            ],
            notification_channels=self._told(channel),
            alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(auto_close=f"{_AUTO_CLOSE_SECONDS}s"),
            documentation=monitoring.AlertPolicyDocumentationArgs(content=text, mime_type="text/markdown"),
            user_labels=self.labels(),
            opts=self.under(pulumi.ResourceOptions(depends_on=[after] if after else [])),
        )
