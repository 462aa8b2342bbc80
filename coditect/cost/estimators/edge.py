"""The load balancer, Cloud Armor, Cloud CDN, Cloud DNS."""

from collections.abc import Iterator
from decimal import Decimal

from coditect.cost.book import HOURS
from coditect.cost.estimate import Free, Gap, Line, Pricing
from coditect.cost.estimators.places import by_name, is_first
from coditect.graph.model import Graph, Node
from coditect.graph.values import items

FORWARDING_RULE = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
BACKEND_SERVICE = "gcp:compute/backendService:BackendService"
SECURITY_POLICY = "gcp:compute/securityPolicy:SecurityPolicy"
ZONE = "gcp:dns/managedZone:ManagedZone"

_IN_THE_FIRST_PRICE = 5
_HUNDRED = Decimal(100)
"""Ten thousands in a million."""


def forwarding_rule(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap | Free]:
    """The first five of a project cost as much as one; each further one has its own price. Data is priced once."""
    rules = by_name(graph, FORWARDING_RULE)
    number = rules.index(node) + 1
    if number == 1:
        count = min(len(rules), _IN_THE_FIRST_PRICE)
        yield pricing.fixed(f"{count} forwarding rules", HOURS, "lb.rules.first-five")
        usage = pricing.usage
        yield pricing.used("Data in", usage.ingress_gib.value, "lb.data")
        yield pricing.used("Data out", usage.egress_gib.value, "lb.data")
    elif number <= _IN_THE_FIRST_PRICE:
        yield Free(why=f"In the price of the first five rules, counted with {rules[0].name}.")
    else:
        yield pricing.fixed("Forwarding rule", HOURS, "lb.rules.further")


def backend_service(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap | Free]:
    """A backend costs nothing; Cloud CDN's traffic is priced with the first backend that it serves."""
    cached = [n for n in by_name(graph, BACKEND_SERVICE) if n.input("enableCdn") is True]
    if node not in cached:
        yield Free(why="Paid through forwarding rules and the data they carry.")
    elif node is not cached[0]:
        yield Free(why=f"Its Cloud CDN traffic is counted with {cached[0].name}.")
    else:
        usage = pricing.usage
        yield from pricing.metered("Cloud CDN, answered", usage.cdn_egress_gib.value, "cdn.egress")
        yield pricing.used("Cloud CDN, filled", usage.cdn_fill_gib.value, "cdn.fill")
        yield pricing.used("Cloud CDN, look-ups", usage.cdn_lookups_millions.value * _HUNDRED, "cdn.lookups")


def security_policy(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """Cloud Armor Standard: a policy, each of its rules, and requests over all policies."""
    rules = Decimal(len(items(node.inputs, "rules")))
    yield pricing.fixed("Policy", Decimal(1), "armor.policy")
    yield pricing.fixed(f"{rules} rules", rules, "armor.rule")
    if is_first(node, graph):
        yield pricing.used("Requests to all policies", pricing.usage.requests_millions.value, "armor.requests")


def zone(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    yield pricing.fixed("Zone", Decimal(1), "dns.zone")
    if is_first(node, graph):
        yield pricing.used("Queries to all zones", pricing.usage.dns_queries_millions.value, "dns.queries")


ESTIMATORS = {
    FORWARDING_RULE: forwarding_rule,
    BACKEND_SERVICE: backend_service,
    SECURITY_POLICY: security_policy,
    ZONE: zone,
}
