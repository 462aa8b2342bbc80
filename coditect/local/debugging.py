"""A declared process under a debugger: debugpy listens on a port of the loopback address, and nothing waits for it."""

import re
import sys
from dataclasses import replace
from pathlib import Path

from coditect.local.declared import Pod
from coditect.local.launch import Launch
from coditect.local.process import LOOPBACK

FIRST_PORT = 5678
"""Where debuggers look unless told otherwise."""
_APPLICATION = re.compile(r"[\w.]+:\w+")


def is_named(pod: Pod, names: frozenset[str]) -> bool:
    """Whether one of the names means the pod: its own, or its service's for a web pod."""
    return pod.is_built_here and (pod.name in names or (pod.role == "web" and pod.service in names))


def under_debugger(launched: Launch, *, port: int) -> Launch:
    """The same process with debugpy: a web server as one process, a worker without processes of its own."""
    program, *arguments = launched.command
    match Path(program).name:
        case "granian":
            application = next(part for part in arguments if _APPLICATION.fullmatch(part))
            run = ["-m", "coditect.local.debugged", application, "--port", str(launched.http_port)]
        case "celery":
            run = ["-m", "celery", *arguments, *(["--pool", "solo"] if "worker" in arguments else [])]
        case _:
            run = arguments if program == sys.executable else [program, *arguments]
    debugger = [sys.executable, "-Xfrozen_modules=off", "-m", "debugpy", "--listen", f"{LOOPBACK}:{port}"]
    return replace(launched, command=(*debugger, *run))
