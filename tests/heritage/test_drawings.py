"""Our own drawings: lean, described in words, made of the SVG that lie beside them."""

import re
from io import BytesIO

import pytest
from PIL import Image

from heritage import drawings, reference
from heritage.models import Picture, PictureFile, Site
from tests import builders

pytestmark = pytest.mark.django_db


def test_every_site_has_a_drawing_of_its_own(fourteen):
    heroes = Picture.objects.ready().filter(use=Picture.Use.HERO)
    assert heroes.count() == heroes.values("sha256").distinct().count() == 14
    assert all(picture.is_drawn and picture.credit for picture in Picture.objects.all())
    for edition in fourteen.values():
        texts = [picture["alt"] for picture in edition.content["pictures"]]
        assert texts
        assert all(re.match("Hình vẽ|Drawing", alt) for alt in texts)


def test_the_hero_of_a_phone_weighs_at_most_15_kilobytes(fourteen):
    small = PictureFile.objects.filter(picture__use=Picture.Use.HERO, format="avif", width=480)
    assert small.count() == 14
    assert max(small.values_list("size", flat=True)) <= 15_000
    wide = PictureFile.objects.filter(format="avif", width=1600)
    assert max(wide.values_list("size", flat=True)) <= 40_000


def test_then_and_now_are_a_pair_of_one_place(fourteen):
    uses = [picture["use"] for picture in fourteen["plei-oi", "en"].content["pictures"]]
    assert uses.count("then") == uses.count("now") == 1
    lake = next(
        row for row in fourteen["plei-oi", "vi"].content["passages"]["component"] if "Hồ" in row["title"]
    )
    shown = {picture["component"] for picture in fourteen["plei-oi", "vi"].content["pictures"]}
    assert lake["id"] in shown


def test_files_are_what_their_names_say(fourteen):
    for file in PictureFile.objects.filter(picture__site__slug="plei-oi", picture__use="hero"):
        image = Image.open(BytesIO(file.content))
        assert (image.format.lower(), image.size) == (
            {"jpg": "jpeg"}.get(file.format, file.format), (file.width, file.height),
        )  # fmt: skip
        assert len(file.content) == file.size


def test_the_sizes_were_made_of_the_drawings_as_they_are():
    """After an SVG has changed: `manage.py make_drawings`."""
    assert drawings.changed() == []
    names = {one["drawing"] for entry in reference.sites() for one in entry["pictures"]}
    assert names == {path.stem for path in drawings.DRAWN.glob("*.svg")}


def test_a_drawing_holds_no_script_and_nothing_from_elsewhere():
    for path in [*drawings.DRAWN.glob("*.svg"), *(drawings.DATA / "plans").glob("*.svg")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"<script|<style|<image|\son[a-z]+=|data:|https?://(?!www\.w3\.org/2000/svg)", text
        )


def test_loading_again_gives_nothing_to_who_has_pictures(fourteen):
    Picture.objects.filter(site__slug__in=["bien-ho", "thac-phu-cuong"]).delete()
    photo = builders.make_picture(site=Site.objects.get(slug="bien-ho"))
    assert [drawings.load(), drawings.load()] == [1, 0]
    assert list(Site.objects.get(slug="bien-ho").pictures.all()) == [photo]
