"""The key that signs leases, rotated while the platform runs, as docs/runbooks/key-rotation.md says."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from coditect_license import GrantedLease, InvalidLease
from coditect_license.keys import PublicKey, fetched_keys
from coditect_license.verify import verify_reply

from coditect.graph.values import Json, text
from coditect.local.layout import REPOSITORY
from tests.local.platform import RunningPlatform
from tests.local.test_adoption import change
from tests.local.test_client_beside_it import shell

_RUNBOOK = (
    (REPOSITORY / "docs" / "runbooks" / "key-rotation.md").read_text().partition("## Rehearsed on one machine")[2]
)
_API = "api.coditect.ai.localhost"
_ONLY = ("--only", "license-backend", "--only", "gateway-backend")
_LIMIT_S = 60.0

Seen = TypeVar("Seen")


@pytest.fixture
def licensing(copy: Path, state_directory: Path) -> Iterator[RunningPlatform]:
    with RunningPlatform(state_directory / "rotating", repository=copy, arguments=_ONLY) as running:
        yield running
    shutil.rmtree(running.state, ignore_errors=True)


def test_a_new_version_signs_and_leases_of_the_old_one_verify_until_it_is_disabled(
    licensing: RunningPlatform, copy: Path, tmp_path: Path
) -> None:
    alice = licensing.sign_in("alice@acme.example")
    old = _acquire(licensing, alice)
    assert len(_published(licensing)) == 1
    before = licensing.processes()

    declared = re.search(r"```yaml\n(.*?)```", _RUNBOOK, re.DOTALL)
    assert declared is not None
    change(copy, declared[1].replace("    versions: 2\n", ""), declared[1])
    licensing.wait_until_said("cryptoKeyVersions/2 is made")
    assert licensing.processes() == before, "nothing restarts for a new version"

    # The service looks once a minute and lets a version wait for two: time passes by the files' dates, and a restarted
    # process looks at once.
    look, take, disable = re.findall(r"```sh\n(.*?)```", _RUNBOOK, re.DOTALL)
    command = re.search(r"\.local/(\S+)/1\.state", disable)
    assert command is not None
    for version, age_s in (("1.pem", 3600), ("2.pem", 600)):
        made = time.time() - age_s
        os.utime(licensing.state / command[1] / version, (made, made))
    _look_now(licensing)
    both = _wait(lambda: _published(licensing), lambda keys: len(keys) == 2)
    new = _acquire(licensing, alice)
    assert text(new, "key_id") != text(old, "key_id")
    assert isinstance(verify_reply(old, both), GrantedLease)
    assert isinstance(verify_reply(new, both), GrantedLease)
    assert _beat(licensing, alice, old) == 200

    here = f"--state {licensing.state}"
    typed = shell((look + take).replace("coditect env", f"coditect env {here}"), tmp_path)
    assert typed.returncode == 0, typed.stderr
    assert set(re.findall(r'"key_id": "([^"]+)"', typed.stdout)) == set(both)
    assert "Seat taken: " in typed.stdout
    assert typed.stdout.splitlines()[-1] == text(new, "key_id")

    assert shell(disable.replace(".local", str(licensing.state)), tmp_path).returncode == 0
    _look_now(licensing)
    left = _wait(lambda: _published(licensing), lambda keys: len(keys) == 1)
    assert isinstance(verify_reply(new, left), GrantedLease)
    with pytest.raises(InvalidLease):
        verify_reply(old, left)
    assert _beat(licensing, alice, old) == 200, "the seat is held by its row, not by its signature"


def _look_now(licensing: RunningPlatform) -> None:
    former = licensing.processes()["license-backend-blue"]
    assert licensing.run("chaos", "kill", "license-backend-blue").returncode == 0
    _wait(licensing.processes, lambda pids: pids["license-backend-blue"] != former)
    licensing.wait_until_ready(_LIMIT_S)


def _acquire(licensing: RunningPlatform, token: str) -> dict[str, Json]:
    body = {"hardware_id": f"rotation-{uuid4()}", "hostname": "test", "os": "linux", "version": "1"}

    def asked() -> tuple[int, Json]:
        reply = licensing.ask(_API, "/api/v1/licenses/acquire", method="POST", body=body, headers=_bearer(token))
        return reply.status, reply.json() if reply.body else None

    _, lease = _wait(asked, lambda answer: answer[0] in (200, 201))
    assert isinstance(lease, dict)
    return lease


def _beat(licensing: RunningPlatform, token: str, lease: Json) -> int:
    body = {"session_id": text(lease, "session_id")}
    return licensing.ask(_API, "/api/v1/licenses/heartbeat", method="POST", body=body, headers=_bearer(token)).status


def _published(licensing: RunningPlatform) -> Mapping[str, PublicKey]:
    reply = licensing.ask(_API, "/api/v1/keys")
    return fetched_keys(reply.body) if reply.status == 200 else {}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _wait(look: Callable[[], Seen], is_there: Callable[[Seen], bool]) -> Seen:
    deadline = time.monotonic() + _LIMIT_S
    while not is_there(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.2)
    return seen
