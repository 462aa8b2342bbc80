"""How the rules of clusters are broken."""

from tests.policies.cases.case import broken

C = "cluster-cluster"

CASES = (
    broken("cluster-logging", C, "loggingConfig.enableComponents", ["APISERVER", "SCHEDULER", "CONTROLLER_MANAGER"]),
    broken("cluster-control-plane-logging", C, "loggingConfig.enableComponents", ["SYSTEM_COMPONENTS", "WORKLOADS"]),
    broken("cluster-monitoring", C, "monitoringConfig.enableComponents", ["APISERVER"]),
    broken("cluster-managed-prometheus", C, "monitoringConfig.managedPrometheus.enabled", to=False),
    broken("cluster-legacy-abac", C, "enableLegacyAbac", to=True),
    broken("cluster-network-policy", C, "datapathProvider", "LEGACY_DATAPATH"),
    broken("cluster-client-certificate", C, "masterAuth.clientCertificateConfig.issueClientCertificate", to=True),
    broken(
        "cluster-operators-networks-world", C, "masterAuthorizedNetworksConfig.cidrBlocks[0].cidrBlock", "0.0.0.0/0"
    ),
    broken("cluster-operators-networks", C, "masterAuthorizedNetworksConfig"),
    broken("cluster-vpc-native", C, "ipAllocationPolicy"),
    broken("cluster-private-nodes", C, "privateClusterConfig.enablePrivateNodes", to=False),
    broken("cluster-private-endpoint", C, "privateClusterConfig.enablePrivateEndpoint", to=False),
    broken("cluster-intranode-visibility", C, "enableIntranodeVisibility", to=False),
    broken("cluster-security-group", C, "authenticatorGroupsConfig"),
    broken("cluster-image-admission", C, "binaryAuthorization.evaluationMode", "DISABLED"),
    broken("cluster-release-channel", C, "releaseChannel.channel", "UNSPECIFIED"),
    broken("cluster-shielded-nodes", C, "enableShieldedNodes", to=False),
    broken("cluster-inline-pools", C, "nodePools", [{"name": "inside"}]),
    broken("cluster-alpha-features", C, "enableKubernetesAlpha", to=True),
    broken("cluster-secrets-encryption", C, "databaseEncryption.state", "DECRYPTED"),
    broken("cluster-workload-identity", C, "workloadIdentityConfig"),
    broken("cluster-dashboard", C, "addonsConfig.kubernetesDashboard.disabled", to=False),
    broken("cluster-security-posture", C, "securityPostureConfig.mode", "DISABLED"),
    broken("cluster-anonymous-access", C, "anonymousAuthenticationConfig.mode", "ENABLED"),
    broken("cluster-bindings-to-everyone", C, "rbacBindingConfig.enableInsecureBindingSystemUnauthenticated", to=True),
    broken("cluster-external-addresses", C, "serviceExternalIpsConfig.enabled", to=True),
    broken(
        "cluster-kubelet-readonly-port",
        C,
        "nodePoolDefaults.nodeConfigDefaults.insecureKubeletReadonlyPortEnabled",
        "TRUE",
    ),
    broken("cluster-secret-files", C, "secretManagerConfig.rotationConfig.rotationInterval", "3600s"),
)
