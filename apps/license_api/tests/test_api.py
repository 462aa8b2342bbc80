"""The API's JSON, as the specification shows it, and its errors as problem details."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client

from apps.domain.signing import signer_from_settings
from apps.testing.people import Cast, Person
from apps.testing.seats import acquire, living


def post(api: Client, path: str, person: Person | None, body: object) -> tuple[int, dict[str, object]]:
    answer = api.post(
        f"/api/v1/licenses/{path}",
        body if isinstance(body, str) else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": person.header, "User-Agent": "tests"} if person else {},
    )
    return answer.status_code, answer.json()


def test_a_seat_is_acquired_beaten_and_released(api: Client, cast: Cast) -> None:
    asked = {"hardware_id": "abc123", "hostname": "macbook-pro", "os": "darwin", "version": "1.0.0"}
    status, lease = post(api, "acquire", cast.bob, asked)
    assert status == 200
    assert {
        "license_id",
        "session_id",
        "seats_used",
        "seats_total",
        "expires_at",
        "signature",
        "heartbeat_interval",
    } <= set(lease)
    assert (lease["seats_used"], lease["seats_total"], lease["heartbeat_interval"]) == (1, 3, 300)
    assert lease["license_id"] == str(cast.acme.license.id)
    assert lease["hardware_id"] == "abc123"
    assert datetime.fromisoformat(str(lease["expires_at"])).utcoffset() is not None
    session = {"session_id": lease["session_id"]}
    assert post(api, "heartbeat", cast.bob, session) == (200, {"status": "ok", "expires_in": 360})
    assert post(api, "release", cast.bob, session) == (200, {"status": "released"})
    assert post(api, "release", cast.bob, session) == (200, {"status": "released"})


def test_no_seats_is_a_429_with_the_specifications_fields(api: Client, cast: Cast) -> None:
    for number in range(3):
        acquire(cast.bob, f"machine-{number}")
    answer = api.post(
        "/api/v1/licenses/acquire",
        '{"hardware_id": "late"}',
        content_type="application/json",
        headers={"Authorization": cast.bob.header},
    )
    told = answer.json()
    assert answer.status_code == 429
    assert told["error"] == "no_seats_available"
    assert (told["seats_used"], told["seats_total"]) == (3, 3)
    assert 1 <= told["retry_after"] <= 360
    assert answer.headers["Retry-After"] == str(told["retry_after"])
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (told["status"], told["type"]) == (429, "urn:coditect:problem:no_seats_available")


def test_licenses_are_listed_as_the_specification_shows(api: Client, cast: Cast) -> None:
    acquire(cast.bob, "laptop")
    listed = api.get("/api/v1/licenses", headers={"Authorization": cast.gina.header}).json()
    (only,) = listed["licenses"]
    assert only.pop("created_at").endswith("Z")
    assert only == {
        "id": str(cast.acme.license.id),
        "tenant_id": str(cast.acme.tenant_id),
        "seats_total": 3,
        "seats_used": 1,
        "status": "active",
        "expires_at": None,
    }


def test_sessions_are_listed_with_whose_they_are(api: Client, cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    listed = api.get("/api/v1/sessions", headers={"Authorization": cast.gina.header}).json()
    (only,) = listed["sessions"]
    assert only["id"] == str(seat.session)
    assert only["user"] == {"id": str(cast.bob.user.id), "email": cast.bob.user.email, "name": "Bob"}
    assert (only["hardware_id"], only["hostname"], only["os"]) == ("laptop", "laptop", "linux")
    assert only["acquired_at"].endswith("Z")
    assert only["last_heartbeat_at"] >= only["acquired_at"]


def test_public_keys_are_public(api: Client) -> None:
    (key,) = api.get("/api/v1/keys").json()["keys"]
    assert key["pem"].startswith("-----BEGIN PUBLIC KEY-----")
    assert key["not_after"] is None


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("acquire", "{}", "hardware_id"),
        ("acquire", '{"hardware_id": ""}', "hardware_id"),
        ("acquire", '{"hardware_id": 7}', "hardware_id"),
        ("acquire", '{"hardware_id": "a\\u0000b"}', "hardware_id"),
        ("acquire", '{"hardware_id": "\\ud800"}', "Invalid JSON"),
        ("acquire", json.dumps({"hardware_id": "x" * 256}), "hardware_id"),
        ("acquire", json.dumps({"hardware_id": "x", "version": "v" * 21}), "version"),
        ("acquire", '{"hardware_id": "x", "license_id": "mine"}', "license_id"),
        ("acquire", "[]", "body"),
        ("acquire", "", "body"),
        ("heartbeat", '{"session_id": null}', "session_id"),
        ("release", "nonsense", "body"),
        ("release", json.dumps({"session_id": "x" * 20_000}), "larger"),
    ],
)
def test_a_bad_body_is_a_400_that_names_the_field(api: Client, cast: Cast, path: str, body: str, says: str) -> None:
    status, told = post(api, path, cast.bob, body)
    assert (status, told["error"]) == (400, "invalid_request")
    assert says in str(told["detail"])


def test_text_that_is_no_session_id_is_an_unknown_session(api: Client, cast: Cast) -> None:
    assert post(api, "heartbeat", cast.bob, {"session_id": "sess-nobody"})[0] == 404


def test_a_wrong_method_is_told_the_right_one(api: Client, cast: Cast) -> None:
    answer = api.get("/api/v1/licenses/acquire")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    answer = api.post("/api/v1/licenses", headers={"Authorization": cast.bob.header})
    assert answer.status_code in (403, 405)


def test_an_unknown_address_below_the_api_is_a_problem(api: Client) -> None:
    answer = api.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_lease_that_cannot_be_signed_is_a_503_and_gives_its_seat_back(
    api: Client, cast: Cast, signing_key: Path
) -> None:
    acquire(cast.bob, "other")
    signer_from_settings.cache_clear()
    hidden = signing_key.with_suffix(".hidden")
    signing_key.rename(hidden)
    try:
        status, told = post(api, "acquire", cast.bob, {"hardware_id": "laptop"})
    finally:
        hidden.rename(signing_key)
        signer_from_settings.cache_clear()
    assert (status, told["error"]) == (503, "temporarily_unavailable")
    assert told["retry_after"] == 2
    assert living(cast.acme) == 1
    assert post(api, "acquire", cast.bob, {"hardware_id": "laptop"})[0] == 200


def test_every_answer_carries_the_requests_id(api: Client) -> None:
    assert api.get("/health", headers={"X-Request-Id": "req-12345678"}).headers["X-Request-Id"] == "req-12345678"
    assert len(api.get("/health", headers={"X-Request-Id": "<script>"}).headers["X-Request-Id"]) == 32


def test_the_documentation_page_takes_its_files_from_this_server(api: Client) -> None:
    page = api.get("/api/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page
    assert "cdn" not in page
