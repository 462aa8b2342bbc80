"""What any cloud refuses: a name that is taken, an owner that is not there, deleting what others need."""

from collections.abc import Iterator, Mapping

from coditect.graph.values import text
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.shelf import Thing

_NETWORK = "gcp:compute/network:Network"
_ROUTER = "gcp:compute/router:Router"
_ZONE = "gcp:dns/managedZone:ManagedZone"
_KEY = "gcp:kms/cryptoKey:CryptoKey"
_RING = "gcp:kms/keyRing:KeyRing"
_SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - the name of a type
_CLUSTER = "gcp:container/cluster:Cluster"
_INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
_BUCKET = "gcp:storage/bucket:Bucket"
_REPOSITORY = "gcp:artifactregistry/repository:Repository"
_TOPIC = "gcp:pubsub/topic:Topic"
_ACCOUNT = "gcp:serviceaccount/account:Account"
_MAP = "gcp:certificatemanager/certificateMap:CertificateMap"
_POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"

# The thing a property names must exist before, and outlives it.
_BELONGS_TO: Mapping[str, tuple[str, str]] = {
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": ("repository", _REPOSITORY),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": ("map", _MAP),
    "gcp:compute/router:Router": ("network", _NETWORK),
    "gcp:compute/routerNat:RouterNat": ("router", _ROUTER),
    "gcp:compute/subnetwork:Subnetwork": ("network", _NETWORK),
    "gcp:compute/firewall:Firewall": ("network", _NETWORK),
    "gcp:container/cluster:Cluster": ("network", _NETWORK),
    "gcp:container/nodePool:NodePool": ("cluster", _CLUSTER),
    "gcp:dns/recordSet:RecordSet": ("managedZone", _ZONE),
    "gcp:gkebackup/backupPlan:BackupPlan": ("cluster", _CLUSTER),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": ("workloadIdentityPoolId", _POOL),
    "gcp:kms/cryptoKey:CryptoKey": ("keyRing", _RING),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ("cryptoKeyId", _KEY),
    "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": ("cryptoKey", _KEY),
    "gcp:kms/keyRingIAMMember:KeyRingIAMMember": ("keyRingId", _RING),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": ("topic", _TOPIC),
    "gcp:redis/instance:Instance": ("authorizedNetwork", _NETWORK),
    "gcp:secretmanager/secretIamBinding:SecretIamBinding": ("secretId", _SECRET),
    "gcp:secretmanager/secretIamMember:SecretIamMember": ("secretId", _SECRET),
    "gcp:secretmanager/secretVersion:SecretVersion": ("secret", _SECRET),
    "gcp:serviceaccount/iAMMember:IAMMember": ("serviceAccountId", _ACCOUNT),
    "gcp:servicenetworking/connection:Connection": ("network", _NETWORK),
    "gcp:sql/database:Database": ("instance", _INSTANCE),
    "gcp:sql/user:User": ("instance", _INSTANCE),
    "gcp:storage/bucketIAMMember:BucketIAMMember": ("bucket", _BUCKET),
}
OWNERS = frozenset(owner for _, owner in _BELONGS_TO.values())
"""Types that others belong to: they exist first, and go last."""

# Deletion protection is on unless it is switched off (documented default of these types).
_PROTECTED_BY_DEFAULT = frozenset({_CLUSTER, _INSTANCE})
# Google makes these once, whoever asks and however often, and never deletes them.
_MADE_ONCE = frozenset({"gcp:projects/serviceIdentity:ServiceIdentity", "gcp:projects/service:Service"})

_NAMESPACE = "kubernetes:core/v1:Namespace"
# Every cluster has these of itself; the last is where Google's managed collectors run.
_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "gmp-public", "gmp-system"})


def _taken(request: Request, world: World) -> Iterator[str]:
    if request.type in _MADE_ONCE:
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
    if namespace and namespace not in _NAMESPACES and world.find(_NAMESPACE, namespace) is None:
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
        if owner_type == owner.type:
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
