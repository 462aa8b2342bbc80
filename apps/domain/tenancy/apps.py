from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "apps.domain.tenancy"
    label = "tenancy"
