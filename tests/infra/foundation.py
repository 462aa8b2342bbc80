"""The foundation of a stack, built from its own settings file and captured, for the tests of its components."""

from functools import cache

import pulumi

from coditect.graph import configuration
from coditect.graph.capture import capture
from coditect.graph.model import Graph
from infra import wiring
from infra.catalog.google import GOOGLE_APIS
from infra.catalog.operations import retention
from infra.components.backup import Backup, BackupArgs
from infra.components.cache import Cache, CacheArgs
from infra.components.cluster import Cluster, ClusterArgs
from infra.components.database import Database, DatabaseArgs, DatabaseUser
from infra.components.encryption import Encryption, EncryptionArgs, Use
from infra.components.network import Network, NetworkArgs
from infra.components.project import Project, ProjectArgs
from infra.settings import Settings, load

OWNER = "license-backend-migrate"
SERVICE = "license-backend"
WRITER = "writer@coditect-test.iam.gserviceaccount.com"
REGISTRY = "us-central1-docker.pkg.dev/coditect-test/images/**"


@cache
def foundation(stack: str) -> Graph:
    """Project to backup of one of the five stacks, captured twice: with plausible and with unknown values."""
    settings = load(stack, configuration.read(stack, project=configuration.project_name()).values)
    return capture(stack, program=lambda: build(settings))


def build(settings: Settings) -> None:
    google, prefix = settings.google, settings.prefix
    protect = settings.stack not in {"dev", "local"}
    project = Project(
        "project",
        ProjectArgs(
            prefix=prefix,
            project_id=google.project,
            apis=GOOGLE_APIS,
            audit_retention=retention("audit-logs"),
            log_retention=retention("application-logs"),
            manage_singletons=settings.standby_of is None,
            protect=protect,
        ),
    )
    keys = _encryption("encryption", settings, google.region, protect, pulumi.ResourceOptions(depends_on=[project]))
    replica_region = settings.database.replica_region
    replica_keys = (
        _encryption("encryption-replica", settings, replica_region, protect, uses=(Use.DATABASE,), is_first=False)
        if replica_region
        else None
    )
    network = Network(
        "network",
        NetworkArgs(prefix=prefix, project_id=google.project, region=google.region, plan=settings.network),
    )
    cluster = Cluster(
        "cluster",
        ClusterArgs(
            prefix=prefix,
            project_id=google.project,
            region=google.region,
            zones=google.zones,
            vpc_id=network.vpc_id,
            subnet_id=network.subnet_id,
            pods_range_name=network.pods_range_name,
            services_range_name=network.services_range_name,
            secrets_key=keys.cluster_key,
            disk_key=keys.disk_key,
            security_group=f"gke-security-groups@{google.organization_domain}",
            size=settings.cluster,
            protect=protect,
            allowed_images=(REGISTRY,) if settings.standby_of is None else None,
        ),
    )
    Database(
        "database",
        DatabaseArgs(
            prefix=prefix,
            project_id=google.project,
            region=google.region,
            network_id=network.vpc_id,
            private_services=network.private_services,
            key_id=wiring.promoted_key(settings) if settings.standby_of else keys.database_key,
            size=settings.database,
            databases=("coditect", "agentflow"),
            users=(
                DatabaseUser(name=OWNER, email=f"{OWNER}@{google.project}.iam.gserviceaccount.com", is_owner=True),
                DatabaseUser(name=SERVICE, email=f"{SERVICE}@{google.project}.iam.gserviceaccount.com", is_owner=False),
            ),
            replica_key_id=replica_keys.database_key if replica_keys else None,
            protect=protect,
        ),
    )
    Cache(
        "cache",
        CacheArgs(
            prefix=prefix,
            project_id=google.project,
            region=google.region,
            zones=google.zones,
            network_id=network.vpc_id,
            private_services=network.private_services,
            key_id=keys.cache_key,
            size=settings.cache,
            protect=protect,
        ),
    )
    Backup(
        "backup",
        BackupArgs(
            prefix=prefix,
            project_id=google.project,
            project_number=google.project_number,
            region=google.region,
            cluster_id=cluster.cluster_id,
            storage_key=keys.storage_key,
            foundationdb_retention=retention("foundationdb-backups"),
            schedule="0 2 * * *",
            namespaces=("ide",),
            writer_email=WRITER,
            protect=protect,
        ),
    )


def _encryption(
    name: str,
    settings: Settings,
    location: str,
    protect: bool,
    options: pulumi.ResourceOptions | None = None,
    uses: tuple[Use, ...] = tuple(Use),
    *,
    is_first: bool = True,
) -> Encryption:
    return Encryption(
        name,
        EncryptionArgs(
            prefix=settings.prefix,
            project_id=settings.google.project,
            project_number=settings.google.project_number,
            location=location,
            protect=protect,
            uses=uses,
            introduces_agents=is_first and settings.standby_of is None,
        ),
        options,
    )
