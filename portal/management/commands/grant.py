"""Gives the server's database role what the server needs; run as the owner after each migration."""

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder


class Command(BaseCommand):
    """Rights of DATABASE_APP_ROLE on every table; models with `append_only = True` may only grow."""

    help = __doc__
    requires_system_checks = []

    def handle(self, *args, **options):
        role = settings.DATABASE_APP_ROLE
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT rolname = current_user FROM pg_roles WHERE rolname = %s", [role])
            found = cursor.fetchone()
            if found is None or found[0]:
                why = "is not a role of this server" if found is None else "is the owner itself"
                self.stderr.write(f"No rights were given: {role} {why}.")
                return
            for statement in _statements(connection.ops.quote_name(role)):
                cursor.execute(statement)
        if options["verbosity"]:
            self.stdout.write(f"{role} may read and write; {len(_append_only())} tables only grow.")


def _statements(role: str) -> list[str]:
    """Takes every right and gives the current ones, in one transaction: a running server notices nothing."""
    quote = connection.ops.quote_name
    protected = {table: "SELECT, INSERT" for table in _append_only()}
    protected[MigrationRecorder.Migration._meta.db_table] = "SELECT"
    return [
        f"REVOKE ALL ON SCHEMA public FROM {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        *(
            statement
            for table, rights in sorted(protected.items())
            for statement in (
                f"REVOKE ALL ON {quote(table)} FROM {role}",
                f"GRANT {rights} ON {quote(table)} TO {role}",
            )
        ),
    ]


def _append_only() -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)}
