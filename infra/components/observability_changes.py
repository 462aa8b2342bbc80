"""Changes to a project that somebody must hear of: CIS Google Cloud Foundation benchmark, section 2."""

from dataclasses import dataclass

from infra.components.observability_entries import selector


@dataclass(frozen=True, kw_only=True)
class Change:
    """One kind of change, as the audit log shows it.

    control: number in the CIS benchmark. resource: type of the resource in the log, which Monitoring need not know.
    matches: what else distinguishes the entries, in Cloud Logging's language.
    """

    name: str
    title: str
    control: str
    resource: str
    matches: str

    @property
    def filter(self) -> str:
        return f'resource.type="{self.resource}" AND {self.matches}'

    @property
    def metric(self) -> str:
        """Name of the metric that counts its entries, without the stack's prefix."""
        return f"change-{self.name}"

    def query(self, prefix: str) -> str:
        """PromQL that returns something while such a change is less than five minutes old."""
        return f"sum(increase({selector(prefix, self.metric)}[5m])) > 0"


def _methods(*methods: str) -> str:
    return "(" + " OR ".join(f'protoPayload.methodName:"{method}"' for method in methods) + ")"


CHANGES: tuple[Change, ...] = (
    Change(
        name="ownership",
        title="Ownership of the project was given or taken",
        control="2.4",
        resource="project",
        matches=(
            '(protoPayload.methodName="SetIamPolicy" AND '
            'protoPayload.serviceData.policyDelta.bindingDeltas.role="roles/owner")'
        ),
    ),
    Change(
        name="audit-config",
        title="Audit logging was changed",
        control="2.5",
        resource="project",
        matches=(
            '(protoPayload.methodName="SetIamPolicy" AND protoPayload.serviceData.policyDelta.auditConfigDeltas:*)'
        ),
    ),
    Change(
        name="custom-role",
        title="A custom role was changed",
        control="2.6",
        resource="iam_role",
        matches=_methods("CreateRole", "DeleteRole", "UpdateRole"),
    ),
    Change(
        name="firewall",
        title="A firewall rule was changed",
        control="2.7",
        resource="gce_firewall_rule",
        matches=_methods("compute.firewalls.patch", "compute.firewalls.insert", "compute.firewalls.delete"),
    ),
    Change(
        name="route",
        title="A network route was changed",
        control="2.8",
        resource="gce_route",
        matches=_methods("compute.routes.delete", "compute.routes.insert"),
    ),
    Change(
        name="network",
        title="A VPC network was changed",
        control="2.9",
        resource="gce_network",
        matches=_methods(
            "compute.networks.insert",
            "compute.networks.patch",
            "compute.networks.delete",
            "compute.networks.addPeering",
            "compute.networks.removePeering",
        ),
    ),
    Change(
        name="bucket-access",
        title="Access to a bucket was changed",
        control="2.10",
        resource="gcs_bucket",
        matches=_methods("storage.setIamPermissions"),
    ),
    Change(
        name="database",
        title="The database instance's configuration was changed",
        control="2.11",
        resource="cloudsql_database",
        matches=_methods("cloudsql.instances.create", "cloudsql.instances.update", "cloudsql.instances.delete"),
    ),
)
