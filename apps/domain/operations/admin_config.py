"""Puts the staff's admin site in the place of Django's own. Apart from it, because Django reads this file first."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "apps.domain.operations.admin_site.StaffAdminSite"
