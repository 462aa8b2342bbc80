"""Google's own service accounts of a project: their names, which are made on request, and the role each works by."""

from collections.abc import Mapping
from enum import StrEnum

# What lets an agent use a key.
KEY_USER_ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


class Agent(StrEnum):
    """Google's own service accounts of a project, by the domain they live in."""

    CLOUD_SQL = "gcp-sa-cloud-sql"
    KUBERNETES = "container-engine-robot"
    COMPUTE = "compute-system"
    ARTIFACT_REGISTRY = "gcp-sa-artifactregistry"
    STORAGE = "gs-project-accounts"
    BACKUP_FOR_GKE = "gcp-sa-gkebackup"
    PUBSUB = "gcp-sa-pubsub"
    SECRET_MANAGER = "gcp-sa-secretmanager"  # noqa: S105 - the name of a service
    MEMORYSTORE = "cloud-redis"

    def email(self, project_number: int) -> str:
        return f"service-{project_number}@{self}.iam.gserviceaccount.com"


# Agents that exist only once somebody asks for them. Those of Compute Engine and Kubernetes come with their API,
# the one of Cloud Storage when it is read.
MADE_ON_REQUEST: Mapping[Agent, str] = {
    Agent.CLOUD_SQL: "sqladmin.googleapis.com",
    Agent.ARTIFACT_REGISTRY: "artifactregistry.googleapis.com",
    Agent.BACKUP_FOR_GKE: "gkebackup.googleapis.com",
    Agent.PUBSUB: "pubsub.googleapis.com",
    Agent.SECRET_MANAGER: "secretmanager.googleapis.com",
    Agent.MEMORYSTORE: "redis.googleapis.com",
}

# The role that each of those works by, on the project ("Service agents", cloud.google.com/iam/docs/service-agents).
# Google grants it when it makes the agent by itself, and not when it makes it on request ("Create and grant roles to
# service agents"): a Backup for GKE without it cannot reach the cluster. Secret Manager's agent has none.
ROLES: Mapping[Agent, str] = {
    Agent.CLOUD_SQL: "roles/cloudsql.serviceAgent",
    Agent.ARTIFACT_REGISTRY: "roles/artifactregistry.serviceAgent",
    Agent.BACKUP_FOR_GKE: "roles/gkebackup.serviceAgent",
    Agent.PUBSUB: "roles/pubsub.serviceAgent",
    Agent.MEMORYSTORE: "roles/redis.serviceAgent",
}
