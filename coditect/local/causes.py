"""Why a process ended, in a few words, from the end of its log."""

import json
import re
import signal
from itertools import groupby

# The last line of a traceback; also behind the time and level that servers write before it.
_EXCEPTION = re.compile(r"(?:^|[\s\]])(?:\w+\.)*(\w+(?:Error|Exception|ImproperlyConfigured|NotDeclared)): (.+)$")
_PLACE = re.compile(r'^\s*File "(.+)", line (\d+)')
_TAKEN = ("Address already in use", "address already in use", "could not bind")
_NOISE = "<frozen importlib"  # half of an import error's traceback
# Lines of a log that can have to do with an end. Others of the same process may still be writing requests into it.
_RECENT = 300
# As the applications' readiness says it (apps/domain/operations/readiness.py).
_NOT_READY = "Not ready: "
_SAID = {
    "ModuleNotFoundError": "import error",
    "ImportError": "import error",
    "SyntaxError": "syntax error",
    "IndentationError": "syntax error",
    "FileNotFoundError": "a file is missing",
    "PermissionError": "a file is closed to it",
}


def likely_cause(log: str) -> str:
    """The last exception in a log, in plain words and with its place, or that a port is taken; empty if neither."""
    if any(words in log for words in _TAKEN):
        return "its port is taken"
    place = cause = ""
    for line in log.splitlines()[-_RECENT:]:
        if found := _PLACE.match(line):
            place = f" ({found[1]}, line {found[2]})"
        elif found := _EXCEPTION.search(line):
            cause = f"{_SAID.get(found[1], found[1])}: {found[2].strip()}{place}"
    return cause


def last_words(log: str, *, count: int) -> list[str]:
    """The lines that tell most: up to the last exception, else up to the end."""
    told = [_plain(line) for line in log.splitlines()[-_RECENT:] if _NOISE not in line]
    lines = [line for line, _ in groupby(told)]
    raised = [number for number, line in enumerate(lines, start=1) if _EXCEPTION.search(line)]
    return lines[: raised[-1] if raised else len(lines)][-count:]


def last_reason(log: str) -> str:
    """What a process said last of why it is not ready, in its own words; empty where it said nothing."""
    reasons = [line for line in map(_plain, log.splitlines()[-_RECENT:]) if line.startswith(_NOT_READY)]
    return reasons[-1].removeprefix(_NOT_READY) if reasons else ""


def _plain(line: str) -> str:
    """A line of JSON as its message and reason; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        told = json.loads(line)
    except ValueError:  # cut where the end of the log begins
        return line
    if not isinstance(told, dict) or "exc_info" in told:  # an exception is told by its own lines
        return line
    said = (told.get("message"), told.get("reason"))
    return ": ".join(str(part).strip() for part in said if part) or line


def ending(status: int | None) -> str:
    """An exit status in words."""
    if status is not None and status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended by itself with status {status}"
