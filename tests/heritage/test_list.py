"""All sites: the list and its search, the open data, what search engines are told, and the start page."""

import csv
import json
import re
from xml.etree import ElementTree

import pytest

from heritage.models import Site
from tests import builders
from tests.heritage.test_page import Page

pytestmark = pytest.mark.django_db
LIST, LIST_EN = "/di-tich/", "/en/heritage/"
DC = "{http://purl.org/dc/elements/1.1/}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def three():
    """Plei Ơi in both languages, Biển Hồ and Hòn đá ông Nhạc in Vietnamese; all else stays a draft."""
    by = builders.make_user()
    for slug, language in (
        ("plei-oi", "vi"),
        ("plei-oi", "en"),
        ("bien-ho", "vi"),
        ("hon-da-ong-nhac", "vi"),
    ):
        builders.make_edition(site=Site.objects.get(slug=slug), language=language, by=by)


def listed(client, path: str) -> list[str]:
    """Where the cards of the list lead, in order."""
    cards = client.get(path).content.decode().partition('<ul class="grid">')[2].partition("</ul>")[0]
    found = [link["href"] for link in Page(cards).all("a")]
    return [href for href in found if href.startswith("/di-tich/") and href.endswith("/") and href != LIST]


def test_the_list_shows_each_published_site_once_in_vietnamese_order(client, three):
    assert listed(client, LIST) == ["/di-tich/bien-ho/", "/di-tich/hon-da-ong-nhac/", "/di-tich/plei-oi/"]


def test_every_dot_of_the_map_leads_to_its_site(client, three):
    html = client.get(LIST).content.decode()
    for address, name in (("/di-tich/bien-ho/", "Biển Hồ"), ("/di-tich/plei-oi/", "Plei Ơi")):
        assert re.search(f'<a href="{address}"><title>[^<]*{name}', html)
    assert html.count('class="ap"') == 3, "none of the three is measured: dashed rings"
    own = client.get("/di-tich/bien-ho/").content.decode()
    assert '<a href="/di-tich/plei-oi/"><title>' in own
    assert '<a href="/di-tich/bien-ho/"><title>' not in own
    assert "gần đúng" in own


def test_the_english_list_leads_to_what_there_is(client, three):
    page = Page(client.get(LIST_EN).content.decode())
    assert page.all("a", href="/en/heritage/plei-oi/")
    assert page.all("a", href="/di-tich/bien-ho/")
    assert page.language_of("Biển Hồ") == "vi"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tim=plei+oi", ["plei-oi"]),
        ("tim=chu+a+thai", ["plei-oi"]),  # the commune of today
        ("tim=ayun+ha", ["plei-oi"]),  # before 2025
        ("tim=phu+thien", ["plei-oi"]),  # the district before 2025
        ("loai=scenic", ["bien-ho"]),
        ("hang=special_national", ["hon-da-ong-nhac"]),
        ("hang=national", ["bien-ho", "plei-oi"]),
        ("hang=national&loai=scenic", ["bien-ho"]),
        ("tim=chu+dang+ya", []),  # a draft
        ("tim=%25", []),
        ("loai=khong-co", []),
        ("page=99&hang=national", ["bien-ho", "plei-oi"]),
    ],
)
def test_sites_are_found_by_names_of_any_time_kinds_and_ranks(client, three, query, found):
    assert listed(client, f"{LIST}?{query}") == [f"/di-tich/{slug}/" for slug in found]


def test_nothing_found_and_nothing_published_are_friendly(client, three):
    assert "Không có di tích nào như vậy" in client.get(f"{LIST}?tim=xyz").content.decode()
    for edition in Site.objects.get(slug="plei-oi").editions.all():
        edition.withdraw(by=edition.sent_by)
    assert "/di-tich/plei-oi/" not in client.get(LIST).content.decode()


def test_before_the_first_page_the_list_says_so(client):
    assert "Chưa có di tích nào" in client.get(LIST).content.decode()
    assert client.get("/sitemap.xml").status_code == 200
    assert json.loads(client.get("/di-tich/du-lieu.geojson").content)["features"] == []


def test_a_kept_list_costs_one_query(client, three, django_assert_num_queries):
    client.get(LIST)
    with django_assert_num_queries(1):
        client.get(LIST)


def test_the_start_page_leads_to_the_sites(client, three):
    page = Page(client.get("/").content.decode())
    assert page.all("a", href="/di-tich/bien-ho/")
    assert page.all("form", action="/h/")
    assert "di tích đã có trang" in page.html


# --- open data ---------------------------------------------------------------------------------------------


def test_the_table_holds_what_is_published_and_no_formula(client, three):
    lines = client.get("/di-tich/du-lieu.csv").content.decode("utf-8-sig").splitlines()
    rows = {(row["id"], row["language"]): row for row in csv.DictReader(lines)}
    assert set(rows) == {("plei-oi", "vi"), ("plei-oi", "en"), ("bien-ho", "vi"), ("hon-da-ong-nhac", "vi")}
    row = rows["plei-oi", "en"]
    assert row["page"] == "http://testserver/en/heritage/plei-oi/"
    assert (row["communes"], row["rank"], row["is_exact"]) == ("Xã Chư A Thai", "National relic", "false")
    assert "281/QĐ-BT 1993-03-24" in row["decisions"]
    assert rows["hon-da-ong-nhac", "vi"]["part_of"] == "tay-son-thuong-dao"


def test_the_map_data_are_points_with_longitude_first(client, three):
    answer = client.get("/di-tich/du-lieu.geojson")
    features = {feature["id"]: feature for feature in json.loads(answer.content)["features"]}
    lon, lat = features["bien-ho/vi"]["geometry"]["coordinates"]
    assert 107 < lon < 110
    assert 12 < lat < 15
    assert features["bien-ho/vi"]["properties"]["is_exact"] == "false"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies


def test_dublin_core_names_title_language_and_reader(client, three):
    tree = ElementTree.fromstring(client.get("/di-tich/du-lieu.xml").content)
    records = [{element.tag.removeprefix(DC): element.text for element in record} for record in tree]
    english = next(record for record in records if record["language"] == "en")
    assert (english["title"], english["contributor"]) == ("Plei Ơi", "Người Đọc Mẫu, Phòng Mẫu")
    assert len(records) == 4


def test_search_engines_are_told_of_every_page_and_of_no_plaque(client, three):
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    found = {url.find(f"{MAP}loc").text.removeprefix("http://testserver") for url in tree}
    pages = {"/di-tich/plei-oi/", "/en/heritage/plei-oi/", "/di-tich/bien-ho/", "/di-tich/hon-da-ong-nhac/"}
    assert found == {LIST, LIST_EN} | pages
    robots = client.get("/robots.txt").content.decode()
    assert "Disallow: /h/\nDisallow: /H/" in robots
    assert "Sitemap: http://testserver/sitemap.xml" in robots
