"""A shift's code lets volunteers in without an account: one place, one time, a name and a PIN."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Shift, ShiftEntry, User
from tests.builders import (
    PIN,
    commune_unit,
    make_market,
    make_place,
    make_shift,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return make_user(role="team_lead", pin=PIN, name="Đội trưởng Mẫu")


def join(shift, name="Siu H’Thử", pin=PIN, client=None, **fields) -> Client:
    client = client or Client()
    client.post(f"/vao-ca/{shift.code_id}/", {"name": name, "pin": pin, "pin_again": pin, **fields})
    return client


# --- opening -----------------------------------------------------------------------------------------------


def test_team_lead_opens_a_shift_and_gets_its_code(enter, lead):
    place = make_place(name="Chợ Mẫu Một")
    team = make_team(name="Đội Mẫu Một")
    client = enter(lead)
    client.post("/doi-noi/", {"place": place.pk})
    form = client.get("/ca/moi/").context["form"]
    assert form["place"].initial == place
    day = timezone.localdate() + timedelta(days=1)
    answer = client.post(
        "/ca/moi/",
        {
            "place": place.pk, "team": team.pk, "day": f"{day:%d-%m-%Y}", "start": "07:00", "end": "11:00",
            "note": "dãy B",
        },
    )  # fmt: skip
    shift = Shift.objects.get()
    assert answer["Location"] == f"/ca/{shift.pk}/"
    assert (shift.made_by, shift.team, shift.note) == (lead, team, "dãy B")
    assert timezone.localtime(shift.starts_at).hour == 7
    page = client.get(f"/ca/{shift.pk}/").content.decode()
    assert f"{shift.code_id[:4]} {shift.code_id[4:]}" in page
    assert f"http://testserver/vao-ca/{shift.code_id}/" in page
    assert '<svg class="qr"' in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"end": "06:00"}, "sau giờ bắt đầu"),
        ({"day": "1-1-2020"}, "đã qua"),
        ({"day": "hôm qua"}, "ngày-tháng-năm"),
    ],
)
def test_shift_form_says_what_to_mend(enter, lead, fields, sentence):
    form = {"place": make_place().pk, "day": "1-1-2099", "start": "07:00", "end": "11:00"}
    answer = enter(lead).post("/ca/moi/", {**form, **fields})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_place_outside_the_own_area_is_refused(enter, lead):
    far = make_place(unit=commune_unit("Phường Quy Nhơn"))
    form = {"place": far.pk, "day": "1-1-2099", "start": "07:00", "end": "11:00"}
    assert enter(lead).post("/ca/moi/", form).status_code == 422


def test_volunteer_opens_no_shift_and_another_areas_shift_is_not_found(enter, lead):
    assert enter(make_user(role="volunteer", pin=PIN)).get("/ca/").status_code == 403
    far = make_shift(place=make_place(unit=commune_unit("Phường Quy Nhơn")))
    client = enter(lead)
    assert client.get(f"/ca/{far.pk}/").status_code == 404
    assert client.post(f"/ca/{far.pk}/dong/").status_code == 404


# --- joining -----------------------------------------------------------------------------------------------


def test_volunteer_joins_with_code_name_and_pin():
    shift = make_shift()
    client = Client()
    typed = f" {shift.code_id[:4].lower()}-{shift.code_id[4:].lower()} "
    assert client.post("/vao-ca/", {"code": typed})["Location"] == f"/vao-ca/{shift.code_id}/"
    assert shift.place.name in client.get(f"/vao-ca/{shift.code_id}/").content.decode()
    ask = client.post(f"/vao-ca/{shift.code_id}/", {"name": "Siu H’Thử"})
    assert ask.status_code == 200
    assert 'name="pin_again"' in ask.content.decode()
    form = {"name": "Siu H’Thử", "pin": PIN, "pin_again": PIN}
    assert client.post(f"/vao-ca/{shift.code_id}/", form)["Location"] == "/viec/hom-nay/"
    guest = User.objects.get(is_guest=True)
    assert (guest.name, guest.has_usable_password()) == ("Siu H’Thử", False)
    assert guest.shift_entries.get().shift == shift
    assert client.get("/viec/hom-nay/").status_code == 200


def test_code_in_small_letters_in_the_address_is_the_code():
    shift = make_shift()
    assert Client().get(f"/vao-ca/{shift.code_id.lower()}/").status_code == 200


@pytest.mark.parametrize("pin", ["000000", "123456", "121212", "12345", "abcdef"])
def test_pin_that_is_guessed_first_is_refused(pin):
    shift = make_shift()
    answer = Client().post(f"/vao-ca/{shift.code_id}/", {"name": "Mẫu", "pin": pin, "pin_again": pin})
    assert answer.status_code == 422
    assert not User.objects.filter(is_guest=True).exists()


def test_same_name_on_another_tablet_needs_the_same_pin():
    shift = make_shift()
    join(shift, "Siu H’Thử")
    other = Client()
    ask = other.post(f"/vao-ca/{shift.code_id}/", {"name": "siu h'thu"})
    assert 'name="pin_again"' not in ask.content.decode()
    wrong = other.post(f"/vao-ca/{shift.code_id}/", {"name": "siu h'thu", "pin": "975313"})
    assert wrong.status_code == 422
    right = other.post(f"/vao-ca/{shift.code_id}/", {"name": "siu h'thu", "pin": PIN})
    assert right["Location"] == "/viec/hom-nay/"
    assert User.objects.filter(is_guest=True).count() == 1


def test_five_wrong_pins_make_the_right_one_wait_for_this_person_only():
    shift = make_shift()
    join(shift, "Siu Một")
    join(shift, "Siu Hai")
    client, path = Client(), f"/vao-ca/{shift.code_id}/"
    for _ in range(5):
        client.post(path, {"name": "Siu Một", "pin": "975313"})
    blocked = client.post(path, {"name": "Siu Một", "pin": PIN})
    assert "Chờ 15 phút" in blocked.content.decode()
    assert client.post(path, {"name": "Siu Hai", "pin": PIN}).status_code == 302


def test_same_name_in_another_shift_is_another_guest():
    join(make_shift(), "Siu Một")
    join(make_shift(), "Siu Một", pin="975313")
    assert User.objects.filter(is_guest=True).count() == 2


def test_unknown_early_late_and_closed_codes_get_a_friendly_sentence():
    now = timezone.now()
    early = make_shift(starts_at=now + timedelta(hours=1))
    over = make_shift(starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1))
    closed = make_shift()
    closed.close(by=closed.made_by)
    expected = {
        "22222222": (404, "Không có ca nào"), early.code_id: (200, "Ca chưa bắt đầu"),
        over.code_id: (410, "Ca này đã hết"), closed.code_id: (410, "Ca này đã hết"),
    }  # fmt: skip
    for code, (status, sentence) in expected.items():
        answer = Client().get(f"/vao-ca/{code}/")
        assert answer.status_code == status
        assert sentence in answer.content.decode()
        join_try = Client().post(f"/vao-ca/{code}/", {"name": "Mẫu", "pin": PIN, "pin_again": PIN})
        assert join_try.status_code == status
    assert not User.objects.filter(is_guest=True).exists()


def test_wrongly_typed_code_is_said_so():
    answer = Client().post("/vao-ca/", {"code": "ABC0"})
    assert answer.status_code == 422
    assert "không dùng ký tự 0" in answer.content.decode()


def test_codes_are_tried_only_so_often_from_one_address():
    client = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(300):
        answer = client.post("/vao-ca/", {"code": ""})
    assert answer.status_code == 422
    assert client.get(f"/vao-ca/{make_shift().code_id}/").status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.8").get(f"/vao-ca/{make_shift().code_id}/").status_code == 200


def test_who_has_an_account_joins_with_it(enter):
    shift = make_shift(place=make_place(unit=commune_unit("Phường Quy Nhơn")))
    user = make_user(role="volunteer", pin=PIN)
    client = enter(user)
    assert user.name in client.get(f"/vao-ca/{shift.code_id}/").content.decode()
    assert client.post(f"/vao-ca/{shift.code_id}/")["Location"] == "/viec/hom-nay/"
    client.post(f"/vao-ca/{shift.code_id}/")
    assert ShiftEntry.objects.get().user == user
    assert client.get("/viec/hom-nay/").context["place"] == shift.place
    assert not User.objects.filter(is_guest=True).exists()


# --- out again ---------------------------------------------------------------------------------------------


def test_guest_is_out_when_the_shift_ends():
    shift = make_shift()
    client = join(shift)
    assert client.get("/viec/hom-nay/").status_code == 200
    Shift.objects.update(ends_at=timezone.now())
    answer = client.get("/viec/hom-nay/")
    assert answer["Location"] == "/vao-ca/"
    assert "Ca của bạn đã hết" in client.get("/vao-ca/").content.decode()


def test_what_a_guest_was_sending_is_kept_for_the_return_to_a_longer_shift():
    shift = make_shift(place=make_market().place)
    client = join(shift, "Siu Một")
    Shift.objects.update(ends_at=timezone.now())
    client.post("/viec/sap/moi/", {"row": "QX"})
    Shift.objects.update(ends_at=timezone.now() + timedelta(hours=1))
    answer = client.post(f"/vao-ca/{shift.code_id}/", {"name": "Siu Một", "pin": PIN})
    assert 'name="row" value="QX"' in client.get(answer["Location"]).content.decode()


def test_session_of_a_guest_is_not_longer_than_the_shift():
    shift = make_shift(ends_at=timezone.now() + timedelta(minutes=30))
    client = join(shift)
    assert abs(client.session["ends_at"] - shift.ends_at.timestamp()) <= 1


def test_closing_the_shift_sends_its_guests_out(enter, lead):
    shift = make_shift(made_by=lead)
    client = join(shift)
    enter(lead).post(f"/ca/{shift.pk}/dong/")
    assert client.get("/viec/hom-nay/").status_code == 302
    shift.refresh_from_db()
    assert shift.closed_by == lead


def test_guest_who_was_sent_away_is_out_and_stays_out(enter, lead):
    shift = make_shift(made_by=lead)
    client = join(shift, "Siu Một")
    join(shift, "Siu Hai")
    entry = ShiftEntry.objects.get(user__name="Siu Một")
    enter(lead).post(f"/ca/{shift.pk}/cho-thoi/{entry.pk}/")
    assert client.get("/viec/hom-nay/").status_code == 302
    again = Client().post(f"/vao-ca/{shift.code_id}/", {"name": "Siu Một", "pin": PIN})
    assert again.status_code == 403
    assert "đã thôi ca" in again.content.decode()
    entry.user.refresh_from_db()
    assert not entry.user.is_active


def test_account_that_was_sent_away_keeps_the_account(enter, lead):
    shift = make_shift(made_by=lead)
    user = make_user(role="volunteer", pin=PIN)
    client = enter(user)
    client.post(f"/vao-ca/{shift.code_id}/")
    enter(lead).post(f"/ca/{shift.pk}/cho-thoi/{ShiftEntry.objects.get().pk}/")
    assert client.get("/viec/hom-nay/").status_code == 200
    assert client.post(f"/vao-ca/{shift.code_id}/").status_code == 403


def test_entry_of_another_shift_is_not_found_here(enter, lead):
    mine, other = make_shift(made_by=lead), make_shift()
    join(other)
    assert enter(lead).post(f"/ca/{mine.pk}/cho-thoi/{ShiftEntry.objects.get().pk}/").status_code == 404


def test_history_says_who_sent_a_guest_away_and_nothing_of_the_address(enter, lead):
    from pghistory.models import Context

    shift = make_shift(made_by=lead)
    join(shift)
    enter(lead).post(f"/ca/{shift.pk}/cho-thoi/{ShiftEntry.objects.get().pk}/")
    said = list(Context.objects.values_list("metadata", flat=True))
    assert {"user", "request"} >= set().union(*said)
    assert any(one["user"] == lead.pk for one in said)


@pytest.mark.parametrize("rows", [10, 200])
def test_lists_of_shifts_ask_the_same_number_of_queries(enter, lead, rows, django_assert_num_queries):
    place = make_place()
    for _ in range(rows):
        make_shift(place=place, made_by=lead)
    client = enter(lead)
    with django_assert_num_queries(6):
        client.get("/ca/")


@pytest.mark.parametrize("rows", [10, 200])
def test_choice_of_places_asks_the_same_number_of_queries(enter, lead, rows, django_assert_num_queries):
    for _ in range(rows):
        make_place()
    client = enter(lead)
    with django_assert_num_queries(6):
        client.get("/doi-noi/")
