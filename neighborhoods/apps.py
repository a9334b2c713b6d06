"""App: electronic residential groups."""

from django.apps import AppConfig


class NeighborhoodsConfig(AppConfig):
    name = "neighborhoods"
    verbose_name = "Tổ dân phố điện tử"
