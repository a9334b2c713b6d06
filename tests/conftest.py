"""What all tests share: the database with its reference data, and how it is put back after a real commit."""

from itertools import count

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from portal.field import sealing
from tests import programs
from tests.tables import template

# Files of minutes come first, so that no process is left alone with one at the end.
LONG = ("tests/browser/", "tests/test_matrix.py")

# Reference rows are copied aside once; after a test that commits, every table gets exactly these back.
# Django's own flush would TRUNCATE, which the read log's trigger refuses, and would lose the reference data.
# Rows are deleted instead, with triggers asleep; on small tables that is also some ten times faster.
REMEMBER = """
DO $$ DECLARE name text; filled boolean; BEGIN
  CREATE SCHEMA reference;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
    IF filled THEN EXECUTE format('CREATE TABLE reference.%I AS TABLE public.%I', name, name); END IF;
  END LOOP;
END $$"""
RESTORE = """
DO $$ DECLARE name text; columns text; BEGIN
  PERFORM set_config('session_replication_role', 'replica', true);
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'reference' LOOP
    SELECT string_agg(quote_ident(column_name), ', ') INTO columns FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = name AND is_generated = 'NEVER';
    EXECUTE format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM reference.%I',
                   name, columns, columns, name);
  END LOOP;
END $$"""


def pytest_configure() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a login costs nothing
    settings.WHITENOISE_AUTOREFRESH = True  # else every client of a test reads through all static files
    TransactionTestCase._fixture_teardown = lambda self: _execute(RESTORE)


@pytest.hookimpl(trylast=True)  # after pytest-django's own order
def pytest_collection_modifyitems(items) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """The test database begins as a copy of the one with all tables."""
    connection.settings_dict["TEST"]["TEMPLATE"] = template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database with reference data and the rights of the application role."""
    with django_db_blocker.unblock():
        for command in ("load_reference", "grant"):
            if command in get_commands():
                call_command(command, verbosity=0)
        _execute("DROP SCHEMA IF EXISTS reference CASCADE")  # with --reuse-db
        _execute(REMEMBER)


@pytest.fixture(autouse=True)
def own_language():
    """The test client leaves its thread in the language of the last page; each test starts in Vietnamese."""
    yield
    translation.deactivate()


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium of the machine, one for a file: Playwright allows no second one beside it.

    No longer than that: while Playwright runs, its event loop is the thread's, and no worker's can run there.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=programs.light(), args=programs.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def key_pairs():
    return []


@pytest.fixture(autouse=True)
def drawn_keys(key_pairs, monkeypatch):
    """The first key of every test is the same real one, the second too: drawing one takes a second."""
    used = count()

    def make_key():
        if (number := next(used)) == len(key_pairs):
            key_pairs.append(draw())
        return key_pairs[number]

    draw = sealing.make_key
    monkeypatch.setattr(sealing, "make_key", make_key)


@pytest.fixture
def app_role(db):
    """The rest of the test runs with the rights of the role the server connects as."""
    _execute(f"SET LOCAL ROLE {connection.ops.quote_name(settings.DATABASE_APP_ROLE)}")
    yield
    _execute("RESET ROLE")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
