"""Sealed values move under the newest key: all of them, unchanged, and stoppable at any point."""

import base64
import contextlib
import threading

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from markets.models import PaymentAccount, StallCard
from portal.privacy import rotation
from portal.privacy.models import SealedFile
from tests.builders import make_account, make_card, make_user

KEYS = {f"k{n}": bytes([n]) * 32 for n in (1, 2, 3)}


@pytest.fixture
def keys(settings):
    """Sets the key ids in force, the one that encrypts first."""

    def use(*ids):
        settings.FIELD_KEYS = {name: KEYS[name] for name in ids}

    use("k1")
    return use


@pytest.fixture
def cards(db, keys):
    """Three cards under k1: two by number, one by the vendor's own code."""
    own = make_card().payload.open()
    return [make_card(), make_card(account=make_account(payload=own))]


def clear_values() -> dict[str, str]:
    return {
        f"{column.column}.{row.pk}": getattr(row, column.name).open()
        for model, columns in rotation.sealed_models()
        for column in columns
        for row in model._base_manager.exclude(**{column.name: None})
    }


def spoil(card) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE markets_stallcard SET payload = 'k1.spoilt'::bytea WHERE id = %s", [card.pk])


def test_every_sealed_column_of_every_app_is_found():
    found = {f"{m._meta.label}.{c.name}" for m, columns in rotation.sealed_models() for c in columns}
    marked = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if type(field).__name__ == "SealedTextField"
    }
    assert found == marked >= {"markets.PaymentAccount.number", "markets.StallCard.payload"}


def test_all_values_move_unchanged_and_the_old_key_may_go(cards, keys, capsys):
    before = clear_values()
    keys("k2", "k1")
    call_command("rotate_keys", batch=2)
    assert "Every sealed value is under key k2." in capsys.readouterr().out
    keys("k2")
    assert clear_values() == before
    assert rotation.stale_count() == 0


def test_rotation_writes_no_history_and_leaves_blind_indexes(cards, keys):
    def around():
        events = {model._meta.label: model.objects.count() for model in apps.get_models() if _is_event(model)}
        return events, sorted(PaymentAccount.objects.values_list("pk", "number_index", "holder"))

    before = around()
    keys("k2", "k1")
    call_command("rotate_keys", verbosity=0)
    assert around() == before
    account = PaymentAccount.objects.exclude(number=None).first()
    assert account in PaymentAccount.objects.with_number(account.bin, account.number.open())


def _is_event(model):
    return hasattr(model, "pgh_id") or "pgh_id" in {field.name for field in model._meta.fields}


def test_rotation_stopped_after_a_batch_goes_on_where_it_was(cards, keys):
    before = clear_values()
    keys("k2", "k1")
    stale = rotation.stale_count()
    steps = rotation.rotate(batch=1)
    next(steps)
    steps.close()
    assert rotation.stale_count() == stale - 1
    assert sum(step.moved for step in rotation.rotate(batch=1)) == stale - 1
    assert clear_values() == before


def test_a_second_run_reads_no_row_again(cards, keys):
    keys("k2", "k1")
    call_command("rotate_keys", verbosity=0)
    tokens = sorted(bytes(c.payload.token) for c in StallCard.objects.all())
    assert list(rotation.rotate()) == []
    assert sorted(bytes(c.payload.token) for c in StallCard.objects.all()) == tokens


def test_dry_run_counts_per_key_and_changes_nothing(cards, keys, capsys):
    keys("k3", "k1")
    newer = make_card()
    keys("k2", "k3", "k1")
    call_command("rotate_keys", dry_run=True)
    assert "markets_stallcard.payload  k1: 3, k3: 1" in capsys.readouterr().out
    assert rotation.stale_count() == StallCard.objects.count() + PaymentAccount.objects.count()
    assert newer.payload.token.startswith(b"k3.")


@pytest.mark.parametrize("missing_key", [False, True], ids=["spoilt value", "unknown key"])
def test_values_nobody_can_open_are_named_and_the_others_move(cards, keys, missing_key):
    lost = cards[0]
    clear = lost.payload.open()
    if missing_key:
        keys("k3")
        lost.payload = clear
        lost.save(update_fields=["payload"])
    else:
        spoil(lost)
    token = bytes(StallCard.objects.get(pk=lost.pk).payload.token)
    keys("k2", "k1")
    with pytest.raises(CommandError) as refused:
        call_command("rotate_keys", batch=1)
    assert f"markets_stallcard.payload.{lost.pk}" in str(refused.value)
    assert "1 values cannot be opened" in str(refused.value)
    assert clear not in str(refused.value)
    assert base64.b64encode(token).decode() not in str(refused.value)
    assert bytes(StallCard.objects.get(pk=lost.pk).payload.token) == token
    assert rotation.stale_count() == 1


def test_a_value_that_reads_back_wrong_stops_the_run_and_is_taken_back(cards, keys):
    """A trigger that writes over the new value, as a faulty replica or extension might."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.wrong() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.payload := OLD.payload || '\\x00'::bytea; RETURN NEW; END $$;"
            "CREATE TRIGGER wrong BEFORE UPDATE ON markets_stallcard"
            " FOR EACH ROW EXECUTE FUNCTION pg_temp.wrong()"
        )
    before = clear_values()
    keys("k2", "k1")
    with pytest.raises(rotation.NotTheSame):
        list(rotation.rotate())
    assert {k: v for k, v in clear_values().items() if k.startswith("payload")} == {
        k: v for k, v in before.items() if k.startswith("payload")
    }


def test_opens_tells_for_which_keys_the_environment_is_right(cards, keys):
    keys("k2", "k1")
    make_card()
    assert set(rotation.opens().values()) == {True}
    keys("k2")
    assert rotation.opens()["markets_stallcard.payload, key k1"] is False
    assert rotation.opens()["markets_stallcard.payload, key k2"] is True


@pytest.fixture
def held_row(transactional_db, keys):
    """A card whose row another connection holds until it rolls back."""
    card = make_card()
    keys("k2", "k1")
    holder = connection.copy()
    with contextlib.closing(holder):
        holder.ensure_connection()
        holder.connection.autocommit = False
        holder.connection.execute("SELECT FROM markets_stallcard WHERE id = %s FOR UPDATE", [card.pk])
        yield holder.connection


def test_a_row_somebody_holds_is_waited_for_once_the_others_are_done(held_row):
    make_card()
    steps = rotation.rotate()
    assert next(steps).moved  # the accounts, then the card nobody holds
    threading.Timer(0.5, held_row.rollback).start()
    list(steps)
    assert rotation.stale_count() == 0


def test_a_row_that_stays_held_ends_the_run_with_a_sentence(held_row, monkeypatch):
    monkeypatch.setattr(rotation, "LONGEST_WAIT", "200ms")
    with pytest.raises(CommandError, match=r"refused \(LockNotAvailable\); run again"):
        call_command("rotate_keys", verbosity=0)
    held_row.rollback()
    call_command("rotate_keys", verbosity=0)
    assert rotation.stale_count() == 0


def test_kept_files_move_a_few_at_a_time(db, keys, monkeypatch):
    """Files are sealed values too, of megabytes, and no text: a batch holds only as many as fit."""
    monkeypatch.setattr(rotation, "BATCH_BYTES", 200)
    user, data = make_user(), [bytes([n]) * 100 + b"\xff\xfe" for n in range(5)]
    for content in data:
        SealedFile.objects.keep(content, name="the.pdf", content_type="application/pdf", by=user)
    SealedFile.objects.keep(b"\xff" * 1000, name="anh.jpg", content_type="image/jpeg", by=user)
    keys("k2", "k1")
    steps = list(rotation.rotate())
    assert sum(step.moved for step in steps) == 6
    assert max(step.moved for step in steps) == 1
    keys("k2")
    opened = {file.content.open_bytes() for file in SealedFile.objects.all()}
    assert opened == {*data, b"\xff" * 1000}
