"""App: users, roles, shifts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    verbose_name = "Tài khoản"

    def ready(self):
        from portal.accounts import sessions  # noqa: F401  (every login, also of the tests' client, begins there)
