"""Vietnamese words in SQL and Python: folding, order, search, dates, numbers."""

import unicodedata
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from django import forms
from django.db import connection, models
from django.test.utils import isolate_apps
from django.utils import formats

from portal import text

TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
LETTERS = [unicodedata.normalize("NFC", v + t) for v, t in product("aăâeêioôơuưy", TONES)] + ["đ"]
LETTERS = [letter for letter in LETTERS + [c.upper() for c in LETTERS] if not letter.isascii()]


def sql(function, value):
    with connection.cursor() as cursor:
        return cursor.execute(f"SELECT public.{function}(%s)", [value]).fetchone()[0]


def in_order(function, names):
    return sorted(names, key=lambda name: sql(function, name).encode())


@pytest.fixture
def folk(db):
    """A table with every kind of key that `portal.text` makes."""
    with isolate_apps("portal"):

        class Folk(models.Model):
            name = models.CharField(max_length=80)
            nick = models.CharField(max_length=80, null=True)
            number = models.CharField(max_length=80, default="")
            folded = text.Folded("name", "nick")
            name_folded = text.Folded("name")
            person_key = text.PersonKey("name")
            sort_key = text.SortKey("name")
            number_key = text.DocumentKey("number")

            class Meta:
                app_label = "portal"
                ordering = ["person_key"]
                indexes = [text.trigram_index("name_folded", name="folk_name_trgm")]

            def __str__(self):
                return self.name

    with connection.schema_editor() as editor:
        editor.create_model(Folk)
    return Folk


def names(queryset):
    return [row.name for row in queryset]


def test_there_are_134_vietnamese_letters_in_the_next_test():
    assert len(set(LETTERS)) == 134


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.django_db
def test_every_vietnamese_letter_folds_to_its_plain_letter(form):
    typed = "".join(unicodedata.normalize(form, letter) for letter in LETTERS)
    plain = "".join(unicodedata.normalize("NFD", letter)[0].lower().replace("đ", "d") for letter in LETTERS)
    assert sql("vn_fold", typed) == plain
    assert text.fold_ascii(typed).lower() == plain


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  Huyện \t Đăk\u00a0Pơ ", "huyen dak po"),
        ("quý Mỹ Kỹ Lý Sỹ Tỵ Vỹ Hỷ", "qui mi ki li si ti vi hi"),
        ("quí Mĩ Kĩ Lí Sĩ Tị Vĩ Hỉ", "qui mi ki li si ti vi hi"),
        ("Thúy Huy Nguyễn Quỳnh Ý day", "thuy huy nguyen quynh y day"),
        ("Rơ̆ Châm Hơ̆ Yŏ Ƀlă", "ro cham ho yo bla"),
        ("Ia H’Drai ʼ ‘", "ia h'drai ' '"),
    ],
)
@pytest.mark.django_db
def test_names_fold_as_people_search_them(written, folded):
    assert sql("vn_fold", written) == folded
    assert sql("vn_fold", unicodedata.normalize("NFD", written)) == folded


@pytest.mark.django_db
def test_a_document_number_becomes_its_letters_and_digits():
    assert sql("vn_document_key", "123-KH/TĐTN") == "123khtdtn"
    assert sql("vn_document_key", unicodedata.normalize("NFD", " 123 – kh / tđtn ")) == "123khtdtn"


@pytest.mark.django_db
def test_people_stand_by_given_name_then_family_name():
    right = [
        "Lê Thị An",
        "Nguyễn Văn An",
        "Nguyễn Thị Thu Anh",
        "Đinh Ánh",
        "Trần Ân",
        "Vũ Bảo",
        "Phạm Cường",
        "Bùi Dung",
        "Bùi Dũng",
        "Bùi Đạt",
        "Lê Hà",
        "Nguyễn Văn Hà",
        "An Hạ",
        "Rơ Châm H’Lan",
        "Đỗ Oanh",
        "Đỗ Ổn",
        "Đỗ Ơn",
        "Doãn Uyên",
        "Đỗ Uyên",
        "Đỗ Ước",
        "Đỗ Ý",
    ]
    assert in_order("vn_person_key", reversed(right)) == right
    assert in_order("vn_person_key", [unicodedata.normalize("NFD", n) for n in right]) == [
        unicodedata.normalize("NFD", n) for n in right
    ]


@pytest.mark.django_db
def test_tones_decide_only_between_the_same_letters():
    right = ["ma", "mà", "mả", "mã", "má", "mạ", "mác", "mai", "măc", "mâm", "mệ"]
    assert in_order("vn_sort_key", reversed(right)) == right
    assert sql("vn_sort_key", "Hoà") == sql("vn_sort_key", "Hòa")
    assert in_order("vn_sort_key", ["Má An", "Ma Ân", "Ma An"]) == ["Ma An", "Má An", "Ma Ân"]


@pytest.mark.django_db
def test_every_letter_of_the_alphabet_has_its_place():
    alphabet = list("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")
    assert in_order("vn_sort_key", reversed(alphabet)) == alphabet
    assert in_order("vn_sort_key", [c.upper() for c in reversed(alphabet)]) == [c.upper() for c in alphabet]


@pytest.mark.django_db
def test_places_stand_by_first_word_and_by_number():
    right = ["An", "An Phú", "Anh", "Ấp 1", "Ia Băng", "Ia Grai", "Thôn 2", "Thôn 2A", "Thôn 10", "Xã Ia-Ko"]
    assert in_order("vn_sort_key", reversed(right)) == right


def test_a_district_is_found_without_accents(folk):
    folk.objects.create(name="huyện Đăk Pơ")
    folk.objects.create(name="Đak Đoa", nick="Nguyễn Quỳnh")
    assert names(folk.objects.filter(text.matches("folded", "dak po"))) == ["huyện Đăk Pơ"]
    assert names(folk.objects.filter(text.matches("folded", "  PƠ   đắk "))) == ["huyện Đăk Pơ"]
    assert len(folk.objects.filter(text.matches("folded", "đak"))) == 2
    assert len(folk.objects.filter(text.matches("folded", " "))) == 2


def test_a_half_typed_name_is_found_and_both_spellings_of_y(folk):
    for name in ["Nguyễn Quỳnh", "Trần Quí", "Lê Quý", "Mĩ"]:
        folk.objects.create(name=name)
    assert len(folk.objects.filter(text.matches("name_folded", "quy"))) == 3
    assert names(folk.objects.filter(text.matches("name_folded", "mỹ"))) == ["Mĩ"]
    assert len(folk.objects.filter(text.matches("name_folded", "quý"))) == 3


def test_wildcards_in_a_search_are_plain_characters(folk):
    folk.objects.create(name="Giảm 50% _a\\b")
    folk.objects.create(name="Giảm 500 xa")
    for typed in ["50%", "_a", "a\\b"]:
        assert names(folk.objects.filter(text.matches("folded", typed))) == ["Giảm 50% _a\\b"], typed


def test_exact_accents_come_first(folk):
    for name in ["Lê An", "Bùi Ân", "Ngô Ấn"]:
        folk.objects.create(name=name)
    found = folk.objects.filter(text.matches("folded", "ân"))
    assert names(found) == ["Lê An", "Bùi Ân", "Ngô Ấn"]
    assert names(text.exact_accents_first(found, "name", "A\u0302n")) == ["Bùi Ân", "Lê An", "Ngô Ấn"]


def test_a_missing_second_name_does_not_hide_the_first(folk):
    folk.objects.create(name="Siu Ơ̆", nick=None)
    assert folk.objects.get(text.matches("folded", "siu o")).name == "Siu Ơ̆"


def test_a_document_is_found_by_its_key(folk):
    folk.objects.create(name="Kế hoạch", number="123-KH/TĐTN")
    assert folk.objects.filter(number_key=text.VnDocumentKey(models.Value("123 kh tđtn"))).exists()


def test_search_reads_the_trigram_index(folk):
    folk.objects.bulk_create(folk(name=f"Nguyễn Văn {n}") for n in range(50))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for typed in ["nguyễn", "mỹ quý"]:
            plan = folk.objects.filter(text.matches("name_folded", typed)).order_by().explain()
            assert "folk_name_trgm" in plan, plan


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("Chợ Đống Đa", "cho-dong-da"),
        ("  Ia H’Drai – 2026 ", "ia-hdrai-2026"),
        ("Ƀlă Yơ̆", "bla-yo"),
        ("!", ""),
    ],
)
def test_slugs_keep_d(typed, slug):
    assert text.slugify_vn(typed) == slug


def test_text_comes_in_as_one_clean_line():
    assert text.clean_text(" Trâ\u0300n\t\n Thi\u0323\u200b  \x00Mơ̆ ") == "Trần Thị Mơ̆"
    assert text.clean_text("a \u200b b") == "a b"
    assert text.nfc("e\u0302\u0323") == "ệ"


@pytest.mark.parametrize("typed", ["1/2/2026", "01-02-2026", " 1.2.2026 "])
def test_dates_are_read_day_first(typed):
    assert text.read_date(typed) == date(2026, 2, 1)


@pytest.mark.parametrize(
    "typed",
    ["1.2.26", "2026-02-01", "12/25/2026", "31/04/2026", "29/2/2026", "1/2-2026", "١/٢/٢٠٢٦", "1/1/0000", ""],
)
def test_other_dates_are_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match="ngày"):
        text.read_date(typed)


def test_numbers_and_money_are_written_the_vietnamese_way():
    assert text.format_number(1234567) == "1.234.567"
    assert text.format_number(-1234) == "-1.234"
    assert text.format_number(Decimal("1234.5")) == "1.234,5"
    assert text.format_money(1000) == "1.000 đ"
    assert text.format_date(date(2026, 2, 1)) == "01-02-2026"


def test_forms_read_and_pages_show_the_day_first(settings):
    field = forms.DateField()
    assert field.clean("03/04/2026") == date(2026, 4, 3)
    assert field.clean("25/12/2026") == date(2026, 12, 25)
    assert field.clean("1-2-2026") == date(2026, 2, 1)
    assert formats.localize_input(date(2026, 4, 3)) == "03-04-2026"
    assert formats.date_format(date(2026, 4, 3)) == "03-04-2026"
    assert formats.date_format(date(2026, 4, 3), "SHORT_DATE_FORMAT") == "03-04-2026"
    assert formats.number_format(1234567.5, force_grouping=True) == "1.234.567,5"
    assert formats.get_format("FIRST_DAY_OF_WEEK") == 1
