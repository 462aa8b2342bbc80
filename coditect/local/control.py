"""The supervisor's socket: one JSON line asks, one JSON line answers. Only this user can open it."""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from coditect.graph.values import Json, JsonObject
from coditect.local.layout import NotRunning
from coditect.local.running import remembered
from explained import ExplainedError
from explained.exits import Exit

_WAIT_S = 300.0

Answer = Callable[[JsonObject], Json]


class ControlError(ExplainedError):
    """The supervisor could not do what it was asked. The message says why."""


class ControlServer:
    """Answers commands by name on threads of its own."""

    def __init__(self, path: Path, commands: Mapping[str, Answer]) -> None:
        path.unlink(missing_ok=True)

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(json.dumps(_answer(self.rfile.readline(), commands)).encode() + b"\n")

        self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self._server.daemon_threads = True
        path.chmod(0o600)
        self._path = path

    def begin(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="control", daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


def ask(path: Path, command: str, **arguments: Json) -> Json:
    """Ask the supervisor. Raises NotRunning where none listens, ControlError when it refuses."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_WAIT_S)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        left = sum(process.is_running for _, process in remembered(path.parent))
        raise NotRunning(
            f"The supervisor is gone, and {left} of its processes still run. "
            "`coditect up` begins anew with its data, `coditect down` ends them."
            if left
            else "No platform runs from here. Start one with `coditect up`."
        ) from error
    with connection, connection.makefile("rwb") as stream:
        stream.write(json.dumps({"command": command, **arguments}).encode() + b"\n")
        stream.flush()
        reply = json.loads(stream.readline() or b'{"error": "it ended meanwhile"}')
    if "error" in reply:
        refused = ControlError(str(reply["error"]))
        raise refused.of_usage() if reply.get("is_usage") else refused
    result: Json = reply.get("result")
    return result


def _answer(line: bytes, commands: Mapping[str, Answer]) -> JsonObject:
    try:
        asked = json.loads(line)
        command = commands[asked["command"]]
    except (ValueError, KeyError):
        return {"error": f"unknown command; there are {', '.join(sorted(commands))}"}
    try:
        return {"result": command(asked)}
    except Exception as error:  # the process's edge: whoever asked is told, and the rest runs on
        is_usage = isinstance(error, ExplainedError) and error.exit is Exit.USAGE
        return {"error": f"{error}", "is_usage": is_usage}
