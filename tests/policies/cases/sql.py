"""How the rules of Cloud SQL are broken."""

from tests.policies.cases.case import Case, broken

I = "database-primary"  # noqa: E741 - the instance
IP = "settings.ipConfiguration"


def flag(rule: str, name: str, value: str) -> Case:
    """A database flag with another value."""
    return broken(rule, I, f"settings.databaseFlags[name={name}].value", value)


CASES = (
    broken("sql-tls", I, f"{IP}.sslMode", "ALLOW_UNENCRYPTED_AND_ENCRYPTED"),
    broken("sql-connector", I, "settings.connectorEnforcement", "NOT_REQUIRED"),
    broken("sql-networks", I, f"{IP}.authorizedNetworks", [{"value": "0.0.0.0/0"}]),
    broken("sql-private", I, f"{IP}.ipv4Enabled", to=True),
    broken("sql-supported-version", I, "databaseVersion", "POSTGRES_13", also=("sql-version",)),
    broken("sql-key", I, "encryptionKeyName"),
    broken("sql-iam-users", "database-user-gateway-frontend", "type", "BUILT_IN"),
    flag("sql-iam-authentication", "cloudsql.iam_authentication", "off"),
    broken("sql-password-policy", I, "settings.passwordValidationPolicy.enablePasswordPolicy", to=False),
    broken("sql-client-addresses", I, "settings.insightsConfig.recordClientAddress", to=True),
    flag("sql-log-checkpoints", "log_checkpoints", "off"),
    flag("sql-log-connections", "log_connections", "off"),
    flag("sql-log-disconnections", "log_disconnections", "off"),
    flag("sql-log-lock-waits", "log_lock_waits", "off"),
    flag("sql-log-min-messages", "log_min_messages", "fatal"),
    flag("sql-log-temp-files", "log_temp_files", "-1"),
    flag("sql-log-min-duration-statement", "log_min_duration_statement", "250"),
    flag("sql-log-hostname", "log_hostname", "off"),
    flag("sql-log-min-error-statement", "log_min_error_statement", "panic"),
    flag("sql-enable-pgaudit", "cloudsql.enable_pgaudit", "off"),
    flag("sql-log-statement", "log_statement", "all"),
    flag("sql-log-error-verbosity", "log_error_verbosity", "verbose"),
    flag("sql-log-duration", "log_duration", "off"),
    flag("sql-log-executor-stats", "log_executor_stats", "on"),
    flag("sql-log-parser-stats", "log_parser_stats", "on"),
    flag("sql-log-planner-stats", "log_planner_stats", "on"),
    flag("sql-log-statement-stats", "log_statement_stats", "on"),
    broken("sql-maintenance-window", I, "settings.maintenanceWindow"),
    broken("sql-high-availability", I, "settings.availabilityType", "ZONAL"),
    broken("sql-disk-ceiling", I, "settings.diskAutoresizeLimit", 0),
)
