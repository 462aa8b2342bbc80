"""Reads what an application left unread of a request.

An answer that is given before the body was read, such as 401, makes the server close the connection when the rest of
the body comes a moment later. A client or proxy that keeps its connections then loses its next request on that one.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication

# What is larger is not worth waiting for: its connection is closed.
_LARGEST = 64 * 1024


def read_to_the_end(environ: dict[str, Any]) -> None:
    """Read the rest of the body, if it is small."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if 0 < length <= _LARGEST:
        environ["wsgi.input"].read(length)


def reading_to_the_end(application: "WSGIApplication") -> "WSGIApplication":
    """The same application, which leaves no small body unread."""

    def answered(environ: dict[str, Any], start_response: "StartResponse") -> "Iterable[bytes]":
        answer = application(environ, start_response)
        read_to_the_end(environ)
        return answer

    return answered
