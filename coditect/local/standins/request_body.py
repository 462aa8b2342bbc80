"""The body of a request, as the standard library's server leaves it to be read: of a known length, or in chunks."""

from email.message import Message
from io import BufferedIOBase

_LARGEST = 32 * 1024 * 1024  # SendGrid takes mails of at most 30 MB
_LONGEST_LINE = 1024


class BadBody(Exception):  # noqa: N818 - an answer to the caller, not a failure of ours
    """status: of the answer. The rest of the connection cannot be read."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    """All of the body. Proxies send it in chunks when they do not know its length yet. Raises BadBody."""
    coding = headers.get("Transfer-Encoding", "").lower()
    if coding == "chunked":
        return _chunked(stream)
    if coding:
        raise BadBody(f"Transfer-Encoding {coding} is not known here.", 501)
    length = _number(headers.get("Content-Length", "0"), 10)
    return _exactly(stream, length)


def _chunked(stream: BufferedIOBase) -> bytes:
    body = bytearray()
    while size := _number(stream.readline(_LONGEST_LINE).decode("latin-1").partition(";")[0].strip(), 16):
        if len(body) + size > _LARGEST:
            raise BadBody(f"The body is larger than {_LARGEST} bytes.", 413)
        body += _exactly(stream, size)
        if stream.readline(_LONGEST_LINE).strip():
            raise BadBody("A chunk is longer than it says.")
    while stream.readline(_LONGEST_LINE).strip():
        pass  # trailers
    return bytes(body)


def _exactly(stream: BufferedIOBase, length: int) -> bytes:
    if length > _LARGEST:
        raise BadBody(f"The body is larger than {_LARGEST} bytes.", 413)
    body = stream.read(length)
    if len(body) < length:
        raise BadBody("The body ended early.")
    return body


def _number(digits: str, base: int) -> int:
    try:
        number = int(digits, base)
    except ValueError:
        raise BadBody(f"{digits[:20]!r} is no length.") from None
    if number < 0 or len(digits) > 12:
        raise BadBody(f"{digits[:20]!r} is no length.")
    return number
