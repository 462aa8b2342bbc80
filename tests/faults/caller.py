"""A client of the license API that records every call it makes. It keeps a connection, and never retries by itself."""

import http.client
import json
from contextlib import suppress
from dataclasses import dataclass

from coditect.local.process import LOOPBACK
from tests.faults.history import Call, Operation, Outcome, Recorder

TIMEOUT_S = 8.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A reply as it came. status 0: none came."""

    status: int
    body: dict[str, object]

    @property
    def code(self) -> str:
        return str(self.body.get("error", ""))


class Caller:
    """One user on one machine."""

    def __init__(self, port: int, recorder: Recorder, *, token: str, license_id: str, hardware: str) -> None:
        self.port = port
        self.hardware = hardware
        self.answer = Answer(status=0, body={})
        self.headers: dict[str, str] = {}
        self._recorder = recorder
        self._token = token
        self._license_id = license_id
        self._connection: http.client.HTTPConnection | None = None

    def acquire(self) -> Call:
        """Ask for a seat."""
        body = {"hardware_id": self.hardware, "hostname": "faults", "os": "linux", "version": "1"}
        return self._call(Operation.ACQUIRE, body, session=None)

    def beat(self, session: str) -> Call:
        return self._call(Operation.HEARTBEAT, {"session_id": session}, session=session)

    def release(self, session: str) -> Call:
        return self._call(Operation.RELEASE, {"session_id": session}, session=session)

    def acquire_unheard(self, *, linger_s: float = 0.0) -> Call:
        """Ask for a seat and hang up without reading the reply."""
        body = {"hardware_id": self.hardware, "hostname": "faults", "os": "linux", "version": "1"}
        opened = self._recorder.begin(
            client=self.hardware, operation=Operation.ACQUIRE, license_id=self._license_id, hardware=self.hardware
        )
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT_S)
        connection.connect()
        self._send(connection, Operation.ACQUIRE, body)
        with suppress(TimeoutError):
            connection.sock.settimeout(linger_s or 0.001)
            connection.sock.recv(1)
        connection.close()
        return opened.end(Outcome.LOST)

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _call(self, operation: Operation, body: dict[str, str], *, session: str | None) -> Call:
        opened = self._recorder.begin(
            client=self.hardware,
            operation=operation,
            license_id=self._license_id,
            hardware=self.hardware,
            session=session,
        )
        try:
            self.answer = self._exchange(operation, body)
        except (OSError, http.client.HTTPException):
            self.hang_up()
            self.answer = Answer(status=0, body={})
            return opened.end(Outcome.LOST)
        outcome = _outcome(operation, self.answer)
        if operation is Operation.ACQUIRE and outcome is Outcome.OK:
            fence = self.answer.body["fence"]
            assert isinstance(fence, int)
            return opened.end(outcome, session=str(self.answer.body["session_id"]), fence=fence)
        return opened.end(outcome)

    def _exchange(self, operation: Operation, body: dict[str, str]) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT_S)
        self._send(self._connection, operation, body)
        reply = self._connection.getresponse()
        content = reply.read()
        if reply.will_close:
            self.hang_up()
        parsed = json.loads(content) if content.startswith(b"{") else {}
        return Answer(status=reply.status, body=parsed)

    def _send(self, connection: http.client.HTTPConnection, operation: Operation, body: dict[str, str]) -> None:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", **self.headers}
        connection.request("POST", f"/api/v1/licenses/{operation}", body=json.dumps(body), headers=headers)


def _outcome(operation: Operation, answer: Answer) -> Outcome:
    if answer.status == 200:
        return Outcome.OK
    if answer.status >= 500:
        return Outcome.UNAVAILABLE
    if operation is Operation.ACQUIRE and answer.code == "no_seats_available":
        return Outcome.FULL
    if operation is not Operation.ACQUIRE and answer.status in (404, 410):
        return Outcome.GONE
    return Outcome.REFUSED
