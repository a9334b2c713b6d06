"""Filters of the registers: fields of one form beside the list, sent by GET, in place of columns of links.

A filter that makes no sense shows no row and says so: a list, and its export, never hold more than was asked.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from functools import cached_property

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db import models
from django.utils import timezone

from portal.text import clean_text, read_date


class FieldFilter(admin.ListFilter):
    """One filter: `names` are its parameters in the address; a subclass says what they do in `narrow`."""

    template = "admin/filter_choice.html"
    names: tuple[str, ...] = ()

    def __init__(self, request, params, model, register):
        super().__init__(request, params, model, register)
        self.model = model
        self.values = {name: clean_text(params.pop(name, [""])[-1]) for name in self.names}
        self.value = self.values[self.names[0]]
        self.error = ""

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> tuple[str, ...]:
        return self.names

    def choices(self, changelist) -> list:
        return []  # the template asks the filter itself

    def queryset(self, request, rows):
        return self.narrow(rows) if any(self.values.values()) else rows

    def in_words(self) -> str:
        """What it is set to, for the list of active filters; nothing where it is not set."""
        return self.value

    def narrow(self, rows):
        """The rows that fit `values`; sets `error` and gives none where they make no sense."""
        raise NotImplementedError


def choice_filter(
    title: str, name: str, options: Iterable | Callable, narrow: str | Callable
) -> type[FieldFilter]:
    """A filter that picks one of `options`: pairs of value and words, or a call that takes the request.

    `narrow` is the lookup that equals the value, or takes rows and value and gives rows.
    """

    class Choice(FieldFilter):
        names = (name,)

        @cached_property
        def options(self):
            pairs = options(self.request) if callable(options) else options
            return [(str(value), words) for value, words in pairs]

        def in_words(self):
            return str(dict(self.options).get(self.value, self.value)) if self.value else ""

        def narrow(self, rows):
            if self.value not in dict(self.options):
                self.error = "Chọn lại trong danh sách."
                return rows.none()
            return narrow(rows, self.value) if callable(narrow) else rows.filter(**{narrow: self.value})

    Choice.title = title
    return Choice


def done_filter(words: str, field: str) -> type[FieldFilter]:
    """A filter by whether a moment is written down: done, or not yet."""
    options = [("xong", "đã xong"), ("chua", "chưa")]
    return choice_filter(
        words, "xong", options, lambda rows, value: rows.filter(**{f"{field}__isnull": value == "chua"})
    )


def dates_filter(title: str, name: str, lookup: str) -> type[FieldFilter]:
    """A filter from one day to another, both included, of a date or of the local day of a moment."""

    class Dates(FieldFilter):
        template = "admin/filter_dates.html"
        names = (f"{name}_tu", f"{name}_den")

        def ends(self):
            """What the template shows: parameter, word, value."""
            words = ("từ ngày", "đến hết ngày")
            return [(one, word, self.values[one]) for one, word in zip(self.names, words, strict=True)]

        def in_words(self):
            return " ".join(f"{word} {value}" for _, word, value in self.ends() if value)

        def narrow(self, rows):
            try:
                first, last = (read_date(day) if (day := self.values[one]) else None for one in self.names)
            except ValueError as error:
                self.error = str(error)
                return rows.none()
            is_moment = isinstance(get_fields_from_path(self.model, lookup)[-1], models.DateTimeField)
            start = _midnight if is_moment else lambda day: day
            if first:
                rows = rows.filter(**{f"{lookup}__gte": start(first)})
            if last:
                rows = rows.filter(**{f"{lookup}__lt": start(last + timedelta(days=1))})
            return rows

    Dates.title = title
    return Dates


def _midnight(day) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
