"""The cluster and its nodes, against the CIS GKE benchmark and Checkov's controls."""

import json
from dataclasses import replace

import pytest

from coditect.graph.model import Node
from coditect.graph.values import Json
from infra.components.cluster import ClusterArgs
from infra.components.kubeconfig import kubeconfig
from infra.settings import SettingsError
from infra.settings.foundation import Cluster as ClusterSize
from infra.settings.foundation import NodePool
from tests.infra.foundation import REGISTRY, foundation

STACKS = ("dev", "staging", "prod", "dr", "local")

ARGS = ClusterArgs(
    prefix="coditect-test",
    project_id="coditect-test",
    region="us-central1",
    zones=("us-central1-a", "us-central1-b"),
    vpc_id="vpc",
    subnet_id="subnet",
    pods_range_name="pods",
    services_range_name="services",
    secrets_key="key",
    disk_key="key",
    security_group="gke-security-groups@coditect.com",
    size=ClusterSize(
        pools=(NodePool(name="general", machine_type="n1-standard-2", nodes_per_zone=1, max_nodes_per_zone=1),)
    ),
    protect=True,
    allowed_images=(REGISTRY,),
)


def cluster(stack: str) -> Node:
    return foundation(stack).find("gcp:container/cluster:Cluster", "cluster-cluster")


def pools(stack: str) -> tuple[Node, ...]:
    return foundation(stack).of_type("gcp:container/nodePool:NodePool")


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("control", "path", "required"),
    [
        ("GKE-4.3.1", ("datapathProvider",), "ADVANCED_DATAPATH"),
        ("GKE-5.1.4", ("binaryAuthorization", "evaluationMode"), "PROJECT_SINGLETON_POLICY_ENFORCE"),
        ("GKE-5.3.1", ("databaseEncryption", "state"), "ENCRYPTED"),
        ("GKE-5.5.5", ("enableShieldedNodes",), True),
        ("GKE-5.6.1", ("enableIntranodeVisibility",), True),
        ("GKE-5.6.3", ("masterAuthorizedNetworksConfig", "gcpPublicCidrsAccessEnabled"), False),
        ("GKE-5.6.3", ("masterAuthorizedNetworksConfig", "privateEndpointEnforcementEnabled"), True),
        ("GKE-5.6.4", ("privateClusterConfig", "enablePrivateEndpoint"), True),
        ("GKE-5.6.5", ("privateClusterConfig", "enablePrivateNodes"), True),
        ("GKE-5.8.1", ("masterAuth", "clientCertificateConfig", "issueClientCertificate"), False),
        ("GKE-5.8.3", ("enableLegacyAbac",), False),
        ("GKE-5.10.2", ("enableKubernetesAlpha",), False),
        ("GKE-5.10.4", ("securityPostureConfig", "mode"), "BASIC"),
        ("CKV_GCP_123", ("nodePools",), None),
        ("no first pool", ("removeDefaultNodePool",), True),
        ("no anonymous", ("anonymousAuthenticationConfig", "mode"), "LIMITED"),
        ("secrets as files", ("secretManagerConfig", "enabled"), True),
        ("network endpoint groups", ("addonsConfig", "httpLoadBalancing", "disabled"), False),
        ("volume backups", ("addonsConfig", "gkeBackupAgentConfig", "enabled"), True),
        ("names in policies", ("enableFqdnNetworkPolicy",), True),
        ("metrics", ("monitoringConfig", "managedPrometheus", "enabled"), True),
        ("costs", ("costManagementConfig", "enabled"), True),
        ("pipelines come by name", ("controlPlaneEndpointsConfig", "dnsEndpointConfig", "allowExternalTraffic"), True),
    ],
)
def test_the_cluster_holds_its_controls(stack: str, control: str, path: tuple[str, ...], required: Json) -> None:
    assert cluster(stack).input(*path) == required, control


@pytest.mark.parametrize("stack", STACKS)
def test_the_control_plane_is_never_open_to_the_world(stack: str) -> None:
    blocks = cluster(stack).input("masterAuthorizedNetworksConfig", "cidrBlocks")
    assert blocks == [{"cidrBlock": "10.250.0.0/24", "displayName": "operators-vpn"}]


@pytest.mark.parametrize("stack", STACKS)
def test_secrets_are_encrypted_with_the_clusters_own_key_and_disks_with_theirs(stack: str) -> None:
    assert str(cluster(stack).input("databaseEncryption", "keyName")).endswith(f"/coditect-{stack}-cluster")
    for pool in pools(stack):
        assert str(pool.input("nodeConfig", "bootDiskKmsKey")).endswith(f"/coditect-{stack}-disk")


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("path", "required"),
    [
        (("management", "autoRepair"), True),
        (("management", "autoUpgrade"), True),
        (("networkConfig", "enablePrivateNodes"), True),
        (("nodeConfig", "imageType"), "COS_CONTAINERD"),
        (("nodeConfig", "shieldedInstanceConfig", "enableSecureBoot"), True),
        (("nodeConfig", "shieldedInstanceConfig", "enableIntegrityMonitoring"), True),
        (("nodeConfig", "workloadMetadataConfig", "mode"), "GKE_METADATA"),
        (("nodeConfig", "metadata", "disable-legacy-endpoints"), "true"),
        (("nodeConfig", "kubeletConfig", "insecureKubeletReadonlyPortEnabled"), "FALSE"),
        (("upgradeSettings", "maxUnavailable"), 0),
    ],
)
def test_every_node_holds_its_controls(stack: str, path: tuple[str, ...], required: Json) -> None:
    for pool in pools(stack):
        assert pool.input(*path) == required


def test_production_has_six_nodes_and_not_eighteen() -> None:
    (pool,) = pools("prod")
    zones = pool.input("nodeLocations")
    per_zone = pool.input("autoscaling", "minNodeCount")
    assert isinstance(zones, list)
    assert isinstance(per_zone, int)
    assert len(zones) * per_zone == 6
    assert pool.input("initialNodeCount") == per_zone
    assert pool.input("nodeConfig", "machineType") == "n1-standard-2"


def test_only_development_runs_on_spot_nodes() -> None:
    assert {stack: pools(stack)[0].input("nodeConfig", "spot") for stack in STACKS} == {
        "dev": True,
        "staging": False,
        "prod": False,
        "dr": False,
        "local": False,
    }


def test_a_changed_first_node_count_never_replaces_a_pool() -> None:
    assert pools("prod")[0].ignore_changes == ("initialNodeCount",)


@pytest.mark.parametrize("stack", STACKS)
def test_nodes_have_their_own_account_which_may_only_be_a_node(stack: str) -> None:
    graph = foundation(stack)
    (account,) = graph.of_type("gcp:serviceaccount/account:Account")
    roles = [
        node.input("role")
        for node in graph.of_type("gcp:projects/iAMMember:IAMMember")
        if node.input("member") == account.outputs["member"]
    ]
    assert roles == ["roles/container.defaultNodeServiceAccount"]
    for node in (cluster(stack), *pools(stack)):
        assert node.input("nodeConfig", "serviceAccount") == account.outputs["email"]


def test_only_images_of_named_registries_may_run() -> None:
    (policy,) = foundation("prod").of_type("gcp:binaryauthorization/policy:Policy")
    assert policy.input("defaultAdmissionRule") == {
        "evaluationMode": "ALWAYS_DENY",
        "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
    }
    assert policy.input("globalPolicyEvaluationMode") == "ENABLE"
    assert policy.input("admissionWhitelistPatterns") == [{"namePattern": REGISTRY}]


def test_a_standby_leaves_the_projects_image_policy_to_its_owner() -> None:
    assert foundation("dr").of_type("gcp:binaryauthorization/policy:Policy") == ()


@pytest.mark.parametrize(("stack", "is_protected"), [("prod", True), ("dr", True), ("staging", True), ("dev", False)])
def test_the_cluster_cannot_be_deleted_where_somebody_depends_on_it(stack: str, is_protected: bool) -> None:
    assert cluster(stack).protect is is_protected
    assert cluster(stack).input("deletionProtection") is is_protected


def test_maintenance_opens_on_its_first_day_for_six_hours() -> None:
    window = cluster("prod").input("maintenancePolicy", "recurringWindow")
    # 10 January 2026 is a Saturday.
    assert window == {
        "startTime": "2026-01-10T06:00:00Z",
        "endTime": "2026-01-10T12:00:00Z",
        "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
    }


def test_kubectl_signs_in_by_iam_and_the_file_holds_no_credential() -> None:
    config = json.loads(kubeconfig(name="coditect-prod-cluster", endpoint="gke-1.us-central1.gke.goog"))
    assert config["clusters"][0]["cluster"] == {"server": "https://gke-1.us-central1.gke.goog"}
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert config["current-context"] == config["contexts"][0]["name"] == "coditect-prod-cluster"


def test_who_takes_the_cluster_waits_for_its_nodes() -> None:
    graph = foundation("prod")
    (plan,) = graph.of_type("gcp:gkebackup/backupPlan:BackupPlan")
    assert pools("prod")[0].urn in plan.dependencies


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"security_group": "platform@coditect.com"}, r"security_group is 'platform@coditect.com'.*role bindings"),
        ({"allowed_images": ()}, r"allowed_images is empty.*let no container start"),
        ({"allowed_images": ("*",)}, r"allowed_images: \* lets any image"),
        ({"allowed_images": ("**/library/nginx",)}, r"allowed_images: \*\*/library/nginx lets any image"),
        ({"zones": ("us-east1-b",)}, r"zones: us-east1-b is not in us-central1"),
    ],
)
def test_a_cluster_that_could_not_be_used_is_refused_with_the_cure(change: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        replace(ARGS, **change)  # type: ignore[arg-type] # the point is a wrong value


def test_the_kubeconfig_is_marked_secret() -> None:
    component = foundation("prod").find("coditect:platform:Cluster", "cluster")
    assert component.secret_paths == {"kubeconfig"}
