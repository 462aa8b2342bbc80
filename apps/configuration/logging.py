"""JSON logs, one object a line, with the ids of the request they belong to."""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import ClassVar, TypedDict

from pythonjsonlogger.json import JsonFormatter


class LogContext(TypedDict, total=False):
    """Who and what the running request is about. Ids alone: no address, no token, no name."""

    request_id: str
    tenant_id: str
    user_id: str
    session_id: str


log_context: ContextVar[LogContext] = ContextVar("log_context")


class ContextFilter(logging.Filter):
    """Adds the running request's ids to a record. A record's own `extra` wins."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in log_context.get(LogContext()).items():
            if name not in record.__dict__:
                setattr(record, name, value)
        return True


class ServiceFormatter(JsonFormatter):
    """timestamp, level, logger, message, then whatever the record carries."""

    FIELDS: ClassVar[str] = "{asctime}{levelname}{name}{message}"

    def __init__(self) -> None:
        super().__init__(
            self.FIELDS,
            style="{",
            rename_fields={"asctime": "timestamp", "levelname": "level", "name": "logger"},
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the base's name
        """To the millisecond: lines of several processes are read in order of time."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def logging_settings(level: str) -> dict[str, object]:
    """The value of Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": "apps.configuration.logging.ContextFilter"}},
        "formatters": {"json": {"()": "apps.configuration.logging.ServiceFormatter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["context"]}},
        "root": {"level": level, "handlers": ["console"]},
        "loggers": {
            # Django's own server errors carry the traceback; its 4xx warnings would repeat the access log.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # It says with every batch that a collector is away; ours says it once.
            "opentelemetry": {"level": "CRITICAL"},
        },
    }
