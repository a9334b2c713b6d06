"""The camera's reader in a real Chromium whose camera plays a film of what the portal printed."""

import re
from contextlib import ExitStack
from datetime import date
from io import BytesIO
from itertools import count
from urllib.parse import urlsplit

import pypdfium2
import pytest
import qrcode
from django.contrib.staticfiles import finders
from PIL import Image, ImageFilter
from playwright.sync_api import expect

from markets import vietqr
from markets.cards import CardFace, checked_sheet_pdf
from portal.camera import PROGRAM
from tests import programs
from tests.browser.axe import violations
from tests.browser.conftest import EVERYTHING, PATIENCE, SIZES, Visitor, follow, submit
from tests.builders import BIDV

ACCOUNT = "MAU0000000000004729"
FRAME = (1280, 720)
_stalls = count(1)

needs_reader = pytest.mark.skipif(
    not finders.find(PROGRAM), reason="npm could not fetch the camera's reader (make test says why)"
)


# --- films -------------------------------------------------------------------------------------------------


def printed_card(account: str = ACCOUNT) -> Image.Image:
    """One card of a sheet as the portal prints it, 120 dots an inch."""
    face = CardFace(
        serial="GL-0423-001",
        check_address="thanhnien.example.vn/t/7F3KM2Q7",
        stall_name="Rau sạch chị H’Mẫu",
        stall_line="Sạp B07, chợ Mẫu",
        holder="Siu H’Mẫu",
        bank_name="BIDV",
        last4=account[-4:],
        payload=vietqr.encode(bin=BIDV, account=account),
        printed_on=date(2026, 11, 20),
    )
    with pypdfium2.PdfDocument(checked_sheet_pdf([face], demo=True)) as sheet:
        page = sheet[0].render(scale=120 / 72).to_pil()
    return page.crop((0, 0, page.width // 2, page.height // 2))


def code(text: str) -> Image.Image:
    return qrcode.make(text, border=4, box_size=8).get_image()


def film(path, *pictures):
    """A film for the fake camera: the pictures side by side on a dark table, a little tilted and soft."""
    frame = Image.new("RGB", FRAME, (70, 60, 50))
    for number, picture in enumerate(pictures, start=1):
        held = picture.convert("RGB")
        held.thumbnail((600, 620))
        held = held.rotate(4, expand=True, fillcolor=(70, 60, 50), resample=Image.Resampling.BICUBIC)
        middle = FRAME[0] * number // (len(pictures) + 1)
        frame.paste(held, (middle - held.width // 2, (FRAME[1] - held.height) // 2))
    jpeg = BytesIO()
    frame.filter(ImageFilter.GaussianBlur(0.8)).save(jpeg, "JPEG", quality=80)
    path.write_bytes(jpeg.getvalue() * 3)
    return path


@pytest.fixture
def filmed(portal, chromium, tmp_path):
    """`filmed(picture, …)` opens a window whose camera shows these; no picture at all is an empty table.

    What its console complains of, and any request that leaves the portal, fails the test.
    """
    guests = []
    with ExitStack() as stack:

        def make(*pictures, size="tablet", allowed=True) -> Visitor:
            shown = film(tmp_path / f"{len(guests)}.mjpeg", *pictures)
            arguments = [*programs.ARGUMENTS]
            arguments += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={shown}"]
            arguments += ["--use-fake-ui-for-media-stream"] if allowed else ["--deny-permission-prompts"]
            browser = chromium.browser_type.launch(executable_path=programs.whole(), args=arguments)
            stack.callback(browser.close)
            width, height = SIZES[size]
            context = browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
            guest = Visitor(context.new_page(), portal)
            context.set_default_timeout(PATIENCE)
            guest.asked = []
            guest.page.on("request", lambda request: guest.asked.append(request.url))
            guest.page.on("console", lambda said: _note(guest, said))
            guest.page.on("pageerror", lambda error: guest.complaints.append(str(error)))
            guests.append(guest)
            return guest

        yield make
        for guest in guests:
            assert guest.complaints == []
            assert {urlsplit(url).netloc for url in guest.asked} == {urlsplit(portal.address).netloc}


def _note(guest, said) -> None:
    if said.type == "error" and "Failed to load resource" not in said.text:
        guest.complaints.append(said.text)


def to_account_page(guest) -> None:
    """As a volunteer, from the login to the account of a new stall."""
    page = guest.page
    guest.login("tinhnguyen")
    guest.open("/viec/sap/moi/")
    if "/doi-noi/" in page.url:
        submit(page, "button:has-text('Chọn Chợ')")
    page.fill("[name=row]", "CAM")
    page.fill("[name=number]", f"{next(_stalls)}")
    page.select_option("[name=goods]", index=1)
    submit(page, "main form [type=submit]")
    page.check("[name=purposes][value=market_card]")
    submit(page, "button:text-matches('Đồng ý|đi tiếp')")
    page.fill("[name=name]", "Siu H’Mẫu")
    submit(page, "main button:has-text('Lưu')")
    expect(page.get_by_role("button", name="Đọc mã trong ảnh")).to_be_visible()


def start(guest):
    """Presses the button; gives the line in which the component speaks."""
    guest.page.get_by_role("button", name="Quét bằng camera").click()
    return guest.page.locator("camera-reader [role=status]")


def is_filming(page) -> bool:
    return page.evaluate("document.querySelector('camera-reader video').srcObject?.active ?? false")


def camera_of(page):
    """The camera's track, to be asked for its state after it has left the page."""
    return page.evaluate_handle("document.querySelector('camera-reader video').srcObject.getTracks()[0]")


def state_of(track) -> str:
    return track.evaluate("track => track.readyState")


# --- payment codes -----------------------------------------------------------------------------------------


@needs_reader
def test_a_printed_card_is_read_and_nothing_of_it_stays_in_the_browser(filmed):
    guest = filmed(printed_card())
    to_account_page(guest)
    start(guest)
    expect(guest.page.get_by_text("Mã này trả tiền về")).to_be_visible()
    expect(guest.page.locator(".readout")).to_contain_text("4729")
    assert any("zxing_reader" in url for url in guest.asked)
    assert not any(ACCOUNT in url for url in guest.asked)
    assert ACCOUNT not in guest.page.content()
    assert ACCOUNT not in guest.page.evaluate(EVERYTHING)

    guest.page.fill("[name=holder]", "SIU HMAU")
    submit(guest.page, "main form [type=submit]")
    expect(guest.page).to_have_url(re.compile("/the/$"))
    expect(guest.page.locator("main")).to_contain_text("4729")


@needs_reader
def test_a_web_address_is_named_as_such_and_stop_ends_the_camera(filmed):
    guest = filmed(code("https://thanhnien.example.vn/t/7F3KM2Q7"))
    to_account_page(guest)
    says = start(guest)
    expect(says).to_contain_text("địa chỉ web")
    assert is_filming(guest.page)
    track = camera_of(guest.page)
    guest.page.get_by_role("button", name="Dừng").click()
    assert state_of(track) == "ended"
    expect(guest.page.get_by_role("button", name="Quét bằng camera")).to_be_focused()
    expect(guest.page.get_by_role("button", name="Dừng")).to_be_hidden()


@needs_reader
def test_in_a_round_a_sticker_that_is_no_payment_code_is_red(filmed, portal):
    """A wallet's or a web address's code over the card is what the round looks for, not a wrong scan."""
    guest = filmed(code("https://vi-dien-tu.example/p/98812"))
    guest.login("tinhnguyen")
    guest.open("/viec/sap/")
    if "/doi-noi/" in guest.page.url:
        submit(guest.page, "button:has-text('Chọn Chợ Hoa Lư')")
    card = portal.rows(
        "select c.id from markets_stallcard c join markets_stall s on s.id = c.stall_id join markets_market m"
        " on m.id = s.market_id where m.slug = 'cho-hoa-lu' and tried_at is not null and void_at is null"
        " limit 1"
    )[0][0]
    guest.open(f"/viec/soi-the/{card}/")
    start(guest)
    expect(guest.page).to_have_url(re.compile("/viec/soi-the/ket-qua/"))
    expect(guest.page.locator(".verdict h1")).to_have_text("Tài khoản khác")
    expect(guest.page.locator("main")).to_contain_text("không phải mã VietQR")


@needs_reader
def test_the_identity_card_is_refused_without_a_word_of_it_on_the_page(filmed):
    guest = filmed(code("064158000123|123456789|Nguyen Thi Mau|13051958|Nu|To 2, Phuong Mau|25042021"))
    guest.open("/vao-ca/")
    expect(start(guest)).to_contain_text("thẻ căn cước")
    assert "064158000123" not in guest.page.content()


@needs_reader
def test_of_two_codes_at_once_none_is_taken(filmed):
    guest = filmed(printed_card(), printed_card("MAU0000000000001111"))
    guest.open("/vao-ca/")
    expect(start(guest)).to_contain_text("hai mã cùng lúc")


@needs_reader
def test_advice_comes_after_a_quarter_of_a_minute_and_the_camera_goes_off_by_itself(filmed):
    guest = filmed()
    guest.page.clock.install()
    guest.open("/vao-ca/")
    says = start(guest)
    expect(says).to_contain_text("Đưa mã vào giữa khung")
    guest.page.clock.fast_forward(16_000)
    expect(says).to_contain_text("Chưa thấy mã nào")
    assert is_filming(guest.page)
    guest.page.clock.fast_forward(120_000)
    expect(says).to_contain_text("Camera đã tắt")
    assert not is_filming(guest.page)


HIDDEN = """Object.defineProperty(document, "hidden", { value: true, configurable: true });
document.dispatchEvent(new Event("visibilitychange"))"""


@needs_reader
@pytest.mark.parametrize(
    "end",
    [HIDDEN, "dispatchEvent(new Event('pagehide'))", "document.querySelector('camera-reader').remove()"],
    ids=["hidden", "left", "removed"],
)
def test_a_page_that_is_hidden_left_or_changed_lets_go_of_the_camera(filmed, end):
    """The events are sent by hand: a headless browser shows each of its pages all the time."""
    guest = filmed()
    guest.open("/vao-ca/")
    expect(start(guest)).to_contain_text("giữa khung")
    track = camera_of(guest.page)
    assert state_of(track) == "live"
    guest.page.evaluate(end)
    assert state_of(track) == "ended"


@needs_reader
@pytest.mark.parametrize("size", ["phone", "tablet"])
def test_the_open_camera_is_reachable_by_keys_and_fits_and_axe_finds_nothing(filmed, size):
    guest = filmed(size=size)
    guest.open("/vao-ca/")
    button = guest.page.get_by_role("button", name="Quét bằng camera")
    assert button.bounding_box()["height"] >= 56
    button.press("Enter")
    expect(guest.page.get_by_role("button", name="Dừng")).to_be_focused()
    expect(guest.page.locator("camera-reader [role=status]")).to_contain_text("giữa khung")
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert violations(guest.page) == []
    guest.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    assert not is_filming(guest.page)


# --- shift codes -------------------------------------------------------------------------------------------


@needs_reader
def test_the_code_on_the_leaders_screen_leads_into_the_shift(filmed, visitor):
    leader = visitor("tablet")
    leader.login("doitruong")
    leader.open("/ca/")
    follow(leader.page, "main table a")
    shown = leader.page.locator(".qr-box svg").screenshot()
    guest = filmed(Image.open(BytesIO(shown)))
    guest.open("/vao-ca/")
    start(guest)
    expect(guest.page.get_by_role("heading", name="Vào ca ở")).to_be_visible()
    assert re.search("/vao-ca/[2-9A-Z]{8}/$", guest.page.url)


@needs_reader
def test_a_code_that_leads_to_another_host_is_never_opened(filmed):
    guest = filmed(code("https://tinhdoan-gialai.example/vao-ca/7F3KM2Q7/"))
    guest.open("/vao-ca/")
    expect(start(guest)).to_contain_text("trang khác (tinhdoan-gialai.example)")
    assert guest.page.url.endswith("/vao-ca/")


# --- where there is no camera, or another reader -----------------------------------------------------------


@needs_reader
def test_who_refuses_the_camera_hears_how_to_allow_it_and_what_else_can_be_done(filmed):
    guest = filmed(allowed=False)
    guest.open("/vao-ca/")
    says = start(guest)
    expect(says).to_contain_text("cho phép camera")
    expect(says).to_contain_text("gõ 8 ký tự của mã")


@needs_reader
def test_a_reader_lost_on_the_way_is_fetched_again_at_the_next_press(filmed, portal):
    shift = portal.rows("select code_id from accounts_shift where closed_at is null limit 1")[0][0]
    guest = filmed(code(f"{portal.address}/vao-ca/{shift}/"))
    guest.open("/vao-ca/")
    guest.page.route("**/zxing/reader*.js", lambda route: route.abort())
    expect(start(guest)).to_contain_text("Xem lại mạng rồi quét lại")
    assert not is_filming(guest.page)
    guest.page.unroute("**/zxing/reader*.js")
    start(guest)
    expect(guest.page).to_have_url(f"{portal.address}/vao-ca/{shift}/")


@needs_reader
def test_a_machine_without_camera_says_so(visitor):
    guest = visitor("phone")
    guest.page.context.grant_permissions(["camera"])
    guest.open("/vao-ca/")
    expect(start(guest)).to_contain_text("không có camera")


@needs_reader
def test_where_the_browsers_own_reader_fails_each_time_the_fetched_one_takes_over(filmed, portal):
    shift = portal.rows("select code_id from accounts_shift where closed_at is null limit 1")[0][0]
    address = f"{portal.address}/vao-ca/{shift}/"
    guest = filmed(code(address))
    guest.page.add_init_script(
        """globalThis.BarcodeDetector = class {
          static async getSupportedFormats() { return ["qr_code"]; }
          async detect() { throw new DOMException("no service", "NotSupportedError"); }
        }"""
    )
    guest.open("/vao-ca/")
    start(guest)
    expect(guest.page).to_have_url(address)
    assert any("zxing" in url for url in guest.asked)


def test_a_browser_with_its_own_reader_uses_that_and_fetches_none(filmed, portal):
    """Debian's Chromium has none: this one answers as Android's does, by the standard's interface."""
    shift = portal.rows("select code_id from accounts_shift where closed_at is null limit 1")[0][0]
    address = f"{portal.address}/vao-ca/{shift}/"
    guest = filmed()
    guest.page.add_init_script(
        f"""globalThis.BarcodeDetector = class {{
          static async getSupportedFormats() {{ return ["qr_code"]; }}
          async detect(video) {{ return video.videoWidth ? [{{ rawValue: "{address}" }}] : []; }}
        }}"""
    )
    guest.open("/vao-ca/")
    start(guest)
    expect(guest.page).to_have_url(address)
    assert not any("zxing" in url for url in guest.asked)
