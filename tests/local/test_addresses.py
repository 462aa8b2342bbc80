"""Every route of the specification, through the edge, over TLS."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from coditect.graph.values import text
from coditect.local.process import LOOPBACK
from infra.catalog.routes import ROUTES, Route
from infra.components.hosts import host_name
from infra.settings import Settings
from tests.local.platform import RunningPlatform

# Beside their service's own: the same pods behind an address list.
_OTHER_BACKENDS = {"license-backend-staff": "license-backend"}
_LOGGED_S = 10.0


def _backend_of(platform: RunningPlatform, agent: str) -> str:
    deadline = time.monotonic() + _LOGGED_S
    while time.monotonic() < deadline:
        for row in platform.access_log():
            if text(row, "user_agent") == agent:
                return text(row, "backend").removeprefix("coditect-local-")
        time.sleep(0.1)
    raise AssertionError("the edge logged no such request")


@pytest.mark.smoke
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.zone}-{route.label}{route.path}")
def test_each_route_is_answered_by_the_service_that_the_table_names(
    platform: RunningPlatform, settings_of: Callable[[str], Settings], route: Route
) -> None:
    host = host_name(route.zone, route.label, settings_of("local").domains)
    for pattern in route.patterns:
        agent = f"test-{uuid4()}"
        reply = platform.ask(host, pattern.replace("*", "example"), headers={"User-Agent": agent})
        # 404 is an application's own answer to a path it does not have; the edge's own errors are not.
        assert reply.status in (200, 301, 302, 401, 404), (pattern, reply)
        backend = _backend_of(platform, agent)
        assert _OTHER_BACKENDS.get(backend, backend) == route.service
        assert reply.headers.get("strict-transport-security", "").startswith("max-age=")


@pytest.mark.smoke
def test_a_host_that_no_certificate_names_is_refused_in_the_handshake(platform: RunningPlatform) -> None:
    assert platform.ask("other.coditect.com.localhost", "/").status == 0


def test_a_host_that_no_route_names_gets_nothing_even_behind_a_known_certificate(platform: RunningPlatform) -> None:
    reply = platform.ask("elsewhere.example", "/", sni="coditect.com.localhost")
    assert reply.status == 404
    assert reply.body == b""


@pytest.mark.smoke
def test_plain_http_is_sent_to_https_with_path_and_query(platform: RunningPlatform) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, platform.port("http"), timeout=10)
    connection.request("GET", "/a?b=c", headers={"Host": "coditect.com.localhost"})
    answer = connection.getresponse()
    connection.close()
    port = platform.port("https")
    suffix = "" if port == 443 else f":{port}"
    assert answer.status == 301
    assert answer.headers["location"] == f"https://coditect.com.localhost{suffix}/a?b=c"


@pytest.mark.smoke
def test_tls_older_than_declared_is_refused(platform: RunningPlatform) -> None:
    context = ssl.create_default_context(cafile=str(platform.authority))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection((LOOPBACK, platform.port("https")), timeout=10) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="coditect.com.localhost")


def test_staff_pages_answer_under_their_own_host_alone(platform: RunningPlatform) -> None:
    assert platform.ask("admin.coditect.ai.localhost", "/admin/login/").status == 200
    assert platform.ask("api.coditect.ai.localhost", "/admin/login/").status == 403


@pytest.mark.usefixtures("alice")  # signed in before nobody can for a minute
def test_signing_in_is_limited_as_the_security_policy_says(platform: RunningPlatform) -> None:
    statuses = [platform.ask("coditect.com.localhost", "/api/auth/logout", method="POST").status for _ in range(40)]
    assert statuses[0] != 429
    # The 30 of a minute come back one by one, every 2 s: some of the last ones may be let through.
    assert 429 in statuses[30:]


def test_the_status_says_what_is_declared_and_not_done(platform: RunningPlatform) -> None:
    told = str(platform.status())
    assert "sqli-v33-stable" in told
    assert "pgaudit.log" in told


def test_every_process_that_declares_metrics_is_measured_under_its_own_name(platform: RunningPlatform) -> None:
    told = platform.run("metrics").stdout
    for process in ("gateway-backend-blue", "gateway-frontend-blue", "license-backend-blue", "license-frontend-blue"):
        assert f'{{process="{process}"' in told
    assert 'license_seats_total{process="license-backend-blue"' in told
    of_one = platform.run("metrics", "gateway-backend-blue").stdout
    assert "gateway-backend-blue" in of_one
    assert "license-backend-blue" not in of_one
