"""The slip that a person keeps: no name on it, its page masked, its requests at the right desk."""

import pypdfium2
import pytest
from django.urls import reverse

from portal.codes.shortcodes import make_code
from portal.home import personal
from portal.home.stubs import CHECKS, WISHES
from portal.limits import allow
from portal.printing import reading
from portal.privacy import stubs
from portal.privacy.models import Opening, PersonRequest, Stub
from tests import builders
from tests.people import client_of

NAME, PHONE, NUMBER = "Nguyễn Thị Thử", "0389777555", "064158777555"


@pytest.fixture
def resident(db):
    resident = builders.make_resident(
        name=NAME, number=NUMBER, phone=PHONE, phone_kind="own", birth_year=1958
    )
    builders.make_help(resident=resident)
    return resident


@pytest.fixture
def stub(resident) -> Stub:
    return Stub.objects.make_for(resident.consent, by=resident.recorded_by)


def address(stub) -> str:
    return reverse("stub_page", args=[stub.code_id])


def test_the_slip_reads_back_and_names_nobody(resident):
    place = resident.group.place
    client = client_of(builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN), place=place)
    pdf = client.get(reverse("stub_pdf", args=[resident.pk]))
    assert pdf["Content-Type"] == "application/pdf"
    stub = Stub.objects.get(consent=resident.consent)
    ((found,),) = reading.codes_on_pages(pdf.content, scale=3)
    assert found.content.decode() == stubs.address(stub) == f"http://testserver{address(stub)}"
    with pypdfium2.PdfDocument(pdf.content) as document:
        assert [round(points * 25.4 / 72) for points in document[0].get_size()] == [105, 148]
        text = document[0].get_textpage().get_text_bounded()
    assert stubs.grouped(stub.code_id) in text
    assert place.unit.name in text
    assert not [word for word in (NAME, "Thử", PHONE, NUMBER) if word in text]
    assert client.get(reverse("stub_pdf", args=[resident.pk])).content == pdf.content
    assert Opening.objects.filter(row=resident.pk).count() == 2


def test_who_withdrew_gets_no_slip(resident):
    place = resident.group.place
    client = client_of(builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN), place=place)
    address = reverse("stub_pdf", args=[resident.pk])
    assert address in client.get(reverse("resident_detail", args=[resident.pk])).text
    resident.consent.withdraw(by=resident.recorded_by)
    assert client.get(address).status_code == 404
    assert address not in client.get(reverse("resident_detail", args=[resident.pk])).text
    assert not Stub.objects.exists()


def test_the_longest_office_leaves_the_slip_on_one_page(stub):
    office = "Ban Chấp hành Đoàn Thanh niên Cộng sản Hồ Chí Minh " * 3
    with pypdfium2.PdfDocument(stubs.pdf(stub, office=office[:160], demo=True)) as document:
        assert len(document) == 1


def test_the_page_shows_what_is_held_and_nothing_whole(client, stub):
    answer = client.get(address(stub))
    assert answer.status_code == 200
    for shown in ("Nguyễn T•• T••", "•••• 7555", "1958", "kích hoạt"):
        assert shown in answer.text
    assert not [text for text in (NAME, PHONE, NUMBER) if text in answer.text]
    assert "noindex" in answer.text
    assert "no-store" in answer["Cache-Control"]


def test_a_wish_arrives_sealed_at_the_desk_of_the_group_with_its_record(client, stub, resident):
    for _ in range(2):  # a second tap
        answer = client.post(address(stub), {"kind": "erase", "words": f"Gọi {PHONE}"}, follow=True)
    assert "Chúng tôi đã nhận" in answer.text
    wish = PersonRequest.objects.get()
    assert (wish.kind, wish.how, wish.unit) == ("erase", "stub", resident.group.place.unit)
    assert wish.rows == [["neighborhoods.resident", str(resident.pk)]]
    assert wish.acknowledged_at
    assert wish.clear_words() == f"Gọi {PHONE}"
    assert PHONE not in str(PersonRequest.objects.values())
    assert client.post(address(stub), {"kind": "erase", "words": "x" * 301}).status_code == 422
    assert client.post(address(stub), {"kind": "complain"}).status_code == 422


def test_erased_the_page_says_that_nothing_is_held(client, stub, resident):
    staff = builders.make_user(role="province_staff")
    personal.erase(personal.of_consent(stub.consent), by=staff)
    answer = client.get(address(stub))
    assert "không còn giữ gì" in answer.text
    assert "kích hoạt" not in answer.text
    client.post(address(stub), {"kind": "erase"})
    assert not PersonRequest.objects.exists()


def test_a_vendor_has_a_slip_too(client, db):
    account = builders.make_account(tenancy=builders.make_tenancy(name=NAME))
    consent = account.tenancy.vendor.consent
    stub = Stub.objects.make_for(consent, by=consent.recorded_by)
    text = client.get(address(stub)).text
    assert account.masked in text
    assert account.clear_number() not in text


def test_a_code_that_no_slip_has_is_a_friendly_404(client, stub):
    for code in (make_code(), "nonsense", "7F3KM2QO"):
        answer = client.get(reverse("stub_page", args=[code]))
        assert answer.status_code == 404
        assert "Xem lại mã trên phiếu" in answer.text
    assert client.get(reverse("stub_page", args=[stub.code_id.lower()])).status_code == 200


def test_guessing_and_asking_are_limited(client, stub):
    for _ in range(WISHES["limit"]):
        assert client.post(address(stub), {"kind": "copy"}).status_code == 302
    assert client.post(address(stub), {"kind": "copy"}).status_code == 429
    assert client.get(address(stub)).status_code == 200
    while allow("stub_page", "127.0.0.1", **CHECKS):
        pass
    assert client.get(address(stub)).status_code == 429
