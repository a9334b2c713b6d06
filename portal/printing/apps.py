"""App: Typst sheets to PDF."""

from django.apps import AppConfig


class PrintingConfig(AppConfig):
    name = "portal.printing"
    verbose_name = "In ấn"
