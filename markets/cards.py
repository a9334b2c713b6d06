"""Stall cards: the sheets a volunteer prints, and the check that keeps a wrong card from being printed.

A card shows one vendor's payment code, the name that the payer's bank will show, and the address where anyone
can see whether the card is real. A6, four on an A4 sheet; A5 tents with a face on either side, two on a
sheet; A4 for the wall; all in reading order. Pure: no database, no settings.
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

TYPST = Path(__file__).parent / "typst"
CARDS_AT_ONCE = 40  # cards in one run of Typst
_WORDS = "{stall_name} {stall_line} {holder} {bank}, số cuối {last4} Kiểm tra đúng tên trước khi chuyển"
_CHECK = "Soi thẻ thật giả: {check_address}"


@dataclass(frozen=True)
class Layout:
    """A kind of sheet: the cards on it in reading order (`places`), and of each the trims of its faces.

    `words` is what stands beside a code, in the order in which it is set.
    """

    template: Path
    places: tuple[tuple[reading.Box, ...], ...]
    words: str

    @property
    def boxes(self) -> list[reading.Box]:
        """All faces of a sheet, one after the other."""
        return [box for faces in self.places for box in faces]


def _box(x: float, y: float, width: float, height: float) -> reading.Box:
    return x, y, x + width, y + height


A6 = Layout(
    TYPST / "stall_cards.typ",
    tuple((_box(x, y, 105, 148.5),) for y in (0, 148.5) for x in (0, 105)),
    f"{_WORDS} In {{printed_on}} Thẻ {{serial}} {_CHECK}",
)
TENT = Layout(
    TYPST / "stall_tents.typ",
    tuple((_box(x + 148.5, 105, -148.5, -105), _box(x, 105, 148.5, 105)) for x in (0, 148.5)),
    f"{_WORDS} Thẻ {{serial}} In {{printed_on}} {_CHECK}",
)
WALL = Layout(TYPST / "stall_walls.typ", ((_box(0, 0, 210, 297),),), A6.words)


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
        self.serial, self.problem = serial, problem


def checked_sheet_pdf(
    faces: Sequence[CardFace], *, demo: bool, layout: Layout = A6, title: str = ""
) -> bytes:
    """The sheets of `faces` as PDF, read back and found right. Raises `CardMismatch`."""
    pdf = sheet_pdf(faces, demo=demo, layout=layout, title=title)
    check_sheet(pdf, faces, layout=layout)
    return pdf


def sheet_pdf(faces: Sequence[CardFace], *, demo: bool, layout: Layout = A6, title: str = "") -> bytes:
    """The sheets of `faces` as PDF, not yet checked. With `demo` each card is marked MẪU."""
    if not faces:
        raise ValueError("Chưa chọn thẻ nào để in.")
    title = title or (f"Thẻ sạp {faces[0].serial}" if len(faces) == 1 else f"Thẻ sạp, {len(faces)} thẻ")
    return typesetting.joined_pdf(
        layout.template,
        (
            {
                "title": title,
                "demo": demo,
                "cards": [_card(face) for face in faces[start : start + CARDS_AT_ONCE]],
            }
            for start in range(0, len(faces), CARDS_AT_ONCE)
        ),
    )


def check_sheet(pdf: bytes, faces: Sequence[CardFace], *, layout: Layout = A6) -> None:
    """Reads the rendered sheets as a buyer's phone would; each face must carry its own card's code and words.

    The code must be the only one in the face's place, and say the whole payload. Raises `CardMismatch`.
    """
    codes = reading.codes_on_pages(pdf)
    words = [text for page in reading.text_in_boxes(pdf, layout.boxes) for text in page]
    if len(codes) != -(-len(faces) // len(layout.places)):
        raise CardMismatch(faces[-1].serial, f"tệp in có {len(codes)} tờ, không đúng số thẻ.")
    found = [contents for page in codes for contents in _contents_by_box(page, layout.boxes)]
    sides = len(layout.places[0])
    for number, (contents, text) in enumerate(zip(found, words, strict=True)):
        if number < len(faces) * sides:
            _check_face(faces[number // sides], contents, text, layout.words)
        elif contents:
            raise CardMismatch(faces[-1].serial, "sau thẻ này còn một mã QR thừa trên tờ in.")


def _check_face(face: CardFace, contents: list[bytes], text: str, pattern: str) -> None:
    if not contents:
        raise CardMismatch(face.serial, "mã QR trên tờ in không đọc lại được.")
    if contents != [face.payload.encode()]:
        raise CardMismatch(face.serial, "mã QR trên tờ in khác mã đã lưu.")
    words, printed = _words(face), _letters(text)
    if absent := set(_letters("".join(words.values()))) - set(printed):
        raise CardMismatch(face.serial, f"trên tờ in không có ký tự {' '.join(sorted(absent))} của thẻ.")
    if not printed.endswith(_letters(pattern.format_map(words))):
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


def _contents_by_box(page: list[reading.Found], boxes: list[reading.Box]) -> list[list[bytes]]:
    """The contents of the codes on a page by the box that holds the code's centre."""
    corners = [(*sorted(box[::2]), *sorted(box[1::2])) for box in boxes]
    return [
        [code.content for code in page if left <= code.x < right and top <= code.y < bottom]
        for left, right, top, bottom in corners
    ]


def _letters(text: str) -> str:
    """Text as it is compared: NFC, without what only sets it: spaces, line ends, middle dots."""
    return re.sub(r"[\s·\u200b]", "", unicodedata.normalize("NFC", text))
