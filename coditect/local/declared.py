"""What the graph declares for one machine, as typed values: pods, jobs, stores and keys. Reads the graph alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from coditect.graph.model import Graph, Node
from coditect.graph.pods import CRON_JOB, DEPLOYMENT, JOB, STATEFUL_SET, quantity
from coditect.graph.values import Json, items, lookup, members, text
from explained import ExplainedError

WORKLOAD = "coditect:platform:Workload"
SECRET_CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"  # noqa: S105 - a type's name
DATABASE_INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
DATABASE = "gcp:sql/database:Database"
DATABASE_USER = "gcp:sql/user:User"
REDIS = "gcp:redis/instance:Instance"
KMS_KEY = "gcp:kms/cryptoKey:CryptoKey"
KMS_VERSION = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion"


class NotDeclared(ExplainedError):  # noqa: N818 - reads as what it is
    """The graph lacks what a process needs to run. The message names it."""


class Kind(StrEnum):
    SERVICE = "service"
    JOB = "job"
    CRON_JOB = "cron job"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A check of a container. path: for HTTP; None for a mere connection. host: header; empty for the address.

    Times in seconds.
    """

    path: str | None
    host: str
    port: int
    period_s: float
    timeout_s: float
    success_threshold: int
    failure_threshold: int


@dataclass(frozen=True, kw_only=True)
class SecretFile:
    """A file of a pod: its name, and the Secret Manager secret whose latest version it holds."""

    file: str
    secret: str


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A directory of a container. secrets: the files in it; None for scratch space."""

    path: str
    secrets: tuple[SecretFile, ...] | None


@dataclass(frozen=True, kw_only=True)
class Pod:
    """One workload's pod: its first container, which is what runs here.

    is_built_here: False for an image that this repository does not build.
    ports: container ports by name.
    colour: blue or green; None where there is only one.
    grace_s: how long it may take to end.
    """

    kind: Kind
    name: str
    namespace: str
    service: str
    role: str
    colour: str | None
    replicas: int
    is_built_here: bool
    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    mounts: tuple[Mount, ...]
    ports: dict[str, int]
    readiness: Probe | None
    liveness: Probe | None
    grace_s: float
    memory_limit_mib: int


@dataclass(frozen=True, kw_only=True)
class DatabaseServer:
    """A Cloud SQL instance. users: logins; owners: those of them that own what they create."""

    host: str
    port: int
    flags: dict[str, str]
    databases: tuple[str, ...]
    users: tuple[str, ...]
    owner_role: str
    owners: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Cache:
    """A Memorystore instance."""

    host: str
    port: int
    memory_gib: int
    policy: str
    has_password: bool
    has_tls: bool


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """Everything a stack runs. signing_keys: how many versions each has, by its name."""

    stack: str
    pods: tuple[Pod, ...]
    database: DatabaseServer
    cache: Cache
    signing_keys: dict[str, int]

    def named(self, name: str) -> Pod:
        """The pod of that name. Raises NotDeclared with the names there are."""
        for pod in self.pods:
            if pod.name == name:
                return pod
        raise NotDeclared(f"{name} is nothing that {self.stack} declares: {', '.join(p.name for p in self.pods)}.")


def deployed(graph: Graph) -> Deployed:
    """Read a captured graph. Raises NotDeclared for what would leave a process without something it needs."""
    return Deployed(
        stack=graph.stack,
        pods=tuple(_pods(graph)),
        database=_database(graph),
        cache=_cache(graph),
        signing_keys=_signing_keys(graph),
    )


def _pods(graph: Graph) -> Iterator[Pod]:
    for node in graph.of_type(DEPLOYMENT, STATEFUL_SET):
        yield _pod(graph, node, Kind.SERVICE, node.input("spec", "template"))
    for node in graph.of_type(JOB):
        yield _pod(graph, node, Kind.JOB, node.input("spec", "template"))
    for node in graph.of_type(CRON_JOB):
        yield _pod(graph, node, Kind.CRON_JOB, node.input("spec", "jobTemplate", "spec", "template"))


def _pod(graph: Graph, node: Node, kind: Kind, template: Json) -> Pod:
    namespace = text(node.inputs, "metadata", "namespace")
    labels = members(template, "metadata", "labels")
    spec = lookup(template, "spec")
    container = lookup(spec, "containers", 0)
    replicas = node.input("spec", "replicas")
    component = graph.component_of(node)
    is_built_here = component is not None and component.type == WORKLOAD
    name = text(node.inputs, "metadata", "name")
    ports = {text(port, "name") or str(lookup(port, "containerPort")): port for port in items(container, "ports")}
    grace = lookup(spec, "terminationGracePeriodSeconds")
    return Pod(
        kind=kind,
        name=name,
        namespace=namespace,
        service=text(labels, "app"),
        role=text(labels, "role"),
        colour=text(labels, "colour") or None,
        replicas=replicas if isinstance(replicas, int) else 1,
        is_built_here=is_built_here,
        image=text(container, "image"),
        command=tuple(str(part) for part in [*items(container, "command"), *items(container, "args")]),
        environment=_environment(name, container) if is_built_here else {},
        mounts=tuple(_mounts(graph, namespace, spec, container)),
        ports={key: _whole(lookup(port, "containerPort")) for key, port in ports.items()},
        readiness=_probe(lookup(container, "readinessProbe")),
        liveness=_probe(lookup(container, "livenessProbe")),
        grace_s=float(grace) if isinstance(grace, int | float) else 30.0,
        memory_limit_mib=round(quantity(lookup(container, "resources", "limits", "memory")) / 2**20),
    )


def _environment(pod: str, container: Json) -> dict[str, str]:
    told = {}
    for variable in items(container, "env"):
        field = text(variable, "valueFrom", "fieldRef", "fieldPath")
        value = lookup(variable, "value")
        known = {"metadata.name": pod, "status.podIP": "127.0.0.1"}
        if isinstance(value, str):
            told[text(variable, "name")] = value
        elif field in known:
            told[text(variable, "name")] = known[field]
        else:
            raise NotDeclared(
                f"{pod} takes {text(variable, 'name')} from something that this machine does not have. "
                "Give it a value, or teach coditect/local/declared.py where it comes from."
            )
    if items(container, "envFrom"):
        raise NotDeclared(f"{pod} takes its environment from a config map, which its own services never do.")
    return told


def _mounts(graph: Graph, namespace: str, spec: Json, container: Json) -> Iterator[Mount]:
    volumes = {text(volume, "name"): volume for volume in items(spec, "volumes")}
    for mount in items(container, "volumeMounts"):
        volume = volumes.get(text(mount, "name"))
        wanted = text(volume, "csi", "volumeAttributes", "secretProviderClass")
        yield Mount(path=text(mount, "mountPath"), secrets=_secret_files(graph, namespace, wanted) if wanted else None)


def _secret_files(graph: Graph, namespace: str, wanted: str) -> tuple[SecretFile, ...]:
    for node in graph.of_type(SECRET_CLASS):
        if node.input("metadata", "namespace") == namespace and node.input("metadata", "name") == wanted:
            listed = json.loads(text(node.inputs, "spec", "parameters", "secrets"))
            return tuple(
                SecretFile(file=text(one, "path"), secret=text(one, "resourceName").split("/")[3]) for one in listed
            )
    raise NotDeclared(f"{namespace} has no SecretProviderClass {wanted}: a pod there could not start.")


def _probe(probe: Json) -> Probe | None:
    if probe is None:
        return None
    http = lookup(probe, "httpGet")
    port = lookup(http or lookup(probe, "tcpSocket"), "port")
    return Probe(
        path=text(http, "path") if http else None,
        host=next((text(h, "value") for h in items(http, "httpHeaders") if text(h, "name") == "Host"), ""),
        port=_whole(port),
        # What Kubernetes takes where nothing is written.
        period_s=float(str(lookup(probe, "periodSeconds") or 10)),
        timeout_s=float(str(lookup(probe, "timeoutSeconds") or 1)),
        success_threshold=_whole(lookup(probe, "successThreshold") or 1),
        failure_threshold=_whole(lookup(probe, "failureThreshold") or 3),
    )


def _database(graph: Graph) -> DatabaseServer:
    instance = _only(graph, DATABASE_INSTANCE)
    users = graph.of_type(DATABASE_USER)
    roles = {str(role) for user in users for role in items(user.inputs, "databaseRoles")}
    if len(roles) != 1:
        raise NotDeclared(f"The logins that migrate must share one role, and have: {sorted(roles) or 'none'}.")
    return DatabaseServer(
        host=text(instance.outputs, "privateIpAddress"),
        port=5432,  # Cloud SQL's, for every PostgreSQL instance
        flags={text(flag, "name"): text(flag, "value") for flag in items(instance.inputs, "settings", "databaseFlags")},
        databases=tuple(text(database.inputs, "name") for database in graph.of_type(DATABASE)),
        users=tuple(text(user.inputs, "name") for user in users),
        owner_role=roles.pop(),
        owners=frozenset(text(user.inputs, "name") for user in users if items(user.inputs, "databaseRoles")),
    )


def _cache(graph: Graph) -> Cache:
    instance = _only(graph, REDIS)
    return Cache(
        host=text(instance.outputs, "host"),
        port=_whole(lookup(instance.outputs, "port")),
        memory_gib=_whole(instance.input("memorySizeGb")),
        policy=text(instance.inputs, "redisConfigs", "maxmemory-policy"),
        has_password=instance.input("authEnabled") is True,
        has_tls=instance.input("transitEncryptionMode") == "SERVER_AUTHENTICATION",
    )


def _signing_keys(graph: Graph) -> dict[str, int]:
    versions = [text(version.inputs, "cryptoKey") for version in graph.of_type(KMS_VERSION)]
    keys = [key.id for key in graph.of_type(KMS_KEY) if text(key.inputs, "purpose") == "ASYMMETRIC_SIGN"]
    return {key: versions.count(key) for key in keys}


def _only(graph: Graph, kind: str) -> Node:
    found = graph.of_type(kind)
    if len(found) != 1:
        raise NotDeclared(f"{graph.stack} must have one {kind} to run here, and has {len(found)}.")
    return found[0]


def _whole(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotDeclared(f"{value!r} stands where a whole number must.")
    return value
