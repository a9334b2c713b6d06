"""Lists: search without accents that leaves no name in an address, filters, Vietnamese order, few queries."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from markets.models import (
    FalseCardReport,
    FollowUp,
    Market,
    PaymentAccount,
    Stall,
    StallCard,
    Tenancy,
    Vendor,
)
from portal.accounts.models import Role, User
from portal.organization.models import Area, Place, Team, Unit
from tests import builders
from tests.admin.pages import at, enter

pytestmark = pytest.mark.django_db


def found(client, model, **query) -> set:
    """The keys of the rows that a list shows."""
    answer = client.get(at(model), query)
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


# --- search -------------------------------------------------------------------------------------------------


def test_people_are_found_without_accents_and_without_their_name_in_the_address():
    client = enter("province_staff")
    vendor, other = builders.make_vendor(name="Trần Thị Quỳnh"), builders.make_vendor(name="Lê Văn Mẫu")
    sent = client.post(f"{at(Vendor)}?giu_sap=khong&p=2", {"tu_khoa": "quynh tran"})
    assert sent.status_code == 302
    query = parse_qs(urlsplit(sent.url).query)
    assert query.keys() == {"giu_sap", "tim"}
    assert "quynh" not in sent.url
    page = client.get(sent.url)
    assert vendor.name in page.text
    assert other.name not in page.text
    assert 'value="quynh tran"' in page.text


def test_a_search_term_lies_sealed_in_the_session_and_belongs_to_it():
    client, stranger = enter("province_staff"), enter("administrator")
    url = client.post(at(Vendor), {"tu_khoa": "0123456789"}).url
    stored = Session.objects.get(session_key=client.session.session_key).get_decoded()
    assert "0123456789" not in str(stored)
    answer = stranger.get(url, follow=True)
    assert answer.redirect_chain[0][0].endswith("?e=1")
    assert "Từ khóa đã hết hạn" in answer.text
    assert stranger.get(url.replace("vendor/", "vendor/xuat/csv/")).status_code == 404


def test_a_session_keeps_the_last_twenty_terms():
    client = enter("province_staff")
    urls = [client.post(at(Vendor), {"tu_khoa": f"từ {n}"}).url for n in range(21)]
    assert client.get(urls[0]).status_code == 302
    assert 'value="từ 1"' in client.get(urls[1]).text


def test_an_empty_search_shows_all():
    client = enter("province_staff")
    assert client.post(f"{at(Vendor)}?tim=abc", {"tu_khoa": " "}).url == f"{at(Vendor)}?"


def test_areas_of_old_are_found_by_their_old_name():
    page = enter("province_staff")
    url = page.post(at(Area), {"tu_khoa": "huyen dak po"}).url
    assert "Huyện Đak Pơ" in page.get(url).text.replace("Đăk", "Đak")


def test_names_stand_in_vietnamese_order():
    for name in ("Mẫu Đông", "Mẫu Dung", "Mẫu Ánh", "Mẫu An"):
        builders.make_vendor(name=name)
    client = enter("province_staff")
    for query, turn in (({}, 1), ({"o": "0"}, 1), ({"o": "-0"}, -1)):
        rows = client.get(at(Vendor), query).context["cl"].result_list
        names = [row.name for row in rows if row.name.startswith("Mẫu")]
        assert names == ["Mẫu An", "Mẫu Ánh", "Mẫu Dung", "Mẫu Đông"][::turn]


# --- filters ------------------------------------------------------------------------------------------------


@pytest.fixture
def two(db):
    """The same chain of rows twice: in a market of phường Pleiku that was in old Hoa Lư, and in Quy Nhơn."""

    def chain(name, former, **account):
        unit = builders.commune_unit(name)
        place = builders.make_place(unit=unit, former_area=builders.former_commune(*former))
        market = builders.make_market(place=place, launched_on=date(2023, 12, 3))
        tenancy = builders.make_tenancy(stall=builders.make_stall(market=market))
        card = builders.make_card(account=builders.make_account(tenancy=tenancy, **account), state="tried")
        follow = FollowUp.objects.get(tenancy=tenancy, kind="day_7")
        rows = [market, tenancy.stall, tenancy.vendor, card.account, card, follow, place]
        return {type(row): row for row in [*rows, builders.make_report(card=card)]}

    return [
        chain("Phường Pleiku", ("Phường Hoa Lư", "Thành phố Pleiku"), bin="970418"),
        chain("Phường Quy Nhơn", ("Phường Trần Phú", "Thành phố Quy Nhơn"), bin="970436"),
    ]


PLACED = [Market, Stall, Vendor, PaymentAccount, StallCard, FollowUp, FalseCardReport, Place]


@pytest.mark.parametrize("area", ["phuong pleiku", "hoa lu", "thanh pho pleiku"])
@pytest.mark.parametrize("model", PLACED)
def test_areas_of_today_and_of_before_filter_every_register(two, model, area):
    here, there = two
    keys = found(enter("province_staff"), model, dia_ban=area)
    assert here[model].pk in keys
    assert there[model].pk not in keys


@pytest.mark.parametrize("model", PLACED)
def test_units_filter_with_what_is_under_them(two, model):
    here, there = two
    client = enter("province_staff")
    assert found(client, model, don_vi="phuong pleiku") & {here[model].pk, there[model].pk} == {
        here[model].pk
    }
    assert {here[model].pk, there[model].pk} <= found(client, model, don_vi="tinh doan gia lai")


def test_where_several_places_have_the_name_all_count_until_one_is_chosen(two):
    there = two[1]
    client = enter("province_staff")
    page = client.get(at(Market), {"dia_ban": "phuong"})
    assert "gõ rõ hơn" in page.text
    assert not page.context["cl"].result_list
    both = client.get(at(Market), {"dia_ban": "quy nhon"})
    assert there[Market] in both.context["cl"].result_list
    assert "Tất cả" in both.text
    old = builders.former_commune("Phường Trần Phú", "Thành phố Quy Nhơn").parent
    assert f'<option value="{old.pk}">' in both.text
    assert there[Market].pk in found(client, Market, dia_ban="quy nhon", dia_ban_so=old.pk)


@pytest.mark.parametrize("model", [Stall, Vendor, PaymentAccount, StallCard])
def test_banks_filter(two, model):
    here, there = two
    keys = found(enter("province_staff"), model, ngan_hang="970436")
    assert there[model].pk in keys
    assert here[model].pk not in keys


def test_an_account_that_has_ended_is_no_longer_the_stalls_bank(two):
    stall = two[0][Stall]
    tenancy = Tenancy.objects.get(stall=stall)
    builders.make_account(tenancy=tenancy, bin="970436")
    client = enter("province_staff")
    assert stall.pk in found(client, Stall, ngan_hang="970436")
    assert stall.pk not in found(client, Stall, ngan_hang="970418")


@pytest.mark.parametrize("state", StallCard.State.values)
def test_the_state_of_cards_filters_as_it_shows(state):
    cards = [builders.make_card(state=one) for one in StallCard.State.values]
    keys = found(enter("province_staff"), StallCard, tinh_trang=state)
    assert keys == {card.pk for card in cards if card.state == state} != set()


def test_dates_filter_by_local_day_both_included():
    client = enter("province_staff")
    card = builders.make_card()
    day = timezone.localdate()
    StallCard.objects.filter(pk=card.pk).update(
        made_at=timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 0, 30))
    )
    today, before = f"{day:%d/%m/%Y}", f"{day - timedelta(days=1):%d-%m-%Y}"
    assert card.pk in found(client, StallCard, lap_tu=today, lap_den=today)
    assert card.pk not in found(client, StallCard, lap_den=before)


@pytest.mark.parametrize(
    ("query", "words"),
    [({"lap_tu": "2026-01-02"}, "Ghi ngày theo thứ tự"), ({"ngan_hang": "000000"}, "Chọn lại"),
     ({"dia_ban": "không đâu cả"}, "Không có nơi nào")],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_shows_nothing_and_says_so(query, words):
    builders.make_card()
    page = enter("province_staff").get(at(StallCard), query)
    assert words in page.text
    assert not page.context["cl"].result_list


def test_a_filter_keeps_the_search_and_the_search_the_filter(two):
    client = enter("province_staff")
    url = client.post(f"{at(StallCard)}?ngan_hang=970436", {"tu_khoa": "GL-"}).url
    page = client.get(url)
    key = parse_qs(urlsplit(url).query)["tim"][0]
    assert f'<input type="hidden" name="tim" value="{key}">' in page.text
    assert "ngan_hang=970436" in page.text.split('id="changelist-search"')[1].split(">")[0]


# --- size ---------------------------------------------------------------------------------------------------

GROW = {
    Place: builders.make_place, Market: builders.make_market, Team: builders.make_team,
    Unit: builders.make_unit, User: builders.make_user,
    Role: lambda: builders.make_role(user=builders.make_user(), kind="volunteer"),
}  # fmt: skip
OF_A_CARD = [Stall, Vendor, PaymentAccount, StallCard, FollowUp, FalseCardReport]


def queries(client, model) -> int:
    client.get(at(model))  # what is remembered between requests
    with CaptureQueriesContext(connection) as found:
        assert client.get(at(model)).status_code == 200
    return len(found)


@pytest.mark.parametrize(
    ("few", "many"),
    [(3, 24), pytest.param(10, 200, marks=pytest.mark.soak)],  # two minutes
)
def test_lists_ask_no_more_questions_of_more_rows(monkeypatch, few, many):
    client = enter("province_staff")
    for register in admin.site._registry.values():
        monkeypatch.setattr(register, "list_per_page", 300)
    counts = []
    for more in (few, many - few):
        for _ in range(more):
            builders.make_report(card=builders.make_card(state="tried"))
            for make in GROW.values():
                make()
        counts.append({model: queries(client, model) for model in [*GROW, *OF_A_CARD]})
    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= 20
