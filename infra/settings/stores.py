"""Settings of what keeps data, keys and secrets."""

from datetime import date
from typing import Literal, Self

from pydantic import model_validator

from infra.settings.vocabulary import (
    Availability,
    CacheTier,
    DatabaseAuthentication,
    Protection,
    Region,
    Section,
    setting,
)


class DatabaseInstance(Section):
    """One of the Cloud SQL instances that a stack has or had."""

    name: str = setting(
        "`first` for the one that the stack began with; `r1`, `r2`, ... for what people restored in its place.",
        "The instance would have a name that nobody gave it.",
        pattern=r"^(first|r[1-9][0-9]?)$",
    )
    has_replica: bool = setting(
        "Whether its replica in replica_region is this stack's; false once it was promoted or deleted.",
        "This stack would configure, or make anew, what serves in another.",
        True,
    )


class Database(Section):
    """Cloud SQL for PostgreSQL 16, edition ENTERPRISE (custom tiers are refused in Enterprise Plus)."""

    cpus: int = setting("vCPUs: 1, or an even number up to 96.", "Cloud SQL refuses other numbers.", ge=1, le=96)
    memory_mib: int = setting(
        "Memory in MiB: a multiple of 256, 3,840 at least, 0.9 to 6.5 GiB for each vCPU.",
        "Cloud SQL refuses other sizes.",
        ge=3840,
        multiple_of=256,
    )
    availability: Availability = setting(
        "REGIONAL keeps a second copy in another zone.", "Losing a zone would lose the database."
    )
    disk_gib: int = setting(
        "First size of the SSD in GiB, 10 to 65,536; it grows by itself.", "Cloud SQL refuses it.", ge=10, le=65536
    )
    max_disk_gib: int = setting(
        "Where growth stops, in GiB.", "A runaway table would cost without end.", ge=10, le=65536
    )
    max_connections: int = setting(
        "Connections, 50 to 1,000; about 100 at 3.75 GB of memory, 500 at 15 GB, 600 at 30 GB.",
        "More than memory carries ends in out-of-memory kills; fewer starve the pods.",
        ge=50,
        le=1000,
    )
    backups_kept: int = setting(
        "Daily backups kept, 7 to 365.", "A fault noticed late could not be undone.", 30, ge=7, le=365
    )
    log_days: int = setting(
        "Days of point-in-time recovery, 1 to 7 in edition ENTERPRISE.",
        "Cloud SQL refuses more than 7 in this edition.",
        7,
        ge=1,
        le=7,
    )
    replica_region: Region | None = setting(
        "Region of a read replica; null for none.", "There would be nothing to promote.", None
    )
    promoted_replica: str | None = setting(
        "Name of a promoted replica that is the stack's first instance (standby region only).",
        "The standby region would start with an empty database.",
        None,
    )
    instances: tuple[DatabaseInstance, ...] = setting(
        "Its instances, oldest first: the last serves, those before it are kept until a person deletes them.",
        "Services would use a database that was replaced.",
        (DatabaseInstance(name="first"),),
        min_length=1,
        max_length=5,
    )
    authentication: DatabaseAuthentication = setting(
        "How services sign in; `password` only on one machine.",
        "Passwords would exist that nobody rotates.",
        DatabaseAuthentication.IAM,
    )

    @model_validator(mode="after")
    def _shape(self) -> Self:
        names = [instance.name for instance in self.instances]
        if len(set(names)) != len(names):
            raise ValueError(
                f"instances: {', '.join(names)}: one instance cannot be declared twice. Name each once, the serving "
                "one last."
            )
        if self.cpus > 1 and self.cpus % 2:
            raise ValueError(
                f"cpus is {self.cpus}: Cloud SQL takes 1 or an even number. Write {self.cpus - 1} or {self.cpus + 1}."
            )
        low, high = int(self.cpus * 0.9 * 1024), int(self.cpus * 6.5 * 1024)
        if not low <= self.memory_mib <= high:
            raise ValueError(
                f"memory_mib is {self.memory_mib}: {self.cpus} vCPUs take {low} to {high}. Cloud SQL refuses the rest."
            )
        if self.max_disk_gib < self.disk_gib:
            raise ValueError(
                f"max_disk_gib {self.max_disk_gib} is below disk_gib {self.disk_gib}: "
                "the disk starts larger than it may grow."
            )
        carried = max(100, self.memory_mib // 30)
        if self.max_connections > carried:
            raise ValueError(
                f"max_connections is {self.max_connections}, but {self.memory_mib} MiB carry about {carried}: "
                "the server would run out of memory. Lower it or raise memory_mib."
            )
        return self


class Cache(Section):
    """Memorystore for Redis. Its policy is always `noeviction`: an evicted seat is an over-issued one."""

    tier: CacheTier = setting("STANDARD_HA keeps a replica in another zone.", "Losing a zone would lose the cache.")
    memory_gib: int = setting("Memory in GiB, 1 to 300.", "Memorystore refuses it.", ge=1, le=300)
    snapshot_hours: Literal[1, 6, 12, 24] | None = setting(
        "Hours between RDB snapshots; null for none.", "Memorystore takes 1, 6, 12 or 24.", None
    )


class Signing(Section):
    """The key that signs license leases."""

    protection: Protection = setting(
        "HSM keeps the key in hardware.", "The key could be copied by whoever breaks into the software."
    )
    location: str = setting(
        "Key location: a region, or the multi-region `us`, which survives the loss of a region.",
        "Keys can never be moved: leases could not be signed after a fail-over.",
        pattern=r"^(us|us-central1|us-east1)$",
    )
    existing_ring: str | None = setting(
        "Name of another stack's key ring to sign with (standby region only).",
        "Clients would reject the standby's leases until they fetch its key.",
        None,
    )
    versions: int = setting(
        "Key versions that exist; the last one signs. Raise it by one to rotate.",
        "No version, nothing can be signed.",
        1,
        ge=1,
        le=50,
    )
    rotation_grace_days: int = setting(
        "Days for which a retired version still verifies, 7 to 365.",
        "Clients with a cached lease would reject it.",
        30,
        ge=7,
        le=365,
    )


class Secrets(Section):
    """Secret Manager."""

    first_rotation: date = setting(
        "Day on which the rotation of a new secret is first announced, YYYY-MM-DD; in the future when it is created.",
        "Secret Manager refuses a day that has passed.",
    )
    filled: bool = setting(
        "Whether each secret has a version. false only in the first pass of a first deployment, which makes the "
        "secrets and nothing that reads them: docs/runbooks/first-deployment.md.",
        "true on an empty project: sign-in, paging and pods wait for versions that nobody wrote. false on a stack "
        "that stands: everything that reads a secret would go.",
        True,
    )
