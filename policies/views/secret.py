"""Secrets of Secret Manager."""

from policies.resource import View


class Secret(View):
    """A secret, without its value."""

    TYPES = ("gcp:secretmanager/secret:Secret",)

    @property
    def id(self) -> str:
        return self._of.text("secretId")

    @property
    def rotation_seconds(self) -> float | None:
        period = self._of.text("rotation", "rotationPeriod").removesuffix("s")
        return float(period) if period.replace(".", "", 1).isdigit() else None

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each copy; empty where Google's own encrypts it."""
        automatic = self._of.at("replication", "auto")
        if automatic.value is not None:
            return (automatic.text("customerManagedEncryption", "kmsKeyName"),)
        replicas = self._of.each("replication", "userManaged", "replicas")
        return tuple(replica.text("customerManagedEncryption", "kmsKeyName") for replica in replicas)

    @property
    def locations(self) -> tuple[str, ...]:
        """Where its copies stand; empty for wherever Google likes."""
        return tuple(r.text("location") for r in self._of.each("replication", "userManaged", "replicas"))

    @property
    def announces_rotation(self) -> bool:
        return self._of.exists("topics")

    @property
    def labels(self) -> dict[str, str]:
        return self._of.words("labels")


class SecretVersion(View):
    """A version that the program itself writes."""

    TYPES = ("gcp:secretmanager/secretVersion:SecretVersion",)

    @property
    def is_disabled_not_destroyed(self) -> bool:
        return self._of.text("deletionPolicy") in {"DISABLE", "ABANDON"}
