"""Who waits to be asked again, in walking order, and what was found."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from neighborhoods.models import FollowUp, Household, Step
from portal.organization.models import Place
from tests.builders import PIN, make_group, make_help, make_place, make_resident, make_user
from tests.people import client_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def text(response) -> str:
    return response.content.decode()


def visit(group, *, house=None, days=0, kind="day_7", **fields) -> FollowUp:
    """A visit to somebody of the group that is due in so many days."""
    home = Household.objects.get_or_create(group=group, house=house)[0] if house else None
    resident = make_resident(group=group, household=home)
    step = Step.objects.get(pk="activated")
    due = TODAY + timedelta(days=days)
    return FollowUp.objects.create(resident=resident, kind=kind, step=step, due_on=due, **fields)


def listed(client, **query) -> list[FollowUp]:
    return list(client.get(reverse("visit_followup_list"), query).context["visits"])


def do(client, row, outcome, *, before=0, **options):
    address = reverse("visit_followup", args=[row.pk])
    return client.post(address, {"outcome": outcome, "before": before}, **options)


# --- the list ----------------------------------------------------------------------------------------------


def test_visits_come_in_the_order_of_the_houses_and_who_has_none_last(field, group):
    homeless, ten, two_a, two = (visit(group, house=house) for house in (None, "10", "2A", "2"))
    assert listed(field) == [two, two_a, ten, homeless]
    assert list(field.get(reverse("visit_start")).context["due"]) == [two, two_a, ten, homeless]


def test_the_chips_count_and_filter_by_when_it_is_due(field, group):
    sunday = (6 - TODAY.weekday()) or 7  # on a Sunday, the one after is not in this week
    overdue, today, this_week, later = (visit(group, days=days) for days in (-2, 0, sunday, 20))
    visit(group).mark_done(by=make_user(), outcome="alone")
    visit(make_group())
    week = {today, this_week} if sunday < 7 else {today}
    page = field.get(reverse("visit_followup_list"))
    assert [count for _, _, count, _ in page.context["chips"]] == [2, 1, 1, len(week), 4]
    assert set(listed(field)) == set(listed(field, hen="\0nonsense")) == {overdue, today}
    assert listed(field, hen="qua-han") == [overdue]
    assert listed(field, hen="hom-nay") == [today]
    assert set(listed(field, hen="tuan-nay")) == week
    assert set(listed(field, hen="tat-ca")) == {overdue, today, this_week, later}


def test_a_line_says_where_who_what_for_and_how_late(field, group):
    row = visit(group, house="12/3 Lê Lợi", days=-2, missed_count=1)
    body = text(field.get(reverse("visit_followup_list")))
    words = ["Số nhà 12/3 Lê Lợi", "Hỏi lại sau 7 ngày: Kích hoạt mức 2", "không gặp 1 lần"]
    for word in [*words, "Quá hạn 2 ngày", str(row.resident)]:
        assert word in body


def test_nobody_waiting_is_said(field, group):
    assert "Không có hẹn nào" in text(field.get(reverse("visit_followup_list")))
    visit(group, days=3)
    assert "Bấm “Tất cả”" in text(field.get(reverse("visit_followup_list")))
    assert "Hôm nay không ai hẹn" in text(field.get(reverse("visit_start")))


def test_at_a_desk_visits_stand_under_their_groups(group, volunteer):
    other = make_group()
    visit(group), visit(other)
    client = client_of(volunteer, place=make_place(kind=Place.Kind.DESK, unit=group.place.unit))
    body = text(client.get(reverse("visit_followup_list")))
    assert all(f'<h2 class="due-h">{one}</h2>' in body for one in (group, other))


def test_the_list_asks_no_more_for_more_visits(field, group):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert field.get(reverse("visit_followup_list")).status_code == 200
        return len(queries)

    visit(group, house="1")
    first = asked()
    for number in range(30):
        visit(group, house=str(number))
    assert asked() == first <= 10
    assert (len(listed(field)), len(listed(field, page="2"))) == (25, 6)


# --- what was found ----------------------------------------------------------------------------------------


def test_what_was_found_is_noted_and_the_next_house_offered(field, volunteer, group):
    rows = [visit(group, house=str(house)) for house in (2, 4, 10, 12, 14)]
    for row, following, outcome in zip(rows, rows[1:], ["alone", "helped", "unused", "gone"], strict=False):
        answer = do(field, row, outcome, follow=True)
        row.refresh_from_db()
        assert (row.outcome, row.done_by) == (outcome, volunteer)
        assert f"Đã ghi lượt hỏi lại của {row.resident}" in text(answer)
        assert answer.context["next"] == following


def test_nobody_at_home_is_tried_again_in_three_days_and_a_second_tap_is_no_second_try(field, group):
    row = visit(group)
    for _ in range(2):
        told = text(do(field, row, "missed", follow=True))
        assert "Đã ghi không gặp" in told
        assert f"Chưa gặp {row.resident}, hẹn lại ngày {TODAY + timedelta(days=3):%d-%m-%Y}" in told
        assert "Đã ghi lượt hỏi lại" not in told
    row.refresh_from_db()
    assert (row.missed_count, row.due_on, row.done_at) == (1, TODAY + timedelta(days=3), None)
    do(field, row, "missed", before=1)
    row.refresh_from_db()
    assert row.missed_count == 2


def test_who_was_not_at_home_on_the_day_may_be_met_on_the_next(field, group):
    row = visit(group)
    do(field, row, "missed")
    do(field, row, "alone", before=0)  # the page was opened before a colleague noted that nobody was there
    row.refresh_from_db()
    assert row.outcome == "alone"


def test_before_the_day_nobody_is_asked_and_what_was_chosen_stays(field, group):
    for kind in ("day_7", "day_30"):
        row = visit(group, days=2, kind=kind)
        opened = field.get(reverse("visit_followup", args=[row.pk]), follow=True)
        assert "Chưa tới ngày hỏi" in text(opened)
        answer = do(field, row, "alone")
        assert answer.status_code == 422
        assert "còn 2 ngày" in text(answer)
        assert answer.context["form"]["outcome"].value() == "alone"
        row.refresh_from_db()
        assert row.done_at is None


def test_who_comes_second_learns_who_was_first(field, group):
    row = visit(group)
    row.mark_done(by=make_user(name="Siu H’Thí Điểm"), outcome="alone")
    for answer in (
        do(field, row, "unused", follow=True),
        field.get(reverse("visit_followup", args=[row.pk]), follow=True),
    ):
        assert "Siu H’Thí Điểm đã ghi lượt này lúc" in text(answer)
        assert "Tự làm lại được" in text(answer)
    row.refresh_from_db()
    assert row.outcome == "alone"


def test_who_was_met_by_a_colleague_is_not_said_to_have_been_missed(field, group):
    row = visit(group)

    def a_colleague_is_faster(execute, sql, *args):
        if sql.startswith('UPDATE "neighborhoods_followup"') and not row.done_at:
            row.done_at = TODAY  # only once
            FollowUp.objects.get(pk=row.pk).mark_done(by=make_user(name="Siu H’Thí Điểm"), outcome="alone")
        return execute(sql, *args)

    with connection.execute_wrapper(a_colleague_is_faster):
        told = text(do(field, row, "missed", follow=True))
    assert "Siu H’Thí Điểm đã ghi lượt này lúc" in told
    assert "Đã ghi không gặp" not in told


def test_groups_of_one_name_are_walked_one_after_the_other():
    for one in [make_group(place=make_place(name="Tổ 7")), make_group(place=make_place(name="Tổ 7"))] * 3:
        visit(one, house=str(FollowUp.objects.count()))
    walked = [row.resident.group_id for row in FollowUp.objects.in_walking_order()]
    assert walked == sorted(walked)


def test_no_answer_is_sent_back(field, group):
    answer = do(field, visit(group), "")
    assert answer.status_code == 422
    assert "Lỗi:" in text(answer)


def test_what_was_not_finished_is_gone_on_with_at_any_time_and_ends_with_the_step(field, group):
    resident = make_resident(group=group)
    make_help(resident=resident, step="installed", outcome="tried")
    row = FollowUp.objects.get()
    page = field.get(reverse("visit_followup", args=[row.pk]))
    record = reverse("visit_record", args=[resident.pk])
    assert f'href="{record}"' in text(page)
    assert [value for value, _ in page.context["form"].fields["outcome"].choices] == ["missed", "gone"]
    field.post(record, {"page": uuid.uuid4(), "step_installed": "helped"})
    row.refresh_from_db()
    assert row.outcome == "done"


def test_a_visit_that_goes_on_with_one_step_and_not_with_another_leaves_an_appointment(field, group):
    resident = make_resident(group=group)
    make_help(resident=resident, step="installed", outcome="tried")
    told = {"page": uuid.uuid4(), "step_installed": "helped", "step_activated": "tried"}
    field.post(reverse("visit_record", args=[resident.pk]), told)
    assert FollowUp.objects.open().get().step_id == "activated"


def test_open_visits_stand_on_the_page_of_the_person(field, group):
    row = visit(group, days=-1)
    body = text(field.get(reverse("visit_record", args=[row.resident_id])))
    assert reverse("visit_followup", args=[row.pk]) in body
    assert "Quá hạn 1 ngày" in body


def test_an_auditor_asks_nobody(group):
    client = client_of(make_user(role="auditor", pin=PIN), place=group.place)
    assert client.get(reverse("visit_followup_list")).status_code == 403
    assert do(client, visit(group), "alone").status_code == 403
