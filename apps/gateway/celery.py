"""`celery --app apps.gateway.celery worker` and `... beat`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.gateway.settings.backend")
django.setup()

from apps.configuration.celery import Periodic, build_celery  # noqa: E402 - settings must be there first

_DAY = 86_400.0

app = build_celery(
    "gateway",
    {
        "forget-revocations": Periodic(task="apps.domain.accounts.tasks.forget_revocations", every_s=_DAY),
        "forget-webhook-events": Periodic(task="apps.domain.billing.tasks.forget_events", every_s=_DAY),
    },
)
