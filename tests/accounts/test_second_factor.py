"""Province staff, auditors and administrators see nothing before their second factor."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import get_resolver, reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts import second_factor
from tests.accounts.conftest import code_of
from tests.builders import make_user

pytestmark = pytest.mark.django_db
ROLES = ["province_staff", "auditor", "administrator"]
BEHIND_THE_WALL = [
    "/viec/hom-nay/", "/nguoi/", "/nguoi/moi/", "/ca/", "/doi-noi/", "/viec/sap/", "/ma-pin/",
    "/dang-nhap/gui-lai/", "/dang-nhap/ma-du-phong/", "/quan-tri/", "/quan-tri/accounts/user/",
    "/quan-tri/logout/",
]  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", BEHIND_THE_WALL)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_answers_before_the_second_factor(enter, role, path, method):
    client = enter(make_user(role=role))
    answer = getattr(client, method)(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/dang-nhap/ma/")


@pytest.mark.parametrize("role", ROLES)
def test_set_up_opens_the_portal_and_the_admin(enter, role):
    user = make_user(role=role)
    client = enter(user)
    assert client.get("/dang-nhap/ma/")["Location"].startswith("/dang-nhap/thiet-lap/")
    page = client.get("/dang-nhap/thiet-lap/").content.decode()
    assert second_factor.typed_secret(TOTPDevice.objects.get(user=user)) in page
    assert '<svg class="qr"' in page
    assert client.post("/dang-nhap/thiet-lap/", {"token": "000000"}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0)
    codes = client.post("/dang-nhap/thiet-lap/", {"token": code_of(user)})
    assert len(recovery_codes(codes)) == 10
    assert client.get("/viec/hom-nay/").status_code == 200
    assert client.get("/quan-tri/").status_code == 200


@pytest.mark.parametrize("role", ["volunteer", "team_lead", "unit_secretary"])
def test_other_roles_need_none(enter, role):
    client = enter(make_user(role=role, pin="246813"))
    assert client.get("/viec/hom-nay/").status_code == 200
    assert client.get("/dang-nhap/thiet-lap/").status_code == 403


def test_on_public_pages_who_has_shown_one_factor_is_nobody(enter):
    user = make_user(role="administrator", name="Siu Thử Mẫu")
    page = enter(user).get("/vao-ca/")
    assert page.status_code == 200
    assert not page.wsgi_request.user.is_authenticated


def test_code_is_good_once(enter, enter_verified):
    user = make_user(role="auditor")
    enter_verified(user)
    assert enter(user).post("/dang-nhap/ma/", {"token": code_of(user)}).status_code == 422
    TOTPDevice.objects.update(last_t=-1, throttling_failure_count=0)
    assert enter(user).post("/dang-nhap/ma/", {"token": code_of(user)})["Location"] == "/viec/hom-nay/"


def test_recovery_code_works_once(enter):
    user = make_user(role="auditor")
    page = enter(user).post("/dang-nhap/thiet-lap/", {"token": code_of(user)})
    code = recovery_codes(page)[3]
    client = enter(user)
    assert client.post("/dang-nhap/ma/", {"token": code.lower()})["Location"] == "/viec/hom-nay/"
    assert client.get("/viec/hom-nay/").status_code == 200
    assert second_factor.recovery_codes_left(user) == 9
    again = enter(user)
    assert again.post("/dang-nhap/ma/", {"token": code}).status_code == 422
    assert again.get("/viec/hom-nay/").status_code == 302


def test_new_recovery_codes_make_the_old_ones_void(enter_verified, enter):
    user = make_user(role="auditor")
    client = enter_verified(user)
    old = second_factor.new_recovery_codes(user)
    new = recovery_codes(client.post("/dang-nhap/ma-du-phong/"))
    assert enter(user).post("/dang-nhap/ma/", {"token": old[0]}).status_code == 422
    assert len(new) == 10
    assert not set(new) & set(old)


def test_table_of_recovery_codes_does_not_hold_them():
    codes = second_factor.new_recovery_codes(make_user(role="auditor"))
    with connection.cursor() as cursor:
        cursor.execute("select token from otp_static_statictoken")
        kept = [token for (token,) in cursor.fetchall()]
    assert len(kept) == 10
    assert not any(code.replace("-", "").lower() in token.lower() for code in codes for token in kept)


def test_ten_wrong_codes_make_the_right_one_wait(enter):
    user = make_user(role="auditor")
    client = enter(user)
    for _ in range(10):
        client.post("/dang-nhap/thiet-lap/", {"token": "000000"})
    TOTPDevice.objects.update(throttling_failure_count=0)
    answer = client.post("/dang-nhap/thiet-lap/", {"token": code_of(user)})
    assert answer.status_code == 422
    assert "Chờ 15 phút" in answer.content.decode()


def test_one_persons_device_does_not_verify_another(enter, enter_verified):
    enter_verified(make_user(role="auditor"))
    other = make_user(role="auditor")
    stranger = enter(other)
    first = TOTPDevice.objects.exclude(user=other).get()
    session = stranger.session
    session["otp_device_id"] = first.persistent_id
    session.save()
    assert stranger.get("/viec/hom-nay/").status_code == 302


def test_otp_command_prints_the_code_in_the_demo_only(settings, capsys):
    user = make_user(role="auditor", username="kiem-tra")
    with pytest.raises(CommandError):
        call_command("otp", "kiem-tra")
    settings.DEMO = True
    call_command("otp", "kiem-tra")
    assert capsys.readouterr().out.strip() == code_of(user)


def test_wall_stands_before_every_address_but_the_public_ones(enter):
    client = enter(make_user(role="administrator"))
    open_ones = {"login", "logout", "otp_verify", "otp_setup", "lock"}
    names = [p.name for p in get_resolver("portal.accounts.urls").url_patterns if not p.pattern.regex.groups]
    for name in set(names) - open_ones - {"shift_join"}:
        assert client.get(reverse(name))["Location"].startswith("/dang-nhap/ma/"), name


def recovery_codes(page) -> list[str]:
    return re.findall(r"<li>([A-Z]{5}-[A-Z]{5})</li>", page.content.decode())
