"""The 14 sites as the public would see them, made once for all tests of a file."""

import pytest
from django.db import transaction

from tests import builders


@pytest.fixture(scope="module")
def fourteen(django_db_setup, django_db_blocker):
    """{(slug, language): published edition} of the 14 sites in vi and en, with their drawings.

    They stand in a transaction around the whole file; each test (mark it with `django_db`) runs in its own
    within that, so that what it changes is undone. Not for tests that commit: those call `make_fourteen`.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield builders.make_fourteen()
        transaction.set_rollback(True)
