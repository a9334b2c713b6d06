"""The desk: a session opened by a press, people counted without a name, slips taken back, sessions listed."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from neighborhoods import desks
from neighborhoods.models import DeskSession, Step, Tally
from portal.accounts.models import ShiftEntry
from portal.organization.models import Place, Team
from tests.builders import PIN, commune_unit, make_group, make_place, make_shift, make_user
from tests.people import client_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(db) -> Place:
    return make_place(kind=Place.Kind.DESK, name="Bàn hỗ trợ chợ Mẫu")


@pytest.fixture
def volunteer(desk):
    return make_user(role="volunteer", unit=desk.unit, pin=PIN)


@pytest.fixture
def field(volunteer, desk) -> Client:
    return client_of(volunteer, place=desk)


@pytest.fixture
def session(volunteer, desk) -> DeskSession:
    return DeskSession.objects.open_at(desk, by=volunteer)


def press(client, session, *, count=1, step="activated", audience="adult", id=None, **more):
    words = {"session": session.pk, "id": id or uuid.uuid4(), "step": step, "audience": audience}
    return client.post(reverse("desk_tally"), {**words, "count": count}, **more)


def numbers(session) -> dict:
    return {(row.code, row.adults, row.children) for row in desks.rows(session) if row.adults or row.children}


def test_a_desk_is_opened_by_a_press_once_a_day(field, desk):
    assert "Mở bàn hôm nay" in field.get(reverse("desk_session")).content.decode()
    assert not DeskSession.objects.exists()
    for _ in range(2):
        field.post(reverse("desk_session"))
    assert DeskSession.objects.get().place == desk
    assert "Kích hoạt mức 2" in field.get(reverse("desk_session")).content.decode()


def test_a_desk_carries_the_team_of_its_shift_and_names_who_else_is_there(field, desk):
    team = Team.objects.create(name="Đội Mẫu", kind=Team.Kind.YOUTH, unit=desk.unit)
    shift = make_shift(place=desk, team=team)
    ShiftEntry.objects.create(shift=shift, user=make_user(name="Lê Thị Minh Họa"))
    field.post(reverse("desk_session"))
    assert DeskSession.objects.get().team == team
    assert "Bạn cùng Lê Thị Minh Họa." in field.get(reverse("desk_session")).content.decode()


def test_every_press_counts_once_and_one_sent_twice_too(field, session):
    key = uuid.uuid4()
    for id in (None, key, key):
        press(field, session, id=id)
    press(field, session, step="", audience="child")
    assert numbers(session) == {("activated", 2, 0), ("", 0, 1)}
    assert len(Tally.objects.values_list("device", flat=True).distinct()) == 1


def test_every_button_has_a_key_of_its_own(field, session):
    body = field.get(reverse("desk_session")).content.decode()
    keys = re.findall(r'name="id" value="([^"]+)"', body)
    assert len(keys) == len(set(keys)) == 4 * (Step.objects.today().count() + 1)


def test_htmx_gets_the_line_with_its_number_and_the_sums(field, session):
    body = press(field, session, headers=HTMX).content.decode()
    assert 'id="row-activated"' in body
    assert '<b class="num">1</b>' in body
    assert 'hx-swap-oob="true"' in body
    assert "<html" not in body


def test_without_script_a_press_leads_back_to_the_page(field, session):
    assert press(field, session)["Location"] == reverse("desk_session")


def test_a_slip_is_taken_back_and_no_sum_falls_below_zero(field, session):
    press(field, session)
    press(field, session, count=-1)
    answer = press(field, session, count=-1, headers=HTMX)
    assert answer.status_code == 422
    assert "không bớt được" in answer.content.decode()
    press(field, session, audience="child")
    assert press(field, session, count=-1, headers=HTMX).status_code == 422
    assert numbers(session) == {("activated", 0, 1)}


def test_a_slip_taken_back_twice_by_one_press_is_taken_back_once(field, session):
    for _ in range(2):
        press(field, session)
    key = uuid.uuid4()
    for _ in range(2):
        assert press(field, session, count=-1, id=key, headers=HTMX).status_code == 200
    press(field, session, count=-1)
    assert press(field, session, count=-1, id=key, headers=HTMX).status_code == 200
    assert numbers(session) == set()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_back_the_same_slip_one_is_told(session):
    by, step = session.opened_by, Step.objects.get(pk="activated")
    words = {"audience": "adult", "step": step, "by": by}
    desks.count(session, id=uuid.uuid4(), number=1, **words)

    def take_back(_) -> bool:
        try:
            desks.count(session, id=uuid.uuid4(), number=-1, **words)
        except desks.BelowZero:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(take_back, range(2))) == [False, True]
    assert numbers(session) == set()


@pytest.mark.parametrize("wrong", [{"count": 5}, {"count": 0}, {"audience": "x"}, {"id": "x"}])
def test_what_no_button_sends_is_not_counted(field, session, wrong):
    press(field, session, **wrong)
    assert not Tally.objects.exists()


def test_an_unknown_step_is_not_found(field, session):
    assert press(field, session, step="khong-co").status_code == 404


def test_a_page_of_yesterday_counts_nothing(field, session):
    DeskSession.objects.update(on=timezone.localdate() - timedelta(days=1))
    assert press(field, session)["Location"] == reverse("desk_session")
    assert press(field, session, headers=HTMX)["HX-Redirect"] == reverse("desk_session")
    assert not Tally.objects.exists()


def test_a_page_of_another_place_counts_nothing(field, volunteer):
    elsewhere = make_place(kind=Place.Kind.DESK, unit=commune_unit("Xã Vĩnh Sơn"))
    far = DeskSession.objects.open_at(elsewhere, by=volunteer)
    press(field, far)
    assert not Tally.objects.exists()


def test_there_is_no_desk_at_a_market(volunteer):
    market = client_of(volunteer, place=make_place(unit=commune_unit()))
    assert "không mở bàn" in market.get(reverse("desk_session")).content.decode()
    market.post(reverse("desk_session"))
    assert not DeskSession.objects.exists()


def test_a_desk_of_practice_is_not_among_the_sessions(field):
    make_group()
    field.post(reverse("practice"))
    field.post(reverse("desk_session"))
    practised = DeskSession.objects.get()
    assert practised.is_practice
    press(field, practised)
    assert Tally.objects.count() == 1
    assert not DeskSession.objects.visible_to(make_user(role="province_staff")).exists()


def test_the_page_asks_no_more_the_more_was_counted(field, session, django_assert_max_num_queries):
    for step in ("card", "activated", "safety"):
        press(field, session, step=step)
    with django_assert_max_num_queries(11):
        field.get(reverse("desk_session"))
    with django_assert_max_num_queries(17):
        press(field, session, headers=HTMX)


# --- the sessions ------------------------------------------------------------------------------------------


def test_the_office_sees_the_sessions_of_its_ground_with_their_sums(field, session, volunteer):
    press(field, session, step="card")
    press(field, session, step="", audience="child")
    DeskSession.objects.open_at(
        make_place(kind=Place.Kind.DESK, unit=commune_unit("Xã Vĩnh Sơn")), by=volunteer
    )
    office = client_of(make_user(role="unit_secretary", unit=session.place.unit, pin=PIN))
    page = office.get(reverse("desk_session_list")).context["page"]
    assert [(one.pk, one.adult_count, one.child_count) for one in page] == [(session.pk, 1, 1)]
    assert not office.get(reverse("desk_session_list"), {"q": "an khê"}).context["page"].object_list
    assert len(office.get(reverse("desk_session_list"), {"q": "cho mau"}).context["page"]) == 1
    assert field.get(reverse("desk_session_list")).status_code == 403


def test_a_desk_that_stood_twice_on_a_weekday_is_a_habit(desk, volunteer):
    group = make_group(place=make_place(kind=Place.Kind.MEETING_HOUSE, unit=desk.unit))
    today = date(2026, 11, 22)
    for ago in (1, 8, 3, 100, 107):
        DeskSession.objects.open_at(desk, by=volunteer, on=today - timedelta(days=ago))
    assert desks.habits(group, today) == ["thứ bảy, Bàn hỗ trợ chợ Mẫu"]
