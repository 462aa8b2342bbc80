from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.domain.accounts"
    label = "accounts"
