"""Cases of the rules on keys and on Google's own accounts."""

from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.types import (
    AGENT,
    BACKUP_PLAN,
    BUCKET,
    CLUSTER,
    INSTANCE,
    KEY_GRANT,
    LOG_BUCKET,
    NODE_POOL,
    PROJECT_GRANT,
    REDIS,
    REPOSITORY,
    SECRET,
    STORAGE_CLASS,
    TOPIC,
)
from tests.rehearsal.cases import NUMBER, PROJECT, Case, thing

KEY_ID = f"projects/{PROJECT}/locations/us-central1/keyRings/shop/cryptoKeys/shop"


def member(agent: str) -> str:
    return f"serviceAccount:service-{NUMBER}@{agent}.iam.gserviceaccount.com"


def may_encrypt(*agents: str) -> tuple[Thing, ...]:
    return tuple(
        thing(
            KEY_GRANT,
            f"grant-{agent}",
            cryptoKeyId=KEY_ID,
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member=member(agent),
        )
        for agent in agents
    )


def cmek(service: str, asked: Thing, *agents: str) -> Case:
    """Refused while the last of the agents is not let in."""
    return Case(rule=f"cmek-{service}", asked=asked, refused=may_encrypt(*agents[:-1]), accepted=may_encrypt(*agents))


SQL = thing(INSTANCE, "shop", encryptionKeyName=KEY_ID, region="us-central1")
REQUESTED = thing(AGENT, "agent-sql", service="sqladmin.googleapis.com")

CASES = (
    cmek("cloud-sql", SQL, "gcp-sa-cloud-sql"),
    cmek("gke-secrets", thing(CLUSTER, "shop", databaseEncryption={"keyName": KEY_ID}), "container-engine-robot"),
    cmek("gke-boot-disks", thing(NODE_POOL, "shop", nodeConfig={"bootDiskKmsKey": KEY_ID}), "compute-system"),
    cmek("gke-boot-disks", thing(CLUSTER, "shop", nodeConfig={"bootDiskKmsKey": KEY_ID}), "compute-system"),
    cmek("gke-volumes", thing(STORAGE_CLASS, "kept", parameters={"disk-encryption-kms-key": KEY_ID}), "compute-system"),
    cmek("memorystore", thing(REDIS, "shop", customerManagedKey=KEY_ID), "cloud-redis"),
    cmek("artifact-registry", thing(REPOSITORY, "shop", kmsKeyName=KEY_ID), "gcp-sa-artifactregistry"),
    cmek("logging", thing(LOG_BUCKET, "shop", cmekSettings={"kmsKeyName": KEY_ID}), "gcp-sa-logging"),
    cmek("storage", thing(BUCKET, "shop", encryption={"defaultKmsKeyName": KEY_ID}), "gs-project-accounts"),
    cmek("pubsub", thing(TOPIC, "shop", kmsKeyName=KEY_ID), "gcp-sa-pubsub"),
    cmek(
        "secret-manager",
        thing(
            SECRET,
            "shop",
            replication={"userManaged": {"replicas": [{"customerManagedEncryption": {"kmsKeyName": KEY_ID}}]}},
        ),
        "gcp-sa-secretmanager",
    ),
    cmek(
        "backup-for-gke",
        thing(BACKUP_PLAN, "shop", backupConfig={"encryptionKey": {"gcpKmsEncryptionKey": KEY_ID}}),
        "gcp-sa-gkebackup",
        "compute-system",
        "container-engine-robot",
    ),
    Case(
        rule="cmek-location",
        asked=thing(INSTANCE, "shop", encryptionKeyName=KEY_ID, region="us-east1"),
        instead=SQL,
    ),
    Case(
        rule="agent-exists",
        asked=may_encrypt("gcp-sa-cloud-sql")[0],
        accepted=(REQUESTED,),
    ),
    Case(
        rule="agent-role",
        asked=SQL,
        refused=(REQUESTED,),
        accepted=(
            REQUESTED,
            thing(PROJECT_GRANT, "grant", member=member("gcp-sa-cloud-sql"), role="roles/cloudsql.serviceAgent"),
        ),
    ),
)
