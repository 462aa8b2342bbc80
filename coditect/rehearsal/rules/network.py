"""Address ranges must not overlap, and private services need their way before they are made."""

import ipaddress
from collections.abc import Iterator

from coditect.graph.values import text
from coditect.rehearsal.rule import Request, Rule, World
from coditect.rehearsal.types import CONNECTION, GLOBAL_ADDRESS, INSTANCE, REDIS, SUBNET, objects

Range = tuple[str, ipaddress.IPv4Network]


def _lent(world: World, network: str) -> Iterator[Range]:
    """The ranges that a network lends to Google by peering."""
    for address in world.things(GLOBAL_ADDRESS):
        start, prefix = text(address.inputs, "address"), address.inputs.get("prefixLength")
        if text(address.inputs, "purpose") == "VPC_PEERING" and text(address.inputs, "network") == network and start:
            yield address.id, ipaddress.IPv4Network(f"{start}/{prefix}")


def _own(world: World, network: str) -> Iterator[Range]:
    """The ranges of a network's subnetworks, those of pods and Services too."""
    for subnet in world.things(SUBNET):
        if text(subnet.inputs, "network") == network:
            yield subnet.id, ipaddress.IPv4Network(text(subnet.inputs, "ipCidrRange"))
            for secondary in objects(subnet.inputs, "secondaryIpRanges"):
                yield subnet.id, ipaddress.IPv4Network(text(secondary, "ipCidrRange"))


def _asked(request: Request) -> Iterator[ipaddress.IPv4Network]:
    if request.type == SUBNET:
        yield ipaddress.IPv4Network(text(request.inputs, "ipCidrRange"))
        for secondary in objects(request.inputs, "secondaryIpRanges"):
            yield ipaddress.IPv4Network(text(secondary, "ipCidrRange"))
    elif text(request.inputs, "purpose") == "VPC_PEERING" and text(request.inputs, "address"):
        yield ipaddress.IPv4Network(f"{text(request.inputs, 'address')}/{request.inputs.get('prefixLength')}")


def _overlapping(request: Request, world: World) -> Iterator[str]:
    network = text(request.inputs, "network")
    for asked in _asked(request):
        for owner, taken in (*_lent(world, network), *_own(world, network)):
            if owner != request.id and asked.overlaps(taken):
                yield f"{request.name}: IP range {asked} overlaps {taken} of {owner}. Write disjoint ranges"


def _unpeered(request: Request, world: World) -> Iterator[str]:
    network = text(request.inputs, "settings", "ipConfiguration", "privateNetwork")
    if text(request.inputs, "connectMode") == "PRIVATE_SERVICE_ACCESS":
        network = text(request.inputs, "authorizedNetwork")
    if network and not any(text(connection.inputs, "network") == network for connection in world.things(CONNECTION)):
        yield (
            f"{request.name}: {network} has no peering with Google's services (NETWORK_NOT_PEERED). Let this wait for "
            "the servicenetworking.Connection"
        )


RULES = (
    Rule(
        name="ranges-disjoint",
        says="Ranges of subnetworks, pods, Services and those lent to Google by peering must not overlap in a network.",
        source="https://cloud.google.com/vpc/docs/vpc-peering#considerations",
        types=frozenset({SUBNET, GLOBAL_ADDRESS}),
        reasons=_overlapping,
    ),
    Rule(
        name="private-services-access",
        says="A database or a cache with a private address needs the network's peering with Google's services first.",
        source="https://cloud.google.com/sql/docs/postgres/configure-private-services-access",
        types=frozenset({INSTANCE, REDIS}),
        reasons=_unpeered,
    ),
)
