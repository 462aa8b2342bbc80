"""HTTP/1.1 requests as bytes, made before the clock starts."""

import json
from collections.abc import Mapping


def post(path: str, *, token: str, body: Mapping[str, str]) -> bytes:
    """A JSON POST with a bearer token, as the SDK sends it."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"User-Agent: bench-license\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def acquire(token: str, *, hardware_id: str) -> bytes:
    body = {"hardware_id": hardware_id, "hostname": "bench", "os": "linux", "version": "1.0.0"}
    return post("/api/v1/licenses/acquire", token=token, body=body)


def heartbeat(token: str, *, session_id: str) -> bytes:
    return post("/api/v1/licenses/heartbeat", token=token, body={"session_id": session_id})
