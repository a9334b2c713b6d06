"""App: public home, search, reports."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "portal.home"
    verbose_name = "Trang chủ"
