"""Facts about a request that the load balancer passes on."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import uuid4

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")


class Received(Protocol):
    """As much of a request as the hot endpoints read. Django's HttpRequest is one.

    META: of WSGI (PEP 3333). body: read when it is first asked for.
    """

    @property
    def META(self) -> Mapping[str, Any]: ...  # noqa: N802 - Django's name

    @property
    def body(self) -> bytes: ...


def client_ip(request: Received) -> str | None:
    """The client's address.

    Google's load balancer appends two entries to X-Forwarded-For, the client's address and its own; whatever a client
    wrote itself stands before them. A single entry comes from a proxy that appends only the client's.
    """
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    said = (forwarded[-2] if len(forwarded) > 1 else forwarded[0]) if forwarded else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return None


def request_id(request: Received) -> str:
    """The id a proxy gave, or a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex
