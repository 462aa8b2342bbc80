"""A running service, the clients around it, and the history of what they were told."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx

from coditect.local.process import LOOPBACK
from tests.faults.caller import Caller
from tests.faults.cast import Customer, Member
from tests.faults.crowd import CrowdPlan, Person
from tests.faults.history import History, Recorder, SeatChange, Span, read_calls
from tests.faults.invariants import Violation, check
from tests.faults.journal import check_journal, read_journal
from tests.faults.service import ROOT, Ground, Service

_PROCESSES = 4


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How a crowd behaves, in shares of the TTL. See CrowdPlan."""

    hold: tuple[float, float] = (0.0, 1.5)
    beat_every: float = 0.35
    rest: tuple[float, float] = (0.0, 1.2)
    retry: tuple[float, float] = (0.05, 0.4)
    silence_share: float = 0.3


class Scene:
    """One cast on one service. Everything that is done through it is in `history()`."""

    def __init__(self, ground: Ground, customers: tuple[Customer, ...], service: Service, *, ttl_s: float) -> None:
        self.ground = ground
        self.customers = customers
        self.service = service
        self.ttl_s = ttl_s
        self._recordings = Path(tempfile.mkdtemp(prefix="recordings-", dir=ground.state_dir))
        self._recorder = Recorder(self._recordings / "scene.jsonl")
        self._names = count()
        self._seat_changes: list[SeatChange] = []
        self._losses: list[Span] = []
        self._revoked: dict[str, float] = {}

    def caller(
        self,
        of: Customer,
        user: int = 0,
        *,
        hardware: str | None = None,
        port: int | None = None,
        token: str | None = None,
    ) -> Caller:
        """A client in this process: the user of that number, on a machine of its own unless `hardware` is given."""
        return Caller(
            port or self.service.port,
            self._recorder,
            token=self.ground.tokens.token(of.users[user], of) if token is None else token,
            license_id=str(of.license_id),
            hardware=hardware or f"machine-{next(self._names)}",
        )

    def serve_beside(self, name: str, *, kill_at: str | None = None, workers: int = 2) -> Service:
        """Another granian on the same ground. kill_at: the step at which its workers kill themselves."""
        dying = {"CODITECT_KILL_AT": kill_at} if kill_at else {}
        return self.ground.serve(name, extra={"FAULTS_SEAT_TTL_S": str(self.ttl_s), **dying}, workers=workers)

    def buy(self, customer: Customer, seats: int) -> None:
        """Change the seats bought."""
        started = time.monotonic()
        self.ground.buy(customer, seats)
        change = SeatChange(license=str(customer.license_id), seats=seats, started=started, ended=time.monotonic())
        self._seat_changes.append(change)

    @contextmanager
    def losing_redis(self) -> Iterator[None]:
        """Redis loses what it holds in here; on leaving, everyone's seats are built again."""
        started = time.monotonic()
        yield
        for customer in self.customers:
            self._await_rebuilt(customer)
        self._losses.append(Span(started=started, ended=time.monotonic()))

    def revoke(self, customer: Customer, session: str) -> None:
        """The customer's owner takes a seat back. From now on beats of this session may be refused."""
        self._revoked.setdefault(session, time.monotonic())
        token = self.ground.tokens.token(customer.owner, customer)
        answer = httpx.delete(
            f"http://{LOOPBACK}:{self.service.port}/api/v1/sessions/{session}",
            headers={"Authorization": f"Bearer {token}"},
        )
        answer.raise_for_status()

    def run_crowd(
        self,
        people: Sequence[tuple[Customer, Member]],
        *,
        seconds: float,
        manners: Manners | None = None,
        ports: Sequence[int] = (),
        meanwhile: Callable[[float], None] | None = None,
        seed: int = 1,
    ) -> None:
        """Let one client for each of `people` live for `seconds` in four processes, and do `meanwhile(start)`."""
        manners = manners or Manners()
        start_at = time.monotonic() + 1.5
        processes = []
        for number in range(_PROCESSES):
            plan = CrowdPlan(
                ports=tuple(ports or (self.service.port,)),
                recording=self._recordings / f"crowd-{next(self._names)}.jsonl",
                people=tuple(
                    Person(
                        token=self.ground.tokens.token(member, of),
                        license_id=str(of.license_id),
                        hardware=f"of-{member.id}",
                    )
                    for of, member in people[number::_PROCESSES]
                ),
                start_at=start_at,
                until=start_at + seconds,
                hold_s=_times(self.ttl_s, manners.hold),
                beat_every_s=self.ttl_s * manners.beat_every,
                rest_s=_times(self.ttl_s, manners.rest),
                retry_s=_times(self.ttl_s, manners.retry),
                silence_share=manners.silence_share,
                seed=seed * _PROCESSES + number,
            )
            path = self._recordings / f"{plan.recording.stem}.json"
            path.touch(mode=0o600)
            path.write_text(plan.model_dump_json())
            processes.append(subprocess.Popen([sys.executable, "-m", "tests.faults.crowd", str(path)], cwd=ROOT))
        try:
            if meanwhile is not None:
                meanwhile(start_at)
            statuses = [process.wait(timeout=seconds + 60) for process in processes]
        finally:
            for process in processes:
                process.kill()
        assert statuses == [0] * _PROCESSES, f"a crowd ended with {statuses}: see its traceback above"

    def history(self) -> History:
        """All that clients were told so far."""
        return History(
            ttl=self.ttl_s,
            calls=read_calls(self._recordings.glob("*.jsonl")),
            seats={str(one.license_id): one.seats for one in self.customers},
            seat_changes=tuple(self._seat_changes),
            redis_losses=tuple(self._losses),
            revoked=self._revoked,
        )

    def violations(self) -> list[Violation]:
        """What in the clients' history, or in PostgreSQL's journal of it, must not be."""
        history = self.history()
        return check(history) + check_journal(history, read_journal(self.ground))

    def _await_rebuilt(self, customer: Customer) -> None:
        # A beat of nobody's session is refused only by a built license: before, the answer is 503.
        probe = self.caller(customer)
        deadline = time.monotonic() + 15
        while True:
            probe.beat("00000000-0000-0000-0000-000000000000")
            if probe.answer.status == 404:
                probe.hang_up()
                return
            assert time.monotonic() < deadline, f"seats are not rebuilt; the last answer was {probe.answer}"
            time.sleep(0.05)


def everyone(customers: Sequence[Customer]) -> list[tuple[Customer, Member]]:
    """All users of these customers."""
    return [(one, member) for one in customers for member in one.users]


def _times(ttl_s: float, shares: tuple[float, float]) -> tuple[float, float]:
    return ttl_s * shares[0], ttl_s * shares[1]
