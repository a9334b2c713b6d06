"""What a lost account or tablet touched: opened, seen whole, recorded; told masked, and to who may know."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.devices import COOKIE
from portal.codes.shortcodes import make_code
from portal.privacy.models import Opening
from tests import builders
from tests.people import client_of

NAME = "Nguyễn Thị Bịa"


@pytest.fixture
def place(db):
    return builders.make_market().place


def days(first=0, last=0) -> dict:
    today = timezone.localdate()
    return {
        name: f"{today - timedelta(days=ago):%d-%m-%Y}" for name, ago in (("first", first), ("last", last))
    }


def ask(client, **what):
    return client.post(reverse("breach"), {**days(), **what})


def told(answer) -> dict:
    """What the list says was done, by model."""
    return {row.label: row.deeds for row in answer.context["page"]}


@pytest.fixture
def thief(place):
    """A secretary who wrote a vendor down, opened her stall and saw the account whole, on one tablet."""
    user = builders.make_user(role="unit_secretary", name="Rơ Châm Mẫu", pin=builders.PIN)
    client = client_of(user, place=place)
    client.cookies[COOKIE] = make_code(6)
    stall = builders.make_stall(market=place.market, by=user)
    tenancy = builders.make_tenancy(stall=stall, vendor=builders.make_vendor(name=NAME), by=user)
    account = builders.make_account(tenancy=tenancy, by=user)
    client.get(reverse("stall_detail", args=[stall.pk]))
    client.post(reverse("reveal", args=["markets.paymentaccount", account.pk, "number"]), {"reason": "audit"})
    client.get(reverse("admin:markets_vendor_change", args=[tenancy.vendor_id]))
    return client, user, account


def test_the_list_of_a_user_tells_what_was_opened_seen_and_recorded(thief):
    _client, user, account = thief
    builders.make_help(resident=builders.make_resident(recorded_by=user), by=user)
    answer = ask(client_of(builders.make_user(role="auditor")), who="ro cham mau")
    assert told(answer) == {
        "markets.vendor": {
            "Mở hồ sơ": 3, "Xem số đầy đủ": 1, "Ghi chủ sạp": 1, "Ghi tài khoản": 1,
        },
        "neighborhoods.resident": {"Ghi tên vào sổ": 1, "Ghi lượt giúp": 1},
    }  # fmt: skip
    assert "Nguyễn T•• B••" in answer.text
    assert not [text for text in (NAME, account.clear_number()) if text in answer.text]
    assert "72 giờ" in answer.text


def test_the_list_of_a_machine_tells_what_was_opened_and_noted_on_it(thief):
    client, _user, _account = thief
    resident = builders.make_resident()
    device = client.cookies[COOKIE].value
    builders.make_help(resident=resident, device=device)
    staff = client_of(builders.make_user(role="province_staff"))
    assert told(ask(staff, device=f"{device[:3]} {device[3:].lower()}")) == {
        "markets.vendor": {"Mở hồ sơ": 3, "Xem số đầy đủ": 1},
        "neighborhoods.resident": {"Ghi lượt giúp": 1},
    }
    assert ask(staff, device=make_code(6)).context["page"].paginator.count == 0
    assert ask(staff, device="7F3KM0").status_code == 422
    assert ask(staff).status_code == 422


def test_other_days_and_other_people_are_not_in_the_list(thief):
    staff = client_of(builders.make_user(role="administrator"))
    other = builders.make_user(name="Siu Khác")
    assert ask(staff, who=other.username).context["page"].paginator.count == 0
    assert ask(staff, who="ro cham mau", **days(9, 1)).context["page"].paginator.count == 0
    assert ask(staff, who="ro cham mau", **days(9, 0)).context["page"].paginator.count == 1
    assert ask(staff, who="ro cham mau", **days(0, 9)).status_code == 422


def test_of_several_people_the_right_one_is_picked(thief):
    _client, user, _account = thief
    builders.make_user(name="Rơ Châm Mẫu")
    staff = client_of(builders.make_user(role="administrator"))
    answer = ask(staff, who="Rơ Châm Mẫu")
    assert answer.status_code == 422
    assert answer.text.count('name="user"') == 2
    assert ask(staff, who="Rơ Châm Mẫu", user=user.pk).context["page"].paginator.count == 1


def test_the_file_holds_the_same_masked(thief):
    _client, user, account = thief
    answer = ask(client_of(builders.make_user(role="auditor")), who=user.username, xlsx="1")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [str(cell) for sheet in book for row in sheet.values for cell in row]
    assert "Nguyễn T•• B••" in cells
    assert str(account.tenancy.vendor_id) in cells
    assert not [cell for cell in cells if NAME in cell or account.clear_number() in cell]


@pytest.mark.parametrize("role", ["volunteer", "team_lead", "unit_secretary"])
def test_who_may_be_the_leak_does_not_search_it(db, role):
    assert client_of(builders.make_user(role=role)).get(reverse("breach")).status_code == 403


def test_pages_of_nobody_leave_no_line_and_say_on_which_machine_one_works(place):
    user = builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)
    client = client_of(user, place=place)
    client.cookies[COOKIE] = device = make_code(6)
    answer = client.get(reverse("stall_detail", args=[builders.make_stall(market=place.market).pk]))
    assert f"Máy {device}" in answer.text
    assert not Opening.objects.exists()
