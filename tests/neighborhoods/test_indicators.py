"""Numbers of the groups, what is told of them outside the province, gaps, the league of teams."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from neighborhoods import book, indicators, ladder
from neighborhoods.models import CallBack, Denominator, FollowUp, Group, HelpEvent, Target
from portal.indicators import LEAST, Period, Told, pooled
from portal.organization.models import Team
from tests.builders import make_group, make_help, make_resident, make_team, make_user

HAD, MISTAKE = HelpEvent.Outcome.HAD, HelpEvent.Outcome.MISTAKE
counts = st.integers(0, 30)


def days_ago(days: int):
    return timezone.now() - timedelta(days=days)


def scope(first=None, last=None, step="activated"):
    return indicators.Scope(Group.objects.real(), step, Period(first, last or timezone.localdate()))


# --- what is told -------------------------------------------------------------------------------------------


@given(counts, counts)
def test_no_small_part_can_be_worked_out_from_the_whole_and_what_is_told(part, rest):
    """Whoever knows the rule lists every pair that is told in these words: a small part is never alone."""
    told = Told.parts(part, rest, is_masked=True)
    whole = Told.of(part + rest, is_masked=True)
    same = [
        one
        for one in range(part + rest + 1)
        if Told.parts(one, part + rest - one, is_masked=True) == told and whole.is_exact
    ]
    if whole.is_exact and (0 < part < LEAST or 0 < rest < LEAST):
        assert len(same) >= 4
    assert told[0].least <= part <= told[0].most
    assert told[1].least <= rest <= told[1].most


@given(st.lists(counts, max_size=8))
def test_a_sum_says_nothing_that_its_parts_do_not_say(numbers):
    """Small parts may be any small number: the sum is told in the same words."""
    told = Told.sum(Told.of(number, is_masked=True) for number in numbers)
    others = [LEAST - number if 0 < number < LEAST else number for number in numbers]
    assert told == Told.sum(Told.of(number, is_masked=True) for number in others)
    assert told.least <= sum(numbers) <= told.most


@given(st.lists(st.integers(0, 12), max_size=30))
def test_pooled_months_are_never_small_and_lose_nobody_who_is_told(months):
    told = pooled(months)
    assert all(count == 0 or count >= LEAST for count in told)
    assert sum(told) == (sum(months) if sum(months) >= LEAST else 0)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told(1234, 1234), "1.234"),
        (Told.of(3, is_masked=True), "dưới 5"),
        (Told.of(3, is_masked=False), "3"),
        (Told.sum([Told(20, 20), Told.of(3, is_masked=True)]), "ít nhất 21"),
        (Told.sum([Told.of(3, is_masked=True)] * 2), "ẩn"),
    ],
)
def test_a_number_is_told_in_words(told, words):
    assert told.words == words


# --- counts -------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def test_people_are_a_stock_and_times_happen_within_the_period():
    group = make_group(adults=40)
    early, late = make_resident(group=group), make_resident(group=group)
    make_help(resident=early, at=days_ago(50), outcome=HAD)
    make_help(resident=early, at=days_ago(2))
    make_help(resident=late, at=days_ago(1))
    make_help(group=group, at=days_ago(40))
    (cell,) = indicators.cells(scope())
    assert (cell.people, cell.had, cell.new, cell.times, cell.unnamed) == (2, 1, 2, 3, 1)
    first = timezone.localdate() - timedelta(days=10)
    (cell,) = indicators.cells(scope(first))
    assert (cell.people, cell.had, cell.new, cell.times, cell.unnamed) == (2, 1, 1, 2, 0)
    (cell,) = indicators.cells(scope(last=first))
    assert (cell.people, cell.new, cell.times, cell.unnamed, cell.adults) == (1, 1, 1, 1, 40)


def test_count_and_target_are_those_of_the_last_day():
    group, today = make_group(adults=40), timezone.localdate()
    Denominator.objects.create(group=group, on=today, adults=44, households=9, source="Mẫu")
    for number, (starts, ends) in enumerate([(-400, -40), (-39, 30), (-39, 300)]):
        dates = {"starts_on": today + timedelta(days=starts), "ends_on": today + timedelta(days=ends)}
        Target.objects.create(group=group, step_id="activated", people=20 + number, **dates)
    assert [(one.adults, one.goal) for one in indicators.cells(scope())] == [(44, 21)]
    last = today - timedelta(days=60)
    assert [(one.adults, one.goal) for one in indicators.cells(scope(last=last))] == [(40, 20)]
    assert [one.goal for one in indicators.cells(scope(step="card"))] == [None]


def test_somebody_counts_in_the_month_of_the_first_event_and_only_once():
    group, now = make_group(), timezone.localtime()
    first = make_resident(group=group)
    this, before = now.date().replace(day=1), (now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    make_help(resident=first, at=now - timedelta(days=now.day + 2), outcome=HAD)
    make_help(resident=first, at=now)
    make_help(resident=make_resident(group=group), at=now).correct(outcome=MISTAKE, by=make_user())
    make_help(resident=make_resident(group=group), at=now)
    people = indicators.months_of_people(scope(), by_group=False)
    assert {month: counts[""] for month, counts in people.items()} == {before: 1, this: 1}
    assert indicators.months_of_people(scope(this), by_group=True) == {this: {group.pk: 1}}
    assert indicators.months_of_times(scope(), by_group=True) == {this: {group.pk: 2}}


def test_practice_is_counted_nowhere():
    practice = Group.objects.get(is_practice=True)
    make_help(group=practice)
    assert practice.pk not in {cell.group for cell in indicators.cells(scope())}
    assert not indicators.months_of_times(scope(), by_group=False)
    assert practice not in indicators.unreached(Group.objects.real(), days=30)


def test_the_start_page_tells_only_of_five_people_or_more():
    group = make_group()
    for _ in range(4):
        make_help(resident=make_resident(group=group))
    make_help(resident=make_resident(group=group), outcome=HAD)
    assert indicators.figures() == []
    make_help(resident=make_resident(group=group))
    (figure,) = indicators.figures()
    assert (figure.number, figure.detail) == ("5", "ở 1 tổ, thôn, làng")


# --- groups that are not reached ----------------------------------------------------------------------------


def gaps(days: int = 30) -> dict:
    rows = indicators.unreached(Group.objects.real(), days=days)
    return {row: {name for name in indicators.GAPS if getattr(row, name)} for row in rows}


def test_a_group_is_listed_for_every_gap_it_has_and_not_without_one():
    well = make_group(adults=40, team=make_team())
    make_help(resident=make_resident(group=well), at=days_ago(29))
    quiet = make_group(adults=40, team=make_team())
    make_help(resident=make_resident(group=quiet), at=days_ago(31))
    empty, closed = make_group(), make_group(state="closed")
    assert gaps() == {quiet: {"quiet"}, empty: {"quiet", "nobody", "uncounted", "alone"}}
    assert gaps(days=60) == {empty: {"quiet", "nobody", "uncounted", "alone"}}
    assert set(gaps(days=14)) == {quiet, empty, well}
    assert closed not in gaps()


def test_help_that_was_a_mistake_or_names_nobody_activated_nobody():
    group = make_group(adults=40, team=make_team())
    make_help(resident=make_resident(group=group)).correct(outcome=MISTAKE, by=make_user())
    make_help(group=group)
    assert gaps() == {group: {"nobody"}}


# --- teams --------------------------------------------------------------------------------------------------


def asked(team, outcome: str, *, early: bool = False) -> None:
    """Somebody whom the team helped was asked 30 days later."""
    make_help(resident=make_resident(), team=team, at=days_ago(40))
    visit = FollowUp.objects.filter(kind="day_30", done_at=None).get()
    visit.mark_done(by=make_user(), outcome=outcome, at=days_ago(20 if early else 5))
    FollowUp.objects.filter(kind="day_7").delete()


def test_teams_are_told_by_what_people_still_do_and_early_answers_do_not_count():
    team, idle = make_team(), make_team()
    make_group(team=idle)
    make_team()  # helps nobody, and is to help nobody
    for outcome in ("alone", "helped", "unused", "gone"):
        asked(team, outcome)
    asked(team, "alone", early=True)
    found = {one.team: one for one in indicators.standings(Team.objects.all(), scope().period)}
    assert found.keys() == {team, idle}
    assert (found[team].helped, found[team].asked, found[team].alone) == (5, 3, 1)
    assert (found[idle].helped, found[idle].asked) == (0, 0)


def test_who_was_missed_on_the_day_and_met_soon_after_counts_in_the_league_and_on_the_groups_page():
    team = make_team()
    event = make_help(resident=make_resident(), team=team, at=days_ago(31))
    visit = FollowUp.objects.get(kind="day_30")
    visit.mark_missed()
    visit.mark_done(by=make_user(), outcome="alone")
    (found,) = indicators.standings(Team.objects.all(), scope().period)
    use = ladder.use(book.read(event.group))
    assert (found.asked, found.alone, use.asked, use.alone) == (1, 1, 1, 1)


def test_who_was_noted_by_mistake_answers_for_nobody():
    event = make_help(resident=make_resident(), team=make_team(), at=days_ago(40))
    FollowUp.objects.get(kind="day_30").mark_done(by=event.by, outcome="alone")
    called = CallBack.objects.create(event=event)
    called.mark_done(by=make_user(), answer="true")
    (before,) = indicators.standings(Team.objects.all(), scope().period)
    assert (before.asked, before.true, ladder.use(book.read(event.group)).asked) == (1, 1, 1)
    event.resident.leave(why="mistake", by=event.by)
    assert indicators.standings(Team.objects.all(), scope().period) == []
    assert ladder.use(book.read(event.group)).asked == 0


def test_the_calendar_leaves_no_month_out():
    months = indicators.calendar(timezone.localdate() - timedelta(days=800), timezone.localdate())
    assert all((after - before).days in range(28, 32) for before, after in pairwise(months))
    assert months[-1] == timezone.localdate().replace(day=1)
