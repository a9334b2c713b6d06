"""A round over ten cards of the demo in a real Chromium, with photos of what the portal itself printed."""

import json
import random
import re
from io import BytesIO
from itertools import count

import pypdfium2
import pytest
import qrcode
from PIL import Image, ImageFilter

from markets import vietqr
from portal.printing import reading
from tests.browser.axe import violations
from tests.browser.conftest import follow, submit
from tests.browser.test_journey import join_shift

AGRIBANK = "970405"
THIEF = "MAU0000000000098812"
WOOD = (150, 120, 90)
STRANGE, BADLY_HELD = 3, 6  # which of the ten
_next = count(1)


def hang(portal, row: str, cards: int) -> list[str]:
    """So many live cards of a row of chợ Hoa Lư, never read and up for 40 days: their stalls' keys."""
    found = portal.rows(
        "update markets_stallcard set posted_at = now() - interval '40 days',"
        " printed_at = coalesce(printed_at, now()), printed_by_id = coalesce(printed_by_id, made_by_id),"
        " posted_by_id = coalesce(posted_by_id, made_by_id) where id in (select c.id from markets_stallcard c"
        " join markets_stall s on s.id = c.stall_id join markets_market m on m.id = s.market_id"
        " where m.slug = 'cho-hoa-lu' and s.row = %s and c.void_at is null"
        " and not exists (select from markets_cardcheck k where k.card_id = c.id) order by s.label limit %s)"
        " returning (select label from markets_stall s where s.id = stall_id), stall_id",
        row,
        cards,
    )
    assert len(found) == cards
    return [str(stall) for _, stall in sorted(found)]


def print_cards(volunteer, row: str, stalls: list[str], path) -> list[Image.Image]:
    """The cards of these stalls, printed from the list of the market and cut, 130 dots an inch."""
    volunteer.open(f"/viec/sap/?row={row}")
    for stall in stalls:
        volunteer.page.check(f"input[name=stall][value='{stall}']")
    with volunteer.page.expect_download() as download:
        volunteer.page.click("button:has-text('In thẻ các sạp đã chọn')")
    download.value.save_as(path)
    cards = []
    with pypdfium2.PdfDocument(path) as document:
        for sheet in document:
            page = sheet.render(scale=130 / 72).to_pil().convert("RGB")
            wide, high = page.width // 2, page.height // 2
            boxes = [(x, y, x + wide, y + high) for y in (0, high) for x in (0, wide)]
            cards += [page.crop(box) for box in boxes]
    return cards[: len(stalls)]


def photo(card: Image.Image, *, sticker: bool = False, badly: bool = False) -> dict:
    """A photo of a card, as Playwright uploads it; with a sticker over the code, or held badly."""
    card = card.copy()
    if sticker:
        code = qrcode.make(vietqr.encode(bin=AGRIBANK, account=THIEF), border=4).get_image().convert("RGB")
        side = int(card.width * 0.8)
        card.paste(code.resize((side, side)), ((card.width - side) // 2, int(card.height * 0.16)))
    scene = Image.new("RGB", (card.width + 240, card.height + 200), WOOD)
    scene.paste(card, (120, 100))
    turned = scene.rotate(9 if badly else 2, expand=True, fillcolor=WOOD)
    turned = turned.filter(ImageFilter.GaussianBlur(1 if badly else 0.3))
    if badly:  # as grainy as it takes for the reader alone to see nothing
        data = next(one for seed in range(60) if not seen_at_once(one := saved(grainy(turned, seed))))
    else:
        data = saved(turned)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": data}


def grainy(picture: Image.Image, seed: int) -> Image.Image:
    chance, picture = random.Random(seed), picture.copy()
    for _ in range(picture.width * picture.height // 3):
        at = chance.randrange(picture.width), chance.randrange(picture.height)
        picture.putpixel(at, (chance.choice((0, 255)),) * 3)
    return picture


def saved(picture: Image.Image) -> bytes:
    out, exif = BytesIO(), Image.Exif()
    exif[0x0110] = "Bi Mat Phone"
    picture.save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()


def seen_at_once(data: bytes) -> bool:
    return bool(reading._codes(Image.open(BytesIO(data)).convert("L")))


@pytest.mark.soak  # a minute each
@pytest.mark.parametrize(
    ("row", "script"), [pytest.param("B", True, id="script"), pytest.param("A", False, id="no script")]
)
def test_a_round_over_ten_cards_finds_the_one_that_was_pasted_over(visitor, row, script, tmp_path):
    volunteer = visitor("tablet", script=script)
    page, portal = volunteer.page, volunteer.portal
    join_shift(volunteer, f"Người Soi {next(_next)}")
    stalls = hang(portal, row, 10)
    cards = dict(zip(stalls, print_cards(volunteer, row, stalls, tmp_path / "cards.pdf"), strict=True))

    volunteer.open("/viec/hom-nay/")
    follow(page, "a:has-text('Soi thẻ')")
    follow(page, f"a.chip:has-text('Dãy {row}')")
    assert "0 trên" in page.inner_text("main")
    results = []
    for number, stall in enumerate(stalls):
        label = portal.rows("select label from markets_stall where id = %s", stall)[0][0]
        volunteer.open(f"/viec/soi-the/?row={row}")
        follow(page, f".due a:has-text('Sạp {label},')")
        picture = photo(cards[stall], sticker=number == STRANGE, badly=number == BADLY_HELD)
        page.set_input_files("[name=picture]", picture)
        submit(page)
        page.wait_for_url("**/viec/soi-the/ket-qua/**")
        results.append(page.inner_text(".verdict h1"))
        if number == STRANGE:
            red = page.url
            words = page.inner_text("main")
            for said in ("Agribank •••• 8812", "Không nói ai gian", "Gọi ngay", "03002468", "báo công an"):
                assert said in words
            assert THIEF not in page.content()
    assert results == ["Tài khoản khác" if number == STRANGE else "Khớp" for number in range(10)]

    volunteer.open(f"/viec/soi-the/?row={row}")
    words = page.inner_text("main")
    assert "9 khớp, 1 có mã lạ" in words
    assert re.search(r"Đã soi 10 trên \d+", words)
    assert "Mã lạ chưa gỡ" in words
    evidence_is_kept_sealed(portal, red.rstrip("/").rpartition("/")[2])
    staff = staff_see_and_open_it(visitor, red)
    read, strange, gone = reported(staff)
    assert (read >= 10, strange) == (True, strange_cards(portal))

    volunteer.open(red.removeprefix(portal.address))
    submit(page)
    assert "Mã lạ đã gỡ" in page.inner_text("main")
    assert reported(staff) == (read, strange, gone + 1)


def evidence_is_kept_sealed(portal, check: str) -> None:
    rows = portal.rows(
        "select c.result, f.size, encode(f.content, 'escape'), encode(c.found, 'escape')"
        " from markets_cardcheck c join privacy_sealedfile f on f.id = c.photo_id where c.id = %s",
        check,
    )
    ((result, size, content, found),) = rows
    assert (result, size <= 300 * 1024) == ("other", True)
    assert "JFIF" not in content
    assert THIEF not in found


def strange_cards(portal) -> int:
    """Where strange codes were ever found: at cards, or at none."""
    sql = "select count(distinct coalesce(card_id, id)) from markets_cardcheck where result = 'other'"
    return portal.rows(sql)[0][0]


def reported(staff) -> tuple[int, ...]:
    """Cards that were read, of them strange, of these gone, as the report of all markets counts them."""
    staff.open("/bao-cao/sap/")
    numbers = staff.page.locator("#soi-the b.num").all_inner_texts()
    return tuple(int(number.replace(".", "")) for number in numbers[:3])


def staff_see_and_open_it(visitor, red: str):
    staff = visitor("desk")
    staff.login("canbo")
    staff.open("/can-xu-ly/")
    words = staff.page.inner_text("main")
    assert "Mã lạ ở sạp chưa gỡ" in words
    staff.open(f"{red.removeprefix(staff.portal.address)}anh/")
    staff.page.check("[name=reason][value=check_card]")
    with staff.page.expect_download() as download:
        staff.page.click("main [type=submit]")
    data = download.value.path().read_bytes()
    assert Image.open(BytesIO(data)).format == "JPEG"
    assert b"Bi Mat Phone" not in data
    return staff


def test_the_pages_of_a_round_are_open_to_everybody_and_fit_their_screens(visitor):
    """axe in light and dark, no wider than the screen; look at what came of all three kinds of looks."""
    for size, dark in (("phone", False), ("tablet", False), ("desk", True)):
        volunteer = visitor(size, dark=dark)
        page, portal = volunteer.page, volunteer.portal
        join_shift(volunteer, f"Người Soi {next(_next)}")
        stall = hang(portal, "C", 1)[0]
        card = portal.rows("select id from markets_stallcard where stall_id = %s and void_at is null", stall)
        looks = {
            "strange": vietqr.encode(bin=AGRIBANK, account=THIEF),
            "unreadable": None,
        }
        paths = [
            "/viec/soi-the/",
            "/viec/soi-the/quet/",
            f"/viec/soi-the/{card[0][0]}/",
            "/viec/quay-lai/",
            "/viec/hom-nay/",
        ]
        for path in paths:
            volunteer.open(path)
            fits(volunteer, path)
        for name, text in looks.items():
            volunteer.open(f"/viec/soi-the/{card[0][0]}/")
            picture = qrcode.make(text).get_image() if text else Image.new("RGB", (400, 300), "white")
            out = BytesIO()
            picture.convert("RGB").save(out, "JPEG")
            upload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
            page.set_input_files("[name=picture]", upload)
            submit(page)
            page.wait_for_url("**/viec/soi-the/ket-qua/**")
            fits(volunteer, f"{name} {json.dumps(size)}")


def fits(volunteer, name: str) -> None:
    assert (name, violations(volunteer.page)) == (name, [])
    over = volunteer.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert (name, over) == (name, 0)
