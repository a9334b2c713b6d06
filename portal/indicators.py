"""What a programme tells in numbers; `<app>/indicators.py` declares it, the roof shows it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from portal.text import format_number

LEAST = 5  # a published figure never stands on fewer people or visits (Decree 356/2025)


@dataclass(frozen=True)
class Figure:
    """A number with what it counts, and beside it in small what belongs to it."""

    number: str
    words: str
    detail: str = ""


@dataclass(frozen=True)
class Indicator:
    """What is counted: its name, exactly what it counts, and the indicator it is a share `of`."""

    code: str
    words: str
    says: str
    of: str = ""


@dataclass(frozen=True)
class Period:
    """Days of a report, both included; without a first day since ever."""

    first: date | None
    last: date

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + timedelta(days=1))

    def holds(self, field: str) -> Q:
        """Rows whose moment `field` falls into it."""
        within = Q(**{f"{field}__lt": self.end})
        return within & Q(**{f"{field}__gte": _midnight(self.first)}) if self.first else within


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def percent(part: int, whole: int) -> float | None:
    """A share in per cent with one decimal; None where there is nothing to share: a blank is not 0."""
    return round(100 * part / whole, 1) if whole else None


@dataclass(frozen=True)
class Cell:
    """Counts, by the code of their indicator, of one market and bank ("" without one)."""

    market: int
    bank: str
    counts: Counter


# --- numbers of people, as far as they may be told ----------------------------------------------------------

MANY = 10**9  # more than any number is: an end that is not known


@dataclass(frozen=True)
class Told:
    """A number of people as a reader is told it: itself, or the two ends between which it lies.

    Sums add ends, which are told already: no total, in whatever table, says more than its parts do.
    """

    least: int
    most: int

    @classmethod
    def of(cls, number: int, *, is_masked: bool) -> "Told":
        """The number; masked, those between 0 and LEAST are only told as such."""
        is_small = is_masked and 0 < number < LEAST
        return cls(1, LEAST - 1) if is_small else cls(number, number)

    @classmethod
    def parts(cls, part: int, rest: int, *, is_masked: bool) -> "tuple[Told, Told]":
        """A part of a number that is told beside it, and the rest: a small one hides the other too."""
        whole = part + rest
        if not is_masked or not (0 < part < LEAST or 0 < rest < LEAST):
            return cls(part, part), cls(rest, rest)
        if whole < 2 * LEAST - 1:  # that only one of them is small would say nearly what they are
            most = max(whole, LEAST - 1)
            return cls(0, most), cls(0, most)
        small, other = cls(1, LEAST - 1), cls(whole - LEAST + 1, whole - 1)
        return (small, other) if part < LEAST else (other, small)

    @classmethod
    def over(cls, least: int) -> "Told":
        """At least so many, and nothing else is told."""
        return cls(least, MANY)

    @classmethod
    def sum(cls, told: "Iterable[Told]") -> "Told":
        ends = [(one.least, one.most) for one in told]
        return cls(sum(least for least, _ in ends), sum(most for _, most in ends))

    @property
    def is_exact(self) -> bool:
        return self.least == self.most

    @property
    def cell(self) -> int | str:
        """For a file: a number where it is told, else words."""
        return self.least if self.is_exact else self.words

    @property
    def words(self) -> str:
        if self.is_exact:
            return format_number(self.least)
        if self.most < LEAST:
            return f"dưới {LEAST}"
        return f"ít nhất {format_number(self.least)}" if self.least >= LEAST else "ẩn"

    def share(self, whole: int | None) -> float | str | None:
        """In per cent of a whole; in words where only an end may be told; None where there is none."""
        if not whole:
            return None
        if self.is_exact:
            return percent(self.least, whole)
        if self.least < LEAST and self.most >= LEAST:
            return "ẩn"
        end = percent(max(self.least, LEAST), whole)
        return f"{'ít nhất' if self.least >= LEAST else 'dưới'} {format_number(end).removesuffix(',0')}%"


def pooled(counts: list[int]) -> list[int]:
    """Counts in an order of time without small ones: these wait until there are LEAST, a rest joins the last.

    >>> pooled([2, 4, 0, 9, 1]), pooled([1, 2])
    ([0, 6, 0, 10, 0], [0, 0])
    """
    told, waiting = [0] * len(counts), 0
    for at, count in enumerate(counts):
        waiting += count
        if waiting >= LEAST:
            told[at], waiting = waiting, 0
    last = max((at for at, count in enumerate(told) if count), default=None)
    if last is not None:
        told[last] += waiting
    return told
