"""Facts about a request that the load balancer passes on."""

import ipaddress
import re
from uuid import uuid4

from django.http import HttpRequest

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")


def client_ip(request: HttpRequest) -> str | None:
    """The client's address.

    Google's load balancer appends two entries to X-Forwarded-For, the client's address and its own; whatever a client
    wrote itself stands before them. A single entry comes from a proxy that appends only the client's.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    said = (forwarded[-2] if len(forwarded) > 1 else forwarded[0]) if forwarded else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return None


def request_id(request: HttpRequest) -> str:
    """The id a proxy gave, or a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex
