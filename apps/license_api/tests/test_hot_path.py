"""The short way to the hot endpoints answers as Django's own routes do, and leaves everything else to them."""

import io
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import cast as cast_to
from uuid import uuid4

import pytest
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.test import Client
from prometheus_client import REGISTRY

from apps.configuration.unread import reading_to_the_end
from apps.domain.licensing.seats import holding
from apps.domain.operations.database import DatabaseUnavailableError
from apps.license_api.hot_path import ENDPOINTS, HotPath
from apps.testing.people import Cast, Person

ACQUIRE, HEARTBEAT, RELEASE = "acquire", "heartbeat", "release"


@dataclass(frozen=True)
class Answer:
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.body)
        return told


Ask = Callable[..., Answer]


@pytest.fixture
def ask(database: None, signing_key: Path) -> Ask:
    application = HotPath(reading_to_the_end(get_wsgi_application()))

    def ask(route: str, person: Person | None, body: object = None, method: str = "POST", **more: str) -> Answer:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/api/v1/licenses/{route}",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "203.0.113.7",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": io.StringIO(),
            **({"HTTP_AUTHORIZATION": person.header} if person else {}),
            **more,
        }
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None, /) -> Callable[[bytes], object]:
            told.append((status, headers))
            return io.BytesIO().write

        said = b"".join(application(environ, start))
        ((line, headers),) = told
        assert environ["wsgi.input"].read() == b"", "what is left unread costs a client its connection"
        assert len(dict(headers)) == len(headers), f"a header stands twice in {headers}"
        return Answer(int(line[:3]), line[4:], dict(headers), said)

    return ask


def by_django(api: Client, route: str, person: Person | None, body: object = None) -> HttpResponse:
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {"Authorization": person.header} if person else {}
    answer = api.post(f"/api/v1/licenses/{route}", content, content_type="application/json", headers=headers)
    return cast_to("HttpResponse", answer)


def test_a_seat_is_acquired_beaten_and_released(ask: Ask, cast: Cast) -> None:
    lease = ask(ACQUIRE, cast.bob, {"hardware_id": "laptop"})
    assert (lease.status, lease.reason) == (200, "OK")
    assert lease.json["seats_used"] == 1
    session = {"session_id": lease.json["session_id"]}
    assert ask(HEARTBEAT, cast.bob, session).json == {"status": "ok", "expires_in": 360}
    assert ask(RELEASE, cast.bob, session).json == {"status": "released"}
    assert ask(HEARTBEAT, cast.bob, session).json["error"] == "session_released"


@pytest.mark.parametrize("route", [ACQUIRE, HEARTBEAT, RELEASE])
@pytest.mark.parametrize("body", ["", "nonsense", "[]", {"session_id": "nobody's", "hardware_id": ""}, "x" * 20_000])
@pytest.mark.parametrize("name", [None, "bob", "gina", "ada"])
def test_a_refusal_is_the_one_of_djangos_route(
    ask: Ask, api: Client, cast: Cast, route: str, body: object, name: str | None
) -> None:
    person: Person | None = getattr(cast, name) if name else None
    ours, djangos = ask(route, person, body), by_django(api, route, person, body)
    assert (ours.status, ours.json) == (djangos.status_code, json.loads(djangos.content))
    assert (ours.reason, ours.status >= 400) == (djangos.reason_phrase, True)
    for header in ("Content-Type", "WWW-Authenticate", "Retry-After", "X-Content-Type-Options"):
        assert ours.headers.get(header) == djangos.headers.get(header), header


def test_every_answer_says_its_length_and_its_requests_id(ask: Ask, cast: Cast) -> None:
    for person in (cast.bob, None):
        answer = ask(ACQUIRE, person, {"hardware_id": "laptop"}, HTTP_X_REQUEST_ID="req-12345678")
        assert answer.headers["X-Request-Id"] == "req-12345678"
        assert answer.headers["Content-Length"] == str(len(answer.body))


def test_what_is_no_post_to_such_a_path_is_djangos_to_answer(ask: Ask, cast: Cast) -> None:
    assert ask(ACQUIRE, cast.bob, method="GET").status == 405
    assert ask("acquire/", cast.bob, {"hardware_id": "laptop"}, HTTP_HOST="127.0.0.1").status == 404
    assert ask("", cast.bob, {"hardware_id": "laptop"}, HTTP_HOST="127.0.0.1").status == 404


def test_what_nobody_expected_is_a_500_that_is_logged_whole_and_tells_nothing(
    ask: Ask, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("of nobody's business")

    monkeypatch.setattr(holding, "beat", fail)
    with caplog.at_level(logging.ERROR):
        answer = ask(HEARTBEAT, cast.bob, {"session_id": str(uuid4())})
    assert (answer.status, answer.json["error"]) == (500, "internal_error")
    assert b"business" not in answer.body
    assert "of nobody's business" in caplog.text


def test_a_store_that_is_away_is_a_503_with_when_to_try_again(
    ask: Ask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError("gone")

    monkeypatch.setattr(holding, "beat", fail)
    answer = ask(HEARTBEAT, cast.bob, {"session_id": str(uuid4())})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_requests_are_counted_by_route_and_status(ask: Ask, cast: Cast) -> None:
    def counted(status: int) -> float:
        labels = {"service": "license-backend", "method": "POST", "status": str(status)}
        found = REGISTRY.get_sample_value("http_requests_total", labels | {"endpoint": "api/v1/licenses/acquire"})
        return found or 0.0

    before = counted(200), counted(401)
    ask(ACQUIRE, cast.bob, {"hardware_id": "laptop"})
    ask(ACQUIRE, None, {"hardware_id": "laptop"})
    assert (counted(200), counted(401)) == (before[0] + 1, before[1] + 1)


def test_the_hot_endpoints_are_the_three_of_seats() -> None:
    assert {route.rpartition("/")[2] for route in ENDPOINTS} == {ACQUIRE, HEARTBEAT, RELEASE}
