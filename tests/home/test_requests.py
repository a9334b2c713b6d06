"""The desk: a request is taken down sealed, found by POST, copied, withdrawn, erased and closed in time."""

import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from markets.models import Vendor
from neighborhoods.models import HelpEvent, Resident
from portal.home import personal
from portal.privacy.models import PersonRequest, ReadLog
from tests import builders
from tests.people import client_of

NAME, PHONE, NUMBER = "Rah Lan H’Diệu Mẫu", "0389777321", "064158777321"
TAKEN = {
    "kind": "erase", "how": "in_person", "name": NAME, "contact": PHONE,
    "received_on": f"{timezone.localdate():%d-%m-%Y}",
}  # fmt: skip


@pytest.fixture
def person(db) -> Resident:
    """A resident of phường Pleiku who was helped, and who sells there too."""
    resident = builders.make_resident(name=NAME, number=NUMBER, phone=PHONE, phone_kind="own")
    builders.make_help(resident=resident)
    builders.make_account(tenancy=builders.make_tenancy(vendor=builders.make_vendor(name=NAME, phone=PHONE)))
    return resident


def desk(role="unit_secretary", **more):
    return client_of(builders.make_user(role=role, **more))


def take(client, **more) -> PersonRequest:
    answer = client.post(reverse("request_create"), {**TAKEN, **more})
    assert answer.status_code == 302, answer.context["form"].errors
    return PersonRequest.objects.get(pk=answer["Location"].split("/")[2])


def go(client, step, wish, *args, **data):
    return client.post(reverse(f"request_{step}", args=[wish.pk, *args]), data)


def choose_all(client, wish):
    found = go(client, "find", wish).context["found"]
    go(client, "choose", wish, record=[record.key for record in found])
    return found


def test_a_request_is_sealed_dated_and_belongs_to_the_unit(db):
    client = desk()
    wish = take(client)
    assert wish.due_on == wish.received_on + timedelta(days=20)
    assert wish.unit == builders.commune_unit()
    assert (wish.clear_name(), wish.clear_contact()) == (NAME, PHONE)
    assert NAME not in str(PersonRequest.objects.values()) + str(wish.events.values())
    assert NAME not in client.get(reverse("request_detail", args=[wish.pk])).text
    assert client.post(reverse("request_create"), {**TAKEN, "received_on": "1-1-2999"}).status_code == 422


def test_the_whole_way_from_the_search_to_the_end(person):
    client = desk()
    wish = take(client)
    shown = go(client, "find", wish)
    assert [record.part.label for record in shown.context["found"]] == [
        "neighborhoods.resident", "markets.vendor"
    ]  # fmt: skip
    assert "Rah L•• H••" in shown.text
    assert not [text for text in (NAME, PHONE, NUMBER) if text in shown.text]
    choose_all(client, wish)

    copied = go(client, "copy", wish, "json")
    told = json.loads(copied.content.decode())
    assert [part["la"] for part in told["ho_so"]] == ["Người dân trong tổ điện tử", "Tiểu thương"]
    assert {"muc": "Số định danh", "gia_tri": NUMBER} in told["ho_so"][0]["noi_dung"]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(go(client, "copy", wish, "xlsx").streaming_content)))
    assert ("Họ và tên", NAME) in list(book.worksheets[0].values)
    lines = ReadLog.objects.filter(reason="request")
    assert {line.model for line in lines} == {"neighborhoods.resident", "markets.vendor"}

    assert "Chưa xóa dữ liệu" in go(client, "close", wish, outcome="done").text
    assert go(client, "erase", wish).status_code == 422  # nobody said that they were face to face
    page = client.get(reverse("request_erase", args=[wish.pk])).text
    assert "1 lượt giúp" in page
    assert Resident.objects.get(pk=person.pk).name == NAME
    go(client, "erase", wish, is_checked="on")
    person.refresh_from_db()
    assert (person.name, person.number, person.group_id is not None) == ("", None, True)
    assert Vendor.objects.get().name == ""
    assert HelpEvent.objects.get().resident == person

    assert go(client, "close", wish, outcome="done").status_code == 302
    wish.refresh_from_db()
    assert (wish.outcome, wish.closed_by.name) == ("done", wish.received_by.name)
    assert go(client, "find", wish).status_code == 403
    log = client.get(reverse("request_detail", args=[wish.pk])).context["log"]
    assert "Xóa lúc" in str(log)
    assert NAME not in str(log)


def test_withdrawing_ends_the_work_with_the_name_and_keeps_the_record(person):
    client = desk()
    wish = take(client, kind="withdraw")
    choose_all(client, wish)
    go(client, "step", wish, "rut-lai")
    person.refresh_from_db()
    assert (person.left_why, person.name) == ("withdrew", NAME)
    assert person.consent.withdrawn_at
    assert person not in Resident.objects.at(person.group.place).present()
    vendor = Vendor.objects.get()
    assert vendor.consent.withdrawn_at
    assert not vendor.tenancies.open()
    assert go(client, "close", wish, outcome="done").status_code == 302


def test_nobody_finds_or_chooses_beyond_their_reach(person):
    elsewhere = desk(unit=builders.commune_unit("Phường Quy Nhơn"))
    mine = take(desk())
    assert elsewhere.get(reverse("request_detail", args=[mine.pk])).status_code == 404
    theirs = take(elsewhere)
    assert not go(elsewhere, "find", theirs, name=NAME, number=NUMBER).context["found"]
    go(elsewhere, "choose", theirs, record=[f"neighborhoods.resident:{person.pk}", "x:1", "auth.user:1"])
    theirs.refresh_from_db()
    assert theirs.rows == []
    staff = desk("province_staff")
    choose_all(staff, theirs)
    go(elsewhere, "choose", theirs, record=[])
    theirs.refresh_from_db()
    assert len(theirs.rows) == 3  # the two records, and the other request of the same name


def test_who_may_not_manage_an_account_cannot_erase_it(db):
    boss = builders.make_user(role="unit_secretary", unit=builders.commune_unit(), name=NAME, phone=PHONE)
    client = desk()
    wish = take(client)
    go(client, "choose", wish, record=[f"accounts.user:{boss.pk}"])
    builders.make_role(user=boss, kind="auditor")
    assert go(client, "erase", wish, is_checked="on").status_code == 422
    boss.refresh_from_db()
    assert (boss.name, boss.is_active) == (NAME, True)


def test_the_list_shows_the_late_first_and_an_auditor_only_reads(db):
    staff = builders.make_user(role="province_staff")
    late = PersonRequest.objects.receive(
        kind="see", how="paper", unit=builders.commune_unit(), by=staff, name=NAME,
        received_on=timezone.localdate() - timedelta(days=11),
    )  # fmt: skip
    client = client_of(staff)
    take(client)
    page = client.get(reverse("request_list"))
    assert [wish == late for wish in page.context["page"]] == [True, False]
    assert "Quá hạn 1 ngày" in page.text
    assert reverse("request_detail", args=[late.pk]) in page.text
    auditor = desk("auditor")
    assert reverse("request_detail", args=[late.pk]) not in auditor.get(reverse("request_list")).text
    assert auditor.get(reverse("request_detail", args=[late.pk])).status_code == 403


def test_names_leave_a_request_a_year_after_it_was_closed(db):
    staff = builders.make_user(role="province_staff")
    words = {"kind": "see", "how": "paper", "unit": builders.commune_unit(), "by": staff, "name": NAME}
    old, new, waiting = (PersonRequest.objects.receive(**words) for _ in range(3))
    now = timezone.now()
    old.close(by=staff, outcome="done", at=now - timedelta(days=367))
    new.close(by=staff, outcome="done", at=now - timedelta(days=364))
    assert PersonRequest.objects.forget_names() == 1
    named = {wish.pk for wish in PersonRequest.objects.all() if wish.clear_name()}
    assert named == {new.pk, waiting.pk}


# Names of places and things; and rows that a vendor's own part tells and erases.
NOBODYS = {"Area", "Unit", "Place", "Site", "SiteText", "Edition", "RankDecision", "Stall"}
OF_VENDORS = {"Tenancy", "PaymentAccount", "StallCard"}


def test_every_table_that_could_name_people_is_known_to_a_part():
    """Who adds one declares it in its app's personal_data.py, or says here whose it is."""
    known = NOBODYS | OF_VENDORS | {part.model.__name__ for part in personal.PARTS}
    telling = {"name_folded", "name_key", "sign_folded", "phone", "number", "holder", "contact"}
    ours = [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in {"portal", "markets", "heritage", "neighborhoods"}
    ]
    found = {
        model.__name__
        for model in ours
        if telling & {field.name for field in model._meta.local_fields}
        and not hasattr(model, "pgh_tracked_model")
    }
    assert found <= known
    assert {"Resident", "Vendor", "User"} <= found
