"""The public start, today's page of who works here, and the address that says whether the machine is well."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from markets.models import FollowUp
from portal import charts
from portal.home import figures, work
from portal.organization.models import Place
from tests.builders import (
    PIN,
    make_account,
    make_card,
    make_followup,
    make_market,
    make_place,
    make_shift,
    make_shift_guest,
    make_stall,
    make_team,
    make_tenancy,
    make_user,
    make_worker,
)
from tests.markets.conftest import at_work

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


def stall_at_work(market, state="tried"):
    return make_card(account=make_account(tenancy=make_tenancy(market=market)), state=state)


@pytest.fixture
def market():
    return make_market(name="Chợ Hoa Lư")


@pytest.fixture
def volunteer(market):
    return make_user(role="volunteer", unit=market.place.unit, pin=PIN, name="Trần Văn Thử")


# --- the public start --------------------------------------------------------------------------------------


def test_the_start_counts_stalls_markets_and_teams_from_the_database(client, market):
    for state in ("tried", "tried", "posted"):
        stall_at_work(market, state)
    make_team(members=[make_user(), make_user()])
    shown = [(figure.number, figure.words) for figure in client.get(reverse("home")).context["figures"]]
    assert shown == [("2", "sạp nhận tiền bằng mã QR"), ("1", "đội tình nguyện số")]


def test_a_share_of_fewer_than_five_visits_is_not_published(client, market):
    for count in (4, 5):
        while FollowUp.objects.filter(done_at__isnull=False).count() < count:
            visit = make_followup()
            visit.mark_done(by=visit.tenancy.recorded_by, transfer_percent=70)
        assert ("70 %" in text(client.get(reverse("home")))) == (count == 5)


def test_the_start_works_with_an_empty_database(client):
    body = text(client.get(reverse("home")))
    assert "chưa có sạp nào qua bước thử" in body
    assert '<svg class="chart"' not in body


def test_the_chart_and_its_table_say_the_same(client, market):
    stall_at_work(market)
    response = client.get(reverse("home"))
    month = timezone.localdate().month
    assert f'Tháng {month}</th><td class="n">1</td>' in text(response)
    assert response.context["chart"].bars[-1].count == 1


def test_bars_stand_in_per_cent_with_points_and_end_at_the_axis(market):
    stall_at_work(market)
    chart = figures.stalls_by_month(timezone.localdate())
    assert all("," not in bar.x + bar.width + bar.middle for bar in chart.bars)
    assert {bar.y + bar.height for bar in chart.bars} == {charts.BASE}
    assert len(figures.stalls_by_month(date(2026, 1, 9)).bars) == 1


def test_the_start_has_boxes_for_card_and_plaque_and_leads_only_to_what_exists(client):
    body = text(client.get(reverse("home")))
    for box in ("card_lookup", "plaque_lookup"):
        assert f'action="{reverse(box)}"' in body
    for missing in ("Di tích mới lên cổng", "VNeID", "Tổ dân phố"):  # no page is published here
        assert missing not in body


# --- today -------------------------------------------------------------------------------------------------


def test_the_greeting_names_person_time_and_place(market):
    noon = datetime(2026, 11, 22, 9, 12)
    assert work.hello("Trần Văn Thử", market.place, noon) == "Chào Thử, sáng nay ở chợ Hoa Lư"
    assert work.hello("Trần Văn Thử", None, noon) == "Chào Thử"


def test_today_shows_the_shift_its_hours_and_colleagues(client, market):
    shift = make_shift(place=market.place, note="Dãy B và C")
    guest = make_shift_guest(shift=shift, name="Siu H’Thí Điểm")
    make_shift_guest(shift=shift, name="Lê Thị Minh Họa")
    client.force_login(guest, backend="portal.accounts.backends.NameOrPhoneBackend")
    body = text(client.get(reverse("today")))
    for words in ("Chào Điểm", "Dãy B và C", "cùng ca: Lê Thị Minh Họa", "Đăng ký sạp mới"):
        assert words in body


def test_visits_come_in_the_order_of_the_rows_and_say_how_late_they_are(client, volunteer, market):
    today = timezone.localdate()
    for row, days in (("C", 1), ("A", 0), ("B", -2), ("D", 2)):
        tenancy = make_tenancy(stall=make_stall(market=market, row=row, number="01"), sign=f"Sạp {row}")
        make_followup(tenancy=tenancy, due_on=today + timedelta(days=days))
    make_followup(due_on=today)  # at another market
    shown = at_work(client, volunteer, market).get(reverse("today")).context["visits"]
    assert [(visit.tenancy.sign, visit.due_tag[1]) for visit in shown] == [
        ("Sạp A", "Hôm nay"),
        ("Sạp B", "Quá hạn 2 ngày"),
        ("Sạp C", "Ngày mai"),
    ]


def test_the_ring_and_counts_are_of_this_market_and_this_shift(client, volunteer, market):
    make_shift(place=market.place)
    stall_at_work(market)
    old = stall_at_work(market)
    yesterday = timezone.now() - timedelta(days=1)
    type(old).objects.filter(pk=old.pk).update(posted_at=yesterday, tried_at=yesterday)
    type(old.stall).objects.filter(pk=old.stall_id).update(opened_at=yesterday)
    stall_at_work(make_market())
    shown = at_work(client, volunteer, market).get(reverse("today")).context["progress"]
    assert (shown.taking, shown.all, shown.opened, shown.posted, shown.tried) == (2, 2, 1, 1, 1)


def test_who_has_chosen_no_place_is_asked_to(client, volunteer):
    client.force_login(volunteer, backend="portal.accounts.backends.NameOrPhoneBackend")
    assert "Hôm nay bạn làm ở đâu?" in text(client.get(reverse("today")))


def test_another_place_has_no_work_of_a_programme(client, volunteer, market):
    other = make_place(unit=market.place.unit, kind=Place.Kind.OTHER)
    at_work(client, volunteer, market)
    session = client.session
    session["place_id"] = other.pk
    session.save()
    assert "chưa có việc của chương trình" in text(client.get(reverse("today")))


# --- health ------------------------------------------------------------------------------------------------


def test_health_says_that_no_worker_beats(client):
    assert client.get("/healthz").json() == {"database": "ok", "worker": "silent"}


@pytest.mark.parametrize(("minutes", "worker"), [(0, "ok"), (10, "silent")])
def test_health_knows_a_worker_by_its_heartbeat(client, minutes, worker):
    make_worker(beat_ago=timedelta(minutes=minutes))
    assert client.get("/healthz").json()["worker"] == worker


def test_health_is_503_without_the_database(client):
    with connection.cursor() as cursor:
        cursor.execute("alter table procrastinate_workers rename to gone")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")


def test_health_asks_the_database_once_and_sets_no_cookie(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = client.get("/healthz")
    assert not answer.cookies
