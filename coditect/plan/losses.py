"""What a change loses: data, keys, zones. A sentence for each, as the providers behave; None where nothing is lost."""

from collections.abc import Iterator, Mapping, Sequence

from coditect.graph.replacement import HOLDINGS
from coditect.graph.values import Json

CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
KEY_VERSION = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion"

# Numbers that Google keeps something by: less of it, and it deletes what is beyond at once.
_KEPT_BY: Mapping[tuple[str, str], str] = {
    (
        "gcp:logging/projectBucketConfig:ProjectBucketConfig",
        "retentionDays",
    ): "Logs older than {after} days are deleted.",
    (
        "gcp:sql/databaseInstance:DatabaseInstance",
        "settings.backupConfiguration.backupRetentionSettings.retainedBackups",
    ): "All backups but the last {after} are deleted.",
    (
        "gcp:sql/databaseInstance:DatabaseInstance",
        "settings.backupConfiguration.transactionLogRetentionDays",
    ): "Points in time older than {after} days can no longer be restored.",
}


def of_removal(type_: str, *, is_retained: bool) -> str | None:
    """What is lost with a resource that is deleted, or made anew: the new one begins empty.

    is_retained: it stays in the cloud, and is lost to the platform all the same.
    """
    holding = HOLDINGS.get(type_)
    if holding is None:
        return None
    if not is_retained:
        return holding.consequence
    return (
        f"It stays in the cloud with {holding.what}, but the platform knows it no more: what stands in its place "
        "begins empty, or cannot be made while the name is taken. Give it an alias, or import it."
    )


def of_update(type_: str, properties: Sequence[tuple[str, Json, Json]]) -> str | None:
    """What a change in place loses. properties: path, value before, value after; None where it is not there."""
    return " ".join(dict.fromkeys(said for one in properties for said in _losses(type_, *one))) or None


def _losses(type_: str, path: str, before: Json, after: Json) -> Iterator[str]:
    if type_ in {CLUSTER, NODE_POOL} and path == "nodeLocations" and isinstance(before, list):
        left = after if isinstance(after, list) else []
        if lost := [str(zone) for zone in before if zone not in left]:
            yield (
                f"{', '.join(lost)} {'is' if len(lost) == 1 else 'are'} given up: the nodes there end, and a volume "
                "that stands there can be mounted by no pod. Move or back up those volumes first."
            )
    if type_ == KEY_VERSION and path == "state" and after not in {None, "ENABLED"}:
        yield f"The key version becomes {after}: what needs it can be neither read nor verified."
    if (kept_by := _KEPT_BY.get((type_, path))) is not None and _is_less(before, after):
        yield kept_by.format(after=f"{after:g}" if isinstance(after, int | float) else "fewer")


def _is_less(before: Json, after: Json) -> bool:
    """Whether a number fell. One that is no longer set counts: Google's own default is lower than any of ours."""
    return isinstance(before, int | float) and (after is None or (isinstance(after, int | float) and after < before))
