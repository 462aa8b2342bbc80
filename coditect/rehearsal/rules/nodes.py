"""Nodes must reach their control plane, Google and the images from their first minute on."""

import ipaddress
from collections.abc import Iterator

from coditect.graph.values import JsonObject, items, lookup, text
from coditect.rehearsal.rule import Request, Rule, World
from coditect.rehearsal.types import CLUSTER, FIREWALL, NAT, NODE_POOL, PROJECT_GRANT, ROUTER, SUBNET, granted, objects

_NODE_ROLES = frozenset({"roles/container.defaultNodeServiceAccount", "roles/container.nodeServiceAccount"})
_EVERYWHERE = ipaddress.IPv4Network("0.0.0.0/0")
# Addresses of private.googleapis.com and restricted.googleapis.com.
# https://cloud.google.com/vpc/docs/configure-private-google-access#config-options
_GOOGLE = (ipaddress.IPv4Network("199.36.153.8/30"), ipaddress.IPv4Network("199.36.153.4/30"))


def _cluster_of(request: Request, world: World) -> JsonObject:
    if request.type == CLUSTER:
        return request.inputs
    cluster = world.find(CLUSTER, text(request.inputs, "cluster"))
    return cluster.inputs if cluster is not None else {}


def _tags(inputs: JsonObject) -> frozenset[str]:
    return frozenset(tag for tag in items(inputs, "nodeConfig", "tags") if isinstance(tag, str))


def _egress(network: str, world: World) -> Iterator[JsonObject]:
    for firewall in world.things(FIREWALL):
        if text(firewall.inputs, "network") == network and text(firewall.inputs, "direction") == "EGRESS":
            yield firewall.inputs


def _opens(firewall: JsonObject, tags: frozenset[str], target: ipaddress.IPv4Network) -> bool:
    """Whether a rule lets nodes with these tags open TCP 443 to a range."""
    wanted = {tag for tag in items(firewall, "targetTags") if isinstance(tag, str)}
    if wanted and not wanted & tags:
        return False
    ranges = [ipaddress.IPv4Network(cidr) for cidr in items(firewall, "destinationRanges") if isinstance(cidr, str)]
    if not any(target.subnet_of(cidr) for cidr in ranges or [_EVERYWHERE]):
        return False
    return any(
        text(allowed, "protocol") in ("all", "tcp")
        and (not items(allowed, "ports") or "443" in items(allowed, "ports"))
        for allowed in objects(firewall, "allows")
    )


def _cut_off(request: Request, world: World) -> Iterator[str]:
    if request.type == CLUSTER and not lookup(request.inputs, "nodeConfig"):
        return
    cluster = _cluster_of(request, world)
    subnet = world.find(SUBNET, text(cluster, "subnetwork"))
    if subnet is None:
        return
    rules, tags = list(_egress(text(cluster, "network"), world)), _tags(request.inputs)
    nodes = ipaddress.IPv4Network(text(subnet.inputs, "ipCidrRange"))
    for what, targets in (("the control plane", (nodes,)), ("Google's interfaces", _GOOGLE)):
        if not any(_opens(rule, tags, target) for rule in rules for target in targets):
            yield (
                f"{request.name}: nodes with {'the tags ' + ', '.join(sorted(tags)) if tags else 'no tag'} cannot "
                f"reach {what}, so the cluster waits 30 minutes for them and fails. Give the nodes the tag of the "
                "egress rules, and let this wait for those rules"
            )


def _lonely(request: Request, world: World) -> Iterator[str]:
    cluster = _cluster_of(request, world)
    if not lookup(cluster, "privateClusterConfig", "enablePrivateNodes"):
        return
    subnet = world.find(SUBNET, text(cluster, "subnetwork"))
    network = text(cluster, "network")
    has_nat = any(
        (router := world.find(ROUTER, text(nat.inputs, "router"))) is not None
        and text(router.inputs, "network") == network
        and text(nat.inputs, "region") == request.region
        for nat in world.things(NAT)
    )
    if subnet is not None and not subnet.inputs.get("privateIpGoogleAccess"):
        yield f"{request.name}: private nodes pull Google's images by Private Google Access. Turn it on in the subnet"
    if not has_nat:
        yield (
            f"{request.name}: private nodes have no way out to registries elsewhere. Let this wait for the Cloud NAT "
            f"of {request.region}"
        )


def _mute(request: Request, world: World) -> Iterator[str]:
    account = text(request.inputs, "nodeConfig", "serviceAccount")
    if not account:
        return
    if not any(
        f"serviceAccount:{account}" in granted(grant.inputs) and text(grant.inputs, "role") in _NODE_ROLES
        for grant in world.things(PROJECT_GRANT)
    ):
        yield (
            f"{request.name}: {account} may not report logs, metrics and its own health, so nodes do not register. "
            "Let this wait for the grant of roles/container.defaultNodeServiceAccount"
        )


def _rangeless(request: Request, world: World) -> Iterator[str]:
    subnet = world.find(SUBNET, text(request.inputs, "subnetwork"))
    names = (
        {text(secondary, "rangeName") for secondary in objects(subnet.inputs, "secondaryIpRanges")} if subnet else set()
    )
    for key in ("clusterSecondaryRangeName", "servicesSecondaryRangeName"):
        wanted = text(request.inputs, "ipAllocationPolicy", key)
        if wanted and wanted not in names:
            yield f"{request.name}: the subnetwork has no secondary range {wanted}. Create it there first"


_NODES = frozenset({CLUSTER, NODE_POOL})
RULES = (
    Rule(
        name="node-egress",
        says="Nodes, those of the temporary first pool too, register only if egress rules that match their tags exist.",
        source="https://cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules#deny-egress",
        types=_NODES,
        reasons=_cut_off,
    ),
    Rule(
        name="node-way-out",
        says="Private nodes need Private Google Access for Google's images, and Cloud NAT for all else.",
        source="https://cloud.google.com/kubernetes-engine/docs/concepts/private-cluster-concept",
        types=_NODES,
        reasons=_lonely,
    ),
    Rule(
        name="node-account-role",
        says="The account of nodes needs the role of nodes before the first of them starts.",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts#default-gke-service-agent",
        types=_NODES,
        reasons=_mute,
    ),
    Rule(
        name="cluster-ranges",
        says="The secondary ranges that a cluster names must stand in its subnetwork.",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/alias-ips#creating_cluster",
        types=frozenset({CLUSTER}),
        reasons=_rangeless,
    ),
)
