"""`verify_audit`: prove that the audit log is what was sealed, or name what is not."""

from argparse import ArgumentParser
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from apps.domain.audit.verification import verify_tenant
from apps.domain.tenancy.scope import platform_scope


class Command(BaseCommand):
    help = "Check every tenant's audit rows against the hash chain. Exit status 1 when a row or a seal is not right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", type=UUID, help="only this tenant")

    def handle(self, *args: object, tenant: UUID | None, **options: object) -> None:
        tenants = [tenant] if tenant else _tenants()
        found = 0
        for tenant_id in tenants:
            verified = verify_tenant(tenant_id)
            self.stdout.write(
                f"{tenant_id}: {verified.rows} rows in {verified.seals} seals, {verified.unsealed} not sealed yet, "
                f"head {verified.head or 'none'}"
            )
            for finding in verified.findings:
                row = "the seal itself" if finding.row_id is None else f"row {finding.row_id}"
                self.stdout.write(f"  seal {finding.seal}, {row}: {finding.problem}")
            found += len(verified.findings)
        if found:
            raise CommandError(f"{found} findings: the audit log was tampered with. Compare the heads with the logs.")


def _tenants() -> list[UUID]:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id FROM audit_seals UNION SELECT tenant_id FROM license_audit_log ORDER BY tenant_id"
        )
        return [tenant_id for (tenant_id,) in cursor.fetchall()]
