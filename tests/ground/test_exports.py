"""Files for Excel: what a cell holds is what the database held, and nothing in it runs."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from portal.exports import csv_rows, xlsx

MOMENT = datetime(2026, 11, 22, 1, 30, tzinfo=ZoneInfo("UTC"))
EVIL = [
    "=1+1",
    "+84905",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    " =1",
    "＝1",
    '=HYPERLINK("http://a")',
    "http://a.vn",
]


def read_xlsx(columns, rows, title="Sổ"):
    with xlsx(columns, rows, title) as file:
        sheet = openpyxl.load_workbook(file).active
        return sheet.title, [list(row) for row in sheet.iter_rows()]


def test_numbers_and_dates_stay_numbers_and_dates_in_xlsx():
    row = [7, Decimal("12.5"), date(2026, 11, 22), MOMENT, True, None, "0905"]
    _, (_, cells) = read_xlsx(["a"] * 7, [row])
    found = [cell.value for cell in cells]
    assert found == [7, 12.5, datetime(2026, 11, 22), datetime(2026, 11, 22, 8, 30), "có", None, "0905"]
    assert (cells[2].number_format, cells[3].number_format) == ("dd-mm-yyyy", "dd-mm-yyyy hh:mm")


@pytest.mark.parametrize("text", EVIL)
def test_no_text_becomes_a_formula_or_a_link_in_xlsx(text):
    _, (_, (cell,)) = read_xlsx(["a"], [[text]])
    assert (cell.data_type, cell.hyperlink) == ("s", None)


@pytest.mark.parametrize("text", EVIL[:-1])
def test_a_text_that_looks_like_a_formula_is_quoted_in_csv(text):
    _, line = csv_rows(["a"], [[text]])
    assert next(csv.reader(io.StringIO(line, newline="")))[0] == f"'{text}"


def test_csv_opens_as_utf8_and_keeps_negative_numbers():
    head, line = csv_rows(["Tên", "Số"], [["Chợ Hoa Lư", -5]])
    assert head.startswith("\ufeffTên")
    assert line == "Chợ Hoa Lư,-5\r\n"


def test_a_long_or_forbidden_title_still_names_the_sheet():
    name, _ = read_xlsx(["a"], [], title="Sổ: " + "rất dài " * 9)
    assert len(name) == 31


def test_rows_are_taken_one_at_a_time():
    taken = []
    rows = ([taken.append(n) or n] for n in range(3))
    lines = csv_rows(["n"], rows)
    next(lines), next(lines)
    assert taken == [0]
