"""Sealed fields on real rows: what the database holds, what prints, what a query may and may not do."""

import json
import pickle
import uuid

import pytest
from django.apps import apps
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from markets.models import PaymentAccount, StallCard
from portal.privacy.crypto import SealBroken
from portal.privacy.fields import Sealed
from tests.builders import BIDV, make_account, make_card, make_number, make_tenancy

pytestmark = pytest.mark.django_db
NUMBER = "MAU1234567890123456"


def stored(column: str = "number") -> bytes:
    """The column of the only account, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM markets_paymentaccount")
        return bytes(cursor.fetchone()[0])


def test_database_holds_the_number_sealed():
    account = make_account(number=NUMBER)
    assert stored().startswith(b"k1.")
    assert NUMBER.encode() not in stored()
    assert PaymentAccount.objects.get().number.open() == NUMBER == account.clear_number()


def test_number_opens_after_create_save_refresh_and_a_fresh_read():
    account = make_account(number=NUMBER)
    account.holder = "SIU H'MAU"
    account.save()
    account.refresh_from_db()
    assert account.number.open() == NUMBER
    assert PaymentAccount.objects.get(pk=account.pk).number.open() == NUMBER


def test_changed_number_is_sealed_and_indexed_anew():
    account, other = make_account(number=NUMBER), make_number()
    account.number = other
    account.save()
    assert PaymentAccount.objects.get().number.open() == other
    assert not PaymentAccount.objects.with_number(BIDV, NUMBER).exists()
    assert PaymentAccount.objects.with_number(BIDV, other).get() == account


def test_bulk_create_seals_and_indexes():
    tenancies = [make_tenancy() for _ in range(3)]
    numbers = [make_number() for _ in tenancies]
    PaymentAccount.objects.bulk_create(
        PaymentAccount(
            tenancy=tenancy, bin=BIDV, holder="MẪU", number=number, recorded_by=tenancy.recorded_by
        )
        for tenancy, number in zip(tenancies, numbers, strict=True)
    )
    assert {account.number.open() for account in PaymentAccount.objects.all()} == set(numbers)
    assert PaymentAccount.objects.with_number(BIDV, numbers[1]).get().tenancy == tenancies[1]


@pytest.mark.parametrize(
    "queryset", [PaymentAccount.objects.only("bin"), PaymentAccount.objects.defer("number")]
)
def test_deferred_number_is_read_when_it_is_asked_for(queryset, django_assert_num_queries):
    make_account(number=NUMBER)
    account = queryset.get()
    with django_assert_num_queries(1):
        assert account.number.open() == NUMBER
    with django_assert_num_queries(0):
        assert account.number.open() == NUMBER


def test_row_saved_with_its_number_deferred_keeps_it():
    make_account(number=NUMBER)
    account = PaymentAccount.objects.defer("number", "number_index").get()
    account.holder = "KHÁC"
    account.save()
    assert PaymentAccount.objects.get().number.open() == NUMBER


def test_update_and_filter_by_clear_text_are_refused():
    make_account(number=NUMBER)
    with pytest.raises(TypeError, match="sealed"):
        PaymentAccount.objects.update(number=make_number())
    with pytest.raises(TypeError, match="sealed"):
        PaymentAccount.objects.filter(number=NUMBER).exists()


def test_value_moved_in_the_database_to_another_row_does_not_open():
    first, second = make_account(number=NUMBER), make_account()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE markets_paymentaccount SET number = %s WHERE id = %s", [first.number.token, second.pk]
        )
    with pytest.raises(SealBroken):
        PaymentAccount.objects.get(pk=second.pk).number.open()


def test_value_copied_in_python_is_sealed_for_its_new_row():
    first, second = make_account(number=NUMBER), make_account()
    second.number = first.number
    second.save()
    assert PaymentAccount.objects.get(pk=second.pk).number.open() == NUMBER


def test_row_copied_under_a_new_key_opens():
    account = make_account(number=NUMBER)
    account.ends_on = account.starts_on
    account.save()
    account.pk, account._state.adding, account.ends_on = uuid.uuid4(), True, None
    account.save()
    copied = PaymentAccount.objects.get(pk=account.pk)
    assert copied.number.open() == NUMBER


def test_sealed_value_needs_a_key_first():
    account = PaymentAccount(id=None)
    with pytest.raises(ValueError, match="key first"):
        account.number = NUMBER


def test_nothing_prints_the_number_whole():
    account = make_account(number=NUMBER)
    sealed = account.number
    prints = [str(sealed), repr(sealed), f"{sealed}", f"{sealed!r}", "{}".format(sealed)]  # noqa: UP032
    prints += [str(account), repr(account), str(vars(account)), str([sealed]), str({"number": sealed})]
    prints.append(serializers.serialize("json", [account]))
    prints.append(str(pickle.dumps(sealed)))
    assert all(NUMBER not in text and NUMBER[3:] not in text for text in prints)
    assert str(sealed) == "•••• 3456"
    for encoder in (None, DjangoJSONEncoder):
        with pytest.raises(TypeError):
            json.dumps(sealed, cls=encoder)


def test_empty_text_is_no_value():
    account = make_account(payload=None, number=NUMBER)
    account.number = ""
    assert account.number is None


def test_blind_index_finds_duplicates_whatever_the_letter_case():
    first = make_account(number=NUMBER)
    second = make_account(number=NUMBER.lower())
    make_account()
    assert set(PaymentAccount.objects.with_number(BIDV, NUMBER)) == {first, second}
    assert not PaymentAccount.objects.with_number("970436", NUMBER).exists()


def test_kept_code_has_no_number_and_no_index():
    card = make_card(number=NUMBER)
    account = make_account(payload=card.payload.open())
    row = PaymentAccount.objects.get(pk=account.pk)
    assert (row.number, row.number_index) == (None, None)
    assert row.payload.open() == StallCard.objects.get(pk=card.pk).payload.open()


def test_history_holds_no_sealed_value():
    sealed = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if getattr(field, "is_sealed", False)
    }
    assert {(model.__name__, name) for model, name in sealed} >= {
        ("PaymentAccount", "number"),
        ("PaymentAccount", "payload"),
        ("StallCard", "payload"),
    }
    kept = {}
    for event in apps.get_models():
        kept.setdefault(getattr(event, "pgh_tracked_model", None), set()).update(
            field.name for field in event._meta.get_fields()
        )
    assert "bin" in kept[apps.get_model("markets", "PaymentAccount")]
    for model, name in sealed:
        assert name not in kept.get(model, set())


def test_sealed_says_where_it_lies_and_nothing_more():
    sealed = Sealed(b"k1.xxxx", "a.b.1")
    assert repr(sealed) == "<Sealed a.b.1>"
