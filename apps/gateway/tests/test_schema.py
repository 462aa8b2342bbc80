"""The gateway's OpenAPI document describes it as it is: a process of its own, over real HTTP."""

from collections.abc import Iterator, Mapping

import httpx
import pytest
import schemathesis
from drf_spectacular.validation import validate_schema
from hypothesis import given

from apps.gateway.tests.test_sign_in import PASSWORD, serve
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
from apps.testing.people import Person, found

OPERATIONS = [
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/refresh"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/stripe/webhook"),
    ("GET", "/health"),
    ("GET", "/api/health"),
    ("GET", "/ready"),
]


@pytest.fixture(scope="module")
def gateway(service_environment: Mapping[str, str]) -> Iterator[httpx.Client]:
    yield from serve(service_environment, "apps.gateway.settings.backend", "apps.gateway.wsgi", "/health")


@pytest.fixture(scope="module")
def shown(gateway: httpx.Client) -> Document:
    """The document as it is served."""
    told: Document = gateway.get("/api/schema/", params={"format": "json"}).json()
    return told


@pytest.fixture
def owner(database: None) -> Person:
    return found("Schema", owner="sue", seats=1).owner


def test_the_document_names_every_route_and_no_other(shown: Document) -> None:
    assert {each.path for each in operations(shown)} == routes("apps.gateway.urls.backend")
    assert {(each.method, each.path) for each in operations(shown)} == set(OPERATIONS)


def test_the_document_is_one_of_openapi_and_every_example_fits(shown: Document) -> None:
    validate_schema(shown)  # type: ignore[no-untyped-call]  # it carries no types
    assert examples_that_do_not_fit(shown) == []
    for each in operations(shown):
        assert len(each.description) > 40, each


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_what_the_document_says(
    gateway: httpx.Client, shown: Document, owner: Person, method: str, path: str
) -> None:
    document = schemathesis.openapi.from_dict(shown)

    @tries(20)
    @given(case=document[path][method].as_strategy())
    def try_it(case: AnyCase) -> None:
        assert_answer_is_documented(shown, case, owner.header, str(gateway.base_url))

    try_it()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_operations_without_security_are_those_that_answer_without_a_sign_of_who_asks(
    gateway: httpx.Client, shown: Document, method: str, path: str
) -> None:
    (operation,) = [each for each in operations(shown) if (each.method, each.path) == (method, path)]
    body = {"email": "nobody@example.com", "password": "x"} if path.endswith("/login") else None
    answer = gateway.request(method, path, json=body)
    error = answer.json().get("error")
    assert operation.security == {"unauthorized": {"bearer"}, "invalid_signature": {"stripeSignature"}}.get(
        error, frozenset()
    )
    assert is_documented(shown, method, path, answer)


def test_a_good_answer_of_each_is_documented(gateway: httpx.Client, shown: Document, owner: Person) -> None:
    owner.user.set_password(PASSWORD)
    owner.user.save()
    signed_in = gateway.post("/api/auth/login", json={"email": owner.user.email, "password": PASSWORD})
    header = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    again = gateway.post("/api/auth/refresh", headers=header)
    out = gateway.post("/api/auth/logout", headers=header)
    twice = gateway.post("/api/auth/logout", headers=header)
    told = [("login", signed_in), ("refresh", again), ("logout", out), ("logout", twice)]
    assert [answer.status_code for _, answer in told] == [200, 200, 200, 401]
    assert twice.json()["error"] == "token_revoked"
    document = schemathesis.openapi.from_dict(shown)
    for name, answer in told:
        assert is_documented(shown, "POST", f"/api/auth/{name}", answer)
        document[f"/api/auth/{name}"]["POST"].validate_response(answer)


def test_the_page_and_its_files_come_from_below_the_path_that_leads_here(gateway: httpx.Client) -> None:
    page = gateway.get("/api/docs/")
    assert_page_obeys_its_policy(page.text, page.headers["Content-Security-Policy"])
    files = [part.partition('"')[0] for part in page.text.split('src="')[1:]]
    assert len(files) == 3
    for file in files:
        assert file.startswith("/api/")
        assert gateway.get(file).status_code == 200
