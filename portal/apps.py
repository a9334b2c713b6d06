"""The ground itself, and the one admin."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class PortalConfig(AppConfig):
    default = True
    name = "portal"
    verbose_name = "Cổng"

    def ready(self):
        from portal import checks  # noqa: F401  (it registers itself)


class PortalAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "portal.home.admin_site.PortalAdminSite"
