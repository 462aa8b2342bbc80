"""Node pools: private, shielded, encrypted machines with an account that may do nothing but be a node."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component, known_after
from infra.components.network import node_tag
from infra.settings.foundation import NodePool

# The scope says nothing: what a node may do is what its account may do.
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


@dataclass(frozen=True, kw_only=True)
class NodesArgs:
    """What nodes of a stack have in common.

    account_email: the nodes' own service account. disk_key: id of the key of their boot disks.
    """

    prefix: str
    project_id: str
    region: str
    zones: tuple[str, ...]
    account_email: pulumi.Input[str]
    disk_key: pulumi.Input[str]


def node_account(component: Component, prefix: str, project_id: str) -> pulumi.Output[str]:
    """E-mail of the nodes' own service account, known once it has the one role that Google documents for nodes."""
    account = gcp.serviceaccount.Account(
        component.child("node-account"),
        account_id=f"{prefix}-node",
        project=project_id,
        display_name="Nodes of the cluster",
        opts=component.under(),
    )
    role = gcp.projects.IAMMember(
        component.child("node-role"),
        project=project_id,
        role="roles/container.defaultNodeServiceAccount",
        member=account.member,
        opts=component.under(),
    )
    return known_after(account.email, role.id)


def node_pool(
    component: Component, args: NodesArgs, pool: NodePool, cluster_id: pulumi.Input[str]
) -> gcp.container.NodePool:
    """One pool. Counts are for each zone: three zones of two nodes are six."""
    return gcp.container.NodePool(
        component.child(f"pool-{pool.name}"),
        name=f"{args.prefix}-{pool.name}",
        project=args.project_id,
        location=args.region,
        cluster=cluster_id,
        node_locations=list(args.zones),
        initial_node_count=pool.nodes_per_zone,
        autoscaling=gcp.container.NodePoolAutoscalingArgs(
            min_node_count=pool.nodes_per_zone,
            max_node_count=pool.max_nodes_per_zone,
            # ANY would put spot nodes where they are cheapest, and all of them into one zone.
            location_policy="BALANCED",
        ),
        management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
        # One new node joins before an old one leaves: a zone never has fewer than it is meant to.
        upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(strategy="SURGE", max_surge=1, max_unavailable=0),
        network_config=gcp.container.NodePoolNetworkConfigArgs(enable_private_nodes=True),
        node_config=_machine(component, args, pool),
        # The autoscaler owns the count from then on; a changed first count would replace the pool and all its pods.
        opts=component.under(pulumi.ResourceOptions(ignore_changes=["initialNodeCount"])),
    )


def _machine(component: Component, args: NodesArgs, pool: NodePool) -> gcp.container.NodePoolNodeConfigArgs:
    return gcp.container.NodePoolNodeConfigArgs(
        machine_type=pool.machine_type,
        spot=pool.spot,
        image_type="COS_CONTAINERD",
        disk_type="pd-balanced",
        disk_size_gb=pool.disk_gib,
        boot_disk_kms_key=args.disk_key,
        service_account=args.account_email,
        oauth_scopes=list(_SCOPES),
        tags=[node_tag(args.prefix)],
        labels={"pool": pool.name},
        resource_labels=component.labels(),
        metadata={"disable-legacy-endpoints": "true"},
        shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
            enable_secure_boot=True, enable_integrity_monitoring=True
        ),
        workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(mode="GKE_METADATA"),
        kubelet_config=gcp.container.NodePoolNodeConfigKubeletConfigArgs(
            insecure_kubelet_readonly_port_enabled="FALSE", pod_pids_limit=4096
        ),
    )
