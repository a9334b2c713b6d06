"""Forms: what they say, how they are laid out, what they let through."""

import unicodedata

import pytest
from django import forms
from django.http import QueryDict
from django.test import Client

from markets.models import Goods
from portal.forms import Form
from tests.shell.urls import StallForm

FILLED = {
    "bank": "970418",
    "account": "0011 4729",
    "pin": "482913",
    "share": "70",
    "phone": "own",
    "agrees": "on",
}


@pytest.fixture
def client(db):
    return Client()


def test_a_form_sent_back_is_a_422_whose_title_starts_with_the_fault(client):
    response = client.post("/thu/form/", FILLED | {"account": ""})
    assert response.status_code == 422
    html = response.content.decode()
    assert "<title>Lỗi: Tài khoản nhận tiền – " in html
    assert "Có 1 chỗ cần sửa" in html


def test_a_fresh_form_shows_no_fault(client):
    response = client.get("/thu/form/")
    assert response.status_code == 200
    html = response.content.decode()
    assert "<title>Tài khoản nhận tiền – " in html
    assert "errsum" not in html
    assert "Lỗi" not in html


def test_summary_and_field_say_the_same_and_the_link_leads_to_the_control(client):
    html = client.post("/thu/form/", FILLED | {"account": "", "phone": ""}).content.decode()
    assert html.count("Nhập số tài khoản") == 2
    assert '<a href="#id_account">Nhập số tài khoản</a>' in html
    assert '<a href="#id_phone_0">Chọn điện thoại</a>' in html
    assert 'id="id_phone_0"' in html
    assert 'aria-describedby="id_account_helptext id_account_error"' in html
    assert 'id="id_account_error"' in html
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in html


def test_a_fault_of_the_whole_form_stands_in_the_summary(client):
    html = client.post("/thu/form/", FILLED | {"share": "99"}).content.decode()
    assert "<li>Sạp này đã đóng</li>" in html


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("bank", "", "Chọn ngân hàng"),
        ("bank", "123456", "Chọn ngân hàng trong danh sách"),
        ("account", "0" * 21, "Số tài khoản có nhiều nhất 19 ký tự, đang có 21"),
        ("pin", "", "Nhập PIN"),
        ("since", "03/40/2026", "Gõ ngày bán đầu tiên theo ngày-tháng-năm, ví dụ 27-3-1958"),
        ("share", "bảy mươi", "Gõ % khách chuyển khoản bằng chữ số, không có chữ"),
        ("share", "101", "% khách chuyển khoản lớn nhất là 100"),
        ("helped", "other", "Chọn đã giúp trong danh sách"),
        ("agrees", "", "Đánh dấu vào ô “Chủ sạp đã nghe và đồng ý”"),
    ],
)
def test_errors_say_what_to_do_in_vietnamese(field, typed, sentence):
    form = StallForm(FILLED | {field: typed})
    if field == "helped":
        form = StallForm(FILLED | {"helped": ["other"]})
    assert form.errors[field] == [sentence]


def test_a_sentence_given_by_the_form_is_kept():
    class Named(Form):
        holder = forms.CharField(error_messages={"required": "Nhập tên như ứng dụng ngân hàng hiện ra"})

    assert Named({}).errors["holder"] == ["Nhập tên như ứng dụng ngân hàng hiện ra"]


@pytest.mark.parametrize("typed", ["1\x00", "không có"])
@pytest.mark.parametrize("kind", [forms.ModelChoiceField, forms.ModelMultipleChoiceField])
def test_what_is_no_row_is_no_choice(db, kind, typed):
    class Shop(Form):
        goods = kind(Goods.objects, label="Mặt hàng")

    sent = QueryDict(mutable=True)
    sent["goods"] = typed
    assert Shop(sent).errors["goods"] == ["Chọn mặt hàng trong danh sách"]


def test_text_is_nfc_on_one_line_before_it_is_checked():
    decomposed = unicodedata.normalize("NFD", "Ễ" * 19)
    form = StallForm(FILLED | {"account": f" {decomposed} \t"})
    assert form.is_valid()
    assert form.cleaned_data["account"] == "Ễ" * 19


def test_a_note_keeps_its_lines_and_a_pin_what_was_typed():
    form = StallForm(FILLED | {"note": "dòng  một\r\ndòng hai", "pin": "4  8"})
    assert form.is_valid()
    assert form.cleaned_data["note"] == "dòng một\ndòng hai"
    assert form.cleaned_data["pin"] == "4  8"


def test_dates_are_read_day_first():
    form = StallForm(FILLED | {"since": "03/04/2026"})
    assert form.is_valid()
    assert form.cleaned_data["since"].isoformat() == "2026-04-03"


def test_only_optional_fields_are_marked(client):
    html = client.get("/thu/form/").content.decode()
    assert html.count("(không bắt buộc)") == sum(not field.required for field in StallForm().fields.values())


def test_a_shared_tablet_offers_nobody_what_another_typed(client):
    html = client.get("/thu/form/").content.decode()
    for name in ("account", "pin", "since", "share", "note"):
        start = html.index(f'name="{name}"')
        assert 'autocomplete="off"' in html[start : html.index(">", start)]
