"""Stand-in for the license service: a real HTTP server on this machine that signs with a real key and can misbehave.

It speaks the service's protocol and keeps seats in a dictionary. It is no license service.
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable

import rfc8785
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
ALGORITHM = "RSA_SIGN_PSS_4096_SHA256"
TOKEN = "token-of-bob"


class SigningKey:
    """One RSA-4096 key, and the forms in which it signs."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=4096)
        public = self.private.public_key()
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        self.pem = public.public_bytes(serialization.Encoding.PEM, spki).decode()
        self.key_id = hashlib.sha256(public.public_bytes(serialization.Encoding.DER, spki)).hexdigest()

    def entry(self, not_after: str | None = None) -> dict[str, Any]:
        return {"key_id": self.key_id, "algorithm": ALGORITHM, "pem": self.pem, "not_after": not_after}

    def sign(self, message: bytes) -> str:
        return self.private.sign(message, PSS, hashes.SHA256()).hex()

    def sign_alone(self, fields: dict[str, Any]) -> dict[str, Any]:
        fields = {**fields, "key_id": self.key_id, "signature_version": 2}
        return {**fields, "signature": self.sign(rfc8785.dumps(fields)), "proof": None}

    def sign_in_batch_of_two(self, fields: dict[str, Any]) -> dict[str, Any]:
        fields = {**fields, "key_id": self.key_id, "signature_version": 2}
        leaf = hashlib.sha256(b"\x00" + rfc8785.dumps(fields)).digest()
        other = hashlib.sha256(b"\x00another lease").digest()
        root = hashlib.sha256(b"\x01" + other + leaf).digest()
        envelope = {"purpose": "coditect-license/lease-batch", "root": root.hex(), "size": 2, "key_id": self.key_id}
        proof = {"index": 1, "size": 2, "path": [other.hex()]}
        return {**fields, "signature": self.sign(rfc8785.dumps(envelope)), "proof": proof}

    def sign_three_fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        signed = {name: fields[name] for name in ("license_id", "session_id", "expires_at")}
        shown = ("license_id", "session_id", "seats_used", "seats_total", "expires_at", "heartbeat_interval")
        signature = self.sign(json.dumps(signed, sort_keys=True).encode())
        return {**{name: fields[name] for name in shown}, "signature_version": 1, "signature": signature}


@dataclass
class Reply:
    """What the server answers: a status and a body. `None` for the body closes the connection without a word."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Rules:
    """What the service is told to do; tests change it while it runs."""

    key: SigningKey
    seats: int = 1
    ttl: float = 360.0
    heartbeat_interval: int = 300
    sign: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    published: list[dict[str, Any]] | None = None
    clock_offset: timedelta = timedelta(0)
    next_replies: deque[Reply] = field(default_factory=deque)
    """Answered first, one to each request, whatever it asks."""
    is_down: bool = False
    overrides: dict[str, Any] = field(default_factory=dict)
    """Fields of a lease that are signed as given here."""


class Server(ThreadingHTTPServer):
    """A stand-in for the license service on a free port of 127.0.0.1."""

    daemon_threads = True

    def __init__(self, rules: Rules) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rules = rules
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.hosts: set[str] = set()
        self.sessions: dict[str, str] = {}
        self.revoked: set[str] = set()
        self.fence = 0
        self.changed = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def asked(self, path: str) -> int:
        return sum(1 for seen, _ in self.requests if seen == path)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, timeout=30), f"never happened: {what}"

    def note(self, path: str, body: dict[str, Any]) -> None:
        with self.changed:
            self.requests.append((path, body))
            self.changed.notify_all()

    def respond(self, method: str, path: str, body: dict[str, Any], token: str) -> Reply:
        rules = self.rules
        if rules.is_down:
            return Reply(0, None)
        if rules.next_replies:
            return rules.next_replies.popleft()
        if path == "/api/v1/keys":
            published = rules.published if rules.published is not None else [rules.key.entry()]
            return Reply(200, {"keys": published})
        if token != f"Bearer {TOKEN}":
            return Reply(401, {"error": "token_expired", "detail": "The token has expired."})
        if path == "/api/v1/licenses/acquire":
            return self.acquire(body)
        if path == "/api/v1/licenses":
            return Reply(
                200, {"licenses": [{"id": "lic-1", "seats_used": len(self.sessions), "seats_total": rules.seats}]}
            )
        session = body["session_id"]
        if session in self.revoked:
            return Reply(403, {"error": "session_revoked", "detail": "Alice ended this session."})
        if path == "/api/v1/licenses/heartbeat":
            if session not in self.sessions.values():
                return Reply(404, {"error": "session_not_found"})
            return Reply(200, {"status": "ok", "expires_in": rules.ttl})
        assert path == "/api/v1/licenses/release", path
        for hardware, held in list(self.sessions.items()):
            if held == session:
                del self.sessions[hardware]
        return Reply(200, {"status": "released"})

    def acquire(self, body: dict[str, Any]) -> Reply:
        rules = self.rules
        hardware = body["hardware_id"]
        if hardware not in self.sessions and len(self.sessions) >= rules.seats:
            return Reply(
                429,
                {
                    "error": "no_seats_available",
                    "seats_used": len(self.sessions),
                    "seats_total": rules.seats,
                    "retry_after": 1,
                },
            )
        self.fence += 1
        session = self.sessions.setdefault(hardware, f"sess-{uuid.uuid4()}")
        now = datetime.now(timezone.utc) + rules.clock_offset
        fields = {
            "license_id": "lic-1",
            "session_id": session,
            "tenant_id": "acme",
            "user_id": "bob",
            "hardware_id": hardware,
            "fence": self.fence,
            "seats_used": len(self.sessions),
            "seats_total": rules.seats,
            "tier": "pro",
            "issued_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "expires_at": (now + timedelta(seconds=rules.ttl)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "license_expires_at": None,
            "heartbeat_interval": rules.heartbeat_interval,
            **rules.overrides,
        }
        return Reply(200, (rules.sign or rules.key.sign_alone)(fields))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    server_version = "license-service-stand-in"

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        self.server.hosts.add(self.headers["Host"])
        reply = self.server.respond(self.command, self.path, body, self.headers.get("Authorization", ""))
        self.server.note(self.path, body)
        if reply.body is None:
            self.close_connection = True
            return
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name of the standard library
        """Quiet."""
