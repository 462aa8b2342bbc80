"""Names: which ones Google takes, and which ones it takes only later again."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coditect.graph.values import text
from coditect.rehearsal.rule import Request, Rule, World
from coditect.rehearsal.types import (
    ACCOUNT,
    BUCKET,
    CLUSTER,
    CUSTOM_ROLE,
    IDENTITY_POOL,
    IDENTITY_PROVIDER,
    INSTANCE,
    KEY,
    KEY_RING,
    LOG_BUCKET,
    NODE_POOL,
    REDIS,
    REPOSITORY,
    SECRET,
    TOPIC,
    ZONE,
)

# Google keeps these for ever: a second one of that name is refused, even after the first was deleted.
_NEVER_GONE = frozenset({KEY_RING, KEY})

_COMPUTE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1035: what every resource of Compute Engine takes. https://cloud.google.com/compute/docs/naming-resources"""


@dataclass(frozen=True)
class _Form:
    """Where a type keeps its name, what it must look like, in words, and where that stands written."""

    key: str
    pattern: re.Pattern[str]
    words: str
    source: str


def _form(key: str, pattern: str, words: str, source: str) -> _Form:
    return _Form(key, re.compile(pattern), words, f"https://cloud.google.com/{source}")


_FORMS: Mapping[str, _Form] = {
    ACCOUNT: _form(
        "accountId",
        r"[a-z][-a-z0-9]{4,28}[a-z0-9]",
        "6 to 30 lower-case letters, digits and hyphens",
        "iam/docs/service-accounts-create",
    ),
    BUCKET: _form(
        "name",
        r"(?!goog)(?!.*google)[a-z0-9][-_.a-z0-9]{1,61}[a-z0-9]",
        "3 to 63 lower-case letters, digits, hyphens, without `google`",
        "storage/docs/buckets#naming",
    ),
    CLUSTER: _form(
        "name",
        r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?",
        "1 to 40 lower-case letters, digits and hyphens",
        "kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters",
    ),
    CUSTOM_ROLE: _form(
        "roleId",
        r"[a-zA-Z0-9_.]{3,64}",
        "3 to 64 letters, digits, underscores and dots",
        "iam/docs/creating-custom-roles",
    ),
    IDENTITY_POOL: _form(
        "workloadIdentityPoolId",
        r"(?!gcp-)[a-z0-9-]{4,32}",
        "4 to 32 lower-case letters, digits and hyphens",
        "iam/docs/manage-workload-identity-pools-providers",
    ),
    IDENTITY_PROVIDER: _form(
        "workloadIdentityPoolProviderId",
        r"(?!gcp-)[a-z0-9-]{4,32}",
        "4 to 32 lower-case letters, digits and hyphens",
        "iam/docs/manage-workload-identity-pools-providers",
    ),
    INSTANCE: _form(
        "name",
        r"[a-z]([-a-z0-9]{0,96}[a-z0-9])?",
        "lower-case letters, digits and hyphens; with the project's id 98 at most",
        "sql/docs/postgres/instance-settings",
    ),
    KEY: _form("name", r"[a-zA-Z0-9_-]{1,63}", "1 to 63 letters, digits, _ and -", "kms/docs/create-key"),
    KEY_RING: _form("name", r"[a-zA-Z0-9_-]{1,63}", "1 to 63 letters, digits, _ and -", "kms/docs/create-key-ring"),
    NODE_POOL: _form(
        "name",
        r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?",
        "1 to 40 lower-case letters, digits and hyphens",
        "kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters.nodePools",
    ),
    REDIS: _form(
        "name",
        r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?",
        "1 to 40 lower-case letters, digits and hyphens",
        "memorystore/docs/redis/reference/rest/v1/projects.locations.instances/create",
    ),
    REPOSITORY: _form(
        "repositoryId",
        r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?",
        "1 to 63 lower-case letters, digits and hyphens",
        "artifact-registry/docs/repositories/create-repos",
    ),
    SECRET: _form(
        "secretId",
        r"[a-zA-Z0-9_-]{1,255}",
        "1 to 255 letters, digits, _ and -",
        "secret-manager/docs/reference/rest/v1/projects.secrets/create",
    ),
    TOPIC: _form(
        "name",
        r"(?!goog)[a-zA-Z][-_.~+%a-zA-Z0-9]{2,254}",
        "3 to 255 letters, digits and -_.~+%",
        "pubsub/docs/pubsub-basics#resource_names",
    ),
    ZONE: _form(
        "name", r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "1 to 63 lower-case letters, digits and hyphens", "dns/docs/zones"
    ),
}


@dataclass(frozen=True)
class _Waits:
    """For how many days a deleted name is refused, and where that stands written."""

    days: int
    source: str


_AGAIN_LATER: Mapping[str, _Waits] = {
    INSTANCE: _Waits(7, "https://cloud.google.com/sql/docs/postgres/delete-instance"),
    IDENTITY_POOL: _Waits(30, "https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers#delete-pool"),
    LOG_BUCKET: _Waits(7, "https://cloud.google.com/logging/docs/buckets#delete"),
}


def _misshapen(request: Request, world: World) -> Iterator[str]:
    form = _FORMS.get(request.type)
    name = text(request.inputs, form.key if form else "name")
    if form is not None and name and not form.pattern.fullmatch(name):
        yield f"{request.name}: Google does not take the name {name!r}. Write {form.words} ({form.source})"
    elif form is None and name and not _COMPUTE.fullmatch(name):
        yield f"{request.name}: Google does not take the name {name!r}. Write 1 to 63 of a-z, 0-9 and hyphens"


def _crowded_id(request: Request, world: World) -> Iterator[str]:
    if len(f"{request.project}:{text(request.inputs, 'name')}") > _LONGEST_INSTANCE:
        yield f"{request.name}: project and instance name are longer than {_LONGEST_INSTANCE} characters. Shorten it"


_LONGEST_INSTANCE = 98


def _taken_for_ever(request: Request, world: World) -> Iterator[str]:
    if world.gone(request.type, request.id) is not None:
        yield f"{request.type} {request.id} was deleted, but its name is taken for ever. Import it, or name another"


def _taken_for_a_while(request: Request, world: World) -> Iterator[str]:
    gone, waits = world.gone(request.type, request.id), _AGAIN_LATER[request.type]
    if gone is not None and gone.gone_on is not None and world.day - gone.gone_on < waits.days:
        left = waits.days - (world.day - gone.gone_on)
        yield f"{request.name}: {request.id} was deleted, and its name is free in {left} days. Undelete it, or wait"


RULES = (
    Rule(
        name="kms-name-for-ever",
        says="Key rings and keys are never deleted, so their names are taken for ever.",
        source="https://cloud.google.com/kms/docs/resource-hierarchy#lifetime",
        types=_NEVER_GONE,
        reasons=_taken_for_ever,
    ),
    Rule(
        name="name-free-again",
        says="Names of deleted databases, identity pools and log buckets are free again only after days.",
        source=" ".join(waits.source for waits in _AGAIN_LATER.values()),
        types=frozenset(_AGAIN_LATER),
        reasons=_taken_for_a_while,
    ),
    Rule(
        name="name-form",
        says="A name has the length and the characters that its service takes.",
        source="https://cloud.google.com/compute/docs/naming-resources",
        types=frozenset(_FORMS)
        | frozenset(
            f"gcp:compute/{name}"
            for name in (
                "address:Address",
                "backendBucket:BackendBucket",
                "backendService:BackendService",
                "firewall:Firewall",
                "globalAddress:GlobalAddress",
                "globalForwardingRule:GlobalForwardingRule",
                "healthCheck:HealthCheck",
                "network:Network",
                "router:Router",
                "routerNat:RouterNat",
                "securityPolicy:SecurityPolicy",
                "subnetwork:Subnetwork",
                "uRLMap:URLMap",
            )
        ),
        reasons=_misshapen,
    ),
    Rule(
        name="sql-name-length",
        says="The project's id and a Cloud SQL instance's name have 98 characters together at most.",
        source="https://cloud.google.com/sql/docs/postgres/create-instance",
        types=frozenset({INSTANCE}),
        reasons=_crowded_id,
    ),
)
