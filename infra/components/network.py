"""VPC, private subnet, way out, private way to Google, and a firewall that denies what nobody declared."""

import ipaddress
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.catalog import CATALOG
from infra.components.base import Component, known_after
from infra.components.firewall import Firewall, FirewallArgs
from infra.components.private_google import PrivateGoogle, PrivateGoogleArgs
from infra.settings import SettingsError
from infra.settings.foundation import Network as AddressPlan


def node_tag(prefix: str) -> str:
    """Network tag of a stack's nodes: what its firewall rules are about."""
    return f"{prefix}-node"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What a network needs to know.

    plan: address ranges; with `shared_vpc` only the subnet, the way out and this stack's firewall rules are made.
    service_ports: ports of pods that the load balancer may reach.
    """

    prefix: str
    project_id: str
    region: str
    plan: AddressPlan
    service_ports: tuple[int, ...] = tuple(sorted({service.port for service in CATALOG.services}))

    def __post_init__(self) -> None:
        if not self.service_ports:
            raise SettingsError(
                "service_ports is empty: the load balancer's health checks would be dropped and every request answered "
                "502. Name the ports that pods listen on."
            )


class Network(Component):
    """Where nodes and pods live.

    vpc_id: projects/…/global/networks/…; vpc_self_link: the same as an address.
    nat_ip: the one address from which the platform reaches the internet, for other people's allow-lists.
    private_services: name of the range lent to Google for Cloud SQL and Memorystore, known only once Google is
    connected: what takes it can get a private address.
    """

    vpc_id: pulumi.Output[str]
    vpc_self_link: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    nat_ip: pulumi.Output[str]
    pods_range_name: pulumi.Output[str]
    services_range_name: pulumi.Output[str]
    private_services: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        if args.plan.shared_vpc is None:
            self._make_vpc()
        else:
            self._use_vpc(args.plan.shared_vpc)
        self.pods_range_name = pulumi.Output.from_input(f"{args.prefix}-pods")
        self.services_range_name = pulumi.Output.from_input(f"{args.prefix}-services")
        self.subnet_id = self._subnet()
        self.nat_ip = self._way_out()
        Firewall(
            self.child("firewall"),
            FirewallArgs(
                prefix=args.prefix,
                project_id=args.project_id,
                vpc_id=self.vpc_id,
                plan=args.plan,
                node_tag=node_tag(args.prefix),
                service_ports=args.service_ports,
            ),
            self.under(),
        )
        self.finish()

    def _make_vpc(self) -> None:
        args = self._args
        vpc = gcp.compute.Network(
            self.child("vpc"),
            name=f"{args.prefix}-vpc",
            project=args.project_id,
            auto_create_subnetworks=False,
            # Global: the standby region's subnet reaches what this region's routers learn.
            routing_mode="GLOBAL",
            opts=self.under(),
        )
        self.vpc_id = vpc.id
        self.vpc_self_link = vpc.self_link
        self.private_services = self._lend_range(vpc)
        PrivateGoogle(
            self.child("private-google"),
            PrivateGoogleArgs(prefix=args.prefix, project_id=args.project_id, vpc_id=vpc.id),
            self.under(),
        )

    def _use_vpc(self, vpc: str) -> None:
        """Takes over what the VPC's owner has made, by name."""
        path = f"projects/{self._args.project_id}/global/networks/{vpc}"
        self.vpc_id = pulumi.Output.from_input(path)
        self.vpc_self_link = pulumi.Output.from_input(f"https://www.googleapis.com/compute/v1/{path}")
        self.private_services = pulumi.Output.from_input(_lent_range(vpc))

    def _lend_range(self, vpc: gcp.compute.Network) -> pulumi.Output[str]:
        args = self._args
        cidr = ipaddress.IPv4Network(args.plan.google_services_cidr)
        lent = gcp.compute.GlobalAddress(
            self.child("google-services"),
            name=_lent_range(f"{args.prefix}-vpc"),
            project=args.project_id,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=str(cidr.network_address),
            prefix_length=cidr.prefixlen,
            network=vpc.id,
            opts=self.under(),
        )
        connection = gcp.servicenetworking.Connection(
            self.child("google-services-connection"),
            network=vpc.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[lent.name],
            # Google refuses to cut it while it cleans up after the last database, for days: no destroy waits for that.
            deletion_policy="ABANDON",
            opts=self.under(),
        )
        return known_after(lent.name, connection.id)

    def _subnet(self) -> pulumi.Output[str]:
        args = self._args
        subnet = gcp.compute.Subnetwork(
            self.child("nodes"),
            name=f"{args.prefix}-nodes",
            project=args.project_id,
            region=args.region,
            network=self.vpc_id,
            ip_cidr_range=args.plan.nodes_cidr,
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(
                    range_name=self.pods_range_name, ip_cidr_range=args.plan.pods_cidr
                ),
                gcp.compute.SubnetworkSecondaryIpRangeArgs(
                    range_name=self.services_range_name, ip_cidr_range=args.plan.services_cidr
                ),
            ],
            private_ip_google_access=True,
            stack_type="IPV4_ONLY",
            log_config=gcp.compute.SubnetworkLogConfigArgs(
                aggregation_interval="INTERVAL_5_SEC",
                flow_sampling=args.plan.flow_log_sampling,
                metadata="INCLUDE_ALL_METADATA",
            ),
            opts=self.under(),
        )
        return subnet.id

    def _way_out(self) -> pulumi.Output[str]:
        args = self._args
        address = gcp.compute.Address(
            self.child("nat-address"),
            name=f"{args.prefix}-nat",
            project=args.project_id,
            region=args.region,
            address_type="EXTERNAL",
            network_tier="PREMIUM",
            labels=self.labels(),
            opts=self.under(),
        )
        router = gcp.compute.Router(
            self.child("router"),
            name=f"{args.prefix}-router",
            project=args.project_id,
            region=args.region,
            network=self.vpc_id,
            opts=self.under(),
        )
        gcp.compute.RouterNat(
            self.child("nat"),
            name=f"{args.prefix}-nat",
            project=args.project_id,
            region=args.region,
            router=router.name,
            nat_ip_allocate_option="MANUAL_ONLY",
            nat_ips=[address.self_link],
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                gcp.compute.RouterNatSubnetworkArgs(
                    name=self.subnet_id,
                    source_ip_ranges_to_nats=["PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"],
                    secondary_ip_range_names=[self.pods_range_name],
                )
            ],
            # One address has 64,512 ports: 64 a node to begin with, more where one pod opens many connections.
            enable_dynamic_port_allocation=True,
            enable_endpoint_independent_mapping=False,
            min_ports_per_vm=64,
            max_ports_per_vm=4096,
            log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=self.under(),
        )
        return address.address


def _lent_range(vpc: str) -> str:
    """Name of the range that a VPC lends to Google: a standby finds it by the VPC's name alone."""
    return f"{vpc}-google-services"
