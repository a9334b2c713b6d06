"""Visitors' corrections: filed with the text that was read, and no word lost to the limit."""

import pytest

from heritage.addresses import correction_address
from heritage.models import Correction
from tests import builders

pytestmark = pytest.mark.django_db
WORDS = "Năm ghi trên trang chưa đúng"


@pytest.fixture
def site():
    site = builders.make_site(name="Đồi Góp Ý")
    for language in ("vi", "jra"):
        builders.make_edition(site=site, language=language)
    return site


def test_a_remark_on_a_jrai_page_is_filed_as_jrai(site, client):
    client.post(correction_address(site.slug, "jra"), {"about": "text", "text": WORDS})
    assert Correction.objects.get().language == "jra"


@pytest.mark.parametrize("language", ["bdq", "xx", "%00"])
def test_a_language_that_is_not_published_is_filed_as_vietnamese(site, client, language):
    address = f"{correction_address(site.slug)}?lang={language}"
    client.post(address, {"about": "text", "text": WORDS})
    assert Correction.objects.get().language == "vi"


def test_the_jrai_page_leads_to_its_own_form(site, client):
    assert f'href="{correction_address(site.slug, "jra")}"' in client.get(f"/di-tich/{site.slug}/jra/").text


def test_what_was_written_is_still_there_when_too_many_came(site, client):
    for _ in range(10):
        client.post(correction_address(site.slug), {"about": "text", "text": WORDS})
    answer = client.post(correction_address(site.slug), {"about": "place", "text": f"{WORDS} lần nữa"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert f"{WORDS} lần nữa</textarea>" in answer.text
    assert "Lời của bạn còn nguyên" in answer.text
    assert Correction.objects.count() == 10
