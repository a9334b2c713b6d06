"""App: consent, sealed fields, read log."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "portal.privacy"
    verbose_name = "Dữ liệu cá nhân"
