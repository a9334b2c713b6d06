"""A team lead takes in a market's stall list: sent with mistakes, mended, taken in as a whole."""

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow, submit
from tests.browser.test_walk import enter, look

HEAD = ["STT", "Dãy", "Số sạp", "Mặt hàng", "Họ tên chủ sạp"]
MISTAKES = {
    3: {2: None}, 7: {3: None}, 11: {3: "123456789"}, 15: {3: "7?"}, 19: {2: "SÁT CỔNG CHÍNH"}, 23: {3: 2},
    27: {3: 2}, 31: {2: None, 3: None}, 35: {3: 12.5}, 39: {4: "máy cày"}, 43: {4: None}, 47: {3: "B@"},
}  # fmt: skip


def stall_list(path, row: str, mistakes=None) -> str:
    """Sixty stalls of a row under a title and a header; `mistakes` are cells by row and column."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(["DANH SÁCH SẠP CHỢ HOA LƯ, 2026"])
    page.append(HEAD)
    for number in range(1, 61):
        page.append([number, row, number, "Rau, củ" if number % 2 else "thịt heo", "Siu Mẫu"])
    for line, cells in (mistakes or {}).items():
        for column, value in cells.items():
            page.cell(line, column).value = value
    book.save(path)
    return str(path)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_list_with_twelve_mistakes_is_mended_and_taken_in(visitor, tmp_path, script):
    lead = visitor("tablet", script=script)
    page, row = lead.page, f"T{int(script)}"
    enter(lead, "doitruong")
    lead.open("/viec/sap/")
    follow(page, "a:has-text('Nhập danh sách sạp')")
    page.set_input_files("[name=list]", stall_list(tmp_path / "1.xlsx", row, MISTAKES))
    submit(page)
    assert "Đã bỏ 1 cột, không lưu lại" in page.inner_text("main")
    assert "Siu Mẫu" not in page.content()
    assert page.input_value("[name=column_so-sap]") == "number"
    submit(page)

    assert page.locator("dl.stats dd").all_inner_texts() == ["42", "18", "0"]
    assert page.locator("button:has-text('Nhập tất cả')").is_disabled()
    page.get_by_label("“thịt heo”").select_option(label="Thịt")
    submit(page, "button:has-text('Lưu mặt hàng')")
    expect(page.get_by_text("Đã lưu mặt hàng")).to_be_visible()
    assert page.locator("dl.stats dd").all_inner_texts() == ["12", "48", "0"]
    table = page.locator("table").inner_text()
    assert table.count(f"Trùng: sạp {row}02 đã có ở dòng 4 của tệp này") == 2
    assert "Số sạp “123456789” dài 9 ký tự, nhiều nhất 8" in table

    with page.expect_download() as download:
        page.click("a:has-text('Tải tệp có cột')")
    download.value.save_as(tmp_path / "errors.xlsx")
    lines = list(openpyxl.load_workbook(tmp_path / "errors.xlsx").active.values)
    assert lines[0] == ("Dãy", "Số sạp", "Mặt hàng", "Cần sửa")  # what is set aside is not kept
    assert sum(bool(line[-1]) for line in lines[1:]) == 12

    follow(page, "a:has-text('Gửi lại danh sách đã sửa')")
    page.set_input_files("[name=list]", stall_list(tmp_path / "2.xlsx", row))
    submit(page)
    submit(page)
    assert "Đã nhập 60 sạp" in page.inner_text("h1")
    made = lead.portal.rows("select goods_id, count(*) from markets_stall where row = %s group by 1", row)
    assert sorted(made) == [("rau", 30), ("thit", 30)]
    kept = "select count(*) from markets_stallimport where state = 'done' and file_id is not null"
    assert lead.portal.rows(kept) == [(0,)]


@pytest.mark.parametrize(
    ("size", "dark"),
    [("phone", False), pytest.param("tablet", False, marks=pytest.mark.soak), ("desk", True)],
)
def test_every_step_is_accessible_and_fits_the_window(visitor, tmp_path, size, dark):
    lead = visitor(size, dark=dark)
    page = lead.page
    enter(lead, "doitruong")
    lead.open("/viec/sap/nhap/")
    found = look(lead, "sending")
    page.set_input_files("[name=list]", stall_list(tmp_path / "1.xlsx", "V", MISTAKES))
    submit(page)
    found += look(lead, "columns")
    page.select_option("[name=column_day]", "number")
    submit(page)
    page.wait_for_selector(".errsum")
    assert page.title().startswith("Lỗi:")
    found += look(lead, "columns refused")
    page.select_option("[name=column_day]", "row")
    submit(page)
    found += look(lead, "dry run with mistakes")
    follow(page, "a:has-text('Gửi lại danh sách đã sửa')")
    page.set_input_files("[name=list]", {"name": "a.xlsx", "mimeType": "", "buffer": b"%PDF-1.7"})
    submit(page)
    page.wait_for_selector("text=Tệp này không phải Excel (.xlsx)")
    found += look(lead, "sending again refused")
    assert found == []
