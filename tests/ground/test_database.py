"""Rights of the server's database role, and the test database put back after a real commit."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction


def rights() -> dict[str, set[str]]:
    """What the application role may do with each table, TRUNCATE, TRIGGER and REFERENCES included."""
    kinds = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, array(SELECT kind FROM unnest(%s::text[]) kind"
            " WHERE has_table_privilege(%s, tablename, kind)) FROM pg_tables WHERE schemaname = 'public'",
            [kinds, settings.DATABASE_APP_ROLE],
        )
        return {table: set(held) for table, held in cursor.fetchall()}


GROWING = {"privacy_readlog", "privacy_opening", "neighborhoods_helpevent", "neighborhoods_tally"}


def test_server_reads_and_writes_every_table_but_the_protected_ones(db):
    special = {table: {"SELECT", "INSERT"} for table in GROWING} | {"django_migrations": {"SELECT"}}
    for table, held in rights().items():
        assert held == special.get(table, {"SELECT", "INSERT", "UPDATE", "DELETE"}), table


def test_tables_that_only_grow_are_those_we_name():
    marked = {m._meta.db_table for m in apps.get_models() if getattr(m, "append_only", False)}
    assert marked == GROWING


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_readlog SET id = id",
        "DELETE FROM privacy_readlog",
        "TRUNCATE privacy_readlog CASCADE",
        "DELETE FROM django_migrations",
        "CREATE TABLE own (id int)",
        "ALTER TABLE privacy_readlog DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_server_is_refused(app_role, statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_granting_twice_changes_nothing_and_takes_back_what_was_too_much(db):
    before = rights()
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT ALL ON privacy_readlog, django_migrations TO {settings.DATABASE_APP_ROLE}")
    assert rights() != before
    call_command("grant", verbosity=0)
    assert rights() == before


def test_granting_to_nobody_says_so(db, settings, capsys):
    before = rights()
    settings.DATABASE_APP_ROLE = "no_such_role"
    call_command("grant")
    assert "no_such_role is not a role" in capsys.readouterr().err
    settings.DATABASE_APP_ROLE = connection.settings_dict["USER"]
    call_command("grant")
    assert "is the owner itself" in capsys.readouterr().err
    settings.DATABASE_APP_ROLE = "portal_app"
    assert rights() == before


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            found[table] = cursor.fetchone()[0]
        return found


@pytest.fixture(scope="module")
def first_counts():
    return {}


@pytest.mark.parametrize("turn", [1, 2])
def test_committed_rows_are_gone_and_reference_rows_are_back(transactional_db, first_counts, turn):
    now = counts()
    assert first_counts.setdefault("rows", now) == now
    assert now["django_content_type"] > 0
    assert now["privacy_readlog"] == 0
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM django_content_type")
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('q', 't', '{}')")
        cursor.execute("RESET session_replication_role")
