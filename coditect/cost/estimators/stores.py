"""Cloud SQL, Memorystore, Artifact Registry, buckets."""

import re
from collections.abc import Iterator
from decimal import Decimal

from coditect.cost.book import HOURS
from coditect.cost.estimate import Compute, Gap, Line, Pricing, Unpriced
from coditect.graph.model import Graph, Node
from coditect.graph.values import text

SQL = "gcp:sql/databaseInstance:DatabaseInstance"
REDIS = "gcp:redis/instance:Instance"
REGISTRY = "gcp:artifactregistry/repository:Repository"
BUCKET = "gcp:storage/bucket:Bucket"

_CUSTOM_TIER = re.compile(r"^db-custom-(\d+)-(\d+)$")


def sql_instance(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """vCPUs, memory and SSD, twice as dear with a standby in another zone; a replica is priced as an instance."""
    tier = text(node.inputs, "settings", "tier")
    region = text(node.inputs, "region")
    shape = _CUSTOM_TIER.match(tier)
    size = node.input("settings", "diskSize")
    if shape is None or text(node.inputs, "settings", "edition") != "ENTERPRISE":
        yield Gap(what=f"Tier {tier}: only custom tiers of edition ENTERPRISE have a rate here")
        return
    form = "regional" if text(node.inputs, "settings", "availabilityType") == "REGIONAL" else "zonal"
    discount = _committed(pricing)
    cpus, memory = Decimal(shape[1]), Decimal(shape[2]) / 1024
    yield pricing.fixed(f"{cpus} vCPUs, {form}", cpus, f"sql.vcpu.{form}", region, discount)
    yield pricing.fixed(f"{memory:g} GB of memory, {form}", memory, f"sql.ram.{form}", region, discount)
    if text(node.inputs, "settings", "diskType") == "PD_SSD" and isinstance(size, int | float):
        yield pricing.fixed(f"{size:g} GB of SSD, {form}", Decimal(str(size)), f"sql.ssd.{form}", region)
    else:
        yield Gap(what="Its disk: only SSD of a declared size has a rate here")
    if node.input("settings", "backupConfiguration", "enabled") is True:
        yield pricing.used("Backups", pricing.usage.database_backup_gib.value, "sql.backup", region)
    primary = text(node.inputs, "masterInstanceName")
    if primary and any(
        text(n.inputs, "region") != region for n in graph.of_type(SQL) if text(n.inputs, "name") == primary
    ):
        yield Unpriced.REPLICATION.gap(region)


def _committed(pricing: Pricing) -> Decimal:
    """Discount on vCPUs and memory when the spending is committed as the nodes are."""
    if pricing.compute is Compute.SUSTAINED:
        return Decimal(0)
    return pricing.book.known(f"sql.{pricing.compute.value}.discount").flat.price


def redis(node: Node, _graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """The whole size at the price of the band it falls into."""
    size = node.input("memorySizeGb")
    form = "standard" if text(node.inputs, "tier") == "STANDARD_HA" else "basic"
    if not isinstance(size, int | float):
        yield Gap(what="Its memory: no size is declared")
        return
    gib = Decimal(str(size))
    yield pricing.banded(f"{gib:g} GB, {form}", gib, HOURS, f"redis.{form}", text(node.inputs, "region"))


def registry(_node: Node, _graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """What the images take."""
    yield pricing.used("Images", pricing.usage.registry_gib.value, "registry.storage")


def bucket(_node: Node, _graph: Graph, _pricing: Pricing) -> Iterator[Gap]:
    yield Unpriced.FILES.gap()


ESTIMATORS = {SQL: sql_instance, REDIS: redis, REGISTRY: registry, BUCKET: bucket}
