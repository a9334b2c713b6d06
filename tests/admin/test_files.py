"""Files hold exactly what is filtered and visible, masked; actions ask first; history tells."""

import csv
import io

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry

from markets.models import FalseCardReport, FollowUp, Market, PaymentAccount, Stall, StallCard, Vendor
from portal.accounts.models import User
from portal.organization.models import Place
from tests import builders
from tests.admin.pages import at, enter

pytestmark = pytest.mark.django_db


def lines(client, model, **query) -> list[list[str]]:
    answer = client.get(at(model, "export", "csv"), query)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert "no-store" in answer["Cache-Control"]
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))


def sheet(client, model, **query):
    answer = client.get(at(model, "export", "xlsx"), query)
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    return openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active


def test_a_file_holds_all_pages_of_what_is_filtered_and_nothing_else(monkeypatch):
    from django.contrib import admin

    monkeypatch.setattr(admin.site._registry[StallCard], "list_per_page", 1)
    cards = [builders.make_card(state=state) for state in ("made", "void", "made")]
    client = enter("province_staff")
    head, *rows = lines(client, StallCard, tinh_trang="made")
    assert head[0] == "số thẻ"
    assert {row[0] for row in rows} == {cards[0].serial, cards[2].serial}
    assert {row[0].value for row in list(sheet(client, StallCard, tinh_trang="made"))[1:]} == {
        row[0] for row in rows
    }


def test_a_file_follows_the_search_and_the_order():
    for name in ("Mẫu Bình", "Mẫu An", "Khác"):
        builders.make_vendor(name=name)
    client = enter("auditor")
    term = client.post(at(Vendor), {"tu_khoa": "mau"}).url.split("tim=")[1]
    assert [row[0] for row in lines(client, Vendor, tim=term, o="-0")[1:]] == ["Mẫu Bình", "Mẫu An"]


def test_no_number_of_a_person_stands_whole_in_a_list_or_file():
    vendor = builders.make_vendor(phone="0305551234")
    card = builders.make_card(account=builders.make_account(tenancy=builders.make_tenancy(vendor=vendor)))
    number = card.account.clear_number()
    builders.make_user(phone="0305559876")
    client = enter("administrator")
    for model in (Vendor, PaymentAccount, StallCard, Stall, User):
        for text in (client.get(at(model)).text, str(lines(client, model))):
            assert not {number, "0305551234", "0305559876"} & set(text.replace('"', " ").split()), model
            assert number not in text
            assert "30555" not in text, model
    assert f"•••• {number[-4:]}" in str(lines(client, PaymentAccount))
    assert "•••• 1234" in str(lines(client, Vendor))


def test_numbers_and_days_of_a_file_are_numbers_and_days():
    builders.make_card(state="tried")
    market = Market.objects.get()
    head, row = sheet(enter("auditor"), Market).iter_rows()
    cells = {cell.value: column for column, cell in enumerate(head)}
    assert row[cells["sạp"]].value == 1
    assert row[cells["sạp nhận chuyển khoản"]].value == 1
    assert market.place.name == row[0].value


def test_a_vendor_called_like_a_formula_stays_a_name():
    builders.make_vendor(name="=cmd|' /C calc'!A1")
    client = enter("province_staff")
    assert lines(client, Vendor)[1][0] == "'=cmd|' /C calc'!A1"
    cell = list(sheet(client, Vendor).iter_rows())[1][0]
    assert (cell.data_type, cell.value) == ("s", "=cmd|' /C calc'!A1")


def test_other_kinds_of_files_there_are_none():
    assert enter("auditor").get(at(Vendor, "export", "pdf")).status_code == 404


# --- actions ------------------------------------------------------------------------------------------------


def act(client, model, rows, action, **more):
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(at(model), data)


def confirm(client, model, rows, action, **more):
    """What is chosen, and then said yes to on the page that names the rows."""
    shown = act(client, model, rows, action)
    return act(client, model, rows, action, said=shown.context["said"], **more)


def test_an_action_says_what_it_will_change_before_it_does():
    live, void = builders.make_card(), builders.make_card(state="void")
    client = enter("province_staff")
    page = act(client, StallCard, [live, void], "void_cards", index=0)
    assert "Hủy thẻ: 1 dòng" in page.text
    assert "1 dòng giữ nguyên" in page.text
    assert live.serial in page.text
    assert StallCard.objects.live().count() == 1
    done = confirm(client, StallCard, [live, void], "void_cards", reason="lost")
    assert done.status_code == 302
    live.refresh_from_db()
    assert (live.void_reason, live.void_by) == ("lost", client.user)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (client.user, str(live.pk))


def test_an_action_asks_again_when_the_rows_are_others_by_then():
    cards = [builders.make_card() for _ in range(2)]
    client = enter("province_staff")
    shown = act(client, StallCard, cards[:1], "void_cards")
    page = act(client, StallCard, cards[1:], "void_cards", said=shown.context["said"], reason="lost")
    assert page.status_code == 200
    assert "Hủy thẻ: 1 dòng" in page.text
    assert cards[1].serial in page.text
    assert StallCard.objects.live().count() == 2


def test_an_action_without_its_reason_changes_nothing():
    card = builders.make_card()
    page = confirm(enter("province_staff"), StallCard, [card], "void_cards", reason="")
    assert page.status_code == 422
    assert StallCard.objects.live().count() == 1


def test_an_action_reaches_no_row_out_of_reach():
    report = builders.make_report(card=builders.make_card())
    far = builders.make_unit()
    near = enter("unit_secretary", unit=far)
    said = act(enter("province_staff"), FalseCardReport, [report], "mark_handled").context["said"]
    act(near, FalseCardReport, [report], "mark_handled", said=said, outcome="true_card")
    report.refresh_from_db()
    assert report.handled_at is None


def test_a_report_of_a_false_card_is_closed_with_its_outcome():
    report = builders.make_report()
    client = enter("unit_secretary")
    confirm(client, FalseCardReport, [report], "mark_handled", outcome="false_card")
    report.refresh_from_db()
    assert (report.outcome, report.handled_by) == ("false_card", client.user)


def test_closing_stalls_ends_tenancy_and_card():
    card = builders.make_card(state="tried")
    confirm(enter("province_staff"), Stall, [card.stall], "close_stalls")
    card.refresh_from_db()
    card.stall.refresh_from_db()
    assert card.void_at
    assert card.stall.ends_on


# --- history ------------------------------------------------------------------------------------------------


def test_history_tells_every_version_and_who_made_it():
    client = enter("province_staff")
    place = builders.make_place(name="Chợ Mẫu Cũ")
    unit, area = place.unit_id, place.area_id
    data = {"name": "Chợ Mẫu Mới", "kind": "market", "area": area, "unit": unit}
    assert client.post(at(Place, "change", place.pk), data).status_code == 302
    page = client.get(at(Place, "history", place.pk)).text
    assert "<del>Chợ Mẫu Cũ</del> → Chợ Mẫu Mới" in page
    assert client.user.name in page.split("<tbody>")[1]


def test_history_hides_what_may_only_be_revealed():
    vendor = builders.make_vendor(phone="0305551234")
    vendor.phone = "0305559876"
    vendor.save()
    page = enter("administrator").get(at(Vendor, "history", vendor.pk)).text
    assert "<del>••••</del> → ••••" in page
    assert "030555" not in page


@pytest.mark.parametrize("model", [StallCard, FollowUp, PaymentAccount, Market, User])
def test_history_opens_where_rows_point_to_others(model):
    card = builders.make_card(state="tried")
    row = card.made_by if model is User else model.objects.first()
    assert "Lập mới" in enter("auditor").get(at(model, "history", row.pk)).text
