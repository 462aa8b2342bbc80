"""The schedules of both projects, as their one scheduler reads them."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from celery import Celery
from celery.beat import Scheduler
from celery.schedules import crontab


@pytest.mark.parametrize("project", ["gateway", "license_api"])
def test_every_scheduled_task_exists_and_a_new_scheduler_knows_them_without_a_file(project: str) -> None:
    application: Celery = import_module(f"apps.{project}.celery").app
    application.loader.import_default_modules()
    scheduler = application.conf.beat_scheduler
    assert scheduler == "celery.beat:Scheduler"
    planned = Scheduler(app=application).schedule
    assert planned
    assert {entry.task for entry in planned.values()} <= set(application.tasks)


def test_a_daily_task_comes_at_its_hour_even_where_the_scheduler_is_made_anew_every_day() -> None:
    application: Celery = import_module("apps.license_api.celery").app
    daily = Scheduler(app=application).schedule["maintain-audit-partitions"].schedule
    assert isinstance(daily, crontab)
    made = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    last, wait, _ = daily.remaining_delta(made, tz=UTC)
    assert last + wait == datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
