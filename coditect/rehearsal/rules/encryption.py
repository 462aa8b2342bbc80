"""Keys of the customer's: Google's own service accounts must have been let in before the first use."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from coditect.graph.values import JsonObject, text
from coditect.rehearsal.rule import Request, Rule, World
from coditect.rehearsal.types import (
    AGENT,
    BACKUP_PLAN,
    BUCKET,
    CLUSTER,
    INSTANCE,
    KEY_GRANT,
    LOG_BUCKET,
    NODE_POOL,
    PROJECT_GRANT,
    REDIS,
    REPOSITORY,
    SECRET,
    STORAGE_CLASS,
    TOPIC,
    granted,
    is_grant,
    objects,
)

_ENCRYPT = "roles/cloudkms.cryptoKeyEncrypterDecrypter"

COMPUTE = "compute-system"
KUBERNETES = "container-engine-robot"
_ROBOTS = ("gcp-sa-gkebackup", COMPUTE, KUBERNETES)


@dataclass(frozen=True, kw_only=True)
class _Use:
    """Where a type names keys, and which service agents use them. service: in the rule's name and sentence."""

    service: str
    source: str
    keys: Callable[[JsonObject], Iterator[str]]
    agents: tuple[str, ...]
    types: tuple[str, ...]


def _at(*path: str) -> Callable[[JsonObject], Iterator[str]]:
    def keys(inputs: JsonObject) -> Iterator[str]:
        if found := text(inputs, *path):
            yield found

    return keys


def _replicas(inputs: JsonObject) -> Iterator[str]:
    for replica in objects(inputs, "replication", "userManaged", "replicas"):
        yield from _at("customerManagedEncryption", "kmsKeyName")(replica)


_CMEK = "https://cloud.google.com/kms/docs/compatible-services#cmek_integrations"
_USES = (
    _Use(
        service="cloud-sql",
        source="https://cloud.google.com/sql/docs/postgres/configure-cmek#grantkey",
        keys=_at("encryptionKeyName"),
        agents=("gcp-sa-cloud-sql",),
        types=(INSTANCE,),
    ),
    _Use(
        service="gke-secrets",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/encrypting-secrets#grant_permission_to_use_the_key",
        keys=_at("databaseEncryption", "keyName"),
        agents=(KUBERNETES,),
        types=(CLUSTER,),
    ),
    _Use(
        service="gke-boot-disks",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/using-cmek#grant_permission",
        keys=_at("nodeConfig", "bootDiskKmsKey"),
        agents=(COMPUTE,),
        types=(CLUSTER, NODE_POOL),
    ),
    _Use(
        service="gke-volumes",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/using-cmek#create_a_cmek-protected_attached_disk",
        keys=_at("parameters", "disk-encryption-kms-key"),
        agents=(COMPUTE,),
        types=(STORAGE_CLASS,),
    ),
    _Use(
        service="memorystore",
        source="https://cloud.google.com/memorystore/docs/redis/cmek#grant_the_service_account_access",
        keys=_at("customerManagedKey"),
        agents=("cloud-redis",),
        types=(REDIS,),
    ),
    _Use(
        service="artifact-registry",
        source="https://cloud.google.com/artifact-registry/docs/cmek#grant-key-access",
        keys=_at("kmsKeyName"),
        agents=("gcp-sa-artifactregistry",),
        types=(REPOSITORY,),
    ),
    _Use(
        service="logging",
        source="https://cloud.google.com/logging/docs/routing/managed-encryption-storage#grant-permissions",
        keys=_at("cmekSettings", "kmsKeyName"),
        agents=("gcp-sa-logging",),
        types=(LOG_BUCKET,),
    ),
    _Use(
        service="storage",
        source="https://cloud.google.com/storage/docs/encryption/using-customer-managed-keys#service-agent-access",
        keys=_at("encryption", "defaultKmsKeyName"),
        agents=("gs-project-accounts",),
        types=(BUCKET,),
    ),
    _Use(
        service="pubsub",
        source="https://cloud.google.com/pubsub/docs/encryption#using-cmek",
        keys=_at("kmsKeyName"),
        agents=("gcp-sa-pubsub",),
        types=(TOPIC,),
    ),
    _Use(
        service="secret-manager",
        source="https://cloud.google.com/secret-manager/docs/cmek#grant-access",
        keys=_replicas,
        agents=("gcp-sa-secretmanager",),
        types=(SECRET,),
    ),
    _Use(
        service="backup-for-gke",
        source="https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/how-to/cmek",
        keys=_at("backupConfig", "encryptionKey", "gcpKmsEncryptionKey"),
        agents=_ROBOTS,
        types=(BACKUP_PLAN,),
    ),
)

# Agents that exist only once they are asked for, and the service to ask for.
# https://cloud.google.com/iam/docs/create-service-agents
_ON_REQUEST: Mapping[str, str] = {
    "gcp-sa-artifactregistry": "artifactregistry.googleapis.com",
    "gcp-sa-cloud-sql": "sqladmin.googleapis.com",
    "gcp-sa-gkebackup": "gkebackup.googleapis.com",
    "gcp-sa-pubsub": "pubsub.googleapis.com",
    "gcp-sa-secretmanager": "secretmanager.googleapis.com",
    "cloud-redis": "redis.googleapis.com",
}
# The role an agent works with; it gets it by itself only when Google makes the agent at the first use.
# https://cloud.google.com/iam/docs/service-agents
_ROLES: Mapping[str, tuple[str, str]] = {
    INSTANCE: ("gcp-sa-cloud-sql", "roles/cloudsql.serviceAgent"),
    REPOSITORY: ("gcp-sa-artifactregistry", "roles/artifactregistry.serviceAgent"),
    BACKUP_PLAN: ("gcp-sa-gkebackup", "roles/gkebackup.serviceAgent"),
    TOPIC: ("gcp-sa-pubsub", "roles/pubsub.serviceAgent"),
    REDIS: ("cloud-redis", "roles/redis.serviceAgent"),
}


def agent_member(agent: str, project: str, world: World) -> str:
    """The member that a service agent of a project is."""
    number = world.surroundings.projects.get(project, 0)
    return f"serviceAccount:service-{number}@{agent}.iam.gserviceaccount.com"


def _may_encrypt(key: str, member: str, world: World) -> bool:
    return any(
        text(grant.inputs, "cryptoKeyId") == key
        and text(grant.inputs, "role") == _ENCRYPT
        and member in granted(grant.inputs)
        for grant in world.things(KEY_GRANT)
    )


def _locked_out(use: _Use) -> Callable[[Request, World], Iterator[str]]:
    def reasons(request: Request, world: World) -> Iterator[str]:
        for key in use.keys(request.inputs):
            project = key.split("/")[1] if key.startswith("projects/") else request.project
            for agent in use.agents:
                member = agent_member(agent, project, world)
                if not _may_encrypt(key, member, world):
                    yield (
                        f"{request.name}: {member.partition(':')[2]} may not use the key {key}. Grant it {_ENCRYPT}, "
                        "and let this wait for the grant"
                    )

    return reasons


def _far_key(request: Request, world: World) -> Iterator[str]:
    for use in _USES:
        if request.type in use.types and use.service not in ("secret-manager", "gke-volumes", "pubsub", "logging"):
            for key in use.keys(request.inputs):
                location = key.split("/")[3] if key.startswith("projects/") else ""
                if location.lower() != request.region.lower():
                    yield f"{request.name} is in {request.region} and its key {key} is not. Use a key of that place"


def _unborn(request: Request, world: World) -> Iterator[str]:
    for member in granted(request.inputs) if is_grant(request.type) else ():
        for agent, service in _ON_REQUEST.items():
            if f"@{agent}.iam.gserviceaccount.com" in member and not _is_requested(service, world):
                yield (
                    f"{request.name}: Service account {member.partition(':')[2]} does not exist. Ask for it with a "
                    f"ServiceIdentity of {service}, and let this wait for it"
                )


def _is_requested(service: str, world: World) -> bool:
    return any(text(agent.inputs, "service") == service for agent in world.things(AGENT))


def _roleless(request: Request, world: World) -> Iterator[str]:
    agent, role = _ROLES[request.type]
    service = _ON_REQUEST[agent]
    if not _is_requested(service, world):
        return  # made by Google at this very use, with its role
    member = agent_member(agent, request.project, world)
    named = (member, f"serviceAccount:service-agent-of-{service}@{request.project}.iam.gserviceaccount.com")
    if not any(
        text(grant.inputs, "role") == role and set(named) & set(granted(grant.inputs))
        for grant in world.things(PROJECT_GRANT)
    ):
        yield (
            f"{request.name}: {member.partition(':')[2]} was asked for, so it has no role by itself. Grant it {role} "
            "on the project, and let this wait for the grant"
        )


RULES = (
    *(
        Rule(
            name=f"cmek-{use.service}",
            says=f"Service agents ({', '.join(use.agents)}) must be allowed to use a key before it encrypts for them.",
            source=use.source,
            types=frozenset(use.types),
            reasons=_locked_out(use),
        )
        for use in _USES
    ),
    Rule(
        name="cmek-location",
        says="A key encrypts only what stands in the key's own location.",
        source=_CMEK,
        types=frozenset(type_ for use in _USES for type_ in use.types),
        reasons=_far_key,
    ),
    Rule(
        name="agent-exists",
        says="A service agent that is made on request exists only after it, and can be granted nothing before.",
        source="https://cloud.google.com/iam/docs/create-service-agents",
        reasons=_unborn,
    ),
    Rule(
        name="agent-role",
        says="A service agent that was made on request gets no role by itself.",
        source="https://cloud.google.com/iam/docs/create-service-agents#grant-roles",
        types=frozenset(_ROLES),
        reasons=_roleless,
    ),
)
