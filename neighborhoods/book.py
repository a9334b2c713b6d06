"""All that was noted in one group, read once: what its page and its poster tell is told from it.

A group is some hundred people with a few events each. Reading them plainly and counting here takes a fraction
of the time in which the database plans a statement that counts.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from django.db.models.functions import TruncDate

from neighborhoods.models import FollowUp, Group, HelpEvent
from neighborhoods.models.helps import tells_of_use

HELPED, HAD, TRIED = (HelpEvent.Outcome[name].value for name in ("HELPED", "HAD", "TRIED"))


class Event(NamedTuple):
    """A help event that stands, and its day here; without a resident nobody is named."""

    resident: UUID | None
    step: str
    outcome: str
    on: date


class Visit(NamedTuple):
    """A visit that is due, or done where it has an outcome. Whoever left waits for none."""

    resident: UUID
    kind: str
    due_on: date
    outcome: str
    left_on: date | None
    anonymised_at: datetime | None
    tells_of_use: bool

    @property
    def is_open(self) -> bool:
        return not self.outcome and self.left_on is self.anonymised_at is None


@dataclass(frozen=True)
class Book:
    """The events in a group; those that its people brought along; their visits, the done ones in order."""

    group: Group
    events: list[Event]
    brought: list[Event]
    visits: list[Visit]


def read(group: Group) -> Book:
    """Three queries."""
    standing = HelpEvent.objects.standing().order_by()
    events, brought = (
        standing.filter(group=group),
        standing.filter(resident__group=group).exclude(group=group),
    )
    visits = FollowUp.objects.filter(resident__group=group).order_by("done_at")
    visits = visits.annotate(tells=ExpressionWrapper(tells_of_use(), BooleanField()))
    more = ("resident__left_on", "resident__anonymised_at", "tells")
    return Book(
        group,
        [Event(*row) for row in _words(events)],
        [Event(*row) for row in _words(brought)],
        [Visit(*row) for row in visits.values_list("resident", "kind", "due_on", "outcome", *more)],
    )


def _words(events: QuerySet) -> QuerySet:
    return events.values_list("resident", "step", "outcome", TruncDate("at"))
