"""A cloud of files: what exists, and what a cloud refuses. One directory, one file a thing, nothing else is kept."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from coditect.graph.values import JsonObject, text

# The thing a property names must exist before, and outlives it.
_BELONGS_TO: Mapping[str, tuple[str, str]] = {
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": (
        "repository",
        "gcp:artifactregistry/repository:Repository",
    ),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": (
        "map",
        "gcp:certificatemanager/certificateMap:CertificateMap",
    ),
    "gcp:compute/router:Router": ("network", "gcp:compute/network:Network"),
    "gcp:compute/routerNat:RouterNat": ("router", "gcp:compute/router:Router"),
    "gcp:compute/subnetwork:Subnetwork": ("network", "gcp:compute/network:Network"),
    "gcp:compute/firewall:Firewall": ("network", "gcp:compute/network:Network"),
    "gcp:container/cluster:Cluster": ("network", "gcp:compute/network:Network"),
    "gcp:container/nodePool:NodePool": ("cluster", "gcp:container/cluster:Cluster"),
    "gcp:dns/recordSet:RecordSet": ("managedZone", "gcp:dns/managedZone:ManagedZone"),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": (
        "workloadIdentityPoolId",
        "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
    ),
    "gcp:kms/cryptoKey:CryptoKey": ("keyRing", "gcp:kms/keyRing:KeyRing"),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ("cryptoKeyId", "gcp:kms/cryptoKey:CryptoKey"),
    "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": ("cryptoKey", "gcp:kms/cryptoKey:CryptoKey"),
    "gcp:kms/keyRingIAMMember:KeyRingIAMMember": ("keyRingId", "gcp:kms/keyRing:KeyRing"),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": ("topic", "gcp:pubsub/topic:Topic"),
    "gcp:redis/instance:Instance": ("authorizedNetwork", "gcp:compute/network:Network"),
    "gcp:secretmanager/secretIamBinding:SecretIamBinding": ("secretId", "gcp:secretmanager/secret:Secret"),
    "gcp:secretmanager/secretIamMember:SecretIamMember": ("secretId", "gcp:secretmanager/secret:Secret"),
    "gcp:secretmanager/secretVersion:SecretVersion": ("secret", "gcp:secretmanager/secret:Secret"),
    "gcp:serviceaccount/iAMMember:IAMMember": ("serviceAccountId", "gcp:serviceaccount/account:Account"),
    "gcp:servicenetworking/connection:Connection": ("network", "gcp:compute/network:Network"),
    "gcp:sql/database:Database": ("instance", "gcp:sql/databaseInstance:DatabaseInstance"),
    "gcp:sql/user:User": ("instance", "gcp:sql/databaseInstance:DatabaseInstance"),
    "gcp:storage/bucketIAMMember:BucketIAMMember": ("bucket", "gcp:storage/bucket:Bucket"),
}
OWNERS = frozenset(owner for _, owner in _BELONGS_TO.values())
"""Types that others belong to: they exist first, and go last."""


# Deletion protection is on unless it is switched off (documented default of these types).
_PROTECTED_BY_DEFAULT = frozenset({"gcp:container/cluster:Cluster", "gcp:sql/databaseInstance:DatabaseInstance"})
# Google keeps these for ever: a second one of that name is refused, even after the first was deleted.
_NEVER_GONE = frozenset({"gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey"})

# Google makes these once, whoever asks and however often, and never deletes them.
_MADE_ONCE = frozenset({"gcp:projects/serviceIdentity:ServiceIdentity"})

_NAMESPACE = "kubernetes:core/v1:Namespace"
# Every cluster has these of itself; the last is where Google's managed collectors run.
_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "gmp-public", "gmp-system"})


class RefusedError(Exception):
    """The cloud says no. The message names the thing and the rule."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """inputs: as they were asked for, in clear. self_link: Google's other name for it; empty where it has none."""

    type: str
    id: str
    urn: str
    inputs: JsonObject
    self_link: str = ""
    is_gone: bool = False


class Cloud:
    """All that exists. Several processes may use one directory: each thing is written as a whole."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def create(self, thing: Thing) -> None:
        """Raises RefusedError where one of that id exists, or what it belongs to does not."""
        present = self._load(self._path(thing.type, thing.id))
        if present is not None and thing.type not in _MADE_ONCE:
            raise RefusedError(
                f"{thing.type} {thing.id} exists already"
                + (" (it was deleted, but its name is taken for ever)" if present.is_gone else f": {present.urn}")
            )
        self._refuse_orphan(thing)
        self._store(thing)

    def read(self, type_: str, id_: str) -> Thing | None:
        """None where there is no such thing."""
        thing = self._load(self._path(type_, id_))
        return None if thing is None or thing.is_gone else thing

    def update(self, thing: Thing) -> None:
        """Raises RefusedError where there is no such thing."""
        if self.read(thing.type, thing.id) is None:
            raise RefusedError(f"{thing.type} {thing.id} does not exist, so it cannot be updated")
        self._store(thing)

    def delete(self, type_: str, id_: str) -> None:
        """Deleting what does not exist is no error. Raises RefusedError where it is protected, or others need it."""
        thing = self.read(type_, id_)
        if thing is None:
            return
        if thing.inputs.get("deletionProtection", type_ in _PROTECTED_BY_DEFAULT):
            raise RefusedError(f"{type_} {id_} has deletion protection. Set deletionProtection to false first")
        users = sorted(user.id for user in self._belonging_to(thing))
        if users:
            raise RefusedError(f"{type_} {id_} is still used by {', '.join(users)}")
        if type_ in _NEVER_GONE:
            self._store(Thing(**{**asdict(thing), "is_gone": True}))
        else:
            # Two resources may mean one thing that Google makes once: the other may have deleted it by now.
            self._path(type_, id_).unlink(missing_ok=True)

    def things(self, type_: str | None = None) -> Iterator[Thing]:
        """Everything that exists, or everything of one type."""
        for path in sorted(self._directory.glob(f"{_folder(type_) if type_ else '*'}/*.json")):
            thing = self._load(path)
            if thing is not None and not thing.is_gone:
                yield thing

    def _refuse_orphan(self, thing: Thing) -> None:
        namespace = text(thing.inputs, "metadata", "namespace")
        if namespace and namespace not in _NAMESPACES and self.read(_NAMESPACE, namespace) is None:
            raise RefusedError(f"{thing.type} {thing.id}: there is no namespace {namespace}")
        if thing.type not in _BELONGS_TO:
            return
        key, owner = _BELONGS_TO[thing.type]
        name = text(thing.inputs, key)
        if name and not any(_is_named(candidate, name) for candidate in self.things(owner)):
            raise RefusedError(f"{thing.type} {thing.id}: there is no {owner} {name}")

    def _belonging_to(self, owner: Thing) -> Iterator[Thing]:
        for type_, (key, owner_type) in _BELONGS_TO.items():
            if owner_type == owner.type:
                yield from (thing for thing in self.things(type_) if _is_named(owner, text(thing.inputs, key)))

    def _path(self, type_: str, id_: str) -> Path:
        return self._directory / _folder(type_) / f"{hashlib.sha256(id_.encode()).hexdigest()}.json"

    def _store(self, thing: Thing) -> None:
        path = self._path(thing.type, thing.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(asdict(thing)))
        unfinished.replace(path)

    @staticmethod
    def _load(path: Path) -> Thing | None:
        try:
            return Thing(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None


def _folder(type_: str) -> str:
    return type_.replace("/", "_").replace(":", "_")


def _is_named(thing: Thing, name: str) -> bool:
    """Google takes an id, a self link, or the last part of either."""
    return name in (thing.id, thing.self_link) or thing.id.endswith(f"/{name}")
