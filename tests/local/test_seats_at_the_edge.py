"""Seats through the edge: the client takes, keeps and releases one, and none is given twice, whoever is killed."""

import socket
import time
from pathlib import Path
from uuid import uuid4

import pytest
from coditect_license import LicenseClient

from coditect.graph.values import text
from coditect.local.process import LOOPBACK
from tests.local.platform import Reply, RunningPlatform

_API = "api.coditect.ai.localhost"
_SEATS = 5
_RECOVERED_S = 60.0


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch, platform: RunningPlatform) -> None:
    """Names below `.localhost` are this machine (RFC 6761), which not every C library knows."""
    asked = socket.getaddrinfo

    def resolve(host: str | None, *rest: object, **more: object) -> object:
        return asked(LOOPBACK if str(host).endswith(".localhost") else host, *rest, **more)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setenv("SSL_CERT_FILE", str(platform.authority))


def _call(platform: RunningPlatform, token: str, verb: str, body: dict[str, str]) -> Reply:
    return platform.ask(
        _API,
        f"/api/v1/licenses/{verb}",
        method="POST",
        body=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout_s=15,
    )


def _acquire(platform: RunningPlatform, token: str, machine: str) -> Reply:
    body = {"hardware_id": machine, "hostname": "test", "os": "linux", "version": "1"}
    return _call(platform, token, "acquire", body)


@pytest.mark.smoke
@pytest.mark.usefixtures("resolving")
def test_the_client_takes_keeps_and_releases_a_seat(platform: RunningPlatform, alice: str, tmp_path: Path) -> None:
    port = platform.port("https")
    client = LicenseClient(
        alice, api_url=f"https://{_API}:{port}", cache_dir=tmp_path, hardware_id=f"sdk-{uuid4()}", version="1"
    )
    with client as lease:
        assert lease.is_valid
        session = str(lease.session_id)
        assert _call(platform, alice, "heartbeat", {"session_id": session}).status == 200
    assert _call(platform, alice, "heartbeat", {"session_id": session}).status != 200


def test_no_seat_is_given_twice_whichever_process_is_killed(platform: RunningPlatform, alice: str) -> None:
    """Every process is killed in turn while all seats are held: it comes back, no sixth seat is given, none is lost."""
    held = []
    for _ in range(_SEATS):
        granted = _acquire(platform, alice, f"kill-{uuid4()}")
        assert granted.status in (200, 201), granted
        held.append(text(granted.json(), "session_id"))
    try:
        for index, (name, pid) in enumerate(platform.processes().items()):
            assert platform.run("chaos", "kill", name, "--no-wait").returncode == 0
            _wait_restarted(platform, name, pid)
            refused = _eventually(platform, alice)
            assert refused.status not in (200, 201), f"a sixth seat was given after {name} was killed"
            # One of them each time: a user may ask a hundred times a minute.
            session = held[index % _SEATS]
            assert _beat_eventually(platform, alice, session), f"a held seat was lost when {name} was killed"
        for session in held:
            assert _beat_eventually(platform, alice, session)
    finally:
        for session in held:
            _call(platform, alice, "release", {"session_id": session})


def _wait_restarted(platform: RunningPlatform, name: str, former: int) -> None:
    deadline = time.monotonic() + _RECOVERED_S
    while time.monotonic() < deadline:
        if platform.states() == {"ready"} and platform.processes()[name] != former:
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} did not come back.\n{platform.log.read_text()[-3000:]}")


def _eventually(platform: RunningPlatform, token: str) -> Reply:
    """An answer of the service to a sixth machine: refusals of a part that is not there yet do not count."""
    deadline = time.monotonic() + _RECOVERED_S
    while True:
        reply = _acquire(platform, token, f"sixth-{uuid4()}")
        if reply.status not in (0, 500, 502, 503, 504) or time.monotonic() > deadline:
            return reply
        time.sleep(0.2)


def _beat_eventually(platform: RunningPlatform, token: str, session: str) -> bool:
    deadline = time.monotonic() + _RECOVERED_S
    while time.monotonic() < deadline:
        reply = _call(platform, token, "heartbeat", {"session_id": session})
        if reply.status == 200:
            return True
        if reply.status not in (0, 500, 502, 503, 504):
            return False
        time.sleep(0.2)
    return False
