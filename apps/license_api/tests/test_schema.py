"""The OpenAPI document describes the API as it is: schemathesis tries what the document says."""

import json
from pathlib import Path
from typing import cast as cast_to

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.test import Client
from hypothesis import given

from apps.domain.operations.redis import redis_link
from apps.license_api.hot_path import HotPath
from apps.testing.documents import (
    AnyCase,
    Document,
    assert_answer_is_documented,
    assert_page_obeys_its_policy,
    examples_that_do_not_fit,
    is_documented,
    operations,
    routes,
    tries,
)
from apps.testing.people import Cast, Person, found
from apps.testing.seats import acquire, release

OPERATIONS = [
    ("POST", "/api/v1/licenses/acquire"),
    ("POST", "/api/v1/licenses/heartbeat"),
    ("POST", "/api/v1/licenses/release"),
    ("GET", "/api/v1/licenses"),
    ("GET", "/api/v1/sessions"),
    ("DELETE", "/api/v1/sessions/{session_id}"),
    ("GET", "/api/v1/keys"),
    ("GET", "/health"),
    ("GET", "/ready"),
]


@pytest.fixture
def owner(database: None) -> Person:
    return found("Schema", owner="sue", seats=5).owner


@pytest.fixture
def document(database: None, signing_key: Path) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_wsgi("/api/schema/", HotPath(get_wsgi_application()))


@pytest.fixture(scope="module")
def shown() -> Document:
    """The document as it is served."""
    told: Document = json.loads(Client().get("/api/schema/?format=json").content)
    return told


def test_the_document_names_every_route_and_no_other(shown: Document) -> None:
    assert {each.path for each in operations(shown)} == routes("apps.license_api.urls.backend")
    assert {(each.method, each.path) for each in operations(shown)} == set(OPERATIONS)


def test_the_document_is_one_of_openapi_and_nothing_was_guessed_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")
    assert json.loads(capsys.readouterr().out)["openapi"].startswith("3.")


def test_every_operation_says_what_it_does(shown: Document) -> None:
    for each in operations(shown):
        assert len(each.description) > 40, each
        assert "Django" not in each.description


def test_every_example_fits_its_schema(shown: Document) -> None:
    assert examples_that_do_not_fit(shown) == []


def test_an_example_of_another_shape_is_found(shown: Document) -> None:
    broken = json.loads(json.dumps(shown))
    answer = broken["paths"]["/api/v1/licenses/heartbeat"]["post"]["responses"]["200"]
    answer["content"]["application/json"]["examples"]["Done"]["value"]["expires_in"] = "soon"
    (found,) = examples_that_do_not_fit(broken)
    assert found.startswith("post /api/v1/licenses/heartbeat 200 Done")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_what_the_document_says(
    document: schemathesis.BaseSchema, shown: Document, owner: Person, method: str, path: str
) -> None:
    @tries(60)
    @given(case=document[path][method].as_strategy())
    def try_it(case: AnyCase) -> None:
        # Or the rate would be all there is to see.
        redis_link().ask(b"DEL", b"requests:" + owner.user.id.bytes)
        assert_answer_is_documented(shown, case, owner.header)

    try_it()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_operations_without_security_are_those_that_answer_without_a_token(
    document: schemathesis.BaseSchema, shown: Document, method: str, path: str
) -> None:
    (operation,) = [each for each in operations(shown) if (each.method, each.path) == (method, path)]

    @tries(10)
    @given(case=document[path][method].as_strategy())
    def try_it(case: AnyCase) -> None:
        case.headers.pop("Authorization", None)
        assert case.call().status_code == (401 if operation.security == {"bearer"} else 200)

    try_it()


def test_refusals_are_documented_with_their_codes(api: Client, shown: Document, cast: Cast) -> None:
    def ask(path: str, person: Person, body: object) -> HttpResponse:
        headers = {"Authorization": person.header}
        answer = api.post(path, json.dumps(body), content_type="application/json", headers=headers)
        return cast_to("HttpResponse", answer)

    acquire_path, beat_path = "/api/v1/licenses/acquire", "/api/v1/licenses/heartbeat"
    seat = acquire(cast.bob, "one")
    asked = {"session_id": str(seat.session)}
    answers = [(acquire_path, ask(acquire_path, cast.alice, {"hardware_id": "one"}))]
    release(cast.bob, seat)
    answers.append((beat_path, ask(beat_path, cast.bob, asked)))
    for number in range(3):
        acquire(cast.bob, f"machine-{number}")
    answers += [
        (acquire_path, ask(acquire_path, cast.bob, {"hardware_id": "late"})),
        (acquire_path, ask(acquire_path, cast.gina, {"hardware_id": "one"})),
        (acquire_path, ask(acquire_path, cast.ada, {"hardware_id": "one"})),
        (beat_path, ask(beat_path, cast.carol, asked)),
    ]
    assert [answer.status_code for _, answer in answers] == [409, 410, 429, 403, 403, 404]
    for path, answer in answers:
        assert is_documented(shown, "POST", path, answer), answer.content
    sent_again = [answer for _, answer in answers if answer.has_header("Retry-After")]
    for answer in sent_again:
        told = shown["paths"][acquire_path]["post"]["responses"][str(answer.status_code)]
        assert "Retry-After" in told["headers"]


def test_the_page_loads_nothing_inline_and_nothing_from_elsewhere(api: Client) -> None:
    page = api.get("/api/docs/")
    assert_page_obeys_its_policy(page.content.decode(), page.headers["Content-Security-Policy"])
    script = api.get("/api/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle" in script.content
