"""App: QR pictures and short codes."""

from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "portal.codes"
    verbose_name = "Mã"
