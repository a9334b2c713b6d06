"""Tables as files, XLSX and CSV, in constant memory: numbers are numbers, dates dates, no cell a formula."""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

import xlsxwriter
from django.utils import timezone

DAY, MINUTE, CLOCK = "dd-mm-yyyy", "dd-mm-yyyy hh:mm", "hh:mm"
WIDTHS = {"short": 14, "long": 34}  # characters
# A text that begins so Excel reads as a formula (OWASP, CSV Injection); some programs fold full-width forms.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Echo:
    """What `csv.writer` writes to: gives each line back."""

    def write(self, line: str) -> str:
        return line


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook; `rows` may be a generator."""

    title: str
    columns: list[str]
    rows: Iterable[Iterable]


def xlsx(columns: list[str], rows: Iterable[Iterable], title: str):
    """A workbook with one sheet, see `workbook`."""
    return workbook([Sheet(title, columns, rows)])


def workbook(sheets: Iterable[Sheet]):
    """A workbook as a temporary file open at its beginning; closing it deletes it.

    One row is held at a time. Values: str, int, float, Decimal, bool, date, datetime (shown in local time),
    time, None; anything else is written as its text.
    """
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115, the caller closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        formats = {name: book.add_format({"num_format": name}) for name in (DAY, MINUTE, CLOCK)}
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for sheet in sheets:
            _fill(book.add_worksheet(_sheet_name(sheet.title)), sheet, formats, bold)
    file.seek(0)
    return file


def _fill(page, sheet: Sheet, formats: dict, bold) -> None:
    page.freeze_panes(1, 0)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, WIDTHS["long" if len(column) > 12 else "short"])
        page.write_string(0, at, column, bold)
    for line, row in enumerate(sheet.rows, start=1):
        for at, value in enumerate(row):
            _write(page, line, at, value, formats)


def csv_rows(columns: list[str], rows: Iterable[Iterable]) -> Iterator[str]:
    """The lines of a CSV file that Excel opens as UTF-8; before what looks like a formula stands a `'`."""
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow([_harmless(column) for column in columns])
    for row in rows:
        yield writer.writerow([_plain(value) for value in row])


def _write(sheet, line: int, at: int, value, formats: dict) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(line, at, _yes_no(value))
    elif isinstance(value, (int, float, Decimal)):
        sheet.write_number(line, at, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, at, _local(value), formats[MINUTE])
    elif isinstance(value, date):
        sheet.write_datetime(line, at, value, formats[DAY])
    elif isinstance(value, time):
        sheet.write_datetime(line, at, value, formats[CLOCK])
    else:
        sheet.write_string(line, at, str(value))


def _plain(value) -> str | int | float | Decimal:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _yes_no(value)
    if isinstance(value, (int, float, Decimal)):
        return value
    if isinstance(value, datetime):
        return f"{_local(value):%d-%m-%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d-%m-%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return _harmless(str(value))


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _local(moment: datetime) -> datetime:
    """As the clock on the wall shows it; files know no time zones."""
    return timezone.make_naive(moment) if timezone.is_aware(moment) else moment


def _yes_no(value: bool) -> str:
    return "có" if value else "không"


def _sheet_name(title: str) -> str:
    """At most 31 characters, none of those that Excel refuses."""
    return "".join(c for c in title if c not in "[]:*?/\\'")[:31] or "Bảng"
