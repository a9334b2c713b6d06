"""App: envelopes, tickets, slips, the service worker of the field area."""

from django.apps import AppConfig


class FieldConfig(AppConfig):
    name = "portal.field"
    verbose_name = "Hộp gửi"
