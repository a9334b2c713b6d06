"""Sessions end after eight hours, field screens lock after five idle minutes; nothing typed is lost."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from markets.models import Market, Stall
from portal.accounts import kept, sessions
from tests.accounts.conftest import let_pass, now
from tests.builders import PASSWORD, PIN, make_goods, make_market, make_shift, make_shift_guest, make_user

pytestmark = pytest.mark.django_db
HOUR, MINUTE = 3600, 60
NEW_STALL = "/viec/sap/moi/"


@pytest.fixture
def volunteer(enter):
    """A volunteer's client at a market, with what a new stall needs: (client, user, form)."""
    market = make_market()
    user = make_user(role="volunteer", pin=PIN, name="Siu Mẫu Thử")
    client = enter(user)
    client.post("/doi-noi/", {"place": market.place_id})
    form = {"row": "B", "number": "7", "goods": make_goods().pk}
    return client, user, form


# --- eight hours -------------------------------------------------------------------------------------------


def test_session_ends_after_eight_hours_however_busy(enter):
    client = enter(make_user(role="volunteer", pin=PIN))
    ends_at = client.session["ends_at"]
    assert abs(ends_at - now() - 8 * HOUR) < 60
    for _ in range(15):
        let_pass(client, seconds=31 * MINUTE)
        client.post("/khoa/", {"pin": PIN})
        assert client.get("/viec/hom-nay/").status_code == 200
    let_pass(client, seconds=16 * MINUTE)
    answer = client.get("/viec/hom-nay/")
    assert answer["Location"] == "/dang-nhap/?next=%2Fviec%2Fhom-nay%2F"
    assert "_auth_user_id" not in client.session


def test_row_of_the_session_has_a_fixed_end_too(enter):
    client = enter(make_user(role="volunteer", pin=PIN))
    key = client.session.session_key
    before = Session.objects.get(pk=key).expire_date
    let_pass(client, seconds=2 * MINUTE)
    client.get("/viec/hom-nay/")
    assert Session.objects.get(pk=key).expire_date == before
    assert before.timestamp() <= now() + sessions.GRACE + 8 * HOUR


def test_ended_session_answers_htmx_with_a_whole_page(enter):
    client = enter(make_user(role="volunteer", pin=PIN))
    let_pass(client, seconds=8 * HOUR)
    htmx = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/viec/sap/?stage=account"}
    answer = client.get("/viec/sap/?page=2", **htmx)
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/dang-nhap/?next=%2Fviec%2Fsap%2F%3Fstage%3Daccount"
    anonymous = Client().get("/viec/sap/", **htmx)
    assert anonymous["HX-Redirect"] == "/dang-nhap/?next=%2Fviec%2Fsap%2F%3Fstage%3Daccount"


def test_what_was_sent_at_the_end_of_the_session_goes_through_after_login(volunteer):
    client, user, form = volunteer
    market = Market.objects.get()
    let_pass(client, seconds=8 * HOUR)
    answer = client.post(NEW_STALL, form)
    assert answer["Location"] == "/dang-nhap/?next=%2Fdang-nhap%2Fgui-lai%2F"
    assert not Stall.objects.exists()
    login = client.post(
        "/dang-nhap/", {"username": user.username, "password": PASSWORD, "next": "/dang-nhap/gui-lai/"}
    )
    page = client.get(login["Location"]).content.decode()
    assert f'action="{NEW_STALL}"' in page
    again = dict(re.findall(r'<input type="hidden" name="(row|number|goods)" value="(.*?)">', page))
    assert again == {name: str(value) for name, value in form.items()}
    client.post(NEW_STALL, again)
    stall = Stall.objects.get()
    assert (stall.row, stall.market) == ("B", market)


def test_what_one_person_sent_is_not_offered_to_the_next(volunteer, enter):
    client, _, form = volunteer
    let_pass(client, seconds=8 * HOUR)
    client.post(NEW_STALL, {**form, "row": "QX"})
    other = make_user(role="volunteer", pin=PIN)
    client.post("/dang-nhap/", {"username": other.username, "password": PASSWORD})
    answer = client.get("/dang-nhap/gui-lai/")
    assert answer["Location"] == "/viec/hom-nay/"
    assert "QX" not in str(dict(client.session))


def test_session_never_holds_what_was_typed_in_clear(volunteer):
    client, _, form = volunteer
    let_pass(client, seconds=8 * HOUR)
    client.post(NEW_STALL, {**form, "row": "MAU0000000000000001"})
    row = Session.objects.get(pk=client.session.session_key)
    assert row.get_decoded()["kept"]
    assert "MAU0000000000000001" not in str(row.get_decoded())


def test_kept_form_holds_no_password_and_no_pin(rf):
    user = make_user()
    request = rf.post("/x/", {"a": ["1", "2"], "password": "p", "pin": "246813", "csrfmiddlewaretoken": "t"})
    request.user, request.session = user, {}
    form = kept.open_kept(kept.seal_post(request), user)
    assert form.fields == [("a", "1"), ("a", "2")]
    assert form.path == "/x/"
    assert kept.open_kept(kept.seal_post(request), make_user()) is None
    assert kept.open_kept("garbage", user) is None


# --- the lock ----------------------------------------------------------------------------------------------


def test_idle_page_locks_and_the_pin_reopens_it(volunteer):
    client, *_ = volunteer
    assert client.get("/viec/sap/?page=1").status_code == 200
    let_pass(client, seconds=5 * MINUTE)
    locked = client.get("/viec/sap/?page=1")
    assert locked.status_code == 423
    page = locked.content.decode()
    assert 'action="/viec/sap/?page=1"' in page
    assert "PIN của bạn" in page
    assert client.get("/viec/hom-nay/").status_code == 423
    assert client.post("/viec/sap/?page=1", {"pin": "135792"}).status_code == 422
    assert client.post("/viec/sap/?page=1", {"pin": PIN})["Location"] == "/viec/sap/?page=1"
    assert client.get("/viec/sap/?page=1").status_code == 200


def test_idle_lock_keeps_the_form_that_was_sent(volunteer):
    client, _, form = volunteer
    let_pass(client, seconds=6 * MINUTE)
    locked = client.post(NEW_STALL, form)
    assert locked.status_code == 423
    assert not Stall.objects.exists()
    page = locked.content.decode()
    assert "được giữ lại" in page
    token = re.search(r'name="kept" value="(.+?)"', page).group(1)
    wrong = client.post(NEW_STALL, {"pin": "135792", "kept": token})
    assert f'name="kept" value="{token}"' in wrong.content.decode()
    answer = client.post(NEW_STALL, {"pin": PIN, "kept": token})
    stall = Stall.objects.get()
    assert (stall.row, answer.status_code) == ("B", 302)


def test_kept_form_goes_only_where_it_was_sent(volunteer):
    client, _, form = volunteer
    let_pass(client, seconds=6 * MINUTE)
    page = client.post(NEW_STALL, form).content.decode()
    token = re.search(r'name="kept" value="(.+?)"', page).group(1)
    assert client.post("/doi-noi/", {"pin": PIN, "kept": token})["Location"] == "/doi-noi/"
    assert not Stall.objects.exists()


def test_button_locks_every_page_of_the_session_until_the_pin(volunteer):
    client, *_ = volunteer
    page = client.post("/khoa/", HTTP_REFERER="http://testserver/viec/sap/?page=1")
    assert page.status_code == 423
    for path in ("/viec/hom-nay/", "/viec/sap/", "/ma-pin/", "/quan-tri/"):
        assert client.get(path).status_code == 423, path
    assert client.post("/khoa/", {"pin": PIN, "next": "/viec/sap/?page=1"})["Location"] == "/viec/sap/?page=1"
    assert client.get("/viec/sap/").status_code == 200


def test_lock_page_leads_somebody_else_out(volunteer):
    client, *_ = volunteer
    page = client.post("/khoa/").content.decode()
    assert "Người khác dùng máy này" in page
    assert client.post("/dang-xuat/")["Location"] == "/dang-nhap/"
    assert client.get("/viec/hom-nay/").status_code == 302


def test_wrong_pins_make_the_right_one_wait(volunteer):
    client, *_ = volunteer
    client.post("/khoa/")
    for _ in range(5):
        assert client.post("/khoa/", {"pin": "135792"}).status_code == 422
    answer = client.post("/khoa/", {"pin": PIN})
    assert answer.status_code == 429
    assert "Chờ 15 phút" in answer.content.decode()


def test_right_pin_starts_the_count_anew(volunteer):
    client, *_ = volunteer
    for _ in range(3):
        client.post("/khoa/")
        for _ in range(4):
            client.post("/khoa/", {"pin": "135792"})
        assert client.post("/khoa/", {"pin": PIN}).status_code == 302


def test_script_opens_the_lock_without_a_page(volunteer):
    client, *_ = volunteer
    json = {"HTTP_ACCEPT": "application/json"}
    assert client.get("/khoa/", **json).status_code == 204
    let_pass(client, seconds=6 * MINUTE)
    assert client.get("/khoa/", **json).status_code == 423
    wrong = client.post("/khoa/", {"pin": "135792"}, **json)
    assert (wrong.status_code, wrong.json()["fault"][:13]) == (422, "PIN chưa đúng")
    assert client.post("/khoa/", {"pin": PIN}, **json).status_code == 204
    assert client.get("/viec/sap/").status_code == 200


def test_htmx_on_a_locked_page_gets_a_notice_and_the_cover(volunteer):
    client, *_ = volunteer
    let_pass(client, seconds=6 * MINUTE)
    answer = client.get("/viec/sap/", HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Trigger"]) == (423, "lock")
    assert "<html" not in answer.content.decode()


def test_activity_is_written_at_most_twice_a_minute(volunteer, django_assert_num_queries):
    client, *_ = volunteer
    client.get("/viec/hom-nay/")
    before = client.session["seen_at"]
    let_pass(client, seconds=20)
    client.get("/viec/hom-nay/")
    assert client.session["seen_at"] == before - 20
    let_pass(client, seconds=20)
    client.get("/viec/hom-nay/")
    assert client.session["seen_at"] >= before


def test_page_that_is_not_of_field_work_does_not_wake_a_sleeping_screen(enter):
    secretary = make_user(role="unit_secretary", pin=PIN)
    client = enter(secretary)
    let_pass(client, seconds=6 * MINUTE)
    assert client.get("/quan-tri/").status_code == 200
    assert client.get("/viec/hom-nay/").status_code == 423


def test_form_that_was_sent_before_a_place_was_chosen_is_kept(enter):
    market = make_market()
    client = enter(make_user(role="volunteer", pin=PIN))
    answer = client.post(NEW_STALL, {"row": "B", "number": "7", "goods": make_goods().pk})
    assert answer["Location"] == "/doi-noi/?next=%2Fdang-nhap%2Fgui-lai%2F"
    client.post("/doi-noi/", {"place": market.place_id})
    assert 'name="row" value="B"' in client.get("/dang-nhap/gui-lai/").content.decode()


def test_field_user_sets_a_pin_before_the_first_field_page(enter):
    market = make_market()
    client = enter(make_user(role="volunteer"))
    client.post("/doi-noi/", {"place": market.place_id})
    assert client.get("/viec/sap/")["Location"] == "/ma-pin/?next=%2Fviec%2Fsap%2F"
    for pin in ("000000", "123456", "654321", "121212", "123123", "13579", "12345x", "890123"):
        answer = client.post("/ma-pin/", {"pin": pin, "pin_again": pin})
        assert answer.status_code == 422, pin
    assert client.post("/ma-pin/", {"pin": PIN, "pin_again": "246814"}).status_code == 422
    answer = client.post("/ma-pin/", {"pin": PIN, "pin_again": PIN, "next": "/viec/sap/"})
    assert answer["Location"] == "/viec/sap/"
    assert client.get("/viec/sap/").status_code == 200


# --- ended at once -----------------------------------------------------------------------------------------


def test_revoked_user_is_out_at_the_next_request(volunteer):
    client, user, _ = volunteer
    user.revoke(by=make_user())
    assert client.get("/viec/hom-nay/")["Location"].startswith("/dang-nhap/")


def test_login_as_another_person_takes_nothing_over(volunteer):
    client, *_ = volunteer
    other = make_user(role="volunteer", pin=PIN)
    client.post("/dang-nhap/", {"username": other.username, "password": PASSWORD})
    assert "place_id" not in client.session


def test_who_may_not_record_gets_403_and_an_unknown_place_is_not_found(enter, enter_verified):
    assert enter_verified(make_user(role="auditor")).get("/viec/sap/").status_code == 403
    client = enter(make_user(role="volunteer", pin=PIN))
    elsewhere = make_market(name="Chợ xa", unit=_far_unit())
    assert client.post("/doi-noi/", {"place": elsewhere.place_id}).status_code == 404


def test_guest_works_where_the_shift_is_and_nowhere_else():
    market = make_market()
    make_market()
    guest = make_shift_guest(shift=make_shift(place=market.place))
    client = Client()
    client.force_login(guest)
    assert client.get("/viec/sap/").context["market"] == market
    assert client.get("/doi-noi/").status_code == 403


def _far_unit():
    from tests.builders import commune_unit

    return commune_unit("Phường Quy Nhơn")
