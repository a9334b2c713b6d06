"""Login by name or phone, how often it may be tried, and what is kept of a failed try."""

import logging
import re

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from portal.accounts.backends import NameOrPhoneBackend
from tests.builders import PASSWORD, make_shift_guest, make_user

pytestmark = pytest.mark.django_db
WRONG = "khong-phai-mat-khau-nay"


def log_in(client, username, password=PASSWORD, **more):
    return client.post("/dang-nhap/", {"username": username, "password": password, **more})


@pytest.mark.parametrize(
    "typed", ["h-mau", "H-MAU", " h-mau ", "0905123456", "+84 905 123 456", "0905.123.456", "84905123456"]
)
def test_name_and_every_spelling_of_the_phone_come_in(client, typed):
    make_user(username="h-mau", phone="0905123456", role="volunteer")
    assert log_in(client, typed)["Location"] == "/viec/hom-nay/"


def test_number_of_before_2018_finds_the_account(client):
    make_user(phone="0325123456", role="volunteer")
    assert log_in(client, "01625123456").status_code == 302


def test_wrong_password_and_unknown_name_get_the_same_answer(client):
    make_user(username="h-mau")
    known, unknown = log_in(client, "h-mau", WRONG), log_in(client, "khong-co-ai", WRONG)
    assert known.status_code == unknown.status_code == 422
    assert "chưa đúng" in known.content.decode()
    assert _without_token(known).replace("h-mau", "") == _without_token(unknown).replace("khong-co-ai", "")


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed, which is what a try costs."""

    hashed = 0

    def encode(self, password, salt):
        type(self).hashed += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("username", ["h-mau", "khong-co-ai", "khach"])
def test_name_that_is_unknown_or_a_guests_costs_what_a_wrong_password_does(settings, username):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    make_user(username="h-mau")
    make_shift_guest(username="khach")
    before = CountingHasher.hashed
    assert NameOrPhoneBackend().authenticate(None, username=username, password=WRONG) is None
    assert CountingHasher.hashed == before + 1


def test_guest_never_comes_in_by_password(client):
    guest = make_shift_guest(username="khach")
    guest.set_password(PASSWORD)
    guest.save()
    assert log_in(client, "khach").status_code == 422


def test_revoked_account_stays_out(client):
    user = make_user(username="h-mau")
    user.revoke(by=make_user())
    assert log_in(client, "h-mau").status_code == 422


@pytest.mark.parametrize(
    "target", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:1"]
)
def test_next_leads_nowhere_else(client, target):
    make_user(username="h-mau", role="volunteer")
    assert log_in(client, "h-mau", next=target)["Location"] == "/viec/hom-nay/"


def test_next_leads_back_to_the_page(client):
    make_user(username="h-mau", role="volunteer")
    answer = client.get("/nguoi/")
    assert answer["Location"] == "/dang-nhap/?next=/nguoi/"
    assert 'name="next" value="/nguoi/"' in client.get(answer["Location"]).content.decode()
    assert log_in(client, "h-mau", next="/nguoi/")["Location"] == "/nguoi/"


# --- the lock of an account at an address ------------------------------------------------------------------


def fail(client, username, times=7):
    for _ in range(times):
        answer = log_in(client, username, WRONG)
    return answer


def test_seven_wrong_passwords_lock_the_account_at_this_address():
    make_user(username="h-mau", phone="0905123456")
    here, there = Client(REMOTE_ADDR="203.0.113.1"), Client(REMOTE_ADDR="203.0.113.2")
    answer = fail(here, "h-mau")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 1800
    assert "đường dẫn đặt lại" in answer.content.decode()
    assert log_in(here, "h-mau").status_code == 429  # even the right one waits
    assert log_in(there, "h-mau").status_code == 302


def test_other_accounts_at_the_address_are_not_locked():
    make_user(username="h-mau")
    make_user(username="y-thu")
    market = Client(REMOTE_ADDR="203.0.113.1")
    fail(market, "h-mau")
    assert log_in(market, "y-thu").status_code == 302


def test_name_and_phone_count_as_one_account():
    make_user(username="h-mau", phone="0905123456")
    client = Client(REMOTE_ADDR="203.0.113.1")
    for typed in ("h-mau", "H-Mau", "0905123456", "+84905123456", "0905 123 456", "h-mau", "84905123456"):
        answer = log_in(client, typed, WRONG)
    assert answer.status_code == 429


def test_unknown_name_is_locked_in_the_same_words():
    make_user(username="h-mau")
    known = fail(Client(REMOTE_ADDR="203.0.113.1"), "h-mau")
    unknown = fail(Client(REMOTE_ADDR="203.0.113.2"), "khong-co-ai")
    assert (known.status_code, unknown.status_code) == (429, 429)
    assert _without_token(known) == _without_token(unknown)


def test_right_password_starts_the_count_anew():
    make_user(username="h-mau")
    client = Client(REMOTE_ADDR="203.0.113.1")
    fail(client, "h-mau", times=6)
    assert log_in(client, "h-mau").status_code == 302
    assert fail(Client(REMOTE_ADDR="203.0.113.1"), "h-mau", times=6).status_code == 422


def test_nothing_typed_is_kept_of_a_failed_login(caplog):
    make_user(username="h-mau")
    caplog.set_level(logging.DEBUG)
    client = Client(REMOTE_ADDR="203.0.113.1", HTTP_USER_AGENT="Mau/1.0")
    for username in ("h-mau", WRONG):  # people type the password into the wrong box
        fail(client, username)
    client.post(f"/dang-nhap/?next=/{WRONG}/", {"username": "h-mau", "password": WRONG, "pin": WRONG})
    assert AccessAttempt.objects.count() == 2
    kept = str(list(AccessAttempt.objects.values_list())) + _table("axes_accessfailurelog") + caplog.text
    for secret in (WRONG, "h-mau", "Mau/1.0"):
        assert secret not in kept


def _table(name) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"select * from {name}")
        return str(cursor.fetchall())


def _without_token(answer) -> str:
    """The page without what is new each time: CSRF token, server time, and the minute the lock ends."""
    page = re.sub(r">\d\d:\d\d<", ">HH:MM<", answer.content.decode())
    return "\n".join(
        line for line in page.splitlines() if "csrfmiddlewaretoken" not in line and "Giờ máy chủ" not in line
    )
