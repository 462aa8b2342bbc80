"""The audit log's hash chain: sealed soon, never held up, and it names what was tampered with."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.domain.audit import sealing
from apps.domain.audit.models import AuditSeal
from apps.domain.audit.sealing import SETTLING, seal_new_rows
from apps.domain.audit.tasks import maintain_partitions
from apps.domain.audit.verification import Finding, verify_tenant
from apps.domain.tenancy.scope import platform_scope, tenant_scope
from apps.testing.people import Company, found
from apps.testing.seats import acquire, release

Administrator = Callable[[str], None]


@pytest.fixture
def acme(database: None) -> Company:
    """A company with a few audit rows."""
    company = found("Acme", owner="alice", seats=3)
    release(company.owner, acquire(company.owner, "laptop"))
    return company


@pytest.fixture
def as_administrator(superuser_dsn: str) -> Iterator[Administrator]:
    """Runs a statement with all rights, as an attacker with the database's password would."""
    with psycopg.connect(superuser_dsn, autocommit=True) as superuser:

        def run(statement: str) -> None:
            superuser.execute(statement.encode())

        yield run


def row_ids(company: Company) -> list[int]:
    with tenant_scope(company.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM license_audit_log WHERE tenant_id = %s ORDER BY id", [company.tenant_id])
        return [row_id for (row_id,) in cursor.fetchall()]


def findings(company: Company) -> tuple[Finding, ...]:
    return verify_tenant(company.tenant_id).findings


def test_every_row_is_sealed_and_verified(acme: Company) -> None:
    seal_new_rows(written_within=timedelta(minutes=1))
    verified = verify_tenant(acme.tenant_id)
    assert (verified.rows, verified.unsealed, verified.findings) == (3, 0, ())
    assert len(verified.head) == 64


def test_new_rows_are_linked_to_the_root_before(acme: Company) -> None:
    seal_new_rows()
    release(acme.owner, acquire(acme.owner, "desktop"))
    assert verify_tenant(acme.tenant_id).unsealed == 2
    seal_new_rows()
    with tenant_scope(acme.tenant_id):
        first, second = AuditSeal.objects.order_by("number")
    assert bytes(second.previous_root) == bytes(first.root)
    assert findings(acme) == ()


def test_a_second_run_without_new_rows_seals_nothing(acme: Company) -> None:
    seal_new_rows()
    before = verify_tenant(acme.tenant_id).seals
    seal_new_rows()
    assert verify_tenant(acme.tenant_id).seals == before


def test_more_rows_than_one_batch_holds_are_all_sealed(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_BATCH", 2)
    for number in range(3):
        release(acme.owner, acquire(acme.owner, f"machine-{number}"))
    seal_new_rows()
    verified = verify_tenant(acme.tenant_id)
    assert (verified.rows, verified.unsealed, verified.findings) == (9, 0, ())


def test_a_row_that_became_visible_after_younger_ones_were_sealed_is_sealed_by_the_next_run(
    acme: Company, as_administrator: Administrator
) -> None:
    seal_new_rows()
    # A transaction that began twenty seconds ago commits now.
    as_administrator(
        "INSERT INTO license_audit_log (tenant_id, action, created_at) "
        f"VALUES ('{acme.tenant_id}', 'acquire', clock_timestamp() - interval '20 s')"
    )
    seal_new_rows()
    verified = verify_tenant(acme.tenant_id)
    assert (verified.rows, verified.unsealed, verified.findings) == (4, 0, ())


def test_a_changed_row_is_named(acme: Company, as_administrator: Administrator) -> None:
    seal_new_rows()
    victim = row_ids(acme)[1]
    as_administrator(f"UPDATE license_audit_log SET hardware_id = 'forged' WHERE id = {victim}")
    (finding,) = findings(acme)
    assert finding.row_id == victim
    assert "changed" in finding.problem


def test_a_dropped_row_is_named(acme: Company, as_administrator: Administrator) -> None:
    seal_new_rows()
    victim = row_ids(acme)[2]
    as_administrator(f"DELETE FROM license_audit_log WHERE id = {victim}")
    (finding,) = findings(acme)
    assert finding.row_id == victim
    assert "dropped" in finding.problem


@pytest.mark.parametrize("is_sealed_afterwards", [False, True])
def test_a_row_inserted_with_an_older_date_is_named(
    acme: Company, as_administrator: Administrator, is_sealed_afterwards: bool
) -> None:
    seal_new_rows()
    old = (timezone.now() - SETTLING - timedelta(minutes=5)).isoformat()
    as_administrator(
        f"INSERT INTO license_audit_log (tenant_id, action, created_at) VALUES ('{acme.tenant_id}', 'acquire', '{old}')"
    )
    inserted = row_ids(acme)[-1]
    if is_sealed_afterwards:
        acquire(acme.owner, "another")
        seal_new_rows()
    (finding,) = findings(acme)
    assert finding.row_id == inserted
    assert "inserted" in finding.problem


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_seals SET leaves = set_byte(leaves, 0, (get_byte(leaves, 0) + 1) % 256) WHERE number = 1 AND ",
        "UPDATE audit_seals SET root = set_byte(root, 0, (get_byte(root, 0) + 1) % 256) WHERE number = 1 AND ",
        "UPDATE audit_seals SET row_ids = row_ids[2:] WHERE number = 1 AND ",
    ],
)
def test_a_changed_seal_is_found(acme: Company, as_administrator: Administrator, tampering: str) -> None:
    seal_new_rows()
    acquire(acme.owner, "desktop")
    seal_new_rows()
    as_administrator(f"{tampering} tenant_id = '{acme.tenant_id}'")
    assert any(finding.row_id is None for finding in findings(acme))


def test_a_dropped_seal_in_the_middle_is_found(acme: Company, as_administrator: Administrator) -> None:
    for number in range(3):
        acquire(acme.owner, f"machine-{number}")
        seal_new_rows()
    as_administrator(f"DELETE FROM audit_seals WHERE number = 2 AND tenant_id = '{acme.tenant_id}'")
    assert any("link" in finding.problem for finding in findings(acme))


def test_the_command_exits_with_an_error_and_names_the_row(acme: Company, as_administrator: Administrator) -> None:
    seal_new_rows()
    victim = row_ids(acme)[0]
    out = io.StringIO()
    call_command("verify_audit", "--tenant", str(acme.tenant_id), stdout=out)
    assert "3 rows in 1 seals" in out.getvalue()
    as_administrator(f"UPDATE license_audit_log SET action = 'revoke' WHERE id = {victim}")
    with pytest.raises(CommandError, match="tampered"):
        call_command("verify_audit", "--tenant", str(acme.tenant_id), stdout=out)
    assert f"row {victim}: changed" in out.getvalue()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE license_audit_log SET action = 'revoke'",
        "DELETE FROM license_audit_log",
        "TRUNCATE license_audit_log",
        "UPDATE audit_seals SET number = 0",
        "DELETE FROM audit_seals",
        "DROP TABLE license_audit_log",
        "ALTER TABLE license_audit_log DISABLE ROW LEVEL SECURITY",
    ],
)
def test_the_applications_login_cannot_change_what_was_logged(acme: Company, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), platform_scope():
        connection.cursor().execute(statement)


def test_months_ahead_have_their_partitions_and_only_expired_months_can_be_dropped(
    acme: Company, as_administrator: Administrator
) -> None:
    as_administrator(
        "CREATE TABLE license_audit_log_202001 PARTITION OF license_audit_log "
        "FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')"
    )
    assert maintain_partitions() == {"made": 0, "dropped": ["license_audit_log_202001"]}
    assert maintain_partitions() == {"made": 0, "dropped": []}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'license_audit_log'::regclass")
        assert cursor.fetchone() == (14,)
