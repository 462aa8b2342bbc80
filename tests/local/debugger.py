"""A debugger's side of the Debug Adapter Protocol, as small as a test needs it."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

from coditect.graph.values import Json, lookup
from coditect.local.process import LOOPBACK


class Debugger:
    """Attached to a process that debugpy runs, with one breakpoint."""

    def __init__(self, port: int, *, file: Path, line: int) -> None:
        self._connection = socket.create_connection((LOOPBACK, port), timeout=20)
        self._stream = self._connection.makefile("rwb")
        self._sent = 0
        self._send("initialize", adapterID="tests")
        self._send("attach", justMyCode=False)
        self._until(lambda told: lookup(told, "event") == "initialized")
        self._send("setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": line}])
        done = self._send("configurationDone")
        self._until(lambda told: lookup(told, "request_seq") == done)

    def wait_stopped(self) -> Json:
        """The thread that stands at the breakpoint."""
        return lookup(self._until(lambda told: lookup(told, "event") == "stopped"), "body", "threadId")

    def go_on(self, thread: Json) -> None:
        self._send("continue", threadId=thread)

    def close(self) -> None:
        self._send("disconnect")
        self._connection.close()

    def _send(self, command: str, **arguments: Json) -> int:
        self._sent += 1
        asked = {"seq": self._sent, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(asked).encode()
        self._stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._stream.flush()
        return self._sent

    def _until(self, is_wanted: Callable[[Json], bool]) -> Json:
        while True:
            length = 0
            while line := self._stream.readline().strip():
                length = int(line.partition(b":")[2])
            told: Json = json.loads(self._stream.read(length))
            if is_wanted(told):
                return told
