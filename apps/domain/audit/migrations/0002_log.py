from pathlib import Path

from django.db import migrations

from apps.domain.tenancy.isolation import isolate

CREATE = Path(__file__).with_suffix(".sql").read_text()
DROP = """
    DROP FUNCTION audit_drop_expired_partitions();
    DROP FUNCTION audit_ensure_partitions(int);
    DROP TABLE license_audit_log;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(sql=CREATE, reverse_sql=DROP),
        isolate("license_audit_log"),
        isolate("audit_seals"),
    ]
