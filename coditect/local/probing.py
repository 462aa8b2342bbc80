"""What the kubelet's probe asks of a process, and in words what is wrong with the answer."""

import http.client
import socket
from dataclasses import dataclass

from coditect.local.process import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """An answer that a probe does not take. status: 0 where there was none. said: in words."""

    status: int
    said: str


def probe(port: int, path: str | None, *, timeout_s: float, host: str = "", kind: str = "") -> Wrong | None:
    """Ask once: a status from 200 to 399 passes, or for no path a connection. kind: readiness or liveness."""
    asked = f"{kind} probe {f'GET {path}' if path else 'for a connection'} on port {port}".strip()
    try:
        if path is None:
            socket.create_connection((LOOPBACK, port), timeout=timeout_s).close()
            return None
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
        try:
            headers = {"User-Agent": "kube-probe/local", **({"Host": host} if host else {})}
            connection.request("GET", path, headers=headers)
            status = connection.getresponse().status
        finally:
            connection.close()
    except ConnectionRefusedError:
        return Wrong(status=0, said=f"refuses connections to its {asked}")
    except TimeoutError:
        return Wrong(status=0, said=f"does not answer its {asked} within {timeout_s:.0f} s")
    except (OSError, http.client.HTTPException) as error:
        return Wrong(status=0, said=f"breaks the connection of its {asked} ({type(error).__name__})")
    return None if 200 <= status < 400 else Wrong(status=status, said=f"answers {status} to its {asked}")


def answers(port: int, path: str | None, *, timeout_s: float, host: str = "") -> bool:
    """Whether the probe passes now."""
    return probe(port, path, timeout_s=timeout_s, host=host) is None
