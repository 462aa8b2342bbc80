"""The link to Redis for the hot path: one connection a thread, scripts by hash, one round trip a call.

A connection knows the instance it is connected to (`run_id`). Callers hand it to their scripts, which compare it with
what the data says: after a restart or a failover the data may be old or gone though keys are there.

redis-py's `Redis` object spends more time than a script takes in Redis (retries, pools, instrumentation), so its
connections are used directly; hiredis packs and parses.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from django.conf import settings
from hiredis import pack_command
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

Argument: TypeAlias = bytes | str | int
Reply: TypeAlias = "bytes | int | list[Reply] | None"

TIMEOUT_S = 2.0
# Under these policies Redis may drop seats to make room, and the service would grant them twice.
_UNSAFE_POLICY = "allkeys-"


class CacheUnavailableError(Exception):
    """Redis does not answer, or must not be used. Nothing is decided without it; clients may try again."""


@dataclass(frozen=True)
class Script:
    """A Lua script and its hash, as EVALSHA wants it."""

    name: str
    source: str

    @property
    def sha(self) -> bytes:
        return sha1(self.source.encode(), usedforsecurity=False).hexdigest().encode()


class _Link:
    """One connection and the instance it reaches."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        connection.connect()  # type: ignore[no-untyped-call]  # redis-py types its connections in part
        described = cast("bytes", self.ask(b"INFO", b"server")) + cast("bytes", self.ask(b"INFO", b"memory"))
        facts = dict(line.split(b":", 1) for line in described.splitlines() if b":" in line)
        self.run_id: bytes = facts.get(b"run_id", b"")
        policy = facts.get(b"maxmemory_policy", b"").decode()
        if not self.run_id or policy.startswith(_UNSAFE_POLICY):
            connection.disconnect()  # type: ignore[no-untyped-call]  # as above
            raise CacheUnavailableError(
                f"Redis reports run_id {self.run_id!r} and maxmemory-policy {policy!r}. Without a run id a failover "
                "cannot be noticed, and an allkeys policy evicts seats: set the policy to noeviction."
            )

    def ask(self, *command: Argument) -> Reply:
        packed = pack_command(command)  # type: ignore[arg-type]  # its stub knows tuples of one alone
        self.connection.send_packed_command([packed], check_health=False)  # type: ignore[no-untyped-call]  # as above
        return cast("Reply", self.connection.read_response())


class RedisLink:
    """Safe for many threads: each has its own connection."""

    def __init__(self, *, url: str, password: str | None, ca_file: Path | None) -> None:
        self._url = url
        self._password = password
        self._ca_file = ca_file
        self._local = threading.local()
        self._hashes: dict[str, bytes] = {}

    def run_id(self) -> bytes:
        """The instance this thread is connected to. Raises CacheUnavailableError."""
        try:
            return self._link().run_id
        except RedisError as error:
            raise self._lost(error) from error

    def run(
        self, script: Script, keys: Sequence[Argument], arguments: Sequence[Argument], *, is_repeatable: bool = True
    ) -> Reply:
        """Run a script with `run_id` of the instance it runs on as its first argument.

        The run id is read in here, because a connection that broke is opened anew, perhaps to another instance.
        is_repeatable: whether the script may run twice, which it does when a connection breaks while the reply is under
        way.
        Raises CacheUnavailableError.
        """
        sha = self._hashes.get(script.name) or self._hashes.setdefault(script.name, script.sha)
        for is_last in (False, True):
            try:
                link = self._link()
                try:
                    return link.ask(b"EVALSHA", sha, len(keys), *keys, link.run_id, *arguments)
                except NoScriptError:  # flushed, or another instance
                    return link.ask(b"EVAL", script.source, len(keys), *keys, link.run_id, *arguments)
            except (RedisConnectionError, RedisTimeoutError, OSError) as error:
                self.disconnect()
                if is_last or not is_repeatable or isinstance(error, RedisTimeoutError):
                    raise self._lost(error) from error
            except ResponseError as error:
                raise self._lost(error) from error
        raise AssertionError("the loop above returns or raises")

    def ask(self, *command: Argument) -> Reply:
        """One plain command. Raises CacheUnavailableError."""
        try:
            return self._link().ask(*command)
        except (RedisError, OSError) as error:
            self.disconnect()
            raise self._lost(error) from error

    def disconnect(self) -> None:
        """Drop this thread's connection; the next call opens another."""
        link: _Link | None = getattr(self._local, "link", None)
        self._local.link = None
        if link is not None:
            link.connection.disconnect()  # type: ignore[no-untyped-call]  # as above

    def _link(self) -> _Link:
        link: _Link | None = getattr(self._local, "link", None)
        if link is None:
            link = _Link(self._connection())
            self._local.link = link
        return link

    def _connection(self) -> Connection:
        parts = urlsplit(self._url)
        common: dict[str, Any] = {  # what redis-py takes by name, which it types in part
            "host": parts.hostname or "localhost",
            "port": parts.port or 6379,
            "db": int(parts.path.strip("/") or 0),
            "password": self._password,
            "socket_timeout": TIMEOUT_S,
            "socket_connect_timeout": TIMEOUT_S,
            "socket_keepalive": True,
            "protocol": 2,
            "retry": Retry(NoBackoff(), 0),
        }
        if parts.scheme == "rediss":
            return SSLConnection(**common, ssl_ca_certs=str(self._ca_file) if self._ca_file else None)
        return Connection(**common)  # type: ignore[no-untyped-call]  # as above

    @staticmethod
    def _lost(error: Exception) -> CacheUnavailableError:
        return CacheUnavailableError(f"Redis did not answer: {type(error).__name__}: {error}")


@cache
def redis_link() -> RedisLink:
    """The one link of this process, from settings."""
    return RedisLink(url=settings.REDIS_URL, password=settings.REDIS_PASSWORD, ca_file=settings.REDIS_CA_FILE)


def script_from(directory: Path, name: str, *, prefix: str = "") -> Script:
    """The script `name`.lua of `directory`, below `prefix`."""
    return Script(name=name, source=prefix + (directory / f"{name}.lua").read_text())
