"""A market board's stall list, from the file to the stalls: nothing is created before all of it is right."""

import io
import threading
import time
import tracemalloc
import unicodedata
import zipfile

import openpyxl
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from markets import imports
from markets.models import Goods, Stall, StallImport, Vendor
from markets.views import imports as views
from portal.imports import Unreadable
from portal.privacy.models import SealedFile
from tests.builders import PIN, commune_unit, make_market, make_place, make_shift, make_stall, make_user
from tests.people import client_of, one_of_each

HEAD = ["Dãy", "Số sạp", "Mặt hàng"]
GOOD = [["A", "1", "Thịt"], ["A", "2", "Rau, củ"]]


@pytest.fixture
def market(db):
    return make_market(name="Chợ Hoa Lư")


@pytest.fixture
def clerk(market):
    return make_user(role="team_lead", unit=market.place.unit, pin=PIN, name="Lê Thị Minh Họa")


@pytest.fixture
def desk(clerk, market):
    return client_of(clerk, place=market.place)


def sheet(*rows) -> bytes:
    """A real XLSX file."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def send(desk, data: bytes, *, to: str | None = None, name="danh-sach.xlsx"):
    address = to or reverse("import_create")
    return desk.post(address, {"list": SimpleUploadedFile(name, data)})


def start(desk, data: bytes, **columns) -> StallImport:
    """The list sent and its columns taken as guessed, but for those named."""
    assert send(desk, data).status_code == 302
    given = StallImport.objects.latest("made_at")
    guessed = columns_page(desk, given).context["form"]
    fields = {guessed.names[key]: column for key, column in imports.columns_of(given, guessed.table).items()}
    answer = desk.post(url("import_columns", given), {**fields, **columns})
    assert (answer.status_code, answer.url) == (302, url("import_check", given))
    return given


def url(name: str, given: StallImport) -> str:
    return reverse(name, args=[given.pk])


def columns_page(desk, given):
    return desk.get(url("import_columns", given))


def looked_at(desk, given):
    """The dry run as the page shows it."""
    return desk.get(url("import_check", given)).context["run"]


def remarks(run) -> dict[int, str]:
    """What is to be mended, by the number of the row in Excel."""
    return {entry.line.number: entry.remark for entry in run.of_state("faulty")}


def take_in(desk, given, run=None):
    """Presses the button of the page as it was looked at."""
    run = run or looked_at(desk, given)
    return desk.post(
        url("import_apply", given), {"seen": run.digest, "known": " ".join(run.known_labels)}, follow=True
    )


def text(response) -> str:
    return response.content.decode()


# --- the story ---------------------------------------------------------------------------------------------

# The row of the sheet, what stands there, and what the page must say of it.
MISTAKES = {
    5: (["", "3", "Thịt"], "Thiếu dãy"),
    9: (["A", "", "Thịt"], "Thiếu số sạp"),
    12: (["A", "123456789", "Thịt"], "Số sạp “123456789” dài 9 ký tự, nhiều nhất 8"),
    15: (["A", "7?", "Thịt"], "Số sạp “7?” chỉ được có chữ và số, ví dụ B hoặc 12A"),
    20: (["SÁT CỔNG CHÍNH", "18", "Thịt"], "Dãy “SÁT CỔNG CHÍNH” dài 12 ký tự, nhiều nhất 8"),
    24: (["A", "22", "Điện thoại"], "Chưa rõ mặt hàng “Điện thoại”"),
    28: (["A", "26", ""], "Thiếu mặt hàng"),
    33: (["A", "2", "Thịt"], "Trùng: sạp A02 đã có ở dòng 4 của tệp này"),
    40: (["a", "02", "Thịt"], "Trùng: sạp A02 đã có ở dòng 4 của tệp này"),
    44: (["A", 42.5, "Thịt"], "Số sạp “42,5” chỉ được có chữ và số, ví dụ B hoặc 12A"),
    50: (["", "", "Thịt"], "Thiếu dãy. Thiếu số sạp"),
    58: (["A", "56", "thịtt"], "Chưa rõ mặt hàng “thịtt”, gần nhất là “Thịt”"),
}


def sixty_rows() -> list[list]:
    """Rows 3 to 62 of the sheet, under a title and the names of columns; numbers are Excel's numbers."""
    return [["A", number - 2, "Thịt"] for number in range(3, 63)]


def story(rows) -> bytes:
    return sheet(["DANH SÁCH SẠP CHỢ HOA LƯ"], HEAD, *rows)


def test_sixty_rows_with_twelve_mistakes_are_mended_and_taken_in(desk, market, clerk):
    rows = sixty_rows()
    for number, (row, _) in MISTAKES.items():
        rows[number - 3] = row
    given = start(desk, story(rows))
    run = looked_at(desk, given)
    assert remarks(run) == {number: said for number, (_, said) in MISTAKES.items()}
    assert run.counts == {"faulty": 12, "new": 48}
    assert take_in(desk, given, run).status_code == 409
    assert not Stall.objects.exists()
    assert send(desk, story(sixty_rows()), to=url("import_again", given)).url == url("import_check", given)
    page = take_in(desk, given)
    assert "Đã nhập 60 sạp" in text(page)
    assert market.stalls.open().count() == 60
    stall = market.stalls.get(label="A07")
    assert (stall.goods.name, stall.opened_by, stall.starts_on) == ("Thịt", clerk, timezone.localdate())
    assert not SealedFile.objects.exists()


def test_twelve_mistakes_come_back_as_a_file_that_can_be_mended_and_sent_again(desk, market):
    rows = sixty_rows()
    for number, (row, _) in MISTAKES.items():
        rows[number - 3] = row
    given = start(desk, story(rows))
    answer = desk.get(url("import_errors", given))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    lines = [list(row) for row in book.active.values]
    assert lines[0] == [*HEAD, "Cần sửa"]
    assert sum(bool(line[3]) for line in lines[1:]) == len(remarks(looked_at(desk, given)))
    for line, good in zip(lines[1:], sixty_rows(), strict=True):
        line[:3] = good
    send(desk, sheet(*lines), to=url("import_again", given))
    take_in(desk, given)
    assert market.stalls.count() == 60


# --- columns -----------------------------------------------------------------------------------------------


def test_columns_and_words_are_remembered_when_columns_move(desk, market):
    given = start(
        desk,
        sheet(["X", "Y", "Z"], ["Heo quay", "7", "B"]),
        column_x="goods",
        column_y="number",
        column_z="row",
    )
    word = looked_at(desk, given).words[0]
    desk.post(url("import_check", given), {word.name: "thit"})
    moved = sheet(["Ghi chú", "Z", "X", "Y"], ["", "B", "HEO  QUAY", 7], ["", "B", "heo quay", 8])
    send(desk, moved, to=url("import_again", given))
    desk.post(url("import_columns", given), {"column_x": "goods", "column_y": "number", "column_z": "row"})
    assert not remarks(looked_at(desk, given))
    take_in(desk, given)
    assert list(market.stalls.values_list("label", "goods").order_by("label")) == [
        ("B07", "thit"),
        ("B08", "thit"),
    ]


def test_a_file_with_the_same_columns_needs_no_second_choice(desk):
    given = start(desk, sheet(["Z", "Y"], ["B", "7"]), column_y="number", column_z="row")
    answer = send(desk, sheet(["Y", "Z"], ["8", "B"]), to=url("import_again", given))
    assert answer.url == url("import_check", given)
    assert [entry.label for entry in looked_at(desk, given).entries] == ["B08"]


@pytest.mark.parametrize(
    ("heads", "guessed"),
    [
        (["STT", "Dãy", "Số sạp", "Mặt hàng"], ["", "row", "number", "goods"]),
        (["TT", "KHU VỰC", "Số", "Ngành hàng kinh doanh"], ["", "row", "number", "goods"]),
        (["Khu", "Quầy số", "Tên hàng", "Diện tích"], ["row", "number", "goods", ""]),
        (["dãy", "Ki-ốt", "Loại hàng (chính)", "Ghi chú"], ["row", "number", "goods", ""]),
        (["Da\u0303y", "So\u0302\u0301", "Ha\u0300ng", "Phí"], ["row", "number", "goods", ""]),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_their_names(desk, heads, guessed):
    send(desk, sheet(heads, ["1", "2", "3", "4"]))
    given = StallImport.objects.get()
    table = imports.table_of(given)
    assert list(imports.columns_of(given, table).values()) == guessed


@pytest.mark.parametrize("cell", ["B07", "b-7", "B 7", "Dãy B số 7", "Dãy B, sạp 7"])
def test_row_and_number_may_share_a_cell(desk, cell):
    given = start(desk, sheet(["Vị trí", "Mặt hàng"], ["A01", "Thịt"], [cell, "Thịt"]))
    found = looked_at(desk, given).entries[1]
    assert (found.row, found.number) == ("B", "07")


def test_columns_that_do_not_fit_together_are_refused_in_words(desk):
    send(desk, sheet(HEAD, *GOOD))
    given = StallImport.objects.get()
    for columns, said in [
        ({"column_day": "row"}, "Chưa chọn cột nào là số sạp"),
        ({"column_day": "row", "column_so-sap": "row"}, "Có 2 cột cùng là “Dãy”"),
        ({"column_day": "row", "column_so-sap": "label"}, "Dãy và số đã chung một ô"),
    ]:
        answer = desk.post(url("import_columns", given), columns)
        assert answer.status_code == 422
        assert said in text(answer)
    assert StallImport.objects.get().columns == {}


def test_titles_and_a_header_of_two_lines_with_merged_cells_are_read(desk):
    book = openpyxl.Workbook()
    page = book.active
    page.append(["UBND PHƯỜNG PLEIKU"])
    page.append(["DANH SÁCH HỘ KINH DOANH CHỢ HOA LƯ"])
    page.append([])
    page.append(["STT", "Vị trí", None, "Mặt hàng"])
    page.append([None, "Dãy", "Số"])
    for merged in ("A1:D1", "A4:A5", "B4:C4", "D4:D5"):
        page.merge_cells(merged)
    page.append([1, "A", 1, "Thịt"])
    page.append([])
    page.append([2, "A", 2, "Thịt"])
    given = start(desk, saved(book))
    assert [(entry.line.number, entry.label) for entry in looked_at(desk, given).entries] == [
        (6, "A01"),
        (8, "A02"),
    ]


def test_a_row_name_merged_over_its_stalls_goes_down_only_when_asked(desk):
    data = sheet(HEAD, ["A", 1, "Thịt"], [None, 2, "Thịt"], ["B", 1, "Thịt"], [None, 2, "Thịt"])
    given = start(desk, data)
    assert set(remarks(looked_at(desk, given)).values()) == {"Thiếu dãy"}
    given = start(desk, data, is_filled_down="on")
    assert [entry.label for entry in looked_at(desk, given).entries] == ["A01", "A02", "B01", "B02"]


def test_a_line_without_stall_is_not_counted_and_named(desk):
    given = start(desk, sheet([*HEAD, "Ghi chú"], *GOOD, ["", "", "", "Tổng cộng: 2 sạp"]))
    page = desk.get(url("import_check", given))
    assert page.context["run"].skipped == [4]
    assert "Không tính 1 dòng" in text(page)


# --- cells -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [7, 7.0, "7", "07", " 7 ", "Số 7", "sạp 7", "７"])
def test_one_number_however_it_stands_in_the_cell(desk, number):
    given = start(desk, sheet(HEAD, ["B", number, "Thịt"], ["B", 8, "Thịt"]))
    assert looked_at(desk, given).entries[0].label == "B07"


def test_text_in_nfd_is_the_same_text(desk, market):
    row = [unicodedata.normalize("NFD", cell) for cell in ["Đ", "7", "Cá, hải sản"]]
    given = start(desk, sheet(HEAD, row))
    take_in(desk, given)
    stall = market.stalls.get()
    assert (stall.row, stall.goods_id) == ("Đ", "ca")


def test_a_number_that_excel_made_a_date_is_told_as_such(desk):
    given = start(desk, sheet(HEAD, ["B", timezone.datetime(2026, 12, 7), "Thịt"], *GOOD))
    assert remarks(looked_at(desk, given)) == {
        2: "Số sạp bị Excel đổi thành ngày 07-12-2026: đặt ô kiểu chữ (Text) rồi gõ lại"
    }


def test_formulas_are_not_evaluated_and_evil_cells_stay_text(desk, market):
    evil = '=HYPERLINK("http://xau.vn","bấm")'
    book = openpyxl.load_workbook(io.BytesIO(sheet(HEAD, ["A", 1, "Thịt"], ["A", "=1+1", "Thịt"])))
    book.active["C2"].value = evil
    book.active["C2"].data_type = "s"
    book.active["A2"] = "<script>alert(1)</script>"
    given = start(desk, saved(book))
    run = looked_at(desk, given)
    assert run.entries[1].remark == "Thiếu số sạp"
    assert run.entries[0].goods_text == evil
    assert "<script>alert" not in text(desk.get(url("import_check", given)))
    answer = desk.get(url("import_errors", given))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cell = book.active["C2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (evil, "s", None)


# --- goods -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("goods", ["Rau, củ", "rau củ", "RAU CU", "Rau - củ", "rau cu (sạch)"])
def test_goods_are_known_without_accents_and_marks(desk, goods):
    given = start(desk, sheet(HEAD, ["A", 1, goods]))
    assert looked_at(desk, given).entries[0].goods.pk == "rau"


def test_a_word_for_goods_is_explained_once_for_all_its_rows(desk, market):
    given = start(desk, sheet(HEAD, *[["A", n, "cá tươi"] for n in range(1, 6)], ["A", 6, "heo"]))
    page = desk.get(url("import_check", given))
    fish, pork = page.context["run"].words
    assert (fish.text, fish.count, fish.near[0].pk) == ("cá tươi", 5, "ca")
    assert '<optgroup label="Gần giống">' in text(page)
    desk.post(url("import_check", given), {fish.name: "ca", pork.name: ""})
    assert remarks(looked_at(desk, given)) == {7: "Chưa rõ mặt hàng “heo”"}
    desk.post(url("import_check", given), {pork.name: "thit"})
    take_in(desk, given)
    assert market.stalls.filter(goods="ca").count() == 5


def test_a_list_without_goods_gets_them_all_at_once(desk, market):
    given = start(desk, sheet(["Dãy", "Số"], ["A", 1], ["A", 2]))
    (word,) = looked_at(desk, given).words
    desk.post(url("import_check", given), {word.name: "khac"})
    take_in(desk, given)
    assert set(market.stalls.values_list("goods", flat=True)) == {"khac"}


def test_only_goods_of_the_books_can_be_chosen(desk):
    given = start(desk, sheet(HEAD, ["A", 1, "heo"]))
    (word,) = looked_at(desk, given).words
    assert desk.post(url("import_check", given), {word.name: "xe-may"}).status_code == 422
    assert StallImport.objects.get().goods_words == {}


# --- people ------------------------------------------------------------------------------------------------


def test_nothing_about_people_is_kept_or_shown(desk, market):
    heads = [*HEAD, "Họ tên chủ sạp", "SĐT", "Số TK", "Liên hệ"]
    row = ["A", 1, "Thịt", "Nguyễn Thị Mẫu", "0905 123 456", "MAU123", "0912.345.678"]
    given = start(desk, sheet(heads, row))
    page = columns_page(desk, given)
    assert "Đã bỏ 4 cột, không lưu lại" in text(page)
    assert page.context["table"].left_out == heads[3:]
    kept = SealedFile.objects.get().content.open()
    for secret in ("Nguyễn Thị Mẫu", "123 456", "MAU123", "345.678"):
        assert secret not in kept
        assert secret not in text(page)
    take_in(desk, given)
    assert (market.stalls.count(), Vendor.objects.count()) == (1, 0)


def test_a_column_that_is_not_taken_in_is_gone_once_somebody_has_said_so(desk, market):
    heads, row = [*HEAD, "Người quen biết"], ["A", 1, "heo", "Nguyễn Thị Mẫu"]
    send(desk, sheet(heads, row))
    given = StallImport.objects.get()
    until = given.file.expires_at
    assert "Nguyễn Thị Mẫu" in text(columns_page(desk, given))  # that somebody can say what it is
    given = start(desk, sheet(heads, row))
    given.refresh_from_db()
    assert imports.table_of(given).headers == HEAD
    page = desk.get(url("import_check", given))
    assert "“Người quen biết”" in text(page)
    send(desk, sheet([*heads, "Ghi chú"], [*row, "Nguyễn Thị Mẫu"]), to=url("import_again", given))
    given.refresh_from_db()
    assert imports.table_of(given).headers == [*HEAD, "Ghi chú"]
    send(desk, sheet(heads, row), to=url("import_again", given))
    given.refresh_from_db()
    assert "Mẫu" not in given.file.content.open()
    assert SealedFile.objects.count() == 2
    assert given.file.expires_at > until


def test_saying_again_what_columns_are_keeps_the_list_no_longer(desk):
    send(desk, sheet([*HEAD, "Ghi chú"], ["A", 1, "Thịt", "x"]))
    given = StallImport.objects.get()
    until = given.file.expires_at
    columns = {"column_day": "row", "column_so-sap": "number", "column_mat-hang": "goods"}
    desk.post(url("import_columns", given), columns)
    given.refresh_from_db()
    assert (imports.table_of(given).headers, given.file.expires_at) == (HEAD, until)


def test_the_list_is_kept_sealed_and_for_a_day(desk):
    given = start(desk, sheet(HEAD, ["Z9", 1, "Thịt"]))
    file = given.file
    assert b"Z9" not in bytes(file.content.token)
    assert 23 < (file.expires_at - timezone.now()).total_seconds() / 3600 <= 24


def test_a_list_whose_day_is_over_counts_as_gone_before_the_night(desk, market):
    given = start(desk, sheet(HEAD, ["B", "7", "Thịt"]))
    SealedFile.objects.update(expires_at=timezone.now())
    for name in ("import_columns", "import_check", "import_errors"):
        assert desk.get(url(name, given))["Location"] == url("import_again", given)
    with pytest.raises(imports.ListChanged):
        imports.take_in(given, by=make_user(), seen=imports.DryRun(given).digest, known=())
    assert url("import_check", given) not in text(desk.get(reverse("import_create")))
    assert not market.stalls.exists()


def test_a_list_cleared_away_can_be_sent_again_with_its_columns(desk, market):
    given = start(desk, sheet(["Z", "Y", "Mặt hàng"], ["B", "7", "Thịt"]), column_y="number", column_z="row")
    SealedFile.objects.all().delete()
    page = desk.get(url("import_check", given), follow=True)
    assert "Tệp đã được xóa vì quá 24 giờ" in text(page)
    send(desk, sheet(["Y", "Z", "Mặt hàng"], ["7", "B", "Thịt"]), to=url("import_again", given))
    take_in(desk, given)
    assert market.stalls.get().label == "B07"


# --- files that are no lists -------------------------------------------------------------------------------


def zipped(**parts) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return file.getvalue()


def bomb() -> bytes:
    """A sheet of 60 MB in 60 KB."""
    return zipped(xl__workbook="<a/>", xl__sheet=b"0" * 60_000_000)


def lying_bomb() -> bytes:
    """A real workbook whose sheet says it is small, and is not."""
    data = sheet(HEAD, *GOOD)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {part.filename: archive.read(part) for part in archive.infolist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"<sheetData>", b"<sheetData>" + b" " * 60_000_000)
    size = len(parts[name]).to_bytes(4, "little")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return file.getvalue().replace(size, (1000).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", b"%PDF-1.7", "Tệp này không phải Excel (.xlsx)"),
        ("a.docx", zipped(word__document="<a/>"), "Tệp này không phải Excel (.xlsx)"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel kiểu cũ (.xls)"),
        ("a.xlsx", b"PK\x03\x04broken", "bị hỏng"),
        ("a.xlsx", zipped(xl__workbook="<a/>"), "bị hỏng"),
        ("a.csv", b"\x00\x01\x02", "không phải Excel"),
        ("a.xlsx", b"PK" + b"0" * (5 * 1024 * 1024), "Tệp lớn quá 5 MB"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(desk, name, data, said):
    answer = send(desk, data, name=name)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not StallImport.objects.exists()


@pytest.mark.parametrize("make", [bomb, lying_bomb])
def test_a_bomb_is_refused_before_it_unfolds(make):
    data = make()
    assert len(data) < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable):
            imports.read_list(data, "a.xlsx")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000  # a sixth of what it would unfold to
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "không có dòng nào"),
        ([HEAD], "không có dòng nào"),
        ([HEAD, *[["A", n, "Thịt"] for n in range(5001)]], "dài hơn 5.000 dòng"),
    ],
)
def test_an_empty_or_endless_list_is_refused(desk, rows, said):
    assert said in text(send(desk, sheet(*rows)))


def windows_1258(text: str) -> bytes:
    """As Windows wrote Vietnamese: five tones stand as letters of their own behind the letter."""
    data = b""
    for letter in text:
        try:
            data += letter.encode("cp1258")
        except UnicodeEncodeError:
            marks = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323")
            data += unicodedata.normalize("NFC", marks.replace(tone, "")).encode("cp1258") + tone.encode(
                "cp1258"
            )
    return data


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8-sig", ","), ("utf-8", ";"), ("cp1258", ";"), ("utf-16", "\t")]
)
def test_a_csv_file_is_a_list_too(desk, encoding, mark):
    lines = [HEAD, ["Đ", "7", "Thịt"]]
    written = "\r\n".join(mark.join(line) for line in lines)
    data = windows_1258(written) if encoding == "cp1258" else written.encode(encoding)
    send(desk, data, name="danh-sach.CSV")
    given = StallImport.objects.get()
    assert [entry.label for entry in looked_at(desk, given).entries] == ["Đ07"]


# --- stalls that are there, colleagues at work -------------------------------------------------------------


def test_a_stall_that_is_there_is_left_as_it_is_and_says_whose(desk, market):
    minh = make_user(name="Trần Văn Thử")
    make_stall(market=market, row="A", number="01", by=minh, goods=Goods.objects.get(pk="ca"))
    given = start(desk, sheet(HEAD, *GOOD))
    page = desk.get(url("import_check", given), {"xem": "known"})
    assert "Trần Văn Thử đăng ký ngày" in text(page)
    assert page.context["run"].counts == {"known": 1, "new": 1}
    assert "Đã nhập 1 sạp" in text(take_in(desk, given))
    assert market.stalls.get(label="A01").goods_id == "ca"


def test_a_list_with_nothing_new_cannot_be_taken_in(desk, market):
    for row, number, _ in GOOD:
        make_stall(market=market, row=row, number=f"0{number}")
    given = start(desk, sheet(HEAD, *GOOD))
    assert "Không có sạp nào mới" in text(desk.get(url("import_check", given)))
    assert take_in(desk, given).status_code == 409


def test_a_stall_registered_since_the_page_was_seen_stops_all_and_is_named(desk, market):
    given = start(desk, sheet(HEAD, *GOOD))
    run = looked_at(desk, given)
    make_stall(market=market, row="A", number="02")
    answer = take_in(desk, given, run)
    assert answer.status_code == 409
    assert "Sạp A02 vừa được đồng đội đăng ký, nên chưa nhập sạp nào" in text(answer)
    assert market.stalls.count() == 1
    take_in(desk, given)
    assert market.stalls.count() == 2


def test_the_answer_to_a_refusal_can_be_loaded_anew(desk):
    given = start(desk, sheet(HEAD, *GOOD))
    answer = desk.get(url("import_apply", given), {"xem": "new"})
    assert answer.url == url("import_check", given) + "?xem=new"
    assert not Stall.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_clerks_in_the_same_moment_leave_no_half_list(desk, market):
    """A colleague's row is written and not yet committed when the list is taken in."""
    given = start(desk, sheet(HEAD, *GOOD))
    run = looked_at(desk, given)
    written = threading.Event()

    def colleague():
        try:
            with transaction.atomic():
                make_stall(market=market, row="A", number="02")
                written.set()
                wait_for_somebody_blocked()
        finally:
            connections.close_all()

    thread = threading.Thread(target=colleague)
    thread.start()
    assert written.wait(10)
    answer = take_in(desk, given, run)
    thread.join()
    assert answer.status_code == 409
    assert "Sạp A02 vừa được đồng đội đăng ký" in text(answer)
    assert [stall.label for stall in market.stalls.all()] == ["A02"]
    assert StallImport.objects.get().file is not None


def wait_for_somebody_blocked() -> None:
    """Until another session waits for this one's transaction."""
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(blocked)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waited")


def test_a_file_sent_to_a_list_that_a_colleague_took_in_is_not_kept_and_says_so(desk, market, monkeypatch):
    given = start(desk, sheet(HEAD, *GOOD))
    before = StallImport.objects.select_related("market__place").get()
    take_in(desk, given)
    found, here = views.import_of, [before]
    monkeypatch.setattr(views, "import_of", lambda *args: here.pop() if here else found(*args))
    answer = send(desk, sheet(HEAD, *GOOD), to=url("import_again", given))
    page = text(desk.get(answer.url, follow=True))
    assert "Đồng đội vừa nhập xong danh sách này" in page
    assert "Đã nhập 2 sạp" in page
    assert not SealedFile.objects.exists()


def test_what_two_clerks_say_of_one_list_is_both_kept(desk):
    send(desk, sheet([*HEAD, "X"], ["A", 1, "heo", "x"]))
    pages = [StallImport.objects.get() for _ in range(2)]
    pages[0].learn_columns({"day": "row"}, is_filled_down=False)
    pages[1].learn_columns({"so sap": "number"}, is_filled_down=False)
    pages[0].learn_words({"heo": "thit"})
    pages[1].learn_words({"ca tuoi": "ca"})
    given = StallImport.objects.get()
    assert given.columns == {"day": "row", "so sap": "number"}
    assert given.goods_words == {"heo": "thit", "ca tuoi": "ca"}


def test_pressed_twice_the_list_is_taken_in_once(desk, market):
    given = start(desk, sheet(HEAD, *GOOD))
    run = looked_at(desk, given)
    take_in(desk, given, run)
    assert "Đã nhập 2 sạp" in text(take_in(desk, given, run))
    assert market.stalls.count() == 2


def test_a_list_that_is_in_cannot_be_changed_any_more(desk, market):
    given = start(desk, sheet(HEAD, *GOOD))
    take_in(desk, given)
    for name in ("import_columns", "import_again", "import_errors"):
        assert desk.get(url(name, given)).url == url("import_check", given)
    with pytest.raises(IntegrityError, match="markets_stallimport_done_and_when"), transaction.atomic():
        StallImport.objects.update(done_at=None)


def test_every_stall_of_a_list_has_its_history(desk, clerk):
    given = start(desk, sheet(HEAD, *GOOD))
    take_in(desk, given)
    event = apps.get_model("markets", "StallEvent")
    assert event.objects.filter(pgh_label="insert").count() == 2
    assert set(event.objects.values_list("pgh_context__metadata__user", flat=True)) == {clerk.pk}


# --- who ---------------------------------------------------------------------------------------------------


def test_only_those_who_lead_take_in_lists(market):
    clients = one_of_each(make_shift(place=market.place))
    answers = {kind: client.get(reverse("import_create")).status_code for kind, client in clients.items()}
    assert answers == {
        "anonymous": 302, "guest": 403, "volunteer": 403, "team_lead": 200, "unit_secretary": 200,
        "province_staff": 200, "auditor": 403, "administrator": 200, "culture_reviewer": 403,
    }  # fmt: skip
    offers = {
        kind: reverse("import_create") in text(clients[kind].get(reverse("stall_list"))) for kind in answers
    }
    assert [kind for kind, offered in offers.items() if offered] == [
        "team_lead", "unit_secretary", "province_staff", "administrator",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["import_check", "import_columns", "import_again", "import_errors", "import_apply"]
)
def test_a_list_of_a_market_out_of_reach_is_not_found(desk, market, name):
    given = start(desk, sheet(HEAD, *GOOD))
    elsewhere = make_place(unit=commune_unit("Phường Quy Nhơn"))
    far = make_user(role="team_lead", unit=elsewhere.unit, pin=PIN)
    stranger = client_of(far, place=elsewhere)
    method = stranger.post if name == "import_apply" else stranger.get
    assert method(url(name, given)).status_code == 404


# --- how much it asks --------------------------------------------------------------------------------------


def queries(act) -> int:
    with CaptureQueriesContext(connection) as found:
        act()
    return len(found)


def test_as_many_queries_for_five_hundred_rows_as_for_ten(desk, market):
    counts = {}
    for size, row in [(10, "A"), (500, "B")]:
        given = start(desk, sheet(HEAD, *[[row, n, "Thịt"] for n in range(1, size + 1)]))
        run = looked_at(desk, given)
        seen = {"seen": run.digest, "known": ""}
        check, apply = url("import_check", given), url("import_apply", given)
        counts[size] = (queries(lambda: desk.get(check)), queries(lambda: desk.post(apply, seen)))  # noqa: B023
    assert market.stalls.count() == 510
    assert counts[10] == counts[500]
    assert counts[10][0] <= 12


def test_the_server_has_the_rights_that_it_takes(desk, market, app_role):
    given = start(desk, sheet(HEAD, *GOOD))
    take_in(desk, given)
    assert market.stalls.count() == 2


def test_the_example_is_a_list_that_can_be_taken_in(desk, market):
    data = b"".join(desk.get(reverse("import_example")).streaming_content)
    given = start(desk, data)
    assert not remarks(looked_at(desk, given))
    take_in(desk, given)
    assert market.stalls.count() == 4
