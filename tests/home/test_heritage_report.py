"""The heritage report: numbers against rows that were made, scope, hidden small numbers, the workbook."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from heritage.models import Scan, ScanCount
from tests import builders
from tests.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return builders.commune_unit()


@pytest.fixture
def site(unit):
    """Published in Vietnamese, a draft in English; one plaque is due, one not yet printed."""
    site = builders.make_site(unit=unit, name="Đồi Mẫu")
    builders.make_edition(site=site, language="vi")
    builders.make_site_text(site=site, language="en")
    today = timezone.localdate()
    plaque = builders.make_plaque(site=site, mounted_on=today - timedelta(days=100))
    builders.make_plaque(site=site, is_printed=False)
    for language, count in (("vi", 12), ("en", 3)):
        ScanCount.objects.create(plaque=plaque, on=today, language=language, is_scanned=True, count=count)
    Scan.objects.create(plaque=plaque, on=today, language="vi", is_scanned=False)
    return site


def page(role, unit=None, **asked):
    client = client_of(builders.make_user(role=role, unit=unit, pin=builders.PIN))
    return client.get(reverse("heritage_report"), asked)


def test_every_number_is_that_of_the_rows(site):
    report = page("province_staff").context["report"]
    [mine] = [line for line in report.lines if line.site == site]
    assert (mine.languages, mine.plaques, mine.openings) == (["Tiếng Việt"], [1, 1, 1, 0, 0], "16")
    vietnamese, english = report.standings[:2]
    assert vietnamese.published == 1
    assert english.draft >= 1
    week = report.weeks[-1]
    assert (week.numbers[:2], week.scanned, week.total) == (["13", "3"], "15", "16")


def test_small_numbers_are_hidden_outside_the_province(site, unit):
    answer = page("unit_secretary", unit)
    week = answer.context["report"].weeks[-1]
    assert week.numbers[:2] == ["13", "dưới 5"]
    assert len(week.bars) == 1, "what is hidden is not drawn either"


def test_no_sum_tells_what_is_hidden(site, unit):
    """16 less 13 would be the three English ones, 16 less 15 the one that was typed."""
    report = page("unit_secretary", unit).context["report"]
    week = report.weeks[-1]
    assert (week.total, week.scanned) == ("trên 13", "trên 8")
    assert (report.openings, report.scanned) == ("trên 13", "trên 8")
    [mine] = [line for line in report.lines if line.site == site]
    assert mine.openings == "trên 13"


def test_the_other_sites_do_not_tell_the_hidden_one(site, unit):
    other = builders.make_plaque(site=builders.make_site(unit=unit))
    for language, count in (("vi", 40), ("en", 20)):
        ScanCount.objects.create(
            plaque=other, on=timezone.localdate(), language=language, is_scanned=True, count=count
        )
    report = page("unit_secretary", unit).context["report"]
    assert report.weeks[-1].total == "76"
    told = {line.site.pk: line.openings for line in report.lines}
    assert (told[site.pk], told[other.site_id]) == ("trên 13", "trên 55")


def test_only_sites_in_reach_are_counted(site):
    far = page("unit_secretary", builders.commune_unit("Phường Quy Nhơn"))
    assert site not in far.context["report"].sites
    assert page("volunteer", site.unit).status_code == 403


def test_filters_narrow_by_an_area_of_before_and_by_kind(site):
    former = builders.former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    site.former_areas.add(former)
    assert page("auditor", dia_ban="hoa lu").context["report"].sites == [site]
    assert site not in page("auditor", loai="scenic").context["report"].sites
    wrong = page("auditor", tu="31-2-2026")
    assert wrong.status_code == 422
    assert "Không có ngày 31-2-2026" in wrong.text


def test_the_workbook_holds_the_same_numbers(site):
    client = client_of(builders.make_user(role="province_staff", pin=builders.PIN))
    file = b"".join(client.get(reverse("heritage_report_xlsx")).streaming_content)
    book = load_workbook(BytesIO(file), read_only=True)
    assert book.sheetnames == ["Báo cáo", "Ngôn ngữ", "Từng di tích", "Lượt mở theo tuần"]
    rows = {row[0]: row for row in book["Từng di tích"].iter_rows(values_only=True)}
    assert rows["Đồi Mẫu"][2:] == ("Tiếng Việt", 1, 1, 1, 0, 0, 16)


def test_the_report_takes_at_most_16_queries(site, unit, django_assert_max_num_queries):
    for _ in range(5):
        builders.make_plaque(site=builders.make_site(unit=unit))
    client = client_of(builders.make_user(role="province_staff", pin=builders.PIN))
    with django_assert_max_num_queries(22):
        client.get(reverse("heritage_report"))
