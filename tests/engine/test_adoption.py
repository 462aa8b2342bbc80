"""What people made at Google is taken over by the commands of the runbooks, on the real engine, and nothing is lost."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from coditect.graph import configuration
from coditect.graph.adoption import import_file
from coditect.graph.capture import capture, run_entry
from coditect.graph.model import Graph
from coditect.graph.values import JsonObject, text
from coditect.rehearsal.shelf import Thing
from tests.engine.harness import Deployment, EngineError, Run, new_deployment
from tests.graphs import graph_of

pytestmark = pytest.mark.engine

INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
DATABASE = "gcp:sql/database:Database"
USER = "gcp:sql/user:User"
RUNBOOKS = configuration.ROOT / "docs" / "runbooks"
on_production = pytest.mark.parametrize("deployed", ["prod"], indirect=True)


def commands(page: str, section: str = "") -> Iterator[list[str]]:
    """The words of each command of Pulumi and of `coditect adopt` in a runbook's blocks, in order."""
    sections = re.split(r"^## (.*)\n", f"## \n{(RUNBOOKS / page).read_text()}", flags=re.MULTILINE)
    text_of = dict(zip(sections[1::2], sections[2::2], strict=True))
    for block in re.findall(r"```sh\n(.*?)```", text_of[section], re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line)
            if words and words[0] in ("pulumi", "coditect"):
                yield words


def follow(deployment: Deployment, graph: Graph, words: list[str]) -> Run | None:
    """Does what a command says; for an update it says what the engine did, for anything else nothing."""
    match words:
        case ["coditect", "adopt", stack, *names, ">", file] if stack == deployment.stack:
            (deployment.directory / "work" / file).write_text(json.dumps(import_file(graph, names)))
        case ["pulumi", "up", "--yes", "--stack", _]:
            return deployment.up(run_entry)
        case ["pulumi", "up", "--yes", "--stack", _, "--exclude", excluded, "--exclude-dependents"]:
            deployment.up(run_entry, exclude=(excluded,))
        case ["pulumi", *arguments]:
            deployment.pulumi(*arguments)
        case _:
            raise AssertionError(f"no way to follow {words}")
    return None


def write_instances(deployment: Deployment, instances: list[JsonObject]) -> Graph:
    """Changes the stack's settings as the runbook says. The graph is that of the changed settings."""
    work = deployment.directory / "work"
    file = work / f"Pulumi.{deployment.stack}.yaml"
    document = yaml.safe_load(file.read_text())
    document["config"]["coditect:database"]["instances"] = instances
    file.write_text(yaml.safe_dump(document))
    return capture(deployment.stack, directory=work, previews=False)


def clone(deployment: Deployment, graph: Graph) -> None:
    """What `gcloud sql instances clone` makes: the instance in one zone, the databases and the users."""
    for node in graph.of_type(INSTANCE, DATABASE, USER):
        if not node.name.startswith("database-r1-") or node.input("masterInstanceName") is not None:
            continue
        inputs = {k: v for k, v in node.inputs.items() if k not in ("deletionPolicy", "deletionProtection")}
        if node.type == INSTANCE:
            settings = node.input("settings")
            assert isinstance(settings, dict)
            inputs["settings"] = {**settings, "availabilityType": "ZONAL"}
        deployment.cloud.create(Thing(type=node.type, id=_id(node.type, inputs, node.id), urn="", inputs=inputs))


def _id(type_: str, inputs: JsonObject, id_: str) -> str:
    """Users are imported by another id than they get when they are made: the provider reads them by either."""
    return "/".join(text(inputs, k) for k in ("project", "instance", "name")) if type_ == USER else id_


@on_production
def test_a_restored_database_is_taken_over_and_none_is_deleted_or_replaced(going_on: Deployment) -> None:
    before = {thing.id for thing in going_on.cloud.things(INSTANCE)}
    graph = write_instances(going_on, [{"name": "first"}, {"name": "r1"}])
    clone(going_on, graph)
    runs = [follow(going_on, graph, words) for words in commands("restore-database.md")]
    (run,) = [run for run in runs if run is not None]
    about = {(operation, urn.rpartition("::")[2]) for operation, urn in run.changes() if "$gcp:sql/" in urn}
    held = {(operation, name) for operation, name in about if "user" not in name and "database-r1-database" not in name}
    assert held == {("update", "database-r1-primary"), ("create", "database-r1-replica-us-east1")}
    assert {operation for operation, _ in about} <= {"create", "update"}
    after = {thing.id: thing for thing in going_on.cloud.things(INSTANCE)}
    assert after.keys() == before | {"coditect-prod-postgres-r1", "coditect-prod-postgres-r1-us-east1"}
    assert text(after["coditect-prod-postgres-r1"].inputs, "settings", "availabilityType") == "REGIONAL"
    assert going_on.up(run_entry).changes() == []


@on_production
def test_without_the_import_google_refuses_and_the_clone_is_left_alone(going_on: Deployment) -> None:
    graph = write_instances(going_on, [{"name": "first"}, {"name": "r1"}])
    clone(going_on, graph)
    cloned = going_on.cloud.read(INSTANCE, "coditect-prod-postgres-r1")
    with pytest.raises(EngineError, match="coditect-prod-postgres-r1 exists already"):
        going_on.up(run_entry)
    assert going_on.cloud.read(INSTANCE, "coditect-prod-postgres-r1") == cloned


@on_production
def test_taking_an_instance_out_of_the_settings_deletes_none(going_on: Deployment) -> None:
    graph = write_instances(going_on, [{"name": "first"}, {"name": "r1"}])
    clone(going_on, graph)
    for words in commands("restore-database.md"):
        follow(going_on, graph, words)
    before = {thing.id for thing in going_on.cloud.things(INSTANCE)}
    write_instances(going_on, [{"name": "r1"}])
    with pytest.raises(EngineError, match="cannot be deleted"):
        going_on.up(run_entry)
    assert {thing.id for thing in going_on.cloud.things(INSTANCE)} == before


@on_production
def test_what_a_person_deleted_is_gone_from_state_and_settings_without_a_change(going_on: Deployment) -> None:
    graph = write_instances(going_on, [{"name": "first"}, {"name": "r1"}])
    clone(going_on, graph)
    for words in commands("restore-database.md"):
        follow(going_on, graph, words)
    for thing in [*going_on.cloud.things(USER), *going_on.cloud.things(DATABASE), *going_on.cloud.things(INSTANCE)]:
        of = thing.id if thing.type == INSTANCE else text(thing.inputs, "instance")
        if of in ("coditect-prod-postgres", "coditect-prod-postgres-us-east1"):
            going_on.cloud.update(replace(thing, inputs={**thing.inputs, "deletionProtection": False}))
            going_on.cloud.delete(thing.type, thing.id)
    write_instances(going_on, [{"name": "r1"}])
    for words in commands("restore-database.md", "The old instance, a week later"):
        follow(going_on, graph, words)
    assert going_on.up(run_entry).changes() == []


@on_production
def test_production_lets_go_of_a_promoted_replica_in_its_state_alone(going_on: Deployment) -> None:
    promoted = going_on.cloud.read(INSTANCE, "coditect-prod-postgres-us-east1")
    graph = write_instances(going_on, [{"name": "first", "has_replica": False}])
    with pytest.raises(EngineError, match="cannot be deleted"):
        going_on.up(run_entry)
    (words,) = [words for words in commands("fail-over-region.md") if words[:3] == ["pulumi", "state", "unprotect"]]
    follow(going_on, graph, words)
    run = going_on.up(run_entry)
    assert [urn.rpartition("::")[2] for _, urn in run.changes()] == ["database-replica-us-east1"]
    assert going_on.cloud.read(INSTANCE, "coditect-prod-postgres-us-east1") == promoted
    assert "database-replica-us-east1" not in {text(r, "urn").rpartition("::")[2] for r in going_on.resources()}


def test_the_standby_makes_of_a_promoted_replica_a_database_as_safe_as_productions(tmp_path: Path) -> None:
    deployment, graph = new_deployment("dr", tmp_path), graph_of("dr")
    replica = graph_of("prod").find(INSTANCE, "database-replica-us-east1")
    promoted = {key: value for key, value in replica.inputs.items() if key != "masterInstanceName"}
    deployment.cloud.create(Thing(type=INSTANCE, id=replica.id, urn="", inputs=promoted))
    for node in graph.of_type(DATABASE):
        deployment.cloud.create(Thing(type=DATABASE, id=node.id, urn="", inputs=node.inputs))
    runs = [follow(deployment, graph, w) for w in commands("fail-over-region.md") if "dr" in w and "output" not in w]
    (run,) = [run for run in runs if run is not None]
    assert {operation for operation, _ in run.changes()} == {"create", "update"}, "the standby gives nothing up"
    assert [urn.rpartition("::")[2] for operation, urn in run.changes() if operation == "update"] == [
        "database-primary"
    ]
    serving = deployment.cloud.read(INSTANCE, replica.id)
    assert serving is not None
    declared = graph.find(INSTANCE, "database-primary").inputs
    assert serving.inputs == declared
    assert text(declared, "settings", "availabilityType") == "REGIONAL"
