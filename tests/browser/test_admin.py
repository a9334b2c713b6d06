"""The admin in use: search, filters, pickers, popups, actions, reveal; silent, and no name in an address."""

import re
from contextlib import suppress

import pytest
from django.urls import reverse
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import follow, submit

pytestmark = pytest.mark.browser
STAFF = "canbo"


@pytest.fixture(
    params=[
        pytest.param(False, id="light"),
        pytest.param(True, id="dark", marks=pytest.mark.soak),  # the same again, in other colours
    ]
)
def desk(visitor, request):
    """Somebody of the province's staff at a desk, in the admin."""
    guest = visitor("desk", dark=request.param)
    enter(guest)
    return guest


def enter(guest) -> None:
    guest.login(STAFF)
    guest.page.wait_for_url("**/viec/hom-nay/")


def page_of(model: str, page: str = "changelist", *args) -> str:
    return reverse(f"admin:{model}_{page}", args=args)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_vendor_is_found_filtered_and_exported_without_a_name_in_the_address(visitor, portal, script):
    guest = visitor("desk", script=script)
    enter(guest)
    name = portal.rows("select name from markets_vendor order by name_key limit 1")[0][0]
    seen = []
    guest.page.on("request", lambda asked: seen.append(asked.url))
    guest.open(page_of("markets_vendor"))
    guest.page.fill("#searchbar", name)
    follow(guest.page, "#changelist-search [type=submit]")
    assert name in guest.page.inner_text("#result_list")
    guest.page.select_option("#loc-giu_sap", "co")
    follow(guest.page, "#changelist-filter [type=submit]")
    assert guest.page.input_value("#searchbar") == name
    with guest.page.expect_download() as file:
        guest.page.click("text=Xuất CSV")
    assert name in file.value.path().read_text("utf-8-sig")
    words = {word.lower() for word in name.split()}
    assert not [url for url in seen if words & set(url.lower().replace("%20", "+").split("="))]
    assert not [url for url in seen if "giu_sap" in url and "tim=" not in url]


def test_filters_are_accessible_when_they_ask_back_and_when_they_make_no_sense(desk):
    for query in ("dia_ban=quy+nhon", "dia_ban=khong+dau", "lap_tu=32-13-2026", "tinh_trang=made"):
        desk.open(f"{page_of('markets_stallcard')}?{query}")
        assert (query, violations(desk.page)) == (query, [])


def test_pickers_and_calendars_open_quietly(desk):
    desk.open(page_of("organization_place", "add"))
    desk.page.click(".field-area .select2-selection")
    desk.page.locator(".select2-search__field").press_sequentially("quy nhon")
    desk.page.locator(".select2-results__option", has_text="Quy Nhơn").first.wait_for()
    assert violations(desk.page) == []
    desk.page.locator(".select2-results__option", has_text="Quy Nhơn").first.click()
    desk.open(page_of("organization_team", "add"))
    desk.page.locator("a:has(.date-icon)").first.click()
    desk.page.locator(".calendarbox").first.wait_for()
    assert violations(desk.page) == []


def test_a_leader_is_picked_from_a_popup_list(desk):
    desk.open(page_of("organization_team", "add"))
    with desk.page.expect_popup() as opened:
        desk.page.click("#lookup_id_leader")
    popup = opened.value
    popup.locator("#result_list").wait_for()
    assert violations(popup) == []
    popup.fill("#searchbar", "mau")
    follow(popup, "#changelist-search [type=submit]")
    assert "mau" not in popup.url
    with suppress(PlaywrightError):  # the window closes under the finger
        popup.locator("#result_list tbody th a").first.click()
    expect(desk.page.locator("#id_leader")).to_have_value(re.compile(r"^\d+$"))


def test_an_added_line_of_a_team_is_accessible(desk):
    desk.open(page_of("organization_team", "add"))
    desk.page.click(".add-row a")
    expect(desk.page.locator("#id_memberships-0-user")).to_be_visible()
    assert violations(desk.page) == []


def test_an_action_says_what_it_will_change(desk, portal):
    desk.open(f"{page_of('markets_stallcard')}?tinh_trang=tried")
    desk.page.locator(".action-select").first.check()
    desk.page.select_option("[name=action]", "void_cards")
    follow(desk.page, "[name=index]")
    expect(desk.page.get_by_text("1 dòng sẽ thay đổi")).to_be_visible()
    assert violations(desk.page) == []
    follow(desk.page, ".closelink")
    assert desk.page.url.endswith("tinh_trang=tried")


def test_a_number_is_shown_for_a_reason_and_only_once(desk, portal):
    key = portal.rows("select id from markets_paymentaccount where ends_on is null limit 1")[0][0]
    desk.open(page_of("markets_paymentaccount", "change", key))
    assert "MAU" not in desk.page.inner_text("#content-main")
    follow(desk.page, "text=Xem đầy đủ")
    assert violations(desk.page) == []
    submit(desk.page, "main form [type=submit]")
    expect(desk.page.get_by_role("alert")).to_be_visible()
    assert violations(desk.page) == []
    desk.page.check("[name=reason][value=owner_asks]")
    submit(desk.page, "main form [type=submit]")
    expect(desk.page.locator(".readout", has_text="MAU")).to_be_visible()
    assert violations(desk.page) == []
    desk.open(desk.page.url.removeprefix(portal.address))
    assert "MAU" not in desk.page.inner_text("main .readout")
    assert portal.rows("select reason from privacy_readlog where row = %s", str(key))[-1] == ("owner_asks",)
