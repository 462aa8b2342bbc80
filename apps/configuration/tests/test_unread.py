"""An application that answers before it has read the body keeps the connection all the same."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from apps.configuration.unread import reading_to_the_end

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


def refuse(_environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    start_response("401 Unauthorized", [])
    return [b"no"]


@pytest.mark.parametrize(("sent", "is_read"), [(2, True), (64 * 1024, True), (64 * 1024 + 1, False)])
def test_a_small_body_is_read_to_its_end_and_a_large_one_is_not_waited_for(sent: int, is_read: bool) -> None:
    body = io.BytesIO(b"x" * sent)
    environ = {"CONTENT_LENGTH": str(sent), "wsgi.input": body}
    assert list(reading_to_the_end(refuse)(environ, lambda *_: io.BytesIO().write)) == [b"no"]
    assert (body.read() == b"") is is_read


def test_a_request_without_a_body_is_not_waited_for() -> None:
    environ: dict[str, Any] = {"CONTENT_LENGTH": "", "wsgi.input": None}
    assert list(reading_to_the_end(refuse)(environ, lambda *_: io.BytesIO().write)) == [b"no"]
