"""What Google does not change in place, does not make smaller, and does not delete."""

import ipaddress
from collections.abc import Iterator

from coditect.graph.replacement import forces_replacement
from coditect.graph.values import Json, lookup, text
from coditect.rehearsal.properties import changed_paths
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.types import BUCKET, CONNECTION, INSTANCE, LOG_BUCKET, SUBNET


def _set_in_stone(request: Request, world: World) -> Iterator[str]:
    for path in changed_paths(request.before or {}, request.inputs):
        if forces_replacement(request.type, path):
            yield f"{request.name}: {path} cannot be changed after creation. Replace the resource, or keep the value"


def _number(value: Json) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _shrinking(request: Request, world: World) -> Iterator[str]:
    before, after = (
        _number(lookup(inputs, "settings", "diskSize")) for inputs in (request.before or {}, request.inputs)
    )
    if before is not None and after is not None and after < before:
        yield f"{request.name}: a disk cannot shrink from {before:g} to {after:g} GiB. Keep it, or restore into another"


def _narrowing(request: Request, world: World) -> Iterator[str]:
    before, after = (text(inputs, "ipCidrRange") for inputs in (request.before or {}, request.inputs))
    if before and after and not ipaddress.IPv4Network(before).subnet_of(ipaddress.IPv4Network(after)):
        yield f"{request.name}: a range can only grow: {after} does not contain {before}. Make another subnetwork"


def _shortened(request: Request, world: World) -> Iterator[str]:
    if not lookup(request.before or {}, "locked"):
        return
    before, after = (_number(lookup(inputs, "retentionDays")) for inputs in (request.before or {}, request.inputs))
    if before is not None and after is not None and after < before:
        yield f"{request.name}: the bucket is locked: its retention of {before:g} days can only grow"


def _guarded_instance(request: Request, world: World) -> Iterator[str]:
    if lookup(request.inputs, "settings", "deletionProtectionEnabled"):
        yield f"{request.name}: The instance is protected. Disable the deletion protection and try again"


def _replicated(request: Request, world: World) -> Iterator[str]:
    replicas = [
        instance.id
        for instance in world.things(INSTANCE)
        if text(instance.inputs, "masterInstanceName").rpartition("/")[2].rpartition(":")[2]
        == text(request.inputs, "name")
    ]
    if replicas:
        yield f"{request.name} has replicas ({', '.join(replicas)}), so it cannot be deleted. Delete them first"


def _full(request: Request, world: World) -> Iterator[str]:
    if not request.inputs.get("forceDestroy"):
        yield f"{request.name}: The bucket you tried to delete is not empty. Empty it, or keep it on purpose"


def _peering_in_use(request: Request, world: World) -> Iterator[str]:
    if text(request.inputs, "deletionPolicy") != "ABANDON":
        yield (
            f"{request.name}: Producer services (e.g. CloudSQL) are still using this connection, for days after "
            "the last of them was deleted. Set deletionPolicy to ABANDON"
        )


RULES = (
    Rule(
        name="immutable",
        says="Some properties cannot change after creation: another value means another resource.",
        source="https://registry.terraform.io/providers/hashicorp/google/latest/docs (forces a new resource)",
        operations=frozenset({Operation.UPDATE}),
        reasons=_set_in_stone,
    ),
    Rule(
        name="sql-disk-grows",
        says="The disk of a database only grows.",
        source="https://cloud.google.com/sql/docs/postgres/instance-settings#storage-capacity",
        types=frozenset({INSTANCE}),
        operations=frozenset({Operation.UPDATE}),
        reasons=_shrinking,
    ),
    Rule(
        name="subnet-range-grows",
        says="The range of a subnetwork only grows.",
        source="https://cloud.google.com/vpc/docs/create-modify-vpc-networks#expand-subnet",
        types=frozenset({SUBNET}),
        operations=frozenset({Operation.UPDATE}),
        reasons=_narrowing,
    ),
    Rule(
        name="locked-retention-grows",
        says="A locked log bucket keeps its logs at least as long as before.",
        source="https://cloud.google.com/logging/docs/buckets#locking-logs-buckets",
        types=frozenset({LOG_BUCKET}),
        operations=frozenset({Operation.UPDATE}),
        reasons=_shortened,
    ),
    Rule(
        name="sql-protected-at-google",
        says="A database that is protected at Google itself cannot be deleted by whatever tool.",
        source="https://cloud.google.com/sql/docs/postgres/deletion-protection",
        types=frozenset({INSTANCE}),
        operations=frozenset({Operation.DELETE}),
        reasons=_guarded_instance,
    ),
    Rule(
        name="sql-replicas-first",
        says="A database with replicas can be deleted only after them.",
        source="https://cloud.google.com/sql/docs/postgres/replication/manage-replicas#delete-primary",
        types=frozenset({INSTANCE}),
        operations=frozenset({Operation.DELETE}),
        reasons=_replicated,
    ),
    Rule(
        name="bucket-empty",
        says="A bucket with objects is deleted only by whoever says that they may go.",
        source="https://cloud.google.com/storage/docs/deleting-buckets",
        types=frozenset({BUCKET}),
        operations=frozenset({Operation.DELETE}),
        reasons=_full,
    ),
    Rule(
        name="peering-in-use",
        says="The peering with Google's services cannot be deleted for days after the last database behind it.",
        source="https://github.com/hashicorp/terraform-provider-google/issues/16275",
        types=frozenset({CONNECTION}),
        operations=frozenset({Operation.DELETE}),
        reasons=_peering_in_use,
    ),
)
