"""A load generator for one HTTP/1.1 server on loopback: one process, one epoll loop, requests prepared beforehand.

It spends about 15 us of processor time a request, which it reports, because it shares the machine with the server.

Closed loop: every connection sends its next request when the reply has come; this finds the highest rate.
Open loop: requests are due at fixed instants, and latency counts from the instant a request was due, so that a
stalled server is seen in the percentiles and not hidden by a client that waits politely.
"""

import resource
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from coditect.local.process import LOOPBACK

_READ = 65536
_IDLE_POLL_S = 0.2
_STUCK_S = 15.0
"""No reply at all for so long, and the run ends with the outstanding requests counted as errors."""
_LOST = 0
"""The status under which a connection that broke before its reply is counted."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one run did.

    latencies_ms: sorted, of good replies only. statuses: replies by HTTP status; 0 for connections that broke.
    client_cpu_s: processor time of this process, to be read beside `seconds`.
    bodies: every `sample_every`-th good body. first_error: the first reply of another status, for the report.
    unsent: requests that were due but found no free connection in time.
    """

    seconds: float
    latencies_ms: Sequence[float]
    statuses: Counter[int]
    client_cpu_s: float
    bodies: Sequence[bytes]
    first_error: bytes
    unsent: int = 0

    @property
    def good(self) -> int:
        return len(self.latencies_ms)

    @property
    def errors(self) -> int:
        return sum(self.statuses.values()) - self.good + self.unsent

    @property
    def rate(self) -> float:
        """Good replies a second."""
        return self.good / self.seconds if self.seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        """Latency that `share` (0 to 1) of the good replies did not exceed."""
        if not self.latencies_ms:
            return float("nan")
        return self.latencies_ms[min(self.good - 1, int(share * self.good))]


@dataclass(kw_only=True)
class _Connection:
    port: int
    stream: socket.socket = field(init=False)
    received: bytes = b""
    since: float = 0.0
    is_busy: bool = False

    def __post_init__(self) -> None:
        self.connect()

    def connect(self) -> None:
        self.stream = socket.create_connection((LOOPBACK, self.port), timeout=5)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def send(self, request: bytes, *, since: float) -> None:
        self.since = since
        self.is_busy = True
        self.stream.sendall(request)


class _Run:
    """The state both loops share: connections, what is outstanding, what came back."""

    def __init__(self, port: int, *, connections: int, expected: int, sample_every: int) -> None:
        self.expected = expected
        self.sample_every = sample_every
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.bodies: list[bytes] = []
        self.first_error = b""
        self.outstanding = 0
        self.epoll = select.epoll()
        self.by_descriptor: dict[int, _Connection] = {}
        for _ in range(connections):
            self._register(_Connection(port=port))
        self.started_at = time.perf_counter()
        self.last_reply_at = self.started_at
        self.cpu_at_start = _cpu_s()

    def send(self, connection: _Connection, request: bytes, *, since: float) -> None:
        self.outstanding += 1
        try:
            connection.send(request, since=since)
        except OSError:
            self._lost(connection)

    def replies(self, timeout_s: float) -> Iterator[_Connection]:
        """The connections that became free again."""
        # select on epoll's own descriptor: epoll rounds its timeout up to whole milliseconds, select does not.
        select.select([self.epoll], [], [], timeout_s)
        for descriptor, _ in self.epoll.poll(0):
            connection = self.by_descriptor[descriptor]
            try:
                chunk = connection.stream.recv(_READ)
            except OSError:
                chunk = b""
            if not chunk:
                was_busy = connection.is_busy
                self._lost(connection)
                if was_busy:
                    yield connection
                continue
            connection.received = connection.received + chunk if connection.received else chunk
            if self._complete(connection):
                yield connection

    def is_stuck(self, now: float) -> bool:
        return now - self.last_reply_at > _STUCK_S

    def result(self, *, unsent: int = 0) -> Load:
        seconds = self.last_reply_at - self.started_at
        client_cpu_s = _cpu_s() - self.cpu_at_start
        if self.outstanding:
            self.statuses[_LOST] += self.outstanding
        self.epoll.close()
        for connection in self.by_descriptor.values():
            connection.stream.close()
        return Load(
            seconds=seconds,
            latencies_ms=sorted(1000 * latency for latency in self.latencies),
            statuses=self.statuses,
            client_cpu_s=client_cpu_s,
            bodies=self.bodies,
            first_error=self.first_error,
            unsent=unsent,
        )

    def _complete(self, connection: _Connection) -> bool:
        received = connection.received
        head_end = received.find(b"\r\n\r\n")
        if head_end < 0:
            return False
        head = received[:head_end].lower()
        at = head.find(b"\r\ncontent-length:")
        if at < 0:
            raise ValueError(
                "The server answered without Content-Length, which this load generator needs: "
                f"add it, or a middleware that does. The reply began {received[:120]!r}."
            )
        line_end = head.find(b"\r\n", at + 2)
        length = int(head[at + 17 : line_end if line_end > 0 else head_end])
        if len(received) < head_end + 4 + length:
            return False
        now = time.perf_counter()
        status = int(received[9:12])
        self.outstanding -= 1
        self.statuses[status] += 1
        self.last_reply_at = now
        if status == self.expected:
            self.latencies.append(now - connection.since)
            if self.sample_every and len(self.latencies) % self.sample_every == 0:
                self.bodies.append(received[head_end + 4 :])
        elif not self.first_error:
            self.first_error = received
        connection.received = b""
        connection.is_busy = False
        return True

    def _register(self, connection: _Connection) -> None:
        self.by_descriptor[connection.stream.fileno()] = connection
        self.epoll.register(connection.stream, select.EPOLLIN)

    def _lost(self, connection: _Connection) -> None:
        # A server may close an idle kept-alive connection: only a request that was under way is an error.
        if connection.is_busy:
            self.outstanding -= 1
            self.statuses[_LOST] += 1
            connection.is_busy = False
        del self.by_descriptor[connection.stream.fileno()]
        connection.stream.close()
        connection.connect()
        self._register(connection)


def closed_loop(
    port: int,
    requests: Iterator[bytes],
    *,
    connections: int,
    seconds: float,
    expected: int = 200,
    sample_every: int = 0,
) -> Load:
    """Keep every connection busy for `seconds`, or until `requests` ends. Replies under way at the end still count."""
    run = _Run(port, connections=connections, expected=expected, sample_every=sample_every)
    for connection in list(run.by_descriptor.values()):
        if (request := next(requests, None)) is not None:
            run.send(connection, request, since=time.perf_counter())
    end = run.started_at + seconds
    while run.outstanding:
        for connection in run.replies(_IDLE_POLL_S):
            now = time.perf_counter()
            if now < end and (request := next(requests, None)) is not None:
                run.send(connection, request, since=now)
        if run.is_stuck(time.perf_counter()):
            break
    return run.result()


def open_loop(
    port: int,
    requests: Iterator[bytes],
    *,
    connections: int,
    rate: float,
    seconds: float,
    expected: int = 200,
) -> Load:
    """Send at `rate` a second for `seconds`; a request that finds no free connection waits, and its wait is counted."""
    run = _Run(port, connections=connections, expected=expected, sample_every=0)
    free = deque(run.by_descriptor.values())
    due: deque[float] = deque()
    instants = (run.started_at + number / rate for number in count())
    next_due = next(instants)
    end = run.started_at + seconds
    while True:
        now = time.perf_counter()
        while next_due <= now and next_due < end:
            due.append(next_due)
            next_due = next(instants)
        while due and free:
            request = next(requests, None)
            if request is None:
                return run.result(unsent=len(due))
            run.send(free.popleft(), request, since=due.popleft())
        if next_due >= end and not due and not run.outstanding:
            return run.result()
        if run.is_stuck(now):
            return run.result(unsent=len(due))
        wait = min(max(0.0, next_due - time.perf_counter()), _IDLE_POLL_S) if next_due < end else _IDLE_POLL_S
        free.extend(run.replies(wait))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
