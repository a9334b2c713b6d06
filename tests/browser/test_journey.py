"""The main job as a volunteer does it: from the code of the shift to the printed card, in a real Chromium."""

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from markets import vietqr
from portal.printing.reading import codes_on_pages
from tests.browser.conftest import PIN, follow, submit

_next = count(90)
BIDV = "970418"


def shift_code(portal) -> str:
    """The code of the demo's running shift at chợ Hoa Lư."""
    return portal.rows(
        "select code_id from accounts_shift s join organization_place p on p.id = s.place_id"
        " where p.name = 'Chợ Hoa Lư' and starts_at <= now() and ends_at > now() and closed_at is null"
    )[0][0]


def join_shift(guest, name: str) -> None:
    """From the public page to the volunteer's day, without any account."""
    page = guest.page
    guest.open("/vao-ca/")
    page.fill("[name=code]", shift_code(guest.portal).lower())
    submit(page, "main [type=submit]")
    page.fill("[name=name]", name)
    submit(page, "main [type=submit]")
    page.fill("[name=pin]", PIN)
    page.fill("[name=pin_again]", PIN)
    submit(page, "main [type=submit]")
    page.wait_for_url("**/viec/hom-nay/")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_volunteer_registers_a_vendor_and_the_card_pays_the_right_account(visitor, script, tmp_path):
    volunteer = visitor("tablet", script=script)
    page = volunteer.page
    number, account = str(next(_next)), f"MAU{next(_next):016d}"
    join_shift(volunteer, f"Người Thử {number}")

    follow(page, "a:has-text('Đăng ký sạp mới')")
    page.fill("[name=row]", "E")
    page.fill("[name=number]", number)
    page.select_option("[name=goods]", label="Rau, củ")
    submit(page)

    boxes = page.locator("[name=purposes]")
    assert boxes.count() >= 2
    assert not any(boxes.nth(i).is_checked() for i in range(boxes.count()))
    boxes.first.check()
    submit(page)

    page.fill("[name=name]", "Siu H’Mẫu Ễ Ộ")
    page.fill("[name=sign]", "Rau sạch chị H’Mẫu")
    submit(page)

    page.select_option("[name=bin]", BIDV)
    page.fill("[name=number]", account)
    page.fill("[name=number_again]", account[:-1])
    page.fill("[name=holder]", "SIU H MAU E O")
    submit(page)
    assert page.title().startswith("Lỗi:")
    assert page.input_value("[name=number]") == account, "nothing that was typed is lost"
    page.fill("[name=number_again]", account)
    submit(page)
    assert account in page.inner_text("main").replace(" ", "")
    if "/the/" not in page.url:
        follow(page, "main a.btn-big")

    page.check("[name=is_read]")
    submit(page)
    with page.expect_download() as download:
        page.click("a[href$='the.pdf']")
    pdf = tmp_path / "card.pdf"
    download.value.save_as(pdf)
    found = [code.content.decode() for sheet in codes_on_pages(pdf.read_bytes(), scale=3) for code in sheet]
    assert found == [vietqr.encode(bin=BIDV, account=account)]

    serial = re.search(r"GL-\d+-\d{3}", page.inner_text("main")).group()
    follow(page, "a:has-text('đi dán')")
    submit(page)
    page.wait_for_url("**/thu/")
    page.check("[name=is_seen] >> nth=0")
    submit(page)
    rows = volunteer.portal.rows(
        "select u.is_guest, c.posted_at is not null, c.tried_at is not null,"
        " (select count(*) from markets_followup f where f.tenancy_id = a.tenancy_id)"
        " from markets_stallcard c join accounts_user u on u.id = c.printed_by_id"
        " join markets_paymentaccount a on a.id = c.account_id where serial = %s",
        serial,
    )
    assert rows == [(True, True, True, 2)]


def test_the_network_goes_and_what_was_typed_stays(visitor):
    volunteer = visitor("tablet", quiet_about=["ERR_INTERNET_DISCONNECTED"])
    page = volunteer.page
    join_shift(volunteer, "Người Thử Mất Mạng")
    volunteer.open("/viec/sap/moi/")
    page.fill("[name=row]", "E")
    page.fill("[name=number]", "77")
    page.context.set_offline(True)
    page.click("main form button.btn-big[type=submit]")
    expect(page.locator("#notice .banner")).to_contain_text("mất mạng")
    assert page.input_value("[name=number]") == "77", "what was typed stays"
    page.context.set_offline(False)
    page.select_option("[name=goods]", index=3)
    submit(page)
    page.wait_for_url("**/dong-y/")


def test_two_clerks_register_the_same_stall_and_the_second_is_led_to_it(visitor):
    first, second = visitor("tablet"), visitor("tablet", script=False)
    number = str(next(_next))
    for clerk, name in ((first, "Người Thử Một"), (second, "Người Thử Hai")):
        join_shift(clerk, name)
        clerk.open("/viec/sap/moi/")
        clerk.page.fill("[name=row]", "E")
        clerk.page.fill("[name=number]", number)
        clerk.page.select_option("[name=goods]", index=2)
    submit(first.page)
    submit(second.page)
    assert "Người Thử Một" in second.page.inner_text("main")
    follow(second.page, "main a:has-text('Mở sạp đó')")
    assert f"E{number}" in second.page.inner_text("h1, .page-h")
