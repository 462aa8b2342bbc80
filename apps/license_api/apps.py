from django.apps import AppConfig


class LicenseApiConfig(AppConfig):
    name = "apps.license_api"
