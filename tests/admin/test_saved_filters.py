"""Filters of the registers: kept under a name by each for themselves, and shown as chips to take away."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from markets.models import Stall, StallCard, Vendor
from portal.accounts.models import Role
from portal.home.models import SavedFilter
from portal.home.saved import MOST
from tests import builders
from tests.admin.pages import at, enter

pytestmark = pytest.mark.django_db


def save(client, model, query: str, name: str = "Của tôi"):
    words = {"register": model._meta.label_lower, "query": query, "name": name}
    return client.post(reverse("admin:filter_save"), words)


def chips(page: str) -> dict[str, str]:
    """The chips of a page: words, address."""
    found = re.findall(r'<a class="chip" href="([^"]*)">(.*?)</a>', page)
    return {re.sub(r"<.*?>|[×]", "", words).strip(): href.replace("&amp;", "&") for href, words in found}


def saved(page: str) -> list[tuple[str, str]]:
    """The saved filters that a page lists: address, name."""
    listed = page.partition('class="saved-filters"')[2]
    return [
        (href.replace("&amp;", "&"), name)
        for href, name in re.findall(r'href="(\?[^"]*)"[^>]*>([^<]*)</a>', listed)
    ]


# --- saved filters ------------------------------------------------------------------------------------------


def test_what_the_list_is_filtered_by_is_kept_and_opens_again():
    client, market = enter("province_staff"), builders.make_market()
    inside, outside = (
        builders.make_stall(market=market, row="B", number="7"),
        builders.make_stall(row="C", number="9"),
    )
    page = client.get(at(Stall), {"cho": market.pk, "toi_dau": "account", "o": "1", "p": "1"}).text
    offered = re.search(r'name="query" value="([^"]*)"', page)[1].replace("&amp;", "&")
    assert parse_qs(offered) == {"cho": [str(market.pk)], "toi_dau": ["account"], "o": ["1"]}
    answer = save(client, Stall, offered, "Chợ của tôi")
    assert answer.status_code == 302
    page = client.get(answer.url).text
    assert "Đã lưu bộ lọc “Chợ của tôi”." in page
    ((href, name),) = saved(page)
    assert name == "Chợ của tôi"
    page = client.get(at(Stall) + href).text
    assert inside.label in page
    assert outside.label not in page
    assert 'aria-current="true"' in page.partition('class="saved-filters"')[2]


def test_a_list_without_a_filter_offers_nothing_to_save():
    page = enter("province_staff").get(at(Stall)).text
    assert 'name="query"' not in page
    assert "Bộ lọc đã lưu" in page


def test_a_search_for_a_person_is_never_kept():
    client = enter("province_staff")
    url = client.post(f"{at(Vendor)}?giu_sap=khong", {"tu_khoa": "quynh tran"}).url
    term = parse_qs(urlsplit(url).query)["tim"][0]
    assert term not in re.search(r'name="query" value="([^"]*)"', client.get(url).text)[1]
    save(client, Vendor, f"tim={term}&giu_sap=khong&name__startswith=Q&_popup=1")
    assert SavedFilter.objects.get().query == "giu_sap=khong"


def test_each_sees_and_forgets_only_the_own_filters():
    mine, other = enter("province_staff"), enter("province_staff")
    save(mine, Stall, "toi_dau=account", "Chưa tài khoản")
    assert saved(other.get(at(Stall)).text) == []
    assert saved(mine.get(at(StallCard)).text) == []
    kept = SavedFilter.objects.get()
    address = reverse("admin:filter_delete", args=[kept.pk])
    assert other.post(address).status_code == 404
    assert mine.get(address).status_code == 405
    assert mine.post(address).url == at(Stall)
    assert not SavedFilter.objects.exists()


def test_a_name_is_given_once_in_a_register_and_never_empty():
    client = enter("province_staff")
    save(client, Stall, "toi_dau=account", "Một")
    for name, words in [("Một", "Bạn đã có bộ lọc tên này"), ("  ", "Nhập tên"), ("x" * 61, "nhiều nhất 60")]:
        assert words in client.get(save(client, Stall, "toi_dau=print", name).url).text
    save(client, StallCard, "tinh_trang=made", "Một")
    assert sorted(SavedFilter.objects.values_list("register", "query")) == [
        ("markets.stall", "toi_dau=account"),
        ("markets.stallcard", "tinh_trang=made"),
    ]


def test_a_name_that_was_refused_stands_in_the_box_once():
    client = enter("province_staff")
    save(client, Stall, "toi_dau=account", "Một")
    answer = save(client, Stall, "toi_dau=print", "Một")
    assert 'value="Một"' not in client.get(at(StallCard), {"tinh_trang": "made"}).text
    assert 'id="saved-name" value="Một"' in client.get(answer.url).text
    assert 'id="saved-name" value=""' in client.get(answer.url).text


def test_an_empty_or_endless_filter_is_not_kept():
    client = enter("province_staff")
    save(client, Stall, "", "Trống")
    save(client, Stall, f"dia_ban={'x' * 3000}", "Dài")
    assert not SavedFilter.objects.exists()


def test_twenty_filters_in_a_register_are_enough():
    client = enter("province_staff")
    for number in range(MOST + 1):
        answer = save(client, Stall, "toi_dau=account", f"Lần {number}")
    assert SavedFilter.objects.count() == MOST
    assert "Bỏ bớt một bộ lọc cũ" in client.get(answer.url).text


def test_only_staff_keep_filters_and_only_of_registers_they_open():
    assert save(Client(), Stall, "toi_dau=account").status_code == 302
    assert save(enter("volunteer"), Stall, "toi_dau=account").status_code == 403
    client = enter("unit_secretary")
    words = {"register": "auth.permission", "query": "a=b", "name": "x"}
    assert client.post(reverse("admin:filter_save"), words).status_code == 404
    assert client.get(reverse("admin:filter_save")).status_code == 405
    assert not SavedFilter.objects.exists()


def test_a_popup_to_pick_from_has_no_saved_filters():
    page = enter("province_staff").get(at(Role), {"_popup": "1"}).text
    assert "saved-filters" not in page


# --- chips --------------------------------------------------------------------------------------------------


def test_every_active_filter_is_a_chip_whose_link_takes_only_it_away():
    client, market = enter("province_staff"), builders.make_market(name="Chợ Mẫu Chip")
    asked = {
        "cho": market.pk, "toi_dau": "account", "dia_ban": "pleiku", "dang_ky_tu": "1-1-2026",
        "dang_ky_den": "2-2-2026", "o": "1",
    }  # fmt: skip
    found = chips(client.get(at(Stall), asked).text)
    assert found.keys() == {
        "Chợ: Chợ Mẫu Chip , bỏ", "Tới đâu: Chưa có tài khoản , bỏ", "Địa bàn: pleiku , bỏ",
        "Đăng ký: từ ngày 1-1-2026 đến hết ngày 2-2-2026 , bỏ",
    }  # fmt: skip
    for words, gone in [
        ("Chợ: Chợ Mẫu Chip , bỏ", {"cho"}),
        *[(w, {"dang_ky_tu", "dang_ky_den"}) for w in found if w.startswith("Đăng")],
    ]:
        assert parse_qs(urlsplit(found[words]).query).keys() == asked.keys() - gone


def test_what_was_searched_for_is_a_chip_too():
    client = enter("province_staff")
    url = client.post(f"{at(Vendor)}?giu_sap=khong", {"tu_khoa": "quynh"}).url
    assert chips(client.get(url).text)["Tìm: “quynh” , bỏ"] == "?giu_sap=khong"


def test_a_list_without_filters_has_no_chips():
    assert 'class="chip"' not in enter("province_staff").get(at(Stall)).text


# --- bulk actions -------------------------------------------------------------------------------------------


def test_a_bulk_action_says_what_will_come_of_it_before_it_changes_anything():
    client, stall = enter("province_staff"), builders.make_stall()
    page = client.post(at(Stall), {"action": "close_stalls", "_selected_action": [stall.pk]}).text
    assert "1 dòng sẽ thay đổi" in page
    assert "thẻ hết hiệu lực" in page
    assert str(stall) in page
    assert Stall.objects.open().filter(pk=stall.pk).exists()
