"""The SDK against the license service itself: granian's workers, PostgreSQL 16 and Redis, all real processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import httpx
import pytest
from coditect_license import LicenseClient, MachineInUse, NoSeats, Revoked, Unauthorized

from coditect.local.postgres import PostgresServer
from coditect.local.redis import RedisServer
from tests.faults.cast import Customer, Member, customer
from tests.faults.service import Ground, Service, Shape

TTL_S = 4.0

MakeClient = Callable[..., LicenseClient]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    directory = Path(tempfile.mkdtemp(prefix="coditect-sdk-"))
    directory.chmod(0o755)
    try:
        with (
            PostgresServer(directory / "postgres", is_durable=False) as postgres,
            RedisServer(directory / "redis", password="sdk-only") as redis,
        ):
            yield Ground(directory / "service", shape=Shape(), postgres=postgres, redis=redis)
            postgres.remove()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def service(ground: Ground) -> Iterator[Service]:
    with ground.serve(extra={"FAULTS_SEAT_TTL_S": str(TTL_S)}) as service:
        yield service


@pytest.fixture
def acme(ground: Ground, service: Service) -> Customer:
    """A customer with two seats; Alice owns it, and two users work there."""
    acme = customer(seats=2, users=2)
    ground.seed([acme])
    return acme


def url_of(service: Service) -> str:
    return f"http://127.0.0.1:{service.port}"


@pytest.fixture
def make_client(ground: Ground, service: Service, acme: Customer, tmp_path: Path) -> Iterator[MakeClient]:
    """A client of one machine (by name) for one member, Bob if none is named."""
    with ExitStack() as stack:

        def make(machine: str, *, member: Member | None = None, wait: float = 0.0) -> LicenseClient:
            token = ground.tokens.token(member or acme.users[0], acme)
            client = LicenseClient(
                token,
                api_url=url_of(service),
                cache_dir=tmp_path / machine,
                hardware_id=machine.ljust(16, "."),
                wait=wait,
            )
            stack.callback(client.release)
            return client

        yield make


def open_sessions(ground: Ground, acme: Customer) -> int:
    ((count,),) = ground.sql(
        "SELECT count(*) FROM active_sessions WHERE license_id = %s AND released_at IS NULL", (acme.license_id,)
    )
    assert isinstance(count, int)
    return count


def wait_until(condition: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if condition():
            return
        Event().wait(0.05)
    raise AssertionError(f"never happened: {what}")


def test_a_seat_is_taken_kept_beyond_its_first_lease_and_given_back(
    ground: Ground, acme: Customer, make_client: MakeClient
) -> None:
    with make_client("laptop") as lease:
        assert (lease.license_id, lease.seats_used, lease.seats_total) == (str(acme.license_id), 1, 2)
        assert lease.granted.tenant_id == str(acme.tenant_id)
        session = lease.session_id
        Event().wait(TTL_S * 1.5)
        lease.check()
        assert lease.session_id == session
        assert open_sessions(ground, acme) == 1
    assert open_sessions(ground, acme) == 0


def test_leases_of_one_signature_for_many_all_verify(ground: Ground, service: Service, tmp_path: Path) -> None:
    globex = customer(seats=200, users=40)
    ground.seed([globex])
    clients = [
        LicenseClient(
            ground.tokens.token(member, globex),
            api_url=url_of(service),
            cache_dir=tmp_path / str(number),
            hardware_id=f"machine-number-{number:03d}",
        )
        for number, member in enumerate(globex.users)
    ]
    with ThreadPoolExecutor(40) as pool:
        leases = list(pool.map(LicenseClient.acquire, clients))
        assert len({lease.session_id for lease in leases}) == 40
        assert len({lease.fence for lease in leases}) == 40
        cached = [json.loads(path.read_text())["lease"] for path in tmp_path.glob("*/*/license.json")]
        assert len(cached) == 40
        assert any(reply["proof"] for reply in cached), "no two of forty racing acquires met in a batch"
        list(pool.map(LicenseClient.release, clients))


def test_the_third_machine_for_two_seats_is_told_when_to_come_back_and_gets_the_first_seat_given_back(
    make_client: MakeClient,
) -> None:
    first, second, third = (make_client(name) for name in ("one", "two", "three"))
    first.acquire()
    second.acquire()
    with pytest.raises(NoSeats) as refused:
        third.acquire()
    assert (refused.value.seats_used, refused.value.seats_total) == (2, 2)
    assert 0 < refused.value.retry_after <= TTL_S
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(make_client("three", wait=60).acquire)
        first.release()
        waiting.result(60).check()


def test_two_users_of_one_machine_are_told_apart(acme: Customer, make_client: MakeClient) -> None:
    with make_client("shared"), pytest.raises(MachineInUse):
        make_client("shared", member=acme.users[1]).acquire()


def test_a_seat_that_the_owner_revokes_ends_at_the_next_beat(
    ground: Ground, service: Service, acme: Customer, make_client: MakeClient
) -> None:
    with make_client("laptop") as lease:
        owner = ground.tokens.token(acme.owner, acme)
        answer = httpx.delete(
            f"{url_of(service)}/api/v1/sessions/{lease.session_id}", headers={"Authorization": f"Bearer {owner}"}
        )
        assert answer.status_code == 200, answer.text
        wait_until(lambda: isinstance(lease.problem, Revoked), "the beat that says so")
        assert not lease.is_valid


def test_a_lost_client_gets_its_seat_back_when_the_service_was_away_longer_than_the_lease(
    ground: Ground, service: Service, acme: Customer, make_client: MakeClient
) -> None:
    with make_client("laptop") as lease:
        os.killpg(service._process.pid, signal.SIGSTOP)
        try:
            wait_until(lambda: not lease.is_valid, "the end of the lease")
            Event().wait(TTL_S)
        finally:
            os.killpg(service._process.pid, signal.SIGCONT)
        wait_until(lambda: lease.is_valid, "a new lease")
        assert open_sessions(ground, acme) == 1


def test_a_forged_token_is_unauthorized(service: Service, tmp_path: Path) -> None:
    with pytest.raises(Unauthorized):
        LicenseClient("forged.token.text", api_url=url_of(service), cache_dir=tmp_path).acquire()


def test_the_command_holds_a_seat_while_it_runs_another(
    ground: Ground, service: Service, acme: Customer, tmp_path: Path
) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(ground.tokens.token(acme.users[0], acme))
    environment = {
        **os.environ,
        "CODITECT_API_URL": url_of(service),
        "CODITECT_TOKEN_FILE": str(token_file),
        "CODITECT_CACHE_DIR": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-m", "coditect_license.cli"]
    child = [sys.executable, "-c", "print('ready', flush=True); input()"]
    with subprocess.Popen(
        [*command, "run", "--", *child], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        shown = subprocess.run([*command, "status", "--json"], env=environment, capture_output=True, check=True)
        status = json.loads(shown.stdout)
        assert (status["held"], status["seats_used"], status["seats_total"]) == (True, 1, 2)
        process.stdin.write("\n")
        process.stdin.close()
        assert process.wait(60) == 0
    assert open_sessions(ground, acme) == 0
