from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "apps.domain.operations"
    label = "operations"
