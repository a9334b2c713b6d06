"""Who may let whom in, by one-time links that are handed over; resets and revocations work at once."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.accounts import invitations
from portal.accounts.models import OneTimeLink, Role, User
from tests.builders import (
    PASSWORD,
    PIN,
    commune_unit,
    make_role,
    make_shift,
    make_shift_guest,
    make_unit,
    make_user,
    province_unit,
)

pytestmark = pytest.mark.django_db
NEW = "một câu dễ nhớ"


@pytest.fixture
def secretary():
    return make_user(role="unit_secretary", pin=PIN, name="Bí thư Mẫu")


def invite(client, **fields):
    form = {"name": "Nguyễn Văn Mẫu", "phone": "0905 123 456", "kind": "volunteer", "unit": commune_unit().pk}
    return client.post("/nguoi/moi/", {**form, **fields})


def link_in(page) -> str:
    return re.search(r"http://testserver(/moi/[\w-]+/)", page.content.decode()).group(1)


def choose(client, link, **fields):
    form = {"password": NEW, "password_again": NEW, "pin": PIN, "pin_again": PIN}
    return client.post(link, {**form, **fields})


# --- invitations -------------------------------------------------------------------------------------------


def test_invited_person_sets_a_password_and_is_in(enter, secretary):
    page = invite(enter(secretary), ends_on="31-12-2099")
    assert page.status_code == 200
    assert '<svg class="qr"' in page.content.decode()
    user = User.objects.get(phone="0905123456")
    role = user.roles.get()
    assert (user.username, role.kind, role.unit) == ("nguyen-van-mau", "volunteer", commune_unit())
    assert (role.granted_by, role.starts_on) == (secretary, timezone.localdate())
    client = Client()
    assert "Nguyễn Văn Mẫu" in client.get(link_in(page)).content.decode()
    assert choose(client, link_in(page))["Location"] == "/viec/hom-nay/"
    assert client.get("/viec/hom-nay/").status_code == 200
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert user.check_pin(PIN)


def test_link_is_good_once(enter, secretary):
    link = link_in(invite(enter(secretary)))
    choose(Client(), link)
    stranger = Client()
    assert stranger.get(link).status_code == 410
    assert choose(stranger, link, password="kẻ lạ vào được").status_code == 410
    assert not User.objects.get(phone="0905123456").check_password("kẻ lạ vào được")


def test_link_dies_after_72_hours(enter, secretary):
    link = link_in(invite(enter(secretary)))
    record = OneTimeLink.objects.get()
    assert record.expires_at - record.made_at == timedelta(hours=72)
    OneTimeLink.objects.update(expires_at=timezone.now())
    assert Client().get(link).status_code == 410


def test_new_link_makes_the_older_one_void(enter, secretary):
    client = enter(secretary)
    first = link_in(invite(client))
    user = User.objects.get(phone="0905123456")
    second = link_in(client.post(f"/nguoi/{user.pk}/dat-lai/"))
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200


def test_database_keeps_only_the_hash_of_a_link(enter, secretary):
    token = link_in(invite(enter(secretary))).split("/")[2]
    with connection.cursor() as cursor:
        cursor.execute("select * from accounts_onetimelink")
        row = str([bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchone()])
    assert token not in row
    assert token not in row.replace("\\x", "")


def test_weak_password_is_refused_with_a_sentence(enter, secretary):
    link = link_in(invite(enter(secretary)))
    answer = choose(Client(), link, password="12345", password_again="12345")
    assert answer.status_code == 422
    assert "<title>Lỗi: " in answer.content.decode()
    assert choose(Client(), link, password_again="khác đi rồi đó").status_code == 422
    assert choose(Client(), link, pin="123456", pin_again="123456").status_code == 422
    assert Client().get(link).status_code == 200  # none of these used it up


def test_office_role_is_asked_for_no_pin(enter_verified):
    page = invite(enter_verified(make_user(role="administrator")), kind="auditor", unit=province_unit().pk)
    assert 'name="pin"' not in Client().get(link_in(page)).content.decode()


def test_second_person_of_a_name_gets_another_user_name(enter, secretary):
    client = enter(secretary)
    invite(client)
    invite(client, phone="")
    assert set(User.objects.filter(name="Nguyễn Văn Mẫu").values_list("username", "phone")) == {
        ("nguyen-van-mau", "0905123456"),
        ("nguyen-van-mau-2", None),
    }


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"phone": "01625123456"}, "0325123456"),
        ({"phone": "12345"}, "10 chữ số"),
        ({"name": "12345"}, "bằng chữ"),
        ({"ends_on": "1-1-2020"}, "đã qua"),
    ],
)
def test_invitation_says_what_to_mend(enter, secretary, fields, sentence):
    answer = invite(enter(secretary), **fields)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not OneTimeLink.objects.exists()


def test_phone_of_somebody_else_is_refused(enter, secretary):
    make_user(phone="0905123456")
    assert invite(enter(secretary), phone="+84905123456").status_code == 422


# --- who may let in whom -----------------------------------------------------------------------------------

FIELD = {"volunteer", "team_lead", "unit_secretary"}
MAY_GIVE = {
    "unit_secretary": FIELD,
    "province_staff": FIELD | {"province_staff"},
    "administrator": FIELD | {"province_staff", "auditor", "administrator", "culture_reviewer"},
}


@pytest.mark.parametrize("giver", MAY_GIVE)
@pytest.mark.parametrize("kind", Role.Kind.values)
def test_roles_are_given_by_who_may(enter, enter_verified, giver, kind):
    user = make_user(role=giver, pin=PIN)
    client = enter_verified(user) if user.needs_second_factor else enter(user)
    answer = invite(client, kind=kind)
    assert answer.status_code == (200 if kind in MAY_GIVE[giver] else 422)
    assert Role.objects.filter(kind=kind).exclude(user=user).exists() == (kind in MAY_GIVE[giver])


@pytest.mark.parametrize("role", ["volunteer", "team_lead", "auditor"])
def test_who_may_not_invite_gets_403(enter, enter_verified, role):
    user = make_user(role=role, pin=PIN)
    client = enter_verified(user) if user.needs_second_factor else enter(user)
    for path in ("/nguoi/", "/nguoi/moi/"):
        assert client.get(path).status_code == 403


def test_secretary_lets_in_only_within_the_own_units(enter, secretary):
    branch = make_unit(kind="branch", parent=commune_unit(), name="Chi đoàn Mẫu")
    client = enter(secretary)
    assert invite(client, unit=commune_unit("Phường Quy Nhơn").pk).status_code == 422
    assert invite(client, unit=province_unit().pk).status_code == 422
    assert invite(client, unit=branch.pk).status_code == 200


def test_role_elsewhere_does_not_widen_what_a_secretary_may_give(enter, secretary):
    elsewhere = commune_unit("Phường Quy Nhơn")
    make_role(user=secretary, kind="volunteer", unit=elsewhere)
    assert invite(enter(secretary), unit=elsewhere.pk).status_code == 422


def test_person_outside_the_units_is_not_found(enter, secretary):
    other = make_user(role="volunteer", unit=commune_unit("Phường Quy Nhơn"))
    client = enter(secretary)
    for path in ("", "dat-lai/", "thu-hoi/"):
        assert client.get(f"/nguoi/{other.pk}/{path}").status_code == 404
    assert client.post(f"/nguoi/vai-tro/{other.roles.get().pk}/thoi/").status_code == 404


def test_who_holds_more_elsewhere_is_not_reset_from_here(enter, secretary):
    strong = make_user(role="volunteer")
    make_role(
        user=strong, kind="administrator", unit=province_unit(), starts_on=timezone.localdate() + timedelta(1)
    )
    client = enter(secretary)
    assert client.get(f"/nguoi/{strong.pk}/").status_code == 200
    for path in ("dat-lai/", "thu-hoi/"):
        assert client.post(f"/nguoi/{strong.pk}/{path}").status_code == 403
    strong.refresh_from_db()
    assert strong.is_active
    assert strong.has_usable_password()


def test_nobody_revokes_themselves(enter, secretary):
    assert enter(secretary).post(f"/nguoi/{secretary.pk}/thu-hoi/").status_code == 403


# --- reset, revoke, end ------------------------------------------------------------------------------------


def test_reset_ends_the_sessions_and_the_old_password(enter, secretary):
    person = make_user(role="volunteer", pin=PIN)
    theirs = enter(person)
    link = link_in(enter(secretary).post(f"/nguoi/{person.pk}/dat-lai/"))
    assert theirs.get("/viec/hom-nay/").status_code == 302
    assert theirs.post("/dang-nhap/", {"username": person.username, "password": PASSWORD}).status_code == 422
    assert choose(Client(), link)["Location"] == "/viec/hom-nay/"


def test_reset_takes_the_second_factor_of_who_lost_the_phone(enter_verified, enter):
    admin, auditor = make_user(role="administrator"), make_user(role="auditor")
    enter_verified(auditor)
    boss = enter_verified(admin)
    assert "mất điện thoại" in boss.get(f"/nguoi/{auditor.pk}/dat-lai/").content.decode()
    link = link_in(boss.post(f"/nguoi/{auditor.pk}/dat-lai/", {"second_factor": "on"}))
    client = Client()
    choose(client, link)
    assert client.get("/dang-nhap/ma/")["Location"].startswith("/dang-nhap/thiet-lap/")


def test_revoking_ends_the_account_at_once(enter, secretary):
    person = make_user(role="volunteer", pin=PIN)
    theirs = enter(person)
    assert enter(secretary).post(f"/nguoi/{person.pk}/thu-hoi/").status_code == 302
    assert theirs.get("/viec/hom-nay/").status_code == 302
    person.refresh_from_db()
    assert (person.is_active, person.revoked_by) == (False, secretary)
    with pytest.raises(AssertionError):
        enter(person)


def test_link_of_a_revoked_person_is_dead(secretary):
    _, address = invitations.invite(
        name="Mẫu Thử", phone=None, kind="volunteer", unit=commune_unit(), by=secretary
    )
    User.objects.get(name="Mẫu Thử").revoke(by=secretary)
    assert Client().get(address.removeprefix("http://testserver")).status_code == 410


def test_ended_role_gives_nothing_from_this_moment(enter, secretary):
    person = make_user(role="volunteer", pin=PIN)
    since_today = make_role(
        user=person, kind="team_lead", unit=commune_unit(), starts_on=timezone.localdate()
    )
    client, theirs = enter(secretary), enter(person)
    assert theirs.get("/ca/").status_code == 200
    client.post(f"/nguoi/vai-tro/{since_today.pk}/thoi/")
    assert theirs.get("/ca/").status_code == 403
    client.post(f"/nguoi/vai-tro/{person.roles.get().pk}/thoi/")
    role = person.roles.get()
    assert role.ends_on == timezone.localdate() - timedelta(days=1)
    assert theirs.get("/doi-noi/").status_code == 403


def test_known_person_gets_a_further_role(enter, secretary):
    person = make_user(role="volunteer")
    client = enter(secretary)
    form = {"kind": "team_lead", "unit": commune_unit().pk}
    for _ in range(2):
        assert client.post(f"/nguoi/{person.pk}/", form).status_code == 302
    assert person.roles.filter(kind="team_lead", granted_by=secretary).count() == 1


# --- the list ----------------------------------------------------------------------------------------------


def test_people_are_found_without_accents_and_by_phone(enter, secretary):
    make_user(role="volunteer", name="Rơ Châm Ví Dụ", phone="0905123456")
    make_user(role="volunteer", name="Lê Thị Minh Họa", phone="0912345678")
    client = enter(secretary)
    for words in ("ro cham vi du", "+84 905 123 456", "3456"):
        page = client.post("/nguoi/", {"q": words}).content.decode()
        assert "Rơ Châm Ví Dụ" in page, words
        assert "Lê Thị Minh Họa" not in page, words
    assert "0905123456" not in page
    assert "•••• 3456" in page


def test_people_are_filtered_by_role_and_paged_by_post(enter, secretary):
    for number in range(25):
        make_user(role="volunteer", name=f"Mẫu Số {number:02}")
    client = enter(secretary)
    page = client.post("/nguoi/", {"kind": "volunteer", "page": "2"}).content.decode()
    assert page.count("Mẫu Số") == 5
    assert not client.post("/nguoi/", {"kind": "volunteer", "q": "bi thu"}).context["page"].object_list
    found = client.post("/nguoi/", {"kind": "unit_secretary", "q": "bi thu"}).context["page"].object_list
    assert list(found) == [secretary]


def test_secretary_sees_the_people_of_the_own_units_and_the_guests_of_its_places(enter, secretary):
    make_user(role="volunteer", unit=commune_unit("Phường Quy Nhơn"), name="Người Xa")
    make_shift_guest(name="Khách Ca Mẫu", shift=make_shift(made_by=secretary))
    page = enter(secretary).get("/nguoi/").content.decode()
    assert "Khách Ca Mẫu" in page
    assert "Người Xa" not in page


@pytest.mark.parametrize("rows", [10, 200])
def test_list_of_people_asks_the_same_number_of_queries(enter, secretary, rows, django_assert_num_queries):
    for _ in range(rows):
        make_user(role="volunteer", password=None)
    client = enter(secretary)
    with django_assert_num_queries(7):
        client.get("/nguoi/")
