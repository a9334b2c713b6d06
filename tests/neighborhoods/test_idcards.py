"""What the number on a card tells, and what the browser keeps of the card's code."""

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from neighborhoods import idcards

PARSER = Path(settings.BASE_DIR, "static/js/idcard.js")
CODES = Path(settings.BASE_DIR, "static/js/codes.js")
INVENTED = "064158000123|123456789|Nguyễn Thị Mẫu|13051958|Nữ|Tổ 2, Phường Mẫu, Gia Lai|25042021"

years = st.integers(1900, 2026)
sexes = st.sampled_from(idcards.SEXES)
places = st.sampled_from(sorted(idcards.PROVINCES))


def number_of(place: int, sex: str, year: int, rest: int = 123) -> str:
    """The number of somebody, as the decree makes it."""
    century = 2 * (year // 100 - 19) + (sex == "female")
    return f"{place:03d}{century}{year % 100:02d}{rest:06d}"


# --- soft warnings -----------------------------------------------------------------------------------------


@given(places, sexes, years, st.integers(0, 999_999))
def test_a_number_that_fits_its_person_is_not_odd(place, sex, year, rest):
    number = number_of(place, sex, year, rest)
    assert idcards.tidy(number) == number
    assert idcards.oddities(number, sex=sex, year=year) == []
    assert idcards.birth_year(number) == year


@given(places, sexes, years, sexes, years)
def test_what_does_not_fit_is_said_once_each_and_nothing_else(place, sex, year, said_sex, said_year):
    found = idcards.oddities(number_of(place, sex, year), sex=said_sex, year=said_year)
    assert len(found) == (sex != said_sex) + (year != said_year)
    assert (str(said_year) in "".join(found)) == (year != said_year)


@given(st.from_regex(r"\A[0-9]{12}\Z"))
def test_any_twelve_digits_are_taken_and_at_most_asked_about(number):
    assert len(idcards.oddities(number, sex="male", year=1958)) <= 3
    assert idcards.oddities(number) == idcards.oddities(number, sex="", year=None)


@given(st.text(max_size=20))
def test_whatever_is_typed_is_twelve_digits_or_nothing(text):
    number = idcards.tidy(text)
    assert number == "" or (len(number) == 12 and number.isascii() and number.isdigit())


def test_a_province_that_never_was_is_odd_and_another_country_is_not():
    assert "063" in idcards.oddities("063158000123")[0]
    assert idcards.oddities("123158000123") == []


# --- in the browser ----------------------------------------------------------------------------------------


def in_node(module: Path, name: str, arguments: list) -> list:
    """What the function of a module answers to each list of arguments."""
    node = shutil.which("node")
    if not node:
        pytest.skip("no node here; tests/browser/test_residents.py runs the same in Chromium")
    script = f"import {{ {name} }} from {json.dumps(module.as_uri())};"
    script += f"console.log(JSON.stringify({json.dumps(arguments)}.map((all) => {name}(...all))))"
    command = [node, "--no-warnings", "--input-type=module", "--eval", script]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def read(*texts: str) -> list:
    return in_node(PARSER, "readCard", [[text] for text in texts])


def test_of_a_card_only_number_name_birth_and_sex_are_kept():
    new_kind = INVENTED + "|Nguyễn Văn Cha|Trần Thị Mẹ|987654321"
    kept = {
        "number": "064158000123", "name": "Nguyễn Thị Mẫu", "sex": "female",
        "birth_day": "13", "birth_month": "05", "birth_year": "1958",
    }  # fmt: skip
    assert read(INVENTED, new_kind) == [kept, kept]


def test_odd_cards_are_read():
    only_year = INVENTED.replace("13051958", "00001958")
    short_year = INVENTED.replace("13051958", "1958")
    no_old_number = INVENTED.replace("123456789", "")
    named_nam = INVENTED.replace("Nguyễn Thị Mẫu", "Nam").replace("Nữ", "Nam")
    in_nfd = INVENTED.replace("Nữ", "Nu\u031b\u0303").replace("Nguyễn", "Nguye\u0302\u0303n")
    found = read(only_year, short_year, no_old_number, named_nam, in_nfd)
    assert [one["birth_year"] for one in found] == ["1958"] * 5
    assert [one["birth_day"] for one in found] == ["", "", "13", "13", "13"]
    assert [one["name"] for one in found[2:]] == ["Nguyễn Thị Mẫu", "Nam", "Nguyễn Thị Mẫu"]
    assert (found[3]["sex"], found[4]["sex"]) == ("male", "female")


def test_what_is_no_card_is_nothing():
    broken = ["", "https://vi.du/|||Nữ", "064158000123", "064158000123|Nữ", INVENTED.replace("064", "64")]
    assert read(*broken, INVENTED.replace("Nữ", "N?")) == [None] * 6


def test_a_page_that_wants_a_card_names_what_it_got_instead():
    wants = {"expects": "identity", "homes": []}
    texts = ["https://vi.du", "00020101021138", "abc", "064158000123|hỏng", INVENTED]
    web, payment, other, broken, card = in_node(CODES, "judge", [[text, wants] for text in texts])
    assert "địa chỉ web" in web["fault"]
    assert "mã thanh toán" in payment["fault"]
    assert "Lật thẻ" in other["fault"]
    assert "Gõ theo thẻ" in broken["fault"]
    assert set(card) == {"fields"}


def test_no_other_page_takes_a_card():
    answers = in_node(
        CODES, "judge", [[INVENTED, {"expects": e, "homes": []}] for e in ("any", "payment", "/t/")]
    )
    assert all(set(answer) == {"fault"} for answer in answers)


# --- cards to practise with --------------------------------------------------------------------------------


def test_the_invented_cards_teach_what_they_say():
    from neighborhoods.practice import CARDS

    plain, year_only, odd, child = read(*(card.payload for card in CARDS))
    told = [
        idcards.oddities(card["number"], sex=card["sex"], year=int(card["birth_year"]))
        for card in (plain, year_only, odd, child)
    ]
    assert [bool(found) for found in told] == [False, False, True, False]
    assert (year_only["birth_day"], plain["birth_day"]) == ("", "13")
    assert date.today().year - int(child["birth_year"]) < 14
