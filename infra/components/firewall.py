"""Firewall of a stack: everything is denied, then exactly what nodes and pods need is allowed.

Kubernetes Engine adds its own rules for traffic inside the cluster to come in; nothing adds rules for traffic to go
out, so those stand here. Which pod may open which connection is the business of the namespaces' network policies.
"""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component
from infra.components.private_google import PRIVATE_GOOGLE_CIDR
from infra.settings.foundation import Network as AddressPlan

# Where Google's health checks and load balancer proxies come from.
LOAD_BALANCER_CIDRS = ("35.191.0.0/16", "130.211.0.0/22")
# Cloud SQL's connector port, and Memorystore with encryption in transit.
DATABASE_CONNECTOR_PORT = 3307
CACHE_PORT = 6378

_ANYWHERE = ("0.0.0.0/0",)
# The lowest priority that can be given, one above Google's implied rules.
_LAST = 65534


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What a firewall needs to know.

    node_tag: network tag of the nodes that the allowing rules are about.
    service_ports: ports of pods that the load balancer may reach.
    """

    prefix: str
    project_id: str
    vpc_id: pulumi.Input[str]
    plan: AddressPlan
    node_tag: str
    service_ports: tuple[int, ...]


class Firewall(Component):
    """Rules of one stack. The VPC's owner also denies everything else, and logs it."""

    def __init__(self, name: str, args: FirewallArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        if args.plan.shared_vpc is None:
            self._deny("INGRESS")
            self._deny("EGRESS")
        self._allow_in()
        self._allow_out()
        self.finish()

    def _deny(self, direction: Literal["INGRESS", "EGRESS"]) -> None:
        gcp.compute.Firewall(
            self.child(f"deny-{direction.lower()}"),
            name=f"{self._args.prefix}-deny-{direction.lower()}",
            project=self._args.project_id,
            network=self._args.vpc_id,
            description=f"Denies all {direction.lower()} that no other rule allows",
            direction=direction,
            priority=_LAST,
            denies=[gcp.compute.FirewallDenyArgs(protocol="all")],
            source_ranges=_ANYWHERE if direction == "INGRESS" else None,
            destination_ranges=_ANYWHERE if direction == "EGRESS" else None,
            log_config=gcp.compute.FirewallLogConfigArgs(metadata="INCLUDE_ALL_METADATA"),
            opts=self.under(),
        )

    def _allow_in(self) -> None:
        args = self._args
        gcp.compute.Firewall(
            self.child("allow-load-balancer"),
            name=f"{args.prefix}-allow-load-balancer",
            project=args.project_id,
            network=args.vpc_id,
            description="Health checks and requests of Google's load balancer, to the ports of pods",
            direction="INGRESS",
            priority=1000,
            allows=[gcp.compute.FirewallAllowArgs(protocol="tcp", ports=[str(port) for port in args.service_ports])],
            source_ranges=LOAD_BALANCER_CIDRS,
            target_tags=[args.node_tag],
            opts=self.under(),
        )

    def _allow_out(self) -> None:
        """What a node opens itself: without each of these the cluster does not come up, or pods lose a back end.

        The metadata server, which is also the resolver and the clock, cannot be denied. The control plane's endpoint
        has its address in the nodes' own range (Private Service Connect).
        """
        plan = self._args.plan
        permit = gcp.compute.FirewallAllowArgs
        for name, why, to, allows in (
            (
                "cluster",
                "Nodes, pods and the control plane among each other",
                (plan.nodes_cidr, plan.pods_cidr),
                permit(protocol="all"),
            ),
            (
                "google",
                "Google's interfaces and images, by the private way",
                (PRIVATE_GOOGLE_CIDR,),
                permit(protocol="tcp", ports=["443"]),
            ),
            (
                "stores",
                "Database through its connector, and cache",
                (plan.google_services_cidr,),
                permit(protocol="tcp", ports=[str(DATABASE_CONNECTOR_PORT), str(CACHE_PORT)]),
            ),
            (
                "internet",
                "Third parties, encrypted, through the way out's one address",
                _ANYWHERE,
                permit(protocol="tcp", ports=["443"]),
            ),
        ):
            gcp.compute.Firewall(
                self.child(f"allow-to-{name}"),
                name=f"{self._args.prefix}-allow-to-{name}",
                project=self._args.project_id,
                network=self._args.vpc_id,
                description=why,
                direction="EGRESS",
                priority=1000,
                allows=[allows],
                destination_ranges=to,
                target_tags=[self._args.node_tag],
                opts=self.under(),
            )
