"""Vietnamese words: one door for text coming in, search without accents, Vietnamese order, dates and numbers.

The SQL functions behind the expressions are made by `portal/migrations/0001_text.py`; an app that uses them
lists ("portal", "0001_text") in the dependencies of its first migration.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from django.contrib.postgres.indexes import GinIndex
from django.db.models import Case, Func, GeneratedField, Q, TextField, Value, When
from django.db.models.functions import Coalesce

from portal.folding import fold_ascii

# --- text as it comes in -----------------------------------------------------------------------------------


def nfc(value: str) -> str:
    """The text in Unicode NFC, the only form that is stored and compared."""
    return unicodedata.normalize("NFC", value)


def clean_text(value: str) -> str:
    """One line of text as stored: NFC, no control characters, single spaces, none at the ends."""
    spaced = re.sub(r"\s", " ", value)  # a line break or a tab is a space, not nothing
    visible = "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return " ".join(nfc(visible).split())


def is_spelled_alike(one, other) -> bool:
    """Whether two texts differ at most in capitals, spaces and where a tone stands: "HOÀ" and "Hòa"."""
    return _spelling(str(one)) == _spelling(str(other))


def _spelling(text: str) -> list[tuple[str, list[str]]]:
    """Each word as its bare letters, and its marks in an order of their own; đ is a letter."""
    found = []
    for word in clean_text(text).casefold().split():
        letters = unicodedata.normalize("NFD", word)
        marks = [letter for letter in letters if unicodedata.category(letter) == "Mn"]
        found.append(("".join(letter for letter in letters if letter not in marks), sorted(marks)))
    return found


def typed(parameters, name: str, longest: int = 80) -> str:
    """A word of the address (`request.GET`), cleaned: the database refuses NUL; empty where there is none."""
    return clean_text(parameters.get(name, ""))[:longest].rstrip()


def slugify_vn(text: str) -> str:
    """Address part that keeps đ as d: "Chợ Đống Đa" → "cho-dong-da"."""
    return re.sub(r"[^a-z0-9]+", "-", fold_ascii(text).lower().replace("'", "")).strip("-")


# --- search ------------------------------------------------------------------------------------------------


class VnFold(Func):
    """Text as it is searched: no accents, lower case, final y as i."""

    function = "vn_fold"
    arity = 1
    output_field = TextField()


class VnSortKey(Func):
    """Vietnamese order from the first word on, for places and things."""

    function = "vn_sort_key"
    arity = 1
    output_field = TextField()


class VnPersonKey(Func):
    """Vietnamese order of people: the given name, which is the last word, then the rest."""

    function = "vn_person_key"
    arity = 1
    output_field = TextField()


class VnDocumentKey(Func):
    """Letters and digits of a document's number: 123-KH/TĐTN → 123khtdtn."""

    function = "vn_document_key"
    arity = 1
    output_field = TextField()


class Joined(Func):
    """Texts joined by spaces with `||`: concat() is not immutable, so no generated column may use it."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = TextField()


def _key(expression, **options):
    return GeneratedField(expression=expression, output_field=TextField(**options), db_persist=True)


def Folded(*fields: str) -> GeneratedField:
    """Column with the folded text of one or several fields of the same row, for `matches`."""
    if len(fields) == 1:
        return _key(VnFold(fields[0]))
    return _key(VnFold(Joined(*(Coalesce(field, Value("")) for field in fields))))


def SortKey(field: str) -> GeneratedField:
    """Column to order places and things by."""
    return _key(VnSortKey(field), db_collation="C")


def PersonKey(field: str) -> GeneratedField:
    """Column to order people by, on their full name."""
    return _key(VnPersonKey(field), db_collation="C")


def DocumentKey(field: str) -> GeneratedField:
    """Column to find a document by its number, however the marks in it are typed."""
    return _key(VnDocumentKey(field), db_collation="C")


def trigram_index(field: str, *, name: str) -> GinIndex:
    """Index that lets `matches` find any part of the words in a Folded column."""
    return GinIndex(fields=[field], name=name, opclasses=["gin_trgm_ops"])


def matches(field: str, text: str) -> Q:
    """Rows whose Folded column `field` has every word of the text; every row for an empty text.

    The database folds the words with the function that folded the column, and `contains` escapes % and _.
    """
    condition = Q()
    for word in clean_text(text).split():
        found = Q(**{f"{field}__contains": VnFold(Value(word))})
        if (plain := fold_ascii(word).lower()).endswith("y"):  # "quy" is quý (folded qui) or half of Quỳnh
            found |= Q(**{f"{field}__contains": plain})
        condition &= found
    return condition


def exact_accents_first(queryset, field: str, text: str):
    """The queryset, rows whose `field` has the text with its very accents first, then as ordered before."""
    exact = When(**{f"{field}__icontains": clean_text(text)}, then=0)
    order = queryset.query.order_by or queryset.model._meta.ordering
    return queryset.order_by(Case(exact, default=1), *order)


# --- dates and numbers -------------------------------------------------------------------------------------


def read_date(text: str) -> date:
    """Date typed day first: 1/2/2026, 01-02-2026, 1.2.2026. ValueError has a Vietnamese sentence."""
    found = re.fullmatch(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})", text.strip())
    if not found:
        raise ValueError("Ghi ngày theo thứ tự ngày-tháng-năm, năm đủ bốn chữ số, ví dụ 22-11-2026.")
    day, _, month, year = found.groups()
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(f"Không có ngày {text.strip()}: xem lại ngày và tháng.") from None


def format_date(day: date) -> str:
    """22-11-2026, as every page and print shows it."""
    return f"{day:%d-%m-%Y}"


def format_number(number: int | float | Decimal) -> str:
    """1.234.567 and 0,5: dots between thousands, a comma before decimals."""
    return f"{number:,}".translate(str.maketrans(",.", ".,"))


def format_money(amount: int) -> str:
    """1.000 đ; đồng have no decimals."""
    return f"{format_number(amount)} đ"
