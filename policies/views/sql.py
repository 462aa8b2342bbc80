"""Cloud SQL instances, databases and users."""

from policies.resource import View
from policies.values import Properties


class SqlInstance(View):
    """A Cloud SQL instance: a primary, or a read replica of one."""

    TYPES = ("gcp:sql/databaseInstance:DatabaseInstance",)

    @property
    def _settings(self) -> Properties:
        return self._of.at("settings")

    @property
    def is_replica(self) -> bool:
        return self._of.exists("replicaConfiguration") or self._of.exists("masterInstanceName")

    @property
    def version(self) -> str:
        return self._of.text("databaseVersion")

    @property
    def major_version(self) -> int | None:
        """Of PostgreSQL; None for another server."""
        number = self.version.removeprefix("POSTGRES_").partition("_")[0]
        return int(number) if self.version.startswith("POSTGRES_") and number.isdigit() else None

    @property
    def region(self) -> str:
        return self._of.text("region")

    @property
    def key(self) -> str:
        return self._of.text("encryptionKeyName")

    def flag(self, name: str) -> str | None:
        """The value of a database flag; None where it is not set."""
        for flag in self._settings.each("databaseFlags"):
            if flag.text("name") == name:
                return flag.text("value")
        return None

    @property
    def tls_mode(self) -> str:
        return self._settings.text("ipConfiguration", "sslMode")

    @property
    def has_public_address(self) -> bool:
        """Cloud SQL gives one unless it is told not to."""
        return self._settings.flag("ipConfiguration", "ipv4Enabled", default=True)

    @property
    def admitted_networks(self) -> tuple[str, ...]:
        return tuple(n.text("value") for n in self._settings.each("ipConfiguration", "authorizedNetworks"))

    @property
    def requires_connector(self) -> bool:
        return self._settings.text("connectorEnforcement") == "REQUIRED"

    @property
    def has_backups(self) -> bool:
        return self._settings.flag("backupConfiguration", "enabled")

    @property
    def kept_backups(self) -> float:
        return self._settings.number("backupConfiguration", "backupRetentionSettings", "retainedBackups") or 0

    @property
    def has_point_in_time_recovery(self) -> bool:
        return self._settings.flag("backupConfiguration", "pointInTimeRecoveryEnabled")

    @property
    def kept_log_days(self) -> float:
        return self._settings.number("backupConfiguration", "transactionLogRetentionDays") or 0

    @property
    def backup_location(self) -> str:
        return self._settings.text("backupConfiguration", "location")

    @property
    def is_highly_available(self) -> bool:
        return self._settings.text("availabilityType") == "REGIONAL"

    @property
    def has_deletion_protection(self) -> bool:
        """Both Pulumi's refusal and Cloud SQL's own, which holds in the console too."""
        return self._of.flag("deletionProtection", default=True) and self._settings.flag("deletionProtectionEnabled")

    @property
    def has_maintenance_window(self) -> bool:
        return self._settings.exists("maintenanceWindow")

    @property
    def disk_ceiling_gib(self) -> float | None:
        """0 or None: it grows without end."""
        return self._settings.number("diskAutoresizeLimit")

    @property
    def grows(self) -> bool:
        return self._settings.flag("diskAutoresize", default=True)

    @property
    def records_client_addresses(self) -> bool:
        return self._settings.flag("insightsConfig", "recordClientAddress")

    @property
    def has_password_policy(self) -> bool:
        return self._settings.flag("passwordValidationPolicy", "enablePasswordPolicy")

    @property
    def labels(self) -> dict[str, str]:
        return self._settings.words("userLabels")


class SqlUser(View):
    """A user of a database server."""

    TYPES = ("gcp:sql/user:User",)

    @property
    def signs_in_by_iam(self) -> bool:
        return self._of.text("type").startswith("CLOUD_IAM_")


class SqlDatabase(View):
    """A database on an instance."""

    TYPES = ("gcp:sql/database:Database",)

    @property
    def is_kept_on_delete(self) -> bool:
        return self._of.text("deletionPolicy") == "ABANDON"
