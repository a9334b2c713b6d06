"""What happened in the demo's electronic groups: who agreed, was helped with what, was asked again."""

import random
from datetime import date, timedelta
from itertools import count, cycle

from django.utils import timezone

from neighborhoods.models import (
    CallBack,
    DeskSession,
    FollowUp,
    Group,
    HelpEvent,
    Household,
    Resident,
    Step,
    Tally,
)
from portal.accounts.models import User
from portal.home.sample import names
from portal.home.sample.stories import instant
from portal.organization.models import Place
from portal.privacy.models import Consent, Notice, Refusal

HELPED, HAD, TRIED, MISTAKE = HelpEvent.Outcome.values
# One way up the ladder: (days after the first visit, step, outcome). What would lie ahead of us is not told.
READY = [(0, step, HAD) for step in ("card", "registered", "approved", "installed", "activated")]
USUAL = [
    *((0, step, HAD) for step in ("card", "registered", "approved")),
    (0, "installed", HELPED), (0, "activated", HELPED),
]  # fmt: skip
SLOW = [
    (0, "card", HAD), (0, "registered", TRIED), (2, "registered", HELPED), (9, "approved", HELPED),
    (9, "installed", HELPED), (9, "activated", HELPED),
]  # fmt: skip
WAITING = [(0, "card", HAD), (0, "registered", HAD), (0, "approved", TRIED)]
FIRST_STEP = [(0, "card", HAD)]
WAYS = [
    USUAL,
    [*READY, (0, "health_insurance", HELPED)],
    [*USUAL, (0, "safety", HELPED), (45, "public_service", HELPED)],
    [*SLOW, (60, "health_insurance", HELPED)],
    FIRST_STEP,
    [*READY, (0, "public_service", HAD)],
    [*USUAL, (120, "health_book", HELPED)],
    [*WAITING, (6, "approved", HELPED)],
]
RECENT = (33, 30, 30, 21, 12, 9, 8, 7, 7, 4, 3, 2)  # days since the last first visits to tổ 5
LATEST = [USUAL, USUAL, SLOW, USUAL, USUAL, USUAL, SLOW, USUAL, USUAL, USUAL, WAITING, USUAL]
ANSWERS = ["alone", "helped", "alone", "alone", "unused", "alone", "helped"]
STILL_OPEN = timedelta(days=4)  # a visit that fell due within these days was not made yet
SPAN = timedelta(days=50)  # the older first visits end so long ago
SATURDAYS = 10  # with a desk
STREETS = ["đường Mẫu", "đường Ví Dụ", "hẻm 12 đường Mẫu"]
PURPOSES = ["group_record", "group_number", "group_contact"]

_serial = count(1)  # of invented identity numbers


class Helping:
    """One group's story. What is chosen at random is the same each time."""

    def __init__(self, group: Group, people: int, recent: tuple[int, ...] = ()):
        self.group, self.people, self.recent = group, people, recent
        self.today, self.random = timezone.localdate(), random.Random(group.name)
        self.names, self.steps = names.vendors(group.name), Step.objects.in_bulk()
        users = [row.user for row in group.team.memberships.select_related("user")]
        self.members, self.answers, self.ways = cycle(users), cycle(ANSWERS), cycle(WAYS)
        self.notice = Notice.objects.current("neighborhoods")

    def tell(self) -> list[Resident]:
        """From the day it was set up until yesterday; its people in the order of their first visits."""
        older = self.people - len(self.recent)
        step = (self.today - SPAN - self.group.set_up_on) / max(1, older - 1)
        days = [self.group.set_up_on + step * turn for turn in range(older)]
        days += [self.today - timedelta(days=ago) for ago in self.recent]
        homes = self._homes((self.people + 1) // 2)
        residents = []
        for turn, day in enumerate(days):
            resident = self._meet(homes[turn * 5 % len(homes)], day, turn)
            self._help(resident, day, LATEST[turn - older] if turn >= older else next(self.ways))
            residents.append(resident)
        for turn in range(3 + self.people // 10):
            self._help_unnamed(self.group.set_up_on + timedelta(days=7 + 23 * turn))
        return residents

    def _homes(self, number: int) -> list[Household]:
        """Houses as they are numbered in a lane: 2, 4, 4A, 6/1 …"""
        tails = ["", "", "A", "/1", "", "/2", "B"]
        return [
            Household.objects.create(
                group=self.group, house=f"{2 + 2 * turn}{tails[turn % 7]} {STREETS[turn * 3 // number]}"
            )
            for turn in range(number)
        ]

    # --- a person, from the first hello ---

    def _meet(self, home: Household, day: date, turn: int) -> Resident:
        """Somebody agrees to be named: with number and phone, or with less."""
        by, at = next(self.members), instant(day, 8 + turn % 9, 5 * (turn % 11))
        name, year = next(self.names), self.random.choice([1944, 1950, 1953, 1958, 1961, 1966, 1972, 1985])
        year += self.random.randrange(6)
        kinds = Resident.PhoneKind
        phone_kind = kinds.OWN if year > 1960 else (kinds.SHARED, kinds.NONE, kinds.OWN)[turn % 3]
        is_woman = " Thị " in name or "H’" in name or (" Văn " not in name and turn % 2 == 0)
        has_number, is_on_paper = turn % 5 != 4, turn % 9 == 8
        wanted = [True, has_number, phone_kind != kinds.NONE]
        consent = Consent.objects.record(
            notice=self.notice,
            purposes=[purpose for purpose, is_given in zip(PURPOSES, wanted, strict=True) if is_given],
            how=Consent.How.PAPER if is_on_paper else Consent.How.SCREEN,
            paper_number=f"MẪU-{next(_serial):04d}" if is_on_paper else "",
            by=by,
            at=at,
        )
        resident = Resident(
            group=self.group,
            household=home,
            name=name,
            sex=Resident.Sex.FEMALE if is_woman else Resident.Sex.MALE,
            phone_kind=phone_kind,
            phone="" if phone_kind == kinds.NONE else f"030{self.random.randrange(10**7):07d}",
            consent=consent,
            recorded_by=by,
            recorded_at=at,
        )
        birth = date(year, self.random.randrange(1, 13), self.random.randrange(1, 29))
        resident.set_birth(**({"on": birth} if has_number else {"year": year}))
        resident.set_number(invented_number(year, is_woman) if has_number else None)
        resident.save(force_insert=True)
        return resident

    def _help(self, resident: Resident, first: date, way: list[tuple[int, str, str]]) -> None:
        """Step by step; in between the person is asked whether it still works."""
        by, asked_on = resident.recorded_by, None
        for days, step, outcome in way:
            day = first + timedelta(days=days)
            if day >= self.today:
                break
            if day != asked_on and days:
                self._ask(resident, day)
            asked_on = day
            HelpEvent.objects.record(
                group=self.group, resident=resident, step=self.steps[step], outcome=outcome, by=by,
                team=self.group.team, at=instant(day, 9 + days % 8, 10), device="MAU2H5",
            )  # fmt: skip
        self._ask(resident, self.today - STILL_OPEN)

    def _ask(self, resident: Resident, until: date) -> None:
        """The visits that were due before a day were made when they were due."""
        kinds = FollowUp.Kind
        for visit in resident.followups.filter(done_at=None, due_on__lt=until).exclude(kind=kinds.RETURN):
            at = instant(visit.due_on, 15, 30)
            visit.mark_done(by=next(self.members), outcome=next(self.answers), at=at)

    def _help_unnamed(self, day: date) -> None:
        """Somebody does not want to be written down, and is helped all the same."""
        if day >= self.today:
            return
        by, at = next(self.members), instant(day, 10, 20)
        for step in ("installed", "activated"):
            HelpEvent.objects.record(
                group=self.group, step=self.steps[step], outcome=HELPED, by=by, team=self.group.team, at=at
            )
        Refusal.objects.record(notice=self.notice, place=self.group.place, by=by, at=at)


def invented_number(year: int, is_woman: bool) -> str:
    """Twelve digits as on a card, from a birthplace 000 that there is not."""
    century = (2 if year >= 2000 else 0) + is_woman
    return f"000{century}{year % 100:02d}{next(_serial) * 37 % 10**6:06d}"


def twist(residents: list[Resident], by: User) -> None:
    """What else happens in three years: somebody moves, dies, was noted wrongly, was called by the office."""
    moved, died, wrong, doubled = residents[3:7]
    today = timezone.localdate()
    moved.left_on, moved.left_why = today - timedelta(days=90), Resident.Leaving.MOVED
    died.left_on, died.left_why = today - timedelta(days=200), Resident.Leaving.DIED
    for resident in (moved, died):
        resident.save(update_fields=["left_on", "left_why"])
    wrong.helps.order_by("at", "step__sort").last().correct(outcome=HAD, by=by)
    doubled.helps.order_by("at", "step__sort").last().correct(outcome=MISTAKE, by=by)
    late = residents[-1].group.residents.filter(followups__done_at=None, followups__due_on__lte=today)
    for resident in late.distinct()[:2]:
        for visit in resident.followups.filter(done_at=None, due_on__lt=today):
            visit.mark_missed(on=today - timedelta(days=3))


def call_back(by: User) -> None:
    """Two months' lots: the older ones were called, of the newer ones nobody yet."""
    answers = cycle(["true", "true", "unreached", "true"])
    events = HelpEvent.objects.real().standing().filter(resident__isnull=False, outcome=HELPED)
    today = timezone.localdate()
    for ago in (40, 3):
        drawn = today - timedelta(days=ago)
        for event in events.filter(at__date__lt=drawn, call_back=None).order_by("-at")[:12:2]:
            row = CallBack.objects.create(event=event, drawn_on=drawn)
            if ago > 30:
                row.mark_done(by=by, answer=next(answers), at=instant(drawn + timedelta(days=1), 9))


def sit(place: Place, group: Group) -> None:
    """A desk on each of the last Saturdays: so many with each step, children counted apart."""
    today, dice, steps = timezone.localdate(), random.Random(place.name), Step.objects.in_bulk()
    last = today - timedelta(days=(today.weekday() - 5) % 7 or 7)
    for week in range(SATURDAYS):
        day, by = last - timedelta(weeks=week), group.team.leader
        session = DeskSession.objects.open_at(place, by=by, team=group.team, on=day)
        for hour, step in enumerate(("activated", "health_insurance", "public_service", "safety"), 8):
            Tally.objects.record(
                session=session, audience=Tally.Audience.ADULT, step=steps[step],
                count=dice.randint(2, 9), by=by, at=instant(day, hour, 30), device="MAU2H5",
            )  # fmt: skip
        Tally.objects.record(
            session=session, audience=Tally.Audience.CHILD, step=steps["safety"], count=dice.randint(1, 6),
            by=by, at=instant(day, 10, 45), device="MAU2H5",
        )  # fmt: skip
