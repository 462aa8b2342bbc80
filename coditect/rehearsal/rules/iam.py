"""Grants: who is let in must exist, belong to the organisation, and the role too."""

import re
from collections.abc import Iterator

from coditect.graph.values import text
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.types import ACCOUNT, CLUSTER, CUSTOM_ROLE, IDENTITY_POOL, granted, is_grant

_EVERYONE = frozenset({"allUsers", "allAuthenticatedUsers"})
_WORKLOAD = re.compile(r"^serviceAccount:(?P<pool>[a-z0-9-]+\.svc\.id\.goog)\[")
_FEDERATED = re.compile(
    r"^principal(?:Set)?://iam\.googleapis\.com/projects/\d+/locations/global/workloadIdentityPools/(?P<pool>[^/]+)/"
)
_OWN_ACCOUNT = re.compile(
    r"^serviceAccount:(?P<account>[a-z0-9-]+)@(?P<project>[a-z0-9-]+)\.iam\.gserviceaccount\.com$"
)
_PEOPLE = ("group:", "user:")


def _members(request: Request) -> Iterator[str]:
    if is_grant(request.type):
        yield from granted(request.inputs)


def _unknown_people(request: Request, world: World) -> Iterator[str]:
    for member in _members(request):
        is_ours = member.endswith(f"@{world.surroundings.domain}")
        if member.startswith(_PEOPLE) and is_ours and member not in world.surroundings.principals:
            yield (
                f"{request.name}: {member} does not exist. Make it in the organisation before the first deployment, "
                "and let `coditect preflight` name it"
            )


def _unknown_account(request: Request, world: World) -> Iterator[str]:
    for member in _members(request):
        found = _OWN_ACCOUNT.match(member)
        if found and found["project"] in world.surroundings.projects:
            email = member.partition(":")[2]
            if not any(account.id.endswith(f"/{email}") for account in world.things(ACCOUNT)):
                yield f"{request.name}: Service account {email} does not exist. Let this wait for it"


def _foreign(request: Request, world: World) -> Iterator[str]:
    for member in _members(request):
        is_foreign = member.startswith(_PEOPLE) and not member.endswith(f"@{world.surroundings.domain}")
        if member in _EVERYONE or is_foreign:
            yield (
                f"{request.name}: One or more users named in the policy do not belong to a permitted customer: "
                f"{member}. Do without it, or have the organisation except this resource"
            )


def _poolless(request: Request, world: World) -> Iterator[str]:
    for member in _members(request):
        workload, federated = _WORKLOAD.match(member), _FEDERATED.match(member)
        if workload and not any(
            workload["pool"] == text(cluster.inputs, "workloadIdentityConfig", "workloadPool")
            for cluster in world.things(CLUSTER)
        ):
            yield (
                f"{request.name}: Identity Pool does not exist ({workload['pool']}). It comes with the project's first "
                "cluster: let this wait for it"
            )
        if federated and world.find(IDENTITY_POOL, federated["pool"]) is None:
            yield f"{request.name}: there is no workload identity pool {federated['pool']}. Let this wait for it"


def _unknown_role(request: Request, world: World) -> Iterator[str]:
    role = text(request.inputs, "role")
    if is_grant(request.type) and role.startswith("projects/") and world.find(CUSTOM_ROLE, role) is None:
        yield f"{request.name}: there is no role {role}. Let this wait for it"


_CHANGES = frozenset({Operation.CREATE, Operation.UPDATE})
RULES = (
    Rule(
        name="principal-exists",
        says="Groups and users that a grant names must exist in the organisation.",
        source="https://cloud.google.com/iam/docs/troubleshooting-access#principal-does-not-exist",
        operations=_CHANGES,
        reasons=_unknown_people,
    ),
    Rule(
        name="service-account-exists",
        says="A service account that a grant names must exist.",
        source="https://cloud.google.com/iam/docs/retry-strategy (INVALID_ARGUMENT: service account does not exist)",
        operations=_CHANGES,
        reasons=_unknown_account,
    ),
    Rule(
        name="domain-restricted-sharing",
        says="An organisation lets in members of its own domain alone: neither everyone nor other companies' groups.",
        source="https://cloud.google.com/resource-manager/docs/organization-policy/domain-restricted-sharing",
        operations=_CHANGES,
        reasons=_foreign,
    ),
    Rule(
        name="identity-pool-exists",
        says="Members of an identity pool can be let in once the pool exists; the cluster's own comes with it.",
        source="https://cloud.google.com/kubernetes-engine/docs/troubleshooting/authentication#pool-does-not-exist",
        operations=_CHANGES,
        reasons=_poolless,
    ),
    Rule(
        name="custom-role-exists",
        says="A role of the project's own must exist before it is granted.",
        source="https://cloud.google.com/iam/docs/creating-custom-roles",
        operations=_CHANGES,
        reasons=_unknown_role,
    ),
)
