"""Row-level security for migrations: what every table with tenants' rows gets.

FORCE, because the tables' owner would else pass; no row when nothing is set, because forgetting must not show rows.
"""

from django.db import migrations

from apps.domain.tenancy.scope import SETTING


def isolate(table: str, *, tenant_column: str = "tenant_id") -> migrations.RunSQL:
    """A migration step that lets `table` show and take rows of the tenant in scope alone."""
    visible = f"current_setting('{SETTING}', true) = '*' OR {tenant_column}::text = current_setting('{SETTING}', true)"
    return migrations.RunSQL(
        sql=f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant_rows ON {table} USING ({visible}) WITH CHECK ({visible});
        """,
        reverse_sql=f"""
            DROP POLICY tenant_rows ON {table};
            ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )
