"""The numbers of a group drawn: bars of the ladder, months, and their tables, as HTML.

Drawing takes longer than counting, and the same numbers give the same drawing: each process keeps the last
ones. Nothing in them is of one person or for one visitor.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from neighborhoods import ladder
from neighborhoods.book import Book
from portal import charts

ROOM = 300  # drawings, some 20 KB each


@dataclass(frozen=True)
class Numbers:
    """Whatever the drawings say; two that are equal look the same."""

    lines: tuple[ladder.Line, ...]
    names: tuple[str, ...]  # of the steps: two steps are equal by their code alone
    adults: int | None
    asked: int
    alone: int
    months: tuple[ladder.Month, ...]
    older: ladder.Month
    day: date

    @classmethod
    def of(cls, book: Book, lines: list[ladder.Line], use: ladder.Use, adults: int | None, day: date):
        months, older = ladder.months(book, day)
        names = tuple(line.step.name for line in lines)
        return cls(tuple(lines), names, adults, use.asked, use.alone, tuple(months), older, day)

    @cached_property
    def words(self) -> dict:
        """What the template shows."""
        whole, use = ladder.whole(self.lines), ladder.Use(asked=self.asked, alone=self.alone, due=0)
        drawn = [(line, line.bar(whole)) for line in self.lines]
        return {
            "rungs": [pair for pair in drawn if pair[0].step.is_rung],
            "beside": [pair for pair in drawn if not pair[0].step.is_rung],
            "adults": self.adults,
            "use": use,
            "months": self.months,
            "older": self.older,
            "day": self.day,
            "trends": [
                ("people", "Người mới kích hoạt mức 2", self._bars("people")),
                ("times", "Lượt giúp, mọi việc", self._bars("times")),
            ],
        }

    def _bars(self, field: str) -> list[tuple]:
        """(month, number, bar, whether its name stands under the axis)."""
        numbers, slots = [getattr(month, field) for month in self.months], len(self.months)
        bars = [charts.Bar(**charts.bar(at, slots, one, max(numbers))) for at, one in enumerate(numbers)]
        named = [charts.is_named(at, slots) for at in range(slots)]
        return list(zip((month.first for month in self.months), numbers, bars, named, strict=True))

    def ladder(self) -> SafeString:
        """The bars of the ladder, and of what is beside it."""
        return _drawn(self, "ladder")

    def tables(self) -> SafeString:
        """The same in a table; the months in two charts and a table."""
        return _drawn(self, "tables")


def _drawn(numbers: Numbers, part: str) -> SafeString:
    make = _made.__wrapped__ if settings.DEBUG else _made  # where templates change
    return make(numbers, part)


@lru_cache(maxsize=ROOM)
def _made(numbers: Numbers, part: str) -> SafeString:
    return render_to_string(f"neighborhoods/group_numbers.html#{part}", numbers.words)
