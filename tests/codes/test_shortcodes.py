"""Short codes: every single mistake and every swap of neighbours is seen, however the code is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.codes.shortcodes import ALPHABET, MAX_LENGTH, is_valid, make_code, normalize, why_invalid

codes = st.integers(2, MAX_LENGTH).map(make_code)


def test_the_alphabet_has_31_signs_nobody_mixes_up():
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert not set(ALPHABET) & set("0O1IL")
    assert ALPHABET.upper() == ALPHABET


@given(st.integers(2, MAX_LENGTH))
def test_a_made_code_has_its_length_and_is_valid(length):
    code = make_code(length)
    assert len(code) == length
    assert is_valid(code)
    assert normalize(code) == code
    assert why_invalid(code) == ""


@given(codes)
def test_every_single_wrong_character_is_seen(code):
    for at, old in enumerate(code):
        for new in ALPHABET:
            if new != old:
                assert not is_valid(code[:at] + new + code[at + 1 :])


@given(codes)
def test_every_swap_of_neighbours_is_seen(code):
    for at in range(len(code) - 1):
        if code[at] != code[at + 1]:
            assert not is_valid(code[:at] + code[at + 1] + code[at] + code[at + 2 :])


@given(codes, st.data())
def test_a_code_is_read_however_it_is_typed(code, data):
    wide = "".join(chr(ord(c) + 0xFEE0) if data.draw(st.booleans()) else c for c in code)
    at = data.draw(st.integers(0, len(code)))
    gap = data.draw(st.sampled_from(["", " ", "-", "–", " - ", "\u00a0", "\n"]))
    assert normalize(f" {wide[:at]}{gap}{wide[at:]} ".lower()) == code


@given(st.text())
def test_any_text_is_a_code_or_has_a_sentence_that_says_why_not(text):
    assert (normalize(text) is None) == bool(why_invalid(text))


def test_codes_use_every_sign_and_do_not_repeat():
    made = {make_code() for _ in range(2000)}
    assert len(made) == 2000
    assert (
        set("".join(code[:-1] for code in made)) == set("".join(code[-1] for code in made)) == set(ALPHABET)
    )


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Hãy nhập mã"),
        (" - ", "Hãy nhập mã"),
        ("ABCO2345", "ký tự O"),
        ("0l23ABCD", "ký tự 0, L"),
        ("ABCĐ2345", "“Đ”"),
        ("ABC/2345", "“/”"),
        ("٢٣٤٥٦٧٨٩", "chữ số"),
        ("2", "thiếu, thừa"),
        ("22222223", "thiếu, thừa"),
        ("2" * 31, "thiếu, thừa"),
    ],
)
def test_the_sentence_names_the_mistake(typed, why):
    assert normalize(typed) is None
    assert why in why_invalid(typed)


def test_a_code_without_its_last_character_is_not_always_a_code():
    shortened = [make_code()[:-1] for _ in range(500)]
    assert sum(map(is_valid, shortened)) < 50
