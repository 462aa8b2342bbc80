"""Rules of who reaches a GKE cluster, and with which rights."""

from policies.addresses import cover_the_internet
from policies.controls import ckv, gke, nsa, pci, soc2
from policies.rule import Broken, rule
from policies.views.cluster import Cluster


@rule(
    "cluster-legacy-abac",
    Cluster,
    gke("5.8.3"),
    ckv("CKV_GCP_7"),
    soc2("CC6.3"),
    pci("7.2.1"),
    why="Legacy authorisation gives every service account of the cluster nearly all rights, whatever RBAC says.",
    fix="Set enableLegacyAbac to false.",
)
def legacy_abac(cluster: Cluster) -> Broken:
    """Only RBAC authorises."""
    if cluster.has_legacy_abac:
        yield "Legacy authorisation (ABAC) is on."


@rule(
    "cluster-network-policy",
    Cluster,
    gke("4.3.1"),
    ckv("CKV_GCP_12"),
    nsa("network-separation"),
    soc2("CC6.6"),
    pci("1.2.1", "1.4.1"),
    why="NetworkPolicy objects have no effect where nothing enforces them.",
    fix="Set datapathProvider to ADVANCED_DATAPATH.",
)
def network_policy(cluster: Cluster) -> Broken:
    """NetworkPolicy objects are enforced."""
    if not cluster.enforces_network_policies:
        yield "Neither Dataplane V2 nor the network policy add-on is on."


@rule(
    "cluster-client-certificate",
    Cluster,
    gke("5.8.1"),
    ckv("CKV_GCP_13"),
    soc2("CC6.1"),
    pci("8.3.1"),
    why="A client certificate cannot be revoked: whoever copies it stays administrator for good.",
    fix="Set masterAuth.clientCertificateConfig.issueClientCertificate to false.",
)
def client_certificate(cluster: Cluster) -> Broken:
    """No client certificate is issued."""
    if cluster.issues_client_certificate:
        yield "A client certificate is issued."


@rule(
    "cluster-operators-networks-world",
    Cluster,
    ckv("CKV_GCP_18"),
    nsa("authentication"),
    soc2("CC6.6"),
    pci("1.3.1"),
    why="A control plane that the whole internet reaches is one stolen token away from being taken over.",
    fix="List the operators' networks in masterAuthorizedNetworksConfig.cidrBlocks, never the internet, not in parts.",
)
def operators_networks_world(cluster: Cluster) -> Broken:
    """The control plane is not open to the world."""
    if cover_the_internet(cluster.operators_networks):
        yield f"The control plane is open to {', '.join(cluster.operators_networks)}."
    if cluster.admits_google_addresses:
        yield "Every machine in Google Cloud, of any customer, may reach the control plane."


@rule(
    "cluster-operators-networks",
    Cluster,
    gke("5.6.3"),
    ckv("CKV_GCP_20"),
    nsa("authentication"),
    soc2("CC6.6"),
    pci("1.3.1"),
    why="Without a list of networks any machine that reaches the address may try to sign in.",
    fix="Set masterAuthorizedNetworksConfig.",
)
def operators_networks(cluster: Cluster) -> Broken:
    """Only listed networks reach the control plane's address."""
    if not cluster.limits_operators_networks:
        yield "masterAuthorizedNetworksConfig is not set."


@rule(
    "cluster-vpc-native",
    Cluster,
    gke("5.6.2"),
    ckv("CKV_GCP_23"),
    soc2("CC6.6"),
    why="Firewall rules and network endpoint groups need pods with addresses of the VPC.",
    fix="Set ipAllocationPolicy with the pods' and services' ranges.",
)
def vpc_native(cluster: Cluster) -> Broken:
    """Pods have addresses of the VPC."""
    if not cluster.is_vpc_native:
        yield "ipAllocationPolicy is not set."


@rule(
    "cluster-private-nodes",
    Cluster,
    gke("5.6.5"),
    ckv("CKV_GCP_25", "CKV_GCP_64"),
    nsa("network-separation"),
    soc2("CC6.6"),
    pci("1.4.4"),
    why="A node with a public address can be attacked directly, past the load balancer and Cloud Armor.",
    fix="Set privateClusterConfig.enablePrivateNodes.",
)
def private_nodes(cluster: Cluster) -> Broken:
    """Nodes have no public address."""
    if not cluster.has_private_nodes:
        yield "Nodes have public addresses."


@rule(
    "cluster-private-endpoint",
    Cluster,
    gke("5.6.4"),
    soc2("CC6.6"),
    pci("1.4.2"),
    why="Everybody can probe a public address. The DNS endpoint has none of ours, and asks IAM first.",
    fix="Set privateClusterConfig.enablePrivateEndpoint, and reach it by VPN or by its DNS endpoint.",
)
def private_endpoint(cluster: Cluster) -> Broken:
    """The control plane has no public address."""
    if not cluster.has_private_endpoint:
        yield "The control plane has a public address."


@rule(
    "cluster-intranode-visibility",
    Cluster,
    gke("5.6.1"),
    ckv("CKV_GCP_61"),
    soc2("CC7.2"),
    pci("10.2.1"),
    why="Traffic between pods of one node stands in no flow log and passes no firewall rule otherwise.",
    fix="Set enableIntranodeVisibility.",
)
def intranode_visibility(cluster: Cluster) -> Broken:
    """Traffic between pods of one node is seen."""
    if not cluster.shows_intranode_traffic:
        yield "Traffic inside a node is invisible."


@rule(
    "cluster-security-group",
    Cluster,
    gke("5.8.2"),
    ckv("CKV_GCP_65"),
    soc2("CC6.2", "CC6.3"),
    pci("7.2.1"),
    why="RBAC that names persons is forgotten when they leave; a group is emptied with their account.",
    fix="Set authenticatorGroupsConfig.securityGroup to gke-security-groups@<domain>.",
)
def security_group(cluster: Cluster) -> Broken:
    """RBAC is given to groups of the directory."""
    if not cluster.security_group.startswith("gke-security-groups@"):
        yield "No security group of the directory is set."


@rule(
    "cluster-workload-identity",
    Cluster,
    gke("5.2.2"),
    soc2("CC6.1", "CC6.3"),
    pci("7.2.5", "8.6.1"),
    why="Otherwise every pod of a node acts with the node's own identity.",
    fix="Set workloadIdentityConfig.workloadPool to <project>.svc.id.goog.",
)
def workload_identity(cluster: Cluster) -> Broken:
    """Each workload has an identity of its own."""
    if not cluster.workload_pool.endswith(".svc.id.goog"):
        yield "Workload Identity is off."


@rule(
    "cluster-anonymous-access",
    Cluster,
    gke("4.1.8"),
    nsa("authentication"),
    soc2("CC6.1"),
    pci("8.2.1"),
    why="Anonymous requests should reach health checks and nothing else.",
    fix="Set anonymousAuthenticationConfig.mode to LIMITED.",
)
def anonymous_access(cluster: Cluster) -> Broken:
    """Anonymous requests reach health checks only."""
    if cluster.anonymous_access != "LIMITED":
        yield f"Anonymous access is {cluster.anonymous_access or 'not limited'}."


@rule(
    "cluster-bindings-to-everyone",
    Cluster,
    gke("4.1.9", "4.1.10"),
    nsa("authorization"),
    soc2("CC6.3"),
    pci("7.2.1"),
    why="One binding to system:authenticated opens the cluster to every Google account there is.",
    fix="Set both members of rbacBindingConfig to false.",
)
def bindings_to_everyone(cluster: Cluster) -> Broken:
    """RBAC cannot bind a role to everyone."""
    if cluster.binds_everyone:
        yield "RBAC may bind roles to system:authenticated or system:unauthenticated."


@rule(
    "cluster-external-addresses",
    Cluster,
    nsa("network-separation"),
    soc2("CC6.6"),
    why="A Service that claims a foreign address receives other people's traffic (CVE-2020-8554).",
    fix="Set serviceExternalIpsConfig.enabled to false.",
)
def external_addresses(cluster: Cluster) -> Broken:
    """A Service cannot claim an address of others."""
    if cluster.admits_external_addresses:
        yield "Services may claim external addresses."


@rule(
    "cluster-kubelet-readonly-port",
    Cluster,
    nsa("authentication"),
    soc2("CC6.6"),
    pci("2.2.4"),
    why="The kubelet's read-only port shows every pod's specification to whoever asks, without a sign-in.",
    fix="Set nodePoolDefaults.nodeConfigDefaults.insecureKubeletReadonlyPortEnabled to FALSE.",
)
def kubelet_readonly_port(cluster: Cluster) -> Broken:
    """New pools close the kubelet's read-only port."""
    if cluster.readonly_kubelet_port.upper() != "FALSE":
        yield "The kubelet's read-only port is open by default."
