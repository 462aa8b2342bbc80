"""What must hold in every stack, read from the resource graph alone."""

import json
from collections.abc import Iterator

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.request_path import BACKEND_SERVICE, endpoint, listeners, path_rules, resolve
from coditect.graph.values import SECRET, Json, items, leaves, lookup, members, text
from coditect.plan.capacity import capacity
from infra import wiring
from infra.catalog import CATALOG
from infra.catalog.names import Namespace
from infra.catalog.secrets import PLATFORM_SECRETS, Filler
from infra.components import hosts
from infra.settings import Settings, StackName, load
from tests.graphs import graph_of
from tests.infra.test_settings import written

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SECRET_CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
EVERY_STACK = pytest.mark.parametrize("stack", list(StackName))


def settings_of(stack: StackName) -> Settings:
    return load(stack, {key: json.dumps(value) for key, value in written(stack).items()})


def pods(graph: Graph) -> Iterator[tuple[Node, Json]]:
    """Every declared pod template with the workload it stands in."""
    for node in graph.nodes.values():
        for path in (("spec", "template"), ("spec", "jobTemplate", "spec", "template")):
            template = lookup(node.inputs, *path)
            if node.type.startswith(("kubernetes:apps/", "kubernetes:batch/")) and isinstance(template, dict):
                yield node, template


def containers(template: Json) -> list[Json]:
    spec = members(template, "spec")
    return [*items(spec, "initContainers"), *items(spec, "containers")]


@EVERY_STACK
def test_each_of_the_thirteen_routes_ends_at_the_port_of_a_pod_of_its_service(stack: StackName) -> None:
    graph, domains = graph_of(stack.value), settings_of(stack).domains
    url_map = next(each.url_map for each in listeners(graph) if each.is_tls)
    rules = path_rules(graph, url_map)
    for route in CATALOG.routes:
        host = hosts.host_name(route.zone, route.label, domains)
        for pattern in route.patterns:
            backend = resolve(rules, host, pattern.replace("*", "anything/below"))
            assert backend is not None, f"{host}{pattern} is refused"
            end = endpoint(graph, backend)
            assert text(end.service.inputs, "spec", "selector", "app") == route.service
            assert end.container_port == route.port


@EVERY_STACK
def test_an_unknown_host_is_refused(stack: StackName) -> None:
    graph = graph_of(stack.value)
    url_map = next(each.url_map for each in listeners(graph) if each.is_tls)
    assert resolve(path_rules(graph, url_map), "elsewhere.example", "/") is None
    refused = lookup(url_map.inputs, "defaultRouteAction", "faultInjectionPolicy", "abort")
    assert lookup(refused, "httpStatus") == 404
    assert lookup(refused, "percentage") == 100


@EVERY_STACK
def test_both_addresses_answer_https_and_send_http_there(stack: StackName) -> None:
    found = listeners(graph_of(stack.value))
    by_address: dict[str, set[tuple[int, bool, bool]]] = {}
    for listener in found:
        by_address.setdefault(listener.address, set()).add((listener.port, listener.is_tls, listener.redirects))
    assert list(by_address.values()) == [{(443, True, False), (80, False, True)}] * 2


@EVERY_STACK
def test_the_url_map_carries_a_test_for_every_route(stack: StackName) -> None:
    graph, domains = graph_of(stack.value), settings_of(stack).domains
    url_map = next(each.url_map for each in listeners(graph) if each.is_tls)
    tests = items(url_map.inputs, "tests")
    assert len(tests) <= 100, "Google takes at most 100 tests"
    tested = {text(test, "host") for test in tests}
    assert tested >= {hosts.host_name(r.zone, r.label, domains) for r in CATALOG.routes}
    assert len(tests) >= len(CATALOG.routes)


@EVERY_STACK
def test_every_backend_service_has_an_endpoint_group_in_each_zone_a_health_check_logging_and_a_policy(
    stack: StackName,
) -> None:
    graph, zones = graph_of(stack.value), settings_of(stack).google.zones
    backends = graph.of_type(BACKEND_SERVICE)
    assert len(backends) >= len(CATALOG.services)
    for backend in backends:
        assert endpoint(graph, backend).zones == tuple(sorted(zones))
        assert text(backend.inputs, "healthChecks") or items(backend.inputs, "healthChecks")
        assert lookup(backend.inputs, "logConfig", "enable") is True
        assert text(backend.inputs, "securityPolicy")


@EVERY_STACK
def test_each_secret_is_mounted_by_its_consumers_and_by_nobody_else(stack: StackName) -> None:
    graph, settings = graph_of(stack.value), settings_of(stack)
    prefix = f"{wiring.durable_prefix(settings)}-"
    own = f"{settings.prefix}-"
    mounted: dict[str, set[str]] = {}
    for node in graph.of_type(SECRET_CLASS):
        parameters = text(node.inputs, "spec", "parameters", "secrets")
        for secret in wiring.secrets(CATALOG, settings):
            names = (f"secrets/{prefix}{secret.name}/", f"secrets/{own}{secret.name}/")
            if any(name in parameters for name in names):
                mounted.setdefault(secret.name, set()).add(text(node.inputs, "metadata", "name"))
    expected = {secret: set(readers) for secret, readers in wiring.readers(CATALOG, settings).items() if readers}
    assert mounted == expected


@EVERY_STACK
def test_each_secret_is_readable_by_its_consumers_and_by_nobody_else(stack: StackName) -> None:
    graph, settings = graph_of(stack.value), settings_of(stack)
    allowed: dict[str, set[str]] = {}
    for node in graph.of_type(
        "gcp:secretmanager/secretIamBinding:SecretIamBinding", "gcp:secretmanager/secretIamMember:SecretIamMember"
    ):
        name = text(node.inputs, "secretId").rpartition("/")[2]
        listed = {str(m) for m in items(node.inputs, "members")} | ({text(node.inputs, "member")} - {""})
        allowed.setdefault(name, set()).update(listed)
    emails = {
        node.name.removeprefix("accounts-"): f"serviceAccount:{text(node.outputs, 'email')}"
        for node in graph.of_type("gcp:serviceaccount/account:Account")
        if node.name.startswith("accounts-")
    }
    deployer = f"serviceAccount:{text(graph.root.outputs, 'deployer')}"
    for secret in wiring.secrets(CATALOG, settings):
        readers = {emails[reader] for reader in wiring.readers(CATALOG, settings)[secret.name]}
        if secret.name in PLATFORM_SECRETS or secret.filled_by is Filler.PLATFORM:
            # What the program hands on to Google, or wrote itself, it must read again when it runs.
            readers |= {deployer}
        name = wiring.secret_id(secret, settings).rpartition("/")[2]
        assert allowed.get(name, set()) == readers, secret.name


@EVERY_STACK
def test_no_secret_reaches_an_output_an_environment_or_an_annotation(stack: StackName) -> None:
    graph = graph_of(stack.value)
    assert SECRET not in [value for _, value in leaves(graph.root.outputs)]
    for _, template in pods(graph):
        for container in containers(template):
            for variable in items(container, "env"):
                assert lookup(variable, "valueFrom", "secretKeyRef") is None
                assert text(variable, "value") != SECRET


@EVERY_STACK
def test_every_secret_file_that_a_process_is_told_of_is_mounted_in_its_pod(stack: StackName) -> None:
    for node, template in pods(graph_of(stack.value)):
        for container in containers(template):
            told = {
                text(v, "value")
                for v in items(container, "env")
                if text(v, "name").endswith("_FILE") and text(v, "value").startswith("/var/run/secrets/coditect/")
            }
            mounts = {text(mount, "mountPath") for mount in items(container, "volumeMounts")}
            assert all(any(path.startswith(mount) for mount in mounts) for path in told), node.name


@EVERY_STACK
def test_every_namespace_denies_by_default_and_allows_only_named_edges(stack: StackName) -> None:
    graph = graph_of(stack.value)
    for namespace in Namespace:
        policies = [n for n in graph.of_type(NETWORK_POLICY) if n.input("metadata", "namespace") == namespace.value]
        closed = [
            n
            for n in policies
            if set(items(n.inputs, "spec", "policyTypes")) == {"Ingress", "Egress"}
            and not items(n.inputs, "spec", "ingress")
            and not items(n.inputs, "spec", "egress")
            and not members(n.inputs, "spec", "podSelector")
        ]
        assert len(closed) == 1, f"{namespace} lacks its default denial"


@EVERY_STACK
def test_no_policy_opens_a_pod_to_everyone(stack: StackName) -> None:
    for node in graph_of(stack.value).of_type(NETWORK_POLICY):
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in items(node.inputs, "spec", direction):
                assert items(rule, peers), f"{node.name}: a rule without peers allows the whole world"
                assert items(rule, "ports"), f"{node.name}: a rule without ports allows every port"
                assert "0.0.0.0/0" not in {text(p, "ipBlock", "cidr") for p in items(rule, peers)}, node.name


@EVERY_STACK
def test_every_image_is_named_by_its_digest(stack: StackName) -> None:
    for node, template in pods(graph_of(stack.value)):
        for container in containers(template):
            assert "@sha256:" in text(container, "image"), node.name


@EVERY_STACK
def test_what_holds_data_is_protected_where_losing_it_would_hurt(stack: StackName) -> None:
    graph = graph_of(stack.value)
    holding = graph.of_type(
        "gcp:sql/databaseInstance:DatabaseInstance",
        "gcp:redis/instance:Instance",
        "gcp:kms/cryptoKey:CryptoKey",
        "gcp:container/cluster:Cluster",
        "gcp:storage/bucket:Bucket",
        "gcp:secretmanager/secret:Secret",
        "gcp:dns/managedZone:ManagedZone",
        "gcp:artifactregistry/repository:Repository",
    )
    public_zones = [n for n in holding if not n.type.endswith("ManagedZone") or n.input("visibility") != "private"]
    expected = stack not in {StackName.DEV, StackName.LOCAL}
    assert {n.name: n.protect for n in public_zones} == {n.name: expected for n in public_zones}


def test_production_has_six_nodes_and_not_eighteen() -> None:
    graph = graph_of(StackName.PROD)
    assert capacity(graph).nodes == 6


@EVERY_STACK
def test_the_pods_fit_the_nodes_and_still_do_when_a_zone_is_lost_and_the_autoscaler_has_answered(
    stack: StackName,
) -> None:
    fit = capacity(graph_of(stack.value))
    assert fit.one_zone_lost_grown.fits, fit.one_zone_lost_grown.lacking
    if stack in {StackName.PROD, StackName.DR}:
        assert fit.whole.fits, fit.whole.lacking


def test_production_has_at_least_250_resources() -> None:
    assert len(graph_of(StackName.PROD).resources) >= 250


@EVERY_STACK
def test_names_of_resources_are_theirs_alone_and_physical_names_start_with_the_stack(stack: StackName) -> None:
    graph, prefix = graph_of(stack.value), settings_of(stack).prefix
    for node in graph.of_type(
        "gcp:compute/network:Network", "gcp:container/cluster:Cluster", "gcp:redis/instance:Instance"
    ):
        assert text(node.inputs, "name").startswith(prefix)


def test_the_standby_owns_nothing_that_production_keeps_durable() -> None:
    graph = graph_of(StackName.DR)
    # But for the database: the replica that was promoted is the standby's from then on.
    for owned in (
        "gcp:kms/cryptoKeyVersion:CryptoKeyVersion",
        "gcp:compute/network:Network",
        "gcp:artifactregistry/repository:Repository",
        "gcp:dns/recordSet:RecordSet",
        "gcp:identityplatform/config:Config",
        "gcp:projects/iAMAuditConfig:IAMAuditConfig",
    ):
        private = [n for n in graph.of_type(owned) if "private" not in n.name]
        assert not private, f"{owned}: {[n.name for n in private]}"
    # What it declares of a database is the promoted replica, which production made and lets go of.
    instances = (
        graph_of(s.value).of_type("gcp:sql/databaseInstance:DatabaseInstance") for s in (StackName.PROD, StackName.DR)
    )
    made, taken_over = ({node.id for node in nodes} for nodes in instances)
    assert taken_over <= made
