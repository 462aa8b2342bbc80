"""What any cloud refuses: a name that is taken, an owner that is not there, deleting what others need."""

from collections.abc import Iterator, Mapping

from coditect.graph.forms import FORMS
from coditect.graph.values import text
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.types import (
    ACCOUNT,
    BUCKET,
    CERTIFICATE_MAP,
    CLUSTER,
    IDENTITY_POOL,
    INSTANCE,
    KEY,
    KEY_RING,
    NAMESPACE,
    NETWORK,
    REPOSITORY,
    ROUTER,
    SECRET,
    SECRET_VERSION,
    TOPIC,
    ZONE,
)

# The thing a property names must exist before, and outlives it.
_BELONGS_TO: Mapping[str, tuple[str, str]] = {
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": ("repository", REPOSITORY),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": ("map", CERTIFICATE_MAP),
    "gcp:compute/router:Router": ("network", NETWORK),
    "gcp:compute/routerNat:RouterNat": ("router", ROUTER),
    "gcp:compute/subnetwork:Subnetwork": ("network", NETWORK),
    "gcp:compute/firewall:Firewall": ("network", NETWORK),
    "gcp:container/cluster:Cluster": ("network", NETWORK),
    "gcp:container/nodePool:NodePool": ("cluster", CLUSTER),
    "gcp:dns/recordSet:RecordSet": ("managedZone", ZONE),
    "gcp:gkebackup/backupPlan:BackupPlan": ("cluster", CLUSTER),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": ("workloadIdentityPoolId", IDENTITY_POOL),
    "gcp:kms/cryptoKey:CryptoKey": ("keyRing", KEY_RING),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ("cryptoKeyId", KEY),
    "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": ("cryptoKey", KEY),
    "gcp:kms/keyRingIAMMember:KeyRingIAMMember": ("keyRingId", KEY_RING),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": ("topic", TOPIC),
    "gcp:redis/instance:Instance": ("authorizedNetwork", NETWORK),
    "gcp:secretmanager/secretIamBinding:SecretIamBinding": ("secretId", SECRET),
    "gcp:secretmanager/secretIamMember:SecretIamMember": ("secretId", SECRET),
    "gcp:secretmanager/secretVersion:SecretVersion": ("secret", SECRET),
    "gcp:serviceaccount/iAMMember:IAMMember": ("serviceAccountId", ACCOUNT),
    "gcp:servicenetworking/connection:Connection": ("network", NETWORK),
    "gcp:sql/database:Database": ("instance", INSTANCE),
    "gcp:sql/user:User": ("instance", INSTANCE),
    "gcp:storage/bucketIAMMember:BucketIAMMember": ("bucket", BUCKET),
}
OWNERS = frozenset(owner for _, owner in _BELONGS_TO.values())
"""Types that others belong to: they exist first, and go last."""

GOES_WITH: Mapping[str, tuple[tuple[str, str], ...]] = {SECRET: ((SECRET_VERSION, "secret"),)}
"""Of an owner, what Google deletes with it: type and the property that names the owner."""

# Deletion protection is on unless it is switched off (documented default of these types).
_PROTECTED_BY_DEFAULT = frozenset({CLUSTER, INSTANCE})
# Google makes these once, whoever asks and however often, and never deletes them.
_MADE_ONCE = frozenset({"gcp:projects/serviceIdentity:ServiceIdentity", "gcp:projects/service:Service"})

# Every cluster has these of itself; the last is where Google's managed collectors run.
_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "gmp-public", "gmp-system"})


def _taken(request: Request, world: World) -> Iterator[str]:
    is_named = request.type in FORMS or request.type.startswith("kubernetes:")
    if request.type in _MADE_ONCE or not is_named:
        return
    for thing in world.things(request.type):
        if thing.id == request.id:
            yield f"{request.type} {request.id} exists already: {thing.urn}"


def _orphaned(request: Request, world: World) -> Iterator[str]:
    key, owner = _BELONGS_TO[request.type]
    name = text(request.inputs, key)
    if name and world.find(owner, name) is None:
        yield f"{request.type} {request.id}: there is no {owner} {name}"


def _homeless(request: Request, world: World) -> Iterator[str]:
    namespace = text(request.inputs, "metadata", "namespace")
    if namespace and namespace not in _NAMESPACES and world.find(NAMESPACE, namespace) is None:
        yield f"{request.type} {request.id}: there is no namespace {namespace}"


def _protected(request: Request, world: World) -> Iterator[str]:
    if request.inputs.get("deletionProtection", request.type in _PROTECTED_BY_DEFAULT):
        yield f"{request.type} {request.id} has deletion protection. Set deletionProtection to false first"


def _used(request: Request, world: World) -> Iterator[str]:
    owner = world.find(request.type, request.id)
    if owner is None:
        return
    users = sorted(user.id for user in _belonging_to(owner, world))
    if users:
        yield f"{request.type} {request.id} is still used by {', '.join(users)}"


def _belonging_to(owner: Thing, world: World) -> Iterator[Thing]:
    for type_, (key, owner_type) in _BELONGS_TO.items():
        if owner_type == owner.type and (type_, key) not in GOES_WITH.get(owner_type, ()):
            for thing in world.things(type_):
                name = text(thing.inputs, key)
                if name in (owner.id, owner.self_link) or owner.id.endswith(f"/{name}"):
                    yield thing


RULES = (
    Rule(
        name="name-taken",
        says="Two things of one kind cannot have the same name.",
        source="https://cloud.google.com/apis/design/errors#error_model (ALREADY_EXISTS)",
        reasons=_taken,
    ),
    Rule(
        name="owner-exists",
        says="What a resource belongs to must exist before it.",
        source="https://cloud.google.com/apis/design/errors#error_model (NOT_FOUND)",
        types=frozenset(_BELONGS_TO),
        reasons=_orphaned,
    ),
    Rule(
        name="namespace-exists",
        says="An object of Kubernetes needs its namespace before it.",
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
        reasons=_homeless,
    ),
    Rule(
        name="deletion-protection",
        says="What is protected from deletion cannot be deleted before the protection is lifted.",
        source="https://cloud.google.com/sql/docs/postgres/deletion-protection",
        operations=frozenset({Operation.DELETE}),
        reasons=_protected,
    ),
    Rule(
        name="still-used",
        says="What others belong to cannot be deleted before them.",
        source="https://cloud.google.com/apis/design/errors#error_model (resourceInUseByAnotherResource)",
        types=OWNERS,
        operations=frozenset({Operation.DELETE}),
        reasons=_used,
    ),
)
