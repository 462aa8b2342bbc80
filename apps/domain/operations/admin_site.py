"""The staff admin: every tenant's rows, for staff alone."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from apps.domain.tenancy.scope import platform_scope

if TYPE_CHECKING:  # generic in its stubs alone
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])


class StaffAdminSite(admin.AdminSite):
    """Django's admin, in the platform's scope once it is known that staff asks."""

    site_header = "CODITECT staff"
    site_title = "CODITECT staff"
    index_title = "Operations"

    def admin_view(self, view: _View, cacheable: bool = False) -> _View:
        @wraps(view)
        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - whatever the view takes
            with platform_scope():
                response = view(request, *args, **kwargs)
                # Rendered here: a template reads rows, which the scope's end would hide.
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
                return response

        return super().admin_view(cast("_View", scoped), cacheable)


class ReadByStaff(_ModelAdmin):
    """Staff read, Admins change what `may_change` allows. Django's own permission rows are not used."""

    may_change = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_change and request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self.may_change and request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
