"""VPC, subnet, way out, private way to Google, and the firewall."""

import ipaddress

import pytest

from coditect.graph.model import Node
from infra.catalog import CATALOG
from infra.components.network import NetworkArgs
from infra.settings import SettingsError
from infra.settings.foundation import Network as AddressPlan
from tests.infra.foundation import foundation

STACKS = ("dev", "staging", "prod", "dr", "local")
FIREWALL = "gcp:compute/firewall:Firewall"


def firewall(stack: str, direction: str) -> dict[str, Node]:
    nodes = foundation(stack).of_type(FIREWALL)
    return {node.name.removeprefix("network-firewall-"): node for node in nodes if node.input("direction") == direction}


@pytest.mark.parametrize("stack", STACKS)
def test_nodes_live_in_a_private_subnet_whose_flows_are_logged(stack: str) -> None:
    (subnet,) = foundation(stack).of_type("gcp:compute/subnetwork:Subnetwork")
    assert subnet.input("privateIpGoogleAccess") is True
    assert subnet.input("logConfig", "metadata") == "INCLUDE_ALL_METADATA"
    assert subnet.input("logConfig", "flowSampling") == 0.5
    names = [str(entry["rangeName"]) for entry in _objects(subnet.input("secondaryIpRanges"))]
    assert names == [f"coditect-{stack}-pods", f"coditect-{stack}-services"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "local"])
def test_everything_that_is_not_allowed_is_denied_both_ways_and_logged(stack: str) -> None:
    for direction, ranges in (("INGRESS", "sourceRanges"), ("EGRESS", "destinationRanges")):
        rule = firewall(stack, direction)[f"deny-{direction.lower()}"]
        assert rule.input("denies") == [{"protocol": "all"}]
        assert rule.input(ranges) == ["0.0.0.0/0"]
        assert rule.input("priority") == 65534
        assert rule.input("logConfig", "metadata") == "INCLUDE_ALL_METADATA"


@pytest.mark.parametrize("stack", STACKS)
def test_only_googles_load_balancer_comes_in_and_only_to_ports_of_pods(stack: str) -> None:
    allowed = {name: rule for name, rule in firewall(stack, "INGRESS").items() if rule.input("allows")}
    assert list(allowed) == ["allow-load-balancer"]
    rule = allowed["allow-load-balancer"]
    assert rule.input("sourceRanges") == ["35.191.0.0/16", "130.211.0.0/22"]
    ports = {str(service.port) for service in CATALOG.services}
    assert rule.input("allows") == [{"protocol": "tcp", "ports": sorted(ports, key=int)}]
    assert rule.input("targetTags") == [f"coditect-{stack}-node"]


@pytest.mark.parametrize("stack", STACKS)
def test_nodes_reach_only_themselves_google_the_stores_and_https(stack: str) -> None:
    allowed = {
        name: (rule.input("destinationRanges"), rule.input("allows"))
        for name, rule in firewall(stack, "EGRESS").items()
        if rule.input("allows")
    }
    (subnet,) = foundation(stack).of_type("gcp:compute/subnetwork:Subnetwork")
    nodes = subnet.input("ipCidrRange")
    pods = subnet.input("secondaryIpRanges", 0, "ipCidrRange")
    lent = "10.48.32.0/20" if stack == "dr" else _lent(stack)
    assert allowed == {
        "allow-to-cluster": ([nodes, pods], [{"protocol": "all"}]),
        "allow-to-google": (["199.36.153.8/30"], [{"protocol": "tcp", "ports": ["443"]}]),
        "allow-to-stores": ([lent], [{"protocol": "tcp", "ports": ["3307", "6378"]}]),
        "allow-to-internet": (["0.0.0.0/0"], [{"protocol": "tcp", "ports": ["443"]}]),
    }


def test_the_nodes_carry_the_tag_that_the_rules_are_about() -> None:
    (pool,) = foundation("prod").of_type("gcp:container/nodePool:NodePool")
    assert pool.input("nodeConfig", "tags") == ["coditect-prod-node"]


def test_the_platform_leaves_by_one_reserved_address() -> None:
    graph = foundation("prod")
    (nat,) = graph.of_type("gcp:compute/routerNat:RouterNat")
    (address,) = graph.of_type("gcp:compute/address:Address")
    assert nat.input("natIpAllocateOption") == "MANUAL_ONLY"
    assert nat.input("natIps") == [address.outputs["selfLink"]]
    assert graph.find("coditect:platform:Network", "network").outputs["nat_ip"] == address.outputs["address"]


@pytest.mark.parametrize(("domain", "carrier"), [("googleapis.com", "private.googleapis.com"), ("pkg.dev", "pkg.dev")])
def test_names_of_google_resolve_to_addresses_that_never_leave_google(domain: str, carrier: str) -> None:
    graph = foundation("prod")
    records = {
        (record.input("name"), record.input("type")): record.input("rrdatas")
        for record in graph.of_type("gcp:dns/recordSet:RecordSet")
    }
    addresses = [str(address) for address in ipaddress.IPv4Network("199.36.153.8/30")]
    assert records[f"{carrier}.", "A"] == addresses
    assert records[f"*.{domain}.", "CNAME"] == [f"{carrier}."]
    zones = graph.of_type("gcp:dns/managedZone:ManagedZone")
    assert {zone.input("visibility") for zone in zones} == {"private"}


@pytest.mark.parametrize(
    ("type_", "name"),
    [("gcp:sql/databaseInstance:DatabaseInstance", "database-primary"), ("gcp:redis/instance:Instance", "cache-redis")],
)
def test_the_stores_wait_until_google_is_connected_to_the_vpc(type_: str, name: str) -> None:
    graph = foundation("prod")
    connection = graph.find("gcp:servicenetworking/connection:Connection", "network-google-services-connection")
    assert connection.urn in graph.find(type_, name).dependencies


def test_a_standby_adds_to_the_vpc_and_owns_nothing_of_it() -> None:
    graph = foundation("dr")
    owned = ("gcp:compute/network:Network", "gcp:servicenetworking/connection:Connection", "gcp:dns/policy:Policy")
    assert graph.of_type(*owned, "gcp:compute/globalAddress:GlobalAddress") == ()
    assert not any(rule.input("denies") for rule in graph.of_type(FIREWALL))
    outputs = graph.find("coditect:platform:Network", "network").outputs
    of_prod = foundation("prod").find("coditect:platform:Network", "network").outputs
    for same in ("vpc_id", "vpc_self_link", "private_services"):
        assert outputs[same] == of_prod[same]


def test_a_load_balancer_without_ports_is_refused() -> None:
    plan = AddressPlan(
        nodes_cidr="10.0.0.0/20",
        pods_cidr="10.1.0.0/16",
        services_cidr="10.0.16.0/20",
        google_services_cidr="10.0.32.0/20",
    )
    with pytest.raises(SettingsError, match=r"service_ports is empty.*502"):
        NetworkArgs(prefix="p", project_id="p", region="us-central1", plan=plan, service_ports=())


def _lent(stack: str) -> str:
    (address,) = foundation(stack).of_type("gcp:compute/globalAddress:GlobalAddress")
    return f"{address.input('address')}/{address.input('prefixLength')}"


def _objects(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value
