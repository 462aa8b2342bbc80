"""Two tenants in one database: neither our managers nor PostgreSQL shows one the other's rows."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from apps.domain.audit.models import AuditSeal, LicenseAuditLog
from apps.domain.licensing.models import ActiveSession, License, SeatEpoch
from apps.domain.operations.rights import TABLE_RIGHTS
from apps.domain.tenancy.models import Membership, Tenant
from apps.domain.tenancy.scope import NoTenantScopeError, platform_scope, tenant_scope
from apps.testing.people import Cast, assemble
from apps.testing.seats import acquire

SCOPED = (Tenant, Membership, License, ActiveSession, SeatEpoch, LicenseAuditLog, AuditSeal)
TABLES = tuple(model._meta.db_table for model in SCOPED)


@pytest.fixture
def cast(database: None) -> Cast:
    people = assemble()
    acquire(people.bob, "laptop")
    acquire(people.carol, "laptop")
    return people


@pytest.mark.parametrize("model", SCOPED)
def test_rows_cannot_be_asked_for_without_saying_whose(database: None, model: type[License]) -> None:
    with pytest.raises(NoTenantScopeError, match="Wrap the code"):
        model.objects.count()


@pytest.mark.parametrize("model", [Tenant, Membership, License, ActiveSession, SeatEpoch, LicenseAuditLog])
def test_a_scope_shows_its_tenants_rows_alone(cast: Cast, model: type[License]) -> None:
    field = "id" if model.__name__ == "Tenant" else "tenant_id"
    with tenant_scope(cast.acme.tenant_id):
        assert {row[field] for row in model.objects.values(field)} == {cast.acme.tenant_id}


def test_the_platforms_scope_shows_everyones(cast: Cast) -> None:
    with platform_scope():
        seen = set(License.objects.values_list("tenant_id", flat=True))
    assert {cast.acme.tenant_id, cast.globex.tenant_id} <= seen


def test_a_scope_inside_another_ends_where_it_began(cast: Cast) -> None:
    with tenant_scope(cast.acme.tenant_id):
        with tenant_scope(cast.globex.tenant_id):
            assert License.objects.get().tenant_id == cast.globex.tenant_id
        assert License.objects.get().tenant_id == cast.acme.tenant_id


@pytest.mark.parametrize("table", [table for table in TABLES if table != "audit_seals"])
def test_postgresql_itself_shows_no_row_without_a_scope_and_only_its_own_in_one(cast: Cast, table: str) -> None:
    column = "id" if table == "tenants" else "tenant_id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,)
    with tenant_scope(cast.acme.tenant_id), connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {column} FROM {table}")
        assert cursor.fetchall() == [(cast.acme.tenant_id,)]


def test_a_scope_leaves_nothing_on_the_connection(cast: Cast) -> None:
    with tenant_scope(cast.acme.tenant_id):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('coditect.tenant', true), '')")
        assert cursor.fetchone() == ("",)


def test_a_row_cannot_be_written_for_another_tenant(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), tenant_scope(cast.acme.tenant_id):
        License.objects.create(tenant_id=cast.globex.tenant_id, seats_total=1)


def test_a_row_cannot_be_moved_to_another_tenant(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), tenant_scope(cast.acme.tenant_id):
        License.objects.update(tenant_id=cast.globex.tenant_id)


def test_every_table_of_tenants_forces_row_level_security_and_the_applications_own_none(
    database: None, superuser_dsn: str
) -> None:
    with psycopg.connect(superuser_dsn) as superuser:
        forced = superuser.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relkind IN ('r', 'p')"
        ).fetchall()
        assert {name for (name,) in forced} == set(TABLES)
        holding_tenants = superuser.execute(
            "SELECT c.table_name FROM information_schema.columns c JOIN pg_class t ON t.relname = c.table_name "
            "WHERE c.column_name = 'tenant_id' AND c.table_schema = 'public' AND NOT t.relispartition"
        ).fetchall()
        assert {name for (name,) in holding_tenants} == set(TABLES) - {"tenants"}
        owners = superuser.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert owners == [("coditect_owner",)]


def test_the_applications_login_has_exactly_the_rights_of_the_table(database: None, superuser_dsn: str) -> None:
    with psycopg.connect(superuser_dsn) as superuser:
        granted = superuser.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'coditect_app'"
        ).fetchall()
    assert set(granted) == {(table, right) for table, rights in TABLE_RIGHTS.items() for right in rights}


def test_the_tables_owner_is_bound_too(cast: Cast, superuser_dsn: str) -> None:
    with psycopg.connect(superuser_dsn) as superuser:
        superuser.execute("SET ROLE coditect_owner")
        assert superuser.execute("SELECT count(*) FROM licenses").fetchone() == (0,)


def test_a_scope_is_one_transaction(cast: Cast) -> None:
    def change_and_fail() -> None:
        with tenant_scope(cast.acme.tenant_id):
            assert License.objects.update(seats_total=99) == 1
            License.objects.update(seats_total=1_000_000)

    with pytest.raises(DatabaseError):
        change_and_fail()
    with tenant_scope(cast.acme.tenant_id):
        assert License.objects.get().seats_total == 3
    assert not transaction.get_connection().in_atomic_block
