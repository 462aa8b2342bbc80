"""Rules of networks, firewalls and DNS."""

from collections.abc import Callable

from policies.controls import Control, ckv, gcp, gke, nsa, pci, soc2
from policies.resource import Stack, Whole
from policies.rule import Broken, relation, rule
from policies.views.network import DnsPolicy, Firewall, Nat, Network, Record, Subnet, Zone

FORBIDDEN_PORTS: tuple[tuple[str, int, tuple[Control, ...], str], ...] = (
    ("ssh", 22, (*gcp("3.6"), *ckv("CKV_GCP_2")), "Nodes are reached through the control plane: nobody needs SSH."),
    ("rdp", 3389, (*gcp("3.7"), *ckv("CKV_GCP_3")), "Nothing here runs Windows: an open port is a mistake."),
    ("http", 80, ckv("CKV_GCP_106"), "The world comes through the load balancer; past it there is no Cloud Armor."),
)


def _check(port: int) -> Callable[[Firewall], Broken]:
    def broken(firewall: Firewall) -> Broken:
        openings = firewall.openings if firewall.is_on and firewall.is_open_to_the_world else ()
        if any(opening.includes(port) for opening in openings if not opening.is_everything):
            yield f"Port {port} is open to the world."

    broken.__doc__ = f"No firewall rule opens port {port} to the world."
    return broken


for _name, _port, _controls, _why in FORBIDDEN_PORTS:
    rule(
        f"firewall-{_name}",
        Firewall,
        _controls,
        soc2("CC6.6"),
        pci("1.3.1"),
        why=_why,
        fix="Name the networks in sourceRanges, or drop the rule.",
    )(_check(_port))


@rule(
    "firewall-everything",
    Firewall,
    ckv("CKV2_GCP_12"),
    soc2("CC6.6"),
    pci("1.3.1", "1.2.5"),
    why="All ports are also those that nobody thought of.",
    fix="Name the ports and the networks.",
)
def everything(firewall: Firewall) -> Broken:
    """No firewall rule opens every port to the world."""
    if firewall.is_on and firewall.is_open_to_the_world and any(o.is_everything for o in firewall.openings):
        yield "Every port is open to the world."


@relation(
    "firewall-default-deny",
    Whole,
    gke("5.6.6"),
    nsa("network-separation"),
    soc2("CC6.6"),
    pci("1.3.1", "1.3.2"),
    why="What no rule allows would otherwise leave the network freely: Google's implied rule allows all egress.",
    fix="Declare deny rules for ingress and egress of all protocols with the lowest priority, with logging.",
)
def default_deny(_: Whole, stack: Stack) -> Broken:
    """What no rule allows is denied and logged, in both directions."""
    denying = [
        firewall
        for firewall in stack.of(Firewall)
        if firewall.is_on and firewall.denies_everything and firewall.is_logged
    ]
    for direction, is_ingress in (("ingress", True), ("egress", False)):
        if not any(firewall.is_ingress is is_ingress for firewall in denying):
            yield f"No rule denies and logs all {direction}."


@rule(
    "network-own-subnets",
    Network,
    soc2("CC6.6"),
    pci("1.2.1"),
    why="An automatic network has a subnet in every region, and nobody decided on any of them.",
    fix="Set autoCreateSubnetworks to false.",
)
def own_subnets(network: Network) -> Broken:
    """Every subnet was decided on."""
    if network.makes_subnets:
        yield "Subnets are made by themselves."


@rule(
    "subnet-flow-logs",
    Subnet,
    gcp("3.8"),
    ckv("CKV_GCP_26"),
    gke("5.6.1"),
    soc2("CC7.2"),
    pci("10.2.1", "11.5.1"),
    why="Who talked to whom is known from flow logs alone.",
    fix="Set logConfig.",
)
def flow_logs(subnet: Subnet) -> Broken:
    """Flows of a subnet are logged."""
    if not subnet.is_for_proxies and not subnet.logs_flows:
        yield "Flows are not logged."


@rule(
    "subnet-private-google",
    Subnet,
    ckv("CKV_GCP_74"),
    soc2("CC6.6"),
    pci("1.4.1"),
    why="Otherwise calls of Google's interfaces need a way to the internet.",
    fix="Set privateIpGoogleAccess.",
)
def private_google(subnet: Subnet) -> Broken:
    """Google's interfaces are reached without the internet."""
    if not subnet.is_for_proxies and not subnet.reaches_google_privately:
        yield "Google's interfaces are reached over the internet."


@rule(
    "nat-fixed-addresses",
    Nat,
    soc2("CC6.6"),
    pci("1.3.2"),
    why="Third parties can put a fixed address on their allow-list, and nothing else.",
    fix="Set natIpAllocateOption to MANUAL_ONLY, with reserved addresses.",
)
def nat_fixed_addresses(nat: Nat) -> Broken:
    """All that leaves the network has a known address."""
    if not nat.has_fixed_addresses:
        yield "Addresses of the way out change by themselves."


@rule(
    "nat-log",
    Nat,
    soc2("CC7.2"),
    pci("10.2.1"),
    why="A way out that runs out of ports shows as random failures; its log says so.",
    fix="Set logConfig.enable.",
)
def nat_log(nat: Nat) -> Broken:
    """The way out is logged."""
    if not nat.is_logged:
        yield "The way out is not logged."


@rule(
    "dns-signed",
    Zone,
    gcp("3.3"),
    ckv("CKV_GCP_16"),
    soc2("CC6.7"),
    pci("1.2.6"),
    why="An unsigned answer can be forged, and with it the proof by which certificates are issued.",
    fix="Set dnssecConfig.state to on.",
)
def dns_signed(zone: Zone) -> Broken:
    """Public zones are signed."""
    if zone.is_public and zone.signing != "on":
        yield f"DNSSEC is {zone.signing or 'not set'}."


@rule(
    "dns-algorithm",
    Zone,
    gcp("3.4", "3.5"),
    ckv("CKV_GCP_17"),
    soc2("CC6.7"),
    pci("12.3.3"),
    why="SHA-1 signatures can be forged, and resolvers have begun to ignore them.",
    fix="Set the algorithm of dnssecConfig.defaultKeySpecs to ecdsap256sha256.",
)
def dns_algorithm(zone: Zone) -> Broken:
    """No zone is signed with SHA-1."""
    if "rsasha1" in zone.algorithms:
        yield "A key's algorithm is rsasha1."


@rule(
    "dns-query-log",
    DnsPolicy,
    gcp("2.12"),
    soc2("CC7.2"),
    pci("11.5.1"),
    why="Malicious code asks for its master's name before it does anything else.",
    fix="Set enableLogging.",
)
def dns_query_log(policy: DnsPolicy) -> Broken:
    """Names that machines ask for are logged."""
    if not policy.is_logged:
        yield "Queries are not logged."


@relation(
    "dns-issuers",
    Zone,
    soc2("CC6.7"),
    pci("4.2.1"),
    why="Without a CAA record any of a hundred authorities may issue a certificate for the domain.",
    fix="Declare a CAA record at the zone's own name.",
)
def dns_issuers(zone: Zone, stack: Stack) -> Broken:
    """Every public zone says who may issue certificates."""
    if not zone.is_public:
        return
    if not any(record.type == "CAA" and record.dns_name == zone.dns_name for record in stack.of(Record)):
        yield f"There is no CAA record at {zone.dns_name}"
