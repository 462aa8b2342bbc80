"""The Cloud IDE: an existing product's chart, told from the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import meta, storage
from pydantic import Field

from infra.catalog.names import Namespace
from infra.components import foundationdb
from infra.components.base import Component
from infra.components.chart import CHARTS, LocalChart, LocalChartArgs
from infra.components.chart_services import ChartedArgs
from infra.components.chart_values import (
    Gib,
    GoogleAccount,
    ImageValues,
    Name,
    ResourceValues,
    ServiceValues,
    Values,
    images,
    resources,
)
from infra.settings import SettingsError
from infra.settings.traffic import Ide as IdeSettings

CHART = CHARTS / "ide"
UPLOADER_IMAGE = "google-cloud-cli"


class FoundationDbValues(Values):
    """The store. memory_mib: where a process restarts itself; cache_mib: of that, for pages; disk_gib: of a pod."""

    name: Name
    image: ImageValues
    replicas: int = Field(json_schema_extra={"enum": [1, 3, 5]})
    disk_gib: Gib
    memory_mib: int = Field(ge=512, le=8192)
    cache_mib: int = Field(ge=128, le=4096)
    resources: ResourceValues
    tool_resources: ResourceValues


class BackupValues(Values):
    """The daily copy of the store.

    account: Kubernetes account of its pods. storage_class: of the volume it is written to before it is uploaded.
    """

    account: Name
    google_account: GoogleAccount
    uploader: ImageValues
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$")
    schedule: str = Field(pattern=r"^[0-9*/,-]+( [0-9*/,-]+){4}$")
    storage_class: Name
    resources: ResourceValues


class TheiaValues(Values):
    """disk_gib: workspace of each pod."""

    service: ServiceValues
    disk_gib: Gib


class IdeValues(Values):
    frontend: ServiceValues
    backend: ServiceValues
    theia: TheiaValues
    foundationdb: FoundationDbValues
    backup: BackupValues
    storage_class: Name


@dataclass(frozen=True, kw_only=True)
class IdeArgs(ChartedArgs):
    """What the Cloud IDE needs to know beside that.

    account_emails: also that of `foundationdb-backup`, which may write to the bucket and nothing else.
    backup_schedule: cron, UTC. disk_key: encrypts every volume.
    """

    settings: IdeSettings
    backup_bucket: str
    backup_schedule: str
    disk_key: pulumi.Input[str]

    def __post_init__(self) -> None:
        if foundationdb.BACKUP not in self.account_emails:
            raise SettingsError(
                f"account_emails has none for {foundationdb.BACKUP}: backups could not be uploaded. Pass its address."
            )


class Ide(Component):
    """Shell, Theia, back end and FoundationDB, with a daily backup."""

    workloads: pulumi.Output[Sequence[str]]

    def __init__(self, name: str, args: IdeArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        # What people and services keep outlives its claim; the copy that is on its way to the bucket does not.
        kept = self._storage_class(f"{args.prefix}-kept", "Retain", args.disk_key)
        scratch = self._storage_class(f"{args.prefix}-scratch", "Delete", args.disk_key)
        environments = args.declare_environments(self, Namespace.IDE)
        chart = LocalChart(
            self.child("chart"),
            LocalChartArgs(
                path=CHART,
                release_name=name,
                release_namespace=Namespace.IDE.value,
                namespace=args.namespace,
                values=ide_values(args),
                after=(kept, scratch, *environments),
                protect=args.protect,
            ),
            self.under(),
        )
        self.workloads = chart.workloads
        self.finish()

    def _storage_class(self, name: str, reclaim: str, key: pulumi.Input[str]) -> storage.v1.StorageClass:
        return storage.v1.StorageClass(
            self.child(f"storage-{reclaim.lower()}"),
            metadata=meta.v1.ObjectMetaArgs(name=name, labels=self.labels()),
            provisioner="pd.csi.storage.gke.io",
            parameters={"type": "pd-ssd", "disk-encryption-kms-key": key},
            reclaim_policy=reclaim,
            # In the zone of the pod that claims it, not of whichever pod comes later.
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            opts=self.under(),
        )


def ide_values(args: IdeArgs) -> IdeValues:
    """Settings and catalogue as the chart wants them."""

    def of(name: str) -> ServiceValues:
        return args.values_of(args.catalog.service(name))

    server = foundationdb.SERVER_RESOURCES
    return IdeValues(
        frontend=of("ide-frontend"),
        backend=of("ide-backend"),
        theia=TheiaValues(service=of("ide-theia"), disk_gib=args.settings.theia_disk_gib),
        foundationdb=FoundationDbValues(
            name=foundationdb.FOUNDATIONDB,
            image=images(args.repository_url, args.images, foundationdb.FOUNDATIONDB),
            replicas=args.settings.foundationdb_replicas,
            disk_gib=args.settings.foundationdb_disk_gib,
            # A process that outgrows its share restarts by itself, in order, before the kernel kills it.
            memory_mib=server.memory_limit_mib - 128,
            cache_mib=server.memory_limit_mib // 4,
            resources=resources(server),
            tool_resources=resources(foundationdb.TOOL_RESOURCES),
        ),
        backup=BackupValues(
            account=f"{args.account_prefix}{foundationdb.BACKUP}",
            google_account=args.account_emails[foundationdb.BACKUP],
            uploader=images(args.repository_url, args.images, UPLOADER_IMAGE),
            bucket=args.backup_bucket,
            schedule=args.backup_schedule,
            storage_class=f"{args.prefix}-scratch",
            resources=resources(foundationdb.BACKUP_RESOURCES),
        ),
        storage_class=f"{args.prefix}-kept",
    )
