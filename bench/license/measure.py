"""The measurements of one run, each in its own function, and what they are held against."""

import http.client
import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coditect_license.keys import fetched_keys
from coditect_license.verify import verify_reply

from bench.license import wire
from bench.license.baseline import Baseline
from bench.license.load import Load, closed_loop, open_loop
from bench.license.processor import cpu_s
from bench.license.servers import Workers, granian
from bench.license.subject import Held, Subject, beats
from coditect.local.postgres import PostgresServer
from coditect.local.process import LOOPBACK
from coditect.local.redis import RedisServer

CONNECTIONS = 64
WARM_UP_S = 3.0


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table. server_us: processor time of the HTTP server, Redis and PostgreSQL for each good reply."""

    name: str
    rate: float
    p50_ms: float
    p99_ms: float
    errors: int
    server_us: float
    client_us: float


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a run is made."""

    workers: Workers
    seconds: float
    state_dir: Path
    postgres: PostgresServer
    redis: RedisServer


def measure(name: str, pids: Sequence[int], run: Callable[[], Load]) -> tuple[Line, Load]:
    """Run a load and account for the processor time it cost."""
    before = cpu_s(pids)
    load = run()
    spent = cpu_s(pids) - before
    replies = max(1, load.good)
    line = Line(
        name=name,
        rate=load.rate,
        p50_ms=load.percentile_ms(0.50),
        p99_ms=load.percentile_ms(0.99),
        errors=load.errors,
        server_us=1e6 * spent / replies,
        client_us=1e6 * load.client_cpu_s / replies,
    )
    return line, load


def closed(
    name: str, port: int, pids: Sequence[int], requests: Iterator[bytes], setting: Setting, *, sample_every: int = 0
) -> tuple[Line, Load]:
    """The highest rate, after a warm-up."""
    closed_loop(port, requests, connections=CONNECTIONS, seconds=WARM_UP_S)
    return measure(
        name,
        pids,
        lambda: closed_loop(
            port, requests, connections=CONNECTIONS, seconds=setting.seconds, sample_every=sample_every
        ),
    )


def half_load(
    name: str, port: int, pids: Sequence[int], requests: Iterator[bytes], setting: Setting, *, rate: float
) -> Line:
    """Latency at half of the highest rate."""
    line, _ = measure(
        name,
        pids,
        lambda: open_loop(port, requests, connections=CONNECTIONS, rate=rate / 2, seconds=setting.seconds),
    )
    return line


def bare(setting: Setting) -> Line:
    """A Django view that answers a constant, on the same server with the same workers."""
    token = "x" * 600  # as long as a real one
    request = wire.heartbeat(token, session_id=str(uuid.uuid4()))
    path = "/api/v1/licenses/heartbeat"
    directory = setting.state_dir / "bare"
    with granian(
        "bench.license.bare:application", workers=setting.workers, state_dir=directory, environment={}, ready=path
    ) as served:
        return closed("bare Django view", served.port, [served.pid], itertools.repeat(request), setting)[0]


def service(setting: Setting) -> list[Line]:
    """The license service: acquire and heartbeat, at their highest rate and at half of it. Raises AssertionError when a
    reply is not what it must be: figures of a wrong answer are worth nothing.
    """
    subject = Subject(
        setting.state_dir / "service", postgres=setting.postgres, redis=setting.redis, workers=setting.workers
    )
    with subject.serve() as served:
        pids = [served.pid, setting.redis.pid, setting.postgres.pid]
        acquires = subject.acquires()
        before = subject.sessions_committed()
        top_acquire, granted = closed("acquire", served.port, pids, acquires, setting, sample_every=1)
        _check_leases(served.port, granted.bodies, committed=subject.sessions_committed() - before)
        half_acquire = half_load("acquire, half load", served.port, pids, acquires, setting, rate=top_acquire.rate)
        held = beats(subject.held(granted.bodies))
        top_beat, _ = closed("heartbeat", served.port, pids, held, setting)
        half_beat = half_load("heartbeat, half load", served.port, pids, held, setting, rate=top_beat.rate)
    return [top_acquire, half_acquire, top_beat, half_beat]


def specification(setting: Setting) -> list[Line]:
    """The specification's design as written."""
    design = Baseline(setting.state_dir / "specification", postgres=setting.postgres, redis=setting.redis)
    with design.serve(setting.workers) as served:
        pids = [served.pid, setting.redis.pid, setting.postgres.pid]
        acquires = (wire.acquire(token, hardware_id=uuid.uuid4().hex) for token in itertools.cycle(design.tokens))
        acquire, granted = closed("specification: acquire", served.port, pids, acquires, setting, sample_every=1)
        sessions = [json.loads(body)["session_id"] for body in granted.bodies]
        pairs = zip(itertools.cycle(design.tokens), itertools.cycle(sessions))  # endless, both
        held = (wire.heartbeat(token, session_id=session) for token, session in pairs)
        beat, _ = closed("specification: heartbeat", served.port, pids, held, setting)
    return [acquire, beat]


@dataclass(frozen=True, kw_only=True)
class Million:
    """A million living seats. asked_rate: beats a second that they need. lost: seats gone afterwards."""

    seats: int
    bytes_each: float
    lost: int
    beats: Line
    asked_rate: float


def million(setting: Setting, *, seats: int, rate: float, seconds: float) -> Million:
    """Seats in Redis, built from PostgreSQL by the service itself, and the beats they need."""
    subject = Subject(
        setting.state_dir / "million", postgres=setting.postgres, redis=setting.redis, workers=setting.workers
    )
    held = subject.fill(seats)
    with subject.serve() as served:
        empty = _memory(setting.redis)
        for one in subject.one_of_each_license(held):
            _build(served.port, one)
        full = _memory(setting.redis)
        line, _ = measure(
            f"{seats:,} seats: heartbeat",
            [served.pid, setting.redis.pid, setting.postgres.pid],
            lambda: open_loop(served.port, beats(held), connections=CONNECTIONS, rate=rate, seconds=seconds),
        )
        living = subject.living_seats()
    return Million(seats=seats, bytes_each=(full - empty) / seats, lost=seats - living, beats=line, asked_rate=rate)


def _build(port: int, one: Held) -> None:
    # The first beat of a license builds its seats; until that is done the answer is 503.
    deadline = time.monotonic() + 60
    while True:
        beat = iter([wire.heartbeat(one.token, session_id=one.session_id)])
        load = closed_loop(port, beat, connections=1, seconds=30)
        if load.good:
            return
        assert time.monotonic() < deadline, f"seats are not built: {load.first_error!r}"


def _memory(redis: RedisServer) -> int:
    client = redis.client()
    used = client.info("memory")["used_memory"]
    client.close()
    assert isinstance(used, int)
    return used


def _check_leases(port: int, bodies: Sequence[bytes], *, committed: int) -> None:
    assert committed >= len(bodies), f"{len(bodies)} leases were granted, PostgreSQL holds {committed}"
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request("GET", "/api/v1/keys")
    keys = fetched_keys(connection.getresponse().read())
    connection.close()
    for body in bodies[:: max(1, len(bodies) // 200)]:
        verify_reply(json.loads(body), keys)
