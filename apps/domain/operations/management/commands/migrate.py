"""`migrate`, safe when several jobs start it at once; the applications' logins get their rights after it."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection
from django.db.backends.utils import CursorWrapper

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
            _become_owner(cursor)
            cursor.execute("SET lock_timeout = '10min'; SET statement_timeout = '30min'")
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            cursor.execute("SET lock_timeout = '5s'")  # a migration must not queue in front of every request
            try:
                super().handle(*args, **options)
                for login in logins:
                    grant_rights(login)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _become_owner(cursor: CursorWrapper) -> None:
    """Create everything as the database's owner where this login is a member of it, as Cloud SQL's migrators are.

    Two services migrate with a login each: what one of them owned, the other could neither alter nor grant.
    """
    cursor.execute(
        "SELECT quote_ident(owner.rolname) FROM pg_database JOIN pg_roles owner ON owner.oid = datdba "
        "WHERE datname = current_database() AND pg_has_role(session_user, datdba, 'MEMBER')"
    )
    found = cursor.fetchone()
    if found is not None:
        cursor.execute(f"SET ROLE {found[0]}")  # quoted by PostgreSQL itself; SET takes no parameter
