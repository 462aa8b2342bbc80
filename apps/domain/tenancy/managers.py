"""The only managers of models that belong to a tenant."""

from typing import TypeVar

from django.db import models

from apps.domain.tenancy.scope import scoped_tenant

M = TypeVar("M", bound=models.Model, covariant=True)


class TenantScopedManager(models.Manager[M]):
    """Rows of the tenant in scope. Raises NoTenantScopeError outside of a scope.

    tenant_field: the field that holds the tenant's id; a tenant itself has it in `id`.
    """

    def __init__(self, tenant_field: str = "tenant_id") -> None:
        super().__init__()
        self._tenant_field = tenant_field

    def get_queryset(self) -> models.QuerySet[M]:
        tenant_id = scoped_tenant()
        rows = super().get_queryset()
        return rows if tenant_id is None else rows.filter(**{self._tenant_field: tenant_id})
