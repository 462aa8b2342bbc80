"""Celery applications of both projects: the same broker, a queue each."""

import gc
import os
from collections.abc import Mapping
from dataclasses import dataclass

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, worker_before_create_process
from django.conf import settings

_DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Periodic:
    """A task and how often it runs. Missed runs are not made up for: each looks at what there is."""

    task: str
    every_s: float


@dataclass(frozen=True, kw_only=True)
class Daily:
    """A task that runs once a day, at an hour and minute of UTC: a new scheduler does not put it off by a day."""

    task: str
    hour: int
    minute: int


def build_celery(project: str, schedule: Mapping[str, Periodic | Daily]) -> Celery:
    """The Celery application of `project` (the queue's name), with its schedule."""
    # Checks import every view and the generator of API documents, a third of a worker's memory, for what the web
    # processes and every migration have checked already.
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
    # Settings of Django are read lazily: the address of the broker is asked for when a process starts working.
    application = Celery(project)
    application.conf.update(
        broker_url=settings.BROKER_URL,
        broker_use_ssl={"ssl_ca_certs": str(settings.REDIS_CA_FILE)} if settings.REDIS_CA_FILE else None,
        broker_connection_retry_on_startup=True,
        # Seats and tasks share an instance: their keys must not.
        broker_transport_options={"global_keyprefix": f"celery:{project}:"},
        task_default_queue=project,
        task_ignore_result=True,
        task_acks_late=True,
        task_time_limit=600,
        timezone="UTC",
        worker_hijack_root_logger=False,
        # In memory. A file would say when each last ran, which no task asks.
        beat_scheduler="celery.beat:Scheduler",
        beat_schedule={name: _entry(planned) for name, planned in schedule.items()},
    )
    application.autodiscover_tasks()
    return application


def _entry(planned: Periodic | Daily) -> dict[str, object]:
    if isinstance(planned, Daily):
        schedule, period_s = crontab(hour=planned.hour, minute=planned.minute), _DAY_S
    else:
        schedule, period_s = planned.every_s, planned.every_s
    # A run that waited for longer than its period has nothing to do that the next will not.
    return {"task": planned.task, "schedule": schedule, "options": {"expires": period_s}}


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery carries no types
def use_django_logging(**_: object) -> None:
    """Keeps Celery from setting up logs of its own: they are JSON here too."""


@worker_before_create_process.connect  # type: ignore[untyped-decorator]  # Celery carries no types
def share_what_stands(**_: object) -> None:
    """Keeps a child's garbage collector from writing to, and so copying, what it shares with its parent."""
    gc.collect()
    gc.freeze()
