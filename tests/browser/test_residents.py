"""A card's code in front of the camera fills in the form; what is dropped never leaves the browser."""

import re
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import expect

from neighborhoods.practice import CARDS
from tests.browser.axe import violations
from tests.browser.conftest import submit
from tests.browser.test_camera import code, filmed, needs_reader, start  # noqa: F401

pytestmark = [pytest.mark.soak, needs_reader]
# Each who practises keeps the people made up so far: every test makes up others.
INVENTED = "0641580001{0}|123456789|Nguyễn Thị Mẫu {0}|13051958|Nữ|Tổ 2, Phường Mẫu, Gia Lai|25042021"
NEW_KIND = INVENTED + "|Nguyễn Văn Cha|Trần Thị Mẹ|987654321"
DROPPED = ["123456789", "Tổ 2", "Phường Mẫu", "25042021", "Cha", "Mẹ", "987654321"]


def to_new_person(guest, *purposes) -> list[str]:
    """As a volunteer who practises, to the page for somebody new; gives what every POST says, as it grows."""
    sent, page = [], guest.page
    page.on("request", lambda one: sent.append(unquote_plus(one.post_data or "")))
    guest.login("tinhnguyen")
    guest.open("/viec/tap-lam/")
    submit(page)
    expect(page.locator(".practice-bar")).to_contain_text("ĐANG TẬP LÀM")
    guest.open("/viec/nguoi-dan/dong-y/")
    for purpose in purposes:
        page.check(f"[name=purposes][value={purpose}]")
    submit(page)
    expect(page.get_by_role("heading", name="Người mới")).to_be_visible()
    return sent


def filled(page) -> list[str]:
    boxes = ("name", "birth_day", "birth_month", "birth_year")
    return [page.input_value(f"[name={name}]") for name in boxes]


@pytest.mark.parametrize(("size", "last"), [("phone", 23), ("tablet", 24)])
def test_of_a_card_only_the_form_is_filled_and_only_the_form_is_sent(filmed, size, last):  # noqa: F811
    guest = filmed(code(NEW_KIND.format(last)), size=size)
    sent = to_new_person(guest, "group_record", "group_number")
    page = guest.page
    expect(start(guest)).to_contain_text("Đã điền theo thẻ")
    assert filled(page) == [f"Nguyễn Thị Mẫu {last}", "13", "05", "1958"]
    assert page.is_checked("[name=sex][value=female]")
    assert page.input_value("[name=number]") == f"0641580001{last}"
    assert not any("Nguyễn" in body for body in sent)  # nothing goes out by itself
    assert violations(page) == []
    page.get_by_role("button", name="Đã có chưa?").click()
    expect(page.locator("#known")).to_contain_text("Chưa có trong sổ")
    submit(page)
    expect(page).to_have_url(re.compile("/viec/giup/[0-9a-f-]{36}/$"))
    _look, form = (body for body in sent if "Nguyễn Thị Mẫu" in body)
    assert f"0641580001{last}" in form
    assert not [word for word in DROPPED for body in sent if word in body]
    assert not any("0641580001" in url for url in guest.asked)
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Nguyễn" not in stored
    assert page.locator("input[type=file]").count() == 0


def test_a_number_that_nobody_agreed_to_never_leaves_the_card(filmed):  # noqa: F811
    guest = filmed(code(INVENTED.format(25)))
    sent = to_new_person(guest, "group_record")
    expect(start(guest)).to_contain_text("Đã điền theo thẻ")
    assert filled(guest.page)[0] == "Nguyễn Thị Mẫu 25"
    submit(guest.page)
    expect(guest.page).to_have_url(re.compile("/viec/giup/[0-9a-f-]{36}/$"))
    assert not any("0641580001" in body for body in sent)


def test_a_childs_card_is_refused_kindly_and_a_web_address_is_named(filmed):  # noqa: F811
    child = filmed(code(CARDS[3].payload))
    to_new_person(child, "group_record", "group_number")
    expect(start(child)).to_contain_text("Đã điền theo thẻ")
    assert submit(child.page) == 422
    expect(child.page.locator("main")).to_contain_text("chỉ đếm, không ghi tên")
    assert violations(child.page) == []

    web = filmed(code("https://vi.du/the"))
    to_new_person(web, "group_record")
    expect(start(web)).to_contain_text("không phải thẻ căn cước")
