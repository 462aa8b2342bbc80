"""The link to Redis for the hot path: one connection a thread, scripts by hash, one round trip a call.

A connection knows the instance it is connected to. Callers hand it to their scripts, which compare it with what the
data says: after a restart or a fail-over the data may be old or gone though keys are there.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha1
from pathlib import Path
from ssl import SSLWantReadError

from django.conf import settings
from hiredis import ReplyError

from apps.domain.operations.redis_connection import Address, Argument, CacheUnavailableError, RedisConnection, Reply
from apps.domain.operations.tracing import tracer

__all__ = ["Argument", "CacheUnavailableError", "RedisLink", "Reply", "Script", "redis_link", "script_from"]

# How the kernel, and TLS above it, say that a time-out has passed.
_TIMED_OUT = (BlockingIOError, SSLWantReadError, TimeoutError)


@dataclass(frozen=True)
class Script:
    """A Lua script and its hash, as EVALSHA wants it."""

    name: str
    source: str

    @cached_property
    def sha(self) -> bytes:
        return sha1(self.source.encode(), usedforsecurity=False).hexdigest().encode()


class RedisLink:
    """Safe for many threads: each has its own connection."""

    def __init__(self, *, url: str, password: str | None, ca_file: Path | None) -> None:
        self._address = Address.of(url, password=password, ca_file=ca_file)
        self._local = threading.local()

    def instance(self) -> bytes:
        """The instance this thread is connected to, as scripts are told it. Raises CacheUnavailableError."""
        try:
            return self._connection().instance
        except (ReplyError, OSError) as error:
            raise self._lost(error) from error

    def run(
        self, script: Script, keys: Sequence[Argument], arguments: Sequence[Argument], *, is_repeatable: bool = True
    ) -> Reply:
        """Run a script with the instance it runs on as its first argument.

        The instance is read in here, because a connection that broke is opened anew, perhaps to another one.
        is_repeatable: whether the script may run twice, which it does when a connection breaks while the reply is under
        way.
        Raises CacheUnavailableError.
        """
        with tracer.redis("EVALSHA", script.name):
            return self._run(script, keys, arguments, is_repeatable=is_repeatable)

    def _run(
        self, script: Script, keys: Sequence[Argument], arguments: Sequence[Argument], *, is_repeatable: bool
    ) -> Reply:
        for is_last in (False, True):
            try:
                connection = self._connection()
                told = (len(keys), *keys, connection.instance, *arguments)
                try:
                    return connection.ask(b"EVALSHA", script.sha, *told)
                except ReplyError as error:
                    if not str(error).startswith("NOSCRIPT"):
                        raise
                    # Flushed, or another instance.
                    return connection.ask(b"EVAL", script.source, *told)
            except OSError as error:
                lost = self._lost(error)
                if is_last or not is_repeatable or isinstance(error, _TIMED_OUT):
                    raise lost from error
            except ReplyError as error:  # it became a replica, has no memory left, is still loading
                raise self._lost(error) from error
        raise AssertionError("the loop above returns or raises")

    def ask(self, *command: Argument) -> Reply:
        """One plain command. Raises CacheUnavailableError."""
        name = command[0]
        try:
            with tracer.redis(name.decode() if isinstance(name, bytes) else str(name)):
                return self._connection().ask(*command)
        except (ReplyError, OSError) as error:
            raise self._lost(error) from error

    def disconnect(self) -> None:
        """Drop this thread's connection; the next call opens another."""
        connection: RedisConnection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _connection(self) -> RedisConnection:
        connection: RedisConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = RedisConnection(self._address)
        else:
            try:
                connection.check_instance()
            except CacheUnavailableError:
                self.disconnect()
                raise
        return connection

    def _lost(self, error: Exception) -> CacheUnavailableError:
        # Also after an error reply: the connection may reach an instance that is no longer what it was.
        self.disconnect()
        return CacheUnavailableError(f"Redis did not answer: {type(error).__name__}: {error}")


@cache
def redis_link() -> RedisLink:
    """The one link of this process, from settings."""
    return RedisLink(url=settings.REDIS_URL, password=settings.REDIS_PASSWORD, ca_file=settings.REDIS_CA_FILE)


def script_from(directory: Path, name: str, *, prefix: str = "") -> Script:
    """The script `name`.lua of `directory`, below `prefix`."""
    return Script(name=name, source=prefix + (directory / f"{name}.lua").read_text())
