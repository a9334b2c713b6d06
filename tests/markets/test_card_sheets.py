"""Stall cards on paper: what a phone reads from the sheet, what the words are, that nothing is clipped."""

import unicodedata
from dataclasses import replace
from datetime import date
from io import BytesIO

import pypdfium2
import pytest

from markets import cards
from markets.cards import A6, TENT, WALL, CardFace, CardMismatch, check_sheet, checked_sheet_pdf, sheet_pdf
from portal.printing import reading

MM = 25.4 / 72
HARD_NAMES = [
    "Nguyễn Hoàng Phương Thảo Ví Dụ Dài",
    "Nguyễn Ngọc Phượng Uyển Hoàng Thị Mỹ Lệ Ễ Ộ Ậ Trương Diễm Ái",
    "Ƀơ̆k Čŏ ƀah Ñôm Rơ̆châm H’Ƀlŏ Ayŭn Kơ̆pă",
    "NGUYEN THI MAU",
    "Office fi fl ffi – “a” ‘b’ …",
]
MARKUP = [
    "#strong[x] *a* _b_ `c`",
    r"\ \\ \u{41} \"x\" $x^2$",
    "@ref <label> // x /* y */",
    '"], "last4": "0000", "x": ["',
    "= Tên --- -- ~ #panic()",
    "</svg><script>&amp;",
]


def payload(account: str = "MAU0000000000001234") -> str:
    return f"00020101021138630010A000000727013300069704150119{account}0208QRIBFTTA53037045802VN6304ABCD"


def face(number: int = 0, **changes) -> CardFace:
    plain = CardFace(
        serial=f"GL-0423-{number:03}",
        check_address="thanhnien.example.vn/t/7F3KM2Q7",
        stall_name="Rau sạch chị H’Mẫu",
        stall_line=f"Sạp B{number:02}, chợ Hoa Lư",
        holder="Siu H’Mẫu",
        bank_name="BIDV",
        last4=f"{4729 + number}",
        payload=payload(f"MAU{number:016}"),
        printed_on=date(2026, 11, 20),
    )
    return replace(plain, **changes)


def faces(count: int) -> list[CardFace]:
    return [face(number) for number in range(count)]


def words_on(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.parametrize("count", [1, 4, 5])
def test_each_card_reads_back_as_its_own_payload_in_its_own_place(count):
    pdf = checked_sheet_pdf(faces(count), demo=False)
    pages = reading.codes_on_pages(pdf)
    assert [len(page) for page in pages] == [min(4, count - start) for start in range(0, count, 4)]
    for number, one in enumerate(faces(count)):
        sheet, place = divmod(number, 4)
        left, top = place % 2 * 105, place // 2 * 148.5
        (content,) = (
            code.content for code in pages[sheet] if left < code.x < left + 105 and top < code.y < top + 148.5
        )
        assert content.decode() == one.payload


def test_many_cards_are_one_file_in_their_order():
    pdf = checked_sheet_pdf(faces(45), demo=True)
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 12
        assert document.get_metadata_value("Title") == "Thẻ sạp, 45 thẻ"
        assert all(page.get_size() == pytest.approx((210 / MM, 297 / MM), abs=0.1) for page in document)


@pytest.mark.parametrize("length", [331, 512])
def test_a_long_kept_code_is_printed_unchanged(length):
    kept = (payload() + "62990895" + "Cảm ơn! " * 99)[:length]
    assert len(kept) == length
    checked_sheet_pdf([face(payload=kept), face(1)], demo=True)


def test_the_code_keeps_four_white_modules_around_it_demo_or_not():
    for demo in (False, True):
        with pypdfium2.PdfDocument(sheet_pdf([face()], demo=demo)) as document:
            picture = document[0].render(scale=300 / 72, grayscale=True).to_pil()
        dot = 300 / 25.4
        side = len(cards.qr.matrix(face().payload))
        module = 80 / (side + 8) * dot
        left, top = 12.5 * dot, 16.3 * dot
        quiet = [
            (left, top, left + 80 * dot, top + 4 * module),
            (left, top + (side + 4) * module, left + 80 * dot, top + 80 * dot),
            (left, top, left + 4 * module, top + 80 * dot),
            (left + (side + 4) * module, top, left + 80 * dot, top + 80 * dot),
        ]
        for x0, y0, x1, y1 in quiet:
            assert picture.crop(
                (round(x0) + 2, round(y0) + 2, round(x1) - 2, round(y1) - 2)
            ).getextrema() == (
                255,
                255,
            )
        assert picture.getpixel((round(left + 4.5 * module), round(top + 4.5 * module))) == 0


def test_the_serial_and_the_check_address_stand_as_text_and_never_as_a_second_code():
    pdf = sheet_pdf([face()], demo=False)
    assert [len(page) for page in reading.codes_on_pages(pdf)] == [1]
    assert "thanhnien.example.vn/t/7F3KM2Q7" in words_on(pdf)
    assert "GL-0423-000" in words_on(pdf)
    assert "In 20-11-2026" in words_on(pdf)


@pytest.mark.parametrize("name", HARD_NAMES + MARKUP)
def test_a_name_is_printed_letter_by_letter(name):
    pdf = checked_sheet_pdf([face(holder=name, stall_name=name, stall_line=name)], demo=False)
    printed = " ".join(unicodedata.normalize("NFC", words_on(pdf)).split())
    assert printed.count(" ".join(unicodedata.normalize("NFC", name).split())) == 3


def test_only_demo_cards_say_that_they_are_samples():
    one = face(holder="Siu H’Lan", stall_name="Rau sạch")
    assert words_on(sheet_pdf([one, one], demo=True)).count("MẪU – không chuyển tiền") == 4
    assert "MẪU" not in words_on(sheet_pdf([one, one], demo=False))


def test_the_same_cards_give_the_same_bytes():
    assert sheet_pdf(faces(5), demo=True) == sheet_pdf(faces(5), demo=True)


def test_nothing_to_print_is_refused():
    with pytest.raises(ValueError, match="Chưa chọn thẻ"):
        sheet_pdf([], demo=True)


# Nothing is clipped or overlaps


def inked(pdf: bytes) -> list[tuple[str, float, float, float, float]]:
    """Each printed letter of the first page: the letter and its ink's left, top, right, bottom in mm."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        text, height = page.get_textpage(), page.get_height()
        boxes = [
            (text.get_text_range(at, 1), text.get_charbox(at))
            for at in range(text.count_chars())
            if text.get_text_range(at, 1).strip("\r\n \u200b\xa0")
        ]
        return [
            (letter, left * MM, (height - top) * MM, right * MM, (height - bottom) * MM)
            for letter, (left, bottom, right, top) in boxes
        ]


WIDEST = [
    "W" * 60,
    "Ễ" * 60,
    "Ậ" * 60,
    "Ơ̆" * 30,
    "Ƀ" * 60,
    ("Ư" * 9 + " ") * 6,
    "m" * 60,
    "Nguyễn Ngọc Phượng Uyển Hoàng Thị Mỹ Lệ Ễ Ộ Ậ Trương Diễm Ái",
]


def widest_face(name: str, bank: str) -> CardFace:
    return face(
        serial="GL-0423-0423-017-017",
        holder=name,
        stall_name=name,
        stall_line="Sạp B07, chợ Trung tâm thương mại phường Pleiku, cổng số 3",
        bank_name=bank,
        last4="WWWW",
    )


def overlapping(letters) -> list[tuple[str, str]]:
    return [
        (a[0], b[0])
        for number, a in enumerate(letters)
        for b in letters[:number]
        if min(a[3], b[3]) - max(a[1], b[1]) > 0.25 and min(a[4], b[4]) - max(a[2], b[2]) > 0.25
    ]


@pytest.mark.parametrize("bank", ["BIDV", "United Overseas Bank Vietnam", "Bank " * 12])
@pytest.mark.parametrize("name", WIDEST)
def test_sixty_wide_letters_stay_on_the_card_and_apart(name, bank):
    one = widest_face(name, bank)
    letters = inked(checked_sheet_pdf([one], demo=False))
    assert min(left for _, left, *_ in letters) >= 6 - 0.1
    assert max(right for *_, right, _ in letters) <= 99 + 0.1
    assert max(bottom for *_, bottom in letters) <= 148.5 - 6 - 3.875
    words = [box for box in letters if box[2] >= 96.3 - 0.05]
    assert len(words) == len([box for box in letters if box[4] > 96.3])  # none reaches into the quiet zone
    assert overlapping(words) == []


def test_an_ordinary_name_is_seventeen_points_high_and_the_digits_twenty():
    assert {17.0, 20.0, 11.0, 8.5} <= sizes_of(sheet_pdf([face()], demo=False))


def sizes_of(pdf: bytes) -> set[float]:
    """The sizes of the letters on the first page, in points."""
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [item for item in document[0].get_objects() if isinstance(item, pypdfium2.PdfTextObj)]
        return {round(item.get_font_size(), 1) for item in texts}


# Tents and wall cards


@pytest.mark.parametrize("layout", [TENT, WALL])
@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize("name", [*HARD_NAMES, *MARKUP, *WIDEST])
def test_any_name_is_printed_letter_by_letter_on_tents_and_wall_cards(layout, demo, name):
    checked_sheet_pdf([widest_face(name, "United Overseas Bank Vietnam")], demo=demo, layout=layout)


@pytest.mark.parametrize(("layout", "on_sheet"), [(TENT, 2), (WALL, 1)])
def test_every_layout_is_one_file_in_the_order_of_the_cards(layout, on_sheet):
    pages = reading.codes_on_pages(checked_sheet_pdf(faces(45), demo=True, layout=layout))
    codes = [code.content.decode() for page in pages for code in sorted(page, key=lambda code: code.x)]
    sides = len(layout.places[0])
    assert len(pages) == -(-45 // on_sheet)
    assert sorted(codes) == sorted(one.payload for one in faces(45) for _ in range(sides))


def test_a_tent_shows_its_code_upright_to_both_sides_of_the_fold():
    pdf = sheet_pdf([face(1)], demo=False, layout=TENT)
    (page,) = reading.codes_on_pages(pdf)
    upper, lower = sorted(page, key=lambda code: code.y)
    assert upper.content == lower.content == face(1).payload.encode()
    assert upper.y < 105 < lower.y
    # Turned about the middle of the fold, one face lies on the other.
    assert (upper.x, upper.y) == pytest.approx((148.5 - lower.x, 210 - lower.y), abs=0.3)


@pytest.mark.parametrize(("top", "side"), [(0, "upper"), (105, "lower")])
def test_a_tent_with_one_face_painted_over_is_a_mismatch(top, side):
    painted = painted_over(sheet_pdf(faces(2), demo=True, layout=TENT), 150, 210 - top - 105, 145, 105)
    with pytest.raises(CardMismatch, match=r"Thẻ GL-0423-001: mã QR trên tờ in không đọc lại được"):
        check_sheet(painted, faces(2), layout=TENT)


@pytest.mark.parametrize("layout", [TENT, WALL])
@pytest.mark.parametrize("changes", [{"payload": payload("MAU0000000009999999")}, {"holder": "Siu H’Mẫn"}])
def test_a_tent_or_wall_card_that_differs_from_the_record_is_named(layout, changes):
    with pytest.raises(CardMismatch, match=r"Thẻ GL-0423-003: "):
        check_sheet(sheet_pdf(altered(3, **changes), demo=True, layout=layout), faces(6), layout=layout)


def test_sheets_of_another_layout_are_a_mismatch():
    with pytest.raises(CardMismatch):
        check_sheet(sheet_pdf(faces(4), demo=True, layout=A6), faces(4), layout=TENT)


@pytest.mark.parametrize("length", [93, 331, 512])
def test_the_symbol_of_a_wall_card_is_at_least_150_mm(length):
    kept = (payload("1")[:90] + "62990895" + "Cảm ơn! " * 99)[:length]
    with pypdfium2.PdfDocument(checked_sheet_pdf([face(payload=kept)], demo=False, layout=WALL)) as document:
        picture = document[0].render(scale=100 / 72, grayscale=True).to_pil()
    black = picture.crop((0, 100, picture.width, 830)).point(lambda grey: 255 * (grey < 128))
    left, _, right, _ = black.getbbox()
    assert (right - left) / 100 * 25.4 >= 150


@pytest.mark.parametrize(
    ("name", "least"),
    [("Siu H’Mẫu", 60), ("Nguyễn Hoàng Phương Thảo Ví Dụ Dài", 40), (HARD_NAMES[2], 40)],
)
def test_the_name_on_a_wall_card_is_at_least_forty_points_high(name, least):
    pdf = sheet_pdf([face(holder=name, bank_name="United Overseas Bank Vietnam")], demo=True, layout=WALL)
    assert max(sizes_of(pdf)) >= least


@pytest.mark.parametrize("name", WIDEST)
def test_words_on_a_wall_card_stay_apart_and_out_of_the_quiet_zone(name):
    letters = inked(checked_sheet_pdf([widest_face(name, "Bank " * 12)], demo=False, layout=WALL))
    assert min(left for _, left, *_ in letters) >= 6 - 0.1
    assert max(right for *_, right, _ in letters) <= 204 + 0.1
    words = [box for box in letters if box[4] > 211.5]
    assert min(top for _, _, top, *_ in words) >= 211.4
    assert max(bottom for *_, bottom in words) <= 297 - 6 - 8.25
    assert overlapping(words) == []


@pytest.mark.parametrize("name", WIDEST)
@pytest.mark.parametrize("bank", ["BIDV", "United Overseas Bank Vietnam", "Bank " * 12])
def test_words_on_a_tent_stay_apart_and_out_of_the_quiet_zone(name, bank):
    letters = inked(checked_sheet_pdf([widest_face(name, bank)], demo=False, layout=TENT))
    lower = [box for box in letters if box[2] > 105]
    meta_top = 210 - 6 - 4.14 - 4.8
    words = [box for box in lower if box[4] < meta_top]
    assert min(left for _, left, *_ in words) >= 81
    assert max(right for *_, right, _ in lower) <= 142.5 + 0.1
    assert max(bottom for *_, bottom in lower) <= 210 - 6 - 4.13
    assert overlapping(lower) == []


# The check before printing


def altered(number: int, **changes) -> list[CardFace]:
    return [face(at, **changes) if at == number else face(at) for at in range(6)]


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": payload("MAU0000000009999999")},
        {"holder": "Siu H’Mẫn"},
        {"holder": "Siu H’Mẫu Hai"},
        {"holder": "H’Mẫu"},
        {"serial": "GL-0423-099"},
        {"last4": "0000"},
        {"bank_name": "BIDV2"},
        {"stall_name": "Rau sạch chị H’Mẩu"},
        {"check_address": "thanhnien.example.vn/t/7F3KM2QQ"},
    ],
)
@pytest.mark.parametrize("number", [0, 3, 5])
def test_a_card_that_differs_from_the_record_stops_the_print_and_is_named(number, changes):
    printed = sheet_pdf(altered(number, **changes), demo=True)
    with pytest.raises(CardMismatch, match=f"Thẻ GL-0423-00{number}: ") as stopped:
        check_sheet(printed, faces(6))
    assert stopped.value.serial == f"GL-0423-00{number}"


def test_two_cards_with_each_others_codes_are_a_mismatch():
    first, second = face(1), face(2)
    swapped = [replace(first, payload=second.payload), replace(second, payload=first.payload)]
    with pytest.raises(CardMismatch, match=r"Thẻ GL-0423-001: mã QR trên tờ in khác"):
        check_sheet(sheet_pdf(swapped, demo=True), [first, second])


def test_two_cards_in_each_others_place_are_a_mismatch():
    with pytest.raises(CardMismatch, match=r"GL-0423-001"):
        check_sheet(sheet_pdf([face(2), face(1)], demo=True), [face(1), face(2)])


def test_a_code_longer_by_one_letter_is_a_mismatch():
    with pytest.raises(CardMismatch, match="khác mã đã lưu"):
        check_sheet(sheet_pdf([face(payload=payload() + "0")], demo=True), [face(payload=payload())])


def test_missing_and_extra_cards_are_a_mismatch():
    with pytest.raises(CardMismatch, match="không đọc lại được"):
        check_sheet(sheet_pdf(faces(3), demo=True), faces(4))
    with pytest.raises(CardMismatch, match="thừa"):
        check_sheet(sheet_pdf(faces(4), demo=True), faces(3))
    with pytest.raises(CardMismatch, match="có 2 tờ"):
        check_sheet(sheet_pdf(faces(5), demo=True), faces(4))


def painted_over(pdf: bytes, left: float, bottom: float, width: float, height: float) -> bytes:
    """The sheets with a white patch on the first: its lower left corner and size in mm, as PDF counts."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        box = (length / MM for length in (left, bottom, width, height))
        cover = pypdfium2.raw.FPDFPageObj_CreateNewRect(*box)
        pypdfium2.raw.FPDFPageObj_SetFillColor(cover, 255, 255, 255, 255)
        pypdfium2.raw.FPDFPath_SetDrawMode(cover, pypdfium2.raw.FPDF_FILLMODE_ALTERNATE, 0)
        pypdfium2.raw.FPDFPage_InsertObject(page, cover)
        page.gen_content()
        painted = BytesIO()
        document.save(painted)
    return painted.getvalue()


def test_a_code_painted_over_is_a_mismatch():
    painted = painted_over(sheet_pdf(faces(2), demo=True), 130, 200, 40, 80)
    with pytest.raises(CardMismatch, match=r"Thẻ GL-0423-001: mã QR trên tờ in không đọc lại được"):
        check_sheet(painted, faces(2))


def test_a_letter_that_our_font_lacks_stops_the_print():
    with pytest.raises(CardMismatch, match="không có ký tự 漢"):
        checked_sheet_pdf([face(holder="Siu 漢 Mẫu")], demo=False)
