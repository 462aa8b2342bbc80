"""The console as the supervisor starts it: a process of its own, so that whatever else ends, it stays."""

import secrets
import sys

from coditect.local.layout import Layout, write_private
from coditect.local.plain_server import PlainServer
from coditect.local.probing import answers

NAME = "console"


def console_server(*, layout: Layout, port: int, https_port: int, stack: str) -> PlainServer:
    """Not started. Writes a fresh key: nobody stays signed in over a new start of the platform."""
    write_private(layout.console_key, secrets.token_urlsafe(32))
    command = [sys.executable, "-m", "coditect.local.console", "--port", str(port)]
    command += ["--state", str(layout.root), "--https-port", str(https_port), "--stack", stack]
    return PlainServer(
        NAME, command, log=layout.log(NAME), is_ready=lambda: answers(port, "/health", timeout_s=2, host="127.0.0.1")
    )
