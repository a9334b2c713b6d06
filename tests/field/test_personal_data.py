"""Somebody in a slip: found though it is sealed, told in clear, erased with photos and what was refused."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.field import applying, nightly, personal_data, receiving, sealing
from portal.field.models import Clash, Envelope
from portal.home import personal
from portal.privacy.personal import Asked
from tests import builders
from tests.field.envelopes import make_envelope, send, send_photo
from tests.people import client_of

NAME, PHONE, NUMBER = "Hồ Thị Diệu Huyền", "0389777123", "064158777123"


@pytest.fixture
def market(db):
    return builders.make_market()


@pytest.fixture
def office(db):
    return builders.make_user(role="unit_secretary")


def slip(market, by=None, **fields) -> Envelope:
    """A stall that cannot be written down as it is."""
    by = by or builders.make_user(role="volunteer", unit=market.place.unit)
    id, _ = send("vendor", {"row": "B", "number": "7", **fields}, by=by, place=market.place)
    return Envelope.objects.get(pk=id)


def found(user, **asked) -> list[Envelope]:
    return list(personal_data.find(Asked(**asked), user))


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"name": NAME}, {"name": "ho thi dieu huyen"}),
        ({"name": NAME}, {"name": "Huyền"}),
        ({"holder": "HO THI DIEU HUYEN"}, {"name": NAME}),
        ({"phone": "+84 389 777 123"}, {"phone": PHONE}),
        ({"phone": PHONE}, {"phone": "+84 389.777.123"}),
        ({"account_number": "0641 5877 7123"}, {"number": NUMBER}),
        ({"payload": f"{NUMBER}||{NAME}|01011958|Nữ|Tổ 2|25042021"}, {"number": NUMBER}),
    ],
)
def test_somebody_is_found_by_name_phone_or_number(market, office, fields, asked):
    assert found(office, **asked) == []
    row = slip(market, **fields)
    slip(market, name="Siu Khác", phone="0389777999")
    assert found(office, **asked) == [row]


def test_nobody_is_found_by_nothing_or_by_a_few_digits(market, office):
    slip(market, name=NAME, phone=PHONE)
    assert found(office) == found(office, number="123") == found(office, name="Thị Diệu Hiền") == []


def test_who_is_looked_for_elsewhere_is_not_found(market):
    far = builders.make_user(role="unit_secretary", unit=builders.commune_unit("Phường Quy Nhơn"))
    slip(market, name=NAME)
    assert found(far, name=NAME) == []


def test_all_that_waits_is_looked_through_and_of_the_finished_the_newest(market, office, monkeypatch):
    monkeypatch.setattr(personal_data, "NEWEST", 1)
    waiting = [slip(market, name=NAME) for _ in range(3)]
    old, new = slip(market, name=NAME), slip(market, name=NAME)
    for row in (old, new):
        applying.drop(row.pk, by=office, why="Ghi nhầm")
    assert {row.pk for row in found(office, name=NAME)} == {row.pk for row in [*waiting, new]}


def test_the_list_shows_the_name_masked_and_the_copy_everything(market, office):
    row = slip(market, name=NAME, phone=PHONE, how="screen")
    [record] = personal.find(Asked(name=NAME), office)
    assert record.who == "Hồ T•• D•• H••"
    assert row.receipt in record.where
    told = dict(record.tell())  # in the words of the form
    assert {NAME, PHONE, "Nghe đọc, đồng ý trên màn hình"} <= set(told.values())


def test_the_copy_has_the_code_that_was_scanned_and_what_nobody_knows_any_more(market, office):
    slip(market, name=NAME, payload="00020101", of_old="Sạp cũ", purposes=["market_card", "gone"])
    [record] = personal.find(Asked(name=NAME), office)
    words = [value for _label, value in record.tell()]
    assert {"00020101", "Sạp cũ"} <= set(words)
    assert any(value.endswith(", gone") for value in words if isinstance(value, str))


@pytest.mark.parametrize("fields", [[1], None, "x", [["name"]], [["name", "\ud800"]], {"name": NAME}])
def test_what_came_in_no_shape_under_a_known_uuid_breaks_no_search(market, office, fields):
    row = slip(market, name=NAME, phone=PHONE)
    key = row.key
    words = {"kind": "vendor", "fields": fields}
    raw = sealing.seal_envelope(words, id=row.pk, key_id=key.id, public=bytes(key.public))
    assert receiving.receive(row.pk, raw, by=row.author).status == 409
    [record] = personal.find(Asked(name=NAME), office)
    assert NAME in [value for _label, value in record.tell()]


def test_what_waits_is_dropped_with_its_photo_and_nothing_opens_any_more(market, office):
    author = builders.make_user(role="volunteer", unit=market.place.unit)
    row = slip(market, by=author, name=NAME)
    send_photo(b"JPEG", of=row.pk, by=author, place=market.place)
    personal.erase(personal.find(Asked(name=NAME), office), by=office)
    states = {(one.state, one.sealed, one.problem) for one in Envelope.objects.all()}
    assert states == {("dropped", None, personal_data.ERASED)}
    assert found(office, name=NAME) == []
    assert Envelope.objects.get(pk=row.pk).author == author
    [record] = personal.load([("field.envelope", str(row.pk))], office)
    assert record.who == ""


def test_what_was_refused_as_another_content_is_found_and_erased_too(market, office):
    row = slip(market, name="Siu Khác")
    _, raw = make_envelope("vendor", {"name": NAME}, by=row.author, place=market.place, id=row.pk)
    receiving.receive(row.pk, raw, by=row.author)
    receiving.receive(row.pk, b"GLR1 no envelope", by=row.author)
    records = personal.find(Asked(name=NAME), office)
    assert [record.row for record in records] == [row]
    personal.erase(records, by=office)
    assert not Clash.objects.with_content()
    assert Clash.objects.count() == 2


def test_what_was_refused_is_forgotten_after_90_days(market):
    row = slip(market, name="Siu Khác")
    receiving.receive(row.pk, b"GLR1 no envelope", by=row.author)
    assert nightly.forget_contents() == 0
    Clash.objects.update(at=timezone.now() - timedelta(days=91))
    assert nightly.forget_contents() == 1


def test_a_volunteer_who_is_erased_is_named_in_no_reason(market):
    """A stall that is taken says who took it."""
    gone = builders.make_user(name=NAME)
    row = slip(market)
    Envelope.objects.update(problem=f"Sạp B7 đã có chủ trong sổ, {gone} ghi ngày 1-12-2026")
    staff = builders.make_user(role="administrator")
    personal.erase([personal.Record(personal.BY_LABEL["accounts.user"], gone)], by=staff)
    assert NAME not in Envelope.objects.get(pk=row.pk).problem
    assert NAME not in User.objects.get(pk=gone.pk).name


def test_a_lost_tablet_is_answered_for_by_what_was_filled_in_on_it(market):
    row = slip(market, name=NAME)
    staff = client_of(builders.make_user(role="province_staff"))
    today = f"{timezone.localdate():%d-%m-%Y}"
    answer = staff.post(reverse("breach"), {"device": row.device, "first": today, "last": today})
    [line] = answer.context["page"]
    assert (line.label, line.deeds) == ("field.envelope", {"Ghi phiếu trên máy": 1})
    assert "Hồ T•• D•• H••" in answer.text
    assert NAME not in answer.text
