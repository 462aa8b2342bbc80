"""Keys, their rotation, and who may use them."""

import pytest

from infra.components.encryption import EncryptionArgs
from infra.settings import SettingsError
from tests.infra.foundation import foundation

STACKS = ("dev", "staging", "prod", "dr", "local")
KEY = "gcp:kms/cryptoKey:CryptoKey"
GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"


@pytest.mark.parametrize("stack", STACKS)
def test_every_key_is_rotated_within_ninety_days(stack: str) -> None:
    keys = foundation(stack).of_type(KEY)
    assert keys
    for key in keys:
        assert key.input("purpose") == "ENCRYPT_DECRYPT"
        assert int(str(key.input("rotationPeriod")).removesuffix("s")) <= 90 * 24 * 3600


@pytest.mark.parametrize(("stack", "is_protected"), [("prod", True), ("dr", True), ("staging", True), ("dev", False)])
def test_a_key_that_customers_data_hangs_on_cannot_be_destroyed(stack: str, is_protected: bool) -> None:
    for key in foundation(stack).of_type(KEY):
        assert (key.protect, key.retain_on_delete) == (is_protected, is_protected)


@pytest.mark.parametrize("stack", STACKS)
def test_only_service_agents_of_google_use_the_keys_and_only_to_encrypt_and_decrypt(stack: str) -> None:
    for grant in foundation(stack).of_type(GRANT):
        assert grant.input("role") == "roles/cloudkms.cryptoKeyEncrypterDecrypter"
        member = str(grant.input("member"))
        assert member.startswith("serviceAccount:service-41000000000"), member
        assert member.endswith(".iam.gserviceaccount.com"), member


def test_a_key_is_used_by_the_service_it_is_for_and_by_nobody_else() -> None:
    users: dict[str, set[str]] = {}
    for grant in foundation("staging").of_type(GRANT):
        key = str(grant.input("cryptoKeyId")).rpartition("/")[2].removeprefix("coditect-staging-")
        agent = str(grant.input("member")).partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        users.setdefault(key, set()).add(agent)
    assert users == {
        "database": {"gcp-sa-cloud-sql"},
        "cluster": {"container-engine-robot"},
        "disk": {"compute-system", "container-engine-robot"},
        "registry": {"gcp-sa-artifactregistry"},
        "storage": {"gs-project-accounts", "gcp-sa-gkebackup", "container-engine-robot", "compute-system"},
        "topic": {"gcp-sa-pubsub"},
        "secret": {"gcp-sa-secretmanager"},
        "cache": {"cloud-redis"},
    }


@pytest.mark.parametrize(
    ("type_", "name", "grants"),
    [
        ("gcp:sql/databaseInstance:DatabaseInstance", "database-primary", ["encryption-database-cloud-sql"]),
        ("gcp:container/cluster:Cluster", "cluster-cluster", ["encryption-cluster-kubernetes"]),
        (
            "gcp:container/nodePool:NodePool",
            "cluster-pool-general",
            ["encryption-disk-compute", "encryption-disk-kubernetes"],
        ),
        ("gcp:redis/instance:Instance", "cache-redis", ["encryption-cache-memorystore"]),
        ("gcp:storage/bucket:Bucket", "backup-foundationdb", ["encryption-storage-storage"]),
        (
            "gcp:gkebackup/backupPlan:BackupPlan",
            "backup-volumes",
            [
                "encryption-storage-storage",
                "encryption-storage-backup-for-gke",
                "backup-volumes-key-kubernetes",
                "backup-volumes-key-compute",
            ],
        ),
    ],
)
def test_nothing_is_created_before_its_service_agent_may_use_the_key(type_: str, name: str, grants: list[str]) -> None:
    graph = foundation("prod")
    waits_for = set(graph.find(type_, name).dependencies)
    assert {graph.find(GRANT, grant).urn for grant in grants} <= waits_for


def test_another_region_gets_only_the_keys_it_uses() -> None:
    graph = foundation("prod")
    replica = graph.find("coditect:platform:Encryption", "encryption-replica")
    assert [node.name for node in graph.children(replica) if node.type == KEY] == ["encryption-replica-database"]


def test_a_missing_project_number_is_refused_with_the_command_that_tells_it() -> None:
    with pytest.raises(SettingsError, match=r"project_number is 0.*gcloud projects describe"):
        EncryptionArgs(prefix="p", project_id="p", project_number=0, location="us-central1", protect=True)
