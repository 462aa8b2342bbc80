"""GKE clusters and node pools."""

from policies.resource import View
from policies.values import Properties


class Cluster(View):
    """A GKE cluster."""

    TYPES = ("gcp:container/cluster:Cluster",)

    @property
    def logged_components(self) -> tuple[str, ...]:
        return self._of.texts("loggingConfig", "enableComponents")

    @property
    def logging_service(self) -> str:
        """`none` switches logging off whatever the components say."""
        return self._of.text("loggingService")

    @property
    def monitored_components(self) -> tuple[str, ...]:
        return self._of.texts("monitoringConfig", "enableComponents")

    @property
    def monitoring_service(self) -> str:
        return self._of.text("monitoringService")

    @property
    def has_legacy_abac(self) -> bool:
        return self._of.flag("enableLegacyAbac")

    @property
    def enforces_network_policies(self) -> bool:
        if self._of.text("datapathProvider") == "ADVANCED_DATAPATH":
            return True
        return self._of.flag("networkPolicy", "enabled")

    @property
    def issues_client_certificate(self) -> bool:
        return self._of.flag("masterAuth", "clientCertificateConfig", "issueClientCertificate")

    @property
    def limits_operators_networks(self) -> bool:
        """Whether there is a list of networks that may reach the control plane, be it empty."""
        return self._of.at("masterAuthorizedNetworksConfig").value is not None

    @property
    def operators_networks(self) -> tuple[str, ...]:
        networks = self._of.each("masterAuthorizedNetworksConfig", "cidrBlocks")
        return tuple(network.text("cidrBlock") for network in networks)

    @property
    def admits_google_addresses(self) -> bool:
        """Whether any machine of Google Cloud, of any customer, may reach the control plane."""
        return self._of.flag("masterAuthorizedNetworksConfig", "gcpPublicCidrsAccessEnabled")

    @property
    def labels(self) -> dict[str, str]:
        return self._of.words("resourceLabels")

    @property
    def is_vpc_native(self) -> bool:
        return self._of.exists("ipAllocationPolicy")

    @property
    def has_private_nodes(self) -> bool:
        return self._of.flag("privateClusterConfig", "enablePrivateNodes")

    @property
    def has_private_endpoint(self) -> bool:
        return self._of.flag("privateClusterConfig", "enablePrivateEndpoint")

    @property
    def is_reached_by_name(self) -> bool:
        """Whether the control plane's DNS endpoint takes requests from any network.

        https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation: IAM alone guards that endpoint;
        authorized networks are about the address.
        """
        return self._of.flag("controlPlaneEndpointsConfig", "dnsEndpointConfig", "allowExternalTraffic")

    @property
    def shows_intranode_traffic(self) -> bool:
        return self._of.flag("enableIntranodeVisibility")

    @property
    def security_group(self) -> str:
        return self._of.text("authenticatorGroupsConfig", "securityGroup")

    @property
    def image_admission(self) -> str:
        return self._of.text("binaryAuthorization", "evaluationMode")

    @property
    def release_channel(self) -> str:
        return self._of.text("releaseChannel", "channel")

    @property
    def has_shielded_nodes(self) -> bool:
        return self._of.flag("enableShieldedNodes", default=True)

    @property
    def has_inline_pools(self) -> bool:
        return self._of.exists("nodePools")

    @property
    def keeps_default_pool(self) -> bool:
        return not self._of.flag("removeDefaultNodePool")

    @property
    def has_alpha_features(self) -> bool:
        return self._of.flag("enableKubernetesAlpha")

    @property
    def secrets_encryption(self) -> str:
        return self._of.text("databaseEncryption", "state")

    @property
    def secrets_key(self) -> str:
        return self._of.text("databaseEncryption", "keyName")

    @property
    def workload_pool(self) -> str:
        return self._of.text("workloadIdentityConfig", "workloadPool")

    @property
    def has_dashboard(self) -> bool:
        dashboard = self._of.at("addonsConfig", "kubernetesDashboard")
        return dashboard.value is not None and not dashboard.flag("disabled")

    @property
    def security_posture(self) -> str:
        return self._of.text("securityPostureConfig", "mode")

    @property
    def has_managed_prometheus(self) -> bool:
        return self._of.flag("monitoringConfig", "managedPrometheus", "enabled")

    @property
    def has_deletion_protection(self) -> bool:
        return self._of.flag("deletionProtection", default=True)

    @property
    def anonymous_access(self) -> str:
        return self._of.text("anonymousAuthenticationConfig", "mode")

    @property
    def binds_everyone(self) -> bool:
        """Whether RBAC may grant rights to all, signed in or not."""
        return any(
            self._of.flag("rbacBindingConfig", name, default=True)
            for name in ("enableInsecureBindingSystemAuthenticated", "enableInsecureBindingSystemUnauthenticated")
        )

    @property
    def admits_external_addresses(self) -> bool:
        return self._of.flag("serviceExternalIpsConfig", "enabled")

    @property
    def readonly_kubelet_port(self) -> str:
        return self._of.text("nodePoolDefaults", "nodeConfigDefaults", "insecureKubeletReadonlyPortEnabled")

    @property
    def mounts_secrets(self) -> bool:
        return self._of.flag("secretManagerConfig", "enabled")

    @property
    def secret_refresh_seconds(self) -> float | None:
        """How often mounted secrets are read anew; None where never."""
        rotation = self._of.at("secretManagerConfig", "rotationConfig")
        return _seconds(rotation.text("rotationInterval")) if rotation.flag("enabled") else None

    @property
    def has_backup_agent(self) -> bool:
        return self._of.flag("addonsConfig", "gkeBackupAgentConfig", "enabled")

    @property
    def counts_costs(self) -> bool:
        return self._of.flag("costManagementConfig", "enabled")

    @property
    def location(self) -> str:
        return self._of.text("location")

    @property
    def is_regional(self) -> bool:
        """A zone's name has one more part than a region's."""
        return self.location.count("-") == 1

    @property
    def zones(self) -> tuple[str, ...]:
        return self._of.texts("nodeLocations")

    @property
    def has_maintenance_window(self) -> bool:
        return self._of.exists("maintenancePolicy")


class NodePool(View):
    """A pool of nodes."""

    TYPES = ("gcp:container/nodePool:NodePool",)

    @property
    def _node(self) -> Properties:
        return self._of.at("nodeConfig")

    @property
    def is_repaired(self) -> bool:
        return self._of.flag("management", "autoRepair")

    @property
    def is_upgraded(self) -> bool:
        return self._of.flag("management", "autoUpgrade")

    @property
    def image_type(self) -> str:
        return self._node.text("imageType")

    @property
    def boots_securely(self) -> bool:
        return self._node.flag("shieldedInstanceConfig", "enableSecureBoot")

    @property
    def monitors_integrity(self) -> bool:
        return self._node.flag("shieldedInstanceConfig", "enableIntegrityMonitoring")

    @property
    def metadata_mode(self) -> str:
        return self._node.text("workloadMetadataConfig", "mode")

    @property
    def disables_legacy_metadata(self) -> bool:
        return self._node.text("metadata", "disable-legacy-endpoints") == "true"

    @property
    def service_account(self) -> str:
        return self._node.text("serviceAccount")

    @property
    def disk_key(self) -> str:
        return self._node.text("bootDiskKmsKey")

    @property
    def readonly_kubelet_port(self) -> str:
        return self._node.text("kubeletConfig", "insecureKubeletReadonlyPortEnabled")

    @property
    def pids_per_pod(self) -> float | None:
        return self._node.number("kubeletConfig", "podPidsLimit")

    @property
    def has_private_nodes(self) -> bool:
        return self._of.flag("networkConfig", "enablePrivateNodes")

    @property
    def zones(self) -> tuple[str, ...]:
        return self._of.texts("nodeLocations")

    @property
    def ceiling(self) -> float | None:
        """The most nodes it grows to, in each zone or in all; None where it does not grow by itself."""
        most = self._of.number("autoscaling", "maxNodeCount")
        return most if most is not None else self._of.number("autoscaling", "totalMaxNodeCount")

    @property
    def is_spot(self) -> bool:
        return self._node.flag("spot")

    @property
    def labels(self) -> dict[str, str]:
        return self._node.words("resourceLabels")

    @property
    def unavailable_in_upgrade(self) -> float:
        """Nodes that an upgrade takes away before it brings new ones."""
        return self._of.number("upgradeSettings", "maxUnavailable") or 0


def _seconds(duration: str) -> float | None:
    number = duration.removesuffix("s")
    return float(number) if duration.endswith("s") and number.replace(".", "", 1).isdigit() else None
