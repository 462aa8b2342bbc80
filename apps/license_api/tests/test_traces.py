"""One request's spans: the edge, Django, Redis, PostgreSQL and Cloud KMS, each a real process, told to a collector."""

import asyncio
import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from apps.license_api.tests.test_processes import ROOT, Service
from apps.testing.people import Cast, assemble, found
from coditect.local.console.traces import Span, Trace, TraceStore, receiver
from coditect.local.edge.authority import Authority
from coditect.local.edge.declared import edge
from coditect.local.edge.endpoints import End
from coditect.local.edge.proxy import EdgeProxy
from coditect.local.graph_cache import captured
from coditect.local.layout import Layout
from coditect.local.process import LOOPBACK, free_port

KEY = "projects/coditect-test/locations/us/keyRings/signing/cryptoKeys/leases"
ACQUIRE, HEARTBEAT, LICENSES = "/api/v1/licenses/acquire", "/api/v1/licenses/heartbeat", "/api/v1/licenses"
MACHINE = "a-machine-that-nobody-may-see"
SAMPLED = "00-{trace}-00f067aa0ba902b7-{flags}"


@dataclass(frozen=True, kw_only=True)
class Collector:
    """Takes spans on a port."""

    store: TraceStore
    port: int

    @property
    def environment(self) -> dict[str, str]:
        return {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://{LOOPBACK}:{self.port}/v1/traces",
            "OTEL_SERVICE_NAME": "license-backend-blue",
        }

    def wait(self, root: str, *, spans: int, traces: int = 1) -> list[Trace]:
        """The traces of what was asked, once that many have that many spans."""
        deadline = time.monotonic() + 30
        while True:
            found = [trace for trace in self.store.recent(100) if trace.root == root and len(trace.spans) >= spans]
            if len(found) >= traces:
                return found
            assert time.monotonic() < deadline, self.store.recent(100)
            time.sleep(0.05)


@pytest.fixture
def collector() -> Iterator[Collector]:
    store, port, loop = TraceStore(), free_port(), asyncio.new_event_loop()
    application = web.Application()
    application.router.add_post("/v1/traces", receiver(store))
    runner = web.AppRunner(application)

    async def begin() -> None:
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, port).start()

    loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Collector(store=store, port=port)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def cast(database: None) -> Cast:
    return assemble()


@pytest.fixture(scope="module")
def kms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a process is told of a running stand-in for Cloud KMS."""
    keys = tmp_path_factory.mktemp("kms") / "keys"
    command = [sys.executable, "-m", "coditect.local.kms", "--key-dir", str(keys), "--key", KEY]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield {"SIGNING_KEY": KEY, "KMS_ENDPOINT": json.loads(process.stdout.readline())["endpoint"]}
        process.terminate()


@pytest.fixture
def service(service_environment: Mapping[str, str], collector: Collector, kms: Mapping[str, str]) -> Iterator[Service]:
    # The edge checks it by the public host.
    running = Service(service_environment, ALLOWED_HOSTS="*", **collector.environment, **kms)
    yield running
    running.stop()


@pytest.fixture
def through_the_edge(service: Service, collector: Collector, state_directory: Path) -> Iterator[httpx.Client]:
    """A client of the API's host, through Envoy as the graph declares it."""
    layout = Layout(root=state_directory / "edge")
    layout.prepare()
    declared = edge(captured("local", layout.root / "graph.json"))
    proxy = EdgeProxy(
        declared,
        layout=layout,
        authority=Authority(layout.authority),
        https_port=free_port(),
        http_port=free_port(),
        console_port=collector.port,
    )
    proxy.write()
    proxy.server.start()
    try:
        proxy.send("license-backend", [End(port=service.port)])
        proxy.wait_taken("license-backend", service.port, timeout_s=30)
        (host,) = [host for host in declared.hosts if host.startswith("api.")]
        trusted = ssl.create_default_context(cafile=str(Authority(layout.authority).certificate))
        with httpx.Client(base_url=f"https://{LOOPBACK}:{proxy.https_port}", verify=trusted, timeout=10) as client:
            client.headers["Host"] = host
            client.event_hooks["request"] = [lambda request: request.extensions.update(sni_hostname=host)]
            yield client
    finally:
        proxy.server.stop()


def traceparent(trace: str, *, is_sampled: bool = True) -> str:
    return SAMPLED.format(trace=trace, flags="01" if is_sampled else "00")


def only(trace: Trace, name: str) -> Span:
    (span,) = [span for span in trace.spans if span.name == name]
    return span


def test_an_acquire_is_one_trace_from_the_edge_to_the_key(
    through_the_edge: httpx.Client, collector: Collector, cast: Cast
) -> None:
    header = {"Authorization": cast.bob.header}
    # The first of a worker asks KMS for its versions too; what a second one does is what every one does.
    for number in range(6):
        through_the_edge.post(ACQUIRE, json={"hardware_id": f"{MACHINE}-{number % 2}"}, headers=header)
    lease = through_the_edge.post(f"{ACQUIRE}?token=of-nobody", json={"hardware_id": MACHINE}, headers=header)
    assert lease.status_code == 200
    trace = collector.wait(f"POST {ACQUIRE}", spans=7, traces=7)[0]
    first, django, commit, signing = (
        trace.spans[0],
        only(trace, f"POST {ACQUIRE}"),
        only(trace, "commit"),
        only(trace, "sign lease"),
    )
    assert (first.process, first.parent_id, first.kind) == ("edge", "", "server")
    assert (django.process, django.parent_id, django.kind) == ("license-backend-blue", first.span_id, "server")
    assert only(trace, "EVALSHA acquire").parent_id == commit.parent_id == signing.parent_id == django.span_id
    assert only(trace, "SELECT seats_grant").parent_id == commit.span_id
    assert only(trace, "KMS AsymmetricSign").parent_id == signing.span_id
    assert not any(span.is_error for span in trace.spans)
    assert django.attributes["http.route"] == ACQUIRE
    assert django.attributes["http.response.status_code"] == "200"
    assert django.attributes["request_id"] == lease.headers["X-Request-Id"]
    for span in trace.spans:
        assert span.started >= trace.started
        assert span.duration_ms <= trace.duration_ms


def test_no_span_holds_a_parameter_a_token_or_an_address(
    through_the_edge: httpx.Client, collector: Collector, cast: Cast
) -> None:
    header = {"Authorization": cast.alice.header}
    lease = through_the_edge.post(ACQUIRE, json={"hardware_id": MACHINE, "hostname": MACHINE}, headers=header).json()
    session = lease["session_id"]
    through_the_edge.post(HEARTBEAT, json={"session_id": session}, headers=header)
    through_the_edge.get(f"/api/v1/sessions?first=0&secret={MACHINE}", headers=header)
    through_the_edge.delete(f"/api/v1/sessions/{session}", headers=header)
    collector.wait("GET /api/v1/sessions", spans=4)
    (revoked,) = collector.wait("DELETE /api/v1/sessions/<str:session_id>", spans=4)
    assert any(span.attributes.get("db.system.name") == "postgresql" for span in revoked.spans)
    told = " ".join(
        f"{span.name} {value}"
        for trace in collector.store.recent(100)
        for span in trace.spans
        for value in span.attributes.values()
    )
    kept_back = (
        cast.alice.token, cast.alice.user.email, str(cast.alice.user.id), str(cast.acme.tenant_id),
        str(cast.acme.license.id), session, lease["signature"], MACHINE, "example.com",
    )  # fmt: skip
    assert [secret for secret in kept_back if secret in told] == []
    assert "FROM" in told


def test_a_client_chooses_neither_trace_nor_sampling_nor_a_spans_words(
    through_the_edge: httpx.Client, collector: Collector, cast: Cast
) -> None:
    theirs = {
        "traceparent": traceparent("d" * 32, is_sampled=False),
        "tracestate": f"vendor={MACHINE}",
        "x-client-trace-id": MACHINE,
        "x-envoy-decorator-operation": MACHINE,
        "User-Agent": MACHINE,
    }
    for request_id in ("e" * 32, "no-number"):
        answer = through_the_edge.get(
            LICENSES, headers={"Authorization": cast.bob.header, "X-Request-Id": request_id, **theirs}
        )
        assert answer.status_code == 200
    deadline = time.monotonic() + 30
    while (
        len(edges := [span for trace in collector.store.recent(9) for span in trace.spans if span.process == "edge"])
        < 2
    ):
        assert time.monotonic() < deadline, collector.store.recent(9)
        time.sleep(0.05)
    traces = collector.wait(f"GET {LICENSES}", spans=2, traces=2)
    assert "d" * 32 not in {trace.trace_id for trace in traces}
    assert not {span.attributes["guid:x-request-id"] for span in edges} & {"e" * 32, "no-number"}
    assert MACHINE not in " ".join(
        f"{span.name} {span.attributes}" for trace in collector.store.recent(100) for span in trace.spans
    )


def test_a_refusal_of_ours_is_no_error(service: Service, collector: Collector, cast: Cast) -> None:
    headers = {"Authorization": cast.bob.header, "traceparent": traceparent("a" * 32)}
    answer = httpx.post(f"{service.url}{HEARTBEAT}", json={"session_id": "nobody's"}, headers=headers)
    assert answer.status_code == 404
    (trace,) = collector.wait(f"POST {HEARTBEAT}", spans=1)
    (span,) = trace.spans
    assert (span.is_error, span.attributes["http.response.status_code"]) == (False, "404")


def test_only_what_the_edge_samples_is_traced_and_probes_are_not(
    service: Service, collector: Collector, cast: Cast
) -> None:
    def ask(**headers: str) -> None:
        httpx.get(f"{service.url}{LICENSES}", headers={"Authorization": cast.bob.header, **headers})

    httpx.get(f"{service.url}/ready")
    ask()
    ask(traceparent=traceparent("b" * 32, is_sampled=False))
    ask(traceparent="nonsense")
    ask(traceparent=traceparent("c" * 32))
    collector.wait(f"GET {LICENSES}", spans=2)
    assert [trace.trace_id for trace in collector.store.recent(100)] == ["c" * 32]


def test_acquires_that_share_a_commit_and_a_signature_say_so(
    service: Service, collector: Collector, database: None
) -> None:
    company = found("Crowd", owner="olga", seats=24)
    crowd = [company.hire(f"user-{number}") for number in range(24)]

    def ask(number: int) -> None:
        httpx.post(
            f"{service.url}{ACQUIRE}",
            json={"hardware_id": f"{MACHINE}-{number}"},
            headers={"Authorization": crowd[number].header, "traceparent": traceparent(f"{number + 1:032x}")},
            timeout=20,
        )

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(ask, range(24)))
    collector.wait(f"POST {ACQUIRE}", spans=1, traces=24)
    spans = [span for trace in collector.store.recent(100) for span in trace.spans]
    signed = sum(1 for span in spans if span.name == "KMS AsymmetricSign")
    leases = [span for span in spans if span.name.startswith("sign lease")]
    assert 0 < signed < len(leases) == 24
    assert any("(shared by " in span.name for span in leases)


def test_a_dead_collector_costs_no_request_and_is_told_of_once(
    service_environment: Mapping[str, str], cast: Cast
) -> None:
    away = Collector(store=TraceStore(), port=free_port())
    running = Service(service_environment, **away.environment)
    try:
        for number in range(40):
            headers = {"Authorization": cast.bob.header, "traceparent": traceparent(f"{number + 1:032x}")}
            assert httpx.get(f"{running.url}{LICENSES}", headers=headers).status_code == 200
            time.sleep(0.1)
    finally:
        logged = [json.loads(line) for line in running.stop().splitlines() if line.startswith("{")]
    about_spans = [line for line in logged if "pans cannot be delivered" in line["message"]]
    assert 1 <= len(about_spans) <= 2, "once for each of two workers"
    assert not [line for line in logged if line["logger"].startswith("opentelemetry")]


def test_without_an_endpoint_nothing_of_opentelemetry_is_imported(service_environment: Mapping[str, str]) -> None:
    program = (
        "import sys, apps.license_api.wsgi; "
        "print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], env=dict(service_environment), cwd=ROOT, capture_output=True, text=True
    )
    assert said.stdout.strip() == "[]", said.stderr
