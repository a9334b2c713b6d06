"""The outbox on a tablet without network: what is kept, behind what, and what is not left in clear.

The numbers are those of the issue. Those that take long run in `make soak`.
"""

import json
import re
import uuid
from base64 import b64decode, b64encode
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from portal.home.sample.grounds import NUMBER_5
from tests import programs
from tests.browser.conftest import EVERYTHING, PATIENCE, PIN, SIZES, Visitor, follow, submit
from tests.browser.outbox.tablet import (
    ENVELOPE,
    NO_NETWORK,
    OUTBOX,
    RESIDENT,
    UNNAMED,
    all_applied,
    at_work,
    emptied,
    fill_person,
    fill_unnamed,
    ids,
    keep,
    open_lock,
    person,
    place_of,
    rows,
    save,
    send_now,
    state,
)
from tests.wire import Instead


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
    width, height = SIZES["tablet"]
    context = chromium.browser_type.launch_persistent_context(
        str(folder), executable_path=programs.whole(), args=programs.ARGUMENTS,
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
