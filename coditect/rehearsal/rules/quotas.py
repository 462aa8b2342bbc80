"""Quotas of the project: what a resource would add to what stands, against what the project has asked for."""

from collections.abc import Iterator

from coditect.graph.model import Graph, Node
from coditect.preflight.quotas import table
from coditect.preflight.usage import Claim, usage
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.types import (
    ACCOUNT,
    BACKEND_SERVICE,
    CLUSTER,
    FIREWALL,
    GLOBAL_ADDRESS,
    NETWORK,
    NODE_POOL,
    REDIS,
    ROUTER,
    SECURITY_POLICY,
    STORAGE_CLASS,
    SUBNET,
)

_STATEFUL = "kubernetes:apps/v1:StatefulSet"
_COUNTED = frozenset(
    {
        ACCOUNT,
        BACKEND_SERVICE,
        CLUSTER,
        FIREWALL,
        GLOBAL_ADDRESS,
        NETWORK,
        NODE_POOL,
        REDIS,
        ROUTER,
        SECURITY_POLICY,
        SUBNET,
        _STATEFUL,
        "gcp:compute/address:Address",
        "gcp:compute/globalForwardingRule:GlobalForwardingRule",
        "gcp:compute/healthCheck:HealthCheck",
        "gcp:compute/sSLPolicy:SSLPolicy",
        "gcp:compute/targetHttpProxy:TargetHttpProxy",
        "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
        "gcp:compute/uRLMap:URLMap",
    }
)


def _node(thing: Thing) -> Node:
    return Node(
        urn=thing.urn,
        type=thing.type,
        name=thing.urn.rpartition("::")[2],
        is_component=False,
        inputs=thing.inputs,
        outputs={},
        parent=None,
        id=thing.id,
    )


def _used(things: list[Thing]) -> dict[Claim, int]:
    """What things need of each quota together: stack by stack, for volumes stand where their own cluster does."""
    total: dict[Claim, int] = {}
    for stack in sorted({thing.urn.split(":")[2] for thing in things}):
        nodes = {thing.urn: _node(thing) for thing in things if thing.urn.split(":")[2] == stack}
        for claim, amount in usage(Graph(stack=stack, project="", nodes=nodes)).items():
            total[claim] = total.get(claim, 0) + amount
    return total


def _exceeded(request: Request, world: World) -> Iterator[str]:
    standing = [thing for thing in world.things(*_COUNTED, STORAGE_CLASS) if thing.urn != request.urn]
    before = _used(standing)
    asked = Thing(type=request.type, id=request.id, urn=request.urn, inputs=request.inputs)
    for claim, amount in _used([*standing, asked]).items():
        quota = table().of(claim.metric)
        if amount > quota.granted and amount > before.get(claim, 0):
            yield (
                f"{request.name}: Quota '{quota.listed_as}' exceeded. Limit: {quota.granted} {quota.unit}"
                f"{' in ' + claim.region if claim.region else ''}, and this makes it {amount}. Need less, or raise "
                "ask_for in quotas.yaml and ask Google for it"
            )


RULES = (
    Rule(
        name="quota",
        says="A project has only so much of each kind: disks, processors, addresses, rules of Cloud Armor.",
        source="https://cloud.google.com/docs/quotas/overview, numbers in coditect/preflight/quotas.yaml",
        types=_COUNTED,
        operations=frozenset({Operation.CREATE, Operation.UPDATE}),
        reasons=_exceeded,
    ),
)
