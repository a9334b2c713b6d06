"""Lists that come in as files: an XLSX or CSV sheet as texts in rows, with its header found.

A file from outside is taken apart with limits and nothing in it runs: of a formula only the value counts that
Excel saved beside it. No database.
"""

import csv
import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from portal.folding import fold_ascii
from portal.text import clean_text, format_date, format_number, nfc

LARGEST = 5 * 1024 * 1024  # bytes of a file
UNPACKED = 25 * 1024 * 1024  # bytes of all its parts; 5,000 rows need about 3 MB
MOST_PARTS = 500
MOST_ROWS, MOST_COLUMNS = 5000, 40
LONGEST = 200  # characters kept of a cell
HEADER_WITHIN = 15  # lines: titles and the market's name stand above the header
LIST_ENDS = 200  # blank lines on end: what comes after them is no part of the list

NO_EXCEL = (
    "Tệp này không phải Excel (.xlsx). Mở danh sách trong Excel, chọn “Lưu thành” loại .xlsx rồi gửi lại."
)
OLD_EXCEL = (
    "Tệp này là Excel kiểu cũ (.xls) hoặc có đặt mật khẩu."
    " Mở ra, lưu thành loại .xlsx, không đặt mật khẩu, rồi gửi lại."
)
TOO_LARGE = "Tệp lớn quá 5 MB. Bỏ hình ảnh và trang tính thừa trong tệp rồi gửi lại."
SWOLLEN = "Tệp này bung ra lớn bất thường nên không mở. Chép danh sách sang một tệp Excel mới rồi gửi lại."
BROKEN = "Tệp Excel này bị hỏng, không đọc được. Mở trong Excel, lưu lại thành tệp mới rồi gửi lại."
TOO_LONG = f"Danh sách dài hơn {format_number(MOST_ROWS)} dòng. Chia thành nhiều tệp rồi gửi từng tệp."
NOTHING = "Tệp này không có dòng nào dưới dòng tên cột. Xem lại đã chọn đúng tệp chưa."

log = logging.getLogger(__name__)


class Unreadable(ValueError):
    """The file cannot be taken in; the text is a Vietnamese sentence for the page."""


@dataclass(frozen=True)
class Line:
    """A row of the sheet: its number as Excel shows it, and a text for each column."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A list: names of its columns, then its lines. `left_out` names columns that were not taken over."""

    headers: list[str]
    lines: list[Line]
    left_out: list[str] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """What a column is known by, wherever it stands: its name without accents, marks and case."""
        return [fold(header) or header for header in self.headers]

    def column(self, at: int) -> list[str]:
        """The texts of a column that are not empty."""
        return [line.cells[at] for line in self.lines if line.cells[at]]

    def samples(self, at: int, most: int = 3) -> list[str]:
        """The first different texts of a column."""
        return list(dict.fromkeys(self.column(at)))[:most]

    def without(self, columns: Iterable[int]) -> "Table":
        """The table without some columns, which are named in `left_out`."""
        gone = set(columns)

        def kept(cells: list[str]) -> list[str]:
            return [cell for at, cell in enumerate(cells) if at not in gone]

        lines = [Line(line.number, kept(line.cells)) for line in self.lines]
        return Table(kept(self.headers), lines, self.left_out + [self.headers[at] for at in sorted(gone)])

    def dump(self) -> bytes:
        """The table to be kept; `load` reads it again."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def load(cls, data: bytes) -> "Table":
        found = json.loads(data)
        return cls(found["headers"], [Line(**line) for line in found["lines"]], found["left_out"])


def fold(text: str) -> str:
    """Words to compare by: no accents, marks or brackets with what is in them, lower case."""
    plain = fold_ascii(re.sub(r"\([^)]*\)", " ", nfc(text))).lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def read_table(data: bytes, name: str, meaning: Callable[[str], str | None]) -> Table:
    """The list in a file; `meaning` says what a column name stands for, or None, so that the header is found.

    Raises Unreadable.
    """
    if len(data) > LARGEST:
        raise Unreadable(TOO_LARGE)
    if data.startswith(b"PK"):
        lines = _xlsx_lines(data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):  # OLE: Excel before 2007, or any Excel with a password
        raise Unreadable(OLD_EXCEL)
    elif name.lower().endswith(".csv"):
        lines = _csv_lines(data)
    else:
        raise Unreadable(NO_EXCEL)
    return _table(lines, meaning)


# --- lines of a file ---------------------------------------------------------------------------------------


def _xlsx_lines(data: bytes) -> list[Line]:
    """The lines with content of the first visible sheet that has any."""
    _look_inside(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its size may be wrong
            if sheet.sheet_state == "visible" and (lines := _some(sheet.iter_rows(**_VALUES))):
                return lines
    except Unreadable:
        raise
    except Exception as error:  # a broken file breaks the parser in a hundred ways
        log.warning("an XLSX file could not be read: %s", type(error).__name__)
        raise Unreadable(BROKEN) from None
    raise Unreadable(NOTHING)


_VALUES = {"max_col": MOST_COLUMNS, "values_only": True}


def _look_inside(data: bytes) -> None:
    """Refuses what is no workbook, or would grow too large; reads the table of contents only.

    Its sizes may lie, but `zipfile` never unpacks more of a part than they say.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Unreadable(BROKEN) from None
    if not any(part.filename.startswith("xl/") for part in parts):
        raise Unreadable(NO_EXCEL)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise Unreadable(SWOLLEN)


def _csv_lines(data: bytes) -> list[Line]:
    """Separated by comma, semicolon or tab; in UTF-8, UTF-16 or the Vietnamese Windows-1258."""
    text = _decoded(data)
    separator = max(",;\t", key=text[:4000].count)
    try:
        return _some(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise Unreadable(NO_EXCEL) from None


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "cp1258"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(NO_EXCEL)


def _some(rows: Iterable[Iterable]) -> list[Line]:
    """The lines that hold anything, up to a long gap."""
    lines = list(_until_gap(rows))
    if len(lines) > MOST_ROWS + HEADER_WITHIN:
        raise Unreadable(TOO_LONG)
    return lines


def _until_gap(rows: Iterable[Iterable]) -> Iterator[Line]:
    last = found = 0
    for number, values in enumerate(rows, start=1):
        cells = [_text(value) for value in values][:MOST_COLUMNS]
        if any(cells):
            last, found = number, found + 1
            yield Line(number, cells)
        if number - last > LIST_ENDS or found > MOST_ROWS + HEADER_WITHIN:
            return


def _text(value) -> str:
    """A cell as one would type it: 7.0 is 7, a date is day first."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format_number(value)
    if isinstance(value, date):
        return format_date(value)
    return clean_text(str(value))[:LONGEST].strip()


# --- the header --------------------------------------------------------------------------------------------


def _table(lines: list[Line], meaning: Callable[[str], str | None]) -> Table:
    at, height = _header(lines, meaning)
    body = lines[at + height :]
    if not body:
        raise Unreadable(NOTHING)
    if len(body) > MOST_ROWS:
        raise Unreadable(TOO_LONG)
    width = max(len(line.cells) for line in lines[at:])
    heads = _padded(_joined(lines[at : at + height]), width)
    cells = [_padded(line.cells, width) for line in body]
    used = [c for c in range(width) if heads[c] or any(row[c] for row in cells)]
    names = _unlike([heads[c] or f"Cột {get_column_letter(c + 1)}" for c in used])
    return Table(names, [Line(body[n].number, [row[c] for c in used]) for n, row in enumerate(cells)])


def _header(lines: list[Line], meaning: Callable[[str], str | None]) -> tuple[int, int]:
    """(which line, how many lines): where most names are known, else the first line of several cells.

    In a header of two lines the upper one is merged over several columns: "Vị trí" above "Dãy" and "Số".
    """
    best, place = 0, None
    for height in (1, 2):
        for at in range(min(HEADER_WITHIN, len(lines))):
            known = {meaning(head) for head in _joined(lines[at : at + height])} - {None}
            if len(known) > best:
                best, place = len(known), (at, height)
    several = (at for at, line in enumerate(lines) if sum(map(bool, line.cells)) > 1)
    return place or (next(several, 0), 1)


def _joined(lines: list[Line]) -> list[str]:
    """The lowest text of each column."""
    width = max(len(line.cells) for line in lines)
    rows = [_padded(line.cells, width) for line in lines]
    return [next((row[at] for row in reversed(rows) if row[at]), "") for at in range(width)]


def _padded(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


def _unlike(names: list[str]) -> list[str]:
    """The names, each once: the second "Số" is "Số 2"."""
    seen: set[str] = set()
    unlike = []
    for name in names:
        other, count = name, 1
        while (fold(other) or other) in seen:
            count += 1
            other = f"{name} {count}"
        seen.add(fold(other) or other)
        unlike.append(other)
    return unlike
