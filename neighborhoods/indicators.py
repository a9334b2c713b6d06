"""The numbers of the electronic groups: for everybody on the start page, for staff in the reports.

Nothing here names a person. People who have come to a step are a stock, as it stood at the end of a period;
times of help are what happened within it. Done, target and people stand beside each other for each group.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import ngettext

from neighborhoods.ladder import reached
from neighborhoods.models import CallBack, Denominator, FollowUp, Group, HelpEvent, Resident
from neighborhoods.models.helps import ACTIVATED, tells_of_use
from portal.indicators import LEAST, Figure, Period
from portal.organization.models import AreaKind, Team

HELPED = HelpEvent.Outcome.HELPED

# --- the start page ----------------------------------------------------------------------------------------


def figures() -> list[Figure]:
    """People who were helped until VNeID worked; nothing before there are enough to be nobody."""
    helped = HelpEvent.objects.real().standing(of_many=True).filter(step=ACTIVATED, outcome=HELPED)
    found = helped.aggregate(people=Count("resident", distinct=True), groups=Count("group", distinct=True))
    people, groups = found["people"], found["groups"]
    if people < LEAST:
        return []
    words = ngettext("người được giúp dùng VNeID", "người được giúp dùng VNeID", people)
    detail = ngettext("ở %(count)s tổ, thôn, làng", "ở %(count)s tổ, thôn, làng", groups)
    number = number_format(people, force_grouping=True)
    return [Figure(number=number, words=words, detail=detail % {"count": groups})]


# --- the report: done, target, people ----------------------------------------------------------------------


@dataclass(frozen=True)
class Scope:
    """What a report is about: some of the groups, one step (its code), a period."""

    groups: QuerySet
    step: str
    period: Period

    @property
    def events(self) -> QuerySet:
        """Help with the step in these groups until the end of the period, corrections heeded."""
        here = HelpEvent.objects.real().filter(group__in=self.groups.order_by().values("pk"))
        return here.filter(step=self.step, at__lt=self.period.end).standing(of_many=True)

    @property
    def before(self) -> Period:
        """All that was before the period."""
        return Period(None, self.period.first - timedelta(days=1))


@dataclass(frozen=True)
class Cell:
    """One group: people there, target (None where nobody wrote it down), people who have the step.

    `had` had it before we came. `new` came to it within the period. `times` of help are those within the
    period, `unnamed` the ones of them that name nobody.
    """

    group: object  # the key
    name: str
    commune: str
    area_path: str  # of the commune of today
    former_path: str  # "" where nobody wrote it down
    unit_path: str
    adults: int | None
    goal: int | None
    people: int = 0
    had: int = 0
    new: int = 0
    times: int = 0
    unnamed: int = 0


def cells(scope: Scope) -> list[Cell]:
    """Every group with its numbers, by area and name; two queries, three where the period has a first day."""
    stock = {one.group: one for one in reached(scope.events)}
    earlier = {}
    if scope.period.first:
        earlier = {one.group: one for one in reached(scope.events.filter(at__lt=scope.before.end))}
    return [Cell(*row, **_counts(stock.get(row[0]), earlier.get(row[0]))) for row in _rows(scope)]


def _counts(stock, earlier) -> dict[str, int]:
    if stock is None:
        return {}
    counts = {name: getattr(stock, name) for name in ("people", "had", "times", "unnamed")}
    counts["new"] = stock.people
    if earlier:
        counts["new"] -= earlier.people
        counts["times"] -= earlier.times
        counts["unnamed"] -= earlier.unnamed
    return counts


def _rows(scope: Scope):
    """The groups as the first fields of a Cell."""
    last, is_below = scope.period.last, Q(place__area__kind__level__gt=AreaKind.Level.COMMUNE)
    named = {
        name: Case(
            When(is_below, then=F(f"place__area__parent__{field}")), default=F(f"place__area__{field}")
        )
        for name, field in (("commune", "name"), ("area_path", "path"))
    }
    rows = scope.groups.with_people(last).with_goal(scope.step, last).annotate(**named)
    rows = rows.order_by("place__area__name_key", "place__name_key")
    for *row, former, unit, adults, goal in rows.values_list(
        "pk", "name", "commune", "area_path", "place__former_area__path", "place__unit__path", "adult_count",
        "goal",
    ):  # fmt: skip
        yield [*row, former or "", unit, adults, goal]


# --- the report: month by month ----------------------------------------------------------------------------

Months = dict[date, Counter]  # by the first day of the month: by the key of a group, or by "" of all


def months_of_people(scope: Scope, *, by_group: bool) -> Months:
    """People in the month in which they first came to the step, within the period; one query.

    Written down once a person first, and then counted by month: a million events never leave the database.
    """
    first = scope.events.reached().exclude(resident=None).order_by().values("group", "resident")
    first = first.annotate(first=Min("at"), month=TruncMonth(Min("at"))).filter(scope.period.holds("first"))
    sql, params = first.values_list("group", "month").query.sql_with_params()
    with connection.cursor() as cursor:
        key = "key" if by_group else "''"
        cursor.execute(
            f"SELECT {key}, month::date, count(*) FROM ({sql}) AS people(key, month) GROUP BY 1, 2", params
        )
        return _by_month(cursor.fetchall())


def months_of_times(scope: Scope, *, by_group: bool) -> Months:
    """Times of help by month, within the period; one query."""
    helped = scope.events.filter(scope.period.holds("at"), outcome=HELPED).order_by()
    key = F("group") if by_group else Value("")
    by = helped.annotate(key=key, month=TruncMonth("at")).values_list("key", "month")
    by = by.annotate(count=Count("pk"))
    return _by_month((group, timezone.localdate(month), count) for group, month, count in by)


def _by_month(rows) -> Months:
    found: Months = {}
    for group, month, count in rows:
        found.setdefault(month, Counter())[group] += count
    return found


def calendar(first: date, last: date) -> list[date]:
    """The first days of all months from one to another."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


# --- groups that are not reached ---------------------------------------------------------------------------

GAPS = {
    "quiet": "Không có lượt giúp nào",
    "nobody": "Chưa ai kích hoạt",
    "uncounted": "Chưa có dân số",
    "alone": "Chưa có đội giúp",
}


def unreached(groups: QuerySet, *, days: int) -> QuerySet:
    """Of these groups that are not closed those with a gap; each gap of GAPS is a boolean of the row."""
    since = timezone.now() - timedelta(days=days)
    lately = HelpEvent.objects.real().filter(at__gte=since).exclude(outcome=HelpEvent.Outcome.MISTAKE)
    here = HelpEvent.objects.filter(group=OuterRef("pk"))
    activated = here.filter(step=ACTIVATED, resident__isnull=False).standing().reached()
    gaps = {
        "quiet": ~Q(pk__in=lately.order_by().values("group")),
        "nobody": ~Exists(activated),
        "uncounted": ~Exists(Denominator.objects.filter(group=OuterRef("pk"))),
        "alone": Q(team=None),
    }
    columns = {name: ExpressionWrapper(gap, BooleanField()) for name, gap in gaps.items()}
    last = here.exclude(outcome=HelpEvent.Outcome.MISTAKE).order_by().values("group").annotate(last=Max("at"))
    rows = groups.working().annotate(**columns, last_help_at=Subquery(last.values("last")))
    return rows.filter(Q(quiet=True) | Q(nobody=True) | Q(uncounted=True) | Q(alone=True))


# --- teams -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A team: people it helped, people asked 30 days after, who of them does it alone; call-backs.

    `true` of the `answered` call-backs said that somebody had helped.
    """

    team: Team
    helped: int = 0
    asked: int = 0
    alone: int = 0
    answered: int = 0
    true: int = 0


def standings(teams: QuerySet, period: Period) -> list[Standing]:
    """Teams that did something within a period, or are to help a group; four queries.

    Who was asked before the 30 days were over is not counted: nobody can know then. Nor is who was noted by
    mistake.
    """
    helped = HelpEvent.objects.real().standing(of_many=True).filter(outcome=HELPED)
    asked = FollowUp.objects.real().filter(tells_of_use())
    called = CallBack.objects.filter(answer__in=[CallBack.Answer.TRUE, CallBack.Answer.FALSE])
    called = called.exclude(event__resident__left_why=Resident.Leaving.MISTAKE)
    people, is_alone = Count("resident", distinct=True), Q(outcome=FollowUp.Outcome.ALONE)
    alone = Count("resident", distinct=True, filter=is_alone)
    true = Count("pk", filter=Q(answer=CallBack.Answer.TRUE))
    counts: dict = {}
    for rows, path, moment, numbers in (
        (helped, "team", "at", {"helped": people}),
        (asked, "event__team", "done_at", {"asked": people, "alone": alone}),
        (called, "event__team", "done_at", {"answered": Count("pk"), "true": true}),
    ):
        rows = rows.filter(period.holds(moment), **{f"{path}__in": teams.order_by().values("pk")})
        for row in rows.order_by().values(to=F(path)).annotate(**numbers):
            counts.setdefault(row.pop("to"), {}).update(row)
    is_here = Q(pk__in=counts) | Q(pk__in=Group.objects.real().working().exclude(team=None).values("team"))
    shown = teams.filter(is_here).select_related("unit").order_by("unit__name_key", "name")
    return [Standing(team, **counts.get(team.pk, {})) for team in shown]
