from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "apps.domain.billing"
    label = "billing"
