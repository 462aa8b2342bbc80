"""What a project has once, whichever stack manages it: enabled APIs, audit logging, log buckets and their retention."""

from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_gcp as gcp

from infra.catalog.google import enabled_before, in_order
from infra.components.base import Component
from infra.settings import PROJECT, SettingsError

# Cloud Logging keeps a bucket's entries for 1 to 3,650 days.
_LONGEST = timedelta(days=3650)

_AUDIT_LOGS = 'logName:"cloudaudit.googleapis.com"'

# Kubernetes' own components read and watch without end. It is no one's access, and would be most of the audit bucket.
_OWN_POLLING = (
    'protoPayload.serviceName="k8s.io" AND protoPayload.authenticationInfo.principalEmail=~"^system:" '
    'AND protoPayload.methodName=~"[.](get|list|watch)$"'
)

_PROBES = 'httpRequest.userAgent=~"^(GoogleHC|kube-probe)/" AND httpRequest.status=200'


@dataclass(frozen=True, kw_only=True)
class ProjectArgs:
    """What a project needs to know.

    apis: names such as `container.googleapis.com`.
    audit_retention: how long audit logs are kept, 1 to 3,650 days (the specification: two years, for SOC 2).
    log_retention: how long all other logs are kept, 1 to 3,650 days.
    manage_singletons: false in a standby, whose project already has them from the stack it stands in for.
    protect: whether deleting the audit logs is refused.
    """

    prefix: str
    project_id: str
    apis: tuple[str, ...]
    audit_retention: timedelta
    log_retention: timedelta
    manage_singletons: bool
    protect: bool = True

    def __post_init__(self) -> None:
        for name, keep in (("audit_retention", self.audit_retention), ("log_retention", self.log_retention)):
            if not timedelta(days=1) <= keep <= _LONGEST or keep % timedelta(days=1):
                raise SettingsError(
                    f"{name} is {keep}: Cloud Logging keeps entries for 1 to {_LONGEST.days} whole days and refuses "
                    "the bucket. Write a number of days in that range."
                )
        if self.audit_retention < self.log_retention:
            raise SettingsError(
                f"audit_retention {self.audit_retention.days} d is below log_retention {self.log_retention.days} d: "
                "the proof would be gone before what it proves. Write at least the same."
            )
        if wrong := [api for api in self.apis if not api.endswith(".googleapis.com")]:
            raise SettingsError(
                f"apis: {', '.join(wrong)} is no API name: enabling it fails. Write it like container.googleapis.com."
            )


class Project(Component):
    """APIs, audit logging and log buckets of a project.

    audit_bucket_id, log_bucket_id: full names of the log buckets, projects/<id>/locations/global/buckets/<bucket>.
    """

    audit_bucket_id: pulumi.Output[str]
    log_bucket_id: pulumi.Output[str]

    def __init__(self, name: str, args: ProjectArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        if args.manage_singletons:
            enabled = pulumi.ResourceOptions(depends_on=self._enable_apis())
            self._audit_everything(enabled)
            self.audit_bucket_id = self._keep_audit_logs(enabled)
            self.log_bucket_id = self._keep_other_logs(enabled)
        else:
            self.audit_bucket_id = pulumi.Output.from_input(self._bucket(f"{PROJECT}-audit"))
            self.log_bucket_id = pulumi.Output.from_input(self._bucket("_Default"))
        self.finish()

    def _bucket(self, bucket: str) -> str:
        # Global: what happened while a region was lost is exactly what will be asked for.
        return f"projects/{self._args.project_id}/locations/global/buckets/{bucket}"

    def _enable_apis(self) -> list[gcp.projects.Service]:
        enabled: dict[str, gcp.projects.Service] = {}
        for api in in_order(self._args.apis):
            enabled[api] = gcp.projects.Service(
                self.child(f"api-{api.removesuffix('.googleapis.com')}"),
                service=api,
                project=self._args.project_id,
                # Disabling an API deletes what it made: taking down a stack must not do that.
                disable_on_destroy=False,
                opts=self.under(
                    pulumi.ResourceOptions(depends_on=[enabled[b] for b in enabled_before(api) if b in enabled])
                ),
            )
        return list(enabled.values())

    def _audit_everything(self, enabled: pulumi.ResourceOptions) -> None:
        gcp.projects.IAMAuditConfig(
            self.child("audit"),
            project=self._args.project_id,
            service="allServices",
            audit_log_configs=[
                gcp.projects.IAMAuditConfigAuditLogConfigArgs(log_type=log_type)
                for log_type in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
            ],
            opts=self.under(enabled),
        )

    def _keep_audit_logs(self, enabled: pulumi.ResourceOptions) -> pulumi.Output[str]:
        args = self._args
        bucket = gcp.logging.ProjectBucketConfig(
            self.child("audit-logs"),
            project=args.project_id,
            location="global",
            bucket_id=f"{PROJECT}-audit",
            retention_days=args.audit_retention.days,
            description="Audit logs of every service",
            # Locking can never be undone, not even by Google: a wrong retention would stay for ever. It is one command
            # for the auditor to ask for, after the first review.
            locked=False,
            opts=self.under(
                pulumi.ResourceOptions.merge(
                    enabled, pulumi.ResourceOptions(protect=args.protect, retain_on_delete=args.protect)
                )
            ),
        )
        gcp.logging.ProjectSink(
            self.child("audit-sink"),
            name=f"{PROJECT}-audit",
            project=args.project_id,
            destination=bucket.id.apply(lambda bucket_id: f"logging.googleapis.com/{bucket_id}"),
            filter=_AUDIT_LOGS,
            exclusions=[
                gcp.logging.ProjectSinkExclusionArgs(
                    name="kubernetes-own-polling",
                    description="Reads of Kubernetes' own components",
                    filter=_OWN_POLLING,
                )
            ],
            unique_writer_identity=True,
            opts=self.under(),
        )
        return bucket.id

    def _keep_other_logs(self, enabled: pulumi.ResourceOptions) -> pulumi.Output[str]:
        args = self._args
        bucket = gcp.logging.ProjectBucketConfig(
            self.child("logs"),
            project=args.project_id,
            location="global",
            # The bucket that Google's own `_Default` sink fills: a second one beside it would be paid for twice.
            bucket_id="_Default",
            retention_days=args.log_retention.days,
            description="Logs of the platform and its applications",
            opts=self.under(pulumi.ResourceOptions.merge(enabled, pulumi.ResourceOptions(retain_on_delete=True))),
        )
        for exclusion, why, matches in (
            ("audit", "Audit logs are kept in their own bucket", _AUDIT_LOGS),
            ("probes", "Successful health checks", _PROBES),
        ):
            gcp.logging.ProjectExclusion(
                self.child(f"without-{exclusion}"),
                name=f"{PROJECT}-{exclusion}",
                project=args.project_id,
                description=why,
                filter=matches,
                opts=self.under(enabled),
            )
        return bucket.id
