"""Help events, what they count, what they plan; corrections."""

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from neighborhoods import ladder
from neighborhoods.models import FollowUp, HelpEvent, Household, Resident, Step
from neighborhoods.models.groups import walking_key
from tests.builders import make_group, make_help, make_resident, make_user

pytestmark = pytest.mark.django_db
HAD, TRIED, MISTAKE = HelpEvent.Outcome.HAD, HelpEvent.Outcome.TRIED, HelpEvent.Outcome.MISTAKE


def counts(group) -> dict[str, tuple]:
    found = ladder.reached(HelpEvent.objects.real().filter(group=group))
    return {one.step: (one.people, one.had, one.helped, one.times, one.unnamed) for one in found}


def test_people_and_times_are_counted_apart():
    group = make_group()
    first, second = make_resident(group=group), make_resident(group=group)
    make_help(resident=first)
    make_help(resident=first)
    make_help(resident=second, outcome=HAD)
    make_help(group=group)
    assert counts(group) == {"activated": (2, 1, 1, 3, 1)}


def test_what_was_there_before_is_nobodys_work():
    resident = make_resident()
    make_help(resident=resident)
    make_help(resident=resident, outcome=HAD)
    assert counts(resident.group)["activated"][:3] == (1, 1, 0)


def test_the_same_event_sent_twice_is_one():
    event = make_help(resident=make_resident())
    again = make_help(resident=event.resident, id=event.pk)
    assert again == event
    assert counts(event.group)["activated"][3] == 1


def test_a_correction_takes_the_place_of_what_it_corrects():
    event = make_help(resident=make_resident())
    event.correct(outcome=HAD, by=event.by)
    assert counts(event.group)["activated"] == (1, 1, 0, 0, 0)
    other = make_help(resident=make_resident(group=event.group), step="card")
    other.correct(outcome=MISTAKE, by=other.by)
    assert "card" not in counts(event.group)


def test_an_event_is_corrected_once():
    event = make_help(resident=make_resident())
    event.correct(outcome=HAD, by=event.by)
    with pytest.raises(IntegrityError), transaction.atomic():
        event.correct(outcome=MISTAKE, by=event.by)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_events_only_grow(change):
    make_help(resident=make_resident(), step="card")
    with pytest.raises(DatabaseError, match="may only grow"), transaction.atomic():
        HelpEvent.objects.update(device="X") if change == "update" else HelpEvent.objects.all().delete()


def test_help_that_is_followed_plans_two_visits_and_a_mistake_takes_them_back():
    event = make_help(resident=make_resident())
    today = timezone.localdate(event.at)
    days = set(FollowUp.objects.values_list("kind", "due_on"))
    assert days == {("day_7", today + timedelta(days=7)), ("day_30", today + timedelta(days=30))}
    event.correct(outcome=MISTAKE, by=event.by)
    assert not FollowUp.objects.exists()


def test_what_was_not_finished_waits_until_it_is():
    resident = make_resident()
    make_help(resident=resident, step="installed", outcome=TRIED)
    visit = FollowUp.objects.get()
    assert (visit.kind, visit.is_early) == ("return", False)
    make_help(resident=resident, step="installed")
    visit.refresh_from_db()
    assert visit.outcome == "done"


def waiting(resident) -> set[tuple]:
    return set(FollowUp.objects.open().filter(resident=resident).values_list("kind", "step"))


def test_two_steps_that_were_not_finished_in_one_visit_wait_each_for_itself():
    resident, by = make_resident(), make_user()
    steps = Step.objects.filter(pk__in=["installed", "activated"])
    HelpEvent.objects.record_visit([(s, TRIED) for s in steps], page=uuid4(), resident=resident, by=by)
    make_help(resident=resident, step="installed", outcome=TRIED)
    assert waiting(resident) == {("return", "installed"), ("return", "activated")}
    make_help(resident=resident, step="installed")
    assert waiting(resident) == {("return", "activated")}


def test_what_a_mistake_ended_waits_again_and_what_was_had_in_truth_does_not():
    resident = make_resident()
    make_help(resident=resident, step="installed", outcome=TRIED)
    wrong = make_help(resident=resident, step="installed")
    wrong.correct(outcome=MISTAKE, by=wrong.by)
    assert waiting(resident) == {("return", "installed")}
    other = make_help(resident=resident, step="installed")
    other.correct(outcome=HAD, by=other.by)
    assert waiting(resident) == set()
    assert FollowUp.objects.get().outcome == "done"


def test_a_mistake_takes_no_visit_away_that_other_help_asks_for():
    resident = make_resident()
    wrong, right = make_help(resident=resident), make_help(resident=resident)
    wrong.correct(outcome=MISTAKE, by=wrong.by)
    assert waiting(resident) == {("day_7", "activated"), ("day_30", "activated")}
    assert set(FollowUp.objects.values_list("event", flat=True)) == {right.pk}


def test_who_was_asked_since_is_not_asked_again_for_a_mistake():
    resident, week = make_resident(), timedelta(days=7)
    right = make_help(resident=resident, at=timezone.now() - 2 * week)
    FollowUp.objects.get(kind="day_7").mark_done(by=right.by, outcome="alone", at=timezone.now() - week)
    wrong = make_help(resident=resident)
    wrong.correct(outcome=MISTAKE, by=wrong.by)
    assert waiting(resident) == {("day_30", "activated")}


def test_nothing_is_noted_about_somebody_who_left_meanwhile():
    seen = make_resident()
    Resident.objects.get(pk=seen.pk).leave(why="moved", by=seen.recorded_by)
    done = [(Step.objects.get(pk="activated"), HAD)]
    with pytest.raises(Resident.DoesNotExist):
        HelpEvent.objects.record_visit(done, page=uuid4(), resident=seen, by=seen.recorded_by)
    assert not HelpEvent.objects.exists()


def test_a_visit_is_done_once_and_missed_as_often_as_nobody_is_there():
    event = make_help(resident=make_resident())
    visit = FollowUp.objects.get(kind="day_7")
    visit.mark_missed()
    assert (visit.missed_count, visit.due_on) == (1, timezone.localdate() + timedelta(days=3))
    assert visit.mark_done(by=event.by, outcome="alone")
    assert not visit.mark_done(by=make_user(), outcome="unused")
    assert visit.outcome == "alone"


def test_houses_stand_in_the_order_of_a_walk():
    houses = ["10", "2/1", "2A", "2", "12/3 Lê Lợi"]
    assert sorted(houses, key=walking_key) == ["2", "2A", "2/1", "10", "12/3 Lê Lợi"]


def test_who_walks_ends_one_street_before_the_next_however_it_was_typed():
    walk = ["70", "3 30 Tháng 4", "Số 2 Lê Lợi", "4 lê lợi", "Số nhà 12/3, đường Lê Lợi", "Nhà 1A Trần Phú"]
    assert sorted(reversed(walk), key=walking_key) == walk


def test_keys_of_houses_that_are_there_are_written_anew():
    home = Household.objects.create(group=make_group(), house="4 Lê Lợi")
    Household.objects.update(walk_key="000004 LÊ LỢI")
    import_module("neighborhoods.migrations.0007_walk_by_street").write_keys(apps, None)
    assert Household.objects.get().walk_key == home.walk_key == "LE LOI 000004"


def test_going_back_to_one_appointment_a_person_keeps_the_first():
    resident, other = make_resident(), make_resident()
    make_help(resident=resident, step="installed", outcome=TRIED, at=timezone.now() - timedelta(days=1))
    for person in (resident, other):
        make_help(resident=person, step="activated", outcome=TRIED)
    import_module("neighborhoods.migrations.0006_return_per_step").keep_one_a_person(apps, None)
    assert (waiting(resident), waiting(other)) == ({("return", "installed")}, {("return", "activated")})


def test_a_number_is_in_the_book_once_and_found_by_its_index():
    resident = make_resident(number="064158000123")
    assert Resident.objects.with_number("064158000123").get() == resident
    assert (resident.masked_number, resident.clear_number()) == ("•••• 0123", "064158000123")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_resident(number="064158000123")
