"""Every stand-in as the process that the platform starts: it says where it is, names itself, and ends when told."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

MODULES = {
    "image": ("--name", "ide-frontend", "--image", "registry.example/ide-frontend@sha256:00"),
    "stripe": (),
    "mailbox": (),
    "identity": (),
    "zendesk": (),
}


@pytest.fixture(params=MODULES)
def process(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    module = f"coditect.local.standins.{request.param}"
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", "0", "--state", str(tmp_path / "state"), *MODULES[request.param]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_it_says_where_it_is_names_itself_and_ends_when_told(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["endpoint"].startswith("http://127.0.0.1:")
    with httpx.Client(base_url=said["endpoint"]) as client:  # stays open: an idle connection must not hold up the end
        health = client.get("/health")
        assert (health.status_code, health.json()["stand_in"]) == (200, said["stand_in"])
        front = client.get("/")
        assert front.headers["X-Stand-In"] == said["stand_in"]
        assert '<p class="label" role="note"><strong>Stand-in for ' in front.text
        unknown = client.get("/api/v2/nothing/here")
        assert unknown.headers["X-Stand-In"] == said["stand_in"]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {line["stand_in"] for line in lines} == {said["stand_in"]}
    assert any("This is a stand-in" in line["message"] for line in lines)


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"image"}))
def test_without_a_state_directory_it_says_what_that_would_cost(module: str) -> None:
    started = subprocess.run(
        [sys.executable, "-m", f"coditect.local.standins.{module}"], capture_output=True, text=True, check=False
    )
    assert started.returncode == 2
    assert "--state is missing: without it a restart would forget" in started.stderr
