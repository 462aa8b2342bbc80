from pathlib import Path

from django.db import migrations

from apps.domain.tenancy.isolation import isolate

CREATE = Path(__file__).with_suffix(".sql").read_text()
DROP = """
    DROP FUNCTION sessions_forget_old, seats_ended_among, seats_begin_rebuild, seats_fate, seats_end, seats_unsign,
        seats_void, seats_grant, seats_grant_again, seats_sweep, seats_expire, seats_terms, seats_lock_key,
        seats_enter_tenant;
    DROP SEQUENCE lease_fence;
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0001_initial"), ("audit", "0002_log")]

    operations = [
        isolate("licenses"),
        isolate("seat_epochs"),
        isolate("active_sessions"),
        migrations.RunSQL(sql=CREATE, reverse_sql=DROP),
    ]
