from django.apps import AppConfig


class LicensingConfig(AppConfig):
    name = "apps.domain.licensing"
    label = "licensing"
