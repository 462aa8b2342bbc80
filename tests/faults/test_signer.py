"""The signing key slow, away or replaced while leases live. Cloud KMS is a stand-in that speaks its protocol."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from os import utime
from pathlib import Path
from time import time as now

import pytest
from coditect_license import GrantedLease
from coditect_license.keys import PublicKey, fetched_keys
from coditect_license.verify import verify_reply

from coditect.local.kms_keys import KeyDirectory, State
from coditect.local.process import LOOPBACK
from tests.faults.caller import Caller
from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Outcome
from tests.faults.scene import Scene
from tests.faults.service import ROOT

KEY = "projects/coditect-local/locations/us-central1/keyRings/licenses/cryptoKeys/leases"
ROTATED = KEY.replace("leases", "rotated")


@dataclass(frozen=True, kw_only=True)
class Kms:
    """A stand-in for Cloud KMS. faults: the file that tells it what goes wrong."""

    endpoint: str
    faults: Path
    keys: KeyDirectory

    def environment(self, key: str = KEY) -> dict[str, str]:
        return {"SIGNING_KEY": key, "KMS_ENDPOINT": self.endpoint}

    def fail(self, **faults: object) -> None:
        self.faults.write_text(json.dumps(faults))


@pytest.fixture(scope="module")
def kms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kms]:
    directory = tmp_path_factory.mktemp("kms")
    faults = directory / "faults.json"
    command = [sys.executable, "-m", "coditect.local.kms", "--key-dir", str(directory / "keys"), "--key", KEY]
    with subprocess.Popen([*command, "--faults", str(faults)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield Kms(endpoint=said["endpoint"], faults=faults, keys=KeyDirectory(path=directory / "keys"))
        process.terminate()


@pytest.mark.parametrize("fault", [{"error": "UNAVAILABLE"}, {"latency_s": 6}], ids=["away", "slow"])
def test_while_the_key_is_away_or_slow_acquires_fail_seats_return_and_leases_beat_on(
    open_scene: OpenScene, kms: Kms, fault: dict[str, object]
) -> None:
    acme = customer(seats=2, users=4)
    scene = open_scene(acme, ttl_s=60, extra=kms.environment())
    alice, bob, carol, dave = (scene.caller(acme, number) for number in range(4))
    session = str(alice.acquire().session)
    kms.fail(**fault)
    try:
        assert bob.acquire().outcome is Outcome.UNAVAILABLE
        assert bob.answer.status == 503
        assert [alice.beat(session).outcome for _ in range(4)] == [Outcome.OK] * 4
        # Who already holds a seat and asks again in vain keeps it.
        assert alice.acquire().outcome is Outcome.UNAVAILABLE
        assert alice.beat(session).outcome is Outcome.OK
    finally:
        kms.fail()
    # Bob's seat was given back: Carol takes it, long before its TTL would free it.
    assert _until_signed(carol) is Outcome.OK
    assert dave.acquire().outcome is Outcome.FULL
    assert scene.violations() == []


def test_a_disabled_key_version_is_replaced_at_once_and_the_leases_it_signed_live_on(
    open_scene: OpenScene, kms: Kms
) -> None:
    acme = customer(seats=2, users=2)
    kms.keys.create_version(ROTATED)
    # A new version signs only after every process has had time to publish it: the first one is an hour old.
    made = now() - timedelta(hours=1).total_seconds()
    utime(kms.keys.path / ROTATED / "1.pem", (made, made))
    kms.keys.create_version(ROTATED)
    scene = open_scene(acme, ttl_s=60, extra=kms.environment(ROTATED))
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    first = alice.acquire()
    before, published = alice.answer.body, _public_keys(scene)
    kms.keys.set_state(f"{ROTATED}/cryptoKeyVersions/1", State(State.DISABLED))

    assert _until_signed(bob) is Outcome.OK
    after = bob.answer.body
    assert after["key_id"] != before["key_id"]
    # Whoever fetched the keys before has those of both.
    assert isinstance(verify_reply(before, published), GrantedLease)
    assert isinstance(verify_reply(after, published), GrantedLease)
    assert alice.beat(str(first.session)).outcome is Outcome.OK
    assert scene.violations() == []


def test_leases_signed_in_one_batch_verify_each_alone(open_scene: OpenScene, kms: Kms) -> None:
    acme = customer(seats=24, users=24)
    scene = open_scene(acme, ttl_s=60, extra=kms.environment())
    callers = [scene.caller(acme, number) for number in range(24)]
    callers[0].acquire()
    kms.fail(latency_s=0.3)  # so that others wait for the next batch
    try:
        with ThreadPoolExecutor(24) as pool:
            list(pool.map(Caller.acquire, callers))
    finally:
        kms.fail()
    keys = _public_keys(scene)
    replies = [caller.answer.body for caller in callers]
    assert all(isinstance(verify_reply(reply, keys), GrantedLease) for reply in replies)
    assert any(reply["proof"] for reply in replies), "nobody shared a signature, so no batch was tried"


def _until_signed(caller: Caller) -> Outcome:
    for _ in range(20):
        call = caller.acquire()
        if call.outcome is not Outcome.UNAVAILABLE:
            return call.outcome
    raise AssertionError(f"nothing is signed any more: {caller.answer}")


def _public_keys(scene: Scene) -> Mapping[str, PublicKey]:
    connection = http.client.HTTPConnection(LOOPBACK, scene.service.port, timeout=5)
    connection.request("GET", "/api/v1/keys")
    answer = connection.getresponse().read()
    connection.close()
    return fetched_keys(answer)
