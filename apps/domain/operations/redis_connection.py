"""One connection to Redis: a blocking socket, hiredis, and the knowledge of which instance answers.

redis-py waits for a socket twice a command (once to see whether it is ready), and its objects spend more time than a
script takes in Redis. The kernel keeps the time-outs here, so a round trip is one `send` and one `recv`.
"""

import socket
import ssl
import struct
import time
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import urlsplit

from hiredis import Reader, ReplyError, pack_command

Argument: TypeAlias = bytes | str | int
Reply: TypeAlias = "bytes | int | list[Reply] | None"

TIMEOUT_S = 2.0
TRUSTED_S = 1.0
"""How long a connection takes for granted which instance it reaches. A fail-over there and back takes longer."""
# Under these policies Redis may drop seats to make room, and the service would grant them twice.
_UNSAFE_POLICY = "allkeys-"
_READ = 16_384


class CacheUnavailableError(Exception):
    """Redis does not answer, or must not be used. Nothing is decided without it; clients may try again."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where Redis is. ca_file: certificate authority for TLS; None for the system's."""

    host: str
    port: int
    database: int
    password: str | None
    is_encrypted: bool
    ca_file: Path | None

    @classmethod
    def of(cls, url: str, *, password: str | None, ca_file: Path | None) -> "Address":
        """url: `redis://HOST:PORT/DB`, or `rediss://` with TLS."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or 6379,
            database=int(parts.path.strip("/") or 0),
            password=password,
            is_encrypted=parts.scheme == "rediss",
            ca_file=ca_file,
        )


class RedisConnection:
    """For one thread. `ask` raises OSError when the connection broke or timed out, ReplyError for an error reply."""

    instance: bytes
    """Which instance answers, and since which promotion: 40 hex digits, new after each restart and each fail-over."""

    def __init__(self, address: Address) -> None:
        """Raises OSError, ReplyError, CacheUnavailableError when this instance must not be used."""
        self._reader = Reader()
        self._buffer = bytearray(_READ)
        self._stream = _connect(address)
        try:
            if address.password is not None:
                self.ask(b"AUTH", address.password)
            if address.database:
                self.ask(b"SELECT", address.database)
            facts = self._facts()
            self._run_id = facts.get("run_id", "")
            policy = facts.get("maxmemory_policy", "")
            if not self._run_id or policy.startswith(_UNSAFE_POLICY):
                raise CacheUnavailableError(
                    f"Redis reports run_id {self._run_id!r} and maxmemory-policy {policy!r}. Without a run id a "
                    "fail-over cannot be noticed, and an allkeys policy evicts seats: set the policy to noeviction."
                )
            self._identify(facts)
        except BaseException:
            self.close()
            raise

    def check_instance(self) -> None:
        """Ask which instance answers, unless that was asked within TRUSTED_S.

        A primary may be made a replica and a primary again while this connection idles: its data is then another's,
        though its run id is the same. The id of its replication history changes with every promotion.
        Raises OSError, ReplyError, CacheUnavailableError.
        """
        if time.monotonic() > self._trusted_until:
            self._identify(self._facts("replication"))

    def ask(self, *command: Argument) -> Reply:
        try:
            self._stream.sendall(pack_command(command))  # type: ignore[arg-type]  # its stub knows tuples of one alone
            reply: object = False
            while reply is False:  # not whole yet; RESP 2 has no booleans of its own
                received = self._stream.recv_into(self._buffer)
                if not received:
                    raise ConnectionResetError("Redis closed the connection")
                self._reader.feed(self._buffer, 0, received)  # type: ignore[arg-type]  # any buffer; its stub is narrow
                reply = self._reader.gets()
        except BaseException:
            # Whatever it was, the reply may still come, and the next command must not take it for its own.
            self.close()
            raise
        if isinstance(reply, ReplyError):
            raise reply
        return cast("Reply", reply)

    def close(self) -> None:
        self._stream.close()

    def _facts(self, *section: str) -> dict[str, str]:
        described = cast("bytes", self.ask(b"INFO", *section)).decode()
        return dict(line.split(":", 1) for line in described.splitlines() if ":" in line)

    def _identify(self, facts: dict[str, str]) -> None:
        role, history = facts.get("role", ""), facts.get("master_replid", "")
        if role != "master" or not history:
            raise CacheUnavailableError(
                f"Redis reports role {role!r} and replication id {history!r}. A primary alone decides seats, and "
                "without the id a fail-over cannot be noticed: point REDIS_URL at the primary."
            )
        self.instance = sha1(f"{self._run_id}{history}".encode(), usedforsecurity=False).hexdigest().encode()
        self._trusted_until = time.monotonic() + TRUSTED_S


def _connect(address: Address) -> socket.socket:
    stream = socket.create_connection((address.host, address.port), timeout=TIMEOUT_S)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if address.is_encrypted:
        context = ssl.create_default_context(cafile=str(address.ca_file) if address.ca_file else None)
        stream = context.wrap_socket(stream, server_hostname=address.host)
    # With a time-out of its own Python polls before each call; the kernel keeps this one for nothing.
    stream.settimeout(None)
    seconds, share = divmod(TIMEOUT_S, 1)
    timeval = struct.pack("@ll", int(seconds), int(share * 1e6))
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval)
    return stream
