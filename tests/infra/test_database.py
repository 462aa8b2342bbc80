"""PostgreSQL on Cloud SQL: recoverable, private, audited, and signed in to without passwords."""

from dataclasses import replace

import pytest

from coditect.graph.model import Node
from coditect.graph.values import Json
from infra.components.database import DatabaseArgs, DatabaseUser
from infra.settings import SettingsError
from infra.settings.stores import Database as DatabaseSize
from infra.settings.vocabulary import Availability, Region
from tests.infra.foundation import OWNER, SERVICE, foundation

INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
USER = "gcp:sql/user:User"
CREATING = ("dev", "staging", "prod", "dr", "local")
CLOUD = ("dev", "staging", "prod", "dr")

SIZE = DatabaseSize(
    cpus=2,
    memory_mib=7680,
    availability=Availability.ZONAL,
    disk_gib=20,
    max_disk_gib=100,
    max_connections=200,
)
ALICE = DatabaseUser(name="alice", email="alice@coditect-test.iam.gserviceaccount.com", is_owner=True)
ARGS = DatabaseArgs(
    prefix="coditect-test",
    project_id="coditect-test",
    region="us-central1",
    network_id="vpc",
    private_services="range",
    key_id="key",
    size=SIZE,
    databases=("coditect",),
    users=(ALICE,),
    replica_key_id=None,
    protect=True,
)


def primary(stack: str) -> Node:
    return foundation(stack).find(INSTANCE, "database-primary")


def flags(instance: Node) -> dict[str, str]:
    entries = instance.input("settings", "databaseFlags")
    assert isinstance(entries, list)
    return {str(entry["name"]): str(entry["value"]) for entry in entries if isinstance(entry, dict)}


@pytest.mark.parametrize("stack", CREATING)
@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("log_checkpoints", "on"),
        ("log_connections", "on"),
        ("log_disconnections", "on"),
        ("log_duration", "on"),
        ("log_error_verbosity", "default"),
        ("log_executor_stats", "off"),
        ("log_hostname", "on"),
        ("log_lock_waits", "on"),
        ("log_min_duration_statement", "-1"),
        ("log_min_error_statement", "error"),
        ("log_min_messages", "warning"),
        ("log_parser_stats", "off"),
        ("log_planner_stats", "off"),
        ("log_statement", "ddl"),
        ("log_statement_stats", "off"),
        ("log_temp_files", "0"),
        ("cloudsql.enable_pgaudit", "on"),
    ],
)
def test_the_server_logs_what_the_benchmark_asks_for(stack: str, flag: str, value: str) -> None:
    for instance in foundation(stack).of_type(INSTANCE):
        assert flags(instance)[flag] == value


@pytest.mark.parametrize("stack", CREATING)
def test_the_database_has_no_public_address_and_its_own_key(stack: str) -> None:
    for instance in foundation(stack).of_type(INSTANCE):
        assert instance.input("settings", "ipConfiguration", "ipv4Enabled") is False
        assert instance.input("settings", "ipConfiguration", "authorizedNetworks") is None
        region = instance.input("region")
        assert f"/locations/{region}/" in str(instance.input("encryptionKeyName"))


@pytest.mark.parametrize("stack", CLOUD)
def test_nobody_connects_but_through_the_connector_with_iam(stack: str) -> None:
    for instance in foundation(stack).of_type(INSTANCE):
        assert instance.input("settings", "connectorEnforcement") == "REQUIRED"
        assert instance.input("settings", "ipConfiguration", "sslMode") == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
        assert flags(instance)["cloudsql.iam_authentication"] == "on"


def test_only_the_local_stack_has_passwords_and_even_there_connections_are_encrypted() -> None:
    local = primary("local")
    assert local.input("settings", "ipConfiguration", "sslMode") == "ENCRYPTED_ONLY"
    assert "cloudsql.iam_authentication" not in flags(local)
    assert {user.input("type") for user in foundation("local").of_type(USER)} == {"BUILT_IN"}
    assert {user.input("name") for user in foundation("local").of_type(USER)} == {OWNER, SERVICE}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "dr"])
def test_users_are_service_accounts_and_only_the_migrator_may_create_tables(stack: str) -> None:
    users = {user.name.removeprefix("database-user-"): user for user in foundation(stack).of_type(USER)}
    assert {user.input("type") for user in users.values()} == {"CLOUD_IAM_SERVICE_ACCOUNT"}
    assert users[OWNER].input("databaseRoles") == ["cloudsqlsuperuser"]
    assert users[SERVICE].input("databaseRoles") is None
    for name, user in users.items():
        assert str(user.input("name")).startswith(f"{name}@")
        assert str(user.input("name")).endswith(".iam")


@pytest.mark.parametrize(
    ("stack", "kept", "availability"),
    [("prod", 30, "REGIONAL"), ("dr", 30, "REGIONAL"), ("staging", 30, "REGIONAL"), ("dev", 7, "ZONAL")],
)
def test_backups_reach_back_and_leave_the_region(stack: str, kept: int, availability: str) -> None:
    settings = ("settings", "backupConfiguration")
    assert primary(stack).input("settings", "availabilityType") == availability
    assert primary(stack).input(*settings) == {
        "enabled": True,
        "startTime": "03:00",
        "location": "us",
        "pointInTimeRecoveryEnabled": True,
        "transactionLogRetentionDays": 7,
        "backupRetentionSettings": {"retainedBackups": kept, "retentionUnit": "COUNT"},
    }


def test_production_is_the_custom_tier_of_the_specification() -> None:
    assert primary("prod").input("databaseVersion") == "POSTGRES_16"
    assert primary("prod").input("settings", "edition") == "ENTERPRISE"
    assert primary("prod").input("settings", "tier") == "db-custom-4-15360"


@pytest.mark.parametrize(("stack", "is_protected"), [("prod", True), ("dr", True), ("staging", True), ("dev", False)])
def test_deleting_the_database_is_refused_three_times_where_somebody_depends_on_it(
    stack: str, is_protected: bool
) -> None:
    for instance in foundation(stack).of_type(INSTANCE):
        assert instance.protect is is_protected
        assert instance.retain_on_delete is is_protected
        assert instance.input("deletionProtection") is is_protected
        assert instance.input("settings", "deletionProtectionEnabled") is is_protected


def test_the_replica_is_a_copy_of_the_primary_in_the_other_region() -> None:
    replica = foundation("prod").find(INSTANCE, "database-replica-us-east1")
    assert replica.input("name") == "coditect-prod-postgres-us-east1"
    assert replica.input("region") == "us-east1"
    assert replica.input("masterInstanceName") == "coditect-prod-postgres"
    assert flags(replica) == flags(primary("prod"))
    # Cloud SQL refuses these for a replica.
    refused: tuple[str, ...] = ("backupConfiguration", "maintenanceWindow", "passwordValidationPolicy")
    assert [replica.input("settings", name) for name in refused] == [None] * len(refused)


def test_a_standby_declares_the_promoted_replica_by_its_name_and_with_its_key() -> None:
    graph = foundation("dr")
    (promoted,) = graph.of_type(INSTANCE)
    replica = foundation("prod").find(INSTANCE, "database-replica-us-east1")
    assert promoted.id == replica.id
    for kept in ("name", "region", "databaseVersion"):
        assert promoted.input(kept) == replica.input(kept)
    # The key is computed in production, so its graph names it by what it will be.
    assert promoted.input("encryptionKeyName") == replica.input("encryptionKeyName")
    assert promoted.input("settings", "ipConfiguration") == replica.input("settings", "ipConfiguration")
    outputs: dict[str, Json] = graph.find("coditect:platform:Database", "database").outputs
    assert outputs["connection_name"] == replica.outputs["connectionName"]
    assert {user.input("instance") for user in graph.of_type(USER)} == {replica.input("name")}


def test_taking_a_database_out_of_the_catalogue_drops_nothing() -> None:
    for database in foundation("prod").of_type("gcp:sql/database:Database"):
        assert database.input("deletionPolicy") == "ABANDON"
        assert database.protect


def test_a_user_waits_until_its_database_is_there() -> None:
    graph = foundation("prod")
    made = {database.urn for database in graph.of_type("gcp:sql/database:Database")}
    assert len(made) == 2
    for user in graph.of_type(USER):
        assert made <= set(user.dependencies)


def _size(**changes: object) -> DatabaseSize:
    return SIZE.model_copy(update=changes)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"size": _size(replica_region=Region.US_EAST1)}, r"replica_region is us-east1 and replica_key_id is missing"),
        ({"replica_key_id": "key"}, r"replica_region is None and replica_key_id is given"),
        (
            {"size": _size(replica_region=Region.US_CENTRAL1), "replica_key_id": "key"},
            r"replica_region is us-central1, the primary's own",
        ),
        (
            {"size": _size(replica_region=Region.US_EAST1, promoted_replica="r"), "replica_key_id": "key"},
            r"replica_region and promoted_replica are both set",
        ),
        ({"databases": ()}, r"databases: none"),
        ({"users": (ALICE, ALICE)}, r"users: alice, alice.*Name each once"),
    ],
)
def test_a_database_that_would_not_survive_is_refused_with_the_cure(change: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        replace(ARGS, **change)  # type: ignore[arg-type] # the point is a wrong value
