"""Every list takes any word of the address: NUL, which the database refuses, is one of them."""

import pytest
from django.urls import reverse

from tests import builders
from tests.people import client_of

pytestmark = pytest.mark.django_db
ODD = "%00"
PUBLIC = {
    "heritage_list": ["tim", "loai", "hang", "page"],
    "market_list": ["tim"],
    "plaque_lookup": ["ma"],
    "card_lookup": ["ma"],
}
STAFF = {
    "desk_list": ["tim", "cho", "page"],
    "plaque_list": ["tim", "can", "page"],
    "plaque_round_list": ["xem", "page"],
    "correction_list": ["tim", "xong", "page"],
    "stall_list": ["q", "page"],
    "round_list": ["row", "page"],
    "followup_list": ["hen", "page"],
    "heritage_report": ["dia_ban", "don_vi", "loai", "tu", "den"],
    "market_report": ["dia_ban", "don_vi", "cho", "tu", "den"],
    "group_report": ["dia_ban", "don_vi", "viec", "bang", "tu", "den", "page"],
    "unreached_list": ["dia_ban", "don_vi", "ngay", "thieu", "page"],
    "team_league": ["don_vi", "tu", "den"],
    "callback_list": ["page"],
    "place_choose": ["q", "page"],
}


@pytest.mark.parametrize(("view", "names"), PUBLIC.items())
def test_no_public_list_breaks_at_nul(client, view, names):
    for name in names:
        answer = client.get(f"{reverse(view)}?{name}={ODD}a")
        assert answer.status_code in {200, 302, 422}, name


def test_a_plaque_is_found_by_the_start_of_its_code():
    mine, _other = builders.make_plaque(), builders.make_plaque()
    client = client_of(builders.make_user(role="province_staff", pin=builders.PIN))
    answer = client.get(reverse("plaque_list"), {"tim": mine.code_id[:6].lower()})
    assert [plaque.pk for plaque in answer.context["plaques"]] == [mine.pk]


@pytest.mark.parametrize(("view", "names"), STAFF.items())
def test_no_staff_list_breaks_at_nul(view, names):
    client = client_of(builders.make_user(role="province_staff", pin=builders.PIN))
    for name in names:
        answer = client.get(f"{reverse(view)}?{name}={ODD}a")
        assert answer.status_code in {200, 302, 409, 422}, name
