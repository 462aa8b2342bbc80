"""Lines of every program that the platform runs, read as entries."""

from datetime import UTC, datetime

import pytest

from coditect.local.log_lines import Entry, Level, parsed

_AT = datetime(2026, 11, 24, 21, 14, 11, 828000, tzinfo=UTC)


def _line(line: str, before: Entry | None = None) -> Entry:
    return parsed("some-process", line, before)


def _local(pattern: str) -> str:
    """That moment as a program writes it that knows no time zone but this machine's."""
    return _AT.astimezone().strftime(pattern)[:-3]


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (
            '{"timestamp": "2026-11-24T21:14:11.828+00:00", "level": "ERROR", "logger": "apps", "message": "Broken"}',
            Level.ERROR,
            "Broken",
        ),
        ("2026-11-24 21:14:11.828 UTC [30674] FATAL:  role does not exist", Level.CRITICAL, "role does not exist"),
        (
            "2026-11-24 21:14:11.828 UTC [30674] LOG:  checkpoint complete",
            Level.INFO,
            "checkpoint complete",
        ),
        (f"30340:M {_local('%d %b %Y %H:%M:%S.%f')} # Out of memory", Level.WARNING, "Out of memory"),
        (f"30340:M {_local('%d %b %Y %H:%M:%S.%f')} * Ready to accept", Level.INFO, "Ready to accept"),
        (
            f"[{_local('%Y-%m-%d %H:%M:%S.%f')}][30375][warning][main] [source/server/server.cc:1059] No limit",
            Level.WARNING,
            "No limit",
        ),
    ],
    ids=["ours", "postgres error", "postgres", "redis warning", "redis", "envoy"],
)
def test_each_format_says_when_how_grave_and_what(line: str, level: Level, message: str) -> None:
    entry = _line(line)
    assert (entry.time, entry.level, entry.message) == (_AT, level, message)


def test_a_line_without_a_time_keeps_with_the_line_before() -> None:
    before = _line('{"timestamp": "2026-11-24T21:14:11.828+00:00", "level": "ERROR", "message": "Failed"}')
    trace = _line("Traceback (most recent call last):", before)
    assert (trace.time, trace.level) == (_AT, Level.ERROR)
    started = _line("[INFO] Starting granian (main PID: 31005)", before)
    assert (started.time, started.level, started.message) == (_AT, Level.INFO, "Starting granian (main PID: 31005)")
    detail = _line("2026-11-24 21:14:11.828 UTC [7] STATEMENT:  SELECT 1", before)
    assert (detail.level, detail.message) == (Level.ERROR, "STATEMENT: SELECT 1")


def test_a_traceback_is_an_error_whatever_the_line_before_was() -> None:
    before = _line("[INFO] Starting granian (main PID: 31005)")
    head = _line("Traceback (most recent call last):", before)
    assert head.level is Level.ERROR
    assert _line("ModuleNotFoundError: No module named 'stripee'", head).level is Level.ERROR


@pytest.mark.parametrize(
    "line",
    [
        f"30340:C {_local('%d %b %Y %H:%M:%S.%f')} # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        f"[{_local('%Y-%m-%d %H:%M:%S.%f')}][30375][warning][main] [source/server/server.cc:1059] caught ENVOY_SIGTERM",
        "2026-11-24 21:14:11.828 UTC [30674] FATAL:  the database system is starting up",
        "[WARNING] Configuration allows spawning up to 8 Python threads, which seems quite high",
    ],
    ids=["redis", "envoy", "postgres", "granian"],
)
def test_a_start_or_end_as_it_should_be_is_no_warning(line: str) -> None:
    assert _line(line).level is Level.INFO


def test_what_postgres_writes_of_every_session_is_for_auditors() -> None:
    for message in ("duration: 0.582 ms", "connection authorized: user=a database=b", "disconnection: session time: 0"):
        assert _line(f"2026-11-24 21:14:11.828 UTC [7] LOG:  {message}").level is Level.DEBUG
    slow = _line("2026-11-24 21:14:11.828 UTC [7] LOG:  duration: 812.1 ms  statement: SELECT 1")
    assert slow.level is Level.INFO


_REQUEST = (
    '{{"time": "2026-11-24T21:14:11.828Z", "method": "GET", "host": "api.localhost", "path": "{path}", '
    '"status": {status}, "user_agent": "{agent}", "duration_ms": 2}}'
)


def test_a_request_at_the_edge_is_read_as_one_and_its_failure_as_an_error() -> None:
    entry = _line(_REQUEST.format(path="/api/v1/keys", status=200, agent="curl/7.88"))
    assert (entry.message, entry.level, entry.is_probe) == ("GET api.localhost/api/v1/keys 200", Level.INFO, False)
    assert _line(_REQUEST.format(path="/api/v1/keys", status=503, agent="curl/7.88")).level is Level.ERROR


@pytest.mark.parametrize(
    ("path", "status", "agent", "is_probe"),
    [
        ("/api/health", 200, "curl/7.88", True),
        ("/", 200, "kube-probe/local", True),
        ("/ready", 503, "kube-probe/local", False),
        ("/healthy-food", 200, "curl/7.88", False),
    ],
)
def test_a_passed_check_of_health_is_a_probe_and_a_failed_one_is_news(
    path: str, status: int, agent: str, *, is_probe: bool
) -> None:
    assert _line(_REQUEST.format(path=path, status=status, agent=agent)).is_probe is is_probe


def test_json_has_four_names_for_every_line_and_keeps_the_rest() -> None:
    line = '{"timestamp": "2026-11-24T21:14:11.828+00:00", "level": "INFO", "message": "Sealed", "rows": 3}'
    assert _line(line).json() == {
        "process": "some-process",
        "time": "2026-11-24T21:14:11.828+00:00",
        "level": "info",
        "message": "Sealed",
        "rows": 3,
    }
