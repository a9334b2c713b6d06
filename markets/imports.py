"""A market board's stall list: which column is what, what each row would become, and the whole taken in.

Only where a stall stands and what it sells. What is about a person comes with that person's consent, at the
stall (Law 91/2025/QH15): columns that are known to be about people are dropped when the file is read, and
never kept. A column that we don't know is kept until somebody has said what it is; one that is not taken in
goes then. What nobody looks at goes after a day, all of it with the import.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from markets.labels import LONGEST, label_part, stall_number
from markets.models import Goods, Stall, StallImport
from portal.imports import Line, Table, fold, read_table
from portal.text import format_date


class Column(models.TextChoices):
    """What a column of the list may be."""

    ROW = "row", "Dãy"
    NUMBER = "number", "Số sạp"
    LABEL = "label", "Dãy và số chung một ô"
    GOODS = "goods", "Mặt hàng"


ASIDE = ""  # a column that is not taken in
TO_MEND = "Cần sửa"  # the column that we add to the list
# Folded names of columns. People come before the rest: "số điện thoại", "tên chủ sạp" are not about stalls.
_PERSON = re.compile(
    r"\b(ho (va )?ten|ten (chu|nguoi|sap|quay|bien|hieu)|chu (sap|ho|quay|hang|kiot|ki ot|tai khoan|the)"
    r"|nguoi (ban|thue|dung ten|dai dien)|tieu thuong|ho (kinh doanh|kd)|bien hieu"
    r"|sdt|dien thoai|di dong|zalo|facebook|email|cccd|cmnd|can cuoc|dinh danh|mst|ma so thue"
    r"|stk|so tk|tai khoan|ngan hang|nam sinh|ngay sinh|gioi tinh|dan toc|ton giao|dia chi|thuong tru"
    r"|khu pho)\b"
    r"|^(ten|ho|tuoi|dt|chu)$"
)
_ASIDE = re.compile(r"^(stt|tt|so (tt|thu tu)|can sua|ghi chu)$")
_NAMES = [
    (Column.LABEL, r"^(day (va )?so( sap)?|so day|(ma|ky hieu) sap|vi tri( sap)?|day sap|lo sap)$"),
    (Column.ROW, r"^(ten |so )?(day|khu|nha long|dinh|khoi)( (sap|hang|vuc|nha))?$"),
    (Column.NUMBER, r"^(so|(so |so hieu |ma )?(sap|quay|lo|o|ki ?ot)( so)?)$"),
    (Column.GOODS, r"\b(mat hang|nganh (hang|nghe)|loai hang|hang hoa|san pham|kinh doanh|buon ban)\b"),
    (Column.GOODS, r"^(ten |nhom )?hang( ban)?$|^ban gi$|^(mat|nganh)$"),
]
_SPLIT = re.compile(r"([^\W\d_]+)[\s.,\-/]*(\d\w*)")
_LONG_NUMBER = re.compile(r"\+?\d{9,19}")
_DAY = re.compile(r"\d\d-\d\d-\d{4}")
# Words that lists write before the row or the number itself.
_BEFORE = {
    Column.ROW: re.compile(r"\b(dãy( hàng)?|khu( vực)?)[\s:.]+(?=\S)", re.IGNORECASE),
    Column.NUMBER: re.compile(r"\b((số|sạp|lô|quầy|ki[- ]?ốt)[\s:.]+)+(?=\S)", re.IGNORECASE),
}


# --- the file ----------------------------------------------------------------------------------------------


def read_list(data: bytes, name: str) -> Table:
    """The list in a file, without the columns that are about people. Raises portal.imports.Unreadable."""
    table = read_table(data, name, _meaning)
    return table.without(at for at in range(len(table.headers)) if _is_personal(table, at))


def without_aside(table: Table, columns: dict[str, str]) -> Table:
    """The table without the columns that somebody has said are not taken in; they are named in `left_out`."""
    return table.without(at for at, key in enumerate(table.keys) if columns.get(key) == ASIDE)


def choose_columns(given: StallImport, columns: dict[str, str], *, is_filled_down: bool, by) -> None:
    """Learns what the columns are, and drops those that are not taken in from what is kept, for good."""
    with transaction.atomic():
        given.learn_columns(columns, is_filled_down=is_filled_down)
        if not given.is_file_there:  # taken in, or its day is over
            return
        table = table_of(given)
        kept = without_aside(table, given.columns)
        if kept.keys != table.keys:
            given.replace_file(kept.dump(), by=by, until=given.file.expires_at)


def table_of(given: StallImport) -> Table:
    """The table that was kept."""
    return Table.load(given.file.content.open_bytes())


def _meaning(header: str) -> str | None:
    """What a column is by its name: a Column, "person", "aside", or None."""
    words = fold(header)
    if _ASIDE.search(words):
        return "aside"
    if _PERSON.search(words):
        return "person"
    return next((column for column, pattern in _NAMES if re.search(pattern, words)), None)


def _is_personal(table: Table, at: int) -> bool:
    """By its name, or because most of its cells look like phone, identity or account numbers."""
    cells = table.column(at)
    numbers = [cell for cell in cells if _LONG_NUMBER.fullmatch(re.sub(r"[\s.\-]", "", cell))]
    return _meaning(table.headers[at]) == "person" or len(numbers) * 2 > len(cells)


def columns_of(given: StallImport, table: Table) -> dict[str, str]:
    """What each column is, by its key: as was said before, wherever it stands now, else as guessed."""
    found = {key: given.columns[key] for key in table.keys if key in given.columns}
    taken = set(found.values())
    for at, key in enumerate(table.keys):
        if key not in found:
            guess = _guess(table, at)
            found[key] = ASIDE if guess in taken else guess
            taken.add(found[key])
    return {key: found[key] for key in table.keys}


def _guess(table: Table, at: int) -> str:
    column = _meaning(table.headers[at])
    if column in (Column.NUMBER, Column.LABEL):
        has_row = Column.ROW in map(_meaning, table.headers)
        cells = table.column(at)
        is_whole = sum(_pieces(cell) is not None for cell in cells) * 2 > len(cells)
        return Column.LABEL if is_whole and not has_row else Column.NUMBER
    return column if column in Column.values else ASIDE


def what_is_missing(columns: Iterable[str]) -> str:
    """Why the list cannot be read with these columns: a sentence, or nothing."""
    counts = Counter(column for column in columns if column)
    twice = [column for column, count in counts.items() if count > 1]
    if twice:
        return f"Có {counts[twice[0]]} cột cùng là “{Column(twice[0]).label}”: giữ một cột, cột kia bỏ qua"
    if Column.LABEL in counts:
        both = Column.ROW in counts or Column.NUMBER in counts
        return "Dãy và số đã chung một ô thì bỏ qua cột dãy, cột số riêng" if both else ""
    missing = [column.label.lower() for column in (Column.ROW, Column.NUMBER) if column not in counts]
    return f"Chưa chọn cột nào là {' và '.join(missing)}" if missing else ""


# --- the dry run -------------------------------------------------------------------------------------------


@dataclass
class Entry:
    """A row of the list: what it would become, and what is wrong with it, in words."""

    line: Line
    row: str = ""
    number: str = ""
    goods: Goods | None = None
    goods_text: str = ""
    problems: list[str] = field(default_factory=list)
    stall: Stall | None = None  # the one that has this number already

    @property
    def label(self) -> str:
        """`B07`; nothing where row or number cannot be read."""
        return f"{self.row}{self.number}".upper() if self.row and self.number else ""

    @property
    def state(self) -> str:
        return "known" if self.stall else "faulty" if self.problems else "new"

    @property
    def remark(self) -> str:
        """What is wrong, or who registered it when."""
        if not self.stall:
            return ". ".join(self.problems)
        on = format_date(timezone.localdate(self.stall.opened_at))
        return f"{self.stall.opened_by.name} đăng ký ngày {on}"


@dataclass(frozen=True)
class Word:
    """A word for goods that is not in the books: how often it stands there, what it means, what is near."""

    key: str
    text: str
    count: int
    goods: str  # code, or nothing yet
    near: list[Goods]

    @property
    def name(self) -> str:
        """The name of its field on the form: the same however many words there are."""
        return f"word_{hashlib.sha256(self.key.encode()).hexdigest()[:12]}"


class DryRun:
    """What taking in the list would do now. Reads the database, changes nothing."""

    def __init__(self, given: StallImport):
        self.given = given
        self.table = table_of(given)
        self.columns = columns_of(given, self.table)
        self.missing = what_is_missing(self.columns.values())
        self.all_goods = list(Goods.objects.all())
        self.skipped: list[int] = []  # numbers of lines with nothing to take in
        self._texts: dict[str, list[str]] = {}  # by key, of words for goods that are no name in the books
        self._near: dict[str, list[Goods]] = {}
        self.entries = [] if self.missing else self._read()

    # --- what pages show

    def of_state(self, state: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.state == state]

    @cached_property
    def counts(self) -> Counter:
        return Counter(entry.state for entry in self.entries)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to take in, and nothing to mend."""
        return bool(self.counts["new"]) and not self.counts["faulty"]

    @cached_property
    def words(self) -> list[Word]:
        """Words for goods that somebody has to explain, or has explained: open ones first, then by count."""
        found = [
            Word(key, texts[0], len(texts), self._said(key), self._nearest(key))
            for key, texts in self._texts.items()
        ]
        return sorted(found, key=lambda word: (bool(word.goods), -word.count))

    @property
    def known_labels(self) -> set[str]:
        return {entry.label for entry in self.of_state("known")}

    @cached_property
    def digest(self) -> str:
        """Tells whether two dry runs would do the same."""
        stalls = [(entry.label, entry.goods.pk) for entry in self.of_state("new")]
        return hashlib.sha256(repr((self.counts["faulty"], stalls)).encode()).hexdigest()[:16]

    # --- how it comes about

    def _read(self) -> list[Entry]:
        places = {column: at for at, column in enumerate(self.columns.values()) if column}
        entries, row_above = [], ""
        for line in self.table.lines:
            cells = {column: line.cells[at] for column, at in places.items()}
            if not any(cells.values()):
                self.skipped.append(line.number)
                continue
            if self.given.is_filled_down and Column.ROW in cells:
                row_above = cells[Column.ROW] = cells[Column.ROW] or row_above
            entries.append(self._entry(line, cells))
        self._find_known(entries)
        _find_doubles(entries)
        return entries

    def _entry(self, line: Line, cells: dict[str, str]) -> Entry:
        entry = Entry(line, goods_text=cells.get(Column.GOODS, ""))
        row, number = cells.get(Column.ROW, ""), cells.get(Column.NUMBER, "")
        if Column.LABEL in cells:
            row, number = _split(cells[Column.LABEL], entry.problems)
        if not entry.problems:
            entry.row = _part(row, Column.ROW, label_part, entry.problems)
            entry.number = _part(number, Column.NUMBER, stall_number, entry.problems)
        entry.goods = self._goods(entry)
        return entry

    def _goods(self, entry: Entry) -> Goods | None:
        text = entry.goods_text
        key = fold(text) or text
        if key in self._by_name:
            return self._by_name[key]
        self._texts.setdefault(key, []).append(text)
        if goods := self._by_code.get(self._said(key)):
            return goods
        nearest = f", gần nhất là “{self._nearest(key)[0]}”" if self._nearest(key) else ""
        entry.problems.append(f"Chưa rõ mặt hàng “{text}”{nearest}" if text else "Thiếu mặt hàng")
        return None

    def _said(self, key: str) -> str:
        code = self.given.goods_words.get(key, "")
        return code if code in self._by_code else ""

    def _nearest(self, key: str) -> list[Goods]:
        if key not in self._near:
            self._near[key] = near(key, self.all_goods)
        return self._near[key]

    @cached_property
    def _by_code(self) -> dict[str, Goods]:
        return {goods.pk: goods for goods in self.all_goods}

    @cached_property
    def _by_name(self) -> dict[str, Goods]:
        return {fold(goods.name): goods for goods in self.all_goods}

    def _find_known(self, entries: list[Entry]) -> None:
        labels = {entry.label for entry in entries if entry.label}
        stalls = Stall.objects.in_market(self.given.market).open().filter(label__in=labels)
        known = {stall.label: stall for stall in stalls.select_related("opened_by")}
        for entry in entries:
            entry.stall = known.get(entry.label)


def _find_doubles(entries: list[Entry]) -> None:
    """A number may stand in the list once; the later row says where it was first."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if not entry.label or entry.stall:
            continue
        before = first.setdefault(entry.label, entry)
        if before is not entry:
            entry.problems.append(f"Trùng: sạp {entry.label} đã có ở dòng {before.line.number} của tệp này")


def _pieces(text: str) -> tuple[str, str] | None:
    """Row and number out of one cell: "B07", "B-7", "Dãy B số 7"; None for anything else."""
    bare = _BEFORE[Column.NUMBER].sub("", _BEFORE[Column.ROW].sub("", text))
    found = _SPLIT.fullmatch(bare)
    return found and found.groups()


def _split(text: str, problems: list[str]) -> tuple[str, str]:
    """The pieces of a cell, or nothing and the reason among the problems."""
    if pieces := _pieces(text):
        return pieces
    problems.append(
        f"Không tách được “{text}” thành dãy và số, ghi như B07" if text else "Thiếu dãy và số sạp"
    )
    return "", ""


def _part(text: str, column: Column, written: Callable[[str], str], problems: list[str]) -> str:
    """Row or number as stored, or nothing and the reason among the problems."""
    bare = _BEFORE[column].sub("", text)
    length = len(re.sub(r"[\s.]+", "", bare))
    if not length:
        problems.append(f"Thiếu {column.label.lower()}")
    elif _DAY.fullmatch(bare):
        problems.append(f"{column.label} bị Excel đổi thành ngày {bare}: đặt ô kiểu chữ (Text) rồi gõ lại")
    elif length > LONGEST:
        problems.append(f"{column.label} “{bare}” dài {length} ký tự, nhiều nhất {LONGEST}")
    else:
        try:
            return written(bare)
        except ValidationError:
            problems.append(f"{column.label} “{bare}” chỉ được có chữ và số, ví dụ B hoặc 12A")
    return ""


def near(words: str, goods: list[Goods], most: int = 3) -> list[Goods]:
    """The goods whose names come nearest to folded words: with a word in common, or spelled alike."""

    def likeness(one: Goods) -> float:
        name = fold(one.name)
        shared = set(words.split()) & set(name.split()) - {"hang", "do"}
        return len(shared) + SequenceMatcher(None, words, name).ratio()

    ranked = sorted(((likeness(one), one) for one in goods), key=lambda pair: -pair[0])
    return [one for score, one in ranked[:most] if score >= 0.6]


# --- all of it, or nothing ---------------------------------------------------------------------------------


class ListChanged(Exception):
    """It would no longer do what was looked at, so nothing was done. `labels`: stalls taken since then."""

    def __init__(self, labels: Iterable[str] = ()):
        self.labels = sorted(labels)
        super().__init__(", ".join(self.labels))


def take_in(given: StallImport, *, by, seen: str, known: Iterable[str]) -> StallImport:
    """Registers every new stall of the list in one transaction; a list that is in already stays as it is.

    `seen` and `known` are digest and known labels of the dry run that was looked at. Raises ListChanged.
    """
    planned: set[str] = set()
    try:
        with transaction.atomic():
            rows = StallImport.objects.select_for_update(of=["self"]).select_related("market")
            locked = rows.get(pk=given.pk)
            if locked.is_done:
                return locked
            run = DryRun(locked) if locked.is_file_there else None
            if run is None or run.digest != seen or not run.is_ready:
                raise ListChanged(run.known_labels - set(known) if run else ())
            planned = {entry.label for entry in run.of_state("new")}
            locked.take_in([(e.row, e.number, e.goods) for e in run.of_state("new")], by=by)
    except IntegrityError:  # a colleague was faster by a moment
        raise ListChanged(planned & DryRun(given).known_labels) from None
    return locked
