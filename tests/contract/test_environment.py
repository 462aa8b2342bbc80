"""What the graph tells a process is what its settings read, and the other way round."""

from coditect.graph.model import Graph
from tests.contract.conftest import Started
from tests.contract.containers import SETTINGS, Container

# Given already, read by what is built later: payments, mail and support. An entry whose variable is read must go.
NOT_READ_YET = {
    "apps.gateway.settings.backend": {"STRIPE_SECRET_KEY_FILE", "SENDGRID_API_KEY_FILE", "ZENDESK_API_TOKEN_FILE"}
}


def test_every_first_party_service_is_looked_at(containers: tuple[Container, ...]) -> None:
    services = {container.name for container in containers}
    assert services >= {"gateway-frontend", "gateway-backend", "license-frontend", "license-backend"}
    assert services >= {"worker", "beat", "migrate"}


def test_every_process_starts_with_what_the_graph_tells_it(containers: tuple[Container, ...], started: Started) -> None:
    problems = {f"{each.workload}/{each.name}": started(each).problem for each in containers}
    assert {name: problem for name, problem in problems.items() if problem} == {}


def test_every_variable_of_the_graph_is_read(containers: tuple[Container, ...], started: Started) -> None:
    unread = {
        (each.settings, variable)
        for each in containers
        for variable in each.environment
        if variable != SETTINGS
        and f"$({variable})" not in each.command
        and variable not in started(each).read
        and variable not in NOT_READ_YET.get(each.settings, set())
    }
    assert unread == set(), "Read them in apps/configuration/environment.py, or take them out of infra/wiring.py."


def test_what_is_said_not_to_be_read_yet_is_not(containers: tuple[Container, ...], started: Started) -> None:
    read = {
        (each.settings, variable)
        for each in containers
        for variable in NOT_READ_YET.get(each.settings, set())
        if variable in started(each).read or variable not in each.environment
    }
    assert read == set(), "Take them out of NOT_READ_YET: they are read by now, or no longer given."


def test_a_process_that_is_not_told_what_it_requires_is_found(
    containers: tuple[Container, ...], started: Started
) -> None:
    (backend,) = [each for each in containers if each.workload == "gateway-backend-blue"]
    less = dict(backend.environment)
    del less["STRIPE_WEBHOOK_SECRET_FILE"], less["REDIS_URL"]
    broken = Container(**vars(backend) | {"environment": less})
    assert "STRIPE_WEBHOOK_SECRET_FILE is not set" in started(broken).problem
    assert "REDIS_URL is not set" in started(broken).problem


def test_every_secret_file_is_named_by_a_variable_and_every_variable_names_a_file(
    containers: tuple[Container, ...],
) -> None:
    for each in containers:
        named = {value for name, value in each.environment.items() if name.endswith("_FILE")}
        assert named == each.secret_files, f"{each.workload}/{each.name}"


def test_ports_are_what_the_process_is_told(containers: tuple[Container, ...]) -> None:
    for each in containers:
        for port, variable in (("http", "PORT"), ("metrics", "METRICS_PORT")):
            declared = each.ports.get(port)
            assert each.environment.get(variable) == (None if declared is None else str(declared)), each.workload
        assert {port for _, port in each.probes} <= {each.ports.get("http")}, each.workload


def test_the_servers_listen_on_the_declared_port(containers: tuple[Container, ...]) -> None:
    for each in containers:
        if each.command[0] == "granian":
            assert each.command[each.command.index("--port") + 1] == "$(PORT)", each.workload


def test_no_stack_is_without_containers(graph: Graph, containers: tuple[Container, ...]) -> None:
    assert len(containers) >= 14, graph
