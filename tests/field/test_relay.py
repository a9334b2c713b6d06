"""A colleague sends what lies on somebody's tablet: the author stays inside, the sender outside."""

import base64
import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.field import forms, receiving, rescue
from portal.field.models import Envelope
from portal.privacy.models import Refusal
from tests import builders
from tests.field.envelopes import make_envelope
from tests.field.notes import KIND, REFUSED, REMARK, post, write
from tests.people import client_of


@pytest.fixture
def colleague(place):
    return builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)


@pytest.fixture
def other(colleague, place):
    """The colleague's tablet."""
    return client_of(colleague, place=place)


def item(id, raw: bytes) -> dict:
    return {"id": str(id), "sealed": base64.b64encode(raw).decode()}


def upload(client, content):
    """What the page of the outbox answers to a file, after the redirect."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    file = SimpleUploadedFile("phieu-chua-gui-7F3KM2.json", data, content_type="application/json")
    return client.post(reverse("outbox_upload"), {"file": file}, follow=True)


def queue(*items) -> dict:
    return {"format": rescue.FORMAT, "items": list(items)}


def test_who_sends_for_a_colleague_is_not_the_author(other, colleague, volunteer, place):
    other.get(reverse("outbox"))
    _id, answer = write(other, by=volunteer, place=place, device="ABCDEF")
    assert answer.json()["state"] == "applied"
    assert not {"words", "flag", "href"} & set(answer.json())
    row = Envelope.objects.get()
    assert (row.author, row.sent_by) == (volunteer, colleague)
    assert (row.device, row.sent_from) == ("ABCDEF", other.cookies["may"].value)
    assert Refusal.objects.get().recorded_by == volunteer
    assert row.is_relayed


def test_both_see_what_was_sent_and_who_helped(other, client, colleague, volunteer, place):
    write(other, by=volunteer, place=place)
    assert f"{colleague} gửi giúp" in client.get(reverse("outbox")).text
    assert f"gửi giúp {volunteer}" in other.get(reverse("outbox")).text


def test_a_file_of_another_tablet_is_received_like_its_envelopes(other, colleague, volunteer, place):
    slips = [make_envelope(KIND, {"words": str(n)}, by=volunteer, place=place) for n in range(3)]
    answer = upload(other, queue(*(item(*slip) for slip in slips)))
    assert answer.redirect_chain == [(reverse("outbox"), 302)]
    assert "Hệ thống đã nhận 3 phiếu trong tệp" in answer.text
    assert {row.author for row in Envelope.objects.all()} == {volunteer}
    assert {row.sent_by for row in Envelope.objects.all()} == {colleague}
    assert "Hệ thống đã nhận 3 phiếu" in upload(other, queue(*(item(*slip) for slip in slips))).text
    assert Refusal.objects.count() == 3


def test_in_a_file_the_broken_do_not_keep_the_good(other, volunteer, place):
    good = make_envelope(KIND, {"words": "Một"}, by=volunteer, place=place)
    held = make_envelope(KIND, {"words": REFUSED}, by=volunteer, place=place)
    clash = make_envelope(KIND, {"words": "Hai"}, by=volunteer, place=place, id=good[0])
    broken = [item(uuid.uuid4(), good[1]), {"id": str(uuid.uuid4()), "sealed": "không phải"}]
    large = item(uuid.uuid4(), b"GLR1" + bytes(256 * 1024))
    answer = upload(other, queue(item(*good), *broken, item(*clash), large, item(*held)))
    assert "đã nhận 2 phiếu" in answer.text
    assert "1 phiếu trùng mã" in answer.text
    assert "3 phiếu trong tệp hỏng" in answer.text
    assert {row.state for row in Envelope.objects.all()} == {"applied", "review"}


def test_an_empty_queue_says_so(other):
    assert "Tệp này không có phiếu nào" in upload(other, queue()).text


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8 an image", b"[]", b"7", b"null", b"{}", b"[" * 100_000,
        {"format": "gia-lai-outbox-9", "items": []},
        {"format": rescue.FORMAT}, {"format": rescue.FORMAT, "items": 7},
        {"format": rescue.FORMAT, "items": [7]},
        {"format": rescue.FORMAT, "items": [{"id": "x", "sealed": ""}]},
        {"format": rescue.FORMAT, "items": [{"id": 7, "sealed": ""}]},
        {"format": rescue.FORMAT, "items": [{"id": str(uuid.UUID(int=7)), "sealed": 7}]},
        {"format": rescue.FORMAT, "items": [{"id": str(uuid.UUID(int=7))}]},
    ],
    ids=lambda content: str(content)[:60],
)  # fmt: skip
def test_a_file_that_is_none_of_ours_is_said_on_the_field(other, content):
    answer = upload(other, content)
    assert answer.status_code == 422
    assert "Đây không phải tệp phiếu của cổng này" in answer.text


def test_a_file_of_too_many_is_said_before_anything_is_received(other, volunteer, place):
    good = item(*make_envelope(KIND, {"words": "Một"}, by=volunteer, place=place))
    answer = upload(other, queue(*[good] * (rescue.MOST_ITEMS + 1)))
    assert answer.status_code == 422
    assert "hơn 2000 phiếu" in answer.text
    assert not Envelope.objects.exists()


def test_a_file_that_is_too_large_is_not_read(other, monkeypatch):
    monkeypatch.setattr(forms, "MOST_BYTES", 10)
    answer = upload(other, queue())
    assert answer.status_code == 422
    assert "Tệp lớn quá" in answer.text


def test_a_file_counts_as_so_many_sendings_and_what_is_too_many_is_sent_again(
    other, volunteer, place, monkeypatch
):
    monkeypatch.setitem(receiving.SENDS, "limit", 2)
    slips = [item(*make_envelope(KIND, {"words": str(n)}, by=volunteer, place=place)) for n in range(4)]
    answer = upload(other, queue(*slips))
    assert "đã nhận 2 phiếu" in answer.text
    assert "2 phiếu trong tệp chưa nhận" in answer.text
    assert Envelope.objects.count() == 2


def test_what_came_of_it_is_told_to_the_author_alone_also_when_a_colleague_sends_it_once_more(
    other, client, volunteer, place
):
    id, raw = make_envelope(KIND, {"words": REMARK}, by=volunteer, place=place)
    assert post(client, id, raw).json()["flag"]
    assert "flag" not in post(other, id, raw).json()


def test_a_form_without_a_file_comes_back(other):
    assert other.post(reverse("outbox_upload")).status_code == 422
