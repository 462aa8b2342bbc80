"""An OpenAPI document beside the service that it describes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import schemathesis
from django.http import HttpResponse
from django.urls import URLPattern, get_resolver
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

Document: TypeAlias = dict[str, Any]
AnyCase: TypeAlias = "schemathesis.Case[Any]"  # of whatever the document describes

_CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

# What is no call of a program: pages, and the document itself.
_PAGES = frozenset({"/admin", "/admin/", "/api/schema/", "/api/docs/"})
_PARAMETER = re.compile(r"<\w+:(\w+)>")


@dataclass(frozen=True)
class Operation:
    """One operation. security: names of the schemes that it wants, none where it is open. codes: by status."""

    method: str
    path: str
    description: str
    security: frozenset[str]
    codes: dict[int, frozenset[str]]


def operations(document: Document) -> list[Operation]:
    return [
        Operation(
            method=method.upper(),
            path=path,
            description=told["description"],
            security=frozenset(name for way in told.get("security", []) for name in way),
            codes={int(status): _codes(answer) for status, answer in told["responses"].items()},
        )
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]


def routes(urls: str) -> set[str]:
    """Paths of a URL module, as documents write them."""
    found = {
        "/" + _PARAMETER.sub(r"{\1}", str(pattern.pattern))
        for pattern in get_resolver(urls).url_patterns
        if isinstance(pattern, URLPattern)
    }
    return found - _PAGES


def is_documented(document: Document, method: str, path: str, answer: HttpResponse | httpx.Response) -> bool:
    """Whether the answer's status, and its code where it is a problem, stand in the document."""
    (operation,) = [each for each in operations(document) if (each.method, each.path) == (method, path)]
    known = operation.codes.get(answer.status_code)
    if known is None:
        return False
    is_problem = answer.headers["Content-Type"].startswith("application/problem+json")
    return not is_problem or answer.json()["error"] in known  # type: ignore[union-attr]  # the test client adds json


def tries(most: int) -> settings:
    """For tests that send what a document allows, as many cases."""
    return settings(max_examples=most, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def assert_answer_is_documented(
    document: Document, case: AnyCase, authorization: str, base_url: str | None = None
) -> None:
    """Sends the case: status, type, shape and the code of a problem are as the document says.

    base_url: None for a service of this process.
    """
    answer = case.call_and_validate(base_url=base_url, headers={"Authorization": authorization}, checks=_CHECKS)
    if answer.status_code >= 400:
        (codes,) = [each.codes for each in operations(document) if (each.method, each.path) == (case.method, case.path)]
        assert answer.json()["error"] in codes[answer.status_code]


def examples_that_do_not_fit(document: Document) -> list[str]:
    """Every example whose own schema refuses it."""
    return [
        f"{where}: {error.message}"
        for where, schema, value in _examples(document)
        for error in Draft202012Validator(_resolvable(schema, document)).iter_errors(value)
    ]


def assert_page_obeys_its_policy(page: str, policy: str) -> None:
    """The page has no script or style of its own text, and takes every file from where it came from."""
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert re.findall(r"<(?:script|style)[^>]*>[^<]+<", page) == []
    assert re.search(r"<style|\sstyle=|\son\w+=", page) is None
    assert all(address.startswith("/") for address in re.findall(r'(?:src|href)="([^"]+)"', page))


def _codes(answer: dict[str, Any]) -> frozenset[str]:
    return frozenset(
        example["value"]["error"]
        for kind, content in answer.get("content", {}).items()
        if kind == "application/problem+json"
        for example in content["examples"].values()
    )


def _examples(document: Document) -> Iterator[tuple[str, dict[str, Any], object]]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            bodies = [("request", told["requestBody"])] if "requestBody" in told else []
            for where, body in [*bodies, *told["responses"].items()]:
                for content in body.get("content", {}).values():
                    assert content["examples"], f"{method} {path} {where} has no example"
                    for name, example in content["examples"].items():
                        yield f"{method} {path} {where} {name}", content["schema"], example["value"]


def _resolvable(schema: dict[str, Any], document: Document) -> dict[str, Any]:
    resolvable: dict[str, Any] = _with_null({**schema, "components": document["components"]})
    return resolvable


def _with_null(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if isinstance(node, list):
        return [_with_null(each) for each in node]
    if not isinstance(node, dict):
        return node
    inner = {name: _with_null(value) for name, value in node.items() if name != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if node.get("nullable") is True else inner
