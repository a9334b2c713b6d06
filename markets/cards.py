"""Stall cards: the sheets a volunteer prints, and the check that keeps a wrong card from being printed.

A card shows one vendor's payment code, the name that the payer's bank will show, and the address where anyone
can see whether the card is real. A6, four on an A4 sheet, in reading order. Pure: no database, no settings.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import qrcode

from portal.printing import reading, typesetting

SHEET = Path(__file__).parent / "typst" / "stall_cards.typ"
QUIET_ZONE = 4  # modules, ISO/IEC 18004
CARDS_ON_SHEET = 4
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
    data = {"title": title, "demo": demo, "cards": [_card(face) for face in faces]}
    return typesetting.pdf(SHEET, data)


def check_sheet(pdf: bytes, faces: Sequence[CardFace]) -> None:
    """Reads the rendered sheets as a buyer's phone would; each card must carry its own code and words.

    The code must be the only one in the card's place and its content the whole payload. Raises `CardMismatch`.
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
    printed = _letters(text)
    if not all(_letters(run) in printed for run in _runs(_words(face))):
        raise CardMismatch(face.serial, "chữ trên tờ in khác tên, số cuối hoặc số thẻ đã lưu.")


def _runs(words: dict[str, str]) -> list[str]:
    """What must stand on a card without a letter more or less, in the order in which the sheet sets it."""
    return [
        f"{words['stall_name']}{words['stall_line']}{words['holder']}{words['bank']}, số cuối{words['last4']}Kiểm tra",
        f"Thẻ{words['serial']}{words['check_address']}",
    ]


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
    matrix = qr_matrix(face.payload)
    return {**_words(face), "side": len(matrix) + 2 * QUIET_ZONE, "path": _path(matrix)}


def qr_matrix(payload: str) -> list[list[bool]]:
    """The modules of `payload` at level M, rows from the top, without quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(payload.encode())
    code.make()
    return code.modules


def _path(matrix: list[list[bool]]) -> str:
    """SVG path of the black modules, one bar a run, with the quiet zone as margin."""
    rows = ("".join("1" if black else "0" for black in row) for row in matrix)
    return "".join(
        f"M{run.start() + QUIET_ZONE} {y}h{run.end() - run.start()}v1H{run.start() + QUIET_ZONE}z"
        for y, row in enumerate(rows, QUIET_ZONE)
        for run in re.finditer("1+", row)
    )


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
    """Text as it is compared: NFC, without what only sets it: spaces, line ends, middle dots, break points."""
    return re.sub(r"[\s·\u200b]", "", unicodedata.normalize("NFC", text))
