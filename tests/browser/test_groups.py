"""The groups in a real Chromium at three sizes: the list, one group with its search, the desk."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import follow, submit
from tests.browser.test_walk import look

TO_5 = (
    "select g.id, g.place_id from neighborhoods_group g join organization_place p on p.id = g.place_id"
    " where g.name = 'Tổ dân phố điện tử 5' and not g.is_practice order by p.id limit 1"
)
DESK = "select name from organization_place where kind = 'desk' order by id limit 1"
NARROW = """() => [
    ...document.querySelectorAll("main :is(a, button, summary, select, input:not([type=hidden]))")
  ]
  .filter((one) => one.checkVisibility() && !one.closest(".vh, .crumbs, p:not([class])"))
  .map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([words, box]) => `${words} is ${Math.round(box.width)} × ${Math.round(box.height)}`)"""


def faults(guest, path: str) -> list[str]:
    """What axe finds, whether the page is wider than the window, and targets under 44 px."""
    return look(guest, path) + [f"{path}: {one}" for one in guest.page.evaluate(NARROW)]


def choose_place(guest, words: str) -> None:
    guest.open(f"{reverse('place_choose')}?q={words}")
    chosen = guest.page.locator(f"main tr:has-text('{words}') button")
    if chosen.count():
        submit(guest.page, f"main tr:has-text('{words}') button")


@pytest.mark.soak
@pytest.mark.parametrize("size", ["phone", "tablet", "desk"])
def test_a_group_and_its_desk_at_every_size(visitor, portal, size):
    me, group = visitor(size), portal.rows(TO_5)[0][0]
    me.login("doitruong")
    me.page.wait_for_url("**/viec/hom-nay/")
    choose_place(me, "Chợ Hoa Lư")
    me.open(reverse("group_list"))
    found = faults(me, "list")
    me.open(reverse("group_detail", args=[group]))
    found += faults(me, "group")
    summaries = me.page.locator("main summary")
    for at in range(summaries.count()):
        summaries.nth(at).click()
    found += faults(me, "group, tables open")

    # The words of a search stay out of the address, and only the list is new.
    address = me.page.url
    name = me.page.locator("#people tbody th").first.inner_text()
    me.page.get_by_label("Tìm theo tên hoặc 4 số cuối").fill(name)
    me.page.get_by_role("button", name="Lọc").click()
    expect(me.page.locator("#people [role=status]")).to_contain_text(name)
    expect(me.page.locator("#people tbody th").first).to_have_text(name)
    assert me.page.url == address
    found += faults(me, "group searched")

    # Who works elsewhere is brought here first.
    me.open(reverse("group_detail", args=[group]))
    submit(me.page, "main .page-h button")
    assert me.page.url.endswith(reverse("visit_start"))

    choose_place(me, portal.rows(DESK)[0][0])
    me.open(reverse("desk_session"))
    if me.page.get_by_role("button", name="Mở bàn hôm nay").count():
        found += faults(me, "desk closed")
        submit(me.page)
    line = me.page.locator("#row-activated")
    before = int(line.locator(".tally-c b").first.inner_text())
    for number in (1, 2):
        line.get_by_role("button", name="Thêm 1").first.click()
        expect(line.locator(".tally-c b").first).to_have_text(str(before + number))
    line.get_by_role("button", name="Bớt 1").first.click()
    expect(line.locator(".tally-c b").first).to_have_text(str(before + 1))
    empty = me.page.locator("#row-signature")
    if empty.locator(".tally-c b").last.inner_text() == "0":
        empty.get_by_role("button", name="Bớt 1").last.click(force=True)  # it says that it is off
        expect(empty.get_by_role("alert")).to_contain_text("không bớt được")
    found += faults(me, "desk")
    me.open(reverse("desk_session_list"))
    found += faults(me, "sessions")
    assert not found, "\n".join(found)


@pytest.mark.soak
def test_a_desk_counts_without_script(visitor, portal):
    me = visitor("phone", script=False)
    me.login("doitruong")
    choose_place(me, portal.rows(DESK)[0][0])
    me.open(reverse("desk_session"))
    if me.page.get_by_role("button", name="Mở bàn hôm nay").count():
        submit(me.page)
    number = me.page.locator("#row-safety .tally-c b").first
    before = int(number.inner_text())
    follow(me.page, "#row-safety button[name=count][value='1']")
    expect(number).to_have_text(str(before + 1))
