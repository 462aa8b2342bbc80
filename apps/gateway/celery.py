"""`celery --app apps.gateway.celery worker` and `... beat`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.gateway.settings.backend")
django.setup()

from apps.configuration.celery import Daily, build_celery  # noqa: E402 - settings must be there first

app = build_celery(
    "gateway",
    {
        "forget-revocations": Daily(task="apps.domain.accounts.tasks.forget_revocations", hour=3, minute=10),
        "forget-webhook-events": Daily(task="apps.domain.billing.tasks.forget_events", hour=3, minute=20),
    },
)
