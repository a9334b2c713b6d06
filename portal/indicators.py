"""What a programme tells in numbers; `<app>/indicators.py` declares it, the roof shows it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

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
