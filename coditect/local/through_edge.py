"""One request to a public address of this machine's platform, as a person's browser would send it."""

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from coditect.local.process import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Answered:
    """status: 0 when nothing came. took_s: until its first line, or until nothing came."""

    status: int
    took_s: float

    @property
    def is_failure(self) -> bool:
        return self.status == 0 or self.status >= 500  # a status, as HTTP classes them


def get(address: str, *, authority: Path, timeout_s: float) -> Answered:
    """Ask an address for its page. No name is looked up: every public host is this machine."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 443
    begun = time.monotonic()
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
    try:
        plain = socket.create_connection((LOOPBACK, port), timeout=timeout_s)
        connection.sock = plain
        connection.sock = ssl.create_default_context(cafile=str(authority)).wrap_socket(plain, server_hostname=host)
        connection.request("GET", parts.path or "/", headers={"Host": parts.netloc, "User-Agent": "coditect"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    return Answered(status=status, took_s=time.monotonic() - begun)
