"""Sealing single values: bound to their place, changed keys, and a hash that finds equals."""

import os

import pytest

from portal.privacy import crypto
from portal.privacy.crypto import SealBroken, blind_index, seal, unseal

PLACE = "markets_paymentaccount.number.7"
CLEAR = "MAU0000000000001234"


@pytest.mark.parametrize("clear", ["", "0", CLEAR, "Siu H’Mẫu, dãy B", "x" * 5000])
def test_what_was_sealed_opens_again(clear):
    assert unseal(seal(clear.encode(), PLACE), PLACE) == clear.encode()


def test_sealed_value_does_not_show_the_clear_one():
    sealed = seal(CLEAR.encode(), PLACE)
    assert sealed.startswith(b"k1.")
    assert CLEAR.encode() not in sealed


def test_same_value_is_sealed_differently_each_time():
    assert len({seal(CLEAR.encode(), PLACE) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "elsewhere",
    [
        "markets_paymentaccount.number.8",
        "markets_paymentaccount.payload.7",
        "markets_stallcard.number.7",
        "",
    ],
)
def test_value_copied_to_another_row_column_or_table_does_not_open(elsewhere):
    with pytest.raises(SealBroken):
        unseal(seal(CLEAR.encode(), PLACE), elsewhere)


def test_any_changed_byte_is_noticed():
    sealed = seal(CLEAR.encode(), PLACE)
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(SealBroken):
            unseal(bytes(changed), PLACE)


@pytest.mark.parametrize("cut", [b"", b"k1", b"k1.", b"k1.short", b"no point at all"])
def test_what_is_cut_short_is_broken_and_no_other_error(cut):
    with pytest.raises(SealBroken):
        unseal(cut, PLACE)


def test_old_key_still_opens_and_the_newest_seals(settings):
    old = seal(CLEAR.encode(), PLACE)
    settings.FIELD_KEYS = {"k2": os.urandom(32), **settings.FIELD_KEYS}
    assert unseal(old, PLACE) == CLEAR.encode()
    new = seal(CLEAR.encode(), PLACE)
    assert new.startswith(b"k2.")
    assert unseal(new, PLACE) == CLEAR.encode()


def test_value_of_a_key_that_is_gone_does_not_open(settings):
    old = seal(CLEAR.encode(), PLACE)
    settings.FIELD_KEYS = {"k2": os.urandom(32)}
    with pytest.raises(SealBroken, match="k1"):
        unseal(old, PLACE)


def test_other_key_of_the_same_id_does_not_open(settings):
    old = seal(CLEAR.encode(), PLACE)
    settings.FIELD_KEYS = {"k1": os.urandom(32)}
    with pytest.raises(SealBroken):
        unseal(old, PLACE)


def test_errors_never_say_the_value():
    with pytest.raises(SealBroken) as error:
        unseal(seal(CLEAR.encode(), PLACE), "another.place.1")
    assert CLEAR not in str(error.value)


def test_blind_index_is_equal_for_equals_of_one_purpose_only(settings):
    index = blind_index(CLEAR, "a.b")
    assert index == blind_index(CLEAR, "a.b")
    assert len(index) == 32
    assert len({index, blind_index(CLEAR, "a.c"), blind_index(CLEAR + "1", "a.b")}) == 3
    settings.BLIND_INDEX_KEY = os.urandom(32)
    assert crypto.blind_index(CLEAR, "a.b") != index


def test_purpose_and_value_do_not_run_into_each_other():
    assert blind_index("bc", "a") != blind_index("c", "ab")
