"""Who waits for somebody to come back, and what “đang dùng” means: use after 30 days, nothing less."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from markets.models import FollowUp, Stage, Stall
from tests.builders import (
    commune_unit,
    make_followup,
    make_hanging_card,
    make_market,
    make_stall,
    make_tenancy,
    make_used,
    make_user,
)
from tests.markets.conftest import at_work
from tests.people import client_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def visit(market, *, row="M", number=None, days=0, **fields) -> FollowUp:
    """A visit that is due in so many days."""
    place = {"number": number} if number else {}
    tenancy = make_tenancy(stall=make_stall(market=market, row=row, **place))
    return make_followup(tenancy=tenancy, due_on=TODAY + timedelta(days=days), **fields)


def listed(client, **query) -> list[FollowUp]:
    return list(client.get(reverse("followup_list"), query).context["visits"])


def text(response) -> str:
    return response.content.decode()


def done(followup, **found):
    found = {"transfer_percent": 70, "has_internet": True, "problem": "none", **found}
    followup.mark_done(by=make_user(), **found)
    return followup


# --- the list ----------------------------------------------------------------------------------------------


def test_visits_come_in_walking_order(field, market):
    c, a2, a1, b = (
        visit(market, row=row, number=number, days=days)
        for row, number, days in (("C", "01", -3), ("A", "02", 0), ("A", "01", 20), ("B", "09", 1))
    )
    visit(make_market())
    assert listed(field, hen="tat-ca") == [a1, a2, b, c]


def test_the_list_opens_with_what_is_due_by_today(field, market):
    visit(market, days=1)
    assert "Bấm “Tất cả”" in text(field.get(reverse("followup_list")))
    overdue, today = visit(market, row="A", days=-2), visit(market, row="B")
    assert listed(field) == listed(field, hen="nonsense") == [overdue, today]


def test_the_chips_count_and_filter_by_when_it_is_due(field, market):
    sunday = (6 - TODAY.weekday()) or 7  # on a Sunday, the one after is not in this week
    overdue, today, this_week, later = (visit(market, days=days) for days in (-2, 0, sunday, 20))
    done(visit(market))
    week = {today, this_week} if sunday < 7 else {today}
    page = field.get(reverse("followup_list"))
    assert [count for _, _, count, _ in page.context["chips"]] == [2, 1, 1, len(week), 4]
    assert listed(field, hen="qua-han") == [overdue]
    assert listed(field, hen="hom-nay") == [today]
    assert set(listed(field, hen="tuan-nay")) == week
    assert set(listed(field, hen="tat-ca")) == {overdue, today, this_week, later}


def test_a_visit_says_what_for_how_late_and_what_was_said_last(field, market):
    first = done(visit(market), transfer_percent=60)
    make_followup(tenancy=first.tenancy, kind="day_30", due_on=TODAY - timedelta(days=2))
    retry = visit(market, kind="retry", problem="no_network")
    page = text(field.get(reverse("followup_list")))
    for words in ("Theo dõi sau 30 ngày", "lần trước 6 trong 10 khách", "Quá hạn 2 ngày",
                  "Thử chuyển lại 1.000 đ, mạng yếu", reverse("followup_do", args=[retry.pk])):  # fmt: skip
        assert words in page


def test_the_share_and_the_problems_are_of_the_last_visit_to_each_stall(field, market):
    once = done(visit(market), transfer_percent=10, problem="afraid")
    again = make_followup(tenancy=once.tenancy, kind="day_30")
    again.mark_done(by=make_user(), at=timezone.now(), transfer_percent=80, problem="prefers_cash")
    done(visit(market), transfer_percent=60, problem="prefers_cash")
    done(visit(market), transfer_percent=None, problem="none")
    gone = done(visit(market), transfer_percent=0, problem="account")
    gone.tenancy.end(by=make_user())
    done(visit(make_market()), transfer_percent=0, problem="account")
    page = field.get(reverse("followup_list"))
    assert (page.context["asked"], page.context["of_ten"]) == (2, 7)
    assert page.context["problems"] == [("Khách quen trả tiền mặt", 2)]
    assert "2 sạp" in text(page)


def test_a_trial_made_again_is_no_visit_at_which_somebody_was_asked(field, market):
    asked = done(visit(market), transfer_percent=60, problem="prefers_cash")
    again = make_followup(tenancy=asked.tenancy, kind="retry", problem="no_network")
    again.mark_done(by=make_user(), problem="no_network")
    page = field.get(reverse("followup_list"))
    assert (page.context["asked"], page.context["of_ten"]) == (1, 6)
    assert page.context["problems"] == [("Khách quen trả tiền mặt", 1)]


def test_nobody_waiting_and_nobody_asked_is_said(field, market):
    page = text(field.get(reverse("followup_list")))
    assert "Không có sạp nào hẹn" in page
    assert "Chưa hỏi sạp nào" in page


def test_the_list_asks_no_more_for_more_visits(field, market):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert field.get(reverse("followup_list")).status_code == 200
        return len(queries)

    for _ in range(10):
        visit(market)
    first = asked()
    for _ in range(190):
        visit(market)
    assert asked() == first <= 13
    assert len(listed(field, page="2")) == 25


def test_today_shows_the_first_visits_and_the_way_to_all(field, market):
    for _ in range(12):
        visit(market)
    visit(market, days=20)
    page = field.get(reverse("today"))
    assert len(page.context["visits"]) == 8
    assert "Tất cả 13 việc" in text(page)
    assert f'{reverse("followup_list")}?hen=tat-ca"' in text(page)


def test_the_list_is_of_the_chosen_market_for_who_records(client, market):
    far = make_user(role="volunteer", unit=commune_unit("Phường Quy Nhơn"), pin="246813")
    near = visit(market)
    assert near not in listed(at_work(client, far, make_market(unit=commune_unit("Phường Quy Nhơn"))))
    auditor = client_of(make_user(role="auditor", pin="246813"))
    assert auditor.get(reverse("followup_list")).status_code == 403


# --- in use ------------------------------------------------------------------------------------------------


def in_use() -> set:
    return set(Stall.objects.in_use())


def test_a_stall_is_in_use_when_buyers_still_pay_so_after_thirty_days():
    tried, used, cash, early, unposted = (make_hanging_card() for _ in range(5))
    make_used(used, percent=10)
    make_used(cash, percent=0)
    done(early.account.tenancy.followups.get(kind="day_7"))
    make_used(unposted).tenancy.stall.card.void(by=make_user(), reason="lost")
    assert in_use() == {used.stall}
    stages = {card: Stall.objects.with_progress().get(pk=card.stall_id).stage for card in (tried, used, cash)}
    assert list(stages.values()) == [Stage.TAKING, Stage.USED, Stage.TAKING]
    assert Stall.objects.at_stage(Stage.USED).get() == used.stall
    assert tried.stall.stage == Stage.TAKING


def test_use_that_was_told_before_its_day_is_no_use_after_thirty_days(market):
    early, on_the_day = (make_hanging_card(market=market) for _ in range(2))
    for card, days in ((early, 1), (on_the_day, 0)):
        visit = make_used(card)
        FollowUp.objects.filter(pk=visit.pk).update(due_on=TODAY + timedelta(days=days))
    assert in_use() == {on_the_day.stall}
    assert Stall.objects.with_progress().get(pk=early.stall_id).stage == Stage.TAKING


def test_a_visit_late_in_the_evening_counts_by_the_day_of_the_clock_on_the_wall():
    card = make_hanging_card()
    half_past_midnight = timezone.localtime().replace(hour=0, minute=30)  # the evening before in Greenwich
    visit = make_used(card)
    FollowUp.objects.filter(pk=visit.pk).update(done_at=half_past_midnight)
    assert in_use() == {card.stall}


def test_the_use_of_a_vendor_who_left_says_nothing_about_the_next_one():
    card = make_hanging_card()
    make_used(card)
    card.account.tenancy.end(by=make_user())
    assert in_use() == set()


def test_what_is_in_use_still_takes_transfers(market):
    make_used(make_hanging_card(market=market))
    make_hanging_card(market=market)
    here = Stall.objects.in_market(market)
    assert (here.taking_transfers().count(), here.in_use().count()) == (2, 1)
    counts = here.count_by_stage()
    assert (counts[Stage.TAKING], counts[Stage.USED]) == (1, 1)


def test_the_list_and_the_page_of_a_stall_tell_use_from_sign_up(field, market):
    card = make_hanging_card(market=market)
    for words in ("Đang nhận tiền", "Đang dùng"):
        (shown,) = field.get(reverse("stall_list")).context["stalls"]
        assert shown.stage.label == words
        assert words in text(field.get(reverse("stall_detail", args=[card.stall_id])))
        if words == "Đang nhận tiền":
            make_used(card)


def test_a_stall_in_use_is_not_unfinished(field, market):
    make_used(make_hanging_card(market=market))
    assert field.get(reverse("today")).context["undone"] == []
