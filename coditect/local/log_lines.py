"""One line of a log as an entry: its time, level and fields, in the formats that the platform's processes write."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from coditect.graph.values import Json, JsonObject, lookup, text

_POSTGRES = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC \[\d+\] .*?(?P<level>[A-Z]+\d?): +(?P<message>.*)"
)
_REDIS = re.compile(r"\d+:[A-Z] (?P<time>\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d+) (?P<level>[.\-*#]) (?P<message>.*)")
_ENVOY = re.compile(
    r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)\]\[\d+\]\[(?P<level>\w+)\]\[\w+\] (?:\[[^\]]*\] )?(?P<message>.*)"
)
_PLAIN = re.compile(r"\[?(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)\]?:? (?P<message>.*)")
# What PostgreSQL writes of every session and statement, as the declared flags ask: for an auditor, not for a reader.
_SESSIONS = re.compile(r"connection (received|authenticated|authorized)|disconnection:|duration: [\d.]+ ms$")
# Of every start and end as it should be, and what a machine for development need not mend: no warning to anyone.
_EXPECTED = re.compile(
    r"oO0OoO|Redis version=|Configuration loaded$|Server initialized$|WARNING Memory overcommit must be enabled"
    r"|User requested shutdown|Redis is now ready to exit|Received SIGTERM scheduling shutdown"
    r"|caught ENVOY_SIGTERM$|There is no configured limit to the number of allowed active downstream connections"
    r"|Configuration allows spawning up to \d+ Python threads|the database system is (starting up|shutting down)$"
)
_PROBERS = ("kube-probe/", "GoogleHC/", "Envoy/HC")
_PROBED = frozenset({"health", "ready"})
_TRACEBACK = "Traceback (most recent call last):"
_TIMES, _MESSAGES = ("timestamp", "time"), ("message",)


class Level(StrEnum):
    """In rising order."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


_LEVELS = {
    **{level.value: level for level in Level},
    **{f"debug{number}": Level.DEBUG for number in range(1, 6)},  # PostgreSQL's
    **dict.fromkeys(("log", "notice", "*"), Level.INFO),
    **dict.fromkeys(("trace", ".", "-"), Level.DEBUG),  # Envoy's, and Redis' two below its notices
    **dict.fromkeys(("fatal", "panic"), Level.CRITICAL),
    **dict.fromkeys(("warn", "#"), Level.WARNING),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line. time: in UTC; None where neither it nor a line before says one. is_probe: a passed check of health."""

    process: str
    time: datetime | None
    level: Level
    message: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    is_probe: bool = False

    def json(self) -> JsonObject:
        """For programs: the four names that every line has, then whatever else it carries."""
        time = self.time.isoformat(timespec="milliseconds") if self.time else None
        return {
            "process": self.process,
            "time": time,
            "level": self.level.value,
            "message": self.message,
            **{name: value for name, value in self.fields.items() if name not in ("process", "time", "level")},
        }


def parsed(process: str, line: str, before: Entry | None) -> Entry:
    """A line of a process's log. before: the line before it, whose time and level a line without them shares."""
    found = _of_json(process, line) or _of_text(process, line, before)
    if found is None:
        level = Level.ERROR if line.startswith(_TRACEBACK) else before.level if before else Level.INFO
        found = Entry(process=process, time=None, level=level, message=line)
    if found.level.rank > Level.INFO.rank and _EXPECTED.match(found.message):
        found = replace(found, level=Level.INFO)
    return found if found.time or before is None else replace(found, time=before.time)


def _of_json(process: str, line: str) -> Entry | None:
    if not line.startswith("{"):
        return None
    try:
        told: Json = json.loads(line)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    time = next((text(told, name) for name in _TIMES if text(told, name)), "")
    message = text(told, "message") or _request(told)
    named = _LEVELS.get((text(told, "level") or text(told, "severity")).lower())
    return Entry(
        process=process,
        time=_moment(time),
        level=named or (Level.ERROR if _status(told) >= 500 else Level.INFO),
        message=message,
        fields={name: value for name, value in told.items() if name not in (*_TIMES, *_MESSAGES, "level", "severity")},
        is_probe=_is_probe(told),
    )


def _of_text(process: str, line: str, before: Entry | None) -> Entry | None:
    """PostgreSQL is told to write UTC; Redis and Envoy write this machine's time; the last form has none."""
    if match := _POSTGRES.match(line):
        level, message = _LEVELS.get(match["level"].lower()), match["message"]
        if level is None:  # DETAIL, HINT, STATEMENT: of the line before
            level, message = before.level if before else Level.INFO, f"{match['level']}: {message}"
        elif _SESSIONS.match(message):
            level = Level.DEBUG
        time = datetime.fromisoformat(match["time"]).replace(tzinfo=UTC)
    elif match := _REDIS.match(line):
        time = datetime.strptime(match["time"], "%d %b %Y %H:%M:%S.%f").astimezone(UTC)
        level, message = _LEVELS[match["level"]], match["message"]
    elif match := _ENVOY.match(line):
        time = datetime.fromisoformat(match["time"]).astimezone(UTC)
        level, message = _LEVELS.get(match["level"], Level.INFO), match["message"]
    elif match := _PLAIN.match(line):
        return Entry(process=process, time=None, level=_LEVELS[match["level"].lower()], message=match["message"])
    else:
        return None
    return Entry(process=process, time=time, level=level, message=message)


def _moment(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said).astimezone(UTC)
    except ValueError:
        return None


def _request(told: JsonObject) -> str:
    """The message of an access log's line, which has fields alone."""
    if not text(told, "method"):
        return " ".join(f"{name}={value}" for name, value in told.items())
    return f"{text(told, 'method')} {text(told, 'host')}{text(told, 'path')} {_status(told)}"


def _status(told: JsonObject) -> int:
    status = lookup(told, "status")
    return status if isinstance(status, int) else 0


def _is_probe(told: JsonObject) -> bool:
    status = _status(told)
    if not 200 <= status < 400:
        return False
    asked = (text(told, "endpoint") or text(told, "path")).rstrip("/").rpartition("/")[2]
    return asked in _PROBED or text(told, "user_agent").startswith(_PROBERS)
