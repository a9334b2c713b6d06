"""What happened in the demo's electronic groups: who agreed, was helped with what, was asked again."""

import random
import uuid
from datetime import date, timedelta
from itertools import count, cycle

from django.utils import timezone

from neighborhoods import callbacks
from neighborhoods.models import (
    CallBack,
    DeskSession,
    FollowUp,
    Group,
    HelpEvent,
    Resident,
    Step,
    Tally,
)
from portal.accounts.models import User
from portal.home.sample import names
from portal.home.sample.stories import instant
from portal.organization.models import Place
from portal.privacy.models import Consent, Notice, PersonRequest, Refusal, Stub

HELPED, HAD, TRIED, MISTAKE = HelpEvent.Outcome.values
LOWER = ["card", "registered", "approved"]
# Ways up the ladder: visits as (days after the first, what was done). Nothing is told of days to come.
READY = (0, [(step, HAD) for step in (*LOWER, "installed", "activated")])
USUAL = (0, [*((step, HAD) for step in LOWER), ("installed", HELPED), ("activated", HELPED)])
SLOW = [
    (0, [("card", HAD), ("registered", TRIED)]),
    (2, [("registered", HELPED)]),
    (9, [("approved", HELPED), ("installed", HELPED), ("activated", HELPED)]),
]
WAITING = (0, [("card", HAD), ("registered", HAD), ("approved", TRIED)])
WAYS = [
    [USUAL],
    [READY, (1, [("health_insurance", HELPED)])],
    [USUAL, (45, [("public_service", HELPED), ("safety", HELPED)])],
    [*SLOW, (60, [("health_insurance", HELPED)])],
    [(0, [("card", HAD)])],
    [READY, (1, [("public_service", HAD)])],
    [USUAL, (120, [("health_book", HELPED)])],
    [WAITING, (6, [("approved", HELPED)])],
]
RECENT = (33, 30, 30, 21, 12, 9, 8, 7, 7, 4, 3, 2)  # days since the last first visits to tổ 5
LATEST = {2: SLOW, 6: SLOW, 10: [WAITING]}  # which of these did not go the usual way
ANSWERS = ["alone", "helped", "alone", "alone", "unused", "alone", "helped"]
STILL_OPEN = timedelta(days=4)  # a visit that fell due within these days was not made yet
SPAN = timedelta(days=50)  # the older first visits end so long ago
SATURDAYS = 10  # with a desk
STREETS = ["đường Mẫu", "đường Ví Dụ", "hẻm 12 đường Mẫu"]
TAILS = ["", "", "A", "/1", "", "/2", "B"]
DEVICE = "MAU2H5"
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
        residents = []
        for turn, day in enumerate(days):
            resident = self._meet(turn, day)
            self._help(resident, day, LATEST.get(turn - older, [USUAL]) if turn >= older else next(self.ways))
            residents.append(resident)
        for turn in range(3 + self.people // 10):
            self._help_unnamed(self.group.set_up_on + timedelta(days=7 + 23 * turn))
        return residents

    def _house(self, turn: int) -> str:
        """Two to a house, as houses are numbered in a lane: 2, 4, 6A, 8/1 …"""
        houses = (self.people + 1) // 2
        at = turn * 7 % houses
        return f"{2 + 2 * at}{TAILS[at % len(TAILS)]} {STREETS[at * len(STREETS) // houses]}"

    # --- a person, from the first hello ---

    def _meet(self, turn: int, day: date) -> Resident:
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
        birth = date(year, self.random.randrange(1, 13), self.random.randrange(1, 29))
        return Resident.objects.add(
            group=self.group,
            by=by,
            consent=consent,
            at=at,
            name=name,
            birth_on=birth if has_number else None,
            birth_year=year,
            sex=Resident.Sex.FEMALE if is_woman else Resident.Sex.MALE,
            house=self._house(turn),
            number=invented_number(year, is_woman) if has_number else None,
            phone_kind=phone_kind,
            phone="" if phone_kind == kinds.NONE else f"030{self.random.randrange(10**7):07d}",
        )

    def _help(self, resident: Resident, first: date, way: list[tuple[int, list]]) -> None:
        """Visit after visit; in between the person is asked whether it still works."""
        for days, done in way:
            day = first + timedelta(days=days)
            if day >= self.today:
                break
            if days:
                self._ask(resident, day)
            HelpEvent.objects.record_visit(
                [(self.steps[step], outcome) for step, outcome in done], page=uuid.uuid4(), resident=resident,
                by=resident.recorded_by, team=self.group.team, at=instant(day, 9 + days % 8, 10),
                device=DEVICE,
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
    moved.leave(why=Resident.Leaving.MOVED, by=by)
    died.leave(why=Resident.Leaving.DIED, by=by)
    wrong.helps.order_by("at", "step__sort").last().correct(outcome=HAD, by=by)
    doubled.helps.order_by("at", "step__sort").last().correct(outcome=MISTAKE, by=by)
    late = residents[-1].group.residents.filter(followups__done_at=None, followups__due_on__lte=today)
    for resident in late.distinct()[:2]:
        for visit in resident.followups.filter(done_at=None, due_on__lt=today):
            visit.mark_missed(on=today - timedelta(days=3))


def call_back(by: User) -> None:
    """Lots are drawn of two months' help; every other person was called since."""
    callbacks.draw(by, days=60)
    answers, at = cycle(["true", "true", "unreached"]), timezone.now() - timedelta(hours=1)
    for row in CallBack.objects.order_by("pk")[::2]:
        row.mark_done(by=by, answer=next(answers), at=at)


def ask_about_data(residents: list[Resident], by: User) -> None:
    """What people of the group wanted to know, or to have changed: new, begun, late, answered, by a slip."""
    kinds, ways, unit = PersonRequest.Kind, PersonRequest.How, residents[0].group.place.unit
    slips = [Stub.objects.make_for(resident.consent, by=by) for resident in residents[:2]]
    asked = [(kinds.SEE, 0), (kinds.CORRECT, 5), (kinds.ERASE, 24), (kinds.COPY, 30)]
    rows = [
        PersonRequest.objects.receive(
            kind=kind, how=ways.IN_PERSON, unit=unit, by=by, name=resident.name,
            received_on=timezone.localdate() - timedelta(days=ago),
        )
        for (kind, ago), resident in zip(asked, residents[10:], strict=False)
    ]  # fmt: skip
    for row in rows[1:]:
        row.mark("acknowledged")
    rows[3].mark("copied")
    rows[3].close(by=by, outcome=PersonRequest.Outcome.DONE)
    PersonRequest.objects.receive(kind=kinds.WITHDRAW, how=ways.STUB, unit=unit, stub=slips[1])


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
                count=dice.randint(2, 9), by=by, at=instant(day, hour, 30), device=DEVICE,
            )  # fmt: skip
        Tally.objects.record(
            session=session, audience=Tally.Audience.CHILD, step=steps["safety"], count=dice.randint(1, 6),
            by=by, at=instant(day, 10, 45), device=DEVICE,
        )  # fmt: skip
