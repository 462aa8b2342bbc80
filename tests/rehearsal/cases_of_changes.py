"""Cases of the rules on what cannot be changed, made smaller or deleted."""

from coditect.rehearsal.rule import Operation
from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.types import BUCKET, CONNECTION, INSTANCE, LOG_BUCKET, SUBNET
from tests.rehearsal.cases import Case, thing


def database(*, disk: int = 100, region: str = "us-central1", protected: bool = True) -> Thing:
    return thing(
        INSTANCE,
        "shop",
        name="shop",
        region=region,
        settings={"diskSize": disk, "deletionProtectionEnabled": protected},
    )


def logs(*, days: int, locked: bool) -> Thing:
    return thing(LOG_BUCKET, "audit", retentionDays=days, locked=locked)


def subnet(cidr: str) -> Thing:
    return thing(SUBNET, "projects/p/regions/r/subnetworks/nodes", ipCidrRange=cidr)


CASES = (
    Case(
        rule="immutable",
        operation=Operation.UPDATE,
        before=database(),
        asked=database(region="us-east1"),
        instead=database(disk=200),
    ),
    Case(
        rule="sql-disk-grows",
        operation=Operation.UPDATE,
        before=database(disk=100),
        asked=database(disk=50),
        instead=database(disk=200),
    ),
    Case(
        rule="subnet-range-grows",
        operation=Operation.UPDATE,
        before=subnet("10.0.0.0/20"),
        asked=subnet("10.0.0.0/21"),
        instead=subnet("10.0.0.0/19"),
    ),
    Case(
        rule="locked-retention-grows",
        operation=Operation.UPDATE,
        before=logs(days=730, locked=True),
        asked=logs(days=30, locked=True),
        instead=logs(days=800, locked=True),
    ),
    Case(
        rule="sql-protected-at-google",
        operation=Operation.DELETE,
        asked=database(),
        instead=database(protected=False),
    ),
    Case(
        rule="sql-replicas-first",
        operation=Operation.DELETE,
        asked=database(),
        refused=(thing(INSTANCE, "shop-copy", name="shop-copy", masterInstanceName="shop"),),
        accepted=(thing(INSTANCE, "another", name="another"),),
    ),
    Case(
        rule="bucket-empty",
        operation=Operation.DELETE,
        asked=thing(BUCKET, "files", name="files"),
        instead=thing(BUCKET, "files", name="files", forceDestroy=True),
    ),
    Case(
        rule="peering-in-use",
        operation=Operation.DELETE,
        asked=thing(CONNECTION, "peering"),
        instead=thing(CONNECTION, "peering", deletionPolicy="ABANDON"),
    ),
)
