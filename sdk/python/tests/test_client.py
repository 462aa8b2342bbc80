"""A seat's life against a service that is well, ill, gone or lying (a stand-in: see service_stand_in.py)."""

from __future__ import annotations

import stat
import threading
from datetime import timedelta
from pathlib import Path
from typing import Callable

import pytest
from service_stand_in import Reply, Server, SigningKey

from coditect_license import (
    ConfigurationError,
    InvalidLease,
    Lease,
    LicenseClient,
    LicenseInactive,
    MachineInUse,
    NoSeats,
    Offline,
    RateLimited,
    Refused,
    Released,
    Revoked,
    Unauthorized,
)

MakeClient = Callable[..., LicenseClient]
ACQUIRE, BEAT, RELEASE, KEYS = (
    "/api/v1/licenses/acquire",
    "/api/v1/licenses/heartbeat",
    "/api/v1/licenses/release",
    "/api/v1/keys",
)


def fast(service: Server, *, ttl: float = 30.0) -> None:
    """Beats every 0.6 s."""
    service.rules.heartbeat_interval = 1
    service.rules.ttl = ttl


def test_a_with_block_takes_a_seat_and_gives_it_back(service: Server, make_client: MakeClient) -> None:
    with make_client() as lease:
        lease.check()
        assert (lease.seats_used, lease.seats_total, lease.tier) == (1, 1, "pro")
        assert 350 < lease.remaining <= 360
        assert len(service.sessions) == 1
    assert service.sessions == {}


def test_the_seat_is_given_back_when_the_block_raises(service: Server, make_client: MakeClient) -> None:
    with pytest.raises(ZeroDivisionError), make_client():
        raise ZeroDivisionError
    assert service.sessions == {}


def test_a_lease_that_was_given_back_says_so(make_client: MakeClient) -> None:
    with make_client() as lease:
        pass
    assert not lease.is_valid
    with pytest.raises(Released):
        lease.check()
    with pytest.raises(Released):
        _ = lease.session_id


def test_an_answer_that_arrives_after_the_release_does_not_bring_the_seat_back(
    service: Server, make_client: MakeClient
) -> None:
    fast(service)
    arrived, answered = threading.Event(), threading.Event()
    respond = service.respond

    def hold_beats(method: str, path: str, body: dict[str, object], token: str) -> Reply:
        reply = respond(method, path, body, token)
        if path == BEAT:
            arrived.set()
            answered.wait(30)
        return reply

    service.respond = hold_beats  # type: ignore[method-assign,assignment]  # beats are answered when the test says so
    client = make_client()
    lease = client.acquire()
    assert arrived.wait(30)
    client.release()
    answered.set()
    wait_until(lease, lambda: "coditect-license" not in {thread.name for thread in threading.enumerate()})
    assert not lease.is_valid
    with pytest.raises(Released):
        lease.check()
    assert service.sessions == {}


def test_the_same_client_can_take_a_seat_again(service: Server, make_client: MakeClient) -> None:
    client = make_client()
    with client as lease:
        first = lease.session_id
    with client as lease:
        lease.check()
        assert lease.session_id != first
    assert service.sessions == {}


def test_the_seat_is_beaten_in_the_background_at_most_at_two_thirds_of_the_interval(
    service: Server, make_client: MakeClient
) -> None:
    fast(service)
    with make_client() as lease:
        service.wait_for(lambda: service.asked(BEAT) >= 3, "three beats")
        lease.check()
        assert lease.problem is None


def test_a_lease_of_a_batch_verifies(service: Server, make_client: MakeClient, key: SigningKey) -> None:
    service.rules.sign = key.sign_in_batch_of_two
    with make_client() as lease:
        lease.check()


def test_the_three_field_form_is_accepted_but_never_kept_for_offline_use(
    service: Server, make_client: MakeClient, key: SigningKey, tmp_path: Path
) -> None:
    service.rules.sign = key.sign_three_fields
    with make_client() as lease:
        lease.check()
        assert lease.granted.signature_version == 1
        assert list(tmp_path.rglob("license.json")) == []


@pytest.mark.parametrize("field", ["tenant_id", "seats_total", "expires_at", "hardware_id", "fence", "tier"])
def test_a_lease_that_was_changed_on_the_way_is_refused(
    service: Server, make_client: MakeClient, key: SigningKey, field: str
) -> None:
    changed = {"seats_total": 1000, "fence": 99, "expires_at": "2099-01-01T00:00:00Z"}
    service.rules.sign = lambda fields: {**key.sign_alone(fields), field: changed.get(field, "globex-globex-globex")}
    with pytest.raises(InvalidLease, match="signature"):
        make_client().acquire()


def test_a_lease_for_another_machine_is_refused(service: Server, make_client: MakeClient) -> None:
    service.rules.overrides = {"hardware_id": "another-machine-altogether"}
    with pytest.raises(InvalidLease, match="another machine"):
        make_client().acquire()


def test_a_lease_signed_by_a_stranger_is_refused_although_it_names_the_right_key(
    service: Server, make_client: MakeClient, key: SigningKey, other_key: SigningKey
) -> None:
    service.rules.sign = lambda fields: {
        **key.sign_alone(fields),
        "signature": other_key.sign_alone(fields)["signature"],
    }
    with pytest.raises(InvalidLease, match="someone else"):
        make_client().acquire()


def test_a_replayed_older_lease_is_refused(service: Server, make_client: MakeClient) -> None:
    client = make_client()
    with client:
        pass
    service.fence = -1
    with pytest.raises(InvalidLease, match="replayed"):
        client.acquire()


def test_keys_are_fetched_once_and_kept_for_the_next_start(service: Server, make_client: MakeClient) -> None:
    for _ in range(2):
        with make_client():
            pass
    assert service.asked(KEYS) == 1


def test_a_rotated_key_is_fetched_when_it_is_met(
    service: Server, make_client: MakeClient, key: SigningKey, other_key: SigningKey
) -> None:
    with make_client():
        pass
    service.rules.key = other_key
    service.rules.published = [key.entry(not_after="2099-01-01T00:00:00Z"), other_key.entry()]
    with make_client() as lease:
        assert lease.granted.key_id == other_key.key_id
    assert service.asked(KEYS) == 2


def test_a_key_whose_grace_has_ended_verifies_nothing_more(
    service: Server, make_client: MakeClient, key: SigningKey
) -> None:
    service.rules.published = [key.entry(not_after="2020-01-01T00:00:00Z")]
    with pytest.raises(InvalidLease, match="after the end"):
        make_client().acquire()


def test_pinned_keys_are_never_fetched(service: Server, make_client: MakeClient, key: SigningKey) -> None:
    with make_client(public_keys=[key.pem]) as lease:
        lease.check()
    assert service.asked(KEYS) == 0


def test_a_lease_by_a_key_that_is_not_pinned_is_refused(
    make_client: MakeClient, other_key: SigningKey, service: Server
) -> None:
    with pytest.raises(InvalidLease, match="does not have"):
        make_client(public_keys=[other_key.pem]).acquire()
    assert service.asked(KEYS) == 0


def test_no_free_seat_says_how_many_there_are_and_when_to_try_again(service: Server, make_client: MakeClient) -> None:
    service.sessions["another-machine"] = "sess-carol"
    with pytest.raises(NoSeats) as refused:
        make_client().acquire()
    assert (refused.value.seats_used, refused.value.seats_total, refused.value.retry_after) == (1, 1, 1)


def test_waiting_for_a_seat_gets_it_when_it_is_given_back(service: Server, make_client: MakeClient) -> None:
    service.sessions["another-machine"] = "sess-carol"
    original = service.acquire

    def acquire(body: dict[str, object]) -> Reply:
        reply = original(body)
        service.sessions.pop("another-machine", None)
        return reply

    service.acquire = acquire  # type: ignore[method-assign]  # the seat is given back between two tries
    with make_client(wait=30) as lease:
        lease.check()
    assert service.asked(ACQUIRE) == 2


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": "token_expired"}, Unauthorized),
        (403, {"error": "license_suspended", "detail": "Unpaid."}, LicenseInactive),
        (403, {"error": "license_cancelled"}, LicenseInactive),
        (403, {"error": "license_expired"}, LicenseInactive),
        (403, {"error": "session_revoked"}, Revoked),
        (403, {"error": "forbidden"}, Refused),
        (410, {"error": "session_revoked"}, Revoked),
        (409, {"error": "machine_in_use", "retry_after": 5}, MachineInUse),
        (400, {"error": "validation_error"}, Refused),
        (302, {}, Refused),
    ],
)
def test_each_refusal_has_its_own_error(
    service: Server, make_client: MakeClient, status: int, body: dict[str, str], error: type[Exception]
) -> None:
    service.rules.next_replies.append(Reply(status, body))
    with pytest.raises(error) as refused:
        make_client().acquire()
    assert type(refused.value) is error
    assert refused.value.code == body.get("error")  # type: ignore[attr-defined]  # each is a LicenseError
    assert str(status) in str(refused.value)


@pytest.mark.parametrize(
    "failure",
    [
        Reply(0, None),
        Reply(503, {"error": "signing_unavailable"}, {"Retry-After": "0"}),
        Reply(200, b"<html>a hotel's sign-in page</html>"),
        Reply(429, {"error": "rate_limited", "retry_after": 0}),
    ],
    ids=["connection lost", "503", "captive portal", "rate limited"],
)
def test_a_failure_that_passes_is_tried_again(service: Server, make_client: MakeClient, failure: Reply) -> None:
    service.rules.next_replies.append(failure)
    with make_client() as lease:
        lease.check()
    assert service.asked(ACQUIRE) == 2


def test_too_many_requests_is_told_apart_from_no_seats(service: Server, make_client: MakeClient) -> None:
    service.rules.next_replies.extend([Reply(429, {"error": "rate_limited", "retry_after": 0})] * 3)
    with pytest.raises(RateLimited):
        make_client().acquire()


def test_a_service_out_of_reach_without_a_cached_lease_is_offline(service: Server, make_client: MakeClient) -> None:
    service.rules.is_down = True
    with pytest.raises(Offline, match="cannot be reached"):
        make_client().acquire()


def wait_until(lease: Lease, condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"never happened; the lease's problem is {lease.problem!r}")


def test_a_short_partition_costs_nothing(service: Server, make_client: MakeClient) -> None:
    fast(service)
    with make_client() as lease:
        session = lease.session_id
        service.rules.is_down = True
        wait_until(lease, lambda: isinstance(lease.problem, Offline))
        lease.check()
        service.rules.is_down = False
        wait_until(lease, lambda: lease.problem is None)
        assert lease.session_id == session


def test_a_partition_longer_than_the_lease_makes_it_invalid_and_the_end_of_it_valid_again(
    service: Server, make_client: MakeClient
) -> None:
    fast(service, ttl=2)
    with make_client() as lease:
        first = lease.session_id
        service.rules.is_down = True
        wait_until(lease, lambda: not lease.is_valid)
        with pytest.raises(Offline):
            lease.check()
        service.sessions.clear()
        service.rules.is_down = False
        wait_until(lease, lambda: lease.is_valid)
        assert lease.session_id != first
        assert len(service.sessions) == 1


def test_a_seat_lost_to_another_machine_is_reported_and_taken_when_it_is_free(
    service: Server, make_client: MakeClient
) -> None:
    fast(service)
    with make_client() as lease:
        service.sessions.clear()
        service.sessions["another-machine"] = "sess-carol"
        wait_until(lease, lambda: isinstance(lease.problem, NoSeats))
        with pytest.raises(NoSeats):
            lease.check()
        service.sessions.clear()
        wait_until(lease, lambda: lease.is_valid)


def test_a_revoked_session_ends_and_is_not_taken_again(service: Server, make_client: MakeClient) -> None:
    fast(service)
    with make_client() as lease:
        service.revoked.add(lease.session_id)
        service.sessions.clear()
        wait_until(lease, lambda: isinstance(lease.problem, Revoked))
        with pytest.raises(Revoked):
            lease.check()
    assert service.asked(ACQUIRE) == 1


def test_an_expired_token_is_reported_while_the_seat_is_still_granted(service: Server, make_client: MakeClient) -> None:
    fast(service)
    tokens = ["token-of-bob"]
    with make_client(token=lambda: tokens[0]) as lease:
        tokens[0] = "expired"
        wait_until(lease, lambda: isinstance(lease.problem, Unauthorized))
        lease.check()
        tokens[0] = "token-of-bob"
        wait_until(lease, lambda: lease.problem is None)


def test_a_restart_without_the_service_goes_on_with_the_cached_lease(service: Server, make_client: MakeClient) -> None:
    make_client().acquire()  # and dies, without giving back
    service.rules.is_down = True
    with make_client() as lease:
        lease.check()
        assert 300 < lease.remaining <= 360


def test_after_an_offline_start_the_seat_is_confirmed_as_soon_as_the_service_is_back(
    service: Server, make_client: MakeClient
) -> None:
    make_client().acquire()
    service.rules.is_down = True
    with make_client() as lease:
        service.rules.is_down = False
        before = service.asked(ACQUIRE)
        service.wait_for(lambda: service.asked(ACQUIRE) > before, "a confirmation")
        lease.check()
        assert len(service.sessions) == 1


def test_a_seat_given_back_is_no_longer_valid_offline(service: Server, make_client: MakeClient) -> None:
    with make_client():
        pass
    service.rules.is_down = True
    with pytest.raises(Offline):
        make_client().acquire()


def test_a_cached_lease_is_useless_on_another_machine(service: Server, make_client: MakeClient) -> None:
    make_client(hardware_id="first-machine-0001").acquire()
    service.rules.is_down = True
    with pytest.raises(Offline):
        make_client(hardware_id="second-machine-0002").acquire()


def test_the_cache_can_be_read_by_its_owner_alone(make_client: MakeClient, tmp_path: Path) -> None:
    with make_client():
        (cached,) = tmp_path.rglob("license.json")
        assert stat.S_IMODE(cached.stat().st_mode) == 0o600
        assert stat.S_IMODE(cached.parent.stat().st_mode) == 0o700


def test_a_cache_that_cannot_be_written_costs_only_offline_use(make_client: MakeClient, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the directory should be")
    with make_client(hardware_id="some-machine-0001") as lease:
        lease.check()


@pytest.mark.parametrize("offset", [timedelta(hours=24), timedelta(hours=-24)])
def test_a_clock_wrong_by_a_day_changes_nothing_online(
    service: Server, make_client: MakeClient, offset: timedelta
) -> None:
    service.rules.clock_offset = offset
    with make_client() as lease:
        lease.check()
        assert 350 < lease.remaining <= 360


def test_two_processes_of_one_machine_share_its_seat_and_the_last_one_gives_it_back(
    service: Server, make_client: MakeClient
) -> None:
    first, second = make_client(), make_client()
    first.acquire()
    lease = second.acquire()
    first.release()
    assert len(service.sessions) == 1
    lease.check()
    second.release()
    assert service.sessions == {}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"api_url": "http://api.example.com"}, "Write https://"),
        ({"api_url": "api.example.com"}, "Write for example"),
        ({"api_url": "https://bob:secret@api.example.com"}, "contains a password"),
        ({"api_url": "http://evil.com\t.localhost"}, "Write for example"),
        ({"api_url": "https://[::1"}, "Write for example"),
        ({"api_url": "https://xn--.localhost"}, "Write for example"),
        ({"api_url": "https://api.example.com:port"}, "Write for example"),
        ({"hardware_id": "short"}, "16 to 255"),
        ({"public_keys": []}, "fetch the keys"),
        ({"version": "1.0.0+a-very-long-build-name"}, "at most 20"),
        ({"public_keys": ["not a key"]}, "not usable"),
    ],
)
def test_a_wrong_argument_says_what_to_write(make_client: MakeClient, arguments: dict[str, object], hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        make_client(**arguments)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak"])
def test_a_token_that_is_none_is_not_sent(service: Server, make_client: MakeClient, token: str) -> None:
    with pytest.raises(ConfigurationError, match="token"):
        make_client(token=token).acquire()
    assert service.requests == []


@pytest.mark.parametrize("rest", ["api.example.com", "api.example.com?a=b", "[::1", "exa\tmple.com"])
def test_a_password_in_the_address_is_not_repeated_in_the_error(make_client: MakeClient, rest: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        make_client(api_url=f"https://bob:hunter2@{rest}")
    assert "hunter2" not in str(refused.value)
