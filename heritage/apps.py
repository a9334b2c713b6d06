"""App: digitised heritage sites."""

from django.apps import AppConfig


class HeritageConfig(AppConfig):
    name = "heritage"
    verbose_name = "Di tích"
