"""A restored database takes the place of the one before it, and a promoted replica is run like any primary.

The program never deletes or replaces an instance for that: what people made is imported, what was there stays declared.
"""

from collections.abc import Callable
from functools import cache

import pytest

from coditect.graph import configuration
from coditect.graph.adoption import AdoptionError, import_file
from coditect.graph.capture import capture
from coditect.graph.model import Graph, Node
from coditect.graph.replacement import HOLDINGS, forces_replacement
from coditect.graph.values import items, leaves, text
from infra import releases
from infra.catalog import CATALOG
from infra.platform import Platform
from infra.settings import Settings, SettingsError, load
from infra.settings.stores import Database, DatabaseInstance
from tests.graphs import graph_of

INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
DATABASE = "gcp:sql/database:Database"
USER = "gcp:sql/user:User"
GRANT = "gcp:projects/iAMMember:IAMMember"
SettingsOf = Callable[[str], Settings]
FIRST, RESTORED = DatabaseInstance(name="first"), DatabaseInstance(name="r1")


@cache
def with_instances(stack: str, *instances: DatabaseInstance) -> Graph:
    written = load(stack, configuration.read(stack, project=configuration.project_name()).values)
    database = written.database.model_copy(update={"instances": instances})
    settings = written.model_copy(update={"database": database})
    return capture(stack, program=lambda: Platform(settings, releases.load(stack, CATALOG), CATALOG))


def replaced(before: Graph, after: Graph) -> list[str]:
    """What an update would delete, or delete and make anew, of all that holds data."""
    lost = []
    for urn, node in before.nodes.items():
        if node.type in HOLDINGS:
            there = after.nodes.get(urn)
            old, new = dict(leaves(node.inputs)), dict(leaves(there.inputs)) if there else {}
            paths = [path for path in old.keys() | new.keys() if old.get(path) != new.get(path)]
            if there is None or any(forces_replacement(node.type, path) for path in paths):
                lost.append(urn)
    return lost


def test_a_restored_instance_serves_and_nothing_that_holds_data_goes() -> None:
    before, after = graph_of("prod"), with_instances("prod", FIRST, RESTORED)
    assert replaced(before, after) == []
    assert all(after.nodes[node.urn].inputs == node.inputs for node in before.of_type(INSTANCE, DATABASE, USER))
    new = after.find(INSTANCE, "database-r1-primary")
    assert new.input("name") == "coditect-prod-postgres-r1"
    assert new.protect
    outputs = after.find("coditect:platform:Database", "database").outputs
    assert outputs["instance_name"] == new.input("name")
    assert outputs["connection_name"] == new.outputs["connectionName"]


def test_a_restored_instance_is_as_safe_as_the_first() -> None:
    after = with_instances("prod", FIRST, RESTORED)
    for name in ("primary", "replica-us-east1"):
        first, restored = after.find(INSTANCE, f"database-{name}"), after.find(INSTANCE, f"database-r1-{name}")
        different = {"name", "masterInstanceName"}
        assert {k: v for k, v in first.inputs.items() if k not in different} == {
            k: v for k, v in restored.inputs.items() if k not in different
        }
    assert after.find(INSTANCE, "database-r1-replica-us-east1").input("masterInstanceName") == (
        "coditect-prod-postgres-r1"
    )


def test_databases_users_grants_and_pods_follow_the_restored_instance() -> None:
    before, after = graph_of("prod"), with_instances("prod", FIRST, RESTORED)
    for kind in (DATABASE, USER):
        names = {text(node.inputs, "name") for node in before.of_type(kind)}
        restored = [n for n in after.of_type(kind) if n.input("instance") == "coditect-prod-postgres-r1"]
        assert {text(node.inputs, "name") for node in restored} == names
    conditions = [text(grant.inputs, "condition", "expression") for grant in after.of_type(GRANT)]
    about_databases = [condition for condition in conditions if "sqladmin" in condition]
    assert about_databases
    assert all(condition.endswith('/instances/coditect-prod-postgres-r1"') for condition in about_databases)
    connection = "coditect-cloud-infra:us-central1:coditect-prod-postgres"
    named = [
        node.urn for node in after.nodes.values() if node.type.startswith("kubernetes:") and connection in _all(node)
    ]
    assert named
    assert [urn for urn in named if f"{connection}-r1" not in _all(after.nodes[urn])] == []


def test_once_a_person_deleted_the_old_instance_the_program_forgets_it() -> None:
    after = with_instances("prod", RESTORED)
    assert {node.name for node in after.of_type(INSTANCE)} == {"database-r1-primary", "database-r1-replica-us-east1"}


def test_production_leaves_a_promoted_replica_to_the_standby_and_keeps_all_else() -> None:
    before = graph_of("prod")
    after = with_instances("prod", FIRST.model_copy(update={"has_replica": False}))
    gone = before.nodes.keys() - after.nodes.keys()
    assert {before.nodes[urn].name for urn in gone} == {"database-replica-us-east1"}
    assert all(after.nodes[urn].inputs == before.nodes[urn].inputs for urn in after.nodes)


def test_the_standby_runs_the_promoted_replica_as_production_runs_its_primary() -> None:
    promoted, primary = (graph_of(stack).find(INSTANCE, "database-primary") for stack in ("dr", "prod"))
    own = {"name", "region", "encryptionKeyName", "settings"}
    assert {k: v for k, v in promoted.inputs.items() if k not in own} == {
        k: v for k, v in primary.inputs.items() if k not in own
    }
    assert promoted.input("settings", "availabilityType") == "REGIONAL"
    assert promoted.input("settings", "backupConfiguration", "pointInTimeRecoveryEnabled") is True
    ours, theirs = dict(leaves(promoted.input("settings"))), dict(leaves(primary.input("settings")))
    assert {path for path in ours if ours[path] != theirs.get(path)} == {"userLabels.stack"}


def test_the_standby_takes_over_the_replica_of_the_instance_that_serves_in_production(settings_of: SettingsOf) -> None:
    serving = settings_of("prod").database.instances[-1].name
    part = "" if serving == "first" else f"{serving}-"
    replica = graph_of("prod").find(INSTANCE, f"database-{part}replica-us-east1")
    assert settings_of("dr").database.promoted_replica == replica.input("name")


def test_the_file_of_an_adoption_names_each_resource_as_google_imports_it() -> None:
    after = with_instances("prod", FIRST, RESTORED)
    written = import_file(after, ("database-r1-primary", "database-r1-database-*", "database-r1-user-license-backend"))
    found = {text(each, "name"): each for each in items(written, "resources")}
    provider = text(written, "nameTable", "google")
    assert after.nodes[provider].type == "pulumi:providers:gcp"
    assert found["database"] == {"type": "coditect:platform:Database", "name": "database", "component": True}
    assert found["database-r1-primary"] == {
        "type": INSTANCE,
        "name": "database-r1-primary",
        "id": "coditect-prod-postgres-r1",
        "provider": "google",
        "parent": "database",
    }
    user = after.find(USER, "database-r1-user-license-backend")
    # pulumi.com: PostgreSQL users are imported by project, instance and name.
    assert text(found[user.name], "id") == f"coditect-cloud-infra/coditect-prod-postgres-r1/{user.input('name')}"
    assert "database-r1-replica-us-east1" not in found


def test_adopting_what_is_not_declared_says_what_is() -> None:
    with pytest.raises(AdoptionError, match=r"no resource 'database-primry'\. Did you mean database-primary\?"):
        import_file(graph_of("prod"), ("database-primry",))


@pytest.mark.parametrize(
    ("instances", "says"),
    [
        ([], "at least 1 item"),
        ([{"name": "r1"}, {"name": "r1"}], "one instance cannot be declared twice"),
        # It would be called as the replica of the first.
        ([{"name": "us-east1"}], "String should match pattern"),
    ],
)
def test_instances_that_would_be_mistaken_for_each_other_are_refused(
    settings_of: SettingsOf, instances: list[dict[str, str]], says: str
) -> None:
    written = {**settings_of("prod").database.model_dump(), "instances": instances}
    with pytest.raises((SettingsError, ValueError), match=says):
        Database.model_validate(written)


def _all(node: Node) -> str:
    return " ".join(str(value) for _, value in leaves(node.inputs))


def test_nothing_depends_on_the_replica_so_that_production_can_let_go_of_it() -> None:
    graph = graph_of("prod")
    replica = graph.find(INSTANCE, "database-replica-us-east1")
    assert [node.name for node in graph.nodes.values() if replica.urn in node.dependencies] == []
