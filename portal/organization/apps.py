"""App: areas, units, teams, places."""

from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    name = "portal.organization"
    verbose_name = "Tổ chức và địa bàn"
