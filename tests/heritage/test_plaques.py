"""Plaques: what is printed is what is published, the code is read back, and what became untrue is found."""

from datetime import timedelta

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from heritage import plaques
from heritage.models import Plaque, PlaqueCheck, RankDecision, SiteText
from portal.codes.models import ShortCode
from portal.printing.reading import codes_on_pages
from tests import builders
from tests.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return builders.commune_unit()


@pytest.fixture
def site(unit):
    site = builders.make_site(unit=unit, name="Đồi Mẫu")
    for language, name in (("vi", "Đồi Mẫu"), ("en", "Sample Hill")):
        builders.make_site_text(site=site, language=language, name=name)
        builders.make_edition(site=site, language=language)
    return site


@pytest.fixture
def staff():
    return client_of(builders.make_user(role="province_staff", pin=builders.PIN))


@pytest.fixture
def volunteer(unit):
    return client_of(builders.make_user(role="volunteer", unit=unit, pin=builders.PIN))


def printed(site, **fields) -> Plaque:
    plaque = Plaque.objects.create_for(site, size=fields.pop("size", Plaque.Size.P2), material="alu")
    plaque.mark_printed(by=builders.make_user(), said=plaques.facts(plaque))
    return plaque


def republish(site, language="vi"):
    builders.make_edition(site=site, language=language)


@pytest.mark.parametrize("size", Plaque.Size.values)
def test_the_file_for_the_print_shop_has_size_bleed_and_the_right_code(site, size):
    plaque = printed(site, size=size)
    pdf = plaques.print_pdf(plaque)
    [[code]] = codes_on_pages(pdf)
    assert code.content.decode() == plaques.address(plaque.code_id)
    assert code.content.decode().endswith(f"/H/{plaque.code_id}")
    measures = plaques.MEASURES[size]
    with pypdfium2.PdfDocument(pdf) as document:
        left, bottom, right, top = (edge / 72 * 25.4 for edge in document[0].get_trimbox())
        bleed = [edge / 72 * 25.4 for edge in document[0].get_bleedbox()]
    assert (right - left, top - bottom) == pytest.approx((measures.width, measures.height), abs=0.2)
    assert bleed[2] - bleed[0] == pytest.approx(measures.width + 6, abs=0.2)


def test_the_symbol_has_29_modules_at_level_h(site):
    from portal.codes.qr import matrix

    assert len(matrix("HTTPS://EXAMPLE.VN/H/7F3KM2QX", "H")) == 29
    assert plaques.address("7F3KM2QX") == plaques.address("7F3KM2QX").upper()


def test_a_very_long_name_still_fits_and_every_letter_is_there(unit):
    name = "Không gian văn hóa Cồng chiêng Tây Nguyên và quần thể di tích Tây Sơn Thượng đạo ở An Khê"
    site = builders.make_site(unit=unit, name=name)
    builders.make_site_text(site=site, name=name)
    republish(site)
    assert plaques.print_pdf(printed(site, size=Plaque.Size.P1)).startswith(b"%PDF")


def test_without_a_published_page_nothing_is_printed(unit, staff):
    plaque = Plaque.objects.create_for(builders.make_site(unit=unit), size=Plaque.Size.P2, material="alu")
    answer = staff.post(reverse("plaque_print", args=[plaque.pk]), follow=True)
    assert "chưa có trang tiếng Việt" in answer.text
    plaque.refresh_from_db()
    assert plaque.version == 0


def test_a_new_print_keeps_the_code_and_raises_the_version(site, staff):
    plaque = Plaque.objects.create_for(site, size=Plaque.Size.P2, material="alu")
    for _ in range(2):
        staff.post(reverse("plaque_print", args=[plaque.pk]))
    before, plaque = plaque.code_id, Plaque.objects.get(pk=plaque.pk)
    assert (plaque.code_id, plaque.version) == (before, 2)
    assert ShortCode.objects.get(pk=before).purpose == ShortCode.Purpose.PLAQUE


@pytest.mark.parametrize("fact", ["rank", "name", "commune"])
def test_a_printed_fact_that_changed_lists_the_plaque(site, staff, fact):
    plaque = printed(site)
    assert plaques.outdated(plaque) == []
    if fact == "rank":
        RankDecision.objects.create(
            site=site, rank_id="special_national", number="93/QĐ-TTg", decided="2022-01-18"
        )
    elif fact == "name":
        SiteText.objects.filter(site=site, language="vi").update(name="Đồi Mẫu Mới")
    else:
        site.areas.set([builders.commune("Phường Quy Nhơn")])
    assert plaques.outdated(plaque) == [], "only what is published counts"
    republish(site)
    assert plaques.outdated(plaque)
    assert plaque.code_id in staff.get(reverse("plaque_list"), {"can": "khac"}).text


def test_a_plaque_of_a_component_says_its_name(site):
    part = builders.make_passage(site=site, kind="component", vi="Bến.", titles={"vi": "Bến nước"})
    republish(site)
    plaque = Plaque.objects.create_for(site, size=Plaque.Size.P1, material="mica", component=part)
    assert plaques._titles(plaques.facts(plaque))[0] == "Bến nước"


def test_sent_twice_one_plaque_is_made(site, staff):
    form = staff.get(reverse("plaque_create"), {"site": site.slug}).context["form"]
    data = {"id": form["id"].value(), "site": site.pk, "size": "200x300", "material": "alu"}
    addresses = {staff.post(reverse("plaque_create"), data).url for _ in range(2)}
    assert len(addresses) == 1
    assert Plaque.objects.count() == 1


def test_a_plaque_is_mounted_after_it_is_printed_and_not_in_the_future(site, staff):
    plaque = Plaque.objects.create_for(site, size=Plaque.Size.P2, material="alu")
    data = {"mounted_on": "1-11-2026", "mounted_by": "Đội Mẫu", "mounted_at": "cổng chính"}
    assert "Lập bản in trước" in staff.post(reverse("plaque_mount", args=[plaque.pk]), data, follow=True).text
    plaque.mark_printed(by=builders.make_user(), said=plaques.facts(plaque))
    late = staff.post(reverse("plaque_mount", args=[plaque.pk]), data | {"mounted_on": "1-11-2099"})
    assert late.status_code == 422
    assert "cổng chính" in late.text
    photo = builders.make_photo()
    from django.core.files.uploadedfile import SimpleUploadedFile

    staff.post(
        reverse("plaque_mount", args=[plaque.pk]), data | {"picture": SimpleUploadedFile("a.jpg", photo)}
    )
    plaque.refresh_from_db()
    assert plaque.mounted_on is not None
    sent = staff.get(reverse("plaque_photo", args=[plaque.pk]))
    assert sent.content.startswith(b"\xff\xd8")
    assert "attachment" in sent["Content-Disposition"]


def test_a_removed_plaque_goes_on_answering(site, staff, client):
    plaque = printed(site)
    staff.post(reverse("plaque_remove", args=[plaque.pk]), {"removed_why": "Sửa cổng"})
    assert client.get(f"/H/{plaque.code_id}").status_code == 200
    assert plaque.code_id not in staff.get(reverse("plaque_list")).text


# --- rounds ------------------------------------------------------------------------------------------------


def mounted(site, days=100) -> Plaque:
    return builders.make_plaque(site=site, mounted_on=timezone.localdate() - timedelta(days=days))


def test_a_plaque_is_due_90_days_after_mounting_or_the_last_look(site):
    due, fresh, looked = mounted(site), mounted(site, days=10), mounted(site)
    PlaqueCheck.objects.record(looked, by=builders.make_user(), result="good")
    assert set(Plaque.objects.due()) == {due}
    later = timezone.now() + timedelta(days=95)
    assert set(Plaque.objects.due(later)) == {due, fresh, looked}


def test_a_volunteer_scans_a_plaque_and_writes_what_is_there(site, volunteer):
    plaque = mounted(site)
    there = volunteer.post(reverse("plaque_round_list"), {"code": plaque.code_id.lower()})
    page = volunteer.get(there.url)
    assert "Đã quét đúng mã" in page.text
    form = page.context["form"]
    data = {"id": form["id"].value(), "result": "faded", "note": "Nắng", "scanned": plaque.code_id}
    for _ in range(2):
        volunteer.post(there.url, data)
    check = PlaqueCheck.objects.get()
    assert (check.result, check.is_scanned, check.plaque) == ("faded", True, plaque)
    assert set(Plaque.objects.broken()) == {plaque}
    assert not Plaque.objects.due()


def test_the_code_of_another_plaque_leads_there(site, volunteer):
    here, other = mounted(site), mounted(site)
    answer = volunteer.post(
        reverse("plaque_check", args=[here.pk]), {"scanned": other.code_id, "result": "good"}
    )
    assert answer.url == f"{reverse('plaque_check', args=[other.pk])}?ma={other.code_id}"
    assert not PlaqueCheck.objects.exists()


def test_a_mistyped_code_says_why_and_stays(site, volunteer):
    answer = volunteer.post(reverse("plaque_round_list"), {"code": "0OOPS"})
    assert answer.status_code == 422
    assert "0OOPS" in answer.text


def test_plaques_out_of_reach_are_not_found(site):
    plaque = mounted(site)
    far = builders.make_user(
        role="unit_secretary", unit=builders.commune_unit("Phường Quy Nhơn"), pin=builders.PIN
    )
    client = client_of(far)
    for name in ("plaque_detail", "plaque_check"):
        assert client.get(reverse(name, args=[plaque.pk])).status_code == 404


def test_lists_cost_the_same_for_one_plaque_and_many(site, staff, django_assert_max_num_queries):
    for _ in range(12):
        mounted(site)
    for name in ("plaque_list", "plaque_round_list"):
        with django_assert_max_num_queries(14):
            assert staff.get(reverse(name)).status_code == 200


def test_a_language_published_later_makes_no_plaque_untrue(unit):
    site = builders.make_site(unit=unit, name="Đồi Mẫu")
    builders.make_edition(site=site, language="vi")
    plaque = printed(site)
    builders.make_edition(site=site, language="en")
    assert plaques.outdated(plaque) == []


def test_size_and_material_change_until_the_first_print(site, staff):
    plaque = Plaque.objects.create_for(site, size=Plaque.Size.P2, material="alu")
    address, data = reverse("plaque_change", args=[plaque.pk]), {"size": "400x600", "material": "stone"}
    staff.post(address, data)
    plaque.refresh_from_db()
    assert (plaque.size, plaque.material) == ("400x600", "stone")
    staff.post(reverse("plaque_print", args=[plaque.pk]))
    staff.post(address, data | {"size": "150x200"})
    plaque.refresh_from_db()
    assert plaque.size == "400x600"


def test_where_it_hangs_is_taken_with_a_comma(site, staff):
    plaque = printed(site)
    data = {"mounted_on": "1-11-2026", "mounted_by": "Đội Mẫu", "mounted_at": "cổng"}
    sent = staff.post(
        reverse("plaque_mount", args=[plaque.pk]), data | {"latitude": "13,98", "longitude": "108,01"}
    )
    plaque.refresh_from_db()
    assert (sent.status_code, plaque.latitude, plaque.longitude) == (302, 13.98, 108.01)


def test_a_plaque_promises_a_voice_only_where_there_is_one(site):
    from heritage import recordings
    from tests.heritage import sounds

    assert not plaques.facts(printed(site))["is_told"]
    recordings.add(site, sounds.mp3(), language="vi")
    republish(site)
    assert plaques.facts(printed(site))["is_told"]
