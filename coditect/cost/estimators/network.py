"""Addresses, Cloud NAT and what leaves for the internet."""

from collections.abc import Iterator
from decimal import Decimal

from coditect.cost.book import HOURS
from coditect.cost.estimate import Free, Gap, Line, Pricing
from coditect.cost.estimators.places import is_first
from coditect.graph.model import Graph, Node
from coditect.graph.values import text
from coditect.plan.capacity import capacity

ADDRESS = "gcp:compute/address:Address"
GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
NAT = "gcp:compute/routerNat:RouterNat"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"


def address(node: Node, _graph: Graph, pricing: Pricing) -> Iterator[Line | Gap | Free]:
    if text(node.inputs, "addressType") == "INTERNAL":
        yield Free(why="Internal addresses cost nothing.")
    else:
        yield pricing.fixed("External address", HOURS, "nat.address")


def global_address(node: Node, _graph: Graph, _pricing: Pricing) -> Iterator[Free]:
    if text(node.inputs, "addressType") == "INTERNAL":
        yield Free(why="Internal ranges cost nothing.")
    else:
        yield Free(why="An address in use by a forwarding rule costs nothing beside the rule.")


def nat(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """By nodes behind it, up to the price at which a gateway stops growing; data both ways."""
    nodes = Decimal(sum(pool.nodes for pool in capacity(graph).pools))
    each, most = (pricing.book.known(item).flat.price for item in ("nat.vm", "nat.gateway-most"))
    if nodes * each > most:
        yield pricing.fixed("Gateway, at its highest price", HOURS, "nat.gateway-most")
    else:
        yield pricing.fixed(f"Gateway of {nodes} nodes", nodes * HOURS, "nat.vm")
    if is_first(node, graph):
        yield pricing.used("Data", pricing.usage.nat_gib.value, "nat.data")


def subnetwork(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap | Free]:
    """A subnetwork costs nothing; what leaves the platform for the internet is priced with the first."""
    egress = pricing.usage.egress_gib.value
    if is_first(node, graph) and egress:
        yield from pricing.metered("Egress to the internet, premium tier", egress, "egress.premium")
    else:
        yield Free(why="Subnetworks cost nothing; egress is counted once.")


ESTIMATORS = {ADDRESS: address, GLOBAL_ADDRESS: global_address, NAT: nat, SUBNETWORK: subnetwork}
