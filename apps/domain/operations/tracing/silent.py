"""What can be asked of tracing, and the answer while nobody listens."""

from collections.abc import Mapping
from typing import Any, Protocol, Self


class Span(Protocol):
    """A part of a request's time: begun when it is made, ended by `end` or with its block."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Ends it, as failed when an exception passes."""

    def end(self) -> None: ...

    def answered(self, *, method: str, route: str, status: int, request_id: str) -> None:
        """Of a request: how it was answered. route: the pattern."""

    def shared_by(self, count: int) -> None:
        """The work was done once, for so many requests that came at the same time."""


class Tracer(Protocol):
    """Makes spans. Only `received` begins a first one; the others belong to the request that this thread answers."""

    def received(self, meta: Mapping[str, Any]) -> Span:
        """A request. meta: of WSGI."""

    def step(self, name: str) -> Span:
        """A part of our own work."""

    def sql(self, statement: str) -> Span:
        """A call of PostgreSQL. statement: with places for its parameters."""

    def redis(self, command: str, script: str = "") -> Span:
        """A call of Redis."""

    def kms(self, method: str) -> Span:
        """A call of Cloud KMS."""

    def here(self) -> object | None:
        """The running span, for a thread that works for it; None when nothing is traced."""

    def within(self, where: object | None) -> Span:
        """A block in which spans belong to that one."""


class SilentSpan:
    """Every span at once."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Nothing was begun."""

    def end(self) -> None:
        """Nothing was begun."""

    def answered(self, *, method: str, route: str, status: int, request_id: str) -> None:
        """Nobody listens."""

    def shared_by(self, count: int) -> None:
        """Nobody listens."""


SILENT = SilentSpan()


class Silent:
    """Makes nothing."""

    def received(self, meta: Mapping[str, Any]) -> Span:
        return SILENT

    def step(self, name: str) -> Span:
        return SILENT

    def sql(self, statement: str) -> Span:
        return SILENT

    def redis(self, command: str, script: str = "") -> Span:
        return SILENT

    def kms(self, method: str) -> Span:
        return SILENT

    def here(self) -> object | None:
        return None

    def within(self, where: object | None) -> Span:
        return SILENT
