"""`migrate`, safe when several jobs start it at once; the applications' logins get their rights after it."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection

from apps.domain.operations.rights import grant_rights

# Any constant that nothing else locks.
_LOCK = 5_206_164


class Command(migrate.Command):
    """Runs as the tables' owner. Both services migrate before a roll-out, and a Job may be retried: one waits."""

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        logins = settings.DATABASE_APP_USERS
        if not logins:
            raise CommandError(
                "DATABASE_APP_USERS is not set: after the migration no application could read its tables. "
                "Name the applications' logins, separated by commas."
            )
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10min'; SET statement_timeout = '30min'")
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            cursor.execute("SET lock_timeout = '5s'")  # a migration must not queue in front of every request
            try:
                super().handle(*args, **options)
                for login in logins:
                    grant_rights(login)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
