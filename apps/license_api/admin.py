"""What staff sees. Everything that changes goes through the same services as everything else."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.domain.accounts.models import User
from apps.domain.audit.models import LicenseAuditLog
from apps.domain.licensing import services
from apps.domain.licensing.models import ActiveSession, EndReason, License, LicenseStatus
from apps.domain.licensing.seats import holding
from apps.domain.licensing.seats.journal import Origin
from apps.domain.operations.admin_site import ReadByStaff
from apps.domain.operations.redis import CacheUnavailableError, redis_link
from apps.domain.operations.requests import client_ip, request_id
from apps.domain.tenancy.models import Membership, Tenant
from apps.domain.tenancy.scope import tenant_scope


@admin.register(User)
class UserAdmin(ReadByStaff):
    may_change = True
    list_display = ("email", "display_name", "organization", "is_active", "is_staff", "is_email_verified")
    search_fields = ("email", "first_name", "last_name", "organization")
    fields = ("email", "first_name", "last_name", "organization", "is_active", "is_staff", "is_email_verified")
    readonly_fields = ("email",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # accounts are made by their owners: a password set here would be known to two


@admin.register(Tenant)
class TenantAdmin(ReadByStaff):
    list_display = ("name", "tier", "owner", "created_at")
    list_filter = ("tier",)
    search_fields = ("name", "owner__email")


@admin.register(Membership)
class MembershipAdmin(ReadByStaff):
    list_display = ("user", "tenant", "role")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")


@admin.register(License)
class LicenseAdmin(ReadByStaff):
    """Admins change seats, status and end; the audit log says who did."""

    may_change = True
    list_display = ("tenant", "seats_total", "status", "expires_at", "created_at")
    list_filter = ("status",)
    list_select_related = ("tenant",)
    fields = ("tenant", "seats_total", "status", "expires_at")

    def get_readonly_fields(self, request: HttpRequest, obj: License | None = None) -> tuple[str, ...]:
        return ("status",) if obj is None else ("tenant",)

    def save_model(self, request: HttpRequest, obj: License, form: "forms.ModelForm[License]", change: bool) -> None:
        by, tenant_id = request.user.pk, obj.tenant_id
        if not change:
            made = services.provision_license(
                tenant_id=tenant_id, seats_total=obj.seats_total, expires_at=obj.expires_at, by=by
            )
            obj.pk, obj.created_at = made.pk, made.created_at
            return
        if "seats_total" in form.changed_data:
            services.change_seats(tenant_id=tenant_id, license_id=obj.pk, seats_total=obj.seats_total, by=by)
        if "expires_at" in form.changed_data:
            services.change_end(tenant_id=tenant_id, license_id=obj.pk, expires_at=obj.expires_at, by=by)
        if "status" in form.changed_data:
            services.change_status(tenant_id=tenant_id, license_id=obj.pk, status=LicenseStatus(obj.status), by=by)


@admin.register(ActiveSession)
class SessionAdmin(ReadByStaff):
    """Grants of seats, open and ended. Staff may take open ones back."""

    list_display = ("session_id", "user", "license", "hostname", "acquired_at", "released_at", "end_reason")
    list_filter = ("end_reason",)
    search_fields = ("user__email", "hostname", "hardware_id")
    list_select_related = ("user", "license")
    actions = ("revoke",)

    @admin.action(description="Take these seats back")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ActiveSession]) -> None:
        origin = Origin(
            request_id=request_id(request),
            ip=client_ip(request),
            user_agent=request.META.get("HTTP_USER_AGENT", "")[:512],
        )
        by = request.user.pk
        assert by is not None  # the admin site lets nobody in who is not signed in
        chosen = list(queryset.filter(released_at__isnull=True).values_list("tenant_id", "session_id"))
        try:
            for tenant_id, session in chosen:
                with tenant_scope(tenant_id):
                    holding.revoke(
                        redis_link(),
                        tenant_id=tenant_id,
                        session=session,
                        by=by,
                        reason=EndReason.REVOKED,
                        origin=origin,
                    )
        except CacheUnavailableError:
            self.message_user(request, "Redis does not answer: try again.", messages.ERROR)
            return
        self.message_user(request, f"{len(chosen)} seats were taken back.")


@admin.register(LicenseAuditLog)
class AuditLogAdmin(ReadByStaff):
    list_display = ("created_at", "action", "tenant", "user", "hardware_id", "ip_address")
    list_filter = ("action",)
    list_select_related = ("tenant", "user")
    date_hierarchy = None
    show_full_result_count = False
    ordering = ("-created_at",)
