"""Celery applications of both projects: the same broker, a queue each."""

import gc
import os
from collections.abc import Mapping
from dataclasses import dataclass

from celery import Celery
from celery.signals import setup_logging, worker_before_create_process
from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Periodic:
    """A task and how often it runs. Missed runs are not made up for: each looks at what there is."""

    task: str
    every_s: float


def build_celery(project: str, schedule: Mapping[str, Periodic]) -> Celery:
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
        beat_schedule={
            name: {
                "task": periodic.task,
                "schedule": periodic.every_s,
                # A run that waited for longer than its period has nothing to do that the next will not.
                "options": {"expires": periodic.every_s},
            }
            for name, periodic in schedule.items()
        },
    )
    application.autodiscover_tasks()
    return application


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery carries no types
def use_django_logging(**_: object) -> None:
    """Keeps Celery from setting up logs of its own: they are JSON here too."""


@worker_before_create_process.connect  # type: ignore[untyped-decorator]  # Celery carries no types
def share_what_stands(**_: object) -> None:
    """Keeps a child's garbage collector from writing to, and so copying, what it shares with its parent."""
    gc.collect()
    gc.freeze()
