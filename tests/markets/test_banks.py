"""The table of banks: whole, found by any of its names, refreshed without losing one."""

import csv

from markets import banks


def found(text):
    return [one.short_name for one in banks.find(text)]


def test_the_table_has_65_banks_by_bin():
    assert len(banks.BANKS) == 65
    assert all(bin == one.bin and len(bin) == 6 and bin.isdigit() for bin, one in banks.BANKS.items())
    assert banks.bank("970418").short_name == "BIDV"


def test_what_most_vendors_have_comes_first_and_the_rest_by_name():
    names = [name for _, name in banks.choices()]
    assert names[:7] == [
        "Agribank", "BIDV", "VietinBank", "Vietcombank", "MB Bank", "Sacombank", "LPBank",
    ]  # fmt: skip
    rest = names[len(banks.COMMON) :]
    assert rest == sorted(rest, key=str.lower)
    assert len(set(names)) == 65


def test_a_bank_is_found_without_accents_and_by_its_old_name():
    assert found("nong nghiep") == ["Agribank"]
    assert found("Ngân hàng Đông Á")[0] == "Vikki Bank"
    assert found("lienvietpostbank") == ["LPBank"]
    assert found("dai duong") == ["MBV"]
    assert found("không có") == []


def test_a_code_of_two_banks_finds_both():
    assert set(found("bvb")) == {"BaoViet Bank", "BVBank"}
    assert found("mb")[0] == "MB Bank"


def test_a_refresh_keeps_old_names_and_old_banks():
    old = [
        {"bin": "1", "short_name": "Cũ", "full_name_vi": "Ngân hàng Cũ", "aliases": "Xưa"},
        {"bin": "2", "short_name": "Mất", "full_name_vi": "Ngân hàng Mất", "aliases": ""},
    ]
    newer = [
        {"bin": "1", "short_name": "Mới", "full_name_vi": "Ngân hàng Cũ"},
        {"bin": "3", "short_name": "Ba", "full_name_vi": "Ngân hàng Ba"},
    ]
    table = {row["bin"]: row for row in banks.merged(old, newer)}
    assert list(table) == ["1", "2", "3"]
    assert table["1"]["aliases"] == "Xưa|Cũ"
    assert table["2"] == old[1]
    assert table["3"]["aliases"] == ""


def test_a_refresh_with_the_same_table_changes_nothing():
    with banks.TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert banks.merged(rows, rows) == rows
