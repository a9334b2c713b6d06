"""The read log only grows, and whoever asks is refused otherwise."""

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.db.utils import DatabaseError

from portal.privacy.models import ReadLog
from tests.builders import make_user

CHANGES = [
    "UPDATE privacy_readlog SET reason = 'audit'",
    "DELETE FROM privacy_readlog",
    "TRUNCATE privacy_readlog",
    "TRUNCATE privacy_readlog, accounts_user CASCADE",
]


def write() -> ReadLog:
    entry = ReadLog.objects.create(
        user=make_user(), model="markets.paymentaccount", row="7", field="number", reason="owner_asks"
    )
    connection.check_constraints()  # a pending check would stop TRUNCATE before the trigger does
    return entry


def refused(sql: str) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return str(error.value)


@pytest.mark.django_db
@pytest.mark.parametrize("sql", CHANGES)
def test_owner_cannot_change_or_empty_the_read_log(sql):
    write()
    assert "may only grow" in refused(sql)
    assert ReadLog.objects.count() == 1


@pytest.mark.parametrize("sql", CHANGES)
def test_server_cannot_change_or_empty_the_read_log(app_role, sql):
    write()
    assert "denied" in refused(sql)
    assert ReadLog.objects.count() == 1


def test_server_can_write_and_read_it(app_role):
    entry = write()
    assert ReadLog.objects.get() == entry


@pytest.mark.parametrize("sql", [
    "ALTER TABLE privacy_readlog DISABLE TRIGGER ALL",
    "DROP TABLE privacy_readlog",
    "SET session_replication_role = replica",
])  # fmt: skip
def test_server_cannot_put_the_trigger_to_sleep(app_role, sql):
    refused(sql)


@pytest.mark.django_db
def test_deleting_through_the_orm_is_refused_too():
    entry = write()
    with pytest.raises((InternalError, ProgrammingError, DatabaseError), match="may only grow"):
        entry.delete()


@pytest.mark.django_db
def test_read_log_has_no_place_for_names_or_free_words():
    assert {field.name for field in ReadLog._meta.fields} == {
        "id", "at", "user", "model", "row", "field", "reason", "request_id",
    }  # fmt: skip
    assert ReadLog._meta.get_field("reason").choices
