"""Cloud SQL instances as the platform runs them: a primary and its read replica, alike in all that guards the data.

A stack begins with one. What people restore is another one beside it, for Cloud SQL gives a clone a new name and keeps
a deleted name back for a week (Cloud SQL, "Clone instances", "Delete instances"). The program then serves from the last
of `database.instances` and goes on declaring those before it, so that it never deletes one.
"""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component
from infra.settings.stores import Database as DatabaseSize
from infra.settings.vocabulary import Availability, DatabaseAuthentication

FIRST = "first"
"""The instance that a stack began with, as `database.instances` calls it."""

# CIS GCP 6.2 and Checkov's log flags: who did what is in the log, what they said (values of statements) is not.
_LOG_FLAGS = {
    "log_checkpoints": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_duration": "on",
    "log_error_verbosity": "default",
    "log_executor_stats": "off",
    "log_hostname": "on",
    "log_lock_waits": "on",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "error",
    "log_min_messages": "warning",
    "log_parser_stats": "off",
    "log_planner_stats": "off",
    "log_statement": "ddl",
    "log_statement_stats": "off",
    "log_temp_files": "0",
    # Takes effect with CREATE EXTENSION pgaudit, which a migration does.
    "cloudsql.enable_pgaudit": "on",
    "pgaudit.log": "ddl,role",
}


@dataclass(frozen=True, kw_only=True)
class InstanceArgs:
    """What a primary and its replica have in common: DatabaseArgs says more.

    name: of the primary at Google. part: start of the logical names of what belongs to it.
    """

    name: str
    part: str
    project_id: str
    network_id: pulumi.Input[str]
    private_services: pulumi.Input[str]
    size: DatabaseSize
    protect: bool

    @property
    def uses_iam(self) -> bool:
        return self.size.authentication is DatabaseAuthentication.IAM


def instance_name(prefix: str, size: DatabaseSize, instance: str) -> str:
    """Name at Google of an instance of `database.instances`."""
    if instance == FIRST:
        return size.promoted_replica or f"{prefix}-postgres"
    return f"{prefix}-postgres-{instance}"


def serving_instance(prefix: str, size: DatabaseSize) -> str:
    """Name at Google of the instance that services use."""
    return instance_name(prefix, size, size.instances[-1].name)


def logical_part(instance: str) -> str:
    """Start of the logical names of what belongs to an instance. Those of the first are a released inventory."""
    return "" if instance == FIRST else f"{instance}-"


def primary_instance(
    component: Component, args: InstanceArgs, *, region: str, key_id: pulumi.Input[str]
) -> gcp.sql.DatabaseInstance:
    """The instance that is written to: with backups, and a second copy in another zone where the stack has one."""
    size = args.size
    return gcp.sql.DatabaseInstance(
        component.child(f"{args.part}primary"),
        name=args.name,
        project=args.project_id,
        region=region,
        database_version="POSTGRES_16",
        encryption_key_name=key_id,
        deletion_protection=args.protect,
        settings=_settings(
            component,
            args,
            availability=size.availability,
            backups=gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs(
                enabled=True,
                start_time="03:00",
                # All of the United States: a backup in the region that was lost restores nothing.
                location="us",
                point_in_time_recovery_enabled=True,
                transaction_log_retention_days=size.log_days,
                backup_retention_settings=gcp.sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
                    retained_backups=size.backups_kept, retention_unit="COUNT"
                ),
            ),
        ),
        opts=component.under(_kept(args)),
    )


def read_replica(
    component: Component,
    args: InstanceArgs,
    *,
    primary: gcp.sql.DatabaseInstance,
    region: str,
    key_id: pulumi.Input[str],
) -> gcp.sql.DatabaseInstance:
    """A copy in another region that can be promoted.

    Backups, maintenance and password policy are the primary's until then: Cloud SQL takes none of them for a replica.
    """
    return gcp.sql.DatabaseInstance(
        component.child(f"{args.part}replica-{region}"),
        name=f"{args.name}-{region}",
        project=args.project_id,
        region=region,
        database_version="POSTGRES_16",
        master_instance_name=primary.name,
        encryption_key_name=key_id,
        deletion_protection=args.protect,
        settings=_settings(component, args, availability=Availability.ZONAL, backups=None),
        opts=component.under(_kept(args)),
    )


def _kept(args: InstanceArgs) -> pulumi.ResourceOptions:
    """Pulumi never deletes it at Google: even without its protection it is only let go of, for another stack."""
    return pulumi.ResourceOptions(protect=args.protect, retain_on_delete=args.protect)


def _settings(
    component: Component,
    args: InstanceArgs,
    *,
    availability: Availability,
    backups: gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs | None,
) -> gcp.sql.DatabaseInstanceSettingsArgs:
    """Settings of an instance; of a replica without `backups`."""
    size = args.size
    return gcp.sql.DatabaseInstanceSettingsArgs(
        # Version 16 defaults to ENTERPRISE_PLUS, where custom tiers are refused.
        edition="ENTERPRISE",
        tier=f"db-custom-{size.cpus}-{size.memory_mib}",
        availability_type=availability.value,
        activation_policy="ALWAYS",
        disk_type="PD_SSD",
        disk_size=size.disk_gib,
        disk_autoresize=True,
        disk_autoresize_limit=size.max_disk_gib,
        deletion_protection_enabled=args.protect,
        connector_enforcement="REQUIRED" if args.uses_iam else "NOT_REQUIRED",
        ip_configuration=gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs(
            ipv4_enabled=False,
            private_network=args.network_id,
            allocated_ip_range=args.private_services,
            ssl_mode="TRUSTED_CLIENT_CERTIFICATE_REQUIRED" if args.uses_iam else "ENCRYPTED_ONLY",
        ),
        backup_configuration=backups,
        database_flags=[
            gcp.sql.DatabaseInstanceSettingsDatabaseFlagArgs(name=name, value=value)
            for name, value in sorted(_flags(args).items())
        ],
        insights_config=gcp.sql.DatabaseInstanceSettingsInsightsConfigArgs(
            query_insights_enabled=True,
            query_plans_per_minute=5,
            query_string_length=1024,
            record_application_tags=True,
            # Behind the proxy every address is the pod's own.
            record_client_address=False,
        ),
        maintenance_window=_maintenance() if backups else None,
        password_validation_policy=_passwords() if backups else None,
        user_labels=component.labels(),
    )


def _maintenance() -> gcp.sql.DatabaseInstanceSettingsMaintenanceWindowArgs:
    """Sunday 07:00 UTC, the middle of the night where the platform is; `stable` comes a week after `canary`."""
    return gcp.sql.DatabaseInstanceSettingsMaintenanceWindowArgs(day=7, hour=7, update_track="stable")


def _passwords() -> gcp.sql.DatabaseInstanceSettingsPasswordValidationPolicyArgs:
    """For the users that an operator makes by hand in an emergency: the platform's own have no password."""
    return gcp.sql.DatabaseInstanceSettingsPasswordValidationPolicyArgs(
        enable_password_policy=True,
        complexity="COMPLEXITY_DEFAULT",
        min_length=16,
        reuse_interval=5,
        disallow_username_substring=True,
    )


def _flags(args: InstanceArgs) -> dict[str, str]:
    """A replica must have at least its primary's connections, or Cloud SQL refuses it: both get the same flags."""
    flags = _LOG_FLAGS | {"max_connections": str(args.size.max_connections)}
    return flags | {"cloudsql.iam_authentication": "on"} if args.uses_iam else flags
