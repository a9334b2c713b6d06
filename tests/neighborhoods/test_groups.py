"""The list of groups, the page of one: its numbers, its people, who sees them."""

from datetime import UTC, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from neighborhoods import book, ladder, standing
from neighborhoods.models import FollowUp, Group, HelpEvent, Step, Target
from portal.organization.models import Place
from tests.builders import (
    PIN,
    commune,
    commune_unit,
    former_commune,
    make_area,
    make_group,
    make_help,
    make_place,
    make_resident,
    make_shift,
    make_shift_guest,
    make_user,
)
from tests.people import client_of

pytestmark = pytest.mark.django_db
HAD, TRIED = HelpEvent.Outcome.HAD, HelpEvent.Outcome.TRIED
FAR = "Xã Vĩnh Sơn"


def make_goal(group, people: int, step: str = "activated", **fields) -> Target:
    today = timezone.localdate()
    fields = {"starts_on": today - timedelta(days=30), "ends_on": today + timedelta(days=30), **fields}
    return Target.objects.create(group=group, step_id=step, people=people, **fields)


def line_of(group, step: str = "activated", adults: int | None = 100) -> ladder.Line:
    return next(line for line in ladder.lines(book.read(group), adults) if line.step.pk == step)


def standing_of(resident) -> standing.Person:
    row = (resident.pk, resident.name, resident.birth_year, resident.last_four)
    return standing.people(book.read(resident.group), [row], list(Step.objects.today().rungs()))[0]


def state_of(resident) -> str:
    return standing_of(resident).state


def answer(visit: FollowUp, outcome: str) -> None:
    visit.mark_done(by=make_user(), outcome=outcome)


def page_of(client, group, **query):
    return client.get(reverse("group_detail", args=[group.pk]), query)


def listed(response) -> list[str]:
    return [person.name for person in response.context["people"]]


# --- what is counted ---------------------------------------------------------------------------------------


def test_a_step_says_who_has_it_of_whom_and_what_is_missing(group):
    make_help(resident=make_resident(group=group), outcome=HAD)
    make_help(resident=make_resident(group=group))
    make_help(group=group)
    make_goal(group, 10)
    line = line_of(group)
    assert (line.reached.had, line.reached.helped, line.left, line.to_goal) == (1, 1, 98, 8)
    assert (line.percent, line.reached.times, line.reached.unnamed) == (2.0, 2, 1)


def test_a_target_counts_only_in_its_days(group):
    today = timezone.localdate()
    make_goal(group, 10, starts_on=today - timedelta(days=60), ends_on=today - timedelta(days=1))
    assert line_of(group).goal is None
    assert Group.objects.with_goal("activated").get(pk=group.pk).goal is None
    make_goal(group, 20)
    assert line_of(group).goal == Group.objects.with_goal("activated").get(pk=group.pk).goal == 20


def test_without_a_count_there_is_no_share_and_the_longest_bar_is_the_fullest_step(group):
    make_help(resident=make_resident(group=group))
    line = line_of(group, adults=None)
    assert (line.left, line.percent) == (None, None)
    assert ladder.whole([line]) == 1


def test_a_count_that_is_too_old_breaks_no_bar(group):
    for _ in range(3):
        make_help(resident=make_resident(group=group))
    line = line_of(group, adults=2)
    assert (ladder.whole([line]), line.left) == (3, 0)


def test_use_counts_people_who_were_asked_after_thirty_days(group):
    for outcome in ("alone", "unused", "gone"):
        make_help(resident=make_resident(group=group), at=timezone.now() - timedelta(days=31))
        answer(FollowUp.objects.get(kind="day_30", done_at=None), outcome)
    make_help(resident=make_resident(group=group))
    FollowUp.objects.filter(kind="day_7", done_at=None).update(due_on=timezone.localdate())
    found = ladder.use(book.read(group))
    assert (found.asked, found.alone, found.due) == (2, 1, 4)


def test_months_tell_each_person_once_and_every_time(group):
    last = timezone.localdate()
    first = timezone.now() - timedelta(days=800)
    resident = make_resident(group=group)
    make_help(resident=resident, at=first)
    make_help(resident=resident)
    make_help(resident=make_resident(group=group), outcome=HAD)
    make_help(group=group)
    months, older = ladder.months(book.read(group), last)
    assert (len(months), months[-1].first) == (12, last.replace(day=1))
    assert (older.people, older.times) == (1, 1)
    assert (months[-1].people, months[-1].times) == (1, 2)
    assert sum(month.people for month in months) + older.people == line_of(group).reached.people


def test_a_month_begins_at_midnight_in_gia_lai(group):
    make_help(group=group, at=timezone.datetime(2026, 2, 28, 17, 30, tzinfo=UTC))
    months, _ = ladder.months(book.read(group), timezone.datetime(2026, 4, 1).date())
    assert [(month.first.month, month.times) for month in months] == [(3, 1), (4, 0)]


def test_what_is_read_counts_as_the_database_does(group):
    people = [make_resident(group=group) for _ in range(3)]
    for at, outcome in enumerate(["helped", "had", "tried", "helped", "had"]):
        make_help(resident=people[at % 3], outcome=outcome)
        make_help(resident=people[at % 2], step="card", outcome=outcome)
        make_help(group=group, step="safety")
    HelpEvent.objects.filter(step="card").first().correct(outcome="mistake", by=make_user())
    wanted = {one.step: one for one in ladder.reached(HelpEvent.objects.real().filter(group=group))}
    assert ladder.count(book.read(group)) == wanted
    assert len(wanted) == 3


def test_who_moved_here_keeps_the_rungs_and_the_old_group_its_work(group):
    resident = make_resident(group=make_group())
    make_help(resident=resident)
    old, resident.group = resident.group, group
    resident.save()
    assert standing_of(resident).rung.pk == "activated"
    assert (line_of(group).reached.people, line_of(old).reached.people) == (0, 1)


# --- where people stand ------------------------------------------------------------------------------------


def test_each_person_stands_in_one_state(group):
    today = timezone.localdate()
    people = {
        name: make_resident(group=group) for name in ("none", "helping", "return", "late", "alone", "had")
    }
    make_help(resident=people["helping"], step="card")
    make_help(resident=people["return"], step="installed", outcome=TRIED)
    make_help(resident=people["late"])
    people["late"].followups.filter(kind="day_7").update(due_on=today - timedelta(days=3))
    make_help(resident=people["alone"])
    for visit in people["alone"].followups.all():
        answer(visit, "alone")
    make_help(resident=people["had"], outcome=HAD)
    assert {name: state_of(one) for name, one in people.items()} == {name: name for name in people}
    assert standing_of(people["late"]).tag == ("err", "Quá hẹn 3 ngày")


def test_who_is_due_today_is_to_be_visited_and_not_late(group):
    resident = make_resident(group=group)
    make_help(resident=resident)
    resident.followups.filter(kind="day_7").update(due_on=timezone.localdate())
    assert state_of(resident) == "return"


def test_the_last_answer_counts(group):
    resident = make_resident(group=group)
    make_help(resident=resident)
    answer(resident.followups.get(kind="day_7"), "alone")
    answer(resident.followups.get(kind="day_30"), "unused")
    assert state_of(resident) == "helping"


# --- the page ----------------------------------------------------------------------------------------------


def test_the_page_of_a_group_shows_masked_people_and_no_whole_number(field, group):
    resident = make_resident(group=group, number="064158000123", name="Siu H’Thí Điểm", birth_year=1958)
    make_help(resident=resident, step="installed")
    body = page_of(field, group).content.decode()
    assert "•••• 0123" in body
    assert "Đã cài ứng dụng VNeID</td>" in body
    assert "064158000123" not in body


def test_who_left_is_not_in_the_list(field, group):
    make_resident(group=group, left_on=timezone.localdate(), left_why="moved")
    assert listed(page_of(field, group)) == []


def test_people_are_narrowed_by_state_and_by_rung(field, group):
    one, _ = make_resident(group=group), make_resident(group=group)
    make_help(resident=one, step="card", outcome=HAD)
    answer_ = page_of(field, group, state="helping")
    assert listed(answer_) == [one.name]
    counts = {value: number for value, _, number, _ in answer_.context["chips"]}
    assert (counts[""], counts["helping"], counts["none"]) == (2, 1, 1)
    assert listed(page_of(field, group, rung="card")) == [one.name]
    assert listed(page_of(field, group, rung="activated")) == []
    assert len(listed(page_of(field, group, rung="-"))) == 1
    assert len(listed(page_of(field, group, rung="x", state="x"))) == 2


def test_words_of_a_search_stay_out_of_the_address(field, group):
    make_resident(group=group, name="Rơ Châm Ví Dụ", number="064158007719")
    make_resident(group=group, name="Nguyễn Thị Mẫu")
    address = reverse("group_people", args=[group.pk])
    for words in ("ro cham", "7719"):
        answer_ = field.post(address, {"q": words})
        assert listed(answer_) == ["Rơ Châm Ví Dụ"]
        assert "Thang giúp VNeID" in answer_.content.decode()
    fragment = field.post(address, {"q": "ro cham"}, headers={"HX-Request": "true"}).content.decode()
    assert "Rơ Châm Ví Dụ" in fragment
    assert "<html" not in fragment
    assert "Thang giúp VNeID" not in fragment
    assert listed(page_of(field, group, q="ro cham")) == ["Rơ Châm Ví Dụ", "Nguyễn Thị Mẫu"]


def test_a_search_for_nothing_leads_to_the_address_of_the_rung(field, group):
    address = reverse("group_people", args=[group.pk])
    there = f"{reverse('group_detail', args=[group.pk])}?rung=card#people"
    assert field.post(address, {"q": " ", "rung": "card"})["Location"] == there
    assert field.post(address, {"rung": "card"}, headers={"HX-Request": "true"})["HX-Redirect"] == there


def test_a_group_without_a_count_says_so(field, group):
    assert "chưa đếm số người" in page_of(field, group).content.decode()
    assert "%" not in page_of(field, group).content.decode().partition("Thang giúp")[2].partition("<svg")[0]


def test_who_works_elsewhere_is_brought_here_first(volunteer, group):
    elsewhere = client_of(volunteer, place=make_place(unit=group.place.unit))
    body = page_of(elsewhere, group).content.decode()
    assert f'name="place" value="{group.place_id}"' in body
    answer_ = elsewhere.post(
        reverse("place_choose"), {"place": group.place_id, "next": reverse("visit_start")}
    )
    assert answer_["Location"] == reverse("visit_start")
    assert f'name="place" value="{group.place_id}"' not in page_of(elsewhere, group).content.decode()


def test_who_sits_at_a_desk_around_the_group_works_from_there(group):
    desk = make_place(unit=group.place.unit, kind=Place.Kind.DESK)
    guest = client_of(make_shift_guest(shift=make_shift(place=desk)))
    assert f'href="{reverse("visit_start")}"' in page_of(guest, group).content.decode()


# --- who sees what -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["group_detail", "group_people", "group_poster"])
def test_a_group_out_of_reach_is_not_found(field, name):
    far = make_group(place=make_place(unit=commune_unit(FAR), kind=Place.Kind.MEETING_HOUSE))
    address = reverse(name, args=[far.pk])
    send = field.post if name == "group_people" else field.get
    assert send(address, {"q": "x"} if name == "group_people" else None).status_code == 404


def test_an_auditor_sees_the_group_and_no_button(group):
    make_resident(group=group)
    body = page_of(client_of(make_user(role="auditor")), group).content.decode()
    assert "Người trong tổ" in body
    assert "Ghi lượt giúp" not in body
    assert reverse("place_choose") not in body


def test_who_reviews_heritage_has_no_business_with_residents(group):
    reviewer = client_of(make_user(role="culture_reviewer"))
    assert page_of(reviewer, group).status_code == 403
    assert reviewer.get(reverse("group_list")).status_code == 403


def test_who_practises_records_nothing_from_here(field, group):
    field.post(reverse("practice"))
    assert "Ghi lượt giúp" not in page_of(field, group).content.decode()


def test_a_guest_with_one_group_is_led_to_it(group):
    make_group()
    guest = client_of(make_shift_guest(shift=make_shift(place=group.place)))
    answer_ = guest.get(reverse("group_list"))
    assert answer_["Location"] == reverse("group_detail", args=[group.pk])


# --- the list ----------------------------------------------------------------------------------------------


def test_the_list_finds_a_group_by_any_name_of_its_ground(volunteer):
    hamlet = make_area(kind="lang", parent=commune(), name="Làng Đê Kuôl")
    old = former_commune("Phường Yên Đỗ", "Thành phố Pleiku")
    place = make_place(unit=volunteer.roles.get().unit, area=hamlet, former_area=old, kind="meeting_house")
    wanted = make_group(place=place)
    client = client_of(volunteer)

    def found(q: str) -> list[Group]:
        return [group for group, _ in client.get(reverse("group_list"), {"q": q}).context["rows"]]

    for q in ("kuôl", "de kuol yen do", "pleiku kuol", "dien tu kuol"):
        assert found(q) == [wanted]
    assert len(found("")) == 2
    assert found("không có") == []


def test_the_list_tells_done_target_and_people(volunteer, group):
    counted = make_group(adults=40)
    make_goal(counted, 30)
    for step in ("activated", "card"):
        make_help(resident=make_resident(group=counted), step=step)
    rows = client_of(volunteer).get(reverse("group_list")).context["rows"]
    numbers = {row.pk: (one.done, one.goal, one.adults, one.width) for row, one in rows}
    assert numbers == {counted.pk: (1, 30, 40, "2.50%"), group.pk: (0, None, None, "0.00%")}


# --- how often the database is asked -----------------------------------------------------------------------


def queries_of(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("kind", ["volunteer", "unit_secretary", "province_staff", "auditor"])
def test_a_group_s_page_asks_twelve_times_at_most_however_many_live_there(group, kind):
    for _ in range(2):
        make_help(resident=make_resident(group=group))
    unit = group.place.unit if kind in {"volunteer", "unit_secretary"} else None
    client = client_of(make_user(role=kind, unit=unit, pin=PIN), place=group.place)
    few = queries_of(client, reverse("group_detail", args=[group.pk]))
    for _ in range(25):
        make_help(resident=make_resident(group=group))
    assert queries_of(client, reverse("group_detail", args=[group.pk])) == few <= 12


def test_the_list_asks_as_often_for_many_groups_as_for_one(field):
    few = queries_of(field, reverse("group_list"))
    for _ in range(5):
        make_help(resident=make_resident(group=make_group(adults=10)))
    assert queries_of(field, reverse("group_list")) == few <= 8
