"""Stall cards: the sheets a volunteer prints, and the check that keeps a wrong card from being printed.

A card shows one vendor's payment code, the name that the payer's bank will show, and the address where anyone
can see whether the card is real. A6, four on an A4 sheet, in reading order. Pure: no database, no settings.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from portal.codes import qr
from portal.printing import reading, typesetting

SHEET = Path(__file__).parent / "typst" / "stall_cards.typ"
CARDS_ON_SHEET = 4
CARDS_AT_ONCE = 10 * CARDS_ON_SHEET
# What stands below the code, in the order in which the sheet sets it.
CARD_WORDS = (
    "{stall_name} {stall_line} {holder} {bank}, số cuối {last4} Kiểm tra đúng tên trước khi chuyển"
    " In {printed_on} Thẻ {serial} Soi thẻ thật giả: {check_address}"
)
TRIM = (105, 148.5)  # mm


@dataclass(frozen=True)
class CardFace:
    """What one card says. `check_address` has no scheme; `payload` is printed as it is, letter by letter."""

    serial: str
    check_address: str
    stall_name: str
    stall_line: str
    holder: str
    bank_name: str
    last4: str
    payload: str
    printed_on: date


class CardMismatch(ValueError):
    """What would be printed is not what is on record. `serial` names the card, the text tells people."""

    def __init__(self, serial: str, problem: str):
        super().__init__(f"Thẻ {serial}: {problem} Tờ này chưa được in. Hãy tạo lại thẻ rồi thử lần nữa.")
        self.serial = serial


def checked_sheet_pdf(faces: Sequence[CardFace], *, demo: bool) -> bytes:
    """The sheets of `faces` as PDF, read back and found right. Raises `CardMismatch`."""
    pdf = sheet_pdf(faces, demo=demo)
    check_sheet(pdf, faces)
    return pdf


def sheet_pdf(faces: Sequence[CardFace], *, demo: bool) -> bytes:
    """The sheets of `faces` as PDF, not yet checked. With `demo` each card is marked MẪU."""
    if not faces:
        raise ValueError("Chưa chọn thẻ nào để in.")
    title = f"Thẻ sạp {faces[0].serial}" if len(faces) == 1 else f"Thẻ sạp, {len(faces)} thẻ"
    return typesetting.joined_pdf(
        SHEET,
        (
            {
                "title": title,
                "demo": demo,
                "cards": [_card(face) for face in faces[start : start + CARDS_AT_ONCE]],
            }
            for start in range(0, len(faces), CARDS_AT_ONCE)
        ),
    )


def check_sheet(pdf: bytes, faces: Sequence[CardFace]) -> None:
    """Reads the rendered sheets as a buyer's phone would; each card must carry its own code and words.

    The code must be the only one in the card's place, and say the whole payload. Raises `CardMismatch`.
    """
    codes = reading.codes_on_pages(pdf)
    words = [text for page in reading.text_in_boxes(pdf, _places()) for text in page]
    if len(codes) != -(-len(faces) // CARDS_ON_SHEET):
        raise CardMismatch(faces[-1].serial, f"tệp in có {len(codes)} tờ, không đúng số thẻ.")
    found = [content for page in codes for content in _contents_by_place(page)]
    for number, (contents, text) in enumerate(zip(found, words, strict=True)):
        if number < len(faces):
            _check_card(faces[number], contents, text)
        elif contents:
            raise CardMismatch(faces[-1].serial, "sau thẻ này còn một mã QR thừa trên tờ in.")


def _check_card(face: CardFace, contents: list[bytes], text: str) -> None:
    if not contents:
        raise CardMismatch(face.serial, "mã QR trên tờ in không đọc lại được.")
    if contents != [face.payload.encode()]:
        raise CardMismatch(face.serial, "mã QR trên tờ in khác mã đã lưu.")
    words, printed = _words(face), _letters(text)
    if absent := set(_letters("".join(words.values()))) - set(printed):
        raise CardMismatch(face.serial, f"trên tờ in không có ký tự {' '.join(sorted(absent))} của thẻ.")
    if not printed.endswith(_letters(CARD_WORDS.format_map(words))):
        raise CardMismatch(face.serial, "chữ trên tờ in không đúng tên, số cuối hoặc số thẻ đã lưu.")


def _words(face: CardFace) -> dict[str, str]:
    """The words of a face as the sheet takes them: NFC, single spaces."""
    bank = face.bank_name if face.bank_name.startswith("Ngân hàng") else f"Ngân hàng {face.bank_name}"
    words = {
        "serial": face.serial,
        "check_address": face.check_address,
        "stall_name": face.stall_name,
        "stall_line": face.stall_line,
        "holder": face.holder,
        "bank": bank,
        "last4": face.last4,
        "printed_on": f"{face.printed_on:%d-%m-%Y}",
    }
    return {key: " ".join(unicodedata.normalize("NFC", text).split()) for key, text in words.items()}


def _card(face: CardFace) -> dict:
    rows = qr.matrix(face.payload, "M")
    return {**_words(face), "side": len(rows) + 2 * qr.QUIET_ZONE, "path": _path(rows)}


def _path(rows: Sequence[str]) -> str:
    """SVG path of the black modules, one bar for each run, set in from the quiet zone."""
    return "".join(
        f"M{qr.QUIET_ZONE} {y}" + "".join(map(_bar, re.findall("0*1+", row)))
        for y, row in enumerate(rows, qr.QUIET_ZONE)
    )


@cache
def _bar(run: str) -> str:
    """From the top left of a run such as "0011" to its top right, with its black part as a bar."""
    black = run.count("1")
    return f"m{len(run) - black} 0v1h{black}v-1"


def _contents_by_place(page: list[reading.Found]) -> list[list[bytes]]:
    """The contents of the codes on a page by the card's place whose trim holds the code's centre."""
    return [
        [code.content for code in page if left <= code.x < right and top <= code.y < bottom]
        for left, top, right, bottom in _places()
    ]


def _places() -> list[tuple[float, float, float, float]]:
    """The trims of the four cards on a sheet: left, top, right, bottom in mm."""
    width, height = TRIM
    return [(x, y, x + width, y + height) for y in (0, height) for x in (0, width)]


def _letters(text: str) -> str:
    """Text as it is compared: NFC, without what only sets it: spaces, line ends, middle dots."""
    return re.sub(r"[\s·\u200b]", "", unicodedata.normalize("NFC", text))
