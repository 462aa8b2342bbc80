"""What the applications' login may do to each table. Everything not in this table it may not do.

It owns nothing: row-level security binds it, and it can neither change the log of what happened nor its seals.
"""

from collections.abc import Mapping

from django.db import connection
from psycopg import sql

READ = ("SELECT",)
APPEND = ("SELECT", "INSERT")
CHANGE = ("SELECT", "INSERT", "UPDATE")
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")

TABLE_RIGHTS: Mapping[str, tuple[str, ...]] = {
    "users": ALL,
    "users_groups": ALL,
    "users_user_permissions": ALL,
    "revoked_tokens": ("SELECT", "INSERT", "DELETE"),
    "tenants": CHANGE,
    "memberships": ALL,
    "licenses": CHANGE,
    "seat_epochs": CHANGE,
    "active_sessions": CHANGE,
    "license_audit_log": APPEND,
    "audit_seals": APPEND,
    "webhook_events": ALL,
    "auth_group": ALL,
    "auth_group_permissions": ALL,
    "auth_permission": READ,
    "django_content_type": READ,
    "django_session": ALL,
    "django_admin_log": APPEND,
    "django_migrations": READ,
}

SEQUENCES = ("lease_fence",)
# They run with the owner's rights and check their own bounds.
FUNCTIONS = ("audit_ensure_partitions(int)", "audit_drop_expired_partitions()", "sessions_forget_old()")


def grant_rights(login: str) -> None:
    """Give `login` exactly the rights above on what exists, and take everything else. Idempotent."""
    role = sql.Identifier(login)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        existing = {name for (name,) in cursor.fetchall()}
        cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
        cursor.execute(sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(role))
        for table, rights in TABLE_RIGHTS.items():
            if table in existing:
                cursor.execute(
                    sql.SQL("GRANT {} ON {} TO {}").format(
                        sql.SQL(", ").join(map(sql.SQL, rights)), sql.Identifier(table), role
                    )
                )
        for sequence in SEQUENCES:
            cursor.execute(sql.SQL("GRANT USAGE ON SEQUENCE {} TO {}").format(sql.Identifier(sequence), role))
        for function in FUNCTIONS:
            cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(function), role))
