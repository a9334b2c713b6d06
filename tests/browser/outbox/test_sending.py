"""The outbox on a tablet, in a real Chromium: answers are lost, sessions end, tabs race; nothing is lost.

The numbers are those of the issue; what needs no browser is in tests/field, kills and faults in tests/soak.
Those that take long run in `make soak`.
"""

import re
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor, follow
from tests.browser.outbox.tablet import (
    ENVELOPE,
    NO_NETWORK,
    OUTBOX,
    UNNAMED,
    all_applied,
    at_work,
    device,
    emptied,
    fill_unnamed,
    ids,
    keep,
    open_lock,
    rows,
    save,
    send_now,
    state,
    until,
)
from tests.wire import LOST, Instead


def test_online_a_slip_is_received_at_once_and_says_its_code(guest, portal):
    guest.open(UNNAMED)
    fill_unnamed(guest.page)
    save(guest.page)
    told = guest.page.locator("#slip-told")
    expect(told).to_contain_text("Hệ thống đã nhận lúc")
    code = re.search("GL-[2-9A-Z]{4}", told.inner_text())[0]
    guest.open(OUTBOX)
    expect(guest.page.locator("[data-online]")).to_contain_text(code)
    assert state(guest)["items"] == []


def test_1_an_answer_lost_after_the_commit_is_one_row(guest, wire, portal):
    wire.fault = lambda method, path: LOST if method == "POST" and ENVELOPE in path else None
    guest.open(UNNAMED)
    before = events(guest)
    fill_unnamed(guest.page)
    save(guest.page)
    expect(guest.page.locator("#slip-told")).to_contain_text("chưa gửi")
    [key] = ids(guest)
    until(guest, lambda: len(rows(portal, [key])) == 1)  # the server has it, the tablet does not know
    assert ids(guest) == [key]
    wire.fault = lambda method, path: None
    send_now(guest)
    emptied(guest)
    all_applied(portal, [key])
    assert events(guest) == before + 1


def events(guest) -> int:
    """How many times of help came from this tablet."""
    device = guest.page.locator("body").get_attribute("data-device")
    return guest.portal.rows("select count(*) from neighborhoods_helpevent where device = %s", device)[0][0]


def test_2_a_double_tap_is_one_slip(guest, wire, portal):
    guest.open(UNNAMED)
    wire.is_cut = True
    fill_unnamed(guest.page)
    guest.page.get_by_role("button", name="Lưu phiếu").dblclick()
    expect(guest.page.locator("#slip-told")).to_contain_text("chưa gửi")
    assert len(ids(guest)) == 1


@pytest.mark.soak
def test_3_two_tabs_send_each_slip_once(guest, wire, portal):
    wire.is_cut = True
    keep(guest, 5)
    keys = ids(guest)
    other = Visitor(guest.page.context.new_page(), guest.portal)
    wire.is_cut = False
    wire.fault = lambda method, path: 0.3 if ENVELOPE in path else None  # time enough to meet
    for one in (guest, other):
        one.page.goto(wire.address + OUTBOX, wait_until="commit")  # the network is back: both begin
    emptied(guest)
    emptied(other)
    assert sorted(path.rstrip("/").rpartition("/")[2] for path in wire.sent(ENVELOPE)) == sorted(keys)
    all_applied(portal, keys)


def test_4_a_token_that_changed_meanwhile_is_fetched_anew(guest, wire, portal):
    wire.is_cut = True
    keep(guest)
    keys = ids(guest)
    wire.is_cut = False
    guest.page.context.clear_cookies(name="csrftoken")
    send_now(guest)
    emptied(guest)
    all_applied(portal, keys)


@pytest.mark.soak
def test_5_an_ended_session_loses_nothing_and_says_so(tablet, wire, portal):
    guest = tablet()
    wire.is_cut = True
    keep(guest, 2)
    keys = ids(guest)
    guest.page.context.clear_cookies(name="sessionid")
    wire.is_cut = False
    guest.page.evaluate("import('/static/js/outbox/sender.js').then(({ flush }) => flush({ force: true }))")
    assert ids(guest) == keys
    assert rows(portal, keys) == []
    guest.open(OUTBOX)  # leads to the entrance
    expect(guest.page.locator("#outbox-banner")).to_contain_text("Máy này còn 2 phiếu chưa gửi")
    at_work(guest)
    guest.open(OUTBOX)
    emptied(guest)
    all_applied(portal, keys)


@pytest.mark.soak
def test_5_the_outbox_page_says_that_somebody_has_to_log_in(tablet, wire):
    guest = tablet()
    wire.is_cut = True
    keep(guest)
    guest.open(OUTBOX)
    open_lock(guest.page)
    wire.is_cut = False
    guest.page.context.clear_cookies(name="sessionid")
    guest.page.get_by_role("button", name="Gửi ngay").click()
    expect(guest.page.locator("#outbox").get_by_text("Cần đăng nhập")).to_be_visible()
    assert len(ids(guest)) == 1


def test_6_a_login_page_answered_with_200_is_no_acknowledgement(guest, wire, portal):
    wire.is_cut = True
    keep(guest)
    wire.is_cut = False
    page = Instead(200, b"<!doctype html><title>Login</title>")
    wire.fault = lambda method, path: page if method == "POST" and ENVELOPE in path else None
    send_now(guest)
    expect(guest.page.locator("#outbox").get_by_text("Cần đăng nhập")).to_be_visible()
    assert len(ids(guest)) == 1


@pytest.mark.parametrize(
    "status", [500, pytest.param(503, marks=pytest.mark.soak), pytest.param(429, marks=pytest.mark.soak)]
)
def test_7_a_server_in_trouble_is_left_alone_for_a_while(guest, wire, portal, status):
    wire.is_cut = True
    keep(guest, 3)
    wire.is_cut = False
    wire.fault = lambda method, path: Instead(status) if method == "POST" and ENVELOPE in path else None
    send_now(guest)
    expect(guest.page.get_by_text("Máy chủ đang bận")).to_be_visible()
    found = state(guest)
    assert [item["state"] for item in found["items"]] == ["waiting"] * 3
    asked = len(wire.sent(ENVELOPE))
    assert asked < 6  # two in a row are enough
    before = guest.page.evaluate("Date.now()")
    assert found["pause"]["until"] > before + 5000
    again = "import('/static/js/outbox/sender.js').then(({ flush }) => flush())"
    assert guest.page.evaluate(again) == "later"  # by itself it waits
    assert len(wire.sent(ENVELOPE)) == asked
    wire.fault = lambda method, path: None
    send_now(guest)
    emptied(guest)


def test_8_too_large_is_final_and_said_in_words(guest, wire, portal):
    guest.open(OUTBOX)
    key = guest.page.evaluate("""async () => {
      const { items, desk } = await import("/static/js/outbox/store.js");
      const { by } = await desk.get("at-work");
      const id = crypto.randomUUID();
      await items.add({ id, kind: "unnamed", title: "Giúp không ghi tên", label: "", at: Date.now(),
                        by, bytes: new ArrayBuffer(300 * 1024), sha256: "0", state: "waiting" });
      return id;
    }""")
    send_now(guest)
    expect(guest.page.get_by_text("Phiếu hoặc ảnh lớn quá.")).to_be_visible()
    expect(guest.page.locator("#outbox li .tag-err")).to_have_text("Lỗi, báo đội trưởng")
    asked = len(wire.sent(key))
    guest.page.get_by_role("button", name="Gửi ngay").click()
    guest.open(OUTBOX)
    assert len(wire.sent(key)) == asked == 1
    assert [item["state"] for item in state(guest)["items"]] == ["failed"]
    told = portal.rows(
        "select u.username, s.waiting, s.failed from field_unsent s"
        " join accounts_user u on u.id = s.author_id where s.tablet_id = %s", device(guest),
    )  # fmt: skip
    assert told == [("tinhnguyen", 0, 1)]


def test_9_the_same_uuid_with_another_content_is_refused_and_kept(guest, wire, portal):
    wire.is_cut = True
    keep(guest, 2)
    first, _second = ids(guest)
    guest.page.evaluate(
        """async (id) => {
      const { items } = await import("/static/js/outbox/store.js");
      const { seal, hash } = await import("/static/js/outbox/seal.js");
      const { atWork } = await import("/static/js/outbox/desk.js");
      const { key, ticket, ticket_at } = await atWork();
      const fields = [["count", "9"]];
      const words = { ticket, ticket_at, at: Date.now(), kind: "unnamed", version: 1, fields };
      const bytes = await seal(words, { id, key });
      const second = (await items.all())[1];
      await items.put({ ...second, id, bytes, sha256: await hash(bytes) });
    }""",
        first,
    )
    wire.is_cut = False
    send_now(guest)
    expect(guest.page.get_by_text("Mã phiếu trùng")).to_be_visible()
    left = state(guest)["items"]
    assert [(item["id"], item["state"], item["why"]) for item in left] == [(first, "failed", 409)]
    clashes = portal.rows("select count(*) from field_clash where envelope_id = %s", uuid.UUID(first))
    assert clashes == [(1,)]


@pytest.mark.soak
def test_11_the_third_of_twenty_fails_and_the_others_go(guest, wire, portal):
    wire.is_cut = True
    keep(guest, 20)
    keys = ids(guest)
    wire.is_cut = False
    wire.fault = lambda method, path: Instead(500) if keys[2] in path else None
    send_now(guest)
    expect(guest.page.locator("#outbox .due").first.locator("li")).to_have_count(1)
    assert ids(guest) == [keys[2]]
    all_applied(portal, [key for key in keys if key != keys[2]])
    sent = [path.rstrip("/").rpartition("/")[2] for path in wire.sent(ENVELOPE)]
    assert sent == keys  # first in, first out
    wire.fault = lambda method, path: None
    send_now(guest)
    emptied(guest)
    assert len(rows(portal, keys)) == 20


@pytest.mark.soak
def test_12_and_15_who_logs_out_leaves_only_sealed_slips_and_a_colleague_sends_them(tablet, wire, portal):
    guest = tablet("tinhnguyen")
    wire.is_cut = True
    keep(guest, 2)
    wire.is_cut = False
    keys = ids(guest)
    wire.fault = lambda method, path: Instead(503) if ENVELOPE in path else None
    guest.open("/viec/hom-nay/")
    expect(guest.page.locator("#outbox-banner")).to_contain_text("2 phiếu chưa gửi")
    follow(guest.page, "button:has-text('Đăng xuất')")
    expect(guest.page.locator("#outbox-banner")).to_contain_text("Máy này còn 2 phiếu chưa gửi")
    left = state(guest)
    assert ([item["id"] for item in left["items"]], left["work"], left["receipts"]) == (keys, False, [])
    wire.fault = lambda method, path: None
    at_work(guest, "doitruong")
    guest.open(OUTBOX)
    emptied(guest)
    assert [row[2:4] for row in rows(portal, keys)] == [("tinhnguyen", "doitruong")] * 2
    expect(guest.page.locator("[data-online]")).to_contain_text("gửi giúp")


@pytest.mark.parametrize("days", [pytest.param(-1, marks=pytest.mark.soak), 1])
def test_14_a_clock_wrong_by_a_day_tells_the_right_moment(tablet, wire, portal, visitor, days):
    guest = visitor("tablet", quiet_about=NO_NETWORK)
    guest.portal = replace(portal, address=wire.address)
    guest.page.clock.install(time=datetime.now() + timedelta(days=days))
    at_work(guest)
    guest.open(UNNAMED)
    fill_unnamed(guest.page)
    save(guest.page)
    expect(guest.page.locator("#slip-told")).to_contain_text("Hệ thống đã nhận")
    [key] = [receipt["id"] for receipt in state(guest)["receipts"]]
    [row] = rows(portal, [key])
    assert abs(row[4].timestamp() - datetime.now().timestamp()) < 120
    assert portal.rows("select is_clock_odd from field_envelope where id = %s", uuid.UUID(key)) == [(False,)]
