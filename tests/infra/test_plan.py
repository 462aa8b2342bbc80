"""What a plan says of changes, of what would be lost, of routes and of capacity."""

import io
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest
from rich.console import Console

from coditect.graph import request_path
from coditect.graph.inventory import Entry, Inventory
from coditect.graph.model import Graph, Node
from coditect.graph.pods import Requests, quantity, requests_of
from coditect.graph.replacement import HOLDINGS, forces_replacement
from coditect.graph.values import Json, JsonObject
from coditect.plan.capacity import allocatable, capacity
from coditect.plan.change_text import changes_text
from coditect.plan.changes import Action, Change, Changes, compare
from coditect.plan.document import PlanDocument, document, json_schema
from coditect.plan.model import Plan, plan
from coditect.plan.text import show
from infra.catalog import CATALOG
from infra.settings import Settings
from tests import specification

DATABASE = "gcp:sql/databaseInstance:DatabaseInstance"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def entry(type_: str = DATABASE, inputs: JsonObject | None = None) -> Entry:
    return Entry(key=f"{type_}::it", type=type_, name="it", parent=None, inputs=inputs or {})


def inventory(*entries: Entry) -> Inventory:
    return Inventory(stack="prod", project="coditect", source="before", entries={e.key: e for e in entries})


def changes_of(before: JsonObject, after: JsonObject, type_: str = DATABASE) -> Changes:
    return compare(inventory(entry(type_, before)), inventory(entry(type_, after)))


def only(changes: Changes) -> Change:
    (change,) = changes.changes
    return change


def test_the_same_inputs_are_no_change() -> None:
    assert changes_of({"settings": {"tier": "a"}}, {"settings": {"tier": "a"}}).changes == ()


def test_a_change_names_the_smallest_path_with_both_values() -> None:
    change = only(changes_of({"settings": {"tier": "a", "edition": "E"}}, {"settings": {"tier": "b", "edition": "E"}}))

    assert change.action is Action.UPDATE
    assert [(p.path, p.before, p.after) for p in change.properties] == [("settings.tier", "a", "b")]


def test_a_new_member_of_a_named_list_is_one_change_however_many_follow() -> None:
    members: list[JsonObject] = [{"name": name, "value": "1"} for name in ("A", "B", "C")]
    first, second, third = members
    change = only(changes_of({"env": [first, third]}, {"env": [first, second, third]}, DEPLOYMENT))

    assert [(p.path, p.before, p.after) for p in change.properties] == [("env[B]", None, second)]


def test_a_list_of_plain_values_is_compared_as_a_whole() -> None:
    change = only(changes_of({"ranges": ["a", "c"]}, {"ranges": ["a", "b", "c"]}))

    assert [(p.path, p.before) for p in change.properties] == [("ranges", ["a", "c"])]


def test_what_the_program_ignores_is_no_change() -> None:
    before = replace(entry(inputs={"nodes": {"first": 1}}), ignore_changes=("nodes",))
    after = replace(before, inputs={"nodes": {"first": 2}})

    assert compare(inventory(before), inventory(after)).changes == ()


def test_replacing_what_holds_data_says_what_would_be_lost_and_that_protection_stops_it() -> None:
    before = replace(entry(inputs={"region": "us-central1"}), protect=True)
    change = only(compare(inventory(before), inventory(replace(before, inputs={"region": "us-east1"}))))

    assert change.action is Action.REPLACE
    assert change.danger is not None
    assert "databases" in change.danger
    assert change.refusal is not None
    assert "pulumi state unprotect" in change.refusal


def test_replacing_what_holds_no_data_is_no_danger() -> None:
    change = only(changes_of({"network": "a"}, {"network": "b"}, "gcp:compute/firewall:Firewall"))

    assert (change.action, change.danger) == (Action.REPLACE, None)


def test_lifting_protection_is_a_change_of_its_own() -> None:
    change = only(compare(inventory(replace(entry(), protect=True)), inventory(entry())))

    assert [(p.path, p.before, p.after) for p in change.properties] == [("<protect>", True, False)]


def test_deleting_what_holds_data_is_a_danger_even_where_it_stays_in_the_cloud() -> None:
    bucket = "gcp:storage/bucket:Bucket"
    gone = only(compare(inventory(entry(bucket)), inventory()))
    kept = only(compare(inventory(replace(entry(bucket), retain_on_delete=True)), inventory()))

    assert (gone.action, gone.danger is None, gone.is_retained) == (Action.DELETE, False, False)
    assert (kept.action, kept.danger is None, kept.is_retained) == (Action.DELETE, False, True)
    assert kept.danger is not None
    assert kept.danger.startswith("It stays in the cloud with files, but the platform knows it no more")


def test_what_pulumi_will_refuse_is_printed_before_what_loses_data() -> None:
    bucket = entry("gcp:storage/bucket:Bucket")
    database = replace(entry(DATABASE), protect=True)
    console = Console(file=io.StringIO(), width=200)
    console.print(changes_text(compare(inventory(bucket, database), inventory())))
    assert isinstance(console.file, io.StringIO)
    said = " ".join(console.file.getvalue().split())

    assert said.index("REFUSED: DELETES DatabaseInstance") < said.index("DELETES Bucket")
    assert "It is protected: Pulumi will refuse" in said
    assert "Without protection: All databases" in said


@pytest.mark.parametrize(
    ("type_", "path", "forced"),
    [
        (DATABASE, "region", True),
        (DATABASE, "settings.tier", False),
        ("gcp:kms/cryptoKey:CryptoKey", "keyRing", True),
        ("gcp:projects/iAMMember:IAMMember", "member", True),
        ("gcp:storage/bucketIAMBinding:BucketIAMBinding", "members[0]", False),
        (DEPLOYMENT, "spec.selector.matchLabels.app", True),
        (DEPLOYMENT, "spec.template.spec.containers[web].image", False),
        (DEPLOYMENT, "metadata.name", True),
        ("kubernetes:batch/v1:Job", "spec.template.spec.containers[web].image", True),
        ("coditect:platform:Network", "name", False),
    ],
)
def test_properties_that_force_a_replacement_are_known(type_: str, path: str, forced: bool) -> None:
    assert forces_replacement(type_, path) is forced


def test_everything_protected_that_holds_data_has_its_consequence_in_words(captured: Callable[[str], Graph]) -> None:
    silent = {
        node.type for node in captured("prod").resources if node.protect and not node.is_component
    } - HOLDINGS.keys()

    assert not silent, f"A deletion of these would not say what is lost: {sorted(silent)}"


# What fits where.


def test_a_machine_leaves_what_google_documents() -> None:
    # n1-standard-2: 2 vCPU, 7.5 GiB. CPU: 6 % + 1 % of a core. Memory: 1 + 0.7 GiB reserved, 100 MiB for eviction.
    assert allocatable("n1-standard-2") == Requests(cpu_m=1930, memory_mib=7680 - 1024 - 717 - 100)


def test_a_machine_of_unknown_size_is_refused() -> None:
    with pytest.raises(ValueError, match="Machine type 'n9-huge' is of unknown size"):
        allocatable("n9-huge")


def _container(cpu: str, memory: str, **fields: Json) -> JsonObject:
    return {"resources": {"requests": {"cpu": cpu, "memory": memory}}, **fields}


def test_a_pod_requests_its_containers_and_sidecars_or_its_largest_init_container() -> None:
    spec: JsonObject = {
        "containers": [_container("250m", "512Mi")],
        "initContainers": [
            _container("50m", "64Mi", restartPolicy="Always"),
            _container("100m", "1Gi"),
        ],
    }

    assert requests_of(spec) == Requests(cpu_m=300, memory_mib=1024)


@pytest.mark.parametrize(
    ("written", "number"), [("250m", 0.25), ("2", 2.0), ("1Gi", 2**30), ("1.5G", 1.5e9), (None, 0.0)]
)
def test_quantities_are_read_as_kubernetes_does(written: str, number: float) -> None:
    assert quantity(written) == number


def test_a_quantity_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'a lot' is no Kubernetes quantity"):
        quantity("a lot")


def test_production_has_six_nodes_two_in_a_zone_and_fits_them(captured: Callable[[str], Graph]) -> None:
    found = capacity(captured("prod"))

    assert found.nodes == 6
    assert (found.whole.nodes, found.one_zone_lost.nodes) == (6, 4)
    assert found.whole.fits
    assert found.one_zone_lost.fits or found.one_zone_lost_grown.fits


def test_every_pod_of_every_stack_says_what_it_requests(graph: Graph) -> None:
    silent = [g.workload.name for g in capacity(graph).ours if not (g.each.cpu_m and g.each.memory_mib)]

    assert not silent


# Where requests go.


def _without(graph: Graph, gone: Callable[[Node], bool]) -> Graph:
    """The graph in which such nodes say nothing any more."""
    return replace(graph, nodes={urn: replace(n, inputs={}) if gone(n) else n for urn, n in graph.nodes.items()})


def test_a_backend_whose_service_is_gone_is_named(captured: Callable[[str], Graph]) -> None:
    graph = captured("prod")
    broken = _without(graph, lambda n: n.type == request_path.SERVICE and "gateway-backend" in n.name)
    backend = next(n for n in graph.of_type(request_path.BACKEND_SERVICE) if n.name.endswith("gateway-backend"))

    with pytest.raises(request_path.BrokenPath, match="no Kubernetes Service has its pods registered there"):
        request_path.endpoint(broken, backend)


@pytest.fixture(scope="module")
def production(captured: Callable[[str], Graph], settings_of: Callable[[str], Settings]) -> Plan:
    graph = captured("prod")
    return plan(graph, settings_of("prod"), Inventory.of(graph))


def test_every_route_of_production_ends_at_pods(production: Plan) -> None:
    rows = {(row.host, row.path, row.service, row.port) for row in production.routes}
    assert rows >= specification.ROUTES
    assert len(production.routes) == len(CATALOG.routes)
    assert [row.problem for row in production.routes if row.problem] == []
    assert all(row.pods >= 2 for row in production.routes)


def test_a_route_that_ends_nowhere_is_shown_as_a_problem(
    captured: Callable[[str], Graph], settings_of: Callable[[str], Settings]
) -> None:
    graph = captured("prod")
    broken = _without(graph, lambda n: n.type == request_path.SERVICE and "ide-theia" in n.name)
    found = plan(broken, settings_of("prod"), Inventory.of(broken))

    assert [row.path for row in found.routes if row.problem] == ["/theia"]


def test_a_plan_has_more_than_250_resources_and_is_no_change_against_itself(production: Plan) -> None:
    assert production.resources >= 250
    assert production.changes.changes == ()


# How it is shown.


def _shown(found: Plan, width: int) -> str:
    console = Console(width=width, record=True, no_color=True, file=io.StringIO())
    show(found, console)
    return console.export_text()


def test_the_text_has_every_part(production: Plan) -> None:
    text = _shown(production, 140)

    for part in ("prod", "Components", "Routes", "workflow.coditect.ai", "Capacity", "one zone lost", "Changes"):
        assert part in text


@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_line_is_wider_than_the_terminal(production: Plan, width: int) -> None:
    assert max(len(line) for line in _shown(production, width).splitlines()) <= width


def test_of_a_list_only_what_left_and_what_came_is_shown() -> None:
    console = Console(width=200, no_color=True, file=(shown := io.StringIO()))
    console.print(changes_text(changes_of({"domains": ["a.org", "b.org"]}, {"domains": ["b.org", "c.org", "d.org"]})))
    assert "domains: - a.org  + c.org  + d.org  (1 stay)" in shown.getvalue()


def test_the_json_keeps_to_its_schema(production: Plan) -> None:
    found = document(production).model_dump(mode="json")

    jsonschema.validate(found, json_schema())
    assert found["version"] == 1
    assert PlanDocument.model_validate(found) == document(production)
