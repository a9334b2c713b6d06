"""The environment every test runs in: loaded by `-p tests.environment`, before Django reads its settings.

Tests do not depend on what the caller's shell says, but for two variables: DATABASE_URL picks another
Postgres than the embedded one, TEST_DB_SUFFIX keeps two runs at the same time apart.
"""

import base64
import contextlib
import os

import pytest

from portal import devdb

_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "SECRET_KEY": "tests-only-" + "0123456789abcdef" * 3,
    "PUBLIC_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "FIELD_KEYS": "k1:" + base64.b64encode(b"a key of thirty-two bytes, k one").decode(),
    "BLIND_INDEX_KEY": base64.b64encode(b"a key of thirty-two bytes, index").decode(),
    "PLAIN_STATIC": "1",  # the manifest storage raises before collectstatic
    "DEBUG": "0",
    "DEMO": "0",
    "PROXY_COUNT": "0",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright's own loop runs in the thread of the test
}
_database = contextlib.ExitStack()
_own_postgres = "DATABASE_URL" not in os.environ  # workers of xdist inherit the address

os.environ.update(_ENVIRONMENT)
if _own_postgres:
    os.environ["DATABASE_URL"] = devdb.locate("test").owner_url


def pytest_configure() -> None:
    """Starts the tests' Postgres in the process that was called, not in its workers."""
    if _own_postgres:
        _database.enter_context(devdb.running("test", options=devdb.THROWAWAY))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Leaves it; the last run to leave stops it."""
    _database.close()
