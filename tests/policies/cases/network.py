"""How the rules of networks are broken."""

from policies.values import Json
from tests.policies.cases.case import Case, broken, removed

FIREWALL = "gcp:compute/firewall:Firewall"
IN = "network-firewall-allow-load-balancer"


def opened(rule: str, *allows: Json) -> Case:
    """A firewall rule more, for the whole world."""
    properties: dict[str, Json] = {
        "name": "added",
        "direction": "INGRESS",
        "sourceRanges": ["0.0.0.0/0"],
        "allows": list(allows),
    }
    return Case(rule=rule, added=(FIREWALL, properties), hidden=(IN, "sourceRanges"))


CASES = (
    opened("firewall-ssh", {"protocol": "tcp", "ports": ["20-25"]}),
    opened("firewall-rdp", {"protocol": "tcp", "ports": ["3389"]}),
    opened("firewall-http", {"protocol": "tcp", "ports": ["80"]}),
    opened("firewall-everything", {"protocol": "all"}),
    removed(
        "firewall-default-deny",
        "network-firewall-deny-egress",
        hidden=("network-firewall-deny-egress", "destinationRanges"),
    ),
    broken("network-own-subnets", "network-vpc", "autoCreateSubnetworks", to=True),
    broken("subnet-flow-logs", "network-nodes", "logConfig"),
    broken("subnet-private-google", "network-nodes", "privateIpGoogleAccess", to=False),
    broken("flow-log-sampling", "network-nodes", "logConfig.flowSampling", 1),
    broken("nat-fixed-addresses", "network-nat", "natIpAllocateOption", "AUTO_ONLY"),
    broken("nat-log", "network-nat", "logConfig.enable", to=False),
    broken("dns-signed", "dns-site", "dnssecConfig.state", "off"),
    broken("dns-algorithm", "dns-site", "dnssecConfig.defaultKeySpecs[0].algorithm", "rsasha1"),
    broken("dns-query-log", "network-private-google-query-log", "enableLogging", to=False),
    removed("dns-issuers", "dns-site-apex-caa", hidden=("dns-site-apex-caa", "type")),
)
