"""The 14 sites that every installation begins with: drafts of what sources say, and nothing public."""

import json
import re
import unicodedata

import pytest
from django.core.management import call_command

from heritage import content, maps, reference
from heritage.models import Edition, Kind, Passage, PassageText, Rank, Site, SiteText

pytestmark = pytest.mark.django_db


def texts(entry: dict) -> str:
    """All that an entry says to the public."""
    return json.dumps({key: value for key, value in entry.items() if key != "notes"}, ensure_ascii=False)


def entry(slug: str) -> dict:
    return next(one for one in reference.sites() if one["slug"] == slug)


def test_production_has_14_drafts_and_nothing_public():
    assert Site.objects.count() == 14
    assert set(SiteText.objects.values_list("state", flat=True)) == {SiteText.State.DRAFT}
    assert SiteText.objects.count() == 28
    assert not Edition.objects.exists()


def test_what_staff_changed_stays():
    Kind.objects.filter(pk="scenic").update(name_en="Landscape")
    Rank.objects.filter(pk="listed").update(name="Đã kiểm kê")
    PassageText.objects.filter(passage__site__slug="bien-ho").update(text="Sửa tay.")
    Passage.objects.filter(site__slug="plei-oi", kind="timeline").delete()
    Site.objects.filter(slug="thac-phu-cuong").delete()
    call_command("load_reference", verbosity=0)
    assert Kind.objects.get(pk="scenic").name_en == "Landscape"
    assert Rank.objects.get(pk="listed").name == "Đã kiểm kê"
    assert set(PassageText.objects.filter(passage__site__slug="bien-ho").values_list("text", flat=True)) == {
        "Sửa tay."
    }
    assert not Passage.objects.filter(site__slug="plei-oi", kind="timeline").exists()
    assert Site.objects.get(slug="thac-phu-cuong").texts.count() == 2  # what is missing is added


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_site_can_be_sent_as_it_stands(language):
    for site in Site.objects.all():
        made = content.collect(site, language)
        assert all([made["name"], made["tagline"], made["passages"]["lead"]])
        assert made["sources"]
        assert all(row["text"] or row["title"] for rows in made["passages"].values() for row in rows)
        assert not [row for rows in made["passages"].values() for row in rows if "lang" in row]
        assert not made["plan"] or maps.drawn_plan(made["plan"]["drawn"])


def test_both_languages_say_the_same_years():
    """A year in one language that is missing in the other is a slip of the translation."""
    for one in reference.sites():
        for row in one["passages"]:
            vi, en = (" ".join(row[key]) if isinstance(row[key], list) else row[key] for key in ("vi", "en"))
            years = r"1[0-9]{3}|20[0-9]{2}"
            assert set(re.findall(years, vi)) == set(re.findall(years, en)), (one["slug"], vi)


@pytest.mark.parametrize(
    ("slug", "contested"),
    [
        ("plei-oi", ["14 đời", "fourteen generations"]),
        ("chien-thang-dak-po", ["500", "600", "800"]),
        ("hon-da-ong-nhac", ["1057"]),
        ("tay-son-thuong-dao", ["1057", "17 ", " 6 "]),
        ("bia-cham-tu-luong", ["229", "255"]),
        ("roc-tung-go-da", ["tektite"]),
        ("nha-lao-pleiku", ["5.200", "5,200", "7 ha", "Thống Nhất", "Yết Kiêu", "Ia Kring"]),
        ("lang-khang-chien-stor", ["281", "381", "24-3", "23-3"]),
        ("bien-ho", ["16-11"]),
        ("quang-truong-dai-doan-ket", ["10,6", "10.6", "12 ha", "2012", "17-3", "2023"]),
    ],
)
def test_what_sources_disagree_on_is_for_the_desk_only(slug, contested):
    said = texts({**entry(slug), "sources": []})
    assert [word for word in contested if word in said] == []
    assert entry(slug)["notes"]


def test_places_are_found_by_names_of_before():
    slugs = lambda text: set(Site.objects.search(text).values_list("slug", flat=True))  # noqa: E731
    assert slugs("ayun ha") == {"plei-oi"}
    assert slugs("phu thien") == {"plei-oi"}
    assert {"hon-da-ong-nhac", "bia-cham-tu-luong", "chien-thang-dak-po"} <= slugs("dak po")
    assert slugs("chu a thai") == {"plei-oi"}
    for one in reference.sites():
        site = Site.objects.get(slug=one["slug"])
        assert {area.name for area in site.areas.all()} == set(one.get("communes", []))
        names = {(area.name, area.parent.name) for area in site.former_areas.all()}
        assert {commune or district for commune, district in one.get("former", [])} == {a for a, _ in names}
    assert Site.objects.get(slug="hon-da-ong-nhac").parent.slug == "tay-son-thuong-dao"


def test_no_fact_is_given_where_no_source_has_one():
    for slug in ("thac-phu-cuong", "nui-lua-chu-dang-ya", "chien-thang-dak-po"):
        assert Site.objects.get(slug=slug).decision is None
    assert not Site.objects.exclude(latitude=None).exists()
    assert not Site.objects.get(slug="chien-thang-dak-po").areas.exists()
    assert "Hạng và quyết định" in content.missing(Site.objects.get(slug="thac-phu-cuong"), "vi")


def test_the_data_are_written_in_composed_letters():
    text = (reference.DATA / "sites.json").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
