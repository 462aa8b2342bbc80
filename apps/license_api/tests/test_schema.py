"""The OpenAPI document describes the API as it is: schemathesis tries what the document says."""

import json
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.domain.operations.redis import redis_link
from apps.license_api.hot_path import HotPath
from apps.testing.people import Person, found

OPERATIONS = [
    ("POST", "/api/v1/licenses/acquire"),
    ("POST", "/api/v1/licenses/heartbeat"),
    ("POST", "/api/v1/licenses/release"),
    ("GET", "/api/v1/licenses"),
    ("GET", "/api/v1/sessions"),
    ("DELETE", "/api/v1/sessions/{session_id}"),
    ("GET", "/api/v1/keys"),
]
PUBLIC = {"/api/v1/keys"}
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
AnyCase: TypeAlias = "schemathesis.Case[Any]"  # of whatever the document describes
_tries = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def owner(database: None) -> Person:
    return found("Schema", owner="sue", seats=5).owner


@pytest.fixture
def document(database: None, signing_key: Path) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_wsgi("/api/schema/", HotPath(get_wsgi_application()))


def test_the_document_names_every_route_of_the_api(database: None) -> None:
    document = json.loads(Client().get("/api/schema/?format=json").content)
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_what_the_document_says(
    document: schemathesis.BaseSchema, owner: Person, method: str, path: str
) -> None:
    @_tries
    @given(case=document[path][method].as_strategy())
    def try_it(case: AnyCase) -> None:
        # Or the rate would be all there is to see.
        redis_link().ask(b"DEL", b"requests:" + owner.user.id.bytes)
        case.call_and_validate(headers={"Authorization": owner.header}, checks=CHECKS)

    try_it()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_without_a_token_only_public_things_are_answered(
    document: schemathesis.BaseSchema, method: str, path: str
) -> None:
    @settings(_tries, max_examples=10)
    @given(case=document[path][method].as_strategy())
    def try_it(case: AnyCase) -> None:
        case.headers.pop("Authorization", None)
        assert case.call().status_code == (200 if path in PUBLIC else 401)

    try_it()
