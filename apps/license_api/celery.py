"""`celery --app apps.license_api.celery worker` and `... beat`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.license_api.settings.backend")
django.setup()

from apps.configuration.celery import Daily, Periodic, build_celery  # noqa: E402 - settings must be there first

_MINUTE, _HOUR = 60.0, 3600.0

app = build_celery(
    "license_api",
    {
        # Sealed within 10 s: twice within that, so that one late run does not miss it.
        "seal-audit-rows": Periodic(task="apps.domain.audit.tasks.seal_recent", every_s=5),
        "seal-every-tenant": Periodic(task="apps.domain.audit.tasks.seal_all", every_s=_HOUR),
        "sweep-seats": Periodic(task="apps.domain.licensing.tasks.sweep_seats", every_s=_MINUTE),
        "maintain-audit-partitions": Daily(task="apps.domain.audit.tasks.maintain_partitions", hour=3, minute=30),
        "forget-old-sessions": Daily(task="apps.domain.licensing.tasks.forget_old_sessions", hour=3, minute=40),
    },
)
