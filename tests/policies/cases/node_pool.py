"""How the rules of node pools are broken."""

from tests.policies.cases.case import broken

P = "cluster-pool-general"

CASES = (
    broken("node-pool-repair", P, "management.autoRepair", to=False),
    broken("node-pool-upgrade", P, "management.autoUpgrade", to=False),
    broken("node-pool-image", P, "nodeConfig.imageType", "UBUNTU_CONTAINERD"),
    broken("node-pool-secure-boot", P, "nodeConfig.shieldedInstanceConfig.enableSecureBoot", to=False),
    broken("node-pool-integrity", P, "nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring", to=False),
    broken("node-pool-metadata", P, "nodeConfig.workloadMetadataConfig.mode", "GCE_METADATA"),
    broken("node-pool-legacy-metadata", P, "nodeConfig.metadata.disable-legacy-endpoints", "false"),
    broken("node-pool-service-account", P, "nodeConfig.serviceAccount", "1-compute@developer.gserviceaccount.com"),
    broken("node-pool-disk-key", P, "nodeConfig.bootDiskKmsKey"),
    broken("node-pool-kubelet-readonly-port", P, "nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled", "TRUE"),
    broken("node-pool-pids", P, "nodeConfig.kubeletConfig.podPidsLimit"),
    broken("node-pool-private", P, "networkConfig.enablePrivateNodes", to=False),
    broken("node-pool-zones", P, "nodeLocations", ["us-central1-a"]),
    broken("node-pool-upgrade-surge", P, "upgradeSettings.maxUnavailable", 1),
    broken("node-pool-not-spot", P, "nodeConfig.spot", to=True),
    broken("node-pool-ceiling", P, "autoscaling.maxNodeCount", 100),
    broken("node-pool-spot", P, "nodeConfig.spot", to=False, stack="dev"),
)
