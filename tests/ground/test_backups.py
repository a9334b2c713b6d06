"""A backup brings everything back, refuses what is not whole, and the restored portal goes on working."""

import json
import os
import stat

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Max

from markets.models import PaymentAccount, Stall
from portal import backups
from portal.privacy.models import ReadLog
from tests.builders import make_card, make_market, make_stall

NUMBER = "MAU0000000000777777"


@pytest.fixture
def card(transactional_db):
    """A card, with the history, the sealed values and the read log that belong to it."""
    card = make_card(number=NUMBER, state="tried")
    ReadLog.objects.create(
        user=card.made_by, model="markets.stallcard", row=card.pk, field="payload", reason="audit"
    )
    return card


@pytest.fixture
def folder(card, tmp_path):
    """A backup of a database with one card."""
    call_command("backup", tmp_path / "backup", verbosity=0)
    return tmp_path / "backup"


@pytest.fixture
def elsewhere(card):
    """From now on the connection is to an empty database of the same server."""
    here = connection.settings_dict["NAME"]
    name = f"{here}_restored"
    _recreate(name)
    _connect(name)
    yield name
    _connect(here)
    _recreate(name, again=False)


def _connect(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _recreate(name: str, again: bool = True) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")
        if again:
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")


def everything() -> dict[str, list[str]]:
    """Every row of every table as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'reference')"
        )
        found = {}
        for schema, table in cursor.fetchall():
            cursor.execute(f'SELECT (t.*)::text FROM "{schema}"."{table}" t ORDER BY 1')
            found[f"{schema}.{table}"] = [row for (row,) in cursor.fetchall()]
        return found


def is_empty() -> bool:
    return "public" not in {name.split(".")[0] for name in everything()}


def restore(folder):
    call_command("restore", folder, verbosity=0)


def test_every_row_of_every_table_comes_back(folder, card, elsewhere):
    restored = elsewhere
    _connect(restored.removesuffix("_restored"))
    before = everything()
    _connect(restored)
    restore(folder)
    assert everything() == before
    assert len(before["public.markets_stallcardevent"]) > 1
    assert PaymentAccount.objects.with_number(card.bin, NUMBER).get().number.open() == NUMBER


def test_the_restored_portal_goes_on_as_before(folder, card, elsewhere):
    """Sequences, generated columns, triggers of history and read log, the server's rights."""
    restore(folder)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {django_settings.DATABASE_APP_ROLE}")
        last = Stall.objects.aggregate(last=Max("serial"))["last"]
        stall = make_stall(market=make_market(), row="b", number="7")
        stall.refresh_from_db()
        assert (stall.label, stall.serial > last, stall.events.count()) == ("B7", True, 1)
        cursor.execute("SELECT procrastinate_defer_periodic_job_v2('q', NULL, NULL, 't', 0, '', 0, '{}')")
        with pytest.raises(DatabaseError), transaction.atomic():
            ReadLog.objects.all().delete()
    with pytest.raises(DatabaseError, match="may only grow"):
        ReadLog.objects.all().delete()


def test_a_database_that_is_not_empty_is_refused_and_left_alone(folder):
    before = everything()
    with pytest.raises(CommandError, match="is not empty"):
        restore(folder)
    assert everything() == before


def _cut(folder):
    with open(folder / "database.dump", "r+b") as dump:
        dump.truncate(os.path.getsize(dump.name) // 2)


def _lose(folder):
    (folder / "database.dump").unlink()


def _add(folder):
    (folder / "files").mkdir()
    (folder / "files" / "stranger.txt").write_text("?")


def _change_manifest(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tables"]["public.markets_stall"]["rows"] += 1
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _half_written(folder):
    (folder / "manifest.sha256").write_text("")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_cut, r"Refused: database.dump is not as it was written \(cut off, or changed\)"),
        (_lose, "Refused: database.dump is missing"),
        (_add, "Refused: files/stranger.txt was added later"),
        (_change_manifest, "Refused: manifest.json was changed"),
        (_half_written, "Refused: .* is no backup"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused_before_anything_is_written(folder, elsewhere, spoil, sentence):
    spoil(folder)
    with pytest.raises(CommandError, match=sentence):
        restore(folder)
    assert is_empty()


def test_a_restoring_that_fails_half_way_leaves_the_database_empty(folder, elsewhere):
    """A trigger of the server that refuses one of the last statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$;"
            "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX')"
            " EXECUTE FUNCTION refuse()"
        )
    with pytest.raises(CommandError, match=r"pg_restore failed; the database is as (.|\n)*disk is full"):
        restore(folder)
    assert is_empty()


def test_a_backup_of_a_newer_portal_is_refused(card, tmp_path, elsewhere):
    restored = elsewhere
    _connect(restored.removesuffix("_restored"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('markets', '9999_x', now())"
        )
    call_command("backup", tmp_path / "backup", verbosity=0)
    _connect(restored)
    with pytest.raises(CommandError, match=r"newer portal .* does not know markets\.9999_x"):
        restore(tmp_path / "backup")
    assert is_empty()


def test_the_keys_are_named_and_never_copied(folder, elsewhere, settings, capsys):
    assert json.loads((folder / "manifest.json").read_text())["keys"] == ["k1"]
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    for key in (*settings.FIELD_KEYS.values(), settings.BLIND_INDEX_KEY):
        assert key not in kept
    settings.FIELD_KEYS = {"k2": bytes(32)}
    with pytest.raises(CommandError, match=r"keys of this environment do not fit.*payload, key k1"):
        restore(folder)
    assert "k1 (MISSING)" in capsys.readouterr().out
    assert Stall.objects.count() == 1


def test_another_index_key_is_noticed(folder, elsewhere, settings):
    settings.BLIND_INDEX_KEY = bytes(32)
    with pytest.raises(CommandError, match=r"do not fit: markets_paymentaccount\.number_index, blind index"):
        restore(folder)


def test_files_come_back_and_a_changed_one_is_refused(card, tmp_path, settings, request):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    (tmp_path / "media" / "a").mkdir(parents=True)
    (tmp_path / "media" / "a" / "ảnh.jpg").write_bytes(b"\xff\xd8 picture")
    call_command("backup", tmp_path / "backup", verbosity=0)
    settings.MEDIA_ROOT = str(tmp_path / "new")
    request.getfixturevalue("elsewhere")
    kept = tmp_path / "backup" / "files" / "MEDIA_ROOT" / "a" / "ảnh.jpg"
    kept.write_bytes(b"\xff\xd8 another")
    with pytest.raises(CommandError, match=r"Refused: files/MEDIA_ROOT/a/ảnh.jpg is not as it was"):
        restore(tmp_path / "backup")
    kept.write_bytes(b"\xff\xd8 picture")
    restore(tmp_path / "backup")
    assert (tmp_path / "new" / "a" / "ảnh.jpg").read_bytes() == b"\xff\xd8 picture"


def test_only_its_owner_may_read_a_backup(folder):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_backup_never_writes_over_something(folder):
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", folder, verbosity=0)
    assert (folder / "manifest.json").read_bytes() == before


def test_a_backup_that_fails_leaves_nothing_half_made(card, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE owners_only ()")
    owner = connection.settings_dict["USER"]
    try:
        connection.settings_dict["USER"] = django_settings.DATABASE_APP_ROLE  # for pg_dump: we are connected
        with pytest.raises(CommandError, match=r"pg_dump failed(.|\n)*permission denied"):
            call_command("backup", tmp_path / "backup", verbosity=0)
    finally:
        connection.settings_dict["USER"] = owner
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE owners_only")
    assert list(tmp_path.iterdir()) == []


def test_the_password_is_not_on_the_command_line(card, tmp_path, monkeypatch):
    """A pg_dump that comes first on the PATH writes down what it was given."""
    major = connection.connection.info.server_version // 10_000
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) {major}.1" && exit\n'
        f'echo "$@" > {tmp_path}/arguments; echo "$PGPASSWORD" > {tmp_path}/password; exit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "rat-kin")
    with pytest.raises(CommandError):
        call_command("backup", tmp_path / "backup", verbosity=0)
    assert (tmp_path / "password").read_text() == "rat-kin\n"
    assert "rat-kin" not in (tmp_path / "arguments").read_text()


def test_a_pg_dump_of_another_version_is_passed_by(card, tmp_path, monkeypatch):
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.1"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    call_command("backup", tmp_path / "backup", verbosity=0)
    assert (tmp_path / "backup" / "database.dump").stat().st_size > 10_000


def test_the_hash_of_a_table_notices_a_letter_and_not_the_order(card):
    def goods():
        with transaction.atomic():
            return backups._tables()["public.markets_goods"]

    before = goods()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE markets_goods SET sort = sort")  # every row moves to another place
        assert goods() == before
        cursor.execute(
            "UPDATE markets_goods SET name = name || '.' WHERE code = (SELECT min(code) FROM markets_goods)"
        )
    after = goods()
    assert (after["rows"], after["hash"] == before["hash"]) == (before["rows"], False)
