"""How far people came: the ladder of a group, of a commune, of the province, counted from events.

A person counts once a step: as *had* where anybody noted that it was there before, else as *helped*, so that
nobody claims the work of others. Times count every event. Help without a name counts as times only: nobody
knows whether it was the same person again.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncMonth
from django.utils import timezone

from neighborhoods.models import FollowUp, Group, HelpEvent, Step, Target
from neighborhoods.models.helps import ACTIVATED
from portal import charts
from portal.indicators import percent

LEAST_FOR_DIGITS = 0.08  # of a bar; in less there is no room for a number on a phone
MONTHS = 12  # as many as a chart has room for
ASKED = ("alone", "helped", "unused")  # what people can say of their use; other outcomes are no answers


@dataclass(frozen=True)
class Reached:
    """One step in one group: people who have it, of these who had it before we came; times of help.

    `unnamed` are the times of people who are not named; they are part of `times`, never of `people`.
    """

    group: object  # the key
    step: str
    people: int
    had: int
    times: int
    unnamed: int

    @property
    def helped(self) -> int:
        return self.people - self.had


def reached(events: QuerySet) -> list[Reached]:
    """Each group and step among these help events that has any; one query, no join.

    Give `HelpEvent.objects.real()` narrowed to groups and to a period (`at`); corrections are heeded here.
    """
    had = Q(outcome=HelpEvent.Outcome.HAD)
    rows = events.standing().reached().order_by().values_list("group", "step")
    rows = rows.annotate(
        people=Count("resident", distinct=True),
        had=Count("resident", distinct=True, filter=had),
        times=Count("pk", filter=~had),
        unnamed=Count("pk", filter=~had & Q(resident=None)),
    )
    return [Reached(*row) for row in rows]


@dataclass(frozen=True)
class Progress:
    """The three numbers of a group for one step: done, target, people; None where nobody wrote it down."""

    done: int
    goal: int | None
    adults: int | None

    @classmethod
    def of(cls, group: Group, reached: Reached | None) -> "Progress":
        """Of a row of `with_people().with_goal(step)`."""
        return cls(reached.people if reached else 0, group.goal, group.adult_count)

    @property
    def width(self) -> str:
        return charts.share(self.done, self._whole)

    @property
    def goal_x(self) -> str:
        return charts.share(self.goal, self._whole) if self.goal else ""

    @property
    def percent(self) -> float | None:
        return percent(self.done, self.adults) if self.adults else None

    @property
    def _whole(self) -> int:
        return max(self.adults or self.goal or 0, self.done)


# --- one group ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A step on a group's page: who has it, of how many people, and how many shall have it."""

    step: Step
    reached: Reached
    adults: int | None  # from 14 years on, as last counted
    goal: int | None  # people
    goal_ends_on: date | None

    @property
    def left(self) -> int | None:
        """People without it; None where nobody counted who lives there."""
        return None if self.adults is None else max(0, self.adults - self.reached.people)

    @property
    def percent(self) -> float | None:
        return percent(self.reached.people, self.adults) if self.adults else None

    @property
    def to_goal(self) -> int:
        """People that are missing to the target."""
        return max(0, (self.goal or 0) - self.reached.people)

    def bar(self, whole: int) -> "LadderBar":
        """Its bar where the whole width stands for so many people."""
        return LadderBar(
            had=charts.share(self.reached.had, whole),
            helped=charts.share(self.reached.helped, whole),
            helped_middle=charts.share(self.reached.had + self.reached.helped / 2, whole),
            goal=charts.share(self.goal, whole) if self.goal else "",
            has_room_for_had=self.reached.had >= whole * LEAST_FOR_DIGITS,
            has_room_for_helped=self.reached.helped >= whole * LEAST_FOR_DIGITS,
        )


@dataclass(frozen=True)
class LadderBar:
    """A step drawn: widths and places in per cent of the bar."""

    had: str
    helped: str
    helped_middle: str
    goal: str
    has_room_for_had: bool
    has_room_for_helped: bool


def lines(group: Group, adults: int | None) -> list[Line]:
    """Every step that counts today, in order, also those that nobody reached; two queries."""
    goals = Target.objects.today().filter(group=group, step=OuterRef("pk")).order_by("ends_on")
    steps = Step.objects.today().annotate(
        goal=Subquery(goals.values("people")[:1]), goal_ends_on=Subquery(goals.values("ends_on")[:1])
    )
    found = {one.step: one for one in reached(HelpEvent.objects.filter(group=group))}
    nobody = {"group": group.pk, "people": 0, "had": 0, "times": 0, "unnamed": 0}
    return [
        Line(
            step, found.get(step.pk) or Reached(step=step.pk, **nobody), adults, step.goal, step.goal_ends_on
        )
        for step in steps
    ]


def whole(lines: list[Line]) -> int:
    """How many people the width of a bar stands for: all who live there, or the most of any step or target.

    A count that is older than the events may be smaller than what they reached.
    """
    numbers = [number for line in lines for number in (line.reached.people, line.adults or line.goal or 0)]
    return max(numbers, default=0) or 1


@dataclass(frozen=True)
class Use:
    """What followed: people asked 30 days after, who of them does it alone; visits that are due today."""

    asked: int
    alone: int
    due: int

    @property
    def percent(self) -> float | None:
        return percent(self.alone, self.asked)

    @property
    def width(self) -> str:
        return charts.share(self.alone, self.asked)


def use(group: Group, on: date | None = None) -> Use:
    """Success is use, not sign-up. Who left since still counts; one query."""
    visits = FollowUp.objects.filter(resident__group=group)
    asked = Q(kind=FollowUp.Kind.DAY_30, outcome__in=ASKED)
    here = Q(done_at=None, resident__left_on=None, resident__anonymised_at=None)
    counts = visits.aggregate(
        asked=Count("resident", distinct=True, filter=asked),
        alone=Count("resident", distinct=True, filter=asked & Q(outcome=FollowUp.Outcome.ALONE)),
        due=Count("pk", filter=here & Q(due_on__lte=on or timezone.localdate())),
    )
    return Use(**counts)


@dataclass(frozen=True)
class Month:
    """People who came to the activation for the first time in a month, and times of help with any step."""

    first: date
    people: int
    times: int


def months(group: Group, last: date) -> tuple[list[Month], Month]:
    """The months until `last`, empty ones too, twelve at most; and what was before them in one.

    People as on the ladder, so that they add up to those who have it; one query.
    """
    events = HelpEvent.objects.filter(group=group).standing()
    gained = Q(step=ACTIVATED, outcome__in=[HelpEvent.Outcome.HAD, HelpEvent.Outcome.HELPED])
    gained &= Q(resident__isnull=False)
    before = HelpEvent.objects.filter(group=OuterRef("group"), resident=OuterRef("resident"), step=ACTIVATED)
    earlier = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    is_first = gained & ~Exists(before.standing().reached().filter(earlier))
    rows = events.order_by().annotate(month=TruncMonth("at")).values_list("month")
    rows = rows.annotate(
        people=Count("pk", filter=is_first), times=Count("pk", filter=Q(outcome=HelpEvent.Outcome.HELPED))
    )
    found = {timezone.localdate(month): counts for month, *counts in rows}
    shown = _months_until(last, min(found, default=last))
    older = [counts for month, counts in found.items() if month < shown[0]]
    sums = [sum(numbers) for numbers in zip(*older, strict=True)] or [0, 0]
    return [Month(month, *found.get(month, (0, 0))) for month in shown], Month(shown[0], *sums)


def _months_until(last: date, first: date) -> list[date]:
    """First days of months, at most MONTHS."""
    found = [last.replace(day=1)]
    while len(found) < MONTHS and found[0] > first:
        year, month = divmod(found[0].year * 12 + found[0].month - 2, 12)
        found.insert(0, date(year, month + 1, 1))
    return found
