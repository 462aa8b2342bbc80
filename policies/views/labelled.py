"""What bears labels and costs money, wherever the provider keeps its labels."""

from policies.resource import View
from policies.values import Properties

_LABELS_AT: dict[str, tuple[str, ...]] = {
    "gcp:compute/address:Address": ("labels",),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": ("labels",),
    "gcp:container/nodePool:NodePool": ("nodeConfig", "resourceLabels"),
    "gcp:sql/databaseInstance:DatabaseInstance": ("settings", "userLabels"),
    "gcp:redis/instance:Instance": ("labels",),
    "gcp:storage/bucket:Bucket": ("labels",),
    "gcp:artifactregistry/repository:Repository": ("labels",),
    "gcp:kms/cryptoKey:CryptoKey": ("labels",),
    "gcp:secretmanager/secret:Secret": ("labels",),
    "gcp:pubsub/topic:Topic": ("labels",),
    "gcp:gkebackup/backupPlan:BackupPlan": ("labels",),
    "gcp:dns/managedZone:ManagedZone": ("labels",),
}


class Labelled(View):
    """A resource that the bill can show by label."""

    TYPES = tuple(_LABELS_AT)

    @property
    def labels(self) -> dict[str, str]:
        own: Properties = self._of.at(*_LABELS_AT[self.resource.type])
        return own.words()
