"""The stand-in for images that are not built here, as the process that the platform starts."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

DIGEST = "sha256:" + "ab" * 32


@pytest.fixture(scope="module")
def process() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "coditect.local.standins.image", "--name", "ide-frontend", "--port", "0"),
            *("--image", f"registry.example/ide-frontend@{DIGEST}", "--namespace", "coditect-ide"),
            *("--container-command", "nginx <main>"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def client(process: "subprocess.Popen[str]") -> Iterator[httpx.Client]:
    assert process.stdout is not None
    with httpx.Client(base_url=json.loads(process.stdout.readline())["endpoint"], timeout=5) as client:
        yield client


def test_every_path_shows_what_would_run_and_says_that_it_does_not(client: httpx.Client) -> None:
    for path in ("/", "/theia/some/file?x=1"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["X-Stand-In"] == "ide-frontend"
        for shown in ("Stand-in for ide-frontend", DIGEST, "coditect-ide", "nginx &lt;main&gt;"):
            assert shown in answer.text


def test_an_api_is_told_in_json(client: httpx.Client) -> None:
    told = client.post("/api/v1/workspaces", json={}).json()
    assert (told["stand_in"], told["digest"], told["path"]) == ("ide-frontend", DIGEST, "/api/v1/workspaces")
    assert client.get("/", headers={"Accept": "application/json"}).json()["namespace"] == "coditect-ide"


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_it_is_live_and_ready(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_head_has_no_body_and_keeps_the_connection(client: httpx.Client) -> None:
    assert client.head("/").content == b""
    assert client.get("/health").status_code == 200


def test_it_logs_json_and_ends_when_told(client: httpx.Client, process: "subprocess.Popen[str]") -> None:
    client.get("/logged?code=secret")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    lines = [json.loads(line) for line in errors.splitlines()]
    assert all(line["stand_in"] == "ide-frontend" for line in lines)
    assert "/logged" in [line.get("path") for line in lines]
    assert "secret" not in errors
