"""Changes that opened the platform without any rule noticing. Each is found now, on the real stack."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from policies.evaluation import Outcome, Verdict, verdicts
from policies.resource import Stack
from policies.rule import all_rules
from policies.unread import HARMLESS, read_types
from policies.values import UNKNOWN, Json
from tests.policies.change import ABSENT, Absent, with_property, with_resource

HALVES = ["0.0.0.0/1", "128.0.0.0/1"]
SINK, POLICY = "project-audit-sink", "cluster-images"
PUBLIC, STAFF = "edge-armor-public", "edge-armor-staff"
DEFAULT = "rules[priority=2147483647]"
LIMIT = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{roles}])"


@dataclass(frozen=True)
class Silent:
    """A change, and the rule that finds it. changes: resource, path and new value, or a resource that is added."""

    what: str
    rule: str
    changes: tuple[tuple[str, str, "Json | Absent"], ...] = ()
    added: tuple[tuple[str, Mapping[str, Json]], ...] = ()

    def made_in(self, stack: Stack) -> Stack:
        for name, path, to in self.changes:
            stack = with_property(stack, name, path, to)
        for type_, properties in self.added:
            stack = with_resource(stack, type_, properties)
        return stack


def changed(what: str, rule: str, name: str, path: str, to: "Json | Absent") -> Silent:
    return Silent(what, rule, changes=((name, path, to),))


def unread(type_: str) -> Silent:
    return Silent(f"a {type_}", "unread-types", added=((type_, {}),))


def granted(what: str, role: str, condition: str | None) -> Silent:
    """A role of our own that sets the project's policy, or a predefined one, granted on the project."""
    limited: dict[str, Json] = {} if condition is None else {"condition": {"title": "x", "expression": condition}}
    own: Mapping[str, Json] = {"roleId": "granter", "permissions": ["resourcemanager.projects.setIamPolicy"]}
    grant: Mapping[str, Json] = {"role": role, "member": "group:platform@coditect.com", **limited}
    return Silent(
        what,
        "iam-grants-limited",
        added=(("gcp:projects/iAMCustomRole:IAMCustomRole", own), ("gcp:projects/iAMMember:IAMMember", grant)),
    )


OWN_ROLE = "projects/coditect/roles/granter"
OPENED: Mapping[str, Json] = {
    "direction": "INGRESS",
    "sourceRanges": HALVES,
    "allows": [{"protocol": "tcp", "ports": ["22"]}],
}

SILENT = (
    # A kind of resource that no rule knows.
    *map(
        unread,
        (
            "gcp:projects/iAMPolicy:IAMPolicy",
            "gcp:storage/bucketIAMPolicy:BucketIAMPolicy",
            "gcp:storage/bucketACL:BucketACL",
            "gcp:storage/objectAccessControl:ObjectAccessControl",
            "gcp:organizations/iAMMember:IAMMember",
            "gcp:compute/instanceIAMMember:InstanceIAMMember",
            "gcp:compute/instance:Instance",
            "gcp:compute/instanceTemplate:InstanceTemplate",
            "gcp:compute/securityPolicyRule:SecurityPolicyRule",
            "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule",
            "gcp:cloudrunv2/service:Service",
            "gcp:logging/organizationSink:OrganizationSink",
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
            "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
            "kubernetes:core/v1:Secret",
            "kubernetes:apps/v1:ReplicaSet",
            "kubernetes:core/v1:ReplicationController",
            "kubernetes:networking.k8s.io/v1:Ingress",
            "command:local:Command",
        ),
    ),
    # Binary Authorization.
    changed("all images", "image-policy-refuses", POLICY, "defaultAdmissionRule.evaluationMode", "ALWAYS_ALLOW"),
    changed(
        "a dry run", "image-policy-refuses", POLICY, "defaultAdmissionRule.enforcementMode", "DRYRUN_AUDIT_LOG_ONLY"
    ),
    changed(
        "all images in one cluster",
        "image-policy-refuses",
        POLICY,
        "clusterAdmissionRules",
        [
            {
                "cluster": "us-central1.coditect-prod",
                "evaluationMode": "ALWAYS_ALLOW",
                "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
            }
        ],
    ),
    changed("a list of everything", "image-policy-patterns", POLICY, "admissionWhitelistPatterns[0].namePattern", "**"),
    changed(
        "a whole registry", "image-policy-patterns", POLICY, "admissionWhitelistPatterns[0].namePattern", "gcr.io/*"
    ),
    changed("no system policy", "image-policy-system-images", POLICY, "globalPolicyEvaluationMode", "DISABLE"),
    # Audit logs.
    changed("a disabled sink", "audit-sink-whole", SINK, "disabled", to=True),
    changed(
        "a narrower filter",
        "audit-sink-whole",
        SINK,
        "filter",
        'logName:"cloudaudit.googleapis.com" AND severity>=ERROR',
    ),
    changed("a turned filter", "audit-sink-whole", SINK, "filter", 'NOT logName:"cloudaudit.googleapis.com"'),
    changed(
        "a second exclusion",
        "audit-sink-whole",
        SINK,
        "exclusions",
        [{"name": "data", "filter": 'logName:"data_access"'}],
    ),
    changed(
        "a sink that drops audit logs while _Default drops them too",
        "log-exclusions",
        SINK,
        "filter",
        'logName:"cloudaudit.googleapis.com" AND resource.type="gce_instance"',
    ),
    changed("an exclusion of all", "log-exclusions", "project-without-probes", "filter", "severity>=DEFAULT"),
    changed("a month of audit logs", "audit-log-retention", "project-audit-logs", "retentionDays", 30),
    # The internet in parts.
    Silent("SSH for both halves", "firewall-ssh", added=(("gcp:compute/firewall:Firewall", OPENED),)),
    changed(
        "operators in both halves",
        "cluster-operators-networks-world",
        "cluster-cluster",
        "masterAuthorizedNetworksConfig.cidrBlocks",
        [{"cidrBlock": half} for half in HALVES],
    ),
    changed(
        "clients of the database in both halves",
        "sql-networks",
        "database-primary",
        "settings.ipConfiguration.authorizedNetworks",
        [{"value": half} for half in HALVES],
    ),
    changed(
        "pods that reach both halves",
        "network-policy-peers",
        "namespace-gateway-gateway-backend-to-database",
        "spec.egress[0].to",
        [{"ipBlock": {"cidr": half}} for half in HALVES],
    ),
    changed(
        "pods that all but private networks reach",
        "network-policy-peers",
        "namespace-gateway-gateway-backend-from-load-balancer",
        "spec.ingress[0].from",
        [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}],
    ),
    changed("half a denial", "firewall-default-deny", "network-firewall-deny-egress", "destinationRanges", HALVES[:1]),
    # Cloud Armor's order.
    Silent(
        "staff pages for both halves",
        "armor-default",
        changes=((STAFF, "rules[priority=2000].match.config.srcIpRanges", HALVES),),
    ),
    changed("staff pages for everyone else", "armor-default", STAFF, f"{DEFAULT}.action", "allow"),
    changed("staff pages without a default rule", "armor-default", STAFF, DEFAULT, ABSENT),
    changed("a default rule in preview", "armor-default", STAFF, f"{DEFAULT}.preview", to=True),
    changed("a limit before the signatures", "armor-order", PUBLIC, "rules[priority=2000].priority", 1),
    changed(
        "an early allow",
        "armor-order",
        PUBLIC,
        "rules[priority=2000]",
        {"priority": 5, "action": "allow", "match": {"config": {"srcIpRanges": ["203.0.113.0/24"]}}},
    ),
    changed(
        "signatures for one path",
        "armor-known-attacks",
        PUBLIC,
        "rules[0].match.expr.expression",
        "evaluatePreconfiguredExpr('cve-canary') && request.path == '/never'",
    ),
    # Who may grant.
    granted("a dropped condition", OWN_ROLE, None),
    granted("a predefined role", "roles/resourcemanager.projectIamAdmin", None),
    granted("another condition", OWN_ROLE, 'resource.type == "x"'),
    granted("a way around the condition", OWN_ROLE, LIMIT.format(roles="'roles/cloudsql.client'") + " || true"),
    granted("an owner among the roles", OWN_ROLE, LIMIT.format(roles="'roles/cloudsql.client', 'roles/owner'")),
    granted("a way on among the roles", OWN_ROLE, LIMIT.format(roles="'roles/iam.serviceAccountTokenCreator'")),
    Silent(
        "a role that nobody can read",
        "iam-grants-limited",
        added=(("gcp:projects/iAMMember:IAMMember", {"role": "organizations/1/roles/x", "member": "group:a@b.c"}),),
    ),
)


def found(answers: tuple[Verdict, ...]) -> set[tuple[str, str]]:
    return {(answer.rule.id, message) for answer in answers for message in answer.messages}


@pytest.mark.parametrize("silent", SILENT, ids=lambda silent: silent.what)
def test_it_is_found(
    silent: Silent, resources_of: Callable[[str], Stack], answers_of: Callable[[str], tuple[Verdict, ...]]
) -> None:
    after = verdicts([rule for rule in all_rules() if rule.id == silent.rule], silent.made_in(resources_of("prod")))

    assert found(after) - found(answers_of("prod"))


def test_a_grant_that_is_limited_to_harmless_roles_passes(resources_of: Callable[[str], Stack]) -> None:
    limited = granted("", OWN_ROLE, LIMIT.format(roles="'roles/cloudsql.client', 'roles/cloudsql.instanceUser'"))
    rule = next(rule for rule in all_rules() if rule.id == "iam-grants-limited")

    assert found(verdicts([rule], limited.made_in(resources_of("prod")))) == set()


def test_a_role_whose_permissions_are_not_known_yet_is_not_called_harmless(
    resources_of: Callable[[str], Stack],
) -> None:
    silent = granted("", OWN_ROLE, None)
    stack = silent.made_in(resources_of("prod"))
    hidden = Stack(
        tuple(
            with_property(Stack((each,)), each.name, "permissions", UNKNOWN).resources[0]
            if each.type == "gcp:projects/iAMCustomRole:IAMCustomRole" and each.name == "added"
            else each
            for each in stack.resources
        )
    )
    rule = next(rule for rule in all_rules() if rule.id == "iam-grants-limited")

    answer = next(each for each in verdicts([rule], hidden) if each.resource.name == "added")
    assert answer.outcome is Outcome.UNKNOWN


def test_no_type_is_called_harmless_that_a_rule_reads() -> None:
    assert HARMLESS.keys() & read_types() == set()
    assert all(reason.endswith(".") for reason in HARMLESS.values())
