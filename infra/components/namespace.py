"""A namespace of the cluster: what pods may be there, how many, and whom they may talk to."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import apiextensions, core, meta, networking

from infra.catalog import Catalog
from infra.catalog.names import Namespace
from infra.components.base import Component
from infra.components.namespace_edges import (
    DATABASE_PROXY_PORT,
    Direction,
    Edge,
    Hosts,
    Pods,
    Ranges,
    Surroundings,
    edges,
)
from infra.components.namespace_quota import hard_limits

_POD_SECURITY = "restricted"


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """What a namespace needs to know.

    google_services_cidr: range in which Cloud SQL and Memorystore have their private addresses.
    nodes_cidr: range of the nodes, in which the control plane has its private address.
    database_port: what pods connect to: 3307, or 5432 where there is no Cloud SQL Auth Proxy.
    """

    namespace: Namespace
    catalog: Catalog
    google_services_cidr: str
    nodes_cidr: str
    database_port: int = DATABASE_PROXY_PORT


class PlatformNamespace(Component):
    """A namespace with Pod Security `restricted`, a quota, defaults, and a policy for each allowed connection."""

    namespace_name: pulumi.Output[str]

    def __init__(self, name: str, args: NamespaceArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        namespace = core.v1.Namespace(
            self.child("namespace"),
            metadata=meta.v1.ObjectMetaArgs(
                name=args.namespace.value,
                labels={
                    **self.labels(),
                    **{f"pod-security.kubernetes.io/{mode}": _POD_SECURITY for mode in ("enforce", "audit", "warn")},
                },
            ),
            opts=self.under(),
        )
        self.namespace_name = namespace.metadata.name
        self._limits(args)
        networking.v1.NetworkPolicy(
            self.child("deny"),
            metadata=self._meta("default-deny"),
            spec=networking.v1.NetworkPolicySpecArgs(
                pod_selector=meta.v1.LabelSelectorArgs(), policy_types=list(Direction)
            ),
            opts=self.under(),
        )
        around = Surroundings(
            google_services_cidr=args.google_services_cidr,
            nodes_cidr=args.nodes_cidr,
            database_port=args.database_port,
        )
        for edge in edges(args.catalog, args.namespace, around):
            self._allow(edge)
        self.finish()

    def _meta(self, name: str) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(name=name, namespace=self.namespace_name, labels=self.labels())

    def _limits(self, args: NamespaceArgs) -> None:
        core.v1.ResourceQuota(
            self.child("quota"),
            metadata=self._meta("ceiling"),
            spec=core.v1.ResourceQuotaSpecArgs(hard=dict(hard_limits(args.catalog, args.namespace))),
            opts=self.under(),
        )
        core.v1.LimitRange(
            self.child("defaults"),
            metadata=self._meta("defaults"),
            # For whatever is started by hand: every declared container says its own.
            spec=core.v1.LimitRangeSpecArgs(
                limits=[
                    core.v1.LimitRangeItemArgs(
                        type="Container",
                        default_request={"cpu": "50m", "memory": "64Mi"},
                        default={"cpu": "250m", "memory": "256Mi"},
                    )
                ]
            ),
            opts=self.under(),
        )

    def _allow(self, edge: Edge) -> None:
        selector = _subject(edge)
        hosts = [name for peer in edge.peers if isinstance(peer, Hosts) for name in peer.names]
        if hosts:
            apiextensions.CustomResource(
                self.child(edge.name),
                api_version="networking.gke.io/v1alpha1",
                kind="FQDNNetworkPolicy",
                metadata=self._meta(edge.name),
                spec={
                    "podSelector": {"matchLabels": selector},
                    "egress": [
                        {
                            "matches": [{"name": host} for host in hosts],
                            "ports": [{"protocol": str(protocol), "port": port} for protocol, port in edge.ports],
                        }
                    ],
                },
                opts=self.under(),
            )
            return
        ports = [networking.v1.NetworkPolicyPortArgs(protocol=protocol, port=port) for protocol, port in edge.ports]
        peers = [found for peer in edge.peers for found in _peers(peer)]
        networking.v1.NetworkPolicy(
            self.child(edge.name),
            metadata=self._meta(edge.name),
            spec=networking.v1.NetworkPolicySpecArgs(
                pod_selector=meta.v1.LabelSelectorArgs(match_labels=selector or None),
                policy_types=[edge.direction],
                ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=peers, ports=ports)]
                if edge.direction is Direction.INGRESS
                else None,
                egress=[networking.v1.NetworkPolicyEgressRuleArgs(to=peers, ports=ports)]
                if edge.direction is Direction.EGRESS
                else None,
            ),
            opts=self.under(),
        )


def _subject(edge: Edge) -> dict[str, str]:
    labels = {"app": edge.subject, "role": edge.role}
    return {key: value for key, value in labels.items() if value}


def _peers(peer: Pods | Ranges | Hosts) -> Sequence[networking.v1.NetworkPolicyPeerArgs]:
    match peer:
        case Pods(labels=labels, namespace=namespace):
            elsewhere = {"kubernetes.io/metadata.name": str(namespace)}
            return [
                networking.v1.NetworkPolicyPeerArgs(
                    namespace_selector=meta.v1.LabelSelectorArgs(match_labels=elsewhere) if namespace else None,
                    pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(labels)) if labels else None,
                )
            ]
        case Ranges(cidrs=cidrs):
            return [networking.v1.NetworkPolicyPeerArgs(ip_block=networking.v1.IPBlockArgs(cidr=c)) for c in cidrs]
        case Hosts():
            return []
