from django.db import migrations

from apps.domain.tenancy.isolation import isolate


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        isolate("tenants", tenant_column="id"),
        isolate("memberships"),
    ]
