"""How far people came: the ladder of a group, of a commune, of the province, counted from events.

A person counts once a step: as *had* where anybody noted that it was there before, else as *helped*, so that
nobody claims the work of others. Times count every event. Help without a name counts as times only: nobody
knows whether it was the same person again.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from neighborhoods.book import HAD, HELPED, TRIED, Book
from neighborhoods.models import FollowUp, Group, HelpEvent, Step, Target
from neighborhoods.models.helps import ACTIVATED
from portal import charts
from portal.indicators import percent

LEAST_FOR_DIGITS = 0.08  # of a bar; in less there is no room for a number on a phone
MONTHS = 12  # as many as a chart has room for


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


def lines(book: Book, adults: int | None) -> list[Line]:
    """Every step that counts today, in order, also those that nobody reached; one query."""
    goals = Target.objects.today().filter(group=book.group, step=OuterRef("pk")).order_by("ends_on")
    steps = Step.objects.today().annotate(
        goal=Subquery(goals.values("people")[:1]), goal_ends_on=Subquery(goals.values("ends_on")[:1])
    )
    found = count(book)
    return [
        Line(step, found.get(step.pk) or _nobody(book, step.pk), adults, step.goal, step.goal_ends_on)
        for step in steps
    ]


def count(book: Book) -> dict[str, Reached]:
    """What `reached` gives, by step, told from what was read already."""
    people, had, times, unnamed = defaultdict(set), defaultdict(set), Counter(), Counter()
    for event in book.events:
        if event.outcome == TRIED:
            continue
        people[event.step].add(event.resident)
        if event.outcome == HAD:
            had[event.step].add(event.resident)
        else:
            times[event.step] += 1
            unnamed[event.step] += event.resident is None
    return {
        step: Reached(
            book.group.pk, step, len(found - {None}), len(had[step] - {None}), times[step], unnamed[step]
        )
        for step, found in people.items()
    }


def _nobody(book: Book, step: str) -> Reached:
    return Reached(group=book.group.pk, step=step, people=0, had=0, times=0, unnamed=0)


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


def use(book: Book, on: date | None = None) -> Use:
    """Success is use, not sign-up. Who left since still counts, but is not visited any more."""
    today = on or timezone.localdate()
    answers = [visit for visit in book.visits if visit.tells_of_use]
    return Use(
        asked=len({visit.resident for visit in answers}),
        alone=len({visit.resident for visit in answers if visit.outcome == FollowUp.Outcome.ALONE}),
        due=sum(visit.is_open and visit.due_on <= today for visit in book.visits),
    )


@dataclass(frozen=True)
class Month:
    """People who came to the activation for the first time in a month, and times of help with any step."""

    first: date
    people: int
    times: int


def months(book: Book, last: date) -> tuple[list[Month], Month]:
    """The months until `last`, empty ones too, twelve at most; and what was before them in one.

    People as on the ladder, so that they add up to those who have it.
    """
    times, firsts = Counter(), {}
    for event in book.events:
        if event.outcome == HELPED:
            times[event.on.replace(day=1)] += 1
        if event.step == ACTIVATED and event.outcome != TRIED and event.resident:
            firsts[event.resident] = min(event.on, firsts.get(event.resident, event.on))
    people = Counter(on.replace(day=1) for on in firsts.values())
    shown = _months_until(last, min([*times, *people], default=last))
    older = [sum(n for month, n in counts.items() if month < shown[0]) for counts in (people, times)]
    return [Month(month, people[month], times[month]) for month in shown], Month(shown[0], *older)


def _months_until(last: date, first: date) -> list[date]:
    """First days of months, at most MONTHS."""
    found = [last.replace(day=1)]
    while len(found) < MONTHS and found[0] > first:
        year, month = divmod(found[0].year * 12 + found[0].month - 2, 12)
        found.insert(0, date(year, month + 1, 1))
    return found
