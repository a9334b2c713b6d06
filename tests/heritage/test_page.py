"""A site's public page: what it says, in which language, under which address, and what it weighs."""

import gzip
import json
import re
from html.parser import HTMLParser

import pytest
from django.test import override_settings

from heritage import pages, words
from heritage.models import Edition, Site
from tests import builders

pytestmark = pytest.mark.django_db
PLEI_OI, PLEI_OI_EN = "/di-tich/plei-oi/", "/en/heritage/plei-oi/"


class Page(HTMLParser):
    """The elements of a page with the language each stands in: [(tag, attributes, language)]."""

    VOID = {"meta", "link", "img", "br", "input", "source"}

    def __init__(self, html: str):
        super().__init__()
        self.html, self.elements, self.texts, self._open = html, [], [], [("", "")]
        self.feed(html)
        assert [tag for tag, _ in self._open] == [""], "an element is not closed"

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        language = attributes.get("lang", self._open[-1][1])
        self.elements.append((tag, attributes, language))
        if tag not in self.VOID:
            self._open.append((tag, language))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), self._open[-1][1]))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        self.texts.append((data.strip(), self._open[-1][1], [tag for tag, _ in self._open]))

    def all(self, tag: str, **attributes) -> list[dict]:
        wanted = attributes.items()
        return [found for name, found, _ in self.elements if name == tag and wanted <= found.items()]

    def language_of(self, words: str) -> str:
        """The language in which these words stand on the page."""
        return next(language for text, language, tags in self.texts if words in text and "main" in tags)


def get(client, path: str, **headers) -> Page:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return Page(response.content.decode())


def heroes(slug: str, language: str) -> list[dict]:
    """A hero as the picture job leaves it: three sizes in two formats and a JPEG, names of their length."""
    files = [
        {"name": f"{slug[:2].encode().hex()}{width:04}{'7a3f' * 6}{number}.{ending}", "format": ending,
         "width": width, "height": width * 3 // 4, "size": width * 30}
        for ending in ("avif", "webp", "jpg") for number, width in enumerate((480, 960, 1600))
        if ending != "jpg" or width == 480
    ]  # fmt: skip
    return [
        {"id": "1", "use": "hero", "component": "", "alt": f"Hình vẽ {language}", "caption": "", "text": "",
         "credit": "Đội Mẫu", "licence": "CC BY 4.0", "taken": "", "is_drawn": True, "width": 1600,
         "height": 1200, "files": files}
    ]  # fmt: skip


@pytest.fixture
def both_languages(plei_oi):
    """One of them only."""
    by = builders.make_user()
    for language in ("vi", "en"):
        content = {"pictures": heroes("plei-oi", language)}
        builders.make_edition(site=plei_oi, language=language, by=by, content=content)


@pytest.fixture
def plei_oi():
    return Site.objects.get(slug="plei-oi")


# --- what it weighs and asks for ---------------------------------------------------------------------------


def test_the_page_sets_no_cookie_and_is_the_same_for_everybody(client, both_languages):
    anybody = client.get(PLEI_OI)
    client.force_login(builders.make_user(role="province_staff"))
    somebody = client.get(PLEI_OI)
    for answer in (anybody, somebody):
        assert not answer.cookies
        assert answer["Vary"] == "Accept-Encoding"
        assert answer["Cache-Control"] == "public, max-age=300"
    assert anybody.content == somebody.content


def test_the_style_is_allowed_by_its_hash_on_this_page_only(client, both_languages):
    policy = client.get(PLEI_OI)["Content-Security-Policy"]
    assert f"style-src 'self' '{pages.STYLE_HASH}'" in policy
    assert "unsafe" not in policy
    assert "sha256" not in client.get("/di-tich/")["Content-Security-Policy"]
    page = get(client, PLEI_OI)
    assert page.all("style") == [{}]
    assert [e for _, e, _ in page.elements if "style" in e or any(name.startswith("on") for name in e)] == []


def test_who_has_the_page_is_not_sent_it_again(client, both_languages):
    first = client.get(PLEI_OI)
    again = client.get(PLEI_OI, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(PLEI_OI, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_browser_that_reads_no_gzip_gets_plain_html(client, both_languages):
    plain = client.get(PLEI_OI, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in plain
    assert gzip.decompress(client.get(PLEI_OI, headers={"Accept-Encoding": "gzip"}).content) == plain.content


def test_a_kept_page_costs_two_queries(client, both_languages, django_assert_num_queries):
    client.get(PLEI_OI)
    with django_assert_num_queries(2):
        client.get(PLEI_OI)


def test_what_waits_for_a_tap_is_not_loaded_before(client, plei_oi):
    content = {
        "pictures": [{**heroes("plei-oi", "vi")[0], "use": use} for use in ("hero", "gallery", "then", "now")]
    }
    content["recordings"] = [
        {"language": "vi", "name": f"{'ab' * 15}.mp3", "type": "audio/mpeg", "seconds": 192, "size": 740_000,
         "voice": "", "transcript": "Ngày xưa."}
    ]  # fmt: skip
    builders.make_edition(site=plei_oi, content=content)
    page = get(client, PLEI_OI)
    hero, *others = page.all("img")
    assert hero["fetchpriority"] == "high"
    assert [other["loading"] for other in others] == ["lazy"] * 3
    assert page.html.count("<details") == page.html.count("</details>") >= 3
    assert "<details open" not in page.html
    assert [audio["preload"] for audio in page.all("audio")] == ["none"]
    assert "3 phút 12 giây · 740\N{NO-BREAK SPACE}KB" in page.html
    assert "Chạm để mở hai ảnh · 29\N{NO-BREAK SPACE}KB" in page.html


def test_a_phone_takes_the_smallest_hero(client, both_languages):
    page = get(client, PLEI_OI)
    plain = [source for source in page.all("source") if "media" not in source]
    assert [source["type"] for source in plain] == ["image/avif", "image/webp"]
    assert all("0480" in source["srcset"] for source in plain)


# --- languages and addresses -------------------------------------------------------------------------------


def test_each_language_has_one_address_and_names_the_others(client, both_languages, plei_oi):
    builders.make_edition(site=plei_oi, language="jra")
    addresses = {
        "vi": "http://testserver/di-tich/plei-oi/",
        "en": "http://testserver/en/heritage/plei-oi/",
        "jra": "http://testserver/di-tich/plei-oi/jra/",
    }
    for language, address in addresses.items():
        page = get(client, address.removeprefix("http://testserver"))
        assert page.all("html")[0]["lang"] == language
        assert page.all("link", rel="canonical")[0]["href"] == address
        others = {link["hreflang"]: link["href"] for link in page.all("link", rel="alternate")}
        assert others == {**addresses, "x-default": addresses["vi"]}
        here = [link for link in page.all("a", hreflang=language) if "aria-current" in link]
        assert [link["href"] for link in here] == [address.removeprefix("http://testserver")]


def test_a_language_under_a_wrong_address_is_led_to_its_own(client, both_languages, plei_oi):
    builders.make_edition(site=plei_oi, language="bdq")
    assert client.get("/di-tich/plei-oi/en/")["Location"] == PLEI_OI_EN
    assert client.get("/di-tich/plei-oi/vi/")["Location"] == PLEI_OI
    assert client.get("/en/heritage/plei-oi/bdq/")["Location"] == "/di-tich/plei-oi/bdq/"
    assert client.get("/di-tich/khong-co/").status_code == 404


def test_a_page_that_is_not_in_english_says_so_and_is_marked_vietnamese(client, plei_oi):
    builders.make_edition(site=plei_oi)
    page = get(client, PLEI_OI_EN)
    assert page.all("html")[0]["lang"] == "vi"
    assert page.language_of("This page is not in English yet") == "en"
    assert page.all("link", rel="canonical")[0]["href"].endswith(PLEI_OI)


def test_words_of_another_language_are_marked(client):
    """Fixed words of a Jrai page, and what is said in Vietnamese only."""
    site = builders.make_site(slug="plei-mau", former_names="xã Ayun Hạ")
    builders.make_site_text(site=site, language="vi", address="Làng Mẫu", lead="Lời Việt.")
    builders.make_site_text(site=site, language="jra", lead="Lời Jrai.")
    builders.make_passage(site=site, kind="story", vi="Chỉ có tiếng Việt.")
    builders.make_edition(site=site, language="jra")
    page = get(client, "/di-tich/plei-mau/jra/")
    assert page.language_of("Lời Jrai.") == "jra"
    vietnamese = ["Chỉ có tiếng Việt.", "Nhìn nhanh", "Làng Mẫu", "Phường Pleiku", "Di tích quốc gia"]
    vietnamese += ["Phần chưa có tiếng Jrai được giữ bằng tiếng Việt.", "Góp ý, sửa thông tin"]
    assert {page.language_of(words_) for words_ in vietnamese} == {"vi"}


def test_english_names_communes_in_english_and_old_ones_as_they_were(client, both_languages):
    page = get(client, PLEI_OI_EN)
    assert page.language_of("Chư A Thai commune") == "en"
    assert page.language_of("xã Ayun Hạ, huyện Phú Thiện") == "vi"


# --- what it says ------------------------------------------------------------------------------------------


def test_what_is_unknown_is_left_out(client):
    """A site of which a name and one sentence are known shows no empty label, section or button."""
    site = builders.make_site(slug="bia-mau", rank="", kinds=(), areas=[])
    builders.make_edition(site=site)
    page = get(client, "/di-tich/bia-mau/")
    absent = ["Nhìn nhanh", "Xếp hạng", "Niên đại", "Đường đến", "Đi một vòng", "Theo năm tháng", "Nghe kể"]
    assert [words_ for words_ in [*absent, "Nguồn tư liệu", "Xưa và nay"] if words_ in page.html] == []
    assert page.all("nav", **{"aria-label": "Trên trang này"}) == []


def test_a_place_that_was_not_measured_is_called_approximate(client, both_languages):
    page = get(client, PLEI_OI)
    assert "bản đồ chỉ điểm giữa của xã, phường, gần đúng" in page.html
    assert "Tọa độ:" not in page.html
    assert "GeoCoordinates" not in page.html


def test_distances_are_told_between_measured_places_only(client):
    near = builders.make_site(slug="gan", latitude=14.0, longitude=108.0)
    far = builders.make_site(slug="xa", latitude=14.0, longitude=108.1)
    unmeasured = builders.make_site(slug="chua-do")
    for site in (near, far, unmeasured):
        builders.make_edition(site=site)
    page = get(client, "/di-tich/gan/")
    assert "Phường Pleiku · 11 km" in page.html  # 0.1° at 14° north
    assert page.html.count(" km<") == 1
    assert "Tọa độ: 14; 108" in page.html
    assert page.all("a", href="geo:14.00000,108.00000?q=14.00000,108.00000")


def test_numbers_on_the_plan_lead_to_the_places(client, both_languages):
    page = get(client, PLEI_OI)
    rings = [place["id"] for place in page.all("li") if place.get("id", "").startswith("d")]
    assert rings == ["d1", "d2", "d3", "d4", "d5"]
    assert [link["href"] for link in page.all("a") if re.fullmatch("#d[0-9]", link.get("href", ""))] == [
        f"#{ring}" for ring in rings
    ]
    assert {rect["width"] for rect in page.all("rect")} >= {"100%", "20%"}  # 6.78 ha and 1.37 ha


def test_a_part_and_its_whole_lead_to_each_other(client):
    for slug in ("hon-da-ong-nhac", "tay-son-thuong-dao"):
        builders.make_edition(site=Site.objects.get(slug=slug))
    rock = get(client, "/di-tich/hon-da-ong-nhac/")
    whole = get(client, "/di-tich/tay-son-thuong-dao/")
    assert rock.all("a", href="/di-tich/tay-son-thuong-dao/")
    assert whole.all("a", href="/di-tich/hon-da-ong-nhac/")


def test_the_plaque_box_and_language_links_belong_to_the_plaque(both_languages, plei_oi):
    edition = plei_oi.editions.get(language="vi")
    page = Page(pages.page_of(edition, code="7F3KM2QX"))
    assert "7F3KM2QX</b>" in page.html
    assert [a["href"] for a in page.all("a") if "hreflang" in a] == ["/h/7F3KM2QX/vi/", "/h/7F3KM2QX/en/"]
    assert "Mã biển di tích này" not in pages.page_of(edition)


def test_a_neighbour_published_later_appears_on_a_kept_page(client, plei_oi):
    builders.make_edition(site=plei_oi)
    assert "Thác Phú Cường" not in get(client, PLEI_OI).html
    later = builders.make_edition(site=Site.objects.get(slug="thac-phu-cuong"))
    assert "Thác Phú Cường" in get(client, PLEI_OI).html
    later.withdraw(by=later.sent_by)
    assert "Thác Phú Cường" not in get(client, PLEI_OI).html


def test_a_withdrawn_page_is_gone(client, plei_oi):
    edition = builders.make_edition(site=plei_oi)
    assert client.get(PLEI_OI).status_code == 200
    edition.withdraw(by=edition.sent_by)
    assert client.get(PLEI_OI).status_code == 404


def test_the_foot_names_who_approved_and_the_demo_says_so(client, plei_oi):
    edition = builders.make_edition(site=plei_oi)
    with override_settings(DEMO=True):
        page = Page(pages.page_of(edition))
    assert "Người Đọc Mẫu, Phòng Mẫu duyệt" in page.html
    assert page.language_of("MẪU: bản trình diễn") == "vi"
    with override_settings(DEMO=False):
        assert "MẪU:" not in pages.page_of(edition)


def test_machines_read_what_the_page_says(client, both_languages):
    page = get(client, PLEI_OI_EN)
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page.html)[1])
    assert data["@type"] == ["LandmarksOrHistoricalBuildings", "TouristAttraction"]
    assert (data["inLanguage"], data["name"]) == ("en", "Plei Ơi")
    assert data["address"]["addressLocality"] == "Xã Chư A Thai"
    graph = {meta["property"]: meta["content"] for meta in page.all("meta") if "property" in meta}
    assert graph["og:url"] == "http://testserver/en/heritage/plei-oi/"


def test_no_text_ends_the_data_block_or_becomes_markup(client):
    site = builders.make_site(slug="ac-y", name="</script><script>alert(1)</script>")
    builders.make_site_text(site=site, lead="<img src=x onerror=alert(1)>")
    builders.make_edition(site=site)
    page = get(client, "/di-tich/ac-y/")
    assert [script.get("type") for script in page.all("script")] == ["application/ld+json", "module"]
    assert [img for img in page.all("img") if "onerror" in img] == []


# --- dates and sizes in words ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "vietnamese", "english"),
    [
        (words.day("1993-03-24", "vi"), "24-3-1993", words.day("1993-03-24", "en") == "24 March 1993"),
        (words.day("2008-11", "vi"), "11-2008", words.day("2008-11", "en") == "November 2008"),
        (words.day("2009", "vi"), "2009", words.day("2009", "en") == "2009"),
        (words.decimal("6.780", "vi"), "6,78", words.decimal("6.780", "en") == "6.78"),
        (words.decimal("10", "vi"), "10", words.decimal("23.00", "en") == "23"),
        (words.distance(2.44, "vi"), "2,4 km", words.distance(11.6, "en") == "12 km"),
        (words.duration(160, "vi"), "2 phút 40 giây", words.duration(45, "en") == "45 s"),
    ],
)
def test_numbers_are_written_as_each_language_does(given, vietnamese, english):
    assert given == vietnamese
    assert english


def test_the_only_published_edition_of_a_language_is_shown(client, plei_oi):
    first = builders.make_edition(site=plei_oi, content={"tagline": "Bản đầu"})
    builders.make_edition(site=plei_oi, content={"tagline": "Bản sau"})
    first.refresh_from_db()
    assert first.state == Edition.State.REPLACED
    page = get(client, PLEI_OI)
    assert "Bản sau" in page.html
    assert "Bản đầu" not in page.html
