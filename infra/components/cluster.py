"""The Kubernetes cluster: regional, private, reached by its DNS-based endpoint and IAM."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component, known_after
from infra.components.kubeconfig import dns_endpoint, kubeconfig
from infra.components.network import node_tag
from infra.components.nodes import NodesArgs, node_account, node_pool
from infra.settings import SettingsError
from infra.settings.foundation import Cluster as ClusterSize

_MAINTENANCE = timedelta(hours=6)
# Day on which the first maintenance window may open; a Monday long past, only there to count weeks from.
_FIRST_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

# Disk of each node that Google makes first and takes away again. It only has to come up, and a standard disk counts in
# no SSD quota. (Compute Engine, "Allocation quotas": pd-balanced and pd-ssd are SSD_TOTAL_GB, often 250 or 500 GB.)
_FIRST_DISK_TYPE = "pd-standard"
_FIRST_DISK_GIB = 30

_LOGGED = ("SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "SCHEDULER", "CONTROLLER_MANAGER")
# Dashboards read phases and readiness (POD); restarts and nodes are SYSTEM_COMPONENTS. The others answer questions that
# nobody has asked yet, of workloads and of the control plane, and only from the day on that they are enabled.
_MEASURED = (
    "SYSTEM_COMPONENTS",
    "APISERVER",
    "SCHEDULER",
    "CONTROLLER_MANAGER",
    "STORAGE",
    "HPA",
    "POD",
    "DAEMONSET",
    "DEPLOYMENT",
    "STATEFULSET",
    "KUBELET",
    "CADVISOR",
)


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """What a cluster needs to know.

    secrets_key: key that encrypts Kubernetes' own secrets before they are stored; disk_key: that of boot disks.
    security_group: `gke-security-groups@<domain>`, the group whose member groups may stand in role bindings.
    allowed_images: image name patterns that may run (`host/path/**`); null in a standby, whose project has the policy.
    protect: whether deleting the cluster is refused.
    """

    prefix: str
    project_id: str
    region: str
    zones: tuple[str, ...]
    vpc_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    pods_range_name: pulumi.Input[str]
    services_range_name: pulumi.Input[str]
    secrets_key: pulumi.Input[str]
    disk_key: pulumi.Input[str]
    security_group: str
    size: ClusterSize
    protect: bool
    allowed_images: tuple[str, ...] | None

    def __post_init__(self) -> None:
        if not self.security_group.startswith("gke-security-groups@"):
            raise SettingsError(
                f"security_group is {self.security_group!r}: Google takes only gke-security-groups@<your domain>, and "
                "role bindings to groups would match no one. Write that."
            )
        if self.allowed_images is not None and not self.allowed_images:
            raise SettingsError(
                "allowed_images is empty: binary authorization would let no container start. Name our registry, "
                "like us-central1-docker.pkg.dev/<project>/<repository>/**."
            )
        if wide := [pattern for pattern in self.allowed_images or () if pattern.split("/")[0].strip("*") == ""]:
            raise SettingsError(
                f"allowed_images: {', '.join(wide)} lets any image of any registry run. Start with a registry's host."
            )
        if outside := [zone for zone in self.zones if not zone.startswith(f"{self.region}-")]:
            raise SettingsError(
                f"zones: {', '.join(outside)} is not in {self.region}: nodes could not be created. "
                f"Write zones of {self.region}."
            )


class Cluster(Component):
    """One regional cluster with its node pools.

    endpoint_dns: host of the control plane, reached from anywhere with leave of IAM.
    kubeconfig: JSON (which is YAML) that signs in with Google's exec plugin; no credential is in it.
    workload_pool: `<project>.svc.id.goog`, known once it exists, so that bindings to it are accepted.
    """

    cluster_id: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    location: pulumi.Output[str]
    endpoint_dns: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    node_service_account: pulumi.Output[str]
    workload_pool: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        self.node_service_account = node_account(self, args.prefix, args.project_id)
        if args.allowed_images is not None:
            self._allow_images(args.allowed_images)
        cluster = self._cluster()
        nodes = NodesArgs(
            prefix=args.prefix,
            project_id=args.project_id,
            region=args.region,
            zones=args.zones,
            account_email=self.node_service_account,
            disk_key=args.disk_key,
        )
        pools = [node_pool(self, nodes, pool, cluster.id) for pool in args.size.pools]
        # Whoever takes the cluster is created when there are nodes to run on.
        self.cluster_id = known_after(cluster.id, *(pool.id for pool in pools))
        self.cluster_name = cluster.name
        self.location = cluster.location
        # After the id, for a first preview knows the part of it that we ask for, and not the endpoint.
        self.endpoint_dns = cluster.id.apply(lambda _: cluster.control_plane_endpoints_config.apply(dns_endpoint))
        self.kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(cluster.name, self.endpoint_dns, self.cluster_id).apply(
                lambda known: kubeconfig(name=str(known[0]), endpoint=str(known[1]))
            )
        )
        self.workload_pool = known_after(f"{args.project_id}.svc.id.goog", cluster.id)
        self.finish()

    def _cluster(self) -> gcp.container.Cluster:
        args = self._args
        return gcp.container.Cluster(
            self.child("cluster"),
            name=f"{args.prefix}-cluster",
            project=args.project_id,
            location=args.region,
            node_locations=list(args.zones),
            deletion_protection=args.protect,
            resource_labels=self.labels(),
            # Network
            network=args.vpc_id,
            subnetwork=args.subnet_id,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy=gcp.container.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=args.pods_range_name,
                services_secondary_range_name=args.services_range_name,
            ),
            datapath_provider="ADVANCED_DATAPATH",
            enable_fqdn_network_policy=True,
            enable_intranode_visibility=True,
            private_cluster_config=gcp.container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True, enable_private_endpoint=True
            ),
            service_external_ips_config=gcp.container.ClusterServiceExternalIpsConfigArgs(enabled=False),
            # Who may come in
            control_plane_endpoints_config=self._endpoints(),
            master_authorized_networks_config=gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
                cidr_blocks=[
                    gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(
                        cidr_block=network.cidr, display_name=network.name
                    )
                    for network in args.size.authorized_networks
                ],
                gcp_public_cidrs_access_enabled=False,
                private_endpoint_enforcement_enabled=True,
            ),
            master_auth=gcp.container.ClusterMasterAuthArgs(
                client_certificate_config=gcp.container.ClusterMasterAuthClientCertificateConfigArgs(
                    issue_client_certificate=False
                )
            ),
            authenticator_groups_config=gcp.container.ClusterAuthenticatorGroupsConfigArgs(
                security_group=args.security_group
            ),
            workload_identity_config=gcp.container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=f"{args.project_id}.svc.id.goog"
            ),
            enable_legacy_abac=False,
            anonymous_authentication_config=gcp.container.ClusterAnonymousAuthenticationConfigArgs(mode="LIMITED"),
            rbac_binding_config=gcp.container.ClusterRbacBindingConfigArgs(
                enable_insecure_binding_system_authenticated=False,
                enable_insecure_binding_system_unauthenticated=False,
            ),
            # What runs, and how it is kept
            enable_shielded_nodes=True,
            enable_kubernetes_alpha=False,
            binary_authorization=gcp.container.ClusterBinaryAuthorizationArgs(
                evaluation_mode="PROJECT_SINGLETON_POLICY_ENFORCE"
            ),
            database_encryption=gcp.container.ClusterDatabaseEncryptionArgs(
                state="ENCRYPTED", key_name=args.secrets_key
            ),
            # Google has ended vulnerability scanning here: images are scanned in the registry.
            security_posture_config=gcp.container.ClusterSecurityPostureConfigArgs(mode="BASIC"),
            secret_manager_config=gcp.container.ClusterSecretManagerConfigArgs(
                enabled=True,
                rotation_config=gcp.container.ClusterSecretManagerConfigRotationConfigArgs(
                    enabled=True, rotation_interval="120s"
                ),
            ),
            addons_config=_addons(),
            # What is seen of it
            logging_config=gcp.container.ClusterLoggingConfigArgs(enable_components=list(_LOGGED)),
            monitoring_config=gcp.container.ClusterMonitoringConfigArgs(
                enable_components=list(_MEASURED),
                managed_prometheus=gcp.container.ClusterMonitoringConfigManagedPrometheusArgs(enabled=True),
                advanced_datapath_observability_config=(
                    gcp.container.ClusterMonitoringConfigAdvancedDatapathObservabilityConfigArgs(
                        enable_metrics=True, enable_relay=False
                    )
                ),
            ),
            cost_management_config=gcp.container.ClusterCostManagementConfigArgs(enabled=True),
            # When it changes
            release_channel=gcp.container.ClusterReleaseChannelArgs(channel=args.size.release_channel),
            maintenance_policy=_maintenance(args.size),
            # The first pool that Google makes is taken away again; until then its node is as safe as any other.
            remove_default_node_pool=True,
            initial_node_count=1,
            node_config=self._first_node(),
            node_pool_defaults=gcp.container.ClusterNodePoolDefaultsArgs(
                node_config_defaults=gcp.container.ClusterNodePoolDefaultsNodeConfigDefaultsArgs(
                    insecure_kubelet_readonly_port_enabled="FALSE"
                )
            ),
            # `nodeConfig` speaks of a pool that is gone, and Google then shows another's there: a change that replaces.
            opts=self.under(pulumi.ResourceOptions(protect=args.protect, ignore_changes=["nodeConfig"])),
        )

    def _endpoints(self) -> gcp.container.ClusterControlPlaneEndpointsConfigArgs:
        """The DNS-based endpoint for pipelines and people, by IAM; the private address for what is inside the VPC."""
        return gcp.container.ClusterControlPlaneEndpointsConfigArgs(
            dns_endpoint_config=gcp.container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
                allow_external_traffic=True
            ),
            ip_endpoints_config=gcp.container.ClusterControlPlaneEndpointsConfigIpEndpointsConfigArgs(enabled=True),
        )

    def _first_node(self) -> gcp.container.ClusterNodeConfigArgs:
        return gcp.container.ClusterNodeConfigArgs(
            machine_type=self._args.size.pools[0].machine_type,
            # Without it no rule lets the node out, it never reaches the control plane, and the cluster is an error.
            tags=[node_tag(self._args.prefix)],
            image_type="COS_CONTAINERD",
            disk_type=_FIRST_DISK_TYPE,
            disk_size_gb=_FIRST_DISK_GIB,
            boot_disk_kms_key=self._args.disk_key,
            service_account=self.node_service_account,
            oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
            metadata={"disable-legacy-endpoints": "true"},
            shielded_instance_config=gcp.container.ClusterNodeConfigShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_integrity_monitoring=True
            ),
            workload_metadata_config=gcp.container.ClusterNodeConfigWorkloadMetadataConfigArgs(mode="GKE_METADATA"),
        )

    def _allow_images(self, patterns: tuple[str, ...]) -> None:
        """Project-wide policy: images of the named registries and Google's own system images, nothing else."""
        gcp.binaryauthorization.Policy(
            self.child("images"),
            project=self._args.project_id,
            description="Images of our registry, of the pinned add-ons, and Google's own system images",
            global_policy_evaluation_mode="ENABLE",
            default_admission_rule=gcp.binaryauthorization.PolicyDefaultAdmissionRuleArgs(
                evaluation_mode="ALWAYS_DENY", enforcement_mode="ENFORCED_BLOCK_AND_AUDIT_LOG"
            ),
            admission_whitelist_patterns=[
                gcp.binaryauthorization.PolicyAdmissionWhitelistPatternArgs(name_pattern=pattern)
                for pattern in patterns
            ],
            opts=self.under(),
        )


def _addons() -> gcp.container.ClusterAddonsConfigArgs:
    return gcp.container.ClusterAddonsConfigArgs(
        # Makes the network endpoint groups that the load balancer sends requests to.
        http_load_balancing=gcp.container.ClusterAddonsConfigHttpLoadBalancingArgs(disabled=False),
        horizontal_pod_autoscaling=gcp.container.ClusterAddonsConfigHorizontalPodAutoscalingArgs(disabled=False),
        dns_cache_config=gcp.container.ClusterAddonsConfigDnsCacheConfigArgs(enabled=True),
        gce_persistent_disk_csi_driver_config=gcp.container.ClusterAddonsConfigGcePersistentDiskCsiDriverConfigArgs(
            enabled=True
        ),
        gke_backup_agent_config=gcp.container.ClusterAddonsConfigGkeBackupAgentConfigArgs(enabled=True),
        gcs_fuse_csi_driver_config=gcp.container.ClusterAddonsConfigGcsFuseCsiDriverConfigArgs(enabled=False),
        gcp_filestore_csi_driver_config=gcp.container.ClusterAddonsConfigGcpFilestoreCsiDriverConfigArgs(enabled=False),
        # Calico's add-on: Dataplane V2 enforces network policy by itself.
        network_policy_config=gcp.container.ClusterAddonsConfigNetworkPolicyConfigArgs(disabled=True),
        cloudrun_config=gcp.container.ClusterAddonsConfigCloudrunConfigArgs(disabled=True),
    )


def _maintenance(size: ClusterSize) -> gcp.container.ClusterMaintenancePolicyArgs:
    """Weekly windows of six hours; two days a week make the 48 hours in 32 days that Google asks for."""
    hour, minute = (int(part) for part in size.maintenance_start.split(":"))
    first_day = min(_WEEK.index(day) for day in size.maintenance_days)
    start = _FIRST_MONDAY + timedelta(days=first_day, hours=hour, minutes=minute)
    return gcp.container.ClusterMaintenancePolicyArgs(
        recurring_window=gcp.container.ClusterMaintenancePolicyRecurringWindowArgs(
            start_time=start.strftime(_TIME),
            end_time=(start + _MAINTENANCE).strftime(_TIME),
            recurrence=f"FREQ=WEEKLY;BYDAY={','.join(size.maintenance_days)}",
        )
    )
