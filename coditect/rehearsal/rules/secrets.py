"""A secret has no value before somebody writes a version of it."""

import json
from collections.abc import Iterator

from coditect.graph.values import items, lookup, text
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.types import SECRET_CLASS, SECRET_VERSION, objects, pod_of

_ACCESS = "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess"


def has_version(secret: str, world: World) -> bool:
    """Whether a secret (projects/…/secrets/…) has a version."""
    return any(text(version.inputs, "secret") == secret for version in world.things(SECRET_VERSION))


def _unwritten(request: Request, world: World) -> Iterator[str]:
    secret = text(request.inputs, "secret")
    if not has_version(secret, world):
        yield (
            f"Secret [{secret}] not found or has no versions: nobody has written it yet. Read it only once "
            "people have filled it"
        )


def _mounted(request: Request, world: World) -> Iterator[str]:
    """The secrets that the pods of a workload mount by the Secret Manager add-on."""
    namespace = text(request.inputs, "metadata", "namespace")
    for volume in objects(pod_of(request.inputs), "volumes"):
        wanted = text(volume, "csi", "volumeAttributes", "secretProviderClass")
        provider = world.find(SECRET_CLASS, f"{namespace}/{wanted}") if wanted else None
        if provider is None:
            continue
        listed = json.loads(text(provider.inputs, "spec", "parameters", "secrets") or "[]")
        for entry in items(listed):
            yield str(lookup(entry, "resourceName")).partition("/versions/")[0]


def _stuck(request: Request, world: World) -> Iterator[str]:
    missing = sorted({secret for secret in _mounted(request, world) if not has_version(secret, world)})
    if missing:
        yield (
            f"{request.name}: its pods wait for {', '.join(missing)}, which has no version, and the deployment gives "
            "up after ten minutes. Declare it once people have filled the secrets"
        )


RULES = (
    Rule(
        name="secret-version-read",
        says="A secret can be read only once a version of it was written.",
        source="https://cloud.google.com/secret-manager/docs/access-secret-version",
        types=frozenset({_ACCESS}),
        operations=frozenset({Operation.ASK}),
        reasons=_unwritten,
    ),
    Rule(
        name="secret-version-mounted",
        says="Pods that mount a secret start only once a version of it was written.",
        source="https://cloud.google.com/secret-manager/docs/secret-manager-managed-csi-component",
        types=frozenset(
            {
                "kubernetes:apps/v1:Deployment",
                "kubernetes:apps/v1:StatefulSet",
                "kubernetes:apps/v1:DaemonSet",
                "kubernetes:batch/v1:Job",
            }
        ),
        reasons=_stuck,
    ),
)
