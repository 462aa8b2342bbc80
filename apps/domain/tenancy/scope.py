"""Which tenant's rows the running code may see, said twice: to our managers, and to PostgreSQL's row-level security.

    with tenant_scope(tenant_id):
        License.objects.all()      # rows of that tenant; outside of a scope this raises

PostgreSQL learns the tenant by `SET LOCAL`, so a scope is always one transaction, and nothing of it is left on a
pooled connection. The platform's own work (sweeping, staff) states `platform_scope` and sees every tenant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction

SETTING = "coditect.tenant"
_EVERY_TENANT = "*"
_scope: ContextVar[str | None] = ContextVar("tenant_scope", default=None)


class NoTenantScopeError(RuntimeError):
    """Tenant rows were asked for without saying whose."""


@contextmanager
def tenant_scope(tenant_id: UUID) -> Iterator[None]:
    """One transaction that sees the rows of one tenant."""
    with _entered(str(tenant_id)):
        yield


@contextmanager
def platform_scope() -> Iterator[None]:
    """One transaction that sees the rows of every tenant. For staff and for the platform's own tasks."""
    with _entered(_EVERY_TENANT):
        yield


def scoped_tenant() -> UUID | None:
    """The tenant in scope, or None in the platform's scope. Raises NoTenantScopeError outside of any scope."""
    scope = _scope.get()
    if scope is None:
        raise NoTenantScopeError(
            "Rows of tenants were asked for outside of a scope, so anyone's could be meant. "
            "Wrap the code in `with tenant_scope(tenant_id):`, or platform_scope() for the platform's own work."
        )
    return None if scope == _EVERY_TENANT else UUID(scope)


@contextmanager
def _entered(scope: str) -> Iterator[None]:
    outer = _scope.get()
    with transaction.atomic():
        _tell_database(scope)
        token = _scope.set(scope)
        try:
            yield
        finally:
            _scope.reset(token)
        # After an error the rollback restores the setting by itself.
        _tell_database(outer or "")


def _tell_database(scope: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, scope])
