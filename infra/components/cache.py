"""Redis on Memorystore: private, with a password and encryption in transit, and it never evicts.

An evicted seat would be given out twice. When the memory is full, writes fail and no seat is granted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component
from infra.settings import SettingsError
from infra.settings.stores import Cache as CacheSize
from infra.settings.vocabulary import CacheTier

_SNAPSHOT_PERIODS = {1: "ONE_HOUR", 6: "SIX_HOURS", 12: "TWELVE_HOURS", 24: "TWENTY_FOUR_HOURS"}


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """What a cache needs to know.

    zones: the first keeps the primary, the second the replica of STANDARD_HA.
    private_services: name of the range lent to Google, known once Google is connected to the VPC.
    key_id: key that encrypts what is stored; null leaves it to Google's own key.
    """

    prefix: str
    project_id: str
    region: str
    zones: tuple[str, ...]
    network_id: pulumi.Input[str]
    private_services: pulumi.Input[str]
    key_id: pulumi.Input[str] | None
    size: CacheSize
    protect: bool

    def __post_init__(self) -> None:
        if len(set(self.zones)) < 2 and self.size.tier is CacheTier.STANDARD_HA:
            raise SettingsError(
                f"zones is {self.zones}: STANDARD_HA keeps a replica in another zone, and losing the one zone would "
                "lose every seat at once. Write two different zones."
            )


class Cache(Component):
    """One Redis instance.

    connection_url: `rediss://host:port/0`, without the password; auth_string is the password.
    server_ca: PEM of every authority that may sign the server's certificate (two while Google changes it).
        Public, but marked secret because pods get it the way they get a secret.
    exporter: the account that an export is written as, `serviceAccount:…`; Google may change it.
    """

    host: pulumi.Output[str]
    port: pulumi.Output[int]
    auth_string: pulumi.Output[str]
    server_ca: pulumi.Output[str]
    connection_url: pulumi.Output[str]
    exporter: pulumi.Output[str]

    def __init__(self, name: str, args: CacheArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        size = args.size
        is_replicated = size.tier is CacheTier.STANDARD_HA
        instance = gcp.redis.Instance(
            self.child("redis"),
            name=f"{args.prefix}-redis",
            project=args.project_id,
            region=args.region,
            display_name="Seats, revoked tokens, sessions and queues",
            redis_version="REDIS_7_2",
            tier=size.tier.value,
            memory_size_gb=size.memory_gib,
            location_id=args.zones[0],
            alternative_location_id=args.zones[1] if is_replicated else None,
            authorized_network=args.network_id,
            connect_mode="PRIVATE_SERVICE_ACCESS",
            reserved_ip_range=args.private_services,
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            customer_managed_key=args.key_id,
            redis_configs={"maxmemory-policy": "noeviction"},
            persistence_config=_snapshots(size),
            maintenance_policy=_maintenance(),
            labels=self.labels(),
            opts=self.under(
                pulumi.ResourceOptions(
                    protect=args.protect,
                    retain_on_delete=args.protect,
                    # Public by nature, but pods get it as a file from Secret Manager, and so it is a secret everywhere.
                    additional_secret_outputs=["serverCaCerts"],
                )
            ),
        )
        self.host = instance.host
        self.port = instance.port
        self.auth_string = pulumi.Output.secret(instance.auth_string)
        self.server_ca = pulumi.Output.secret(instance.server_ca_certs.apply(_authorities))
        self.connection_url = pulumi.Output.format("rediss://{0}:{1}/0", instance.host, instance.port)
        self.exporter = instance.persistence_iam_identity
        self.finish()


def _snapshots(size: CacheSize) -> gcp.redis.InstancePersistenceConfigArgs:
    if size.snapshot_hours is None:
        return gcp.redis.InstancePersistenceConfigArgs(persistence_mode="DISABLED")
    return gcp.redis.InstancePersistenceConfigArgs(
        persistence_mode="RDB", rdb_snapshot_period=_SNAPSHOT_PERIODS[size.snapshot_hours]
    )


def _maintenance() -> gcp.redis.InstanceMaintenancePolicyArgs:
    """Sunday 08:00 UTC, an hour after the database's: never both at once."""
    return gcp.redis.InstanceMaintenancePolicyArgs(
        weekly_maintenance_windows=[
            gcp.redis.InstanceMaintenancePolicyWeeklyMaintenanceWindowArgs(
                day="SUNDAY",
                start_time=gcp.redis.InstanceMaintenancePolicyWeeklyMaintenanceWindowStartTimeArgs(
                    hours=8, minutes=0, seconds=0, nanos=0
                ),
            )
        ]
    )


def _authorities(certificates: Sequence[gcp.redis.outputs.InstanceServerCaCert]) -> str:
    found = [certificate.cert.strip() for certificate in certificates if certificate.cert]
    if not found:
        raise RuntimeError(
            "The cache has no serverCaCerts: no client could tell it from an impostor. Look whether encryption in "
            "transit is on (a stand-in must give a certificate as well)."
        )
    return "\n".join(found) + "\n"
