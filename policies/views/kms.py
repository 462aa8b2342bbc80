"""Keys of Cloud KMS."""

from policies.resource import View


class Key(View):
    """A key of Cloud KMS."""

    TYPES = ("gcp:kms/cryptoKey:CryptoKey",)

    @property
    def is_symmetric(self) -> bool:
        return self._of.text("purpose", default="ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"

    @property
    def signs(self) -> bool:
        return self._of.text("purpose") == "ASYMMETRIC_SIGN"

    @property
    def rotation_seconds(self) -> float | None:
        period = self._of.text("rotationPeriod").removesuffix("s")
        return float(period) if period.replace(".", "", 1).isdigit() else None

    @property
    def protection_level(self) -> str:
        return self._of.text("versionTemplate", "protectionLevel")

    @property
    def algorithm(self) -> str:
        return self._of.text("versionTemplate", "algorithm")

    @property
    def grace_seconds(self) -> float:
        """How long a destroyed version can still be brought back."""
        period = self._of.text("destroyScheduledDuration").removesuffix("s")
        return float(period) if period.replace(".", "", 1).isdigit() else 0
