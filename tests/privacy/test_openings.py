"""Opening a person's page leaves a line that nobody can change: the breach log."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from portal.privacy.models import Opening
from portal.privacy.openings import note
from tests import builders

CHANGES = [
    "UPDATE privacy_opening SET device = ''",
    "DELETE FROM privacy_opening",
    "TRUNCATE privacy_opening",
]


class Visit:
    """What `note` reads of a request."""

    device, id = "7F3KM2", "abc"

    def __init__(self, user):
        self.user = user


@pytest.mark.parametrize("sql", CHANGES)
@pytest.mark.parametrize(("as_role", "words"), [(False, "may only grow"), (True, "denied")])
def test_nobody_can_change_or_empty_the_log_of_openings(request, db, sql, as_role, words):
    if as_role:
        request.getfixturevalue("app_role")
    note(Visit(builders.make_user()), builders.make_vendor())
    connection.check_constraints()  # a pending check would stop TRUNCATE before the trigger does
    with pytest.raises(DatabaseError, match=words), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Opening.objects.count() == 1


def test_a_line_says_who_which_machine_and_which_record_and_no_name(db):
    vendor, user = builders.make_vendor(name="Siu Mẫu"), builders.make_user()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        note(Visit(user), vendor)
    line = Opening.objects.get()
    assert (line.user, line.device, line.model, line.row) == (
        user,
        "7F3KM2",
        "markets.vendor",
        str(vendor.pk),
    )
    assert "Mẫu" not in str(Opening.objects.values())
    assert len(queries) == 1


def test_who_was_invented_to_practise_leaves_no_line(db):
    note(Visit(builders.make_user()), builders.make_resident(is_practice=True))
    assert not Opening.objects.exists()
