from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "apps.license_api.dashboard"
