"""The outbox on a tablet, in a real Chromium: the wire is cut, sessions end, tabs race; nothing is lost.

The numbers are those of the issue; what needs no browser is in tests/field, kills and faults in tests/soak.
Those that take long run in `make soak`.
"""

import json
import re
import shutil
import uuid
from base64 import b64decode, b64encode
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from portal.field import sealing
from portal.home.sample.grounds import NUMBER_5
from tests.browser.axe import violations
from tests.browser.conftest import EVERYTHING, PATIENCE, PIN, SIZES, Visitor, follow, submit
from tests.wire import LOST, Instead, wire_to

UNNAMED, RESIDENT = "/viec/phieu/unnamed/", "/viec/phieu/resident/"
OUTBOX = "/viec/hop-gui/"
ENVELOPE = "/hop-gui/phieu/"
NO_NETWORK = ("ERR_", "Failed to load", "FetchEvent", "net::")
_people = count(1)

ITEMS = """async () => {
  const { items, desk } = await import("/static/js/outbox/store.js");
  const all = await items.all();
  return { items: all.map(({ bytes, ...rest }) => ({ ...rest, size: bytes.byteLength })),
           work: Boolean(await desk.get("at-work")), receipts: (await desk.get("receipts")) ?? [],
           pause: (await desk.get("pause")) ?? {} };
}"""

SEND = "document.dispatchEvent(new Event('outbox-send'))"


# --- a tablet at the end of a wire -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def line(portal):
    with wire_to(urlsplit(portal.address).port) as wire:
        yield wire


@pytest.fixture
def wire(line):
    """Whole at the beginning of each test."""
    line.is_cut, line.fault = False, lambda method, path: None
    line.log.clear()
    return line


@pytest.fixture
def tablet(visitor, portal, wire):
    """`tablet("doitruong")`: one of its own, at work at tổ 5, with all kept that no network needs."""

    def make(username="tinhnguyen", size="tablet") -> Visitor:
        guest = visitor(size, quiet_about=NO_NETWORK)
        guest.portal = replace(portal, address=wire.address)
        at_work(guest, username)
        return guest

    return make


@pytest.fixture(scope="module")
def shared(portal, chromium, line):
    """The same of `tinhnguyen` for all tests that leave the session as it is: coming in takes seconds."""
    line.is_cut, (width, height) = False, SIZES["tablet"]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
        accept_downloads=True,
    )  # fmt: skip
    context.set_default_timeout(PATIENCE)
    guest = Visitor(context.new_page(), replace(portal, address=line.address))
    guest.page.on("pageerror", lambda error: guest.complaints.append(str(error)))
    at_work(guest)
    yield guest
    context.close()


@pytest.fixture
def guest(shared, wire):
    """The shared tablet, empty, on the page of the slips."""
    shared.complaints.clear()
    shared.page.set_viewport_size(dict(zip(("width", "height"), SIZES["tablet"], strict=True)))
    shared.open("/viec/phieu/")
    shared.page.evaluate("""async () => {
      const { items, desk } = await import("/static/js/outbox/store.js");
      for (const item of await items.all()) await items.drop(item);
      for (const key of ["pause", "receipts", "told"]) await desk.set(key, undefined);
    }""")
    yield shared
    for page in shared.page.context.pages:
        if page != shared.page:
            page.close()
    assert shared.complaints == []


def at_work(guest, username="tinhnguyen", place=None) -> None:
    guest.login(username)
    place = place or place_of(guest.portal, NUMBER_5)
    guest.open(f"{reverse('place_choose')}?q={place[1]}")
    submit(guest.page, f"main button[name=place][value='{place[0]}']")
    ready(guest)


def ready(guest, page=UNNAMED) -> None:
    """Waits until the tablet has kept its pages."""
    guest.open("/viec/phieu/")
    guest.page.evaluate(
        """async (page) => {
      await navigator.serviceWorker.ready;
      for (let tries = 0; tries < 200; tries++) {
        const isWhole = await caches.match("/viec/hop-gui/goi/");
        const isHere = await caches.match(page);
        if (isWhole && isHere && (await caches.keys()).length === 1) return; // only this one
        await new Promise((done) => setTimeout(done, 100));
      }
      throw new Error("nothing was kept");
    }""",
        page,
    )


def place_of(portal, group: str) -> tuple:
    return portal.rows(
        "select p.id, p.name from organization_place p join neighborhoods_group g on g.place_id = p.id"
        " where g.name = %s", group,
    )[0]  # fmt: skip


def fill_unnamed(page, number: int = 1) -> None:
    page.locator("[name=steps]").first.check()
    page.fill("[name=count]", str(number))


def save(page) -> None:
    page.get_by_role("button", name="Lưu phiếu").click()


def keep(guest, times: int = 1) -> None:
    """Fills in slips without a name while the wire is cut."""
    for number in range(times):
        guest.open(UNNAMED)
        open_lock(guest.page)
        fill_unnamed(guest.page, number % 5 + 1)
        save(guest.page)
        expect(guest.page.locator("#slip-told")).to_contain_text("chưa gửi")


def open_lock(page) -> None:
    """The PIN, where the page came from the tablet itself and is covered."""
    if page.locator(".lock-cover").count():
        page.get_by_label("PIN của bạn").fill(PIN)
        page.get_by_role("button", name="Mở máy").click()
        page.locator(".lock-cover").wait_for(state="detached")


def state(guest) -> dict:
    return guest.page.evaluate(ITEMS)


def ids(guest) -> list[str]:
    return [item["id"] for item in state(guest)["items"]]


def send_now(guest) -> None:
    """Opens the outbox and presses the button, unless all has gone by itself meanwhile."""
    guest.open(OUTBOX)
    guest.page.locator("body[data-outbox=ready]").wait_for()
    guest.page.evaluate(SEND)


def emptied(guest) -> None:
    expect(guest.page.locator("#outbox")).to_contain_text("Không còn phiếu nào chờ trên máy này.")


def until(guest, is_so) -> None:
    """Waits, with the browser at work, until something is so."""
    for _ in range(PATIENCE // 100):
        if is_so():
            return
        guest.page.wait_for_timeout(100)
    raise AssertionError("it never came to that")


def rows(portal, keys) -> list[tuple]:
    return portal.rows(
        "select e.id::text, e.state, a.username, s.username, e.at, e.flag, e.problem from field_envelope e"
        " join accounts_user a on a.id = e.author_id join accounts_user s on s.id = e.sent_by_id"
        " where e.id = any(%s) order by e.received_at", [uuid.UUID(key) for key in keys],
    )  # fmt: skip


def all_applied(portal, keys) -> None:
    assert [(row[0], row[1]) for row in rows(portal, keys)] == [(key, "applied") for key in keys]


# --- online, and what is sent ------------------------------------------------------------------------------


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
      const { items } = await import("/static/js/outbox/store.js");
      const id = crypto.randomUUID();
      await items.add({ id, kind: "unnamed", title: "Giúp không ghi tên", label: "", at: Date.now(),
                        bytes: new ArrayBuffer(300 * 1024), sha256: "0", state: "waiting" });
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


# --- persons -----------------------------------------------------------------------------------------------


def person() -> dict:
    """Somebody invented whom nobody has in the book."""
    number = next(_people)
    return {"name": f"Nguyễn Thị Mẫu Số {number}", "number": f"0641580{uuid.uuid4().int % 10**5:05}",
            "phone": f"03{uuid.uuid4().int % 10**8:08}"}  # fmt: skip


def fill_person(page, who: dict) -> None:
    for box in page.locator("[name=purposes]").all():
        box.check()
    page.fill("[name=name]", who["name"])
    page.fill("[name=birth_day]", "13")
    page.fill("[name=birth_month]", "5")
    page.fill("[name=birth_year]", "1958")
    page.locator("[name=sex][value=female]").check()
    page.fill("[name=number]", who["number"])
    page.locator("[name=phone_kind][value=own]").check()
    page.fill("[name=phone]", who["phone"])
    page.locator("[name^=step_][value=helped]").first.check()


def test_16_nothing_in_clear_stays_on_the_tablet(guest, wire, portal):
    who = person()
    guest.open(RESIDENT)
    wire.is_cut = True
    fill_person(guest.page, who)
    save(guest.page)
    expect(guest.page.locator("#slip-told")).to_contain_text("chưa gửi")
    [item] = state(guest)["items"]
    initial = who["name"].rpartition(" ")[2][0]
    assert item["label"] == f"N.T.M.S.{initial}… · •••{who['number'][-3:]}"
    everything = guest.page.evaluate(EVERYTHING)
    assert len(everything) > 10_000  # pages are kept
    for clear in (
        *who.values(),
        who["name"].encode().decode("latin1"),
        "Mẫu Số",
        who["number"][4:],
        who["phone"][3:],
    ):
        assert clear not in everything
    for field in guest.page.locator(
        "main form [name]:not([type=hidden]):not([type=radio]):not([type=checkbox])"
    ).all():
        assert field.input_value() not in who.values()  # nor on the page
    assert "Trần Văn Thử" not in everything  # who is at work is nobody's business either
    wire.is_cut = False
    send_now(guest)
    emptied(guest)
    all_applied(portal, [item["id"]])
    assert portal.rows("select count(*) from neighborhoods_resident where name = %s", who["name"]) == [(1,)]
    after = guest.page.evaluate(EVERYTHING)
    assert who["name"] not in after
    assert who["number"] not in after


@pytest.mark.soak
def test_17_the_same_card_on_two_tablets_is_one_resident_with_two_events_and_a_flag(
    guest, tablet, wire, portal
):
    who, keys = person(), []
    for guest in (guest, tablet("doitruong")):  # noqa: B020
        guest.open(RESIDENT)
        wire.is_cut = True
        fill_person(guest.page, who)
        save(guest.page)
        expect(guest.page.locator("#slip-told")).to_contain_text("chưa gửi")
        keys += ids(guest)
        wire.is_cut = False
        send_now(guest)
        emptied(guest)
    residents = portal.rows("select id from neighborhoods_resident where name = %s", who["name"])
    assert len(residents) == 1
    events = portal.rows(
        "select count(*) from neighborhoods_helpevent where resident_id = %s", residents[0][0]
    )
    assert events == [(2,)]
    first, second = rows(portal, keys)
    assert (first[1], first[5], second[1]) == ("applied", "", "applied")
    assert "Trùng số" in second[5]


# --- without network ---------------------------------------------------------------------------------------


@contextmanager
def own_profile(chromium, folder, wire):
    """A Chromium with a profile on the disk: closed and opened again it is a tablet that was switched off."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    width, height = SIZES["tablet"]
    context = chromium.browser_type.launch_persistent_context(
        str(folder), executable_path=found,
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        viewport={"width": width, "height": height}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    context.set_default_timeout(PATIENCE)
    try:
        yield context.pages[0] if context.pages else context.new_page()
    finally:
        context.close()


@pytest.mark.soak
def test_18_a_cold_start_without_network_shows_the_form_behind_the_pin(chromium, wire, portal, tmp_path):
    here = replace(portal, address=wire.address)
    who = person()
    with own_profile(chromium, tmp_path, wire) as page:
        guest = Visitor(page, here)
        at_work(guest)
    wire.is_cut = True
    with own_profile(chromium, tmp_path, wire) as page:
        guest = Visitor(page, here)
        guest.open("/viec/hom-nay/")  # not kept: the slips stand in its place
        cover = page.get_by_role("dialog", name="Máy đang khóa")
        expect(cover).to_be_visible()
        page.get_by_label("PIN của bạn").fill("975313")
        page.get_by_role("button", name="Mở máy").click()
        expect(cover).to_contain_text("PIN chưa đúng")
        open_lock(page)
        expect(page.get_by_role("heading", name="Phiếu không cần mạng")).to_be_visible()
        follow(page, "main .tile:has-text('Người mới')")
        expect(page.get_by_role("heading", name="Người mới", exact=True)).to_be_visible()
        assert page.locator(".lock-cover").count() == 0  # the PIN was right a moment ago
        fill_person(page, who)
        save(page)
        expect(page.locator("#slip-told")).to_contain_text("chưa gửi")
        [key] = ids(guest)
    for path in tmp_path.rglob("*"):  # nor does the browser itself keep what was typed
        if path.is_file():
            data = path.read_bytes()
            for clear in who.values():
                assert clear.encode() not in data, path.name
                assert clear.encode("utf-16-le") not in data, path.name
    wire.is_cut = False
    with own_profile(chromium, tmp_path, wire) as page:
        guest = Visitor(page, here)
        guest.open(OUTBOX)
        emptied(guest)
    all_applied(portal, [key])


@pytest.mark.soak
def test_18_five_wrong_pins_wipe_the_desk_and_keep_the_slips(tablet, wire):
    guest = tablet()
    wire.is_cut = True
    keep(guest)
    guest.page = guest.page.context.new_page()  # nobody has opened this tab with a PIN
    guest.open(UNNAMED)
    for number in range(5):
        guest.page.get_by_label("PIN của bạn").fill(f"97531{number}")
        guest.page.get_by_role("button", name="Mở máy").click()
        expect(guest.page.locator(".lock-cover .msg")).to_be_visible()
        guest.page.wait_for_timeout(200)
    expect(guest.page.locator(".lock-cover .msg")).to_contain_text("Máy khóa tới khi có mạng")
    left = state(guest)
    assert (len(left["items"]), left["work"]) == (1, False)


@pytest.mark.soak
def test_19_a_new_service_worker_leaves_a_full_queue_alone(guest, wire, portal):
    wire.is_cut = True
    keep(guest, 3)
    keys = ids(guest)
    wire.is_cut = False
    script = guest.page.evaluate("fetch('/viec/sw.js').then((answer) => answer.text())")
    newer = Instead(200, (script + "\n// a newer one").encode(), "text/javascript")
    wire.fault = lambda method, path: (
        newer if path == "/viec/sw.js" else Instead(503) if ENVELOPE in path else None
    )
    guest.page.evaluate("""async () => {
      const registration = await navigator.serviceWorker.getRegistration("/viec/");
      await registration.update();
      const fresh = registration.installing ?? registration.waiting;
      if (!fresh) throw new Error("no newer worker");
      while (fresh.state !== "activated") await new Promise((done) => setTimeout(done, 50));
    }""")
    guest.open(OUTBOX)
    assert ids(guest) == keys
    wire.is_cut = True
    keep(guest)  # the new worker serves the pages that were kept before
    keys = ids(guest)
    wire.is_cut, wire.fault = False, lambda method, path: None
    send_now(guest)
    emptied(guest)
    all_applied(portal, keys)


def test_a_press_on_an_ordinary_page_goes_to_the_outbox_when_the_network_is_lost(guest, wire, portal):
    guest.open(reverse("visit_unnamed"))
    wire.is_cut = True
    fill_unnamed(guest.page)
    guest.page.locator("main form button.btn-big[type=submit]").first.click()
    expect(guest.page.locator("#notice")).to_contain_text("Đã lưu trên máy – chưa gửi")
    guest.page.locator("main form button.btn-big[type=submit]").first.click()  # again: nothing more
    [key] = ids(guest)
    wire.is_cut = False
    send_now(guest)
    emptied(guest)
    all_applied(portal, [key])


def test_without_a_place_to_keep_anything_the_form_posts_online(visitor, wire, portal):
    guest = visitor("tablet", quiet_about=NO_NETWORK)
    guest.portal = replace(portal, address=wire.address)
    guest.page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    guest.login("tinhnguyen")
    place = place_of(portal, NUMBER_5)
    guest.open(f"{reverse('place_choose')}?q={place[1]}")
    submit(guest.page, f"main button[name=place][value='{place[0]}']")
    guest.open(UNNAMED)
    fill_unnamed(guest.page)
    assert submit(guest.page) in (204, 302)
    expect(guest.page.locator(".banner-ok").first).to_be_visible()


def test_practice_without_network_counts_nowhere(guest, wire, portal):
    before = portal.rows("select count(*) from neighborhoods_helpevent where not is_practice")
    wire.is_cut = True
    guest.open("/viec/phieu/")
    open_lock(guest.page)
    guest.page.get_by_role("button", name="Tập làm khi mất mạng").click()
    expect(guest.page.locator("#practising")).to_be_visible()
    follow(guest.page, "main .tile:has-text('Giúp không ghi tên')")
    expect(guest.page.locator("#practising")).to_be_visible()
    fill_unnamed(guest.page)
    save(guest.page)
    expect(guest.page.locator("#slip-told")).to_contain_text("chưa gửi")
    [key] = ids(guest)
    wire.is_cut = False
    send_now(guest)
    emptied(guest)
    assert portal.rows("select is_practice, state from field_envelope where id = %s", uuid.UUID(key)) == [
        (True, "applied")
    ]
    assert portal.rows("select count(*) from neighborhoods_helpevent where not is_practice") == before


@pytest.mark.soak
def test_a_queue_is_saved_as_a_file_and_sent_from_elsewhere(guest, wire, portal, visitor, tmp_path):
    wire.is_cut = True
    keep(guest, 2)
    keys = ids(guest)
    guest.open(OUTBOX)
    open_lock(guest.page)
    with guest.page.expect_download() as got:
        guest.page.get_by_role("button", name="Lưu thành tệp").click()
    saved = tmp_path / got.value.suggested_filename
    got.value.save_as(saved)
    assert re.fullmatch(r"phieu-chua-gui-\w+-\d{4}-\d\d-\d\d\.json", saved.name)
    assert [item["id"] for item in json.loads(saved.read_text())["items"]] == keys
    wire.is_cut = False
    office = visitor("desk", script=False)
    office.login("doitruong")
    place = place_of(portal, NUMBER_5)
    office.open(f"{reverse('place_choose')}?q={place[1]}")
    submit(office.page, f"main button[name=place][value='{place[0]}']")
    office.open(OUTBOX)
    office.page.set_input_files("[name=file]", saved)
    follow(office.page, "button:has-text('Gửi tệp')")
    expect(office.page.locator(".banner-ok").first).to_contain_text("đã nhận 2 phiếu")
    all_applied(portal, keys)
    send_now(guest)  # the tablet comes back to life: nothing is doubled
    emptied(guest)
    assert len(rows(portal, keys)) == 2


def test_a_photo_is_drawn_anew_and_says_nothing_about_where_it_was_taken(guest):
    picture, out = Image.effect_noise((3000, 2000), 80).convert("RGB"), BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Hãng máy ảnh"
    exif.get_ifd(0x8825)[1] = "N"
    picture.save(out, "JPEG", quality=95, exif=exif)
    assert b"Exif" in out.getvalue()
    shrunk = guest.page.evaluate(
        """async (text) => {
      const { shrink } = await import("/static/js/outbox/photo.js");
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const made = new Uint8Array(await shrink(new File([bytes], "a.jpg", { type: "image/jpeg" })));
      let told = "";
      for (const byte of made) told += String.fromCharCode(byte);
      return btoa(told);
    }""",
        b64encode(out.getvalue()).decode(),
    )
    made = b64decode(shrunk)
    assert len(made) <= 300 * 1024
    assert b"Exif" not in made
    with Image.open(BytesIO(made)) as small:
        assert max(small.size) <= 1600
        assert not small.getexif()


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


# --- at the market -----------------------------------------------------------------------------------------


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
    guest, page, number = at_market, at_market.page, f"9{next(_people):03}"
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


@pytest.mark.soak
def test_who_logs_out_without_network_is_covered_and_out_when_it_is_back(tablet, wire):
    guest = tablet()
    wire.is_cut = True
    keep(guest)
    guest.page.get_by_role("button", name="Đăng xuất").click()
    expect(guest.page.locator(".lock-cover")).to_contain_text("Có mạng là máy đăng xuất hẳn")
    left = state(guest)
    assert (len(left["items"]), left["work"]) == (1, False)
    guest.open(UNNAMED)
    expect(guest.page.locator(".lock-cover")).to_be_visible()
    wire.is_cut = False
    guest.page.evaluate("dispatchEvent(new Event('online'))")
    guest.page.wait_for_url("**/dang-nhap/**")
    expect(guest.page.locator("#outbox-banner")).to_contain_text("Máy này còn 1 phiếu chưa gửi")
    guest.open("/viec/hom-nay/")
    assert "/dang-nhap/" in guest.page.url  # the session is over, too
    assert len(ids(guest)) == 1


@pytest.mark.soak
def test_locking_by_hand_without_network_holds_in_every_tab(tablet, wire):
    guest = tablet()
    other = guest.page.context.new_page()
    other.goto(wire.address + "/viec/giup/")
    wire.is_cut = True
    guest.page.get_by_role("button", name="Xong, khóa máy").click()
    for page in (guest.page, other):
        expect(page.locator(".lock-cover")).to_be_visible()
    other.get_by_label("PIN của bạn").fill(PIN)  # a page with people's data waits for the server
    other.get_by_role("button", name="Mở máy").click()
    expect(other.locator(".lock-cover")).to_contain_text("Có mạng rồi gõ lại PIN")
    other.get_by_role("link", name="Ghi phiếu không cần mạng").click()
    expect(other.locator(".lock-cover")).to_be_visible()
    open_lock(other)
    expect(other.get_by_role("heading", name="Phiếu không cần mạng")).to_be_visible()
    wire.is_cut = False
    guest.page.get_by_label("PIN của bạn").fill(PIN)
    guest.page.get_by_role("button", name="Mở máy").click()
    guest.page.locator(".lock-cover").wait_for(state="detached")


# --- small functions ---------------------------------------------------------------------------------------


def test_what_an_answer_means(guest):
    """Only 200 or 201 with JSON, this id and this hash is an acknowledgement."""
    found = guest.page.evaluate("""async () => {
      const { verdict, pauseAfter } = await import("/static/js/outbox/sender.js");
      const item = { id: "a", sha256: "b" };
      const json = (words, status = 200) => Response.json(words, { status });
      const html = (status) => new Response("<p>", { status, headers: { "Content-Type": "text/html" } });
      const answers = {
        ok: json({ id: "a", sha256: "b" }), created: json({ id: "a", sha256: "b" }, 201),
        another: json({ id: "x", sha256: "b" }), changed: json({ id: "a", sha256: "x" }), empty: json(null),
        login: html(200), ended: json({}, 401), refused: html(403), broken: json({}, 400),
        odd: html(400), proxy: html(413), closed: json({}, 403),
        clash: json({}, 409),
        large: json({}, 413), often: json({}, 429), crashed: html(500), away: html(503), gone: html(404),
      };
      const told = {};
      for (const [name, answer] of Object.entries(answers)) told[name] = await verdict(answer, item);
      told.pauses = [1, 2, 3, 20].map((failures) => pauseAfter(failures, 1));
      told.shortest = pauseAfter(1, 0);
      return told;
    }""")
    assert found == {
        "ok": "kept", "created": "kept", "another": "later", "changed": "later", "empty": "later",
        "login": "login", "ended": "login", "refused": "token", "broken": "failed", "clash": "failed",
        "odd": "later", "proxy": "failed", "closed": "forbidden",
        "large": "failed", "often": "later", "crashed": "later", "away": "later", "gone": "later",
        "pauses": [30_000, 60_000, 120_000, 900_000], "shortest": 15_000,
    }  # fmt: skip


def test_what_the_browser_seals_the_server_opens_and_only_under_its_name(guest):
    private, public = sealing.make_key()
    key, id = {"id": "KEYKEYKE", "spki": b64encode(public).decode()}, uuid.uuid4()
    sealed = b64decode(
        guest.page.evaluate(
            """async ([id, key]) => {
      const { seal, hash } = await import("/static/js/outbox/seal.js");
      const photo = new Uint8Array([255, 10, 216]).buffer;
      const bytes = new Uint8Array(await seal({ fields: [["name", "Nguyễn Thị Mẫu"]] }, { id, key, photo }));
      return btoa(String.fromCharCode(...bytes));
    }""",
            [str(id), key],
        )
    )
    content = sealing.open_envelope(sealed, id=id, private=private)
    assert (content.words, content.photo) == ({"fields": [["name", "Nguyễn Thị Mẫu"]]}, b"\xff\n\xd8")
    assert sealing.key_id(sealed) == "KEYKEYKE"
    with pytest.raises(sealing.NotAnEnvelope):
        sealing.open_envelope(sealed, id=uuid.uuid4(), private=private)


def test_how_old_slips_are_spoken_of(guest):
    found = guest.page.evaluate("""async () => {
      const { advice, count, moment } = await import("/static/js/outbox/words.js");
      const { initials } = await import("/static/js/outbox/slip.js");
      const noon = Date.UTC(2026, 10, 22, 5), hour = 3_600_000; // noon in Vietnam
      const item = (hours, state = "waiting") => ({ at: noon - hours * hour, state });
      return [
        count([], noon), count([item(1), item(0, "sending"), item(0, "failed")], noon),
        count([item(25)], noon).kind,
        ...[0, 3, 25, 121].map((hours) => advice([item(0), item(hours)], noon)),
        moment(noon - hour, noon), moment(noon - 13 * hour, noon), initials("Rơ Châm H’Ví Dụ"),
      ];
    }""")
    assert found == [
        {"number": 0, "words": "", "kind": ""},
        {"number": 3, "words": "2 phiếu chưa gửi, 1 phiếu lỗi", "kind": "err"},
        "err",
        "Đã niêm phong trên máy, có mạng là tự gửi. Cũ nhất lúc 12:00.",
        "Chờ quá 2 giờ rồi, cũ nhất lúc 09:00. Tới chỗ có mạng rồi bấm gửi.",
        "Cũ nhất từ 11:00, 21-11. Tới chỗ có mạng gửi ngay, hoặc lưu thành tệp gửi từ máy khác.",
        "Cũ nhất từ 11:00, 17-11. Lưu thành tệp và gửi ngay hôm nay: có máy tự xóa sau 7 ngày không mở.",
        "11:00",
        "23:00, 21-11",
        "R.C.H.D…",
    ]
