"""App: cashless markets."""

from django.apps import AppConfig


class MarketsConfig(AppConfig):
    name = "markets"
    verbose_name = "Chợ không tiền mặt"
