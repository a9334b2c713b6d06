"""The slips of a market and of a group as they are filled in without network, and how they look."""

from dataclasses import replace
from io import BytesIO
from itertools import count

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import EVERYTHING, SIZES, submit
from tests.browser.outbox.tablet import (
    NO_NETWORK,
    OUTBOX,
    RESIDENT,
    UNNAMED,
    all_applied,
    emptied,
    ids,
    keep,
    open_lock,
    ready,
    save,
    send_now,
    state,
)

# --- at the market -----------------------------------------------------------------------------------------

_stalls = count(1)


@pytest.fixture
def at_market(visitor, portal, wire):
    """A tablet at Hoa Lư, with the market's slips kept."""
    guest = visitor("tablet", quiet_about=NO_NETWORK)
    guest.portal = replace(portal, address=wire.address)
    guest.login("tinhnguyen")
    guest.open(f"{reverse('place_choose')}?q=Hoa Lư")
    if guest.page.locator("main button[name=place]").count():
        submit(guest.page, "main button[name=place]")
    ready(guest, "/viec/phieu/vendor/")
    return guest


def test_a_whole_stall_and_a_look_with_a_photo_are_recorded_without_network(at_market, wire, portal):
    guest, page, number = at_market, at_market.page, f"9{next(_stalls):03}"
    guest.open("/viec/phieu/vendor/")
    assert violations(page) == []
    wire.is_cut = True
    page.fill("[name=row]", "QK")
    page.fill("[name=number]", number)
    page.locator("[name=goods]").select_option(index=1)
    for box in page.locator("[name=purposes]").all():
        box.check()
    page.fill("[name=name]", "Siu H’Mẫu Không Mạng")
    page.fill("[name=phone]", "0312345678")
    page.locator("[name=bin]").select_option("970418")
    page.fill("[name=account_number]", f"MAU000000{number}321")
    page.fill("[name=account_number_again]", f"MAU000000{number}999")
    page.fill("[name=holder]", "SIU H MAU")
    save(page)
    expect(page.locator(".errsum")).to_contain_text("Hai lần gõ khác nhau")  # nothing was sealed
    assert ids(guest) == []
    page.fill("[name=account_number_again]", f"MAU000000{number}321")
    save(page)
    expect(page.locator("#slip-told")).to_contain_text("chưa gửi")
    label = state(guest)["items"][0]["label"]
    assert label == f"QK · {number} · S.H.K.M… · •••321"
    guest.open("/viec/phieu/card_check/")
    open_lock(page)
    assert violations(page) == []
    page.fill("[name=row]", "A")
    page.fill("[name=number]", portal_card(portal))
    page.locator("[name=is_unreadable]").check()
    picture = BytesIO()
    Image.new("RGB", (3000, 2000), "grey").save(picture, "JPEG")
    page.set_input_files(
        "[name=photo]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    save(page)
    expect(page.locator("#slip-told")).to_contain_text("chưa gửi")
    items = state(guest)["items"]
    assert [item["kind"] for item in items] == ["vendor", "card_check", "photo"]
    assert "Siu H’Mẫu" not in page.evaluate(EVERYTHING)
    wire.is_cut = False
    send_now(guest)
    emptied(guest)
    all_applied(portal, [item["id"] for item in items])
    stall = portal.rows(
        "select v.name, u.username from markets_stall s join markets_tenancy t on t.stall_id = s.id"
        " join markets_vendor v on v.id = t.vendor_id join accounts_user u on u.id = s.opened_by_id"
        " where s.label = %s", f"QK{number}",
    )  # fmt: skip
    assert stall == [("Siu H’Mẫu Không Mạng", "tinhnguyen")]


def portal_card(portal) -> str:
    """The number of a stall in row A of Hoa Lư whose card hangs there."""
    return portal.rows(
        "select s.number from markets_stall s join markets_stallcard c on c.stall_id = s.id"
        " join markets_market m on m.id = s.market_id where m.slug = 'cho-hoa-lu' and s.row = 'A'"
        " and c.void_at is null and c.posted_at is not null and s.ends_on is null limit 1"
    )[0][0]


def test_a_scanned_code_does_not_travel_into_the_next_slip(at_market, wire):
    page = at_market.page
    at_market.open("/viec/phieu/card_check/")
    wire.is_cut = True
    page.locator("[name=payload]").evaluate("(field) => { field.value = '00020101…'; }")
    page.fill("[name=row]", "A")
    page.fill("[name=number]", "1")
    save(page)
    expect(page.locator("#slip-told")).to_contain_text("chưa gửi")
    assert page.locator("[name=payload]").input_value() == ""
    assert len(ids(at_market)) == 1


# --- how it looks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["phone", "tablet"])
def test_pages_of_the_outbox_are_accessible(guest, wire, size):
    guest.page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    for path in ("/viec/phieu/", UNNAMED, RESIDENT, OUTBOX):
        guest.open(path)
        assert violations(guest.page) == [], path
    wire.is_cut = True
    keep(guest)
    guest.open(OUTBOX)
    open_lock(guest.page)
    expect(guest.page.get_by_role("button", name="Gửi ngay")).to_be_visible()
    assert violations(guest.page) == []


@pytest.mark.parametrize("script", [True, False])
def test_a_slip_says_where_it_goes_with_script_and_without(visitor, script):
    guest = visitor("phone", script=script)
    guest.login("tinhnguyen")
    guest.open("/viec/phieu/vendor/")
    where = guest.page.locator("aside").inner_text()
    assert ("niêm phong trên máy này" in where) is script
    assert ("gửi ngay, không giữ trên máy" in where) is not script
