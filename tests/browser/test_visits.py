"""From door to door in tổ 5 of the demo: taps are counted, targets measured, names and order listened to."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import follow, submit

GROUP = "Tổ dân phố điện tử 5"
LEAST = 44  # px of a target
ANSWERS = ["Đã có sẵn", "Vừa giúp xong", "Chưa xong, hẹn lại"]
# What can be touched inside main; a line of a list is its link, and a label its box.
TOUCHED = "main :is(a, button, summary, select, input, label.pick)"
SMALL = """([touched, least]) => [...document.querySelectorAll(touched)]
  .filter((one) => one.checkVisibility() && one.type !== 'hidden' && !one.matches('.pick input'))
  .map((one) => [one, (one.closest('ol.due li') ?? one).getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < least)
  .map(([one, box]) => `${one.textContent} ${one.name} ${box.width} × ${box.height}`)"""


def at_group(visitor, size, **options):
    """A volunteer of the demo who has chosen the meeting house of tổ 5."""
    volunteer = visitor(size, **options)
    volunteer.login("tinhnguyen")
    place = volunteer.portal.rows(
        "select p.id, p.name from organization_place p join neighborhoods_group g on g.place_id = p.id"
        " where g.name = %s", GROUP,
    )[0]  # fmt: skip
    volunteer.open(f"{reverse('place_choose')}?q={place[1]}")
    submit(volunteer.page, f"main button[name=place][value='{place[0]}']")
    return volunteer


def somebody_without(portal, step: str) -> tuple[str, str]:
    """Key and last four digits of a resident of tổ 5 about whom nothing is noted of a step."""
    return portal.rows(
        "select r.id, r.last_four from neighborhoods_resident r"
        " join neighborhoods_group g on g.id = r.group_id"
        " where g.name = %s and r.left_on is null and r.last_four > '' and not exists"
        " (select from neighborhoods_helpevent e where e.resident_id = r.id and e.step_id = %s) limit 1",
        GROUP, step,
    )[0]  # fmt: skip


def noted(portal, resident, step: str) -> list[str]:
    rows = "select outcome from neighborhoods_helpevent where resident_id = %s and step_id = %s"
    return [outcome for (outcome,) in portal.rows(rows, resident, step)]


def test_a_known_resident_and_one_step_take_three_taps(visitor):
    volunteer = at_group(visitor, "tablet")
    page, taps = volunteer.page, 0
    resident, digits = somebody_without(volunteer.portal, "safety")
    volunteer.open(reverse("visit_start"))
    page.fill("[type=search]", digits)
    follow(page, f"#found a[href*='{resident}']")
    taps += 1
    page.locator("fieldset:has-text('Chỉ cách tránh lừa đảo') label:has-text('Vừa giúp xong')").click()
    taps += 1
    assert submit(page) == 204
    taps += 1
    expect(page.locator("main [role=status]")).to_contain_text("Chỉ cách tránh lừa đảo: vừa giúp xong")
    assert taps <= 4
    assert noted(volunteer.portal, resident, "safety") == ["helped"]


@pytest.mark.soak
def test_without_script_the_same_takes_one_tap_more(visitor):
    volunteer = at_group(visitor, "tablet", script=False)
    page = volunteer.page
    resident, digits = somebody_without(volunteer.portal, "safety")
    volunteer.open(reverse("visit_start"))
    page.fill("[type=search]", digits)
    page.locator("main button:has-text('Tìm')").click()
    page.locator(f"#found a[href*='{resident}']").click()
    page.locator("fieldset:has-text('Chỉ cách tránh lừa đảo') label:has-text('Vừa giúp xong')").click()
    page.locator("main button.btn-big").click()
    expect(page.locator("main [role=status]")).to_contain_text("Chỉ cách tránh lừa đảo: vừa giúp xong")
    assert noted(volunteer.portal, resident, "safety") == ["helped"]


def looked_at(page) -> str:
    """The page as it is read aloud, once it is sound: axe, targets, nothing sticks out."""
    assert violations(page) == [], page.url
    assert page.evaluate(SMALL, [TOUCHED, LEAST]) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    return page.locator("main").aria_snapshot()


def in_order(snapshot: str, *lines: str) -> None:
    """Each of these lines of the accessibility tree comes after the one before."""
    at = 0
    for line in lines:
        found = snapshot.find(line, at)
        assert found >= 0, f"{line} is not there, or too early, in:\n{snapshot}"
        at = found + len(line)


@pytest.mark.soak
@pytest.mark.parametrize("size", ["tablet", "phone"])
def test_every_page_of_the_day_is_fit_for_hands_and_ears(visitor, size):
    volunteer = at_group(visitor, size, dark=size == "phone")
    page, portal = volunteer.page, volunteer.portal
    in_order(looked_at(page), "Chào Thử", "Ghi lượt giúp VNeID", "Người mới", "Không ghi tên", "Cần quay lại",
             f'region "{GROUP}"', "img", "Nhớ khi làm")  # fmt: skip

    follow(page, "a.tile-main")
    resident, digits = somebody_without(portal, "signature")
    page.fill("[type=search]", digits)
    page.locator("#found li").first.wait_for()
    in_order(looked_at(page), 'heading "Giúp ai?"', "searchbox", 'button "Tìm"', 'region "Tìm thấy"',
             'link "Người mới"', 'link "Không ghi tên"', 'region "Cần quay lại"', "OTP")  # fmt: skip

    follow(page, f"#found a[href*='{resident}']")
    answers = [f'radio "{answer}"' for answer in ANSWERS]
    in_order(looked_at(page), "heading", "Hôm nay làm gì?", 'group "Chữ ký số"', *answers, 'button "Lưu"',
             'button "Bỏ chọn"', "Không bao giờ hỏi", "Nhật ký")  # fmt: skip
    assert submit(page) == 422
    in_order(looked_at(page), "alert", "Chọn việc đã làm hôm nay", 'button "Lưu"')
    chosen = page.locator("fieldset:has-text('Chữ ký số') label:has-text('Đã có sẵn')")
    chosen.click()
    page.locator("main button[type=reset]").click()
    expect(chosen.locator("input")).not_to_be_checked()
    chosen.click()
    submit(page)
    in_order(
        looked_at(page), "status", "Đã ghi cho", "Chữ ký số: đã có sẵn", 'link "Xem lại"', "Người kế tiếp"
    )

    follow(page, "[role=status] a:has-text('Xem lại')")
    follow(page, ".log a:has-text('Ghi nhầm?')")
    in_order(looked_at(page), 'heading "Ghi nhầm?"', 'group "Đúng ra là gì?"', 'radio "Vừa giúp xong"')
    page.locator("label:has-text('Không có việc này')").click()
    submit(page)
    assert sorted(noted(portal, resident, "signature")) == ["had", "mistake"]

    volunteer.open(f"{reverse('visit_followup_list')}?hen=tat-ca")
    in_order(looked_at(page), 'heading "Cần quay lại"', 'list "Hẹn khi nào"', "Tới hẹn", f'region "{GROUP}"')
    volunteer.open(reverse("visit_followup_list"))
    follow(page, "ol.due li:has-text('Hỏi lại sau') a")
    in_order(looked_at(page), 'group "Hỏi lại sau', 'radio "Tự làm lại được"', "Không gặp", 'button "Lưu"')
    page.locator("label:has-text('Tự làm lại được')").click()
    submit(page)
    expect(page.locator("#notice")).to_contain_text("Đã ghi: Tự làm lại được")

    volunteer.open(reverse("visit_unnamed"))
    page.locator("label:has-text('Có thẻ căn cước')").click()
    page.fill("[name=count]", "2")
    in_order(looked_at(page), 'group "Đã giúp việc gì?"', "checkbox", 'textbox "Bao nhiêu người?"', "Lưu")
    submit(page)
    expect(page.locator("#notice")).to_contain_text(re.compile("Đã ghi 2 lượt giúp"))
